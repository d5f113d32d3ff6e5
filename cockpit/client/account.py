"""Charges as lines of the account. Money is micro-dollars. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cockpit.client.happenings import task_of
from cockpit.client.views import Views

Json = Mapping[str, Any]
Tokens = tuple[int, int, int, int, int]

SETTLED, CORRECTED = "charge.settled", "charge.corrected"
CLASSES = ("input", "output", "cache_read", "cache_write", "reasoning")


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge, or one reservation of a call in flight (`reserved`: `seq` 0, no tokens, outcome `running`).

    Ids are full; `tokens` counts input, output, cache read, cache write, reasoning. A correction may be negative.
    """

    seq: int
    at: int
    mission: str
    task: str
    task_title: str
    branch_key: str
    attempt: str
    role: str
    worker: str
    model: str
    purpose: str
    outcome: str
    tokens: Tokens
    micro_usd: int
    basis: str
    reserved: bool = False
    wall: int = 0
    """Wall time; a rehearsed mission's own (`at`) runs ahead of it. 0: as `at`."""


def line(event: Json, settled: Json, views: Views) -> ChargeLine:
    """A charge event as a line. `settled` is the body of the charge that a correction corrects, else the event's."""
    slug, body = event["mission"], event["body"]
    attempt = str(body.get("attempt", ""))
    task = f"{slug}/{settled.get('task') or task_of(attempt)}"
    row = views.tasks.get(slug, {}).get(task)
    corrected = event["kind"] == CORRECTED
    tokens = body.get("tokens") or {}
    counts = [int(tokens.get(name) or 0) for name in CLASSES]
    return ChargeLine(
        seq=event["seq"],
        at=event["at"],
        mission=slug,
        task=task,
        task_title=row.title if row else "",
        branch_key=row.branch_key if row else "",
        attempt=f"{slug}/{attempt}",
        role=str(settled.get("role") or ""),
        worker=str(settled.get("worker") or ""),
        model=str(settled.get("model") or ""),
        purpose=str(settled.get("purpose") or ""),
        outcome="corrected" if corrected else str(body.get("outcome") or ""),
        tokens=(counts[0], counts[1], counts[2], counts[3], counts[4]),
        micro_usd=int(body.get("micro_usd") or 0),
        basis="correction" if corrected else str(body.get("basis") or ""),
        wall=event["wall"],
    )


def in_flight(views: Views, mission: str | None = None) -> list[ChargeLine]:
    """What is reserved for calls that run now, of one mission or of all, newest first."""
    slugs = views.tasks if mission is None else [mission]
    rows = [row for slug in slugs for row in views.tasks.get(slug, {}).values() if row.reserved > 0]
    lines = [
        ChargeLine(
            seq=0,
            at=row.since or 0,
            mission=row.mission,
            task=row.id,
            task_title=row.title,
            branch_key=row.branch_key,
            attempt=row.attempt,
            role=row.role,
            worker=row.worker,
            model=row.route,
            purpose="work" if row.kind == "work" else row.kind,
            outcome="running",
            tokens=(0, 0, 0, 0, 0),
            micro_usd=row.reserved,
            basis="reserved",
            reserved=True,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda found: (-found.at, found.attempt))


def midnight(now: int) -> int:
    """The beginning of this day where the machine is, for what was spent today. Both in milliseconds UTC."""
    local = time.localtime(now // 1000)
    return int(time.mktime((local.tm_year, local.tm_mon, local.tm_mday, 0, 0, 0, 0, 0, -1))) * 1000
