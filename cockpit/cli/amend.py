"""`cockpit amend`: a new contract for a mission under way; what changes and what follows is shown, then confirmed."""

from __future__ import annotations

import hashlib
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cockpit.cli.authority import Author, ask, at_terminal, author
from cockpit.cli.desk import Json, card_of, home_of, mission_now, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import code, columns, emit, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.amending.amendment import Amendment
    from engine.contract.model import Contract

MOST = 16 * 1024 * 1024
"""Bytes an input file may have."""
SHORTEST = 8
"""Digits of a digest that are enough for a script."""


class Prepared(NamedTuple):
    """An amendment as it was shown, and the command that makes it so."""

    mission: str
    amendment: Amendment
    kept: tuple[str, ...]
    warnings: tuple[str, ...]
    body: Json
    blobs: dict[str, bytes]
    before: int
    """The revision in force."""


def amend(args: Namespace) -> int:
    """Give a mission under way a new contract."""
    home = home_of(args)
    who = None if args.dry_run else author(home, decides=True)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        made = prepare(reader, args.mission, Path(args.file), because=args.because)
    if args.json:
        emit(public(made))
    else:
        say(*shown(made))
    if who is None:
        return 0
    if not args.json:
        say("")
    _confirm(made, args.yes, who)
    answer = submit(home, order_of(made), who, start_engine=not args.no_engine)
    if not args.json:
        by = f", recorded as decided by {who.actor}" if who.scripted else ""
        say(f"amended {safe(args.mission)}: {safe(answer['ids'][0])} is in force{by}")
    return 0


def prepare(reader: Reader, slug: str, file: Path, *, because: str = "") -> Prepared:
    """Read a contract file as an amendment of a mission; nothing is written.

    Raises `BadInputError` for a file that is no contract at all, `SaysNoError` with every error of the contract, one
    per line, and where nothing would change.
    """
    from engine.contract.load import read

    loaded = read(file)
    if not loaded.readable:
        errors = loaded.errors
        raise BadInputError.told(str(errors[-1]) if errors else f"{file}: is not a contract", f"cockpit check {file}")
    inputs, files = dict[str, bytes](), dict[str, bytes]()
    if loaded.contract is not None:
        from cockpit.cli.gather import files_beside

        inputs, blobs = _inputs(loaded.contract, file.parent), dict[str, bytes]()
        named = files_beside(loaded.contract, file.parent, blobs, may_lack=True)
        files = {key: blobs[ref["sha"]] for key, ref in named.items()}
    return proposed(reader, slug, loaded.source, file.name, inputs, because=because, files=files)


def proposed(
    reader: Reader,
    slug: str,
    source: bytes,
    name: str,
    inputs: dict[str, bytes],
    *,
    because: str = "",
    files: dict[str, bytes] | None = None,
) -> Prepared:
    """The same from bytes. Raises `SaysNoError` as `prepare` does."""
    found = examine(reader, slug, source, name, inputs, because=because, files=files)
    if isinstance(found, Prepared):
        return found
    for error in found[:-1]:
        say(safe(error), file=sys.stderr)
    raise SaysNoError.told(found[-1] if found else f"{name}: is not a contract", f"cockpit check {name}")


def examine(
    reader: Reader,
    slug: str,
    source: bytes,
    name: str,
    inputs: dict[str, bytes],
    *,
    because: str = "",
    files: dict[str, bytes] | None = None,
) -> Prepared | list[str]:
    """A contract's bytes as an amendment of a mission, or everything that is wrong with it. Raises `SaysNoError` where
    nothing would change, or the mission is over.
    """
    from cockpit.cli.receipt import events_of
    from engine.amending.proposal import propose
    from engine.state.fold import fold
    from engine.values import MissionId

    state = fold(MissionId(slug), events_of(reader, slug))
    proposal = propose(state, source, name, inputs, mission_now(reader, slug), because=because, files=files)
    if proposal.amendment is None:
        return [str(problem) for problem in proposal.errors]
    blobs = {hashlib.sha256(data).hexdigest(): data for data in (source, *inputs.values(), *(files or {}).values())}
    body = {
        "source": hashlib.sha256(source).hexdigest(),
        "name": name,
        "inputs": {key: {"sha": hashlib.sha256(data).hexdigest()} for key, data in inputs.items()},
        "files": {key: {"sha": hashlib.sha256(data).hexdigest()} for key, data in (files or {}).items()},
        "digest": proposal.amendment.digest,
        "because": because,
    }
    warnings = tuple(str(problem) for problem in proposal.problems if problem.severity == "warning")
    return Prepared(slug, proposal.amendment, proposal.kept, warnings, body, blobs, state.rev)


def _inputs(contract: Contract, folder: Path) -> dict[str, bytes]:
    """The input files that stand beside the contract; those that do not are left out, for the mission may have them."""
    found = {}
    for name, given in contract.inputs.items():
        path = folder / given.path
        try:
            if path.stat().st_size > MOST:
                raise BadInputError(f"inputs.{name}", f"{path} is larger than 16 MiB", "give an extract")
            found[name] = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            raise BadInputError(f"inputs.{name}", f"{path}: {reason}", "correct the path in the contract") from error
    return found


def shown(made: Prepared) -> list[str]:
    """The amendment as a person reads it before confirming: what changes, what follows, and the code."""
    amendment = made.amendment
    changes = columns(([safe(c.path), *_sides(c.before, c.after)] for c in amendment.changes), indent="  ")
    lines = [f"{safe(made.mission)}  rev {made.before} → rev {amendment.rev}", "", "changes", *changes, "", "follows"]
    lines += [f"  {'!' if one.grave else '·'} {safe(one.text)}" for one in amendment.consequences] or ["  nothing else"]
    if made.kept:
        lines.append(f"  · as the mission has them, for no file is beside the contract: {safe(', '.join(made.kept))}")
    lines += ["", *(safe(warning) for warning in made.warnings)] if made.warnings else []
    return [*lines, "", f"code {code(amendment.digest)}"]


def _sides(before: str, after: str) -> tuple[str, str, str]:
    return safe(before) or "—", "→", safe(after) or "—"


def public(made: Prepared) -> Json:
    """The amendment for programs."""
    amendment = made.amendment
    return {
        "mission": made.mission,
        "rev": {"before": made.before, "after": amendment.rev},
        "digest": amendment.digest,
        "changes": [change.model_dump() for change in amendment.changes],
        "consequences": [{"kind": c.kind, "grave": c.grave, "text": c.text} for c in amendment.consequences],
        "inputs_kept": list(made.kept),
        "warnings": list(made.warnings),
    }


def _confirm(made: Prepared, given: str | None, who: Author) -> None:
    digest = made.amendment.digest
    if given is not None:
        digits = re.sub(r"\s", "", given).lower()
        if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", digits):
            mend = "cockpit amend MISSION FILE --dry-run shows them"
            raise BadInputError("--yes", f"needs {SHORTEST} to 64 digits of the digest that was shown", mend)
        if not digest.startswith(digits):
            raise SaysNoError(made.mission, "it changed since it was shown", "look again: --dry-run")
        return
    if not at_terminal() or who.scripted:
        raise BadInputError("amend", "which amendment?", "--yes D, as cockpit amend MISSION FILE --dry-run shows it")
    typed = ask(f"type {digest[:4]} to amend the contract; anything else leaves it as it is: ")
    if typed.lower() != digest[:4]:
        raise SaysNoError(made.mission, "nothing was amended", f"rev {made.before} is in force")


def order_of(made: Prepared) -> Order:
    """The command that makes an amendment that was confirmed."""
    key = f"amend:{made.mission}:{made.body['digest']}:{nonce()}"
    return Order(key, "amend", made.mission, made.body, made.blobs)
