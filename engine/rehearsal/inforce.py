"""What stands in a home beyond its missions, for a rehearsed mission to meet as a real one would: the rules for all
missions, the learnings that somebody vouched for, and who must not be written to. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.rehearsal.assumed import Line
from engine.rules.carried import carried
from engine.state.home import HomeState, evolve_home

SOURCE = "home"
EARLIER = "earlier:"
"""Before the name of the mission from which something comes: the rehearsed one may have the same name."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A home stream, folded, at a moment of wall time."""

    state: HomeState = field(default_factory=HomeState)
    now: int = 0


def standing(events: Iterable[Event], now: int) -> Standing:
    """What a home stream says now."""
    state = HomeState()
    for event in events:
        evolve_home(state, event)
    return Standing(state, now)


def in_force(home: Standing, base: int) -> tuple[tuple[b.Body, ...], tuple[Line, ...]]:
    """The facts that a rehearsal begins with, and a line for each kind. `base` is when it begins: what expires in three
    days expires three days after it.
    """
    state, shift = home.state, base - home.now
    rules = tuple(
        carried(
            rule, rule.id, source=f"{EARLIER}{rule.source}" if rule.source else "", origin=rule.origin, wide=True
        ).model_copy(update={"expires": rule.expires + shift if rule.expires else 0})
        for rule in state.rules.values()
        if rule.in_force(home.now)
    )
    learnings = tuple(
        b.LearningRecorded(
            learning=one.id, text=one.text, branch="", evidence=one.evidence, source=f"{EARLIER}{one.source}"
        )
        for one in state.learnings.values()
        if not one.dismissed
    )
    closed = tuple(b.ContactSuppressed(person=one.person, because=one.because) for one in state.suppressed.values())
    told = (
        ("rules", f"{len(rules)} in force", rules),
        ("learnings", f"{len(learnings)} to offer", learnings),
        ("do-not-contact", f"{len(closed)} {'person' if len(closed) == 1 else 'people'}", closed),
    )
    lines = tuple(Line(f"{SOURCE}.{name}", text, SOURCE) for name, text, found in told if found)
    return (*rules, *learnings, *closed), lines
