"""`cockpit edit`: a person writes other bytes in the place of what awaits an approval; nothing is approved by it.

What is edited is text: of a mail its subject and what stands above the signature, of everything else the whole body.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from cockpit.cli.attention import seen
from cockpit.cli.authority import Author, at_terminal, author
from cockpit.cli.desk import Json, home_of, item_of, mission_of_id, open_reader, split
from cockpit.cli.exact import Seen, look
from cockpit.cli.inbox import Order, submit
from cockpit.cli.render import GUTTER, code, mark, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Reader

SIGNATURE = "\n-- \n"
"""What follows it is the sender's, and is written anew by the engine."""
SUBJECT = "Subject: "
MOST = 400_000
"""Bytes of a file that is read: more than any text may have."""
_NOTHING = "nothing was changed"


def edit(args: Namespace) -> int:
    """Edit what awaits an approval."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        if split(args.id)[1].startswith("Q") and (row := item_of(reader, args.id))["kind"] == "plan":
            return _plan(args, home, who, row)
        slug, effect = chosen(reader, args.id)
    if not effect.intact:
        raise SaysNoError(args.id, "its bytes are not whole", "reject it, then cockpit doctor")
    if not text_in(effect):
        raise SaysNoError(args.id, "holds bytes that are no text", "reject it, with what is wrong")
    before = draft(effect)
    if args.file is not None:
        after = _given(args.file)
    elif at_terminal():
        after = in_editor(home, before)
    else:
        raise BadInputError("edit", "with what?", "--file F, or --file - for standard input")
    order = edition(slug, effect, after)
    answer = submit(home, order, who, start_engine=not args.no_engine)
    into, item = answer["ids"][:2]
    say(*changes(before, after), "")
    with open_reader(home) as reader:
        shown = item_of(reader, f"{slug}/{item}")["digest"]
    say(f"edited {safe(slug)}/{safe(effect.effect)} into {safe(into)}; nothing is approved by that")
    say(f"{safe(slug)}/{safe(item)} asks for it now, digest {code(shown)}: cockpit approve {safe(slug)}/{safe(item)}")
    return 0


def _plan(args: Namespace, home: Home, who: Author, row: Json) -> int:
    """Edit a proposed plan: its patch as YAML. What comes of it is proposed in its place."""
    from cockpit.cli.plan import proposal, proposed, settles, waiting_patch
    from engine.amending.patch_text import read, written

    with open_reader(home) as reader:
        before = written(waiting_patch(reader, row))
    if args.file is not None:
        after = _given(args.file)
    elif at_terminal():
        after = in_editor(home, before, ending=".yaml")
    else:
        raise BadInputError("edit", "with what?", "--file F, or --file - for standard input")
    if not after.strip() or after == before:
        raise SaysNoError(row["id"], _NOTHING, "it stays as it is")
    order = proposal(row["mission"], read(after.encode(), "patch"), item=row["id"], digest=row["digest"])
    answer = submit(home, order, who, start_engine=not args.no_engine)
    with open_reader(home) as reader:
        now = item_of(reader, f"{row['mission']}/{answer['ids'][1]}")
    say(*changes(before, after), "", *proposed(now), "")
    say(settles(now))
    return 0


def chosen(reader: Reader, text: str) -> tuple[str, Seen]:
    """The mission and the effect that an id means: an effect, or an approval of a single one."""
    if split(text)[1].startswith("F"):
        slug, short = mission_of_id(reader, text, "effect.proposed", "effect")
        for event in reader.events(slug, kinds=["effect.proposed"]):
            if event["body"]["effect"] == short:
                return slug, look(short, event["body"]["digest"], event["body"], reader.blob)
    row = item_of(reader, text)
    if row["kind"] != "approve":
        raise SaysNoError(
            row["id"],
            f"asks for {row['kind']}, and only what awaits an approval can be edited",
            f"cockpit answer {row['id']} TEXT",
        )
    effects = seen(reader, row)
    if len(effects) != 1:
        listed = ", ".join(effect.effect for effect in effects[:8])
        raise BadInputError(row["id"], f"holds {len(effects)} items", f"say which: {safe(listed)}")
    return row["mission"], effects[0]


def draft(effect: Seen) -> str:
    """What is edited: `Subject: …`, a blank line and the text of a mail, without the signature; else the body."""
    if not effect.kinds:
        return effect.text
    text = effect.text.replace("\r\n", "\n").rpartition(SIGNATURE)[0].rstrip("\n")
    return f"{SUBJECT}{effect.subject}\n\n{text}\n"


def text_in(effect: Seen) -> bool:
    """Whether what is edited is text at all."""
    try:
        effect.raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def edition(mission: str, effect: Seen, after: str) -> Order:
    """The command that puts a text in the place of an effect's. Raises `BadInputError` when it says nothing new."""
    if after.strip() == draft(effect).strip():
        raise SaysNoError(f"{mission}/{effect.effect}", _NOTHING, "it stays as it is")
    subject, text = effect.subject, after
    if effect.kinds and after.startswith(SUBJECT):
        first, _, rest = after.partition("\n")
        subject, text = first.removeprefix(SUBJECT).strip(), rest.lstrip("\n")
    if not text.strip():
        raise BadInputError(f"{mission}/{effect.effect}", "there is no text left", "cockpit reject says no to it")
    content = text.encode("utf-8", "replace")
    sha = hashlib.sha256(content).hexdigest()
    body = {"effect": effect.effect, "digest": effect.event["digest"], "subject": subject, "text": sha}
    told = hashlib.sha256(f"{subject}\0{sha}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Order(f"edit:{mission}/{effect.effect}:{told}", "edit", mission, body, {sha: content})


def _given(file: str) -> str:
    try:
        content = sys.stdin.buffer.read(MOST + 1) if file == "-" else _read(Path(file))
        if len(content) > MOST:
            raise BadInputError(file, f"is larger than {MOST // 1000} kB", "give a shorter text")
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = "is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
        raise BadInputError(file, what, "give a readable text file") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST + 1)


def in_editor(home: Home, text: str, run: Callable[[list[str]], int] = subprocess.call, *, ending: str = ".txt") -> str:
    """The text after a person had it in `$VISUAL` or `$EDITOR`, in a file of the home that only they can read.

    Raises `SaysNoError` when the editor does not end well.
    """
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    descriptor, name = tempfile.mkstemp(prefix="edit-", suffix=ending, dir=home.root)  # 0600 from the first byte on
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            ended = run([*editor, name])
        except OSError as error:
            raise SaysNoError(
                editor[0], f"cannot be started ({error.strerror})", "set EDITOR, or give --file F"
            ) from None
        if ended:
            raise SaysNoError(
                editor[0], f"ended with {ended}, and {_NOTHING}", "try again, set EDITOR, or give --file F"
            )
        return _given(name)
    finally:
        path.unlink(missing_ok=True)


def changes(before: str, after: str) -> Iterator[str]:
    """What became of a text, line by line: `+`, `-` and what stayed around them."""
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1):
        if not line.startswith(("---", "+++", "@@")):
            yield f"{mark(GUTTER)} {line[0]} {safe(line[1:])}"
