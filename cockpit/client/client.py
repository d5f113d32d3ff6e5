"""The connection of a front end to its ledger: it follows, it never writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cockpit.client import account, happenings
from cockpit.client import views as rows
from cockpit.client.account import ChargeLine
from cockpit.client.happenings import Happening
from cockpit.client.views import EngineState, Key, Views
from engine.errors import StoreError
from engine.home import Home
from engine.ledger.lease import SILENT_MS
from engine.ledger.reader import NEWEST, Reader

Json = Mapping[str, Any]

BUSY_MS = 250
"""A screen waits no longer than this for a ledger that another program has locked."""
SLACK_MS = 10_000
"""Words of jobs are asked for again from this long before the newest one: several processes write them."""
SCANNED = 4_000
"""A tail looks at no more than this many events for its lines."""


class News(NamedTuple):
    """What was added to the account and to the log, oldest first; `seq` is where to go on from."""

    happenings: list[Happening]
    charges: list[ChargeLine]
    seq: int
    missed: bool
    """There were more than was asked for: what is given are the newest, and something lies between."""


class Client:
    """Follows one ledger for one thread. A ledger that is not there yet, or no longer, is an empty view.

    `clock` is wall time in milliseconds. Every method that reads may raise `StoreError`, which says what is wrong with
    the ledger; what was held stays, and the next call tries again. `warning` says what cannot be shown; mostly empty.
    """

    def __init__(self, home: Home, *, clock: Callable[[], int]) -> None:
        self.views = Views()
        self.warning = ""
        self._home, self._clock = home, clock
        self._path = str(home.ledger)
        self._reader: Reader | None = None
        self._file: tuple[int, int] | None = None
        self._version = -1
        self._after = -1
        self._heard = 0
        self._jumped = (0, 0)
        self._unreadable: dict[Key, str] = {}
        self._settled: dict[tuple[str, str], Json] = {}

    # -- following

    def changed(self) -> bool:
        """Whether anything was committed since the last `pull`, or the file came, went or was replaced.

        Costs microseconds. That an engine was killed changes no file: `pull` looks, so pull once in a while besides.
        """
        if self._identity() != self._file:
            return True
        if self._reader is None:
            return False
        return self._reader.data_version() != self._version

    def pull(self) -> frozenset[Key]:
        """Read what changed since the last pull into `views`; the keys of what is different now."""
        dirty: set[Key] = set()
        reader = self._open(dirty)
        if reader is None:
            dirty |= self._forget()
        else:
            version = reader.data_version()  # before the rows: what is committed meanwhile is pulled again
            if version != self._version:  # else nobody has committed anything
                dirty |= self._rows(reader)
                self._version = version
        if self._look(reader):
            dirty.add(("engine", ""))
        return frozenset(dirty)

    def _rows(self, reader: Reader) -> set[Key]:
        """What has changed since the last time."""
        changes = reader.changes(self._after)
        dirty = rows.only(self.views, changes.rows) if changes.whole else set()
        dirty |= rows.drop(self.views, changes.removed)
        changed, unreadable = rows.put(self.views, changes.rows)
        dirty |= changed
        self._warn(reader, changes.rows, unreadable, whole=changes.whole)
        said = reader.progress_since(max(self._heard - SLACK_MS, 0), rows.PROGRESS)
        self._heard = max([self._heard, *(word["wall"] for word in said)])
        dirty |= rows.hear(self.views, said)
        self._after, self._jumped = changes.seq, self._slept(reader)
        return dirty

    def glance(self, missions: int = 4) -> frozenset[Key]:
        """Read what a first picture needs: cards, the queue, spend, the engine, and the first missions' tasks.

        For the first paint. `changed()` stays true, and the next `pull` reads everything.
        """
        dirty: set[Key] = set()
        reader = self._open(dirty)
        if reader is None:
            dirty |= self._forget()
        else:
            for kind in ("card", "attention", "spend"):
                dirty |= rows.put(self.views, [(kind, body) for body in reader.views(kind)])[0]
            for slug in list(self.views.cards)[:missions]:
                dirty |= rows.put(self.views, [("task", body) for body in reader.views("task", slug)])[0]
        if self._look(reader):
            dirty.add(("engine", ""))
        return frozenset(dirty)

    def _identity(self) -> tuple[int, int] | None:
        """Which file the ledger is; None while there is none. What stands in its way is for `pull` to say."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 (a third of the price of Path.stat, twenty times a second)
        except FileNotFoundError:
            return None
        except OSError:
            return (0, 0)
        return found.st_dev, found.st_ino

    def _open(self, dirty: set[Key]) -> Reader | None:
        """The reader of the file that is there now."""
        file = self._identity()
        if file is None:
            self._home.require()
        if self._reader is not None and file == self._file:
            return self._reader
        if self._reader is not None:
            self.close()
            dirty |= self._forget()
        if file is not None:
            self._reader = Reader.open(self._home.ledger, busy_ms=BUSY_MS)
            self.warning = self._reader.warning
        self._file = file
        return self._reader

    def _forget(self) -> set[Key]:
        """Back to an empty view."""
        self._after, self._version, self._heard, self._jumped = -1, -1, 0, (0, 0)
        self._unreadable, self.warning = {}, ""
        self._settled.clear()
        dirty = rows.only(self.views, []) | {("progress", job) for job in self.views.progress}
        self.views.progress.clear()
        return dirty

    def _warn(
        self, reader: Reader, found: Iterable[tuple[str, Json]], unreadable: Iterable[str], *, whole: bool
    ) -> None:
        if whole:
            self._unreadable = {}
        broken = set(unreadable)
        for kind, body in found:
            name = f"{kind} {body['id']}"
            if name in broken:
                self._unreadable[kind, body["id"]] = name
            else:
                self._unreadable.pop((kind, body["id"]), None)
        self.warning = reader.warning
        if self._unreadable and not self.warning:
            some = ", ".join(list(self._unreadable.values())[:3])
            what = f"{len(self._unreadable)} rows of another release cannot be shown ({some})"
            self.warning = str(StoreError(str(self._home.ledger), what, "they are written anew when the engine starts"))

    def _look(self, reader: Reader | None) -> bool:
        """Whether the engine differs from what was shown; a beat alone is no difference."""
        lease = reader.lease() if reader else None
        old = self.views.engine
        new = EngineState()
        if lease:
            silent = lease["alive"] and self._clock() - lease["beat"] > SILENT_MS
            new = EngineState(lease["alive"], lease["version"], lease["idle"], lease["beat"], silent, *self._jumped)
        self.views.engine = new
        return replace(old, beat=0) != replace(new, beat=0)

    @staticmethod
    def _slept(reader: Reader) -> tuple[int, int]:
        """How long the machine slept last, and when it woke."""
        jumps = reader.latest("home", ["clock.jump"], 4)
        slept = next((jump for jump in jumps if jump["body"].get("slept")), None)
        return (int(slept["body"]["slept"]), int(slept["wall"])) if slept else (0, 0)

    # -- on demand

    def tail(
        self, mission: str | None, *, limit: int, before: int | None = None, kinds: Collection[str] | None = None
    ) -> list[Happening]:
        """The last `limit` loud happenings with seq < `before`, newest last: of a mission or all, of kinds or all."""
        found: list[Happening] = []
        scanned, page = 0, max(2 * limit, 32)
        while self._reader is not None and len(found) < limit and scanned < SCANNED:
            events = self._reader.latest(mission, kinds, page, before)
            found += happenings.told(events, self.views)
            scanned += len(events)
            if len(events) < page:
                break
            before = events[-1]["seq"]
        return found[:limit][::-1]

    def events(
        self, mission: str | None, *, limit: int, before: int | None = None, kinds: Collection[str] | None = None
    ) -> list[Json]:
        """The last `limit` events with seq < `before` as they are recorded, newest last: of a mission or of all."""
        return [*reversed(self._reader.latest(mission, kinds, limit, before))] if self._reader is not None else []

    def charges(self, mission: str | None, *, limit: int, before: int | None = None) -> list[ChargeLine]:
        """The last `limit` charges with seq < `before`, newest last; `account.in_flight(views)` gives what is reserved
        besides.
        """
        if self._reader is None:
            return []
        kinds = (account.SETTLED, account.CORRECTED)
        events = self._reader.latest(mission, kinds, limit, before)
        return [self._line(event) for event in reversed(events)]

    def charged(self, mission: str | None, *, after: int = 0, before: int | None = None) -> int:
        """How many charges have after < seq < before, of a mission or of all: counted along an index, none is read."""
        if self._reader is None:
            return 0
        own, values = ("", ()) if mission is None else ("mission = ? AND ", (mission,))
        statement = f"SELECT COUNT(*) FROM events WHERE {own}kind = ? AND seq > ? AND seq < ?"  # noqa: S608 (names are ours)
        end = NEWEST if before is None else before
        kinds = (account.SETTLED, account.CORRECTED)
        return sum(row[0] for kind in kinds for row in self._reader.query(statement, *values, kind, after, end))

    def since(self, mission: str | None, after: int, *, limit: int = 1_000) -> News:
        """What was committed after event `after`, for a tail that follows: at most the newest `limit` events of it.

        Begin with `newest()` or the seq of the last line shown.
        """
        if self._reader is None:
            return News([], [], 0, missed=False)
        new: list[Json] = list(self._reader.events(mission, after, limit=limit + 1))
        missed = len(new) > limit
        if missed:
            new = list(reversed(self._reader.latest(mission, None, limit)))
        charged = [event for event in new if event["kind"] in (account.SETTLED, account.CORRECTED)]
        return News(
            happenings.told(new, self.views),
            [self._line(event) for event in charged],
            max([after, *(event["seq"] for event in new)]),
            missed=missed,
        )

    def newest(self) -> int:
        """The seq of the ledger's last event; 0 before the first."""
        found = self._reader.latest(None, None, 1) if self._reader else []
        return int(found[0]["seq"]) if found else 0

    def blob(self, sha: str) -> bytes | None:
        """A blob, or None if it was never stored or was erased."""
        return self._reader.blob(sha) if self._reader else None

    def now(self, mission: str) -> int:
        """The time on a mission's own clock, in milliseconds UTC: the wall's and the jumps of a rehearsed one."""
        card = self.views.cards.get(mission)
        return max(self._clock() + card.skew, card.now) if card else self._clock()

    def _line(self, event: Json) -> ChargeLine:
        settled = event["body"]
        if event["kind"] == account.CORRECTED:
            settled = self._corrects(event["mission"], str(settled.get("attempt", "")))
        return account.line(event, settled, self.views)

    def _corrects(self, mission: str, attempt: str) -> Json:
        """The charge that a correction is about. Corrections are rare: it is looked for from the beginning."""
        known = self._settled.get((mission, attempt))
        if known is None and self._reader is not None:
            found = self._reader.events(mission, kinds=[account.SETTLED])
            known = next((event["body"] for event in found if event["body"].get("attempt") == attempt), {})
            self._settled[mission, attempt] = known
        return known or {}

    def close(self) -> None:
        """Close the connection; `views` stay as they are."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
