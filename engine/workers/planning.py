"""The rehearsed planner: a plain plan from the facts in its package, the same for the same facts.

It is simulation, as everything that rehearsed workers say: its hypotheses are labelled, so that nobody takes them for
an idea. It knows how a plan that the linter accepts is built: something is learned first, then tried side by side
behind an approval, then compared.
"""

from __future__ import annotations

from typing import Any

from engine.context.planning import read_facts
from engine.plan.patch import Patch, of_tree
from engine.values import MICRO

LABEL = "[rehearsed]"
_LEARN = ("research", "read", "analyze", "draft", "prepare")
_MAKE = ("draft", "prepare", "build", "research", "read", "analyze")
_SUM = ("analyze", "review", "research", "read", "draft")
LEAST = MICRO // 2
"""Micro-dollars that a task has at least."""


def rehearse(package: str) -> dict[str, Any]:
    """The patch, as it is stored. Raises ValueError when the package says nothing about planning."""
    facts = read_facts(package)
    return dict(_change(facts).stored() if facts["plan"]["tasks"] else _first(facts).stored())


def _roles(facts: dict[str, Any]) -> tuple[str, str]:
    """Who writes, and who reviews what that one wrote (empty: nobody)."""
    asked = {name: role for name, role in facts["roles"].items() if name != "planner"}
    models = [name for name, role in asked.items() if role["worker"] in {"model", "harness", "rehearsed"}]
    writers = [name for name in models if not asked[name]["reviews"]] or models
    writer = writers[-1] if writers else "human"
    reviewer = next((name for name in models if asked[name]["reviews"] == writer), "")
    return writer, reviewer


def _verb(facts: dict[str, Any], wanted: tuple[str, ...]) -> str:
    may = facts["verbs"]["tasks_may"]
    return next((verb for verb in wanted if verb in may), may[0] if may else "draft")


def _usd(micro: int) -> str:
    return f"{max(micro, LEAST) // 10_000 / 100:.2f} USD"


def _first(facts: dict[str, Any]) -> Patch:
    writer, reviewer = _roles(facts)
    money, proposes = facts["budget"]["left_micro_usd"], facts["verbs"]["tasks_may_propose"][:1]
    inputs = [name for name, ref in facts["inputs"].items() if ref["privacy"] != "secret"]
    count = min(2, facts["budget"]["branches"])
    changes: list[dict[str, Any]] = [
        {
            "do": "add",
            "branch": {"id": f"variant-{n + 1}", "hypothesis": f"{LABEL} {_NAMES[n]} works better", "share": "30%"},
            "because": f"{LABEL} one of {count} that can be told apart",
        }
        for n in range(count)
    ]
    judged = [{"text": "says what it rests on", "check": "review" if reviewer else {"max_length": 20_000}}]
    shared: dict[str, Any] = {"role": writer, "criteria": judged}
    if reviewer:
        shared |= {"reviewer": reviewer, "verify": ["checks", "review"]}
    first: dict[str, Any] = {
        "id": "groundwork",
        "title": "Find out what is known already",
        "verb": _verb(facts, _LEARN),
    }
    made: dict[str, Any] = {
        "id": "attempt",
        "title": "Make the variant of this branch",
        "each": "branch",
        "verb": _verb(facts, _MAKE),
    }
    made |= {"needs": ["groundwork"], "proposes": proposes, "context": [*inputs, "groundwork", "rules"]}
    last: dict[str, Any] = {"id": "compare", "title": "Say what the variants have shown", "verb": _verb(facts, _SUM)}
    last |= {"needs": ["attempt"], "context": ["evidence", "decisions", "learnings"]}
    reasons = (
        "nothing is tried before it is known",
        "the variants are tried side by side",
        "somebody has to learn from it",
    )
    for task, part, because in zip(({**first, "context": inputs}, made, last), (50, 25, 50), reasons, strict=True):
        terms = {**task, **shared, "budget": _usd(money // part)}
        changes.append({"do": "add", "task": terms, "because": f"{LABEL} {because}"})
    return of_tree({"because": f"{LABEL} a plain plan: learn, try {count}, compare", "changes": changes})


_NAMES = ("the plain variant", "the bold variant", "the short variant", "the detailed variant")


def _change(facts: dict[str, Any]) -> Patch:
    """One more branch in the place of what was pruned, while the mission may try one; else nothing."""
    tried, branches = facts["budget"]["branches_tried"], facts["plan"]["branches"]
    number = len(tried) + 1
    taken = sum(int(branch.get("share", "0%").rstrip("%").split(".")[0]) for branch in branches)
    if number > facts["budget"]["branches"] or taken > 90 or number > len(_NAMES):
        return of_tree({"because": f"{LABEL} nothing is worth trying within what is left", "changes": []})
    if not any(task.get("each") for task in facts["plan"]["tasks"]):
        return of_tree({"because": f"{LABEL} no task is repeated in branches", "changes": []})
    branch = {"id": f"variant-{number}", "hypothesis": f"{LABEL} {_NAMES[number - 1]} works better", "share": "10%"}
    params = next((known["with"] for known in branches if known.get("with")), None)
    change = {"do": "add", "branch": branch | ({"with": params} if params else {}), "because": f"{LABEL} another one"}
    return of_tree({"because": f"{LABEL} one more variant instead of what was pruned", "changes": [change]})
