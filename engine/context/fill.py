"""Filling the room that a package has: the floor first, then candidates by score under caps, near-duplicates out. Pure.

Greedy, so that it can be told in one line for each candidate; what would have come next is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.context.floor import Excluded
from engine.context.parts import Part, Told, framed, told
from engine.context.tokens import tokens

CAPS = {
    "evidence": 40,
    "decision": 30,
    "assumption": 20,
    "claim": 20,
    "artifact": 15,
    "learning": 15,
    "question": 10,
    "pruned": 10,
    "log": 10,
}
"""The share of what the floor leaves, in percent, that a kind may have as long as others want the rest."""
WHOLE = 6
"""Tenths of the budget up to which the floor is told whole; beyond, in brief."""
NEXT = 5
SPOKEN = 24
"""So many items are told of which no more can be said than that a word of them fits, or that they are new."""
_ITEMS = frozenset({"decision", "assumption", "claim", "question", "learning"})
_ALIKE = (85, 100)
_COMPARED = 400
_WORD = re.compile(r"\w+")


class Filling:
    """What is in so far. `used` counts everything that it adds."""

    def __init__(self, budget: int, base: int, open_: Iterable[str]) -> None:
        self.budget, self.used = budget, base
        self.chosen: list[Told] = []
        self._open = set(open_)
        self._alike = Alike()

    def add(self, part: Part, form: str) -> None:
        """Take a part in."""
        one = told(part, form)
        self.used += framed(one.text, part.section, self._open)
        self._open.add(part.section)
        self.chosen.append(one)
        if part.body and form == "full":
            self._alike.add(part.id, part.body)

    def size(self, part: Part, form: str) -> int:
        """Estimated tokens that a part adds in a form."""
        return framed(dict(part.forms)[form], part.section, self._open)

    def twin(self, part: Part) -> str:
        """The part that is in already and says almost the same; "" when there is none."""
        return self._alike.of(part.body) if part.body else ""


def lay_floor(filling: Filling, parts: Sequence[Part]) -> int:
    """Take in what has to be, each part whole while there is room for that; the tokens that it needs at least.

    It does not fit where that is more than the budget.
    """
    smallest = sum(filling.size(part, part.forms[-1][0]) for part in parts)
    needs = filling.used + smallest
    if needs > filling.budget:
        return needs
    for part in parts:
        least = filling.size(part, part.forms[-1][0])
        smallest -= least
        filling.add(part, _form(filling, part, smallest))
    return needs


def _form(filling: Filling, part: Part, after: int) -> str:
    """The largest form that leaves room for what comes after in its smallest, and keeps the floor within its share."""
    for form, _text in part.forms[:-1]:
        size = filling.size(part, form)
        share = filling.budget * WHOLE // 10 if form == "full" else filling.budget
        if filling.used + size + after <= filling.budget and filling.used + size <= share:
            return form
    return part.forms[-1][0]


def fill(
    filling: Filling, parts: Iterable[Part], excluded: Excluded, *, most: int | None = None
) -> list[dict[str, object]]:
    """Take in what has room, by score, under caps and then without; the best of what stays out for want of room. Of
    items for which little speaks `most` are taken in, where a number is given.
    """
    floor = filling.used
    little = _Little(most)
    spent: dict[str, int] = {}
    capped: list[Part] = []
    left: list[tuple[Part, str]] = []

    def stays_out(part: Part) -> bool:
        if twin := filling.twin(part):
            excluded.append(_out(part, "duplicate", f"says almost the same as {twin}"))
        elif little.enough(part):
            excluded.append(_out(part, "rank", f"{most} others say more to this task"))
        else:
            return False
        return True

    for part in sorted(parts, key=lambda one: (-one.score, one.id)):
        if stays_out(part):
            continue
        cap = (filling.budget - floor) * CAPS.get(part.cap, 100) // 100
        room = min(cap - spent.get(part.cap, 0), filling.budget - filling.used)
        if form := _fitting(filling, part, room, but="pointer"):
            spent[part.cap] = spent.get(part.cap, 0) + filling.size(part, form)
            filling.add(part, form)
            little.count(part)
        else:
            capped.append(part)
    for part in capped:
        if stays_out(part):
            continue
        if form := _fitting(filling, part, filling.budget - filling.used):
            filling.add(part, form)
            little.count(part)
        else:
            size = filling.size(part, "full")
            excluded.append(_out(part, "budget", f"{size} tokens, {filling.budget - filling.used} left"))
            left.append((part, "full"))
    return [{"id": part.id, "kind": part.kind, "tokens": tokens(told(part, form).text)} for part, form in left[:NEXT]]


class _Little:
    """Counts items for which little speaks."""

    def __init__(self, most: int | None) -> None:
        self._most, self._told = most, 0

    def enough(self, part: Part) -> bool:
        """Whether a part is one of those, and enough of them are told."""
        return self._most is not None and self._one(part) and self._told >= self._most

    def count(self, part: Part) -> None:
        """A part is told."""
        self._told += self._one(part)

    @staticmethod
    def _one(part: Part) -> bool:
        return not part.sure and part.kind in _ITEMS and bool(part.body)


def _fitting(filling: Filling, part: Part, room: int, but: str = "") -> str:
    fitting = (form for form, _text in part.forms if form != but and filling.size(part, form) <= room)
    return next(fitting, "")


def _out(part: Part, code: str, detail: str) -> dict[str, object]:
    return {"id": part.id, "kind": part.kind, "code": code, "detail": detail, "score": part.score}


class Alike:
    """Finds a text whose set of words is nearly that of another one: at least 85 of 100 words in common."""

    def __init__(self) -> None:
        self._words: list[tuple[str, frozenset[str]]] = []
        self._by: dict[str, list[int]] = {}

    def add(self, name: str, text: str) -> None:
        """Remember a text."""
        words = _words(text)
        if len(self._words) < _COMPARED:
            self._words.append((name, words))
            for word in _telling(words):
                self._by.setdefault(word, []).append(len(self._words) - 1)

    def of(self, text: str) -> str:
        """The name of a remembered text that is nearly this one."""
        words = _words(text)
        for place in sorted({place for word in _telling(words) for place in self._by.get(word, ())}):
            name, other = self._words[place]
            common = len(words & other)
            if common * _ALIKE[1] >= (len(words) + len(other) - common) * _ALIKE[0]:
                return name
        return ""


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _telling(words: frozenset[str]) -> list[str]:
    """Words of which two sets that are alike share at least one: so many of the longest that no more can be missing."""
    few = len(words) - -(-len(words) * _ALIKE[0] // _ALIKE[1]) + 1
    return sorted(words, key=lambda word: (-len(word), word))[:few]
