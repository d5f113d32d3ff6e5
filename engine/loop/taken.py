"""From what a handoff says to items: subjects, what they rest on, what they replace, how long they hold. Pure.

A name that nothing answers to is left out: an item rests on earlier items, evidence and artifacts of its mission alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from engine.contract.units import parse_duration
from engine.ledger import bodies as b
from engine.state.model import Attempt, Item, Mint, MissionState, Task
from engine.state.standing import seat_of
from engine.values import DAY
from engine.workers.protocol import Handoff, Said

_SCOPE = re.compile(r"[a-z][a-z_-]{0,39}:[^\s].{0,199}")
_ORDER = (("assumption", "S"), ("claim", "C"), ("decision", "D"), ("question", "U"))
"""What may rest on what comes before it in the same handoff."""


def recorded(
    state: MissionState, task: Task, attempt: Attempt, handoff: Handoff, mint: Mint, *, proposed: bool
) -> Iterator[b.ItemRecorded]:
    """The items of a handoff, each after what it rests on."""
    said = {
        "assumption": handoff.assumptions,
        "claim": handoff.claims,
        "decision": handoff.decisions,
        "question": handoff.questions,
    }
    source = {"human": "human", "command": "tool"}.get(attempt.worker, "worker")
    here: dict[str, str] = {}
    for kind, letter in _ORDER:
        for one in said[kind]:
            told = one if isinstance(one, Said) else Said(text=one)
            name = mint(letter)
            yield b.ItemRecorded.model_validate(
                {
                    "item": name,
                    "kind": kind,
                    "text": told.text,
                    "branch": task.branch,
                    "task": task.id,
                    "attempt": attempt.id,
                    "origin": source,
                    "trust": source,
                    "subject": told.subject,
                    "value": told.value,
                    "scope": scope_of(told.scope),
                    "supports": _supports(state, task, told, here),
                    "supersedes": _replaced(state, task, told, here),
                    "expires": moment_of(told.until, attempt.ended_at),
                    "proposed": proposed,
                }
            )
            if told.subject:
                here[_plain(told.subject)] = name


def scope_of(scope: tuple[str, ...]) -> tuple[str, ...]:
    """A scope in its one form: sorted `key:value` entries."""
    return tuple(sorted({entry.strip() for entry in scope if _SCOPE.fullmatch(entry.strip())}))


def moment_of(until: str, since: int) -> int:
    """The end of a duration from a moment on, or of a day, in milliseconds; 0 for what is neither."""
    text = until.strip()
    if not text:
        return 0
    try:
        return since + parse_duration(text)
    except ValueError:
        pass
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return 0
    moment = int((day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp()) * 1000
    return max(0, moment + DAY if len(text) == len("2026-01-31") else moment)


def _supports(state: MissionState, task: Task, told: Said, here: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    together = tuple(name for name in told.supports if isinstance(name, str))
    parts = ([together] if together else []) + [part for part in told.supports if not isinstance(part, str)]
    found = (tuple(dict.fromkeys(filter(None, (_named(state, task, n, here) for n in part)))) for part in parts)
    return tuple(dict.fromkeys(part for part in found if part))


def _replaced(state: MissionState, task: Task, told: Said, here: dict[str, str]) -> tuple[str, ...]:
    """Items that it names as replaced: of its own branch, or of any when it is the mission's. Elsewhere it is an
    exception, which its subject makes.
    """
    main = next(iter(state.branches), "")
    found = (_named(state, task, name, here) for name in told.supersedes)
    items = (state.items[name] for name in found if name in state.items)
    return tuple(dict.fromkeys(item.id for item in items if task.branch in {main, item.branch}))


def _named(state: MissionState, task: Task, name: str, here: dict[str, str]) -> str:
    """What a name means: an id, or the subject of an item before it in this handoff or in force; "" for nothing."""
    short = name.strip().removeprefix(f"{state.id}/")
    if short in state.items or short in state.evidence or short in state.artifacts:
        return short
    if (own := here.get(_plain(name))) is not None:
        return own
    main = next(iter(state.branches), "")
    for branch in dict.fromkeys((task.branch, main)):
        for kind in ("decision", "assumption"):
            seat = seat_of(Item("", kind, "", branch, "", "", "", "", "", 0, subject=name))
            if seat is not None and (held := state.standing.holders.get(seat)) is not None:
                return held
    return ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
