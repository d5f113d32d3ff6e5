"""The checks of `cockpit doctor` on the ledger itself: is it there, is it whole, is it what its events give."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit.cli.finding import Finding
from engine.errors import SaysNoError
from engine.home import Home
from engine.ledger.lease import FileLock
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.ledger.protocol import Event, ViewRow

RESTORE = "put a backup back: cockpit restore FILE; the damaged file is kept"
REBUILD = "cockpit doctor --rebuild writes rows and indexes anew"
_DERIVED = ("views:", " index ", "in index")
MOST = 20
"""So many findings of a kind are told."""


def begun(home: Home) -> bool:
    """Whether there is a ledger to look at."""
    return home.ledger.exists() and bool(home.ledger.stat().st_size)


def store(home: Home) -> Iterator[Finding]:
    """Whether there is a ledger, what is in it, and what waits in its inbox."""
    if not begun(home):
        yield from _missing(home)
        return
    if not _writable(home):
        mend = f"chmod u+rw {home.ledger}, or choose another home with --home"
        yield Finding("store", "fail", f"{home.ledger} may not be written by this user: no engine can work", mend)
    with Reader.open(home.ledger) as reader:
        events = reader.query("SELECT COUNT(*) FROM events")
        count = events[0][0] if events else 0
        if reader.warning:
            what, _, mend = reader.warning.rpartition("; ")
            yield Finding("store", "warn", what or reader.warning, mend)
        else:
            yield Finding("store", "ok", f"{home.ledger}, {count} events, {home.ledger.stat().st_size // 1024} kB")
        pending = reader.query("SELECT COUNT(*) FROM inbox WHERE state = 'pending'")
        if pending and pending[0][0]:
            yield Finding("inbox", "warn", f"{pending[0][0]} commands wait for an engine", "cockpit engine")


def _writable(home: Home) -> bool:
    import os

    return os.access(home.ledger, os.W_OK) and os.access(home.root, os.W_OK)


def _missing(home: Home) -> Iterator[Finding]:
    """No ledger: mostly a new home; but something beside it may tell that there was one."""
    traces = sorted(path.name for path in home.root.glob("ledger.db?*")) if home.root.is_dir() else []
    traces += [name for name in ("newest.json",) if (home.root / name).exists()]
    if not traces:
        yield Finding("store", "ok", "the ledger has not begun")
        return
    copies = [name for name in traces if ".bak-" in name or ".before-restore-" in name]
    mend = f"cockpit restore {home.root / copies[-1]}" if copies else "put a backup back: cockpit restore FILE"
    yield Finding("store", "fail", f"{home.ledger} is gone; {', '.join(traces[:4])} tell that it was there", mend)


def chain(home: Home, receipts: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Whether every stored byte is what was written, and whether the end is there."""
    if not begun(home):
        return
    from engine.ledger.anchor import cut_off
    from engine.ledger.verify import verify

    with Reader.open(home.ledger) as reader:
        faults = verify(reader)
        if missing := cut_off(reader):
            faults.append(missing)
        for fault in faults[:MOST]:
            derived = any(mark in fault for mark in _DERIVED)
            what = fault.partition("; restore a backup")[0]  # it is said how, besides
            yield Finding("chain", "fail", what, REBUILD if derived else RESTORE)
        if len(faults) > MOST:
            yield Finding("chain", "fail", f"and {len(faults) - MOST} more", RESTORE)
        if not faults:
            yield Finding("chain", "ok", "every event, chain and blob verifies")
        for name in receipts:
            yield from _against(reader, name)


def _against(reader: Reader, name: str) -> Iterator[Finding]:
    """Whether a receipt's head is in the chain: the only proof that the end was not cut off."""
    from engine.receipt.shape import load

    try:
        made = load(Path(name).read_bytes(), name)
        slug, height = str(made["mission"]["id"]), int(made["integrity"]["height"])
        head = str(made["integrity"]["head_hash"])
    except OSError as error:
        yield Finding("receipt", "fail", f"{name} cannot be read ({error.strerror})", "name a receipt as JSON")
        return
    except (KeyError, TypeError, ValueError) as error:
        yield Finding("receipt", "fail", f"{name} is no receipt ({type(error).__name__})", "name a receipt as JSON")
        return
    rows = reader.query("SELECT hash FROM events WHERE mission = ? AND height = ?", slug, height)
    end = reader.head(slug)["height"]
    if not rows:
        what = f"{name} accounts for {height} events of {slug}, the ledger has {end}: its end was cut off"
        yield Finding("receipt", "fail", what, RESTORE)
    elif rows[0][0] != head:
        what = f"{name} and the ledger tell different histories of {slug} to event {height}"
        yield Finding("receipt", "fail", what, RESTORE)
    else:
        yield Finding("receipt", "ok", f"{name}: the ledger holds the {height} events of {slug} that it accounts for")


def blobs(home: Home) -> Iterator[Finding]:
    """Whether every blob that an event names is there, unless it was erased."""
    if not begun(home):
        return
    from engine.ledger.named import erased, named

    with Reader.open(home.ledger) as reader:
        there = {row[0] for row in reader.query("SELECT sha FROM blobs")}
        histories = {slug: _events(reader, slug) for slug in reader.missions()}
    gone = {sha for events in histories.values() for sha in erased(events)}
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    for slug, events in histories.items():
        for event in events:
            for field, sha in named(event):
                if sha not in there and sha not in gone:
                    lacking[slug].append(f"{field} of event {event.height} ({event.kind})")
    for slug, places in lacking.items():
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        yield Finding("blobs", "fail", f"{slug}: missing are {', '.join(places[:3])}{more}", RESTORE)
    if not lacking:
        absent = len(gone - there)
        spoken = f"; {absent} erased for a person who asked to be forgotten" if absent else ""
        yield Finding("blobs", "ok", f"{len(there)} blobs, and every one that an event names is there{spoken}")


def views(home: Home) -> Iterator[Finding]:
    """Whether the rows that screens read are what the events give."""
    if not begun(home):
        return
    with Reader.open(home.ledger) as reader, reader.snapshot():
        told = {(row.kind, row.id, str(row.mission)): dict(row.body or {}) for row in _told(reader)}
        held: dict[tuple[str, str, str], Any] = {}
        for kind, id_, mission, text in reader.query("SELECT kind, id, mission, CAST(body AS BLOB) FROM views"):
            held[kind, id_, mission] = _parsed(text)
    wrong = [f"{key[0]} {key[1]}" for key in {**told, **held} if held.get(key) != told.get(key)]
    if wrong:
        more = " ..." if len(wrong) > 5 else ""
        yield Finding(
            "views", "fail", f"{len(wrong)} rows differ from the events: {', '.join(wrong[:5])}{more}", REBUILD
        )
    else:
        yield Finding("views", "ok", f"{len(told)} rows are what the events give")


def rebuild(home: Home) -> str:
    """Write view rows and indexes anew; a line that says so. Raises `SaysNoError` while an engine lives."""
    if not begun(home):
        return "there is no ledger to rebuild anything from"
    from engine.ledger.rebuild import rebuild as anew

    lock = FileLock(home.lock)
    if not lock.take(None):
        raise SaysNoError(str(home.ledger), "an engine is at work on it", "end it first: cockpit engine --stop")
    try:
        with Reader.open(home.ledger) as reader:
            told = _told(reader)
        anew(home.ledger, told)
    finally:
        lock.drop(None)
    return f"{len(told)} rows and all indexes were written anew from the events"


def _told(reader: Reader) -> list[ViewRow]:
    """Every view row that the events give."""
    from engine.ledger.protocol import ViewRow
    from engine.state.fold import fold
    from engine.values import MissionId
    from engine.views.rows import rows

    found: list[ViewRow] = []
    for slug in reader.missions():
        if slug != "home":
            given = rows(fold(MissionId(slug), _events(reader, slug)))
            found += [ViewRow(kind, id_, MissionId(slug), row) for (kind, id_), row in given.items()]
    return found


def _events(reader: Reader, slug: str) -> list[Event]:
    from cockpit.cli.receipt import events_of

    return events_of(reader, slug)


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
