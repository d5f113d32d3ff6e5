"""Somebody else's text, strictly: every hidden character visible, look-alikes named, long lines folded. Pure.

Stricter than reading: nothing is left out, joined or resolved, since these are the bytes that somebody approves.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from cockpit.screens.attention.unique import Spans
from cockpit.screens.words import safe
from widgets.ink import Line, Run, cells, chop

_PIECE = re.compile(r"\s+|\S+")
_DOMAIN = re.compile(r"[^\s@/:<>()\"',;]+\.[^\s@/:<>()\"',;.]{2,}")
_TOGETHER = (frozenset({"CJK", "HIRAGANA", "KATAKANA"}), frozenset({"CJK", "HANGUL"}), frozenset({"CJK", "BOPOMOFO"}))


def hidden(text: str) -> int:
    """How many characters of a text nobody would see as they are; line ends do not count."""
    inner = text.replace("\r\n", "").replace("\n", "")
    if inner.isascii() and inner.isprintable():
        return 0
    return sum(times for char, times in Counter(inner).items() if safe(char) != char)


def strict(text: str, columns: int, spans: Spans = (), *, bold: bool = False) -> list[Line]:
    """A text in lines of at most so many columns; `spans` are underlined: bytes that only this item has."""
    text = text.replace("\r\n", "\n")
    out: list[Line] = []
    at = place = 0
    for line in text.split("\n"):
        end = at + len(line)
        while place < len(spans) and spans[place][1] <= at:
            place += 1
        own = []
        for start, stop in spans[place:]:
            if start >= end:
                break
            own.append((max(start, at) - at, min(stop, end) - at))
        if cells(line) <= columns and _plain(line) and (not own or own == [(0, len(line))]):
            out.append((Run(line, "bright" if own else "text", bold=bold, under=bool(own)),) if line else ())
        else:
            out += fold(list(runs(line, own, bold=bold)), columns)
        at = end + 1
    return out


def _plain(line: str) -> bool:
    """Whether a line looks as it is, with nothing to say about any of its words."""
    if line.isascii():
        return line.isprintable() and "xn--" not in line.lower()
    return safe(line) == line and not any(remark(word) for word in line.split())


def runs(line: str, own: Sequence[tuple[int, int]] = (), *, bold: bool = False) -> Iterator[Run]:
    """One line as runs: a word, a part of one, or the space between two."""
    edges = sorted({edge for span in own for edge in span})
    for piece in _PIECE.finditer(line):
        inner = [edge for edge in edges if piece.start() < edge < piece.end()]
        for begin, end in pairwise((piece.start(), *inner, piece.end())):
            under = any(start < end and begin < stop for start, stop in own)
            text = line[begin:end]
            if safe(text) == text:
                yield Run(text, "bright" if under else "text", bold=bold, under=under)
            else:
                yield from _visible(text, under=under, bold=bold)
        if not piece[0].isspace() and (note := remark(piece[0])):
            yield Run(f" {note}", "wrong" if note.startswith("≠") else "muted")


def _visible(text: str, *, under: bool, bold: bool) -> Iterator[Run]:
    """A word in which something is hidden: what was hidden stands out."""
    plain = ""
    for char in text:
        shown = safe(char)
        if shown == char:
            plain += char
            continue
        if plain:
            yield Run(plain, "bright" if under else "text", bold=bold, under=under)
        yield Run(shown, "wrong", under=under)
        plain = ""
    if plain:
        yield Run(plain, "bright" if under else "text", bold=bold, under=under)


@lru_cache(maxsize=4096)
def remark(word: str) -> str:
    """What must be said about a word: that it mixes scripts, or how its domain is written in the other alphabet."""
    if word.isascii() and "xn--" not in word.lower():
        return ""
    notes = []
    if (found := scripts(word)) and len(found) > 1 and not any(found <= together for together in _TOGETHER):
        notes.append(f"≠ mixes {' and '.join(sorted(name.lower() for name in found))}")
    for domain in _DOMAIN.findall(word.rpartition("@")[2] if "@" in word else word):
        if (other := both(domain)) and other != domain:
            notes.append(f"= {safe(other)}")
    return " ".join(notes)


def scripts(word: str) -> frozenset[str]:
    """The scripts of a word's letters, by the first word of their Unicode names."""
    names = set()
    for char in word:
        if char.isalpha():
            name = unicodedata.name(char, "UNKNOWN").partition(" ")[0]
            if name not in {"KATAKANA-HIRAGANA", "MODIFIER", "FEMININE", "MASCULINE", "MICRO"}:
                names.add(name)
    return frozenset(names)


def both(domain: str) -> str:
    """The other way to write a domain: punycode for Unicode, Unicode for punycode; empty when there is none."""
    try:
        if domain.isascii():
            return domain.lower().encode("ascii").decode("idna") if "xn--" in domain.lower() else ""
        return domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return "no valid domain"


def fold(line: Sequence[Run], columns: int) -> list[Line]:
    """A line of runs over several lines, broken between words; a word that is too long between its runs, and a run
    that is too long is chopped.
    """
    out: list[Line] = []
    row: list[Run] = []
    room = columns
    for run, whole in zip(line, _words(line), strict=True):
        text = run.text
        if row and room < whole <= columns:
            out.append(_ended(row))
            row, room = [], columns
        while True:
            size = cells(text)
            if size <= room:
                row.append(run._replace(text=text))
                room -= size
                break
            if text.isspace():  # the line ends in it
                row.append(run._replace(text=text[:room]))
                room = 0
                break
            if row and size <= columns:
                out.append(_ended(row))
                row, room = [], columns
                continue
            head = chop(text, room) or (text[0] if not row else "")
            if head:
                row.append(run._replace(text=head))
            out.append(_ended(row))
            row, room, text = [], columns, text[len(head) :]
            if not text:
                break
    out.append(_ended(row))
    return out


def _words(line: Sequence[Run]) -> list[int]:
    """For each run how many columns the word takes that begins with it; 0 for a space and within a word."""
    sizes = [0] * len(line)
    rest = 0
    for number in range(len(line) - 1, -1, -1):
        text = line[number].text
        joined = number > 0 and not (text[:1].isspace() or line[number - 1].text[-1:].isspace())
        rest = 0 if text.isspace() else rest + cells(text)
        sizes[number], rest = (0, rest) if joined else (rest, 0)
    return sizes


def _ended(row: list[Run]) -> Line:
    """A finished line: no blank at its end is underlined, and spaces between two underlined words are."""
    joined = list(row)
    while joined and joined[-1].text.isspace():
        joined.pop()
    return tuple(joined)
