"""The order of the attention queue on a screen: ranked when it is opened, then still. Pure.

While somebody looks at it nothing moves: what is settled leaves, what arrives gathers at the end under a *new* line;
only `rank` sorts again.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.views.models import AttentionRow


def ranked(rows: Mapping[str, AttentionRow]) -> list[AttentionRow]:
    """Highest rank first, then the oldest."""
    return sorted(rows.values(), key=lambda row: (-row.rank, row.raised_at, row.id))


class StillQueue:
    """Which items are shown, in which order, and which of them are new."""

    def __init__(self) -> None:
        self._order: list[str] = []
        self._old = 0
        """How many of them were there when it was last ranked."""

    @property
    def order(self) -> tuple[str, ...]:
        """Ids as they are shown."""
        return tuple(self._order)

    @property
    def fresh(self) -> tuple[str, ...]:
        """Ids that came since it was ranked."""
        return tuple(self._order[self._old :])

    def rank(self, rows: Mapping[str, AttentionRow]) -> None:
        """Sort by what is urgent now; nothing is new any more."""
        self._order = [row.id for row in ranked(rows)]
        self._old = len(self._order)

    def follow(self, rows: Mapping[str, AttentionRow], *, still: bool) -> None:
        """Take in what came and went. Not `still`, nobody is looking: it is ranked anew."""
        if not still:
            self.rank(rows)
            return
        self._old = sum(name in rows for name in self._order[: self._old])
        self._order = [name for name in self._order if name in rows]
        known = set(self._order)
        self._order += [
            row.id for row in sorted(rows.values(), key=lambda r: (r.raised_at, r.id)) if row.id not in known
        ]
        if self._old == 0:
            self.rank(rows)
