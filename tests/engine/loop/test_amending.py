"""Amending a mission under way: what goes on, what ends, what has to be decided again."""

from __future__ import annotations

import pytest

from engine.errors import SaysNoError
from engine.values import DAY, HOUR, MICRO, SECOND
from tests.builders import DRAFT, Play, approved, drafted, mails, terms
from tests.engine.amending.playing import amended, give, previewed
from tests.engine.loop.test_commands import states

TWO = """\
  branches:
    - {id: cold, hypothesis: people answer, share: 50%}
  tasks:
    - {id: look, role: writer, budget: 1 USD, criteria: [{text: short, check: {max_words: 60}}]}
    - {id: write, branch: cold, role: writer, needs: [look], context: [leads], proposes: [send], budget: 2 USD,
       criteria: [{text: short, check: {max_words: 60}}]}
    - {id: extra, role: writer, needs: [look], budget: 1 USD, criteria: [{text: short, check: {max_words: 60}}]}
"""


def tasks(play: Play) -> dict[str, str]:
    return {f"{task.id} {task.key}": task.state for task in play.state().tasks.values()}


def test_a_mission_goes_on_under_the_revision_that_was_confirmed() -> None:
    play = drafted()
    amended(play, terms(DRAFT, money="200 USD"), because="it works")
    state = play.state()
    assert (state.rev, state.terms.budget.money) == (2, 200 * MICRO)
    (revision,) = state.amendments
    assert (revision.actor, revision.rev, revision.because) == ("human:ada", 2, "it works")
    assert [(c.path, c.before, c.after) for c in revision.changes] == [("budget.money", "100 USD", "200 USD")]
    assert [made.what for made in state.decisions] == ["amend"]


def test_what_was_not_previewed_does_not_happen() -> None:
    play = drafted()
    shown = previewed(play, terms(DRAFT, money="200 USD")).amendment
    assert shown is not None
    assert "changed since" in give(play, terms(DRAFT, money="900 USD"), shown.digest).error
    assert "changed since" in give(play, terms(DRAFT, money="200 USD"), "").error
    amended(play, terms(DRAFT, money="150 USD"))
    assert "changed since" in give(play, terms(DRAFT, money="200 USD"), shown.digest).error
    assert play.state().terms.budget.money == 150 * MICRO


@pytest.mark.parametrize("over", ["stop"])
def test_a_mission_that_is_over_is_not_amended(over: str) -> None:
    play = drafted()
    play.say(over)
    with pytest.raises(SaysNoError, match="the mission is stopped"):
        previewed(play, terms(DRAFT, money="200 USD"))


def test_a_contract_that_says_the_same_is_no_amendment() -> None:
    with pytest.raises(SaysNoError, match="nothing would change"):
        previewed(drafted(), terms(DRAFT) + "\n# a comment\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mission: Find a channel", "mission: Find a flat", "1:10 mission: the name of a mission cannot change"),
        ("id: gtm", "id: other", "2:5 id: the mission is gtm"),
        ("money: 100 USD", "money: a lot", 'budget.money: "a lot" is not an amount'),
        ("role: writer", "role: writr", '"writr" is not a role'),
    ],
)
def test_what_cannot_be_amended_says_where_and_why(old: str, new: str, said: str) -> None:
    play = drafted()
    proposal = previewed(play, terms(DRAFT).replace(old, new))
    assert proposal.amendment is None
    assert said in str(proposal.errors[0])
    assert said in give(play, terms(DRAFT).replace(old, new), "0" * 64).error
    assert play.state().rev == 1


def test_p3_an_approval_dies_when_a_clause_that_judged_it_changes() -> None:
    play = approved()
    told = amended(play, terms(DRAFT).replace("undo: 10s", "undo: 1m"))
    assert any("approvals that die" in line and "2 (F1, F2)" in line for line in told)
    assert states(play) == {"F1": "awaiting", "F2": "awaiting"}
    play.wait(HOUR).go()
    assert not play.jobs
    again = play.asked("approve")
    assert again.refs == ("F1", "F2")
    assert play.yes(again.id).state == "done"
    play.wait(61 * SECOND).go()
    assert set(play.jobs) == {"gtm/F1.1", "gtm/F2.1"}


def test_p3_an_approval_given_to_the_question_before_is_refused() -> None:
    play = drafted()
    shown, old = play.shown("Q1"), play.asked("approve").id
    amended(play, terms(DRAFT).replace("undo: 10s", "undo: 1m"))
    answer = play.say("approve", attention=old, digest=shown)
    assert (answer.state, "not waiting" in answer.error) == ("refused", True)
    assert play.asked("approve").id != old


def test_an_approval_lives_on_when_no_clause_that_judged_it_changes() -> None:
    play = approved()
    told = amended(play, terms(DRAFT, money="200 USD"))
    assert "approvals that live on, for no clause that judged them changed: 2" in told
    play.wait(10 * SECOND).go()
    assert set(play.jobs) == {"gtm/F1.1", "gtm/F2.1"}


def test_what_is_being_sent_is_said_and_returns_only_when_it_did_not_leave() -> None:
    play = approved().wait(10 * SECOND).go()
    told = amended(play, terms(DRAFT).replace("undo: 10s", "undo: 1m"))
    assert "being sent now, and not called back: 2 (F1, F2)" in told
    play.connected("F1").connected("F2", "held")
    assert states(play) == {"F1": "done", "F2": "awaiting"}


def test_effects_that_no_tool_carries_any_more_are_withdrawn_and_asked_about() -> None:
    play = approved()
    silent = terms(DRAFT.replace("proposes: [send], ", "")).replace("restricted: [send]", "restricted: []")
    told = amended(play, silent.replace("approvals: {send: {expires: 3d, undo: 10s}}\n", ""))
    assert any("withdrawn: 2 (F1, F2)" in line for line in told)
    assert states(play) == {"F1": "withdrawn", "F2": "withdrawn"}
    question = play.asked("answer")
    play.say("answer", attention=question.id, text="write again")
    assert play.state().tasks["T1"].state == "running"


def test_open_tasks_go_on_under_new_terms_and_accepted_ones_stay() -> None:
    play = Play(terms(TWO)).go()
    play.hand_off("A1.1", mails())
    assert tasks(play) == {"T1 look": "accepted", "T2 write": "running", "T3 extra": "running"}
    play.fail("A3.1").fail("A3.2")
    told = amended(play, terms(TWO).replace("max_words: 60", "max_words: 40"))
    assert "failed tasks that are open again: 1 (T3 extra)" in told
    assert "run under rev 1 to the end, and under the new terms if tried again: 1 (T2 write)" in told
    state = play.state()
    assert state.tasks["T1"].criteria[0].check.max_words == 60  # type: ignore[union-attr]
    assert state.tasks["T2"].criteria[0].check.max_words == 60  # type: ignore[union-attr]
    assert state.tasks["T3"].criteria[0].check.max_words == 40  # type: ignore[union-attr]
    assert not [item for item in state.attention.values() if item.about.startswith("failed:T3")]
    play.go()
    assert state.attempts["A3.3"].rev == 2
    assert state.attempts["A2.1"].rev == 1


def test_a_running_attempt_is_judged_by_its_own_revision_and_the_next_one_by_the_new() -> None:
    long = mails("bob", body="word " * 50)
    play = Play(terms(DRAFT)).go()
    amended(play, terms(DRAFT).replace("max_words: 60", "max_words: 40"))
    play.go().hand_off("A1.1", long)
    assert play.state().tasks["T1"].state == "accepted"
    play = Play(terms(DRAFT)).go()
    amended(play, terms(DRAFT).replace("max_words: 60", "max_words: 40"))
    play.go().fail("A1.1")
    assert play.state().tasks["T1"].criteria[0].check.max_words == 40  # type: ignore[union-attr]
    assert (play.state().attempts["A1.2"].rev, play.state().tasks["T1"].outdated) == (2, False)


def test_a_task_that_is_not_planned_any_more_is_cancelled_with_its_attempt() -> None:
    play = Play(terms(TWO)).go()
    play.hand_off("A1.1", mails())
    without = terms(TWO).rpartition("    - {id: extra")[0]
    told = amended(play, without)
    assert "cancelled: 1 (T3 extra)" in told
    assert "attempts that are told to end, and charged: 1 (A3.1)" in told
    play.go()
    assert tasks(play) == {"T1 look": "accepted", "T2 write": "running", "T3 extra": "cancelled"}
    amended(play, terms(TWO))
    play.go()
    assert tasks(play)["T4 extra"] == "running"


def test_new_tasks_and_branches_begin_and_what_needs_them_waits() -> None:
    play = Play(terms(TWO)).go()
    more = (
        terms(TWO)
        .replace("  tasks:\n", "    - {id: warm, hypothesis: friends answer, share: 20%}\n  tasks:\n", 1)
        .replace("branch: cold,", "each: branch,")
    )
    told = amended(play, more)
    assert "branches that open: 1 (warm)" in told
    assert "new tasks: 1 (T4)" in told
    play.go()
    warm = play.state().branch("warm")
    assert warm is not None
    assert (warm.budget, play.state().tasks["T4"].branch, play.state().tasks["T4"].needs) == (
        20 * MICRO,
        warm.id,
        ("T1",),
    )


def test_shares_are_recomputed_and_a_cap_below_what_is_spent_is_said_plainly() -> None:
    play = drafted()
    told = amended(play, terms(DRAFT, money="50 USD"))
    cold = play.state().branch("cold")
    assert cold is not None
    assert cold.budget == 25 * MICRO
    assert "cold may spend $25.00, before $50.00" in told
    play.state().spent = 60 * MICRO
    told = amended(play, terms(DRAFT, money="40 USD"))
    assert "$60.00 spent, of $40.00: nothing that costs money starts" in told


def test_a_removed_branch_is_pruned_and_what_waits_in_it_is_withdrawn() -> None:
    play = approved()
    told = amended(play, terms(DRAFT.replace("cold", "warm")))
    assert "branch cold is pruned, for the contract does not name it" in told
    assert states(play) == {"F1": "withdrawn", "F2": "withdrawn"}
    play.go()
    assert play.state().branch("cold").state == "pruned"  # type: ignore[union-attr]
    assert tasks(play)["T2 write"] == "running"


def test_branches_that_were_tried_count_against_the_limit() -> None:
    play = drafted()
    proposal = previewed(play, terms(DRAFT.replace("cold", "warm"), branches=1))
    assert "budget.branches: 2 branches would have been tried, and it allows 1" in str(proposal.errors[0])


CADENCE = """\
evidence: {replies: {unit: ratio, from: inbox}}
cadence: [{check: [replies], every: 1d, after: send, for: 6d}]
"""


def waiting() -> Play:
    play = Play(terms(DRAFT, more=CADENCE)).go()
    play.hand_off("A1.1", mails("bob"))
    play.yes(play.asked("approve").id)
    return play.wait(10 * SECOND).go().connected("F1")


def test_an_open_window_follows_its_cadence() -> None:
    play = waiting()
    began = play.at
    play.wait(DAY // 2)
    told = amended(play, terms(DRAFT, more=CADENCE.replace("for: 6d", "for: 2d")))
    assert "the window of cold closes in 1d 12h" in told
    cold = play.state().branch("cold")
    assert cold is not None
    assert cold.until == began + 2 * DAY
    assert {t.purpose: t.due for t in play.state().timers.values()} == {
        "window": began + 2 * DAY,
        "check": play.at + DAY,
    }
    told = amended(play, terms(DRAFT, more=CADENCE.replace("for: 6d", "for: 6h")))
    assert "the window of cold closes at once; it is judged then" in told
    play.go()
    assert [job for job in play.jobs if job.startswith("gtm/K")]


def test_a_cadence_that_only_moved_in_the_file_keeps_its_moments() -> None:
    play = waiting()
    due = sorted(timer.due for timer in play.state().timers.values())
    other = CADENCE.replace("cadence: [", "cadence: [{check: [replies], every: 3d, after: contact}, ")
    with_contact = terms(DRAFT, more=other).replace("restricted: [send]", "restricted: [send, contact]")
    amended(play.wait(DAY // 2), with_contact.replace("verbs: [send]", "verbs: [send, contact]"))
    assert sorted(timer.due for timer in play.state().timers.values()) == due
    assert {timer.cadence for timer in play.state().timers.values()} == {1}


def test_rules_that_hold_at_once_are_said_before() -> None:
    play = drafted()
    play.wait(2 * DAY)
    rule = "stop: [{when: mission.days >= 1, then: stop, because: one is enough}]"
    told = amended(play, terms(DRAFT, more=rule))
    assert "stop[0] holds now: the mission stops at once; one is enough" in told
    play.go()
    assert play.state().status == "stopped"


def test_inputs_go_by_hash_and_stay_when_no_file_is_given() -> None:
    play = Play(terms(DRAFT)).go()
    told = amended(play, terms(DRAFT), leads=b"name,email\nZoe,zoe@post.example\n")
    assert "leads: leads.csv has other bytes, for tasks that start from now on" in told
    sha = play.state().inputs["leads"].sha
    amended(play, terms(DRAFT, money="120 USD"), leads=None)
    assert play.state().inputs["leads"].sha == sha


def test_the_answer_to_a_denied_verb_amends_the_contract() -> None:
    plan = DRAFT.replace("proposes: [send], ", "")
    play = Play(terms(plan)).go()
    play.hand_off("A1.1", mails("bob"))
    question = play.asked("answer", "denied:send")
    assert question.choices == ("restrict", "refuse", "stop")
    assert play.say("answer", attention=question.id, text="restrict").state == "done"
    state = play.state()
    assert state.rev == 2
    assert state.amendments[0].because == "human:ada said to restrict send"
    assert [c.path for c in state.amendments[0].changes] == ["plan.tasks.write.proposes"]
    play.hand_off("A1.2", mails("bob"))
    assert states(play) == {"F1": "awaiting"}


def test_a_verb_that_cannot_be_settled_in_an_answer_says_why() -> None:
    text = terms(DRAFT.replace("proposes: [send], ", "")).replace(
        "lawful: {country: US, basis: business contact, source: leads.csv}\n", ""
    )
    play = Play(text).go()
    play.hand_off("A1.1", mails("bob"))
    question = play.asked("answer", "denied:send")
    assert question.choices == ("refuse", "stop")
    assert "without a lawful ground" in question.detail
