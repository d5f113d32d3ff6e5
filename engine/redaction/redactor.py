"""`Redactor`: knows the secrets that were resolved in this run, and hides them and what looks like one.

Whatever leaves the engine passes through one: logs, results, progress, tool results, outside errors. A secret that is
remembered after a text has left cannot be hidden in it, so whoever resolves one remembers it before it is used.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from engine.redaction.forms import ALONE, SHORTEST, bare, bones, forms, skeleton
from engine.redaction.patterns import matches

HIDDEN = "[hidden]"
_SPREAD, _SLACK = 6, 32
"""A secret that something was put into is recognised over at most so many times its length, and a little."""

T = TypeVar("T")


class Found(NamedTuple):
    """A secret in a text: where it begins (characters), and what it is, never its value."""

    start: int
    what: str
    """`keyring:openai` for a known one, else what it looks like."""
    known: bool


class _Known(NamedTuple):
    origin: str
    raw: bytes
    forms: tuple[bytes, ...]
    bones: tuple[bytes, ...]


class Redactor:
    """Hides secrets. Safe to share between threads; `remember` may be called at any time."""

    __slots__ = ("_known",)

    def __init__(self, secrets: Iterable[tuple[str, str]] = ()) -> None:
        """`secrets`: values that are known from the start, each with its reference."""
        self._known: dict[str, _Known] = {}
        for value, origin in secrets:
            self.remember(value, origin)

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} known)"

    def __reduce__(self) -> str:
        raise TypeError("a redactor holds secrets and is not written anywhere")

    def remember(self, value: str, origin: str = "a secret") -> None:
        """Hide a value from now on. `origin` is its reference, which may be told."""
        text = value.strip()
        raw = text.encode("utf-8", "surrogatepass").lower()
        if len(raw) < SHORTEST or text in self._known:
            return
        many = len(raw) >= ALONE
        known = _Known(origin, raw, forms(text) if many else (), bones(text) if many else ())
        self._known = {**self._known, text: known}  # a new one: whoever iterates goes on with the old

    def redact(self, text: str) -> str:
        """`text` with every known secret, in all its forms, and everything that looks like one as `[hidden]`."""
        return _text(self.redact_bytes(_bytes(text)))

    def redact_bytes(self, content: bytes) -> bytes:
        """The same for bytes."""
        return _hide(content, [*self._places(content), *matches(content)])

    def hide_known(self, content: bytes) -> bytes:
        """Only known secrets hidden: for documents, in which what merely looks like a secret is left alone."""
        return _hide(content, self._places(content)) if self._known else content

    def clean(self, value: T) -> T:
        """A JSON value with all of its texts redacted, names of members included."""
        return self._clean(value)  # type: ignore[return-value]

    def _clean(self, value: object) -> object:
        match value:
            case str():
                return self.redact(value)
            case list() | tuple():
                return type(value)(self._clean(one) for one in value)
            case dict():
                return {self._clean(name): self._clean(one) for name, one in value.items()}
            case _:
                return value

    def find(self, text: str, *, known_only: bool = False, certain_only: bool = False) -> tuple[Found, ...]:
        """Every secret in a text, in the order of their places; `certain_only`: without what may be something else."""
        content = _bytes(text)
        places = [(start, end, what, True) for start, end, what in self._places(content)]
        if not known_only:
            places += [(start, end, what, False) for start, end, what in matches(content, certain_only=certain_only)]
        found: list[Found] = []
        reached = -1
        for start, end, what, known in sorted(places, key=lambda place: (place[0], not place[3])):
            if start >= reached:
                found.append(Found(len(_text(content[:start])), what, known))
            reached = max(reached, end)
        return tuple(found)

    def _places(self, content: bytes) -> list[tuple[int, int, str]]:
        """Start, end and origin of every known secret in any of its forms."""
        if not self._known:
            return []
        lowered = content.lower()
        found: list[tuple[int, int, str]] = []
        picked: tuple[bytes, list[tuple[int, int]]] | None = None
        letters = bare(lowered) if any(known.bones for known in self._known.values()) else b""
        for known in self._known.values():
            if not known.forms:
                found += [(s, e, known.origin) for s, e in _occurrences(lowered, known.raw) if _alone(lowered, s, e)]
                continue
            for form in known.forms:
                found += [(start, end, known.origin) for start, end in _occurrences(lowered, form)]
            for sought in known.bones:
                if sought in letters:
                    picked = picked or skeleton(lowered)
                    found += [(start, end, known.origin) for start, end in _spread(sought, *picked)]
        return found


def redact(text: str) -> str:
    """`text` without the secrets that were resolved in this process, and without what looks like one."""
    return PROCESS.redact(text)


def _occurrences(content: bytes, form: bytes) -> Iterable[tuple[int, int]]:
    start = content.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = content.find(form, start + len(form))


def _alone(content: bytes, start: int, end: int) -> bool:
    return not content[max(0, start - 1) : start].isalnum() and not content[end : end + 1].isalnum()


def _spread(sought: bytes, text: bytes, places: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Where a secret stands with something put in between: as lines, words, or pieces of a string."""
    for start, end in _occurrences(text, sought):
        first, last = _original(start, places), _original(end - 1, places) + 1
        if last - first <= _SPREAD * len(sought) + _SLACK:
            yield first, last


def _original(place: int, places: list[tuple[int, int]]) -> int:
    kept, original = places[bisect.bisect_right(places, (place, 2**62)) - 1]
    return original + place - kept


def _hide(content: bytes, places: list[tuple[int, int, str]]) -> bytes:
    if not places:
        return content
    parts, reached = [], 0
    for start, end, _ in sorted(places):
        if start >= reached:
            parts += [content[reached:start], HIDDEN.encode()]
        reached = max(reached, end)
    return b"".join([*parts, content[reached:]])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a place that was hidden began inside of a character
        return content.decode("utf-8", "replace")


PROCESS = Redactor()
"""What this process resolved: for crash reports and whatever else has nobody to hand it a redactor."""
