"""Which words of a text no other text of its batch has. Pure, and bounded: very large batches compare whole lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

Spans = tuple[tuple[int, int], ...]
"""Beginnings and ends, in characters, in order and without overlap."""

MOST = 1_000_000
"""Characters of a batch that are compared word by word."""
HOLE = 2
"""So few common words between two that are not belong to the phrase they stand in."""
_WORD = re.compile(r"\w(?:[\w@./:'’-]*\w)?|[^\w\s]|\n[^\S\n]*(?=\n)")
"""A word, or a sign beside one; an empty line counts too, so that paragraphs have a beginning and an end."""


def only_here(texts: Sequence[str]) -> list[Spans]:
    """For each text what only it has. Of a single text nothing is, as there is nothing to compare it with."""
    if len(texts) < 2:
        return [() for _text in texts]
    if sum(map(len, texts)) > MOST:
        return _lines(texts)
    return _words(texts)


def _words(texts: Sequence[str]) -> list[Spans]:
    """A word is common when it stands, beside the same neighbour, in another text too."""
    found = [list(_WORD.finditer(text)) for text in texts]
    pairs = [list(pairwise(["", *(_said(word) for word in words), ""])) for words in found]
    known: Counter[tuple[str, str]] = Counter()
    for listed in pairs:
        known.update(set(listed))
    out: list[Spans] = []
    for words, listed in zip(found, pairs, strict=True):
        own = [known[before] < 2 and known[after] < 2 for before, after in pairwise(listed)]
        out.append(tuple(_joined(words, _filled(words, own))))
    return out


def _said(word: re.Match[str]) -> str:
    return "\n" if word[0].isspace() else word[0]


def _filled(words: Sequence[re.Match[str]], own: list[bool]) -> list[bool]:
    """Small holes inside a phrase closed; never across an empty line."""
    last = None
    for place, word in enumerate(words):
        if word[0].isspace():
            own[place], last = False, None
        elif own[place]:
            if last is not None and place - last - 1 <= HOLE:
                own[last:place] = [True] * (place - last)
            last = place
    return own


def _joined(words: Sequence[re.Match[str]], own: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for word, alone in zip(words, own, strict=True):
        if alone:
            start, end = (word.start() if start < 0 else start), word.end()
        elif start >= 0:
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def _lines(texts: Sequence[str]) -> list[Spans]:
    split = [text.split("\n") for text in texts]
    known: Counter[str] = Counter()
    for lines in split:
        known.update({line.strip() for line in lines})
    out = []
    for lines in split:
        spans, at = [], 0
        for line in lines:
            if line.strip() and known[line.strip()] < 2:
                spans.append((at, at + len(line)))
            at += len(line) + 1
        out.append(tuple(spans))
    return out
