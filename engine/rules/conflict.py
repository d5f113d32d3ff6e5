"""Rules that say the opposite of each other, and which of two yields. Pure.

Order: a rule made in this mission before one from elsewhere, newer before older, narrower before wider, must before
should. Two musts of the same scope have no order: a human is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.ledger.bodies import RuleCheck
from engine.rules.check import breach, tokens_of
from engine.state.knowledge import Rule

_NO = frozenset({"never", "no", "not", "dont", "avoid", "without", "nothing", "stop", "omit", "don"})
_IDLE = frozenset(
    {"a", "an", "the", "to", "of", "in", "and", "or", "it", "is", "be", "that", "this", "we", "you", "our", "your", "t"}
    | {"always", "must", "should", "do", "say", "use", "write", "name", "mention", "with", "for", "on", "at", "any"}
)
_WIDTH = {"task": 0, "branch": 1, "mission": 2, "user": 3}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that cannot both be obeyed, and how it ends: `winner` empty when only a human can say."""

    one: str
    other: str
    winner: str
    why: str


def conflicts(rule: Rule, others: Iterable[Rule], now: int) -> Iterator[Conflict]:
    """The rules in force that a rule contradicts."""
    for other in others:
        if other.id != rule.id and other.in_force(now) and overlap(rule, other) and (why := opposite(rule, other)):
            yield Conflict(rule.id, other.id, _winner(rule, other), why)


def overlap(one: Rule, other: Rule) -> bool:
    """Whether there may be a task that both bind."""
    return all(
        not ours or not theirs or not set(ours).isdisjoint(theirs)
        for ours, theirs in (
            ((one.branch,) if one.branch else (), (other.branch,) if other.branch else ()),
            (one.roles, other.roles),
            (one.tasks, other.tasks),
            (one.verbs, other.verbs),
        )
    )


def same_scope(one: Rule, other: Rule) -> bool:
    """Whether two rules bind exactly the same."""
    return (one.branch, one.roles, one.tasks, one.verbs) == (other.branch, other.roles, other.tasks, other.verbs)


def opposite(one: Rule, other: Rule) -> str:
    """Why two rules cannot both be obeyed; empty when they can, as far as that can be told."""
    a, b = one.check, other.check
    if "rubric" not in {a.kind, b.kind}:
        return _checks(a, b) or _checks(b, a)
    return _words(one.text, other.text)


def _checks(a: RuleCheck, b: RuleCheck) -> str:
    if a.kind == b.kind == "length" and a.most and b.least > a.most:
        return f"one asks for at least {b.least} words, the other for at most {a.most}"
    forbids = b.kind in {"lexicon", "regex"} and not b.wants
    if a.kind == "lexicon" and a.wants and forbids and all(breach(b, word) is not None for word in a.words):
        return f"one asks for {', '.join(f'“{word}”' for word in a.words)}, the other forbids it"
    if a.kind == b.kind == "regex" and a.pattern == b.pattern and a.wants != b.wants:
        return "one asks for what the other forbids"
    return ""


def _words(one: str, other: str) -> str:
    """Texts alone: one forbids and the other asks, about mostly the same words."""
    ours, theirs = tokens_of(one), tokens_of(other)
    if _NO.isdisjoint(ours) == _NO.isdisjoint(theirs):
        return ""
    left, right = (set(words) - _NO - _IDLE for words in (ours, theirs))
    shared = left & right
    if shared and 2 * len(shared) > min(len(left), len(right)) and 2 * len(shared) >= max(len(left), len(right)):
        return f"one asks for what the other forbids: {', '.join(sorted(shared)[:5])}"
    return ""


def _winner(one: Rule, other: Rule) -> str:
    if same_scope(one, other) and one.strength == other.strength == "must":
        return ""
    return max((one, other), key=lambda r: (not r.source, r.at, -_WIDTH[r.scope], r.strength == "must")).id
