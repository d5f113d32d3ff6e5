"""One mission in one file: `mission-archive/1`, a zip of a manifest, its events as JSON lines, and the blobs they name.

    manifest.json    what it is: format, mission, height, head hash, sha256 of events.jsonl, counts, what is missing
    events.jsonl     one event a line, in order of height, canonical JSON, without the numbers of one ledger
    blobs/SHA256     each blob under its own hash

The same mission at the same height always gives the same bytes. Reading bounds everything before it is unpacked.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from engine.errors import BadInputError
from engine.ledger.chain import faults
from engine.ledger.named import hashes
from engine.ledger.protocol import Event
from engine.values import HOME, MissionId, Sha256, canonical, sha256

FORMAT = "mission-archive/1"
MANIFEST, EVENTS, BLOBS = "manifest.json", "events.jsonl", "blobs/"
LARGEST, WHOLE, MOST = 256 * 2**20, 4 * 2**30, 1_000_000
"""Bytes of one part and of all parts, and the number of parts, beyond which a file is refused."""
_TOLD = ("mission", "height", "kind", "version", "body", "body_hash", "prev", "hash", "at", "wall", "actor", "epoch")
_TYPES = (str, int, str, int, dict, str, str, str, int, int, str, int)
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MEND = "write it again: cockpit export MISSION FILE"


@dataclass(frozen=True, slots=True)
class Archive:
    """A mission as it was exported, verified. `seq` of its events is 0: that is a number of one ledger."""

    mission: MissionId
    manifest: Mapping[str, Any]
    events: tuple[Event, ...]
    blobs: Mapping[Sha256, bytes]

    @property
    def head(self) -> str:
        """The hash of its last event."""
        return self.events[-1].hash


def lines(events: Iterable[Event]) -> bytes:
    """Events as they stand in an archive."""
    return b"".join(canonical({name: getattr(event, name) for name in _TOLD}) + b"\n" for event in events)


def wanted(handoffs: Iterable[bytes]) -> set[str]:
    """Hashes that documents within blobs name: artifacts of attempts that were never accepted."""
    found: set[str] = set()
    for content in handoffs:
        try:
            found |= set(hashes(json.loads(content)))
        except ValueError:
            continue
    return found


def write(file: BinaryIO, manifest: Mapping[str, Any], events: Sequence[Event], blobs: Mapping[str, bytes]) -> None:
    """Write an archive."""
    told = lines(events)
    whole = {
        "format": FORMAT,
        **manifest,
        "height": len(events),
        "head_hash": events[-1].hash,
        "events_sha256": sha256(told),
        "blobs": len(blobs),
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        _put(out, MANIFEST, json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n")
        _put(out, EVENTS, told)
        for sha in sorted(blobs):
            _put(out, f"{BLOBS}{sha}", blobs[sha])


def _put(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    out.writestr(part, content)


def read(data: bytes, where: str) -> Archive:
    """An archive from a file's bytes, verified to the last hash. Raises `BadInputError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return _read(file, where)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInputError(where, f"is not a mission archive ({error})", _MEND) from error


def _read(file: zipfile.ZipFile, where: str) -> Archive:
    parts = {part.filename: part for part in file.infolist()}
    if len(parts) != len(file.infolist()) or len(parts) > MOST:
        raise BadInputError(where, "holds a part twice, or too many of them", _MEND)
    if sum(part.file_size for part in parts.values()) > WHOLE or any(p.file_size > LARGEST for p in parts.values()):
        raise BadInputError(where, "would unpack to more than an archive may hold", _MEND)
    if not {MANIFEST, EVENTS} <= parts.keys():
        raise BadInputError(where, f"is not a mission archive: it has no {MANIFEST} or no {EVENTS}", _MEND)
    odd = [name for name in parts if name not in {MANIFEST, EVENTS} and not _is_blob(name)]
    if odd:
        raise BadInputError(where, f"holds {json.dumps(odd[0][:60])}, which no archive holds", _MEND)
    try:
        manifest = json.loads(file.read(MANIFEST))
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BadInputError(where, f"is not of the format {FORMAT}", "use a release that reads it")
    except (ValueError, RecursionError) as error:
        raise BadInputError(where, f"{MANIFEST} cannot be read", _MEND) from error
    told = file.read(EVENTS)
    if sha256(told) != manifest.get("events_sha256"):
        raise BadInputError(where, f"{EVENTS} is not what the manifest says", _MEND)
    events = parse(told, where)
    if (len(events), events[-1].hash) != (manifest.get("height"), manifest.get("head_hash")):
        raise BadInputError(where, "the manifest speaks of another end of the chain", _MEND)
    blobs: dict[Sha256, bytes] = {}
    for name in parts:
        if _is_blob(name):
            content = file.read(name)
            if sha256(content) != name.removeprefix(BLOBS):
                raise BadInputError(where, f"{name} does not fit its name", _MEND)
            blobs[Sha256(name.removeprefix(BLOBS))] = content
    if len(blobs) != manifest.get("blobs"):
        raise BadInputError(where, f"holds {len(blobs)} blobs, its manifest says {manifest.get('blobs')}", _MEND)
    return Archive(events[0].mission, manifest, events, blobs)


def parse(told: bytes, where: str) -> tuple[Event, ...]:
    """Events of one mission from lines, their chain verified. Raises `BadInputError`."""
    found: list[Event] = []
    for number, line in enumerate(told.splitlines(), 1):
        try:
            row = json.loads(line)
            values = [row[name] for name in _TOLD]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadInputError(where, f"line {number} of {EVENTS} is no event", _MEND) from error
        if [type(value) for value in values] != list(_TYPES) or len(row) != len(_TOLD):
            raise BadInputError(where, f"line {number} of {EVENTS} does not have the shape of an event", _MEND)
        found.append(Event(0, *values))
    if not found or found[0].kind != "mission.created":
        raise BadInputError(where, "does not begin with the creation of a mission", _MEND)
    mission = found[0].mission
    if mission == HOME or not _SLUG.fullmatch(mission) or any(event.mission != mission for event in found):
        raise BadInputError(where, "is not the history of one mission", _MEND)
    try:
        broken = next(faults(found), "")
    except ValueError as error:
        broken = str(error)
    if broken:
        raise BadInputError(where, f"its chain does not verify: {broken}", _MEND)
    return tuple(found)


def _is_blob(name: str) -> bool:
    return re.fullmatch(r"blobs/[0-9a-f]{64}", name) is not None
