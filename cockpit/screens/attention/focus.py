"""How long a person was busy with an item: time with activity only. Pure, with an injected clock in seconds."""

from __future__ import annotations

from collections.abc import Callable

PAUSE_S = 60.0
"""A longer pause without a key is no work on the item."""


class Focus:
    """The human time of each item, added up over every time it was looked at."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spent: dict[str, float] = {}
        self._item = ""
        self._since = 0.0

    def begin(self, item: str) -> None:
        """This item is on the screen now."""
        if item != self._item:
            self.leave()
            self._item, self._since = item, self._clock()

    def key(self) -> None:
        """A key came: the time since the last one counts, unless it was a pause."""
        if not self._item:
            return
        now = self._clock()
        if now - self._since <= PAUSE_S:
            self._spent[self._item] = self._spent.get(self._item, 0.0) + now - self._since
        self._since = now

    def leave(self) -> None:
        """Nothing is looked at any more."""
        self.key()
        self._item = ""

    def ms(self, item: str) -> int:
        """Milliseconds that an item had so far."""
        if item == self._item:
            self.key()
        return int(self._spent.get(item, 0.0) * 1000)
