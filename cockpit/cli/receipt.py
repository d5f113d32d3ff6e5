"""`cockpit receipt`: the account of a mission so far, and whether a receipt is what the ledger says."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.render import emit, safe, say
from engine.errors import BadInputError
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.ledger.protocol import Event


def receipt(args: Namespace) -> int:
    """Print or write a receipt; `receipt verify FILE` checks one."""
    if args.mission == "verify" and args.file:
        return _verify(args)
    if args.mission == "diff":
        from cockpit.cli.receipt_diff import diff

        return diff(args)
    if args.file:
        ways = "cockpit receipt MISSION, cockpit receipt verify FILE, or cockpit receipt diff A B"
        raise BadInputError("receipt", f"what is {args.file}?", ways)
    with open_reader(home_of(args)) as reader:
        card_of(reader, args.mission)
        made = build(reader, args.mission)
    form = form_of(args)
    if args.out:
        write(Path(args.out), FORMS[form](made))
        say(f"wrote {safe(args.out)}")
    elif form == "json":
        emit(made)
    else:
        say(FORMS[form](made).rstrip("\n"))
    return 0


def form_of(args: Namespace) -> str:
    """The form that was asked for; where none is named, the one that the file's ending asks for."""
    if args.json or args.format:
        return "json" if args.json else str(args.format)
    ending = Path(args.out).suffix.removeprefix(".").lower() if args.out else ""
    return {"htm": "html", "markdown": "md"}.get(ending, ending if ending in FORMS else "md")


def build(reader: Reader, slug: str) -> Json:
    """The receipt of a mission as it stands."""
    from engine.receipt.build import build as built
    from engine.receipt.build import integrity
    from engine.state.fold import fold
    from engine.values import MissionId

    events = events_of(reader, slug)
    return built(fold(MissionId(slug), events), integrity(events))


def events_of(reader: Reader, slug: str | None) -> list[Event]:
    """A mission's events as the fold takes them."""
    from engine.ledger.protocol import Event

    return [Event(**event) for event in reader.events(slug)]


def markdown(made: Json) -> str:
    """A receipt for people."""
    from engine.receipt.render import markdown as rendered

    return rendered(made)


def html(made: Json) -> str:
    """A receipt as one page that needs nothing else."""
    from engine.receipt.page.write import html as written

    return written(made)


def csv(made: Json) -> str:
    """The charges of a receipt as rows."""
    from engine.receipt.charges import csv as written

    return written(made)


def dump(made: Json) -> str:
    """A receipt for programs."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


FORMS: dict[str, Callable[[Json], str]] = {"md": markdown, "json": dump, "html": html, "csv": csv}
"""The forms of a receipt, by name and by file ending."""


def write(path: Path, text: str) -> None:
    """Write a file of our own: 0600, whole or not at all. Raises `BadInputError`."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInputError(
            str(path), (error.strerror or "cannot be written").lower(), "choose another place"
        ) from error


def verify(reader: Reader, made: Json) -> list[str]:
    """What speaks against a receipt; empty when it is what the ledger says."""
    from engine.receipt.shape import check
    from engine.receipt.verify import verify as verified

    slug = str(check(made)["mission"]["id"])
    return verified(made, events_of(reader, slug))


def _gone(reader: Reader, made: Json) -> int:
    """How many of the contents that a receipt names were erased since it was written."""
    text = json.dumps(made)
    found = reader.events(str(made.get("mission", {}).get("id", "")), kinds=["blob.erased"])
    return sum(event["body"]["blob"] in text for event in found)


def load(file: str) -> Json:
    """A receipt from a file. Raises `BadInputError`."""
    from engine.receipt.shape import load as loaded

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise BadInputError(file, (error.strerror or "cannot be read").lower(), "name a receipt as JSON") from error
    return loaded(data, file)


def _verify(args: Namespace) -> int:
    made = load(args.file)
    with open_reader(home_of(args)) as reader:
        faults = verify(reader, made)
        gone = _gone(reader, made)
    if args.json:
        emit({"file": args.file, "ok": not faults, "faults": faults})
    elif faults:
        count = "1 difference" if len(faults) == 1 else f"{len(faults)} differences"
        say(*(safe(fault) for fault in faults), "", f"{safe(args.file)} does not verify: {count}")
    else:
        integrity = made["integrity"]
        say(f"{safe(args.file)} verifies: it adds up, and it is what {integrity['height']} events of the ledger say")
        if gone:
            say(f"erased since, for a person who asked to be forgotten: {gone} of the contents that it names")
    return 1 if faults else 0
