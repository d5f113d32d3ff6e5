"""Telling a text file in pieces: decoding it, the lines from one to another, and where a text stands in it."""

from __future__ import annotations

from engine.tools.folder import PathError
from engine.tools.protocol import TEXT_CAP
from engine.tools.telling import shortened

LIMIT, LIMIT_CAP = 2_000, 100_000
"""Lines of one answer: when nothing is said, and at most."""
FOUND_CAP, LINE_CAP = 100, 500


def decoded(content: bytes, path: str) -> str:
    """The text of a file. Raises `PathError` for one that is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise PathError(
            f"{path} is not text in UTF-8: it has {len(content)} bytes of something else", "read another one"
        )
    return text


def part(text: str, offset: int, limit: int) -> tuple[str, bool]:
    """`limit` lines after the first `offset`, and whether there are more; a last line says how to go on."""
    lines = text.splitlines(keepends=True)
    if offset >= len(lines):
        return f"[there are {len(lines)} lines, none after the first {offset}]" if lines else "[empty]", False
    chosen: list[str] = []
    size = 0
    for line in lines[offset : offset + limit]:
        if size + len(line) > TEXT_CAP - 200 and chosen:
            break
        chosen.append(line)
        size += len(line)
    after = offset + len(chosen)
    if after >= len(lines):
        return "".join(chosen), False
    return "".join(chosen) + f"\n[lines {offset + 1} to {after} of {len(lines)}; go on with offset {after}]", True


def found(text: str, wanted: str) -> tuple[str, bool]:
    """The lines that hold `wanted`, whatever the case, with their numbers; whether there are more."""
    needle, count = wanted.casefold(), 0
    hits: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if needle in line.casefold():
            count += 1
            if len(hits) < FOUND_CAP:
                hits.append(f"{number}: {shortened(line, LINE_CAP)}")
    if not hits:
        return f"no line holds {wanted!r}", False
    if count > len(hits):
        hits.append(f"[{count} lines in all]")
    return "\n".join(hits), count > FOUND_CAP
