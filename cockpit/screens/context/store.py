"""The packages of a mission as the ledger has them: which attempts there are, and the package of one. Not Textual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cockpit.client import ChargeLine
from cockpit.screens.context.package import Package
from engine.views.models import TaskRow

Json = Mapping[str, Any]

KEPT = 16
"""Packages that are kept taken apart."""
MOST = 2_000
"""Attempts that can be walked over, and charges that are looked at for what earlier ones read and wrote."""
OVER = frozenset({"accepted", "failed", "cancelled"})
BUSY = frozenset({"running", "verifying"})
_NAMED = {
    "item.recorded": ("item", "text"),
    "rule.adopted": ("rule", "text"),
    "learning.recorded": ("learning", "text"),
    "artifact.produced": ("artifact", "name"),
    "evidence.recorded": ("evidence", "metric"),
}


class Ledger(Protocol):
    """Where it is read: the client."""

    def events(
        self, mission: str | None, *, limit: int, before: int | None = None, kinds: Sequence[str] | None = None
    ) -> Sequence[Json]:
        """The last `limit` events, newest last."""

    def charges(self, mission: str | None, *, limit: int, before: int | None = None) -> list[ChargeLine]:
        """The last `limit` charges, newest last."""

    def charged(self, mission: str | None, *, after: int = 0, before: int | None = None) -> int:
        """How many charges there are between."""

    def blob(self, sha: str) -> bytes | None:
        """A blob."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where one can stand: an attempt of a task, or its next one (`attempt` empty). Ids are full."""

    task: str
    attempt: str
    number: int
    """Which attempt of its task, from 1."""
    of: int
    """How many of its task there are."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """What earlier attempts read and wrote, in tokens."""

    tokens: int
    attempts: int
    least: bool = False
    """There was more: usage that nobody knows, or more charges than are looked at."""


def stops(compiled: Iterable[Json], tasks: Mapping[str, TaskRow]) -> list[Stop]:
    """Every attempt with a package, task by task in the order in which they began, each with its next attempt.

    What is over has no next attempt. Tasks that nobody received anything for yet stand at the end.
    """
    by_task: dict[str, list[tuple[str, int]]] = {}
    for event in compiled:
        slug, body = event["mission"], event["body"]
        by_task.setdefault(f"{slug}/{body['task']}", []).append((f"{slug}/{body['attempt']}", event["seq"]))
    found: list[Stop] = []
    for task in [*by_task, *(name for name in tasks if name not in by_task)]:
        tried = by_task.get(task, [])
        found += [Stop(task, name, place, len(tried), seq) for place, (name, seq) in enumerate(tried, start=1)]
        row = tasks.get(task)
        if row is not None and row.state not in OVER:
            found.append(Stop(task, "", len(tried) + 1, len(tried)))
    return found


def at(subject: str, among: Sequence[Stop], tasks: Mapping[str, TaskRow]) -> Stop | None:
    """Where an attempt stands; of a task what is most worth seeing: what runs, else what comes next, else the last."""
    exact = next((stop for stop in among if stop.attempt == subject), None)
    of_task = [stop for stop in among if stop.task == subject]
    row = tasks.get(subject)
    busy = [stop for stop in of_task if stop.attempt] if row is not None and row.state in BUSY else []
    return exact or next((found[-1] for found in (busy, of_task) if found), None)


def first(subject: str, among: Sequence[Stop], tasks: Mapping[str, TaskRow]) -> Stop | None:
    """Where to begin: at what was asked for, at what runs, at what comes next, at what was last."""
    if subject and (found := at(subject, among, tasks)):
        return found
    for states in (BUSY, {"ready"}, {"waiting"}):
        for row in tasks.values():
            if row.state in states and (found := at(row.id, among, tasks)):
                return found
    return max(among, key=lambda stop: stop.seq, default=None)


def before(stop: Stop, among: Sequence[Stop], tasks: Mapping[str, TaskRow]) -> Stop | None:
    """What an attempt is compared with: the one before of its task, else the last of its role, else the last at all."""
    past = [one for one in among if one.attempt and (not stop.attempt or one.seq < stop.seq)]
    past.sort(key=lambda one: one.seq)
    row = tasks.get(stop.task)
    of_task = [one for one in past if one.task == stop.task]
    of_role = [one for one in past if row and (other := tasks.get(one.task)) and other.role == row.role]
    return next((found[-1] for found in (of_task, of_role, past) if found), None)


class Store:
    """Reads packages of one mission, and keeps the last few."""

    def __init__(self, mission: str) -> None:
        self.mission = mission
        self.compiled: list[Json] = []
        self.charges: list[ChargeLine] | None = None
        self.names: dict[str, str] = {}
        """What is out is called by its own words: short id to text."""
        self._unread = False
        self._known: dict[str, Package] = {}
        self._later: Sequence[Json] = ()
        """What workers asked for beside their packages."""

    def refresh(self, ledger: Ledger) -> bool:
        """Look for new packages; whether there are any."""
        last = self.compiled[-1]["seq"] if self.compiled else 0
        found: Sequence[Json] = ()
        for limit in (8, MOST):
            found = ledger.events(self.mission, limit=limit, kinds=("package.compiled",))
            if len(found) < limit or (found and found[0]["seq"] <= last):
                break
        fresh = [event for event in found if event["seq"] > last]
        self.compiled = [*self.compiled, *fresh][-MOST:]
        later = ledger.events(self.mission, limit=MOST, kinds=("context.pulled",))
        if moved := len(later) != len(self._later) or later[-1:] != self._later[-1:]:
            self._later = later
            self._known.clear()
        return bool(fresh) or moved

    def head(self, ledger: Ledger) -> int:
        """The seq of the mission's last event."""
        found = ledger.events(self.mission, limit=1)
        return int(found[-1]["seq"]) if found else 0

    def read(self, ledger: Ledger, stop: Stop) -> Package | None:
        """The package of an attempt; None if there is none."""
        from cockpit.cli.context import packaged
        from cockpit.cli.pulled import pulls

        known = self._known.get(stop.attempt)
        if known is None:
            event = next((one for one in reversed(self.compiled) if one["seq"] == stop.seq), None)
            if event is None:
                return None
            route = self._route(ledger, event)
            later = pulls(self._later, event["body"]["attempt"], ledger.blob)
            known = Package.of(packaged(event, route, ledger.blob) | {"pulled": later})
            self._known[stop.attempt] = known
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return known

    def _route(self, ledger: Ledger, event: Json) -> dict[str, Any]:
        """The route of the attempt, chosen in the same breath as its package was compiled."""
        near = ledger.events(self.mission, limit=32, before=event["seq"] + 64, kinds=("route.chosen",))
        attempt = event["body"]["attempt"]
        return dict(next((one["body"] for one in reversed(near) if one["body"].get("attempt") == attempt), {}))

    def account(self, ledger: Ledger) -> None:
        """Read what was charged so far, and the words of what may be out. Not before the first paint."""
        self.charges = ledger.charges(self.mission, limit=MOST)
        self._unread = bool(self.charges) and ledger.charged(self.mission, before=self.charges[0].seq) > 0
        for event in ledger.events(self.mission, limit=MOST, kinds=tuple(_NAMED)):
            name, text = _NAMED[event["kind"]]
            self.names[str(event["body"].get(name))] = str(event["body"].get(text, ""))

    def carried(self, stop: Stop) -> Carried | None:
        """What the attempts before this one read and wrote; None before the account was read."""
        if self.charges is None:
            return None
        found = [line for line in self.charges if not stop.attempt or line.seq < stop.seq]
        unknown = any(line.basis == "reservation" for line in found)
        attempts = len({line.attempt for line in found})
        return Carried(sum(sum(line.tokens) for line in found), attempts, least=self._unread or unknown)

    def paid(self, stop: Stop) -> int | None:
        """What an attempt was charged; None for nothing yet."""
        found = [line.micro_usd for line in self.charges or () if stop.attempt and line.attempt == stop.attempt]
        return sum(found) if found else None
