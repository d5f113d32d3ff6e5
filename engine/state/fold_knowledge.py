"""The part of the fold that is about rules and learnings: what is in force, and how it has fared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.knowledge import Item, Rule
from engine.state.model import MissionState


def rule_of(e: b.RuleAdopted, ev: Event) -> Rule:
    """A rule as it begins."""
    given = {name: getattr(e, name) for name in b.RuleAdopted.model_fields if name != "rule"}
    return Rule(id=e.rule, at=ev.at, actor=ev.actor, **given)


def _adopted(s: MissionState, e: b.RuleAdopted, ev: Event) -> None:
    s.rules[e.rule] = rule_of(e, ev)
    for old in e.supersedes:
        if old in s.rules and not s.rules[old].retired:
            s.rules[old].retired = f"{e.rule} stands in its place"


def _retired(s: MissionState, e: b.RuleRetired, _ev: Event) -> None:
    if e.rule in s.rules:
        s.rules[e.rule].retired = e.because or "retired"


def _excepted(s: MissionState, e: b.RuleExcepted, _ev: Event) -> None:
    if (rule := s.rules.get(e.rule)) is not None:
        rule.exceptions.add(e.task)
        rule.overridden += 1
        rule.broken_in.discard(e.task)


def checked(s: MissionState, line: b.VerdictLine, task: str) -> None:
    """One check of a rule: what was broken before and is not now was fixed."""
    rule = s.rules.get(line.rule)
    if rule is None:
        return
    rule.checked += 1
    if not line.ok or line.span:
        rule.violated += 1
        rule.quiet = 0
        rule.broken_in.add(task)
        return
    rule.quiet += 1
    if task in rule.broken_in:
        rule.fixed += 1
        rule.broken_in.discard(task)


def _judged(s: MissionState, e: b.RuleJudged, _ev: Event) -> None:
    rule = s.rules.get(e.rule)
    if rule is None:
        return
    rule.judged |= set(e.effects)
    rule.broken_by |= set(e.broken)
    for name in dict.fromkeys(s.effects[one].task for one in e.effects if one in s.effects):
        broken = any(s.effects[one].task == name for one in e.broken if one in s.effects)
        checked(s, b.VerdictLine(criterion=rule.id, ok=not broken, rule=rule.id), name)


def learning_of(e: b.LearningRecorded, at: int) -> Item:
    """A learning as an item: it rests on its evidence."""
    return Item(
        id=e.learning,
        kind="learning",
        text=e.text,
        branch=e.branch,
        task=e.task,
        attempt=e.attempt,
        origin="worker",
        trust="worker",
        privacy="private",
        at=at,
        status=e.status,
        because="" if e.status == "active" else "no human has promoted it",
        evidence=e.evidence,
        source=e.source,
        supports=(e.evidence,) if e.evidence else (),
    )


def _learned(s: MissionState, e: b.LearningRecorded, ev: Event) -> None:
    s.standing.record(learning_of(e, ev.at), ev.height)


def _promoted(s: MissionState, e: b.LearningPromoted, ev: Event) -> None:
    s.standing.adopt(e.learning, e.because or f"promoted by {ev.actor}", ev.height)


def _dismissed(s: MissionState, e: b.LearningDismissed, ev: Event) -> None:
    s.standing.retract(e.learning, e.because or f"dismissed by {ev.actor}", ev.height)


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.RuleAdopted: _adopted,
    b.RuleRetired: _retired,
    b.RuleExcepted: _excepted,
    b.RuleJudged: _judged,
    b.LearningRecorded: _learned,
    b.LearningPromoted: _promoted,
    b.LearningDismissed: _dismissed,
}
