"""When a plan is opened, and when its planner is asked for one or for a change of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.amending.plans import plan_digest
from engine.ledger import bodies as b
from engine.loop import planning
from engine.loop.decide.rest import all_done
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.plan.unfold import unfold
from engine.state.model import FINAL_TASK, Mint, MissionState


def open_the_plan(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """The contract's own plan is accepted with the contract; where it has none, its planner is asked for one."""
    if state.planned:
        return
    if state.terms.plan.tasks:
        moot = (b.TaskCancelled(task=t.id, because="the contract has a plan now") for t in planning.plans(state))
        asked = {task.id for task in planning.plans(state) if task.state not in FINAL_TASK}
        yield Record((*unfold(state), *(body for body in moot if body.task in asked)))
    elif not planning.plans(state):
        yield Record(planning.ask(state, Mint(state), planning.START))


def revise(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Ask the planner for a patch where the contract says so: after a branch was pruned, or when everything is done and
    money is left. What was proposed for another plan than the one in force is moot.
    """
    stale = [
        p for p in state.proposals.values() if p.state == "proposed" and p.said.base != plan_digest(state.terms.plan)
    ]
    if stale:
        because = "the plan was changed since it was proposed"
        items = (i for i in state.attention.values() for p in stale if i.about == f"plan:{p.id}")
        yield Record(
            (
                *(b.PlanRejected(proposal=p.id, because=because) for p in stale),
                *(b.AttentionResolved(attention=i.id, how=f"moot: {because}") for i in items),
            )
        )
        return
    asks = bool(state.terms.planning.replan) and state.planned and not planning.pending(state)
    if asks and (cause := _cause(state)):
        yield Record(planning.ask(state, Mint(state), cause))


def _cause(state: MissionState) -> str:
    """Why the engine asks for a patch by itself; empty when it does not."""
    terms = state.terms.planning
    asked = {task.subject for task in planning.plans(state)}
    if sum(cause.partition(":")[0] in planning.BY_ITSELF for cause in asked) >= terms.times:
        return ""
    left = state.terms.budget.money - state.spent - state.reserved
    if left <= (terms.budget.money or 0):
        return ""
    if "pruned" in terms.replan:
        for branch in state.branches.values():
            cause = f"{planning.PRUNED}:{branch.id}"
            if branch.state == "pruned" and branch.clause not in {"plan", "amendment"} and cause not in asked:
                return cause
    if "spare" not in terms.replan or not all_done(state):
        return ""
    spare = f"{planning.SPARE}:{plan_digest(state.terms.plan)[:12]}"
    return "" if spare in asked else spare
