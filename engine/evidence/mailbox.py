"""Received mail from the disk: a maildir or an mbox, read and never changed. The impure edge; meaning is in `inbound`.

Bounded whatever is there: of a message above 5 MiB only the beginning is read, of more than 10,000 messages or 64 MiB
the newest are kept, and what is no regular file is not opened. A file that cannot be read is skipped, a source that
cannot be is an error.
"""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from engine.effects.folder import BEGINNING
from engine.errors import BadInputError
from engine.evidence.inbound import Inbound, inbound

MAX_MESSAGE, MAX_MESSAGES, MAX_TOTAL = 5 * 1024 * 1024, 10_000, 64 * 1024 * 1024
_FROM = re.compile(rb"From (\S+ +)?.*\d{1,2}:\d{2}.*\d{4}")
_LINE = 64 * 1024


def read_maildir(root: Path) -> list[Inbound]:
    """The messages of a maildir (`new` and `cur`), oldest first, each content once. A missing folder holds none.

    Raises BadInputError when the folder is there and cannot be read.
    """
    found: list[tuple[int, str, Path]] = []
    try:
        if root.exists() and not root.is_dir():
            raise BadInputError(str(root), "is no maildir but a file", "name the folder that holds new/ and cur/")
        for name in ("new", "cur"):
            folder = root / name
            if folder.is_dir():
                found += [
                    (info.st_mtime_ns, entry.name, Path(entry.path))
                    for entry in os.scandir(folder)
                    if not entry.name.startswith(".") and (info := _regular(entry)) is not None
                ]
    except OSError as error:
        raise _unreadable(root, error) from error
    kept: dict[str, Inbound] = {}
    room = MAX_TOTAL
    for _, _, path in sorted(found, reverse=True)[:MAX_MESSAGES]:
        raw = _content(path)
        if raw is None:
            continue
        room -= len(raw)
        if room < 0:
            break
        message = inbound(raw)
        kept.setdefault(message.key, message)
    return list(reversed(kept.values()))


def read_mbox(path: Path) -> list[Inbound]:
    """The messages of an mbox file in its order, each content once. A last message that is cut off is read as it is.

    A missing file holds none. Raises BadInputError when it is there and cannot be read.
    """
    raws: deque[bytes] = deque()
    room = MAX_TOTAL
    try:
        if not path.exists():
            return []
        if not path.is_file():
            raise BadInputError(str(path), "is no mbox file", "name the file itself; for a folder of mail use maildir")
        for raw in _split(path):
            raws.append(raw)
            room -= len(raw)
            while room < 0 or len(raws) > MAX_MESSAGES:
                room += len(raws.popleft())
    except OSError as error:
        raise _unreadable(path, error) from error
    kept: dict[str, Inbound] = {}
    for raw in raws:
        message = inbound(raw)
        kept.setdefault(message.key, message)
    return list(kept.values())


def _unreadable(path: Path, error: OSError) -> BadInputError:
    said = (error.strerror or type(error).__name__).lower()
    return BadInputError(str(path), f"cannot be read ({said})", "check the path and its permissions")


def _regular(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return info if stat.S_ISREG(info.st_mode) else None


def _content(path: Path) -> bytes | None:
    """The file's bytes, of a large one the first; None when it went away, may not be read or became something else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            raw = file.read(MAX_MESSAGE + 1)
        except OSError:
            return None
    return raw if len(raw) <= MAX_MESSAGE else raw[:BEGINNING]


def _split(path: Path) -> Iterator[bytes]:
    """The messages of an mbox: cut at `From ` lines that follow an empty line, one `>` taken off quoted ones."""
    lines: list[bytes] = []
    size = 0
    empty_before, at_line_start, started = True, True, False
    with path.open("rb") as file:
        while line := file.readline(_LINE):
            cuts = at_line_start and empty_before and line.startswith(b"From ")
            if cuts and (not started or _FROM.match(line[:300])):
                if started and size:
                    yield _joined(lines)
                lines, size, started = [], 0, True
            elif started:
                if at_line_start and line.startswith(b">") and line.lstrip(b">").startswith(b"From "):
                    line = line[1:]
                size += len(line)
                if size <= MAX_MESSAGE:
                    lines.append(line)
                elif size - len(line) <= MAX_MESSAGE:
                    lines = [b"".join((*lines, line))[:BEGINNING]]
            empty_before = at_line_start and line in (b"\n", b"\r\n")
            at_line_start = line.endswith(b"\n")
    if started and size:
        yield _joined(lines)


def _joined(lines: list[bytes]) -> bytes:
    """A message without the empty line that separates it from the next."""
    return b"".join(lines[:-1] if len(lines) > 1 and lines[-1] in (b"\n", b"\r\n") else lines)
