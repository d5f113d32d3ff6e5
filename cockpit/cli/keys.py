"""`cockpit keys`: secrets into the system's keyring, and out of it again. A value is never an argument and never shown.

Works without an engine: it reads a secret when it needs it.
"""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from argparse import Namespace

from cockpit.cli.authority import ask, at_terminal, author
from cockpit.cli.desk import Json, home_of
from cockpit.cli.render import columns, emit, mark, safe, say
from engine.errors import BadInputError
from engine.home import Home
from engine.secrets import SecretError
from engine.secrets.system import LARGEST, SystemSecrets, valid_name


def keys(args: Namespace) -> int:
    """One of `set`, `ls`, `rm`."""
    home, secrets = home_of(args), SystemSecrets(os.environ)
    author(home)  # never a worker
    match args.keys:
        case "set":
            return _set(args, home, secrets)
        case "ls":
            return _ls(args, home, secrets)
        case _:
            return _rm(args, home, secrets)


def _set(args: Namespace, home: Home, secrets: SystemSecrets) -> int:
    name = valid_name(args.name)
    ring = secrets.keyring()
    if fault := ring.fault(f"keyring:{name}"):  # before anybody is asked for a secret
        raise fault
    secrets.set(name, hidden(f"{name} (not shown): ") if sys.stdin.isatty() else _piped())
    say(f"keyring:{safe(name)} is kept in {safe(ring.name)}")
    _tell(home)
    return 0


def _tell(home: Home) -> None:
    """A model that was out for want of this key may be asked again at once. No engine is started for it."""
    if home.ledger.exists():
        from cockpit.cli.desk import wall_ms
        from cockpit.cli.inbox import nonce
        from engine.ledger.reader import Inbox

        Inbox(home.ledger).submit(f"mended:{nonce()}", "mended", "home", {}, author(home).actor, wall_ms())


def hidden(prompt: str) -> str:
    """A secret that is typed or pasted at the terminal and not shown. Raises `BadInputError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except getpass.GetPassWarning:
        raise BadInputError("the secret", "would be shown at this terminal", "give it on standard input") from None
    except (EOFError, UnicodeError):
        return ""


def _piped() -> str:
    try:
        return sys.stdin.buffer.read(LARGEST + 3).decode("utf-8")  # one too many is found out, a line break is not one
    except UnicodeDecodeError:
        raise BadInputError("the secret", "is not text in UTF-8", "give it on standard input as text") from None


def _ls(args: Namespace, home: Home, secrets: SystemSecrets) -> int:
    used, complaint = uses(home)
    kept = set(secrets.names())
    for name in used.keys() - kept:
        if holds(secrets, name):
            kept.add(name)
    rows: list[Json] = [
        {"name": name, "reference": f"keyring:{name}", "stored": name in kept, "used_by": list(used.get(name, ()))}
        for name in sorted(kept | used.keys())
    ]
    rows += _programs(home)
    if args.json:
        emit(rows)
    elif rows:
        lines = ([row["reference"], _uses(row["used_by"]), _remark(row)] for row in rows)
        say(*columns(lines))
    else:
        say("the keyring keeps nothing for the cockpit; cockpit keys set NAME")
    if complaint:
        say(f"which of them are used is not known: {safe(complaint)}", file=sys.stderr)
    return 0


def _uses(places: list[str]) -> str:
    return ", ".join(safe(place) for place in places) or mark("·") + " unused"


def _programs(home: Home) -> list[Json]:
    """The programs that config.toml names, none of which is run for it."""
    from engine.settings import load_settings

    try:
        settings = load_settings(home.config)
    except BadInputError:
        return []
    used: dict[str, list[str]] = {}
    for place, reference in settings.references:
        used.setdefault(reference, []).append(place)
    return [
        {"name": n, "reference": f"command:{n}", "program": p.argv[0], "used_by": used.get(f"command:{n}", [])}
        for n, p in sorted(settings.secrets.items())
    ]


def _remark(row: Json) -> str:
    """Where a program is, or that nothing is kept; else nothing."""
    if "program" in row:
        return f"printed by {safe(row['program'])}"
    return "" if row["stored"] else _missing(row)


def _missing(row: Json) -> str:
    return f"{mark('!')} not stored; cockpit keys set {row['name']}"


def _rm(args: Namespace, home: Home, secrets: SystemSecrets) -> int:
    name = valid_name(args.name)
    if any(row["name"] == name for row in _programs(home)) and not holds(secrets, name):
        mend = f"remove [secrets.{name}] from {home.config}"
        raise BadInputError(f"command:{name}", "is printed by a program and kept nowhere", mend)
    if not args.yes:
        if not at_terminal():
            raise BadInputError("keys rm", "there is nobody to ask", f"cockpit keys rm {name} --yes")
        places = uses(home)[0].get(name, ())
        said = f", which {' and '.join(map(safe, places))} use{'s' if len(places) == 1 else ''}" if places else ""
        if ask(f"remove keyring:{name}{said}? [y/N] ").lower() not in ("y", "yes"):
            say("nothing was removed")
            return 1
    secrets.delete(name)
    say(f"keyring:{name} is removed")
    return 0


def uses(home: Home) -> tuple[dict[str, tuple[str, ...]], str]:
    """Name of a kept secret to the places of config.toml that name it; and why that is not known, if it is not."""
    from engine.settings import load_settings

    try:
        references = load_settings(home.config).references
    except BadInputError as error:
        return {}, f"{error.where}: {error.what}"
    found: dict[str, tuple[str, ...]] = {}
    for place, reference in references:
        kind, _, name = reference.partition(":")
        if kind == "keyring":
            found[name] = (*found.get(name, ()), place)
    return found, ""


def holds(secrets: SystemSecrets, name: str) -> bool:
    """Whether the keyring keeps something under a name. Raises `SecretError` when it cannot be asked."""
    try:
        secrets.read(f"keyring:{name}")
    except SecretError as error:
        if error.why == "missing":
            return False
        if error.why != "unreadable":
            raise
    return True
