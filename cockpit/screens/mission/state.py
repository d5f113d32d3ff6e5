"""What a mission knows, kept up to date from its events: newest pages first, and never the same page twice.

Everything is held under the short id that the ledger gives it; `sections` orders it as it is read. Reads through a
function, so that it is tested without a ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cockpit.cli.curated import KINDS, SECTIONS, Curation

Json = dict[str, Any]
Read = Callable[[int, int | None], Sequence[Mapping[str, Any]]]
"""From how many and before which seq to events of `KINDS`, newest last."""

PAGE = 200
MOST = 10_000
"""So many events are looked at when it is opened; what was recorded before is left out, and said so."""
WORDS = {
    "decision": "decisions",
    "assumption": "assumptions",
    "question": "questions",
    "claim": "claims",
    "learning": "learnings",
    "rule": "rules",
    "evidence": "evidence",
    "artifact": "artifacts",
}


OVER = frozenset({"superseded", "retracted", "expired", "retired"})
UNSURE = ("contested", "suspect", "proposed")


class Known(NamedTuple):
    """One thing that is known: its short id, and what the ledger says of it."""

    id: str
    row: Mapping[str, Any]

    @property
    def past(self) -> bool:
        """Whether something else took its place, it was taken back, or its time is over."""
        return bool(self.row["status"] in OVER)

    @property
    def holds(self) -> bool:
        """Whether it may be told as a fact."""
        return bool(self.row["status"] == "active")


class Curated:
    """The items of one mission."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known = Curation()
        self._newest = 0
        self.cut = False
        """Whether there is more than was looked at."""

    def refresh(self) -> bool:
        """Take in what is new; whether there was anything. Whatever the reader raises passes through."""
        pages: list[Sequence[Mapping[str, Any]]] = []
        before: int | None = None
        while sum(map(len, pages)) < MOST:
            page = self._read(PAGE, before)
            fresh = [event for event in page if event["seq"] > self._newest]
            if fresh:
                pages.append(fresh)
                before = fresh[0]["seq"]
            if len(fresh) < PAGE:
                break
        else:
            self.cut = True
        for page in reversed(pages):
            for event in page:
                self._known.take(dict(event))
                self._newest = max(self._newest, event["seq"])
        return bool(pages)

    def sections(self, *, past: bool) -> list[tuple[str, list[Known]]]:
        """What is known by kind, newest first; with what is over too when `past` is wanted."""
        found: dict[str, list[Known]] = {section: [] for section in SECTIONS}
        for short, row in self._known.rows():
            known = Known(short, row)
            if past or not known.past:
                found.setdefault(row["kind"], []).append(known)
        return [(kind, rows[::-1]) for kind, rows in found.items() if rows]

    def counts(self) -> tuple[int, dict[str, int], int]:
        """How much holds, how much is in doubt or waits, by its standing, and how much is over."""
        states = [row["status"] for _short, row in self._known.rows()]
        unsure = {name: states.count(name) for name in UNSURE if name in states}
        over = sum(state in OVER for state in states)
        return len(states) - sum(unsure.values()) - over, unsure, over

    def named(self, short: str) -> Known | None:
        """An item by its short id."""
        row = self._known.row(short)
        return Known(short, row) if row is not None else None

    def carries(self, short: str) -> list[Known]:
        """What rests on an item."""
        return [known for name in self._known.carries(short) if (known := self.named(name)) is not None]

    def chain(self, short: str) -> list[Json]:
        """Why an item stands as it does, step by step."""
        return self._known.chain(short)


__all__ = ["KINDS", "WORDS", "Curated", "Known", "Read"]
