"""Reading what an item is about, a little at a time: between two blobs the screen may draw and take keys."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cockpit.cli.context import packaged
from cockpit.cli.exact import Seen, look, named, source_of
from cockpit.screens.attention.asked import Read, Source
from cockpit.screens.attention.sheet import Material, as_row
from engine.views.models import AttentionRow

Event = Mapping[str, Any]
PAGE = 200
SCANNED = 4_000
"""So many events of a kind are looked through; what an open item is about is among the newest."""
PER_DAY = 50
"""Contacts a day where config.toml says nothing, as `engine.settings.mail`."""
DAY_MS = 86_400_000


class Ledger(Protocol):
    """What of the client is used: whole events, and blobs."""

    def events(
        self, mission: str | None, *, limit: int, before: int | None = None, kinds: Collection[str] | None = None
    ) -> Iterable[Event]:
        """The last events of some kinds, newest last."""

    def blob(self, sha: str) -> bytes | None:
        """A blob, or None."""


async def gather(source: Ledger, row: AttentionRow, wall: int, per_day: int) -> Material:
    """Everything about an item. Raises `StoreError` when the ledger cannot be read."""
    slug = row.mission
    listed = list(named(as_row(row)))
    wanted = {short for short, _digest in listed}
    proposed: dict[str, Event] = {}
    for kind, name in dict(map(source_of, wanted)).items():
        proposed |= _find(source, slug, kind, name, wanted)
    effects: list[Seen] = []
    for short, digest in listed:
        body = proposed.get(short)
        effects.append(look(short, digest, dict(body) if body else None, source.blob))
        await asyncio.sleep(0)
    attempt = next((str(effect.event["attempt"]) for effect in effects if effect.event.get("attempt")), "")
    attempt = attempt or _asked_about(source, row)
    verdicts: list[Event] = []
    dispatched: Event = {}
    compiled: Event = {}
    delivered: Event = {}
    artifacts: list[tuple[Event, bytes | None]] = []
    if attempt:
        dispatched = _find(source, slug, "attempt.dispatched", "attempt", {attempt}).get(attempt, {})
        compiled = _find(source, slug, "package.compiled", "attempt", {attempt}).get(attempt, {})
        delivered = _find(source, slug, "attempt.delivered", "attempt", {attempt}).get(attempt, {})
        verdicts = _of(source, slug, "verdict.given", attempt)
        if not effects:
            for body in _of(source, slug, "artifact.produced", attempt):
                artifacts.append((body, source.blob(body["sha"])))
                await asyncio.sleep(0)
    told = list(source.events(slug, kinds={"mission.created", "contract.amended"}, limit=1))
    amended = told[-1]["body"] if told else {}
    return Material(
        row=row,
        effects=tuple(effects),
        contract=amended.get("contract") or {},
        rev=int(amended.get("rev") or 1),
        attempt=attempt,
        dispatched=dispatched,
        compiled=compiled,
        summary=str(delivered.get("summary") or ""),
        manifest=source.blob(compiled["manifest"]) if compiled.get("manifest") else None,
        verdicts=(*_judged(row, effects), *verdicts),
        artifacts=tuple(artifacts),
        earlier=_earlier(source, row, effects),
        written=_written(source, slug, effects),
        sent=sum(
            event["wall"] > wall - DAY_MS for event in source.events(None, kinds={"effect.attempting"}, limit=PAGE)
        ),
        per_day=per_day,
        read=await _read(source, row, attempt, compiled) if row.kind != "approve" else Read(),
    )


def _judged(row: AttentionRow, effects: list[Seen]) -> list[Event]:
    """Why a call of a tool waits, as one more verdict: that of the policy."""
    if not any("wanted" in effect.event for effect in effects):
        return []
    lines = [{"criterion": part, "ok": False, "by": "policy"} for part in row.detail.split("; ") if part]
    return [{"stage": "policy", "ok": False, "by": "policy", "lines": lines}]


async def _read(source: Ledger, row: AttentionRow, attempt: str, compiled: Event) -> Read:
    """What a question's task is about: its criteria, the work that it judges or needs, its package, what waits."""
    slug, task = row.mission, row.task.rpartition("/")[2]
    added = {event["body"]["task"]: event["body"] for event in reversed([*_pages(source, slug, "task.added")])}
    own = added.get(task)
    if own is None:
        return Read()
    short = row.id.rpartition("/")[2]
    raised = _find(source, slug, "attention.raised", "attention", {short}).get(short, {})
    builds = [name for name in own.get("needs") or () if name in added]
    accepted = _find(source, slug, "task.accepted", "task", set(builds))
    wanted = [(added[name], str(accepted.get(name, {}).get("attempt") or "")) for name in builds]
    if own.get("subject") and own["subject"] != attempt:
        judged = _find(source, slug, "attempt.dispatched", "attempt", {own["subject"]}).get(own["subject"], {})
        wanted.insert(0, (added.get(judged.get("task", ""), {}), own["subject"]))
    sources = []
    for body, other in wanted:
        made = _of(source, slug, "artifact.produced", other) if other else []
        delivered = _find(source, slug, "attempt.delivered", "attempt", {other}).get(other, {}) if other else {}
        contents = tuple((artifact, source.blob(artifact["sha"])) for artifact in made)
        sources.append(Source(body, other, str(delivered.get("summary") or ""), contents))
        await asyncio.sleep(0)
    package = packaged({"mission": slug, "body": compiled}, {}, source.blob) if compiled else {}
    return Read(
        added=own,
        parked=str(raised.get("about") or "").startswith("parked:"),
        sources=tuple(sources),
        next=tuple(body for body in added.values() if task in (body.get("needs") or ())),
        package=package,
    )


def daily_limit(config: Path) -> int:
    """Contacts a day by config.toml; the default where it says nothing that can be used."""
    try:
        said = tomllib.loads(config.read_text("utf-8")).get("mail", {}).get("limits", {}).get("per_day", PER_DAY)
    except (OSError, ValueError, AttributeError, RecursionError):
        return PER_DAY
    return said if isinstance(said, int) else PER_DAY


def _pages(source: Ledger, slug: str, kind: str) -> Iterable[Event]:
    """Events of a kind, newest first."""
    before, seen = None, 0
    while seen < SCANNED:
        page = list(source.events(slug, kinds={kind}, limit=PAGE, before=before))
        yield from reversed(page)
        if len(page) < PAGE:
            return
        before, seen = page[0]["seq"], seen + len(page)


def _find(source: Ledger, slug: str, kind: str, name: str, wanted: set[str]) -> dict[str, Event]:
    """The newest body of each wanted thing."""
    found: dict[str, Event] = {}
    for event in _pages(source, slug, kind):
        short = event["body"].get(name)
        if short in wanted and short not in found:
            found[short] = event["body"]
            if len(found) == len(wanted):
                break
    return found


def _of(source: Ledger, slug: str, kind: str, attempt: str) -> list[Event]:
    """All bodies of a kind about an attempt, oldest first."""
    return [event["body"] for event in _pages(source, slug, kind) if event["body"].get("attempt") == attempt][::-1]


def _asked_about(source: Ledger, row: AttentionRow) -> str:
    """The attempt that a question is about: that which is reviewed, or that of the event that raised it."""
    short, task = row.id.rpartition("/")[2], row.task.rpartition("/")[2]
    added = _find(source, row.mission, "task.added", "task", {task}).get(task, {}) if row.kind == "review" else {}
    raised = _find(source, row.mission, "attention.raised", "attention", {short}).get(short, {})
    return str(added.get("subject") or raised.get("attempt") or "")


def _sent(source: Ledger, since: int) -> int:
    """Contacts that were begun since a moment, over all missions."""
    return sum(event["wall"] > since for event in source.events(None, kinds={"effect.attempting"}, limit=PAGE))


def _written(source: Ledger, slug: str, effects: list[Seen]) -> dict[str, Seen]:
    """What workers wrote, of the effects that a human has edited since."""
    before = {effect.effect: str(effect.event["replaces"]) for effect in effects if effect.event.get("replaces")}
    bodies: dict[str, Event] = {}
    wanted = set(before.values())
    while wanted:
        found = _find(source, slug, "effect.proposed", "effect", wanted)
        bodies |= found
        wanted = {str(body["replaces"]) for body in found.values() if body.get("replaces")} - bodies.keys()
    out: dict[str, Seen] = {}
    for short, name in before.items():
        first = name
        while bodies.get(first, {}).get("replaces"):
            first = str(bodies[first]["replaces"])
        if body := bodies.get(first):
            out[short] = look(first, body["digest"], dict(body), source.blob)
    return out


def _earlier(source: Ledger, row: AttentionRow, effects: list[Seen]) -> Seen | None:
    """One effect of the last batch that a human approved in this branch."""
    if row.kind != "approve" or not effects or not effects[0].event:
        return None
    own = effects[0].event
    if "wanted" in own:
        return None
    approved = {event["body"]["effect"] for event in source.events(row.mission, kinds={"effect.approved"}, limit=PAGE)}
    for event in _pages(source, row.mission, "effect.proposed"):
        body = event["body"]
        same = body["branch"] == own["branch"] and body["verb"] == own["verb"] and body["batch"] != own["batch"]
        if same and body["effect"] in approved:
            return look(body["effect"], body["digest"], dict(body), source.blob)
    return None
