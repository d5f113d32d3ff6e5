"""`cockpit receipt diff A B`: what differs between two receipts, of missions or from files."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.receipt import build, dump, form_of, load, write
from cockpit.cli.render import emit, safe, say
from engine.errors import BadInputError


def diff(args: Namespace) -> int:
    """Print or write what differs. Raises `BadInputError` for what is neither a mission nor a receipt."""
    if not args.file or not args.other:
        raise BadInputError("receipt diff", "compares two", "name two missions or files: cockpit receipt diff A B")
    form = form_of(args)
    if form == "csv":
        raise BadInputError("receipt diff", "has no rows of charges", "--format md, json or html")
    from engine.receipt.compare import compare

    told = compare(_receipt(args, args.file), _receipt(args, args.other))
    if form == "json" and not args.out:
        emit(told)
        return 0
    text = _text(told, form)
    if args.out:
        write(Path(args.out), text)
        say(f"wrote {safe(args.out)}")
    else:
        say(text.rstrip("\n"))
    return 0


def _text(told: Json, form: str) -> str:
    from engine.receipt.compared import markdown
    from engine.receipt.page.compared import html

    return dump(told) if form == "json" else html(told) if form == "html" else markdown(told)


def _receipt(args: Namespace, name: str) -> Json:
    """A receipt from a file where there is one of this name, else that of a mission as it stands."""
    if Path(name).is_file():
        return load(name)
    with open_reader(home_of(args)) as reader:
        card_of(reader, name)
        return build(reader, name)
