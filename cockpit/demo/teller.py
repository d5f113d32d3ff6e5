"""What the demo prints of the missions' events: one calm line each, and one line for many of a kind."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from cockpit.cli.desk import Json
from cockpit.cli.render import GLYPHS, mark, safe
from cockpit.cli.story import Names, describe
from cockpit.cli.story_line import Line

MANY = 3
"""So many of a kind at once become one line."""
_TOGETHER = {
    "effect.done": ("ok", "mails left for the outbox"),
    "effect.rejected": ("rejected", "effects rejected"),
    "effect.withdrawn": ("cancelled", "effects withdrawn"),
    "effect.expired": ("failed", "effects expired"),
    "evidence.recorded": ("", "pieces of evidence recorded"),
    "clock.advanced": ("waiting", "times the rehearsed clock jumped over waiting"),
    "item.recorded": ("", "decisions recorded"),
    "branch.opened": ("open", "branches opened"),
    "attempt.dispatched": ("running", "attempts begin"),
    "attempt.delivered": ("verifying", "attempts delivered"),
    "task.accepted": ("accepted", "tasks accepted"),
    "task.cancelled": ("cancelled", "tasks cancelled"),
    "attempt.cancelled": ("cancelled", "attempts cancelled"),
}
"""Kinds that come in crowds, with the words for a crowd."""


class Teller:
    """Turns batches of events into lines."""

    def __init__(self) -> None:
        self._names = Names()
        self._width = 0

    def lines(self, events: Iterable[Json]) -> Iterator[str]:
        """The lines of a batch, in order; a crowd stands where its first one stood."""
        told: list[tuple[Json, Line]] = []
        for event in events:
            self._names.learn(event)
            line = describe(event, self._names)
            if line.loud and event["mission"] != "home":
                told.append((event, line))
        crowds: dict[tuple[str, str], int] = {}
        for event, _line in told:
            key = (event["mission"], event["kind"])
            crowds[key] = crowds.get(key, 0) + 1
        done: set[tuple[str, str]] = set()
        for event, line in told:
            key = (event["mission"], event["kind"])
            if event["kind"] in _TOGETHER and crowds[key] >= MANY:
                if key not in done:
                    done.add(key)
                    state, words = _TOGETHER[event["kind"]]
                    yield self._line(event, Line(state, f"{crowds[key]} {words}"))
            else:
                yield self._line(event, line)

    def _line(self, event: Json, line: Line) -> str:
        self._width = max(self._width, len(event["mission"]), 18)
        at = time.strftime("%H:%M:%S", time.localtime(event["wall"] / 1000))
        return f"{at}  {safe(event['mission']):<{self._width}}  {mark(GLYPHS.get(line.state, '·'))} {line.text}"
