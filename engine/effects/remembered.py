"""How long a sink that drops doubles is trusted to remember a key, and what connectors to such sinks have in common."""

from __future__ import annotations

from engine.effects.protocol import Delivered, Delivery, Destination, NotFound, Unknown

MARGIN = 60_000
"""Milliseconds before the end of a sink's memory from which on it is not relied on any more."""


def remembered(who: str, window: int, age_ms: int) -> NotFound | Unknown:
    """What can be said of a key `age_ms` after it was first handed over: `NotFound` (the same may be sent again) as
    long as `who` remembers it, for `window` milliseconds less a margin; later nobody can know. A window of 0: never.
    """
    if not window:
        return Unknown(f"{who} does not remember keys, and cannot be asked")
    trusted = max(window - MARGIN, window // 2)
    if age_ms > trusted:
        return Unknown(f"so much time has passed that {who} may have forgotten the key")
    return NotFound(trusted)


class Remembering:
    """A connector with one configured destination, whose sink may remember keys for a window of milliseconds."""

    who = "the sink"
    """What is said to remember, or not."""

    def __init__(self, name: str, window: int, destination: Destination) -> None:
        self._name, self._window, self._destination = name, window, destination

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""
        return self._name

    @property
    def delivery(self) -> Delivery:
        """A sink that remembers keys may be given the same one again."""
        return "dedup" if self._window else "blind"

    @property
    def serial(self) -> bool:
        """One after the other: what waits can still be stopped."""
        return True

    @property
    def destination(self) -> Destination:
        """What is configured, and approved with each effect."""
        return self._destination

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:  # noqa: ARG002
        """`NotFound` (the same may be sent again) as long as the sink remembers its key; later nobody can know."""
        return remembered(self.who, self._window, age_ms)
