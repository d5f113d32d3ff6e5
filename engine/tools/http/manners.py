"""Courtesy towards sites: robots.txt is honoured, and one host is asked no faster than it wants, whoever asks.

One `Manners` is meant for a whole engine, so that attempts that run side by side are polite together.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from protego import Protego

from engine.tools.http.addresses import NotReadError, Target

AGENT = "mission-cockpit"
GAP_MS, GAP_CAP_MS = 1_000, 30_000
"""Between two requests to one host: when it does not say, and at most when it does."""
KEPT_MS, KEPT_FAILED_MS = 3_600_000, 60_000
"""How long a robots.txt holds; one that could not be had is asked for again sooner."""
ROBOTS_CAP = 500 * 1024
_ORIGINS_CAP = 1_000

V = TypeVar("V")

Robots = Callable[[], Awaitable[tuple[int, str]]]
"""Reads a site's robots.txt: status and text; status 0 when it could not be reached."""


@dataclass(frozen=True, slots=True)
class _Rules:
    robots: Protego | None
    """None: nothing may be read, for nobody knows what the site wants."""
    until: int


class Manners:
    """`clock` tells milliseconds, `sleep` waits so many of them."""

    def __init__(self, *, clock: Callable[[], int], sleep: Callable[[int], Awaitable[None]]) -> None:
        self._clock, self._sleep = clock, sleep
        self._rules: OrderedDict[str, _Rules] = OrderedDict()
        self._next: OrderedDict[str, int] = OrderedDict()

    async def ask(self, wanted: Target, read: Robots) -> None:
        """Whether a page may be read; returns when it is its turn. Raises `NotReadError`."""
        rules = self._rules.get(wanted.origin)
        if rules is None or rules.until <= self._clock():
            await self._turn(wanted.host, GAP_MS)
            rules = self._understood(*await read())
            _remember(self._rules, wanted.origin, rules)
        if rules.robots is None:
            raise NotReadError(f"the robots.txt of {wanted.host} cannot be read now, so nothing else of it is")
        if not rules.robots.can_fetch(wanted.url, AGENT):
            raise NotReadError(f"the robots.txt of {wanted.host} asks not to read {wanted.path[:200]}")
        wished = rules.robots.crawl_delay(AGENT) or 0
        await self._turn(wanted.host, int(min(max(wished * 1_000, GAP_MS), GAP_CAP_MS)))

    def _understood(self, status: int, text: str) -> _Rules:
        """RFC 9309: no file allows everything, a site that fails allows nothing."""
        now = self._clock()
        if 200 <= status < 300:
            return _Rules(Protego.parse(text), now + KEPT_MS)
        if 400 <= status < 500 and status != 429:
            return _Rules(Protego.parse(""), now + KEPT_MS)
        return _Rules(None, now + KEPT_FAILED_MS)

    async def _turn(self, host: str, gap: int) -> None:
        now = self._clock()
        start = max(now, self._next.get(host, now))
        _remember(self._next, host, start + gap)
        if start > now:
            await self._sleep(start - now)


def _remember(kept: OrderedDict[str, V], name: str, value: V) -> None:
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > _ORIGINS_CAP:
        kept.popitem(last=False)
