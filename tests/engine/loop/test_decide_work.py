"""Tasks: dispatching, verifying, giving up; and what a mission says when nothing moves."""

from __future__ import annotations

from dataclasses import replace

from engine.ledger import bodies as b
from engine.loop.intents import Dispatch
from engine.loop.world import Slots, World
from engine.values import DAY
from engine.workers.protocol import CriterionVerdict, Handoff
from tests.builders import DRAFT, IDENTITY, WORLD, Play, mails, terms

REVIEWED = DRAFT.replace("budget: 2 USD", "budget: 2 USD, verify: [checks, review]")
MODELS = "  clerk: {worker: model}"
COMMANDS, OTHERS = Slots()


def many(count: int, role: str) -> str:
    return "  tasks:\n" + "".join(
        f"    - {{id: t{n}, role: {role}, criteria: [{{text: x, check: {{max_words: 9}}}}], budget: 1 USD}}\n"
        for n in range(count)
    )


def test_a_package_a_route_and_a_reservation_stand_before_the_work_starts() -> None:
    play = Play(terms(DRAFT)).go()
    assert play.kinds()[-4:] == ["attempt.dispatched", "route.chosen", "package.compiled", "charge.reserved"]
    attempt = play.state().attempts["A1.1"]
    assert attempt.package is not None
    assert play.job("A1.1")["package"].encode() == play.contents[attempt.package]


def test_no_more_runs_side_by_side_than_there_are_slots() -> None:
    play = Play(terms(many(OTHERS + 2, "writer"))).go()
    assert len(play.jobs) == OTHERS
    play = Play(terms(many(COMMANDS + 2, "runner"), more='  runner: {worker: command, command: ["true"]}')).go()
    assert len(play.jobs) == COMMANDS


def test_commands_and_others_do_not_wait_for_each_other() -> None:
    plan = many(OTHERS, "writer") + many(COMMANDS, "runner").removeprefix("  tasks:\n").replace("id: t", "id: c")
    play = Play(terms(plan, more='  runner: {worker: command, command: ["true"]}')).go()
    assert len(play.jobs) == OTHERS + COMMANDS


def test_as_many_run_side_by_side_as_are_configured() -> None:
    wide = replace(WORLD, slots=Slots(commands=3, others=20))
    assert len(Play(terms(many(24, "writer"), money="50 USD"), world=wide).go().jobs) == 20
    runner = '  runner: {worker: command, command: ["true"]}'
    assert len(Play(terms(many(24, "runner"), more=runner), world=wide).go().jobs) == 3


def test_what_a_human_does_waits_behind_nothing_that_runs_and_takes_nobodys_place() -> None:
    people = many(OTHERS + 1, "human").removeprefix("  tasks:\n").replace("id: t", "id: h")
    play = Play(terms(many(OTHERS + 2, "writer") + people)).go()
    asked = [job for job in play.jobs.values() if job.body["worker"] == "human"]
    assert (len(asked), len(play.jobs)) == (OTHERS + 1, 2 * OTHERS + 1)
    first = Play(terms("  tasks:\n" + people + many(OTHERS, "writer").removeprefix("  tasks:\n"))).go()
    assert len(first.jobs) == 2 * OTHERS + 1, "questions on their way to a human keep no worker from its work"


def test_parallel_attempts_together_never_pass_the_cap() -> None:
    play = Play(terms(many(OTHERS, "writer"), money="6 USD")).go()
    assert play.state().spent + play.state().reserved <= play.state().terms.budget.money
    tight = Play(terms(many(OTHERS, "writer"), money="6 USD"))
    tight.state().contract = tight.state().terms.model_copy(
        update={"budget": tight.state().terms.budget.model_copy(update={"money": 1_600})}
    )
    tight.go()
    assert 0 < len(tight.jobs) < OTHERS
    assert tight.state().reserved <= 1_600


def test_an_exhausted_budget_asks_and_skip_cancels_what_is_left() -> None:
    play = Play(terms(many(2, "writer"), money="6 USD"))
    budget = play.state().terms.budget.model_copy(update={"money": 5})
    play.state().contract = play.state().terms.model_copy(update={"budget": budget})
    item = play.go().asked("budget")
    assert item.choices == ("raise to $0.01", "skip", "stop")
    assert "money of the mission: $0.00 of $0.0000 spent" in item.detail
    play.say("answer", attention=item.id, text="skip")
    assert {task.state for task in play.state().tasks.values()} == {"cancelled"}
    assert play.asked("answer").about == "done"


def test_time_that_is_used_up_starts_nothing_until_a_human_says_go_on() -> None:
    play = Play(terms(many(1, "writer")).replace("branches: 3}", "branches: 3, time: 5d}"))
    play.wait(5 * DAY).go()
    assert not play.jobs
    item = play.asked("budget")
    play.say("answer", attention=item.id, text="go on")
    assert set(play.jobs) == {"gtm/A1.1"}


def test_a_role_that_nobody_can_work_as_asks_and_a_human_may_take_it() -> None:
    world = World(epoch=1, identity=IDENTITY, connectors={"maildir": "lookup"})
    play = Play(terms(many(1, "clerk"), more=MODELS), world=world).go()
    item = play.asked("tool")
    assert item.choices == ("human", "skip", "stop")
    play.say("answer", attention=item.id, text="human")
    assert play.job("A1.1")["worker"] == "human"


def test_without_an_identity_nothing_is_proposed_and_a_human_is_told_once() -> None:
    world = World(epoch=1, connectors={"maildir": "lookup"}, catalogue=WORLD.catalogue)
    play = Play(terms(DRAFT), world=world).go()
    play.hand_off("A1.1", mails("bob"))
    assert play.asked("tool").about == "identity"
    assert not play.state().effects
    play.go().base = WORLD
    play.go()
    assert play.asked("approve").refs == ("F1",)


def test_a_review_is_a_task_of_another_family() -> None:
    play = Play(terms(REVIEWED)).go()
    play.hand_off("A1.1", mails("bob", body="Look at me"))
    author, reviewer = play.state().attempts["A1.1"], play.state().attempts["A2.1"]
    assert (play.state().tasks["T2"].kind, play.state().tasks["T2"].subject) == ("review", "A1.1")
    assert author.family != reviewer.family
    assert "Look at me" in play.job("A2.1")["package"]
    play.review("A2.1")
    assert play.newest("write").state == "accepted"


def test_a_reviewer_is_shown_what_the_author_decided_and_took_for_granted_and_nothing_else_of_it() -> None:
    play = Play(terms(REVIEWED)).go()
    said = mails("bob").model_copy(
        update={"decisions": ("no link",), "assumptions": ("he reads mail",), "summary": "I thought for hours"}
    )
    play.hand_off("A1.1", said)
    package = play.job("A2.1")["package"]
    assert "decided: no link" in package
    assert "took for granted: he reads mail" in package
    assert "thought for hours" not in package


def test_a_review_that_quotes_what_nobody_wrote_is_given_again() -> None:
    play = Play(terms(REVIEWED)).go()
    play.hand_off("A1.1", mails("bob"))
    asked = play.job("A2.1")["criteria"]
    made_up = tuple(CriterionVerdict(criterion=c, ok=False, quote="buy now") for c in asked)
    play.hand_off("A2.1", Handoff(summary="no", verdicts=made_up))
    assert "quotes words that the work does not hold" in play.state().attempts["A2.1"].verdicts[-1].lines[0].detail
    real = tuple(CriterionVerdict(criterion=c, ok=False, quote="Shall we talk?", detail="pushy") for c in asked)
    play.hand_off("A2.2", Handoff(summary="no", verdicts=real))
    assert play.state().attempts["A1.1"].verdicts[-1].lines[0].span == "Shall we talk?"
    assert "Shall we talk?" in play.job("A1.2")["package"]


def test_a_review_that_says_no_sends_the_work_back() -> None:
    play = Play(terms(REVIEWED)).go()
    play.hand_off("A1.1", mails("bob")).review("A2.1", ok=False, detail="too loud")
    assert play.newest("write").state == "running"
    assert "too loud" in play.job("A1.2")["package"]


def test_a_review_that_says_nothing_about_a_criterion_fails() -> None:
    play = Play(terms(REVIEWED)).go()
    play.hand_off("A1.1", mails("bob")).hand_off("A2.1", Handoff(summary="looks fine to me"))
    verdict = play.state().attempts["A2.1"].verdicts[-1]
    assert not verdict.ok
    assert "says nothing about" in verdict.lines[0].detail
    assert play.newest("write").state == "verifying"
    assert "gtm/A2.2" in play.jobs


def test_a_review_of_what_was_lost_meanwhile_is_moot() -> None:
    play = Play(terms(REVIEWED)).go()
    play.hand_off("A1.1", mails("bob"))
    play.say("reject", attention="Q9", because="x")
    play.say("prune", branch="cold", because="enough")
    assert play.newest("write.review").state == "cancelled"


def test_skipping_a_review_that_nobody_can_make_leaves_nothing_stuck() -> None:
    world = World(epoch=1, identity=IDENTITY, connectors={"maildir": "lookup"})
    contract = terms(REVIEWED).replace("reviewer: {worker: rehearsed", "reviewer: {worker: model")
    play = Play(contract, world=world).go()
    play.hand_off("A1.1", mails("bob"))
    play.say("answer", attention=play.asked("tool").id, text="skip")
    assert play.newest("write").state != "verifying" or play.state().attention or play.jobs


def test_an_assumption_too_dear_for_its_task_asks_instead_of_resting() -> None:
    more = "assume: {writer: {tokens_in: 190000, tokens_out: 100}}"
    play = Play(terms(DRAFT.replace("2 USD", "0.001 USD"), more=more), rehearsed=True).go()
    assert not play.jobs
    assert {"skip", "stop"} <= set(play.asked().choices)


def test_a_criterion_with_a_command_is_checked_by_the_command() -> None:
    plan = many(1, "writer").replace("check: {max_words: 9}", 'check: {command: ["true"]}')
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", Handoff(summary="done"))
    assert play.job("A2.1")["worker"] == "command"
    play.hand_off("A2.1", Handoff(summary="fine"))
    assert play.newest("t0").state == "accepted"


def test_a_command_that_says_no_sends_the_work_back() -> None:
    plan = many(1, "writer").replace("check: {max_words: 9}", 'check: {command: ["false"]}')
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", Handoff(summary="done")).fail("A2.1", "exit 1")
    verdict = play.state().attempts["A1.1"].verdicts[-1]
    assert (verdict.stage, verdict.ok, verdict.lines[0].detail) == ("command", False, "exit 1")
    assert "gtm/A1.2" in play.jobs


def test_the_fallback_takes_a_worn_out_task_over_once() -> None:
    plan = many(1, "writer").replace("budget: 1 USD", "budget: 1 USD, attempts: 1, fallback: reviewer")
    play = Play(terms(plan)).go().fail("A1.1")
    assert (play.job("A1.2")["role"], play.newest("t0").fallen_back) == ("reviewer", True)
    play.fail("A1.2")
    assert play.newest("t0").state == "failed"
    assert play.asked("answer").choices == ("retry", "skip", "stop")


def test_a_task_whose_fallback_is_stop_ends_the_mission() -> None:
    plan = many(1, "writer").replace("budget: 1 USD", "budget: 1 USD, attempts: 1, fallback: stop")
    play = Play(terms(plan)).go().fail("A1.1")
    assert (play.state().status, play.state().clause) == ("stopped", "fallback")


def test_a_mission_stopped_by_a_fallback_leaves_nothing_open() -> None:
    plan = DRAFT + many(1, "writer").removeprefix("  tasks:\n").replace("1 USD", "1 USD, attempts: 1, fallback: stop")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob"))
    play.fail("A2.1")
    assert play.state().status == "stopped"
    assert not play.state().attention
    assert {effect.state for effect in play.state().effects.values()} == {"withdrawn"}


def test_a_mission_that_did_everything_asks_whether_it_is_finished() -> None:
    play = Play(terms(many(1, "writer"))).go()
    play.hand_off("A1.1", Handoff(summary="done"))
    item = play.asked("answer")
    assert (item.about, item.choices) == ("done", ("finish", "stop"))
    play.say("answer", attention=item.id, text="finish")
    assert play.state().status == "finished"


def test_attempts_that_are_used_up_ask() -> None:
    plan = terms(many(2, "writer")).replace("branches: 3}", "branches: 3, attempts: 1}")
    play = Play(plan).go()
    assert set(play.jobs) == {"gtm/A1.1"}
    play.hand_off("A1.1", Handoff(summary="done"))
    item = play.asked("budget")
    assert item.about == "cap:mission::attempts:1:0"
    play.say("answer", attention=item.id, text="skip")
    assert play.newest("t1").state == "cancelled"


def test_deciding_is_pure_and_says_the_same_twice() -> None:
    play = Play(terms(DRAFT))
    for _ in range(4):
        (first, *_), (second, *_) = play.decide(), play.decide()
        assert first == second
        step, again = play.enact(first), play.enact(second)
        assert (step.bodies, step.jobs, step.blobs) == (again.bodies, again.jobs, again.blobs)
        play.record(*step.bodies)
        if isinstance(first, Dispatch):
            return
    raise AssertionError("nothing was dispatched")


def test_nothing_is_wanted_of_a_mission_that_is_paused_but_healing() -> None:
    play = Play(terms(DRAFT)).go()
    play.record(b.MissionPaused(because="lunch"))
    play.jobs.clear()
    play.go()
    assert play.state().attempts["A1.1"].state == "lost"
    assert not play.jobs
