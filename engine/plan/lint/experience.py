"""What was learned: branches that repeat pruned ones, constraints that contradict, plans that learn nothing."""

from __future__ import annotations

from functools import lru_cache

from engine.plan.lint.findings import Pass
from engine.plan.same import COMMON, NOT, WORD, alike, repeats
from engine.plan.unfold import MAIN

_MUST = frozenset({"always", "must", "should", "please", "do", "use", "only"})
_SKIPPED = NOT | _MUST | COMMON
_LEARNS = frozenset({"analyze", "review"})


def rules(walk: Pass) -> None:
    """W03 W04 W08 W09."""
    _repeats(walk)
    _contradictions(walk)
    _learns(walk)
    _forgotten(walk)


def _repeats(walk: Pass) -> None:
    gone = {tried.key: tried for tried in walk.known.tried}
    for place, branch in enumerate(walk.contract.plan.branches):
        if branch.id in gone:
            continue  # it is the pruned one itself, which the plan in force still names
        same = [one for one in gone.values() if repeats(branch.id, branch.hypothesis, one.key, one.hypothesis)]
        nearest = max(same, key=lambda one: alike(branch.hypothesis, one.hypothesis), default=None)
        if nearest is not None:
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
    told = WORD.findall(text.casefold().replace("'", "").replace("’", ""))
    subject = frozenset(word.rstrip("s") or word for word in told if word not in _SKIPPED)
    return subject, not NOT.isdisjoint(told)


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
