"""P6: caps of mission, branch, role and task, in money, tokens and calls; and what happens when one of them binds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.governance.room import Limit, limits, room
from engine.loop.decide import caps
from engine.routing.catalogue import REHEARSED
from engine.state.model import MissionState
from engine.values import MINUTE, Tokens
from engine.views.liveness import stuck
from engine.workers.protocol import Handoff
from tests.builders import DRAFT, Play, mails, terms

DONE = Handoff(summary="done")
SHORT = "criteria: [{text: x, check: {max_words: 99}}]"


def tasks(count: int, own: str = "budget: 1 USD", role: str = "writer") -> str:
    return "  tasks:\n" + "".join(
        f"    - {{id: t{n}, role: {role}, {SHORT}{f', {own}' if own else ''}}}\n" for n in range(count)
    )


def limited(count: int, budget: str, *, own: str = "budget: 1 USD", role: str = "") -> Play:
    """A mission of tasks alike, whose `budget:` and role have further limits."""
    text = terms(tasks(count, own)).replace("branches: 3}", f"branches: 3{budget}}}")
    return Play(text.replace("worker: rehearsed, tier: cheap", f"worker: rehearsed, tier: cheap{role}"))


def held(state: MissionState) -> list[Limit]:
    return [limit for task in state.tasks.values() for limit in limits(state, task)]


def never_over(state: MissionState) -> None:
    over = [limit.words for limit in held(state) if limit.used + limit.aside > limit.cap]
    assert over == []


@pytest.mark.parametrize(
    ("budget", "own", "role", "level", "dimension"),
    [
        (", tokens: 30000", "budget: 1 USD", "", "mission", "tokens"),
        (", calls: 3", "budget: 1 USD", "", "mission", "calls"),
        ("", "budget: {money: 1 USD, tokens: 400}", "", "task", "tokens"),
        ("", "budget: 1 USD", ", budget: {calls: 2}", "role", "calls"),
        ("", "budget: 1 USD", ", budget: 0.001 USD", "role", "money"),
        ("", "budget: 1 USD", ", budget: {tokens: 15000}", "role", "tokens"),
    ],
)
def test_p6_every_level_and_dimension_is_a_cap_that_asks(
    budget: str, own: str, role: str, level: str, dimension: str
) -> None:
    """Nothing passes it; when nothing runs any more one question says what binds and offers to raise it."""
    play = limited(6, budget, own=own, role=role).go()
    while play.jobs:
        never_over(play.state())
        play.hand_off(next(iter(play.jobs)).partition("/")[2], DONE, Tokens(input=4_000, output=3_000))
    never_over(play.state())
    asked = [item for item in play.state().attention.values() if item.kind == "budget"]
    assert asked
    assert {tuple(item.about.split(":")[1:4:2]) for item in asked} == {(level, dimension)}
    assert len(asked) == (6 if level == "task" else 1), "one question for each cap"
    assert all(item.choices[0].startswith("raise to ") for item in asked)
    assert stuck(play.state()) == ()


@given(cap=st.integers(1, 40_000), tokens=st.integers(1, 60_000), calls=st.integers(1, 12), workers=st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_p6_parallel_workers_at_a_cap_minus_a_bit_never_pass_it(
    cap: int, tokens: int, calls: int, workers: int
) -> None:
    """T1: whatever the caps, what is used and set aside together stays below them, and what nobody knows costs all."""
    play = limited(workers, f", tokens: {tokens}, calls: {calls}", own="")
    budget = play.state().terms.budget.model_copy(update={"money": cap})
    play.state().contract = play.state().terms.model_copy(update={"budget": budget})
    play.go()
    for turn in range(20):
        never_over(play.state())
        if not play.jobs:
            break
        name = next(iter(play.jobs)).partition("/")[2]
        play.hand_off(name, DONE, usage=None if turn % 2 else Tokens(input=1, output=1))
    state = play.state()
    assert state.spent <= cap
    assert state.counted.tokens <= tokens
    assert state.counted.calls <= calls


def test_p6_what_a_dead_engine_held_stays_reserved_and_is_charged_whole() -> None:
    """T1: killed in the middle of a call, the reservation stands until the next engine finds it lost."""
    play = limited(1, ", tokens: 30000, calls: 9").go()
    state = play.state()
    aside = (state.reserved, state.counted.tokens_aside, state.counted.calls_aside)
    assert all(aside)
    play.jobs.clear()
    assert (state.reserved, state.counted.tokens_aside, state.counted.calls_aside) == aside
    play.go()
    lost = [charge for charge in state.charges if charge.outcome == "lost"]
    assert [(c.micro_usd, c.calls) for c in lost] == [(aside[0], aside[2])]
    assert state.counted.tokens == aside[1]


def test_p6_the_unreserved_rest_of_a_role_covers_all_branches() -> None:
    plan = """\
  branches:
    - {id: one, hypothesis: a, budget: {money: 2 USD, calls: 1}}
    - {id: two, hypothesis: b, share: 20%}
  tasks:
    - {id: t, each: branch, role: writer, budget: 1 USD, criteria: [{text: x, check: {max_words: 99}}]}
    - {id: u, branch: one, role: writer, budget: 1 USD, criteria: [{text: x, check: {max_words: 99}}]}
"""
    play = Play(terms(plan)).go()
    state = play.state()
    branch = state.branch("one")
    assert branch is not None
    assert (branch.budget, branch.calls, branch.counted.calls_aside) == (2_000_000, 1, 1)
    assert sum(job.startswith("gtm/A") for job in play.jobs) == 2, (
        "the second task of the first branch has no call left"
    )
    for job in list(play.jobs):
        play.hand_off(job.partition("/")[2], DONE)
    assert state.roles["writer"].spent == state.spent > 0
    assert state.roles["writer"].counted.calls == state.counted.calls == 2
    item = play.asked("budget")
    assert item.about.startswith(f"cap:branch:{branch.id}:calls:1:")
    play.say("answer", attention=item.id, text="raise")
    assert branch.calls == 2
    assert play.newest("u").state == "running"


def test_a_raise_goes_on_in_place_with_the_same_tasks() -> None:
    play = limited(3, ", calls: 1").go()
    assert len(play.jobs) == 1
    play.hand_off("A1.1", DONE)
    item = play.asked("budget")
    assert (item.refs, item.choices) == (("T2", "T3"), ("raise to 3 calls", "skip", "stop"))
    assert "calls of the mission: 1 call of 1 call used; t1 (T2) may need 1 call, and 1 more wait" in item.detail
    assert play.say("answer", attention=item.id, text="raise to 3 calls").state == "done"
    assert play.state().terms.budget.calls == 3
    assert play.state().rev == 2
    assert {job.partition("/")[2] for job in play.jobs} == {"A2.1", "A3.1"}
    assert not play.state().attention


def test_a_raise_may_name_its_own_amount_and_less_is_refused() -> None:
    play = limited(1, "", own="budget: {money: 1 USD, tokens: 400}").go()
    item = play.asked("budget")
    assert item.choices[1:] == ("human", "skip", "stop")
    assert play.say("answer", attention=item.id, text="raise: 300").state == "refused"
    assert play.say("answer", attention=item.id, text="raise: plenty").state == "refused"
    assert play.say("answer", attention=item.id, text="raise: 50,000 tokens").state == "done"
    assert play.newest("t0").tokens == 50_000
    assert play.newest("t0").state == "running"
    assert play.state().rev == 1, "a task's own limit is no clause"


def test_a_raise_that_does_not_suffice_asks_again_and_skip_goes_on_without() -> None:
    play = limited(2, "", own="budget: {money: 1 USD, tokens: 400}").go()
    first = next(item for item in play.state().attention.values() if item.task == "T1")
    play.say("answer", attention=first.id, text="raise: 401")
    again = next(item for item in play.state().attention.values() if item.task == "T1")
    assert again.id != first.id
    play.say("answer", attention=again.id, text="skip")
    assert play.newest("t0").state == "cancelled"
    assert play.newest("t1").state == "open"


def test_p6_skipping_is_followed_by_a_new_question_about_the_rest() -> None:
    """What was answered about one cap is asked again about those that come to wait under it later."""
    plan = tasks(2) + f"    - {{id: later, role: writer, needs: [t0], budget: 1 USD, {SHORT}}}\n"
    play = Play(terms(plan).replace("branches: 3}", "branches: 3, calls: 1}")).go().hand_off("A1.1", DONE)
    item = play.asked("budget")
    assert item.refs == ("T2", "T3")
    play.state().attention[item.id].refs = ("T2",)  # T3 became ready after the question was raised
    play.say("answer", attention=item.id, text="skip")
    assert play.newest("t1").state == "cancelled"
    assert play.asked("budget").refs == ("T3",)
    assert stuck(play.state()) == ()


def test_attempts_are_raised_in_place_too() -> None:
    play = limited(2, ", attempts: 1").go().hand_off("A1.1", DONE)
    item = play.asked("budget")
    assert item.choices == ("raise to 2", "skip", "stop")
    play.say("answer", attention=item.id, text="raise to 2")
    assert play.state().terms.budget.attempts == 2
    assert play.newest("t1").state == "running"


def test_used_up_minutes_hold_back_proposals_and_no_decision() -> None:
    """New proposals wait and say so; what waits for a decision already is decided; a raise lets them through."""
    plan = DRAFT.replace(
        "  tasks:\n", f"  tasks:\n    - {{id: first, branch: cold, role: writer, proposes: [send], {SHORT}}}\n"
    )
    plan = plan.replace("id: write, branch: cold,", "id: write, branch: cold, needs: [first],")
    play = Play(terms(plan).replace("branches: 3}", "branches: 3, attention: 5m}")).go()
    play.hand_off("A1.1", mails("carl"))
    approve = play.asked("approve")
    assert play.yes(approve.id, focus_ms=6 * MINUTE).state == "done"
    play.hand_off("A2.1", mails("bob", "eve"))
    assert len(play.state().effects) == 1, "nothing new is proposed"
    item = play.asked("budget")
    assert item.about.startswith("cap:mission::attention:")
    assert "6m of 5m used" in item.detail
    assert caps.over_attention(play.state())
    assert stuck(play.state()) == ()
    play.say("answer", attention=item.id, text=item.choices[0])
    assert len(play.state().effects) == 3
    assert play.asked("approve").refs == ("F2", "F3")


def test_going_on_without_minutes_refuses_what_was_to_be_proposed() -> None:
    play = Play(terms(DRAFT).replace("branches: 3}", "branches: 3, attention: 5m}")).go()
    play.state().attention_ms = 6 * MINUTE
    play.hand_off("A1.1", mails("bob", "eve"))
    play.say("answer", attention=play.asked("budget").id, text="skip")
    assert [refused["code"] for refused in play.state().refused] == ["attention", "attention"]
    assert not play.state().effects
    assert stuck(play.state()) == ()


def test_of_equal_limits_the_wider_one_is_named() -> None:
    play = limited(1, ", calls: 1", own="budget: {money: 1 USD, calls: 1}")
    state = play.go().hand_off("A1.1", DONE).state()
    found = room(state, state.tasks["T1"]).calls
    assert found is not None
    assert found.level == "mission"


def test_upper_bounds_of_tokens_and_calls_hold_what_a_rehearsed_worker_uses() -> None:
    for candidate in REHEARSED:
        assert candidate.most_tokens(1_000) >= 1_000 + candidate.max_output
        assert candidate.calls == candidate.rounds
