"""What a front end may ask for, and what it is answered."""

from __future__ import annotations

from typing import Any

import pytest

from engine.contract.model import ApprovalTerms, Lawful
from engine.ledger.protocol import Command
from engine.loop.commands import handle
from engine.state.model import MissionState
from engine.values import DAY, MINUTE, SECOND, MissionId
from tests.builders import DRAFT, Play, approved, drafted, mails, terms

INBOX = "evidence: {replies: {unit: ratio, from: inbox}, meetings: {unit: count, from: human}}"


def states(play: Play) -> dict[str, str]:
    return {effect.id: effect.state for effect in play.state().effects.values()}


def test_what_was_shown_is_approved_and_waits_for_its_undo_window() -> None:
    play = drafted()
    answer = play.yes(play.asked("approve").id)
    assert (answer.state, answer.ids) == ("done", ("F1", "F2"))
    assert states(play) == {"F1": "approved", "F2": "approved"}
    assert not play.jobs
    play.wait(10 * SECOND - 1).go()
    assert not play.jobs
    play.wait(1).go()
    assert set(play.jobs) == {"gtm/F1.1", "gtm/F2.1"}


def test_a_decision_records_who_decided_and_what_was_on_screen() -> None:
    play = drafted()
    shown = play.shown("Q1")
    play.wait(5_000)
    play.say("approve", attention="gtm/Q1", digest=shown, scripted=True, actor="script:ci")
    (decision,) = play.state().decisions
    assert (decision.actor, decision.digest, decision.waited, decision.scripted) == ("script:ci", shown, 5_000, True)


def test_human_time_is_kept_with_the_decision_and_capped_over_all_decisions_of_an_item() -> None:
    play = drafted()
    play.say("reject", effect="F2", because="not her", focus_ms=7 * MINUTE)
    play.say("approve", attention="Q1", digest=play.shown("Q1"), focus_ms=7 * MINUTE)
    assert [made.focus_ms for made in play.state().decisions] == [7 * MINUTE, 3 * MINUTE]
    assert play.state().attention_ms == 10 * MINUTE
    play.say("pause", because="lunch", focus_ms=MINUTE)
    assert play.state().attention_ms == 11 * MINUTE


@pytest.mark.parametrize("told", [None, -5, 0, True, "60000", 1.5, [1]])
def test_what_is_no_human_time_counts_as_none(told: object) -> None:
    play = drafted()
    play.say("approve", attention="Q1", digest=play.shown("Q1"), focus_ms=told)
    assert play.state().attention_ms == 0


def test_what_changed_since_it_was_shown_is_refused() -> None:
    play = drafted()
    shown = play.shown("Q1")
    play.say("reject", effect="F2", because="not her")
    answer = play.say("approve", attention="Q1", digest=shown)
    assert answer.state == "refused"
    assert "changed since it was shown" in answer.error
    assert states(play) == {"F1": "awaiting", "F2": "rejected"}
    assert play.yes("Q1").ids == ("F1",)


@pytest.mark.parametrize("digest", [None, "", "0" * 64])
def test_an_approval_without_the_right_digest_is_refused(digest: str | None) -> None:
    play = drafted()
    answer = play.say("approve", attention="Q1", **({} if digest is None else {"digest": digest}))
    assert answer.state == "refused"
    assert states(play) == {"F1": "awaiting", "F2": "awaiting"}


def test_a_veto_leaves_the_others_approved() -> None:
    play = drafted()
    answer = play.yes("Q1", **{"except": ["gtm/F2"]})
    assert answer.ids == ("F1",)
    assert states(play) == {"F1": "approved", "F2": "rejected"}
    assert play.state().decisions[-1].excepted == ("F2",)


def test_a_veto_of_what_does_not_wait_is_refused() -> None:
    play = drafted()
    answer = play.yes("Q1", **{"except": ["F9"]})
    assert answer.error == "F9 is not among what waits in Q1; cockpit attention Q1 lists what does"
    assert states(play) == {"F1": "awaiting", "F2": "awaiting"}


def test_when_everything_is_vetoed_one_by_one_nothing_is_left_to_approve() -> None:
    play = drafted()
    play.say("reject", effect="F1", because="no")
    play.say("reject", effect="F2", because="no")
    assert "Q1" not in play.state().attention


def test_two_commands_about_the_same_item_second_is_refused() -> None:
    play = drafted()
    shown = play.shown("Q1")
    assert play.say("approve", attention="Q1", digest=shown).state == "done"
    again = play.say("approve", attention="Q1", digest=shown)
    assert again.error.startswith("Q1 is not waiting for a decision any more; cockpit attention gtm lists what does")
    assert play.say("reject", attention="Q1", because="late").state == "refused"
    assert play.kinds().count("effect.approved") == 2


def test_an_approval_dies_when_a_judging_clause_changes() -> None:
    play = drafted()
    contract = play.state().terms
    play.state().contract = contract.model_copy(update={"approvals": {"send": ApprovalTerms(batch=7)}})
    assert "clause" in play.yes("Q1").error
    late = approved()
    late.state().contract = contract.model_copy(
        update={"lawful": Lawful(country="DE", basis="consent", source="a form")}
    )
    late.wait(10 * SECOND).go()
    assert states(late) == {"F1": "awaiting", "F2": "awaiting"}
    assert not late.jobs


def test_raising_the_budget_voids_nothing() -> None:
    play = approved()
    contract = play.state().terms
    more = contract.budget.model_copy(update={"money": contract.budget.money * 10})
    play.state().contract = contract.model_copy(update={"budget": more})
    play.wait(10 * SECOND).go()
    assert states(play) == {"F1": "attempting", "F2": "attempting"}


def test_a_paused_mission_approves_nothing() -> None:
    play = drafted()
    play.say("pause")
    assert play.yes("Q1").error == "the mission is paused; go on first: cockpit resume gtm"


def test_what_expired_is_not_approved() -> None:
    play = drafted()
    play.wait(3 * DAY)
    assert "expired" in play.yes("Q1").error
    assert states(play) == {"F1": "expired", "F2": "expired"}
    assert play.asked("answer").choices == ("ask again", "drop")


def test_a_rejection_becomes_a_rule_and_the_draft_is_made_again() -> None:
    play = drafted()
    answer = play.say("reject", attention="Q1", because="Never mention prices")
    assert answer.ids == ("R1",)
    assert play.state().rules["R1"].text == "Never mention prices"
    assert states(play) == {"F1": "rejected", "F2": "rejected"}
    package = play.job("A1.2")["package"]
    assert "- R1 Never mention prices" in package
    play.hand_off("A1.2", mails("bob", "eve", body="A better text"))
    assert states(play) == {"F1": "rejected", "F2": "rejected", "F3": "awaiting", "F4": "awaiting"}


def test_a_rejection_while_paused_is_followed_when_the_mission_goes_on() -> None:
    play = drafted()
    play.say("pause")
    play.say("reject", attention="Q1", because="Never mention prices")
    play.say("resume")
    assert "gtm/A1.2" in play.jobs


def test_a_rejection_needs_a_reason() -> None:
    play = drafted()
    assert "needs a reason" in play.say("reject", attention="Q1", because=" ").error
    assert "needs a reason" in play.say("prune", branch="cold").error


def test_an_approval_is_not_given_by_an_answer() -> None:
    play = drafted()
    assert (
        play.say("answer", attention="Q1", text="yes").error
        == "Q1 is decided, not answered; cockpit approve Q1, or cockpit reject Q1"
    )
    assert play.say("answer", attention="Q1", text="  ").error.startswith("an answer needs a text; ")


def test_only_what_has_not_left_is_withdrawn() -> None:
    play = approved()
    assert play.say("withdraw", effect="gtm/F1").ids == ("F1",)
    play.wait(10 * SECOND).go()
    assert set(play.jobs) == {"gtm/F2.1"}
    assert "F2 is attempting" in play.say("withdraw", effect="F2").error
    assert play.say("withdraw", effect="F7").error == "there is no such effect; cockpit attention gtm lists what waits"


def test_an_approval_is_taken_back_as_long_as_nothing_of_it_left() -> None:
    play = approved().wait(9 * SECOND).go()
    assert play.say("undo", attention="Q1").ids == ("Q2",)
    assert states(play) == {"F1": "awaiting", "F2": "awaiting"}
    assert play.wait(DAY).go().jobs == {}, "an approval that was taken back sends nothing"
    assert play.asked("approve").refs == ("F1", "F2")
    assert play.yes("Q2").ids == ("F1", "F2")
    assert set(play.wait(10 * SECOND).go().jobs) == {"gtm/F1.1", "gtm/F2.1"}
    assert [made.what for made in play.state().decisions] == ["approve", "undo", "approve"]


def test_what_has_left_is_not_taken_back_and_what_has_not_is() -> None:
    play = approved().wait(10 * SECOND).go()
    assert play.say("undo", attention="Q1").error == (
        "nothing of Q1 can be taken back any more: it has left, or is leaving; cockpit log gtm tells which"
    )
    assert play.say("undo", attention="Q7").error.startswith("Q7 was neither approved nor rejected; ")
    play = approved()
    play.say("withdraw", effect="F1")
    assert play.say("undo", attention="Q1").state == "done"
    assert states(play) == {"F1": "withdrawn", "F2": "awaiting"}


def test_pruning_returns_what_was_not_spent() -> None:
    play = drafted()
    assert play.say("prune", branch="cold", because="nobody is there").state == "done"
    branch = play.state().branches["B2"]
    assert (branch.state, branch.because, branch.spent) == ("pruned", "nobody is there", 375)
    assert branch.released == 50_000_000 - 375
    assert states(play) == {"F1": "withdrawn", "F2": "withdrawn"}
    assert all(item.branch != "B2" for item in play.state().attention.values())


def test_main_is_never_judged() -> None:
    play = drafted()
    assert "there is no such branch" in play.say("prune", branch="main", because="why not").error
    assert play.say("keep", branch="cold", because="fine").state == "done"
    assert play.say("prune", branch="B2", because="late").error.startswith("cold is kept already; cockpit why gtm/B2 ")


def test_stopping_withdraws_what_waits_and_cancels_what_is_open() -> None:
    play = drafted()
    assert play.say("stop", because="enough").state == "done"
    state = play.state()
    assert (state.status, state.because) == ("stopped", "enough")
    assert states(play) == {"F1": "withdrawn", "F2": "withdrawn"}
    assert not state.attention
    assert play.say("stop").error.startswith(
        "the mission is stopped already; nothing is left to stop; cockpit receipt gtm "
    )
    assert play.decide() == []


def test_a_pause_holds_new_work_and_ends_with_resume() -> None:
    play = Play(terms(DRAFT))
    assert play.say("resume").error.startswith("the mission is not paused; nothing holds it; ")
    play = drafted()
    play.say("pause", because="lunch")
    assert (play.state().status, play.state().because) == ("paused", "lunch")
    assert play.say("pause").error == "the mission is paused already; cockpit resume gtm lets it go on"
    play.say("prune", branch="cold", because="enough")
    assert not play.jobs
    play.say("resume")
    assert (play.state().status, play.state().because) == ("active", "")


def test_nothing_is_decided_about_branches_of_a_mission_that_is_over() -> None:
    play = drafted()
    play.say("stop", because="enough")
    assert play.say("prune", branch="cold", because="late").state == "refused"


def test_evidence_given_by_hand_is_recorded_under_its_metric() -> None:
    play = Play(terms(DRAFT, more=INBOX)).go()
    assert play.say("evidence", metric="meetings", value=" 3 ", branch="cold", note="from the diary").ids == ("E1",)
    evidence = play.state().evidence["E1"]
    assert (evidence.value, evidence.branch, evidence.source, evidence.grade) == ("3", "B2", "human:ada", "external")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"metric": "replies", "value": "1/2"}, "counted from the inbox"),
        ({"metric": "nope", "value": "1"}, "the contract has no metric nope; it has meetings, replies"),
        ({"metric": "meetings", "value": "many"}, '"many" is not a count'),
        ({"metric": "meetings", "value": "3", "branch": "warm"}, "there is no branch warm"),
    ],
)
def test_evidence_that_cannot_be_used_is_refused(body: dict[str, Any], why: str) -> None:
    play = Play(terms(DRAFT, more=INBOX)).go()
    answer = play.say("evidence", **body)
    assert why in answer.error
    assert not play.state().evidence


def test_a_command_nobody_knows_is_refused_by_name() -> None:
    assert drafted().say("dance").error.startswith("this engine does not know the command dance; ")
    nobody = handle(MissionState(MissionId("nope")), Command("k", "pause", MissionId("nope"), {}, "human:ada"), 0)
    assert nobody.answer.error == "there is no mission nope; cockpit ls lists them"
