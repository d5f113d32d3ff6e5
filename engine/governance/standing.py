"""Standing grants: a human's yes to so many effects that are still to come, within limits, until a day. Pure.

Never for what cannot be taken back (`STANDING` is a closed list of the verbs that may have one), never for what
somebody outside may have steered, never where several people have to say yes. A grant dies with the clauses that judge
its verb and with the configuration of its connector; each use is an approval that names it, and the fold counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.governance.clauses import clauses_digest
from engine.state.model import Attempt, Grant, MissionState, Task
from engine.values import Sha256

STANDING = frozenset({"send", "contact", "publish"})
"""Verbs that may have one. What is spent, deployed, merged or deleted is decided every time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An effect that would like to leave under a grant. `hosts`: where it goes; of a mail, the domain."""

    verb: str
    setup: str
    clauses: Sha256
    micro_usd: int = 0
    hosts: tuple[str, ...] = ()


def dead(state: MissionState, grant: Grant, now: int) -> str:
    """Why a grant lets nothing more out; empty when it lives."""
    if grant.revoked:
        return "revoked"
    if now >= grant.until:
        return "expired"
    if clauses_digest(state.terms, grant.verb) != grant.clauses:
        return "a clause that judges its verb has changed"
    if state.terms.terms(grant.verb).people > 1:
        return "several people have to say yes"
    return ""


def covering(state: MissionState, wanted: Wanted, now: int, taken: dict[str, tuple[int, int]]) -> Grant | None:
    """The first grant under which an effect may leave. `taken`: uses and money that are not recorded yet, by grant."""
    if wanted.verb not in STANDING:
        return None
    for grant in state.grants.values():
        uses, spent = taken.get(grant.id, (0, 0))
        if (
            grant.verb == wanted.verb
            and not dead(state, grant, now)
            and grant.clauses == wanted.clauses
            and grant.setup == wanted.setup
            and grant.used + uses < grant.count
            and (not wanted.micro_usd or grant.spent + spent + wanted.micro_usd <= grant.micro_usd)
            and (not grant.hosts or (bool(wanted.hosts) and set(wanted.hosts) <= set(grant.hosts)))
        ):
            return grant
    return None


def steered(state: MissionState, attempt: Attempt) -> tuple[str, ...]:
    """What somebody outside may have written of all that led to an attempt: names of inputs, tools and replies."""
    return tuple(sorted(set(_sources(state, state.tasks[attempt.task], attempt, set()))))


def _sources(state: MissionState, task: Task, attempt: Attempt | None, seen: set[str]) -> Iterator[str]:
    """Untrusted inputs, tools that bring text in, replies; of the task, and of every task that it builds on."""
    if task.id in seen:
        return
    seen.add(task.id)
    yield from (name for name in task.context if name in state.inputs and state.inputs[name].trust != "trusted")
    if attempt is not None and attempt.worker == "human":
        return
    role = state.terms.roles.get(task.role)
    given = set(role.tools) if role is not None else set()
    for name, tool in state.terms.tools.items():
        if tool.connector is None and (name in given or task.role in tool.roles or name in task.context):
            yield name
    if attempt is not None and attempt.worker == "harness":
        yield "harness"
    if any(e.message and e.branch == task.branch for e in state.evidence.values()):
        yield "replies"
    named = [t for t in state.tasks.values() if t.id in task.needs or t.key in task.context]
    for other in named:
        yield from _sources(state, other, state.attempts.get(other.accepted), seen)


def end_of(day: str, zone: str | None) -> int:
    """The end of a day, `2026-12-31`, in milliseconds UTC. Raises ValueError for what is no day."""
    try:
        where = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        where = ZoneInfo("UTC")
    after = date.fromisoformat(day) + timedelta(days=1)
    return int(datetime.combine(after, time(), where).timestamp()) * 1000
