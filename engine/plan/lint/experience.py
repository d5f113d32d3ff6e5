"""What was learned: branches that repeat pruned ones, constraints that contradict, plans that learn nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.plan.known import Tried
from engine.plan.lint.findings import Pass
from engine.plan.unfold import MAIN
from engine.values import PPM

ALIKE = 600_000
"""Parts per million of their telling words that two hypotheses share, from which on one repeats the other."""
_WORD = re.compile(r"[a-z0-9äöüß]+")
_COMMON = frozenset(
    {"a", "about", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "more"}
    | {"of", "on", "or", "own", "than", "that", "the", "their", "them", "they", "this", "to", "when", "with", "who"}
)
_NOT = frozenset({"no", "not", "never", "without", "avoid", "dont", "don", "t", "cannot"})
_MUST = frozenset({"always", "must", "should", "please", "do", "use", "only"})
_SKIPPED = _NOT | _MUST | _COMMON
_LEARNS = frozenset({"analyze", "review"})


def rules(walk: Pass) -> None:
    """W03 W04 W08 W09."""
    _repeats(walk)
    _contradictions(walk)
    _learns(walk)
    _forgotten(walk)


def words(text: str) -> frozenset[str]:
    """The telling words of a text, without plural endings."""
    return frozenset(word.rstrip("s") or word for word in _WORD.findall(text.casefold()) if word not in _COMMON)


def alike(one: str, other: str) -> int:
    """How much two texts say the same, in parts per million: shared telling words of all of both."""
    mine, theirs = words(one), words(other)
    union = len(mine | theirs)
    return len(mine & theirs) * PPM // union if union else 0


def _repeats(walk: Pass) -> None:
    gone = {tried.key: tried for tried in walk.known.tried}
    for place, branch in enumerate(walk.contract.plan.branches):
        if branch.id in gone:
            continue  # it is the pruned one itself, which the plan in force still names
        nearest: Tried | None = max(
            gone.values(), key=lambda one: alike(branch.hypothesis, one.hypothesis), default=None
        )
        if nearest is not None and alike(branch.hypothesis, nearest.hypothesis) >= ALIKE:
            what = f"{branch.id} was tried as {nearest.id} {nearest.key}: {nearest.because[:160]}"
            mend = "say in its hypothesis what is different now, or leave it out"
            walk.add("W03", ("plan", "branches", place, "hypothesis"), what, mend)


def _contradictions(walk: Pass) -> None:
    told: dict[frozenset[str], tuple[bool, str]] = {}
    for rule in walk.known.rules:
        subject, denies = _claim(rule)
        told.setdefault(subject, (denies, rule))
    for task in walk.contract.plan.tasks:
        said = dict(told)
        for place, criterion in enumerate(task.criteria):
            subject, denies = _claim(criterion.text)
            if not subject:
                continue
            other = said.setdefault(subject, (denies, criterion.text))
            if other[0] != denies:
                what = f"“{criterion.text[:80]}” contradicts “{other[1][:80]}”"
                walk.add("W04", walk.at(task, "criteria", place), what, "drop one of them, or retire the rule")


@lru_cache(maxsize=4096)
def _claim(text: str) -> tuple[frozenset[str], bool]:
    """What a constraint is about, and whether it forbids it."""
    told = _WORD.findall(text.casefold().replace("'", "").replace("’", ""))
    subject = frozenset(word.rstrip("s") or word for word in told if word not in _SKIPPED)
    return subject, not _NOT.isdisjoint(told)


def _learns(walk: Pass) -> None:
    """A plan of experiments brings together what they found: some task that analyses or reviews comes after them."""
    graph = walk.graph
    if not walk.contract.plan.branches or not walk.contract.plan.tasks:
        return
    for node, (_name, branch), task in graph.each():
        after = branch != MAIN or any(graph.nodes[need][1] != MAIN for need in graph.needs[node])
        if task.verb in _LEARNS and after:
            return
    what, mend = "no task looks at what the branches found", "add a task with verb: analyze that needs their tasks"
    walk.add("W08", ("plan", "tasks"), what, mend, key=True)


def _forgotten(walk: Pass) -> None:
    for tried in walk.known.tried:
        if tried.evidence and not tried.learned:
            what = f"{tried.id} {tried.key} left {tried.evidence} measurements and was given up: {tried.because[:120]}"
            mend = "let a task say what was learned, or that nothing was"
            walk.add("W09", ("plan", "branches"), what, mend, key=True)
