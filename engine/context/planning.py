"""What a planner is told beside its task: what the contract allows, what is in force, what was tried, what was refused.

One JSON object between two lines, so that every kind of planner reads the same, and all of it text of the contract, of
people and of the engine: what workers found is in the other sections, as material.
"""

from __future__ import annotations

import json
import re
from typing import Any

from engine.context.fence import visible
from engine.state.model import MissionState, Task
from engine.values import money

BEGIN, END = "Planning facts:", "End of planning facts."
_FACTS = re.compile(rf"^{BEGIN}\n(?P<facts>\{{.*\}})\n{END}$", re.MULTILINE)
_CAUSES = {
    "start": "The mission has no plan yet. Propose the first one.",
    "pruned": "A branch was pruned. Propose what should be tried instead, or nothing.",
    "spare": "Everything planned is done, and money is left. Propose what is worth it, or nothing.",
    "human": "A person asks for a change of the plan; the title says why.",
}


def brief(state: MissionState, task: Task) -> str:
    """The planner's facts as text of its package."""
    cause = _CAUSES.get(task.subject.partition(":")[0], "Propose a change of the plan.")
    return f"{cause}\n{BEGIN}\n{visible(json.dumps(facts(state, task), ensure_ascii=False))}\n{END}"


def read_facts(package: str) -> dict[str, Any]:
    """The facts of a planner's package. Raises ValueError when there are none."""
    found = _FACTS.search(package)
    if found is None:
        raise ValueError("the package holds no planning facts")
    return dict(json.loads(found["facts"]))


def facts(state: MissionState, task: Task) -> dict[str, Any]:
    """All that a plan is made of, as one JSON object."""
    contract = state.terms
    told = contract.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    carried = sorted(
        {v for tool in contract.tools.values() if tool.connector and tool.stance != "deny" for v in tool.verbs}
    )
    return {
        "budget": {
            "left": money(contract.budget.money - state.spent - state.reserved),
            "left_micro_usd": contract.budget.money - state.spent - state.reserved,
            "branches": contract.budget.branches,
            "branches_tried": [branch.key for branch in state.branches.values() if branch.key != "main"],
        },
        "verbs": {
            "tasks_may": list(contract.actions.allowed),
            "tasks_may_propose": [verb for verb in contract.actions.restricted if verb in carried],
        },
        "roles": {
            name: {
                "worker": role.worker,
                "tier": role.tier,
                "reviews": role.different_family_from or "",
            }
            for name, role in contract.roles.items()
        },
        "tools": {
            name: {"verbs": list(tool.verbs), "roles": list(tool.roles)}
            for name, tool in contract.tools.items()
            if not tool.connector and tool.stance != "deny"
        },
        "inputs": {name: {"privacy": ref.privacy} for name, ref in state.inputs.items()},
        "evidence": {name: {"unit": metric.unit, "from": metric.from_} for name, metric in contract.evidence.items()},
        "judge": [rule["when"] for rule in told.get("judge", [])],
        "plan": _plan(told.get("plan", {})),
        "pruned": [
            {
                "branch": branch.key,
                "hypothesis": branch.hypothesis,
                "because": branch.because,
                "cost": money(branch.spent),
            }
            for branch in state.branches.values()
            if branch.state == "pruned"
        ],
        "refused": [
            {"proposal": proposal.id, "because": proposal.because}
            for proposal in state.proposals.values()
            if proposal.said.task == task.id and proposal.state == "rejected"
        ],
    }


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan in force as a patch would write it: amounts of money in dollars."""
    return {
        "branches": [{**branch, **_share(branch)} for branch in plan.get("branches", [])],
        "tasks": [{**task, **_budget(task)} for task in plan.get("tasks", [])],
    }


def _share(branch: dict[str, Any]) -> dict[str, Any]:
    return {"share": f"{branch['share'] // 10_000}%"} if "share" in branch else {}


def _budget(task: dict[str, Any]) -> dict[str, Any]:
    budget = task.get("budget")
    return {"budget": f"{budget // 10_000 / 100:.2f} USD"} if isinstance(budget, int) else {}
