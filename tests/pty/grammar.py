"""What may go to a terminal: text without anything hidden, and the sequences that the screens are drawn with."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

MODES = frozenset({"7", "25", "1000", "1002", "1003", "1004", "1006", "1015", "1016", "1049", "2004", "2026", "2048"})
"""Private modes that are switched: wrapping, cursor, mouse, focus, alternate screen, paste, synchronised output."""
_TOKEN = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<pointer>\x1b\]22;(?:default|text|pointer)\x07)|(?P<other>\x1b.?)",
    re.DOTALL,
)
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


class Stream(NamedTuple):
    """What a program wrote: its text, how often each sequence came, and what must not be there."""

    text: str
    sequences: Counter[str]
    wrong: list[str]


def parse(raw: bytes) -> Stream:
    """Take a stream apart."""
    wrong: list[str] = []
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        said = raw.decode("utf-8", "replace")
        wrong.append(f"not UTF-8: {raw[max(error.start - 20, 0) : error.end + 20]!r}")
    sequences: Counter[str] = Counter()
    texts = []
    place = 0
    for found in _TOKEN.finditer(said):
        texts.append(said[place : found.start()])
        place = found.end()
        sequences[found[0]] += 1
        if not _ours(found):
            wrong.append(f"{found[0]!r} in {said[max(found.start() - 20, 0) : found.end() + 20]!r}")
    texts.append(said[place:])
    text = "\0".join(texts)
    wrong += [
        f"U+{ord(hit[0]):04X} in {text[max(hit.start() - 20, 0) : hit.end() + 20]!r}"
        for hit in HIDDEN.finditer(text)
        if hit[0] != "\0"
    ]
    return Stream(text, sequences, wrong)


def _ours(found: re.Match[str]) -> bool:
    """Whether the screens may send this sequence."""
    if found["pointer"]:  # the shape of the mouse pointer
        return True
    if found["other"]:
        return False
    private, numbers, between, final = found["private"], found["numbers"], found["between"], found["final"]
    if not private and not between:
        return final in "mHABCDK" or (final == "J" and numbers in {"", "2"})
    if private == "?" and not between:
        return final in "hl" and set(numbers.split(";")) <= MODES
    if private == "?" and between == "$":
        return final == "p" and numbers in {"2026", "2048"}
    return final == "u" and private in "<>" and not between and numbers in {"", "25"}  # the Kitty keyboard protocol


def switched(stream: Stream) -> dict[str, tuple[int, int]]:
    """How often each private mode was switched on, and off."""
    found: dict[str, tuple[int, int]] = {}
    for sequence, count in stream.sequences.items():
        if sequence.startswith("\x1b[?") and sequence[-1] in "hl":
            for mode in sequence[3:-1].split(";"):
                on, off = found.get(mode, (0, 0))
                found[mode] = (on + count, off) if sequence[-1] == "h" else (on, off + count)
    return found
