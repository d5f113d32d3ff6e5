"""A mission without a plan asks its planner; what it proposes is judged, shown, accepted, refused, edited, revised."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.amending.plans import plan_digest
from engine.ledger import bodies as b
from engine.loop.decide import decide
from engine.loop.planning import ask, pending
from engine.loop.replay import replay
from engine.plan.patch import of_tree
from engine.state.fold import fold
from engine.state.model import Attention, Mint
from engine.values import digest
from engine.views.board import Board
from engine.views.liveness import stuck
from engine.workers.planning import rehearse
from engine.workers.protocol import Handoff
from tests.builders import DRAFT, WORLD, Play, terms
from tests.engine.receipt.story import GTM

MORE = "assume:\n  writer: {tokens_in: 2000, tokens_out: 300}\n  reviewer: {tokens_in: 1000, tokens_out: 90}\n"


def unplanned(planning: str = "", *, rehearsed: bool = True, **more: Any) -> Play:
    """A mission whose contract has no plan, with its planner at work as T1."""
    clause = f"planning: {planning}\n" if planning else ""
    text = terms("  {}\n", more=MORE + clause, **more).replace(
        "[research, draft, review]", "[research, draft, analyze]"
    )
    return Play(text, rehearsed=rehearsed).go()


def handed(play: Play, attempt: str, *changes: dict[str, Any], because: str = "it is worth it") -> Play:
    """The planner hands in a patch."""
    tree = {"because": because, "changes": [{"because": "it helps", **change} for change in changes]}
    return play.hand_off(attempt, Handoff(summary="a plan", patch=of_tree(tree).stored()))


def proposed(play: Play | None = None) -> Play:
    """The rehearsed planner's own plan waits for an answer."""
    play = play or unplanned()
    return play.hand_off("A1.1", Handoff(summary="a plan", patch=rehearse(play.job("A1.1")["package"])))


def waits(play: Play) -> Attention:
    return play.asked("plan", "plan:")


BRANCH: dict[str, Any] = {"do": "add", "branch": {"id": "cold", "hypothesis": "people answer", "share": "50%"}}
WRITE: dict[str, Any] = {
    "do": "add",
    "task": {
        "id": "write",
        "each": "branch",
        "role": "writer",
        "context": ["leads"],
        "proposes": ["send"],
        "criteria": [{"text": "short", "check": {"max_words": 60}}],
        "budget": "2 USD",
    },
}


def test_a_mission_without_a_plan_begins_with_its_planner() -> None:
    play = unplanned()
    task = play.state().tasks["T1"]
    assert (task.kind, task.role, task.budget) == ("plan", "planner", 1_000_000)
    assert not play.state().planned
    assert play.job("A1.1")["kind"] == "plan"
    assert "Propose the first one" in play.job("A1.1")["package"]


def test_what_it_proposes_is_linted_priced_and_shown_and_charged() -> None:
    play = proposed()
    state, item = play.state(), waits(play)
    said = state.proposals["X1"].said
    assert said.findings == ()
    assert said.price.p50 is not None
    assert said.price.most == 12_000_000
    assert [change.name for change in said.changes] == ["variant-1", "variant-2", "groundwork", "attempt", "compare"]
    assert all(change.because for change in said.changes)
    assert item.choices == ("accept", "reject", "stop")
    assert [(c.purpose, c.role, c.micro_usd > 0) for c in state.charges] == [("plan", "planner", True)]
    assert not state.planned
    row = Board(state).rows["attention", f"{GTM}/{item.id}"]
    assert row["digest"] == said.digest
    assert len(row["plan"]["changes"]) == 5


def test_accepted_it_is_in_force_and_its_first_task_starts() -> None:
    play = proposed()
    assert play.say("answer", attention=waits(play).id, text="accept").state == "done"
    state = play.state()
    assert state.planned
    assert state.plan_source == "planner"
    assert [branch.key for branch in state.branches.values()] == ["main", "variant-1", "variant-2"]
    assert state.plan_digest == plan_digest(state.terms.plan) == digest(_dump(state.terms.plan))
    assert play.newest("groundwork").state == "running"
    assert [event.kind for event in play.events].count("plan.accepted") == 1
    again = fold(GTM, play.events)
    assert again == state  # all of it is told by the events


def _dump(plan: Any) -> Any:
    return plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def test_everything_that_was_computed_replays() -> None:
    play = proposed()
    play.say("answer", attention=waits(play).id, text="accept")
    found = list(replay(GTM, play.events, play.contents.get))
    assert {again.what for again in found} == {"route and package", "verdict", "acceptance"}
    assert all(again.same for again in found), [again for again in found if not again.same]


def test_a_patch_with_an_error_goes_back_once_with_its_codes_then_to_the_queue() -> None:
    play = unplanned()
    bad = {**WRITE, "task": {**WRITE["task"], "needs": ["write"]}}
    handed(play, "A1.1", BRANCH, bad)
    assert "E303" in play.job("A1.2")["package"] or "E01" in play.job("A1.2")["package"]
    assert not play.state().proposals
    handed(play, "A1.2", BRANCH, bad)
    item = waits(play)
    assert item.choices == ("reject", "stop")
    assert "errors" in item.title
    assert {one.code for one in play.state().proposals["X1"].said.findings} >= {"E303"}
    assert not play.state().planned
    assert play.say("answer", attention=item.id, text="accept").state == "refused"


def test_a_mended_patch_is_asked_about() -> None:
    play = unplanned()
    handed(play, "A1.1", BRANCH, {**WRITE, "task": {**WRITE["task"], "needs": ["write"]}})
    handed(play, "A1.2", BRANCH, WRITE)
    assert waits(play).choices[0] == "accept"


def test_a_no_goes_back_to_the_planner_once_with_its_reason() -> None:
    play = proposed()
    item = waits(play).id
    assert play.say("answer", attention=item, text="reject").state == "refused"  # a no has a reason
    assert play.say("reject", attention=item, because="too dear").state == "done"
    assert "too dear" in play.job("A1.2")["package"]
    handed(play, "A1.2", BRANCH, WRITE)
    play.say("reject", attention=waits(play).id, because="still too dear")
    assert [proposal.state for proposal in play.state().proposals.values()] == ["rejected", "rejected"]
    again = play.asked("plan", "unplanned:")
    assert again.choices == ("ask again", "stop")
    assert not stuck(play.state())
    play.say("answer", attention=again.id, text="ask again")
    assert play.job("A2.1")["kind"] == "plan"


def test_a_planner_that_hands_in_nothing_is_asked_about_like_any_work() -> None:
    play = unplanned()
    for attempt in ("A1.1", "A1.2"):
        play.hand_off(attempt, Handoff(summary="nothing came to mind"))
    assert play.asked("answer", "failed:").choices == ("retry", "skip", "stop")
    play.say("answer", attention=play.asked("answer", "failed:").id, text="skip")
    assert play.asked("plan", "unplanned:")


def test_an_edited_plan_takes_the_place_of_the_old_one() -> None:
    play = proposed()
    item, old = waits(play), play.state().proposals["X1"].said
    tree = {"because": "simpler", "changes": [{**BRANCH, "because": "x"}, {**WRITE, "because": "x"}]}
    body = {"attention": item.id, "patch": json.dumps(tree)}
    assert play.say("propose", **body, digest="0" * 64).state == "refused"
    answer = play.say("propose", **body, digest=old.digest)
    assert answer.ids[0] == "X2"
    new = play.state().proposals["X2"].said
    assert (new.by, new.replaces, play.state().proposals["X1"].state) == ("human:ada", "X1", "rejected")
    play.say("answer", attention=waits(play).id, text="accept")
    assert [task.key for task in play.state().tasks.values() if task.kind == "work"] == ["write"]


@pytest.mark.parametrize(
    ("clause", "accepts"),
    [
        ("{accept: {under: 20 USD}}", True),
        ("{accept: {under: 5 USD}}", False),
        ("{}", False),
    ],
)
def test_the_contract_may_let_the_engine_accept_what_is_clean_and_cheap(clause: str, accepts: bool) -> None:
    play = proposed(unplanned(clause))
    assert play.state().planned is accepts
    assert bool([item for item in play.state().attention.values() if item.kind == "plan"]) is not accepts


def test_the_engine_never_accepts_a_warning_or_what_a_stranger_may_have_steered() -> None:
    play = unplanned("{accept: {under: 20 USD}}")
    handed(play, "A1.1", BRANCH, WRITE)  # W08: nobody learns from it
    assert "1 finding" in waits(play).detail
    steered = unplanned("{accept: {under: 20 USD}}")
    attempt = steered.state().attempts["A1.1"]
    attempt.label = b.Marked(integrity="untrusted", secrecy="public", steered_by=("leads",))
    proposed(steered)
    assert "what others wrote" in waits(steered).detail


def running(planning: str = "", **more: Any) -> Play:
    """A mission with a plan of its own, whose writer is at work."""
    clause = f"planning: {planning}\n" if planning else ""
    return Play(terms(DRAFT, more=MORE + clause, **more), rehearsed=True).go()


def pruned(play: Play) -> Play:
    play.say("prune", branch="cold", because="nobody answers")
    return play


def test_a_pruned_branch_asks_for_a_patch_only_where_the_contract_says_so() -> None:
    assert not pending(pruned(running()).state())
    play = pruned(running("{replan: pruned}"))
    task = play.newest("planner")
    assert (task.kind, task.subject) == ("plan", "pruned:B2")
    assert "nobody answers" in play.job(f"A{task.id[1:]}.1")["package"]
    handed(play, f"A{task.id[1:]}.1")  # nothing is worth it
    assert play.state().proposals["X1"].state == "rejected"
    assert not pending(play.state())
    assert not stuck(play.state())


def test_a_patch_changes_what_is_under_way() -> None:
    play = running("{replan: pruned}")
    pruned(play)
    attempt = f"A{play.newest('planner').id[1:]}.1"
    warm = {"do": "add", "branch": {"id": "warm", "hypothesis": "old friends like to hear from us", "share": "20%"}}
    task = {**WRITE["task"], "each": None, "branch": "warm", "id": "again", "verb": "review"}
    handed(play, attempt, warm, {"do": "add", "task": {k: v for k, v in task.items() if v}})
    play.say("answer", attention=waits(play).id, text="accept")
    state = play.state()
    assert [branch.key for branch in state.branches.values()] == ["main", "cold", "warm"]
    assert play.newest("again").state == "running"
    assert len(state.terms.plan.tasks) == 2


def test_a_repeated_hypothesis_is_told_as_tried() -> None:
    play = pruned(running("{replan: pruned}"))
    twin = {"do": "add", "branch": {"id": "twin", "hypothesis": "people answer", "share": "20%"}}
    handed(play, f"A{play.newest('planner').id[1:]}.1", twin)
    said = play.state().proposals["X1"].said
    assert ("W03", "twin was tried as B2 cold: nobody answers") in {(one.code, one.what) for one in said.findings}


def test_a_plan_that_is_done_with_money_left_asks_once() -> None:
    task = "{id: write, role: writer, budget: 2 USD, criteria: [{text: short, check: {max_words: 60}}]}"
    for clause, asks in (("", False), ("planning: {replan: spare}\n", True)):
        play = Play(terms(f"  tasks:\n    - {task}\n", more=MORE + clause), rehearsed=True).go()
        play.hand_off("A1.1", Handoff(summary="Shall we talk?"))
        assert pending(play.state()) is asks
    planner = play.newest("planner")
    assert planner.subject.startswith("spare:")
    handed(play, f"A{planner.id[1:]}.1")  # nothing is worth it
    assert play.asked("answer", "done")
    assert [t.key for t in play.state().tasks.values()].count("planner") == 1


def test_a_person_may_ask_and_propose_at_any_time() -> None:
    play = running()
    assert play.say("plan", because="the market moved").state == "done"
    assert "the market moved" in play.newest("planner").title
    assert play.say("plan", because="again").state == "refused"
    play.fail(f"A{play.newest('planner').id[1:]}.1")
    prune = {"because": "enough", "changes": [{"do": "prune", "branch": "cold", "because": "it costs too much"}]}
    answer = play.say("propose", patch=json.dumps(prune))
    assert answer.state == "done", answer
    state = play.state()
    assert {one.code for one in state.proposals["X1"].said.findings} == set()
    play.say("answer", attention=waits(play).id, text="accept")
    assert play.state().branches["B2"].state == "pruned"
    assert play.state().branches["B2"].because == "it costs too much"
    assert play.newest("write").state == "cancelled"


def test_a_person_may_be_the_planner() -> None:
    more = MORE + "planning: {}\n"
    text = terms("  {}\n", more=more).replace("roles:\n", "roles:\n  planner: {worker: human}\n")
    play = Play(text).go()
    play.result("A1.1", {"end": "parked", "question": play.job("A1.1")["question"], "usage": {}})
    item = play.asked("answer", "parked:")
    assert "patch as YAML" in item.title
    assert "your patch:1" in play.say("answer", attention=item.id, text="write a letter").error
    told = "because: it is simple\nchanges:\n  - {do: add, because: x, branch: {id: cold, hypothesis: y, share: 50%}}\n"
    told += f"  - {{do: add, because: x, task: {json.dumps(WRITE['task'])}}}\n"
    assert play.say("answer", attention=item.id, text=told).state == "done"
    assert play.state().proposals["X1"].said.by == "planner"
    play.say("answer", attention=waits(play).id, text="accept")
    assert play.newest("write").state == "running"


def test_an_accepted_plan_ends_the_work_of_other_planners() -> None:
    play = unplanned()
    tree = {"because": "mine", "changes": [{**BRANCH, "because": "x"}, {**WRITE, "because": "x"}]}
    play.say("propose", patch=json.dumps(tree))
    play.say("answer", attention=waits(play).id, text="accept")
    assert play.state().tasks["T1"].state == "cancelled"
    assert play.state().planned


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ("not json", "cannot be read"),
        (json.dumps({"because": "x", "changes": [{"do": "prune", "task": "nobody", "because": "x"}]}), "no task"),
        (json.dumps({"because": "x", "changes": []}), "changes nothing"),
        (json.dumps({"changes": []}), "because"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_a_patch_that_is_none_is_refused_with_its_reason(patch: str, why: str) -> None:
    answer = running().say("propose", patch=patch)
    assert answer.state == "refused"
    assert why in answer.error


def test_a_plan_that_was_changed_meanwhile_makes_a_proposal_moot() -> None:
    play = running()
    play.say(
        "propose", patch=json.dumps({"because": "x", "changes": [{"do": "prune", "task": "write", "because": "x"}]})
    )
    waiting = waits(play).id
    plan = play.state().terms.plan
    changed = plan.model_copy(update={"tasks": (plan.tasks[0].model_copy(update={"attempts": 5}),)})
    play.record(b.PlanAccepted(digest=plan_digest(changed), source="human:ada", plan=_dump(changed))).go()
    assert play.state().proposals["X1"].state == "rejected"
    assert waiting not in play.state().attention


def test_asking_leaves_the_rest_of_the_state_alone_and_needs_no_world() -> None:
    play = running()
    before = play.state().height
    bodies = ask(play.state(), Mint(play.state()), "human:1", "why not")
    assert [body.KIND for body in bodies] == ["task.added"]
    assert play.state().height == before
    assert decide(play.state(), play.at, WORLD) is not None


def test_a_plan_that_an_older_release_priced_is_not_priced_again() -> None:
    play = proposed()
    for place, event in enumerate(play.events):
        if event.kind == b.PlanProposed.KIND:
            body = {name: value for name, value in event.body.items() if name != "policy"}
            play.events[place] = replace(event, body={**body, "price": {"most": 1}})
    (again,) = [one for one in replay(GTM, play.events, play.contents.get) if one.what == "acceptance"]
    assert again.same is None
    assert "older release" in again.why
