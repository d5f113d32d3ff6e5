"""From a contract that was read to the scene of its rehearsals and the basis of its forecast. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.contract.model import Contract
from engine.rehearsal.assumed import assumed
from engine.rehearsal.forecast import Basis
from engine.rehearsal.inforce import Standing, in_force
from engine.rehearsal.missing import Machine, missing, stand_ins, unseen
from engine.rehearsal.outside import outlets
from engine.rehearsal.past import Past
from engine.rehearsal.play import Scene
from engine.settings import Settings

START = (2025, 1, 6, 9)
"""When every rehearsal starts, in the mission's zone: a Monday at nine. A fixed moment, so that a seed stays one
history."""


@dataclass(frozen=True, slots=True)
class Given:
    """A contract's bytes and everything beside it, as a start command hands them over."""

    file: Path
    source: bytes
    inputs: Mapping[str, Mapping[str, object]]
    files: Mapping[str, Mapping[str, object]]
    blobs: Mapping[str, bytes]
    zone: str = ""
    """The machine's own time zone, for a contract that names none."""


def prepare(
    contract: Contract, given: Given, settings: Settings, past: Past, machine: Machine, home: Standing | None = None
) -> tuple[Scene, Basis]:
    """What all runs share, and what the forecast tells besides."""
    numbers = assumed(contract, past)
    zone = contract.zone or given.zone
    catalogue, base = stand_ins(contract, settings), _start(zone)
    facts, lines = in_force(home or Standing(), base)
    scene = Scene(
        source=given.source,
        name=given.file.name,
        inputs=given.inputs,
        files=given.files,
        blobs=given.blobs,
        numbers=numbers.numbers,
        catalogue=catalogue,
        outlets=outlets(settings),
        base=base,
        zone=given.zone,
        home=facts,
        assumed=numbers.overlay,
    )
    basis = Basis(
        file=str(given.file),
        contract=contract,
        lines=(*numbers.lines, *lines),
        catalogue=catalogue,
        missing=missing(contract, settings, machine, given.file.parent),
        unseen=unseen(contract, settings),
        base=scene.base,
        zone=zone,
    )
    return scene, basis


def _start(zone: str) -> int:
    try:
        place = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place = ZoneInfo("UTC")
    return int(datetime(*START, tzinfo=place).astimezone(UTC).timestamp() * 1000)
