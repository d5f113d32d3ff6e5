"""`cockpit evidence`: numbers and observations that a person brings."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from pathlib import Path

from cockpit.cli.authority import author
from cockpit.cli.desk import branch_id, card_of, home_of, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import safe, say
from engine.errors import BadInputError, SaysNoError


def evidence(args: Namespace) -> int:
    """Add one value, or the rows of a file."""
    return _add(args) if args.evidence == "add" else _import(args)


def _add(args: Namespace) -> int:
    home = home_of(args)
    who = author(home)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        branch = branch_id(reader, args.mission, args.branch)
    body = {"metric": args.metric, "value": args.value, "branch": branch, "note": args.note}
    order = Order(f"evidence:{args.mission}:{args.metric}:{nonce()}", "evidence", args.mission, body)
    answer = submit(home, order, who, start_engine=not args.no_engine)
    say(f"recorded {safe(', '.join(answer['ids']))}: {safe(args.metric)} = {safe(args.value)}")
    return 0


def _import(args: Namespace) -> int:
    from engine.evidence.values import MAX_CSV, import_csv

    home = home_of(args)
    who = author(home)
    path = Path(args.file)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CSV + 1)
    except OSError as error:
        raise BadInputError(args.file, (error.strerror or "cannot be read").lower(), "name a CSV file") from error
    rows = import_csv(data, where=args.file)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        branches = [branch_id(reader, args.mission, row.branch) for row in rows]
    source = hashlib.sha256(data).hexdigest()[:16]
    refused = 0
    for row, branch in zip(rows, branches, strict=True):
        body = {"metric": row.metric, "value": row.value, "branch": branch, "note": row.note}
        # The file and the line are the intention: the same file twice is one import.
        order = Order(f"evidence:{args.mission}:{source}:{row.line}", "evidence", args.mission, body)
        try:
            submit(home, order, who, start_engine=not args.no_engine)
        except SaysNoError as error:
            refused += 1
            say(f"{safe(args.file)}, line {row.line}: {safe(error.what)}")
    say(f"recorded {len(rows) - refused} of {len(rows)} rows")
    return 1 if refused else 0
