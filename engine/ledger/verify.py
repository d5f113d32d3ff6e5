"""Whether what the ledger holds is what was written: the file, every chain, every blob. For `doctor`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from engine.errors import StoreError
from engine.ledger.chain import faults
from engine.ledger.door import seal
from engine.ledger.protocol import Event
from engine.ledger.reader import Reader

_EVENT = (
    "SELECT seq, mission, height, kind, version, CAST(body AS BLOB), body_hash, prev, hash, at, wall, actor, epoch "
    "FROM events WHERE mission = ? ORDER BY height"
)
_TYPES = [int, str, int, str, int, bytes, str, str, str, int, int, str, int]
_JSON = (("inbox", "key"), ("results", "job"), ("views", "kind || ' ' || id"))


def verify(reader: Reader) -> list[str]:
    """What does not verify, one line each; empty when the ledger is whole.

    A chain proves that nothing was changed since a head hash that left this machine, say in a receipt; nothing proves
    that the end was not cut off, except such a hash.
    """
    found: list[str] = []
    for check in (_file, _chains, _blobs, _bodies, _seals):
        try:
            found.extend(check(reader))
        except StoreError as error:
            found.append(str(error))
        except ValueError as error:  # a body that fits its hash and yet was never canonical: somebody's own work
            found.append(f"{reader.path}: {error}")
    return list(dict.fromkeys(found))


def _file(reader: Reader) -> Iterator[str]:
    for (line,) in reader.query("PRAGMA integrity_check"):
        if line != "ok":
            yield f"{reader.path}: {line}"


def _chains(reader: Reader) -> Iterator[str]:
    counted = 0
    for (mission,) in reader.query("SELECT DISTINCT mission FROM events NOT INDEXED ORDER BY 1"):
        events: list[Event] = []
        for row in reader.query(_EVENT, mission):
            counted += 1
            event, broken = _event(row)
            if broken:
                yield f"{mission}: {broken}"
            else:
                events.append(event)
        for fault in faults(events):
            yield f"{mission}: {fault}"
    rows = reader.query("SELECT COUNT(*) FROM events NOT INDEXED")
    if rows and rows[0][0] != counted:
        yield f"{reader.path}: {rows[0][0]} events, of which the index finds {counted}"


def _event(row: tuple[object, ...]) -> tuple[Event, str]:
    """The event of a row, and what is wrong with its stored bytes: text that no longer parses, or parses by luck."""
    seq, mission, height, kind, version, raw, body_hash, prev, own, at, wall, actor, epoch = row
    body: dict[str, object] = {}
    broken = ""
    if [type(value) for value in row] != _TYPES:
        broken = f"the row of event {height} ({kind}) holds what it cannot hold"
    elif hashlib.sha256(bytes(raw)).hexdigest() != body_hash:  # type: ignore[call-overload]
        broken = f"the stored body of event {height} ({kind}) does not fit its hash"
    else:
        body = json.loads(raw)  # type: ignore[arg-type]
    values = (seq, mission, height, kind, version, body, body_hash, prev, own, at, wall, actor, epoch)
    return Event(*values), broken  # type: ignore[arg-type]


def _blobs(reader: Reader) -> Iterator[str]:
    for (name,) in reader.query("SELECT sha FROM blobs ORDER BY sha"):
        content = reader.blob(name)
        if content is None or hashlib.sha256(content).hexdigest() != name:
            yield f"blob {name} does not fit its name"


_SEALED = (
    ("inbox", "key", "seal", "key, kind, mission, body, actor, wall", "command"),
    ("inbox", "key", "told", "key, state, error, ids", "answer to command"),
    ("results", "job", "seal", "job, mission, kind, body, wall", "result of job"),
)


def _seals(reader: Reader) -> Iterator[str]:
    """Commands, answers and results that are not what was written; what an older release wrote has no seal."""
    for table, name, sealed, columns, what in _SEALED:
        if not _has(reader, table, sealed):
            continue
        for which, told, *values in reader.query(f"SELECT {name}, {sealed}, {columns} FROM {table}"):  # noqa: S608 (names are ours)
            if told and seal(*values) != told:
                yield f"{table}: the {what} {which} is not what was written"
    if _has(reader, "inbox", "told"):
        for (which,) in reader.query(_UNTOLD):
            yield f"inbox: the answer to command {which} is not what was written"
    for (which,) in reader.query("SELECT job FROM results WHERE seen NOT IN (0, 1)"):
        yield f"results: the mark of job {which} is not what was written"


_UNTOLD = "SELECT key FROM inbox WHERE told = '' AND seal != '' AND (state != 'pending' OR error != '' OR ids != '[]')"


def _has(reader: Reader, table: str, column: str) -> bool:
    return bool(reader.query("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column))


def _bodies(reader: Reader) -> Iterator[str]:
    for table, name in _JSON:
        for (which,) in reader.query(f"SELECT {name} FROM {table} WHERE NOT json_valid(body)"):  # noqa: S608 (names are ours)
            yield f"{table}: the body of {which} cannot be read"
