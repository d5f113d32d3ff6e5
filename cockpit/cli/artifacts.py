"""`cockpit artifacts`: what a mission made, to read, and to take out as files."""

from __future__ import annotations

import base64
import os
import re
import sys
from argparse import Namespace
from pathlib import Path

from cockpit.cli.desk import Json, card_of, fits, home_of, open_reader
from cockpit.cli.made import KINDS, Made, made
from cockpit.cli.render import block, columns, emit, mark, rehearsed, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.ledger.reader import Reader

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""Names that are written as they are; a worker chose them."""


def artifacts(args: Namespace) -> int:
    """List what was made, print one file, or write files."""
    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        found = made(reader.events(args.mission, kinds=KINDS))
        chosen = found if args.all or args.artifact else [one for one in found if one.stands]
        if args.artifact:
            chosen = [_one(args, found)]
        if args.out is not None:
            return _write(args, reader, chosen)
        if args.json:
            rows = [_row(one) for one in chosen]
            emit(rows[0] | _content(reader, chosen[0]) if args.artifact else rows)
        elif args.artifact:
            _print(reader, chosen[0])
        else:
            _list(args, card, chosen, len(found) - len(chosen))
    return 0


def _one(args: Namespace, found: list[Made]) -> Made:
    """By id, or by name where only one task shows a file of that name."""
    if by_id := [one for one in found if fits(one.id, args.artifact)]:
        return by_id[0]
    named = [one for one in found if one.name == args.artifact]
    if not named:
        raise SaysNoError(args.artifact, "no file of this id or name was made", f"cockpit artifacts {args.mission}")
    standing = [one for one in named if one.stands] or named[-1:]
    if len(standing) > 1:
        ids = ", ".join(f"{one.id} of {one.branch or one.key}" for one in standing)
        raise BadInputError(args.artifact, "several tasks made a file of this name", f"say which: {ids}")
    return standing[0]


def _row(one: Made) -> Json:
    row: Json = {field: getattr(one, field) for field in ("id", "name", "media", "task", "key", "branch", "attempt")}
    return row | {"bytes": one.size, "sha256": one.sha, "at": one.at, "accepted": one.accepted}


def _content(reader: Reader, one: Made) -> Json:
    content = reader.blob(one.sha)
    if content is None:
        return {"text": None, "base64": None}
    try:
        return {"text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _list(args: Namespace, card: Json, chosen: list[Made], rest: int) -> None:
    say(f"{safe(args.mission)}  {rehearsed(card)}{safe(card['title'])}", "")
    if not chosen:
        say("no files yet; they appear here as soon as an attempt delivers one")
        return
    rows = (
        [
            safe(one.id.rpartition("/")[2]),
            safe(one.name),
            f"{one.size:,} B",
            safe(one.branch),
            safe(one.title or one.key),
            safe(one.attempt.rpartition("/")[2]),
            f"{mark('✓')} accepted" if one.accepted else "not accepted",
        ]
        for one in chosen
    )
    say(*columns(rows, right=[2], indent="  "), "")
    if rest:
        say(f"{rest} more that other attempts left: --all")
    say(f"cockpit artifacts {safe(args.mission)} NAME prints one, -o FOLDER writes all of these into a folder")


def _print(reader: Reader, one: Made) -> None:
    standing = "accepted" if one.accepted else "not accepted"
    say(f"{safe(one.id)}  {safe(one.name)}  {one.size:,} bytes  {safe(one.media)}  {safe(one.attempt)}, {standing}", "")
    content = _blob(reader, one)
    if b"\0" in content[:4096]:
        say("it is no text; -o FILE writes it")
        return
    say(*block(content.decode("utf-8", "backslashreplace").rstrip("\n")))


def _blob(reader: Reader, one: Made) -> bytes:
    content = reader.blob(one.sha)
    if content is None:
        raise SaysNoError(one.id, "its content was erased", "the ledger keeps its name, size and digest")
    return content


def _write(args: Namespace, reader: Reader, chosen: list[Made]) -> int:
    """Exact bytes, into files that are not there yet; one file to standard output with `-o -`."""
    if not chosen:
        raise SaysNoError(args.mission, "there is no file to write", f"cockpit artifacts {args.mission} --all")
    if args.out == "-":
        if len(chosen) > 1:
            raise BadInputError("-o -", "takes one file", f"name it: cockpit artifacts {args.mission} NAME -o -")
        if sys.stdout.isatty():
            raise BadInputError("-o -", "would put the bytes of others onto a terminal", "leave it out, or use a pipe")
        sys.stdout.flush()
        sys.stdout.buffer.write(_blob(reader, chosen[0]))
        sys.stdout.buffer.flush()
        return 0
    target = Path(args.out).expanduser()
    alone = bool(args.artifact) and not args.out.endswith(os.sep) and not target.is_dir()
    if alone:
        plan = {target: chosen[0]}
    else:
        plan = {target / _place(one, attempt=args.all): one for one in chosen}
        if len(plan) < len(chosen):
            plan = {target / _place(one, attempt=True): one for one in chosen}
    for path in plan:
        if path.exists() or path.is_symlink():
            raise BadInputError(str(path), "is there already", "nothing was written; choose another place")
    contents = {path: _blob(reader, one) for path, one in plan.items()}
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
        say(f"{safe(path)}  {len(content):,} bytes")
    return 0


def _place(one: Made, *, attempt: bool) -> Path:
    """Branch, task and file; with the attempt, where files of several stand side by side."""
    folders = [one.branch, one.key or one.task.rpartition("/")[2]]
    folders += [one.attempt.rpartition("/")[2]] if attempt else []
    name = one.name if _PLAIN.fullmatch(one.name) else one.id.rpartition("/")[2]
    return Path(*(part for part in folders if _PLAIN.fullmatch(part)), name)
