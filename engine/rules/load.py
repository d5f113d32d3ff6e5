"""How heavy the rules of a mission are, which of them nobody needs any more, and how several become one. Pure.

Nothing here changes anything: what is found is shown, and a human says yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.context.fence import visible
from engine.context.pack import DEFAULT_BUDGET
from engine.context.tokens import tokens
from engine.ledger.bodies import RuleCheck
from engine.rules.check import tokens_of
from engine.rules.conflict import same_scope
from engine.state.knowledge import Rule
from engine.state.model import FINAL_TASK, MissionState
from engine.values import Sha256, digest

MOST = 25
"""Rules in force for one task; more are a load that nobody keeps in mind."""
SHARE = 15
"""Hundredths of a package that rules may take."""
IDLE_USES, OVERRIDES = 30, 2
"""A rule that was checked so often without being broken, or that humans set aside so often, may go."""


@dataclass(frozen=True, slots=True)
class Load:
    """The rules of the task that has most of them, and what they take of its package."""

    rules: int = 0
    tokens: int = 0
    task: str = ""

    @property
    def heavy(self) -> bool:
        """Whether something should be done about it."""
        return self.rules > MOST or self.tokens * 100 > SHARE * DEFAULT_BUDGET

    def line(self) -> str:
        """`in force 7 of 25 at most, 412 of 2,700 tokens`."""
        return f"in force {self.rules} of {MOST} at most, {self.tokens:,} of {SHARE * DEFAULT_BUDGET // 100:,} tokens"


def weight(rule: Rule) -> int:
    """Estimated tokens that a rule takes in a package."""
    return tokens(f"- {rule.id} {visible(rule.text)}\n")


def load(state: MissionState) -> Load:
    """The heaviest load of any task that is not over."""
    loads = [Load(0, 0, "")]
    for task in state.tasks.values():
        if task.state not in FINAL_TASK and (rules := state.rules_for(task)):
            loads.append(Load(len(rules), sum(map(weight, rules)), task.id))
    if len(loads) == 1:
        active = [rule for rule in state.rules.values() if rule.in_force(state.last_at)]
        return Load(len(active), sum(map(weight, active)))
    return max(loads, key=lambda found: (found.tokens, found.rules))


def tired(rule: Rule) -> str:
    """Why a rule may be retired; empty when nothing suggests it."""
    if rule.retired:
        return ""
    if rule.overridden >= OVERRIDES:
        return f"humans set it aside {rule.overridden} times"
    if rule.quiet >= (rule.review_after or IDLE_USES):
        return f"{rule.quiet} checks in a row found nothing"
    return ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Rules that one rule could stand for."""

    rules: tuple[str, ...]
    text: str
    check: RuleCheck

    def diff(self, known: dict[str, Rule]) -> list[str]:
        """What would go and what would come, in lines."""
        return [*(f"- {name} {known[name].text}" for name in self.rules), f"+ {self.text}"]


def merges(rules: Iterable[Rule], now: int) -> list[Merge]:
    """How rules of the same scope and strength could be fewer: lists of words as one, the tightest limit for all, and
    one of two that say the same.
    """
    active = [rule for rule in rules if rule.in_force(now) and not rule.source]
    found: list[Merge] = []
    taken: set[str] = set()
    for rule in active:
        if rule.id in taken:
            continue
        alike = [
            other
            for other in active
            if other.id not in taken
            and same_scope(rule, other)
            and (rule.strength, rule.wide) == (other.strength, other.wide)
            and (other.id == rule.id or _alike(rule, other))
        ]
        if len(alike) > 1:
            found.append(_merged(alike))
            taken |= {one.id for one in alike}
    return found


def digest_of(found: Sequence[Merge]) -> Sha256:
    """What a human's yes to these merges is bound to."""
    return digest([[list(merge.rules), merge.text] for merge in found])


def _alike(one: Rule, other: Rule) -> bool:
    a, b = one.check, other.check
    if a.kind == b.kind == "lexicon":
        return not a.wants and not b.wants
    if a.kind == b.kind == "length":
        return bool(a.most) == bool(b.most) and bool(a.least) == bool(b.least)
    if a == b and a.kind != "rubric":
        return True
    ours, theirs = set(tokens_of(one.text)), set(tokens_of(other.text))
    return a.kind == b.kind == "rubric" and 5 * len(ours & theirs) >= 4 * len(ours | theirs) > 0


def _merged(alike: Sequence[Rule]) -> Merge:
    names, last = tuple(rule.id for rule in alike), alike[-1]
    if last.check.kind == "lexicon":
        words = tuple(dict.fromkeys(word for rule in alike for word in rule.check.words))
        listed = ", ".join(f"“{word}”" for word in words)
        return Merge(names, f"Never say any of {listed}.", RuleCheck(kind="lexicon", words=words))
    if last.check.kind == "length":
        mosts, leasts = [r.check.most for r in alike if r.check.most], [r.check.least for r in alike if r.check.least]
        check = RuleCheck(kind="length", most=min(mosts, default=0), least=max(leasts, default=0))
        return Merge(names, f"Write {' and '.join(_limits(check))} words.", check)
    return Merge(names, last.text, last.check)


def _limits(check: RuleCheck) -> Iterator[str]:
    if check.most:
        yield f"at most {check.most}"
    if check.least:
        yield f"at least {check.least}"
