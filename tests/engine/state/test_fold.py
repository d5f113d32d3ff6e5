"""What is true after these events."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledger import bodies as b
from engine.ledger.protocol import DamagedError
from engine.state.fold import evolve, fold
from engine.state.fold_work import LOSSES
from engine.state.home import HomeState, evolve_home
from engine.state.model import Mint, MissionState
from engine.values import HOME, MissionId, Tokens, sha256
from tests.builders import approved, drafted
from tests.engine.receipt.story import BLOB, GTM, Story, finished, waiting_for_approval

STORIES = {"waiting": waiting_for_approval().events, "finished": finished().events, "played": approved().events}


@pytest.mark.parametrize("name", STORIES)
def test_the_same_events_give_the_same_state(name: str) -> None:
    assert asdict(fold(GTM, STORIES[name])) == asdict(fold(GTM, STORIES[name]))


@given(st.sampled_from(sorted(STORIES)), st.integers(0, 200))
def test_folding_may_pause_anywhere(name: str, cut: int) -> None:
    events = STORIES[name]
    state = fold(GTM, events[:cut])
    for event in events[cut:]:
        state = evolve(state, event)
    assert asdict(state) == asdict(fold(GTM, events))


@pytest.mark.parametrize("name", STORIES)
def test_what_was_spent_is_the_sum_of_its_charges_on_every_level(name: str) -> None:
    state = fold(GTM, STORIES[name])
    total = sum(charge.micro_usd for charge in state.charges)
    for level in (state.branches, state.tasks, state.attempts):
        assert sum(part.spent for part in level.values()) == total == state.spent
    for level in (state.branches, state.tasks, state.attempts):
        assert sum(part.reserved for part in level.values()) == state.reserved


def _minted(story: Story, id_: str) -> None:
    """The event that brings an id into the ledger."""
    match id_[0]:
        case "T":
            story.task(id_, id_)
        case "E":
            story.add(b.EvidenceRecorded(evidence=id_, metric="m", branch="B1", source="x", grade="checked"))
        case "Q":
            story.add(b.AttentionRaised(attention=id_, kind="answer", title="?"))
            story.add(b.AttentionResolved(attention=id_, how="done"))
        case "F":
            story.propose([id_], "T1", "A1.1", "B1")
        case _:
            story.add(b.AttemptDispatched(attempt=id_, task="T1", role="writer", worker="model"))


@given(st.lists(st.tuples(st.sampled_from("TFEQA"), st.integers(1, 4)), max_size=12))
def test_counters_never_mint_an_id_twice(rounds: list[tuple[str, int]]) -> None:
    story = Story().created().task("T1", "first").attempt("T1", "A1.1", reserve=0)
    seen = {"T1", "A1.1"}
    for letter, count in rounds:
        state = story.state()
        mint = Mint(state)
        for _ in range(count):
            id_ = mint.attempt(state.tasks["T1"]) if letter == "A" else mint(letter)
            assert id_ not in seen
            seen.add(id_)
            _minted(story, id_)


def test_ids_of_each_kind_are_counted_apart() -> None:
    mint = Mint(fold(GTM, STORIES["finished"]))
    assert [mint("T"), mint("T"), mint("F"), mint("Q"), mint("X")] == ["T4", "T5", "F7", "Q2", "X1"]


def test_an_event_of_a_later_release_is_kept_and_counted() -> None:
    events = [*STORIES["waiting"]]
    unknown = replace(events[-1], kind="moon.landed", height=len(events) + 1)
    newer = replace(events[-1], version=99, height=len(events) + 2)
    state = fold(GTM, [*events, unknown, newer])
    assert (state.opaque, state.height) == (2, len(events) + 2)
    assert state.attention.keys() == fold(GTM, events).attention.keys()


def test_a_body_without_its_shape_is_damage_with_its_place() -> None:
    events = STORIES["waiting"]
    broken = replace(events[0], body={**events[0].body, "title": 7})
    with pytest.raises(DamagedError, match=r"event 11 \(gtm 1\).*title"):
        fold(GTM, [broken])


def test_a_failed_attempt_opens_its_task_again_and_says_why() -> None:
    story = Story().created().task("T1", "draft").attempt("T1", "A1.1")
    assert story.state().tasks["T1"].state == "running"
    story.add(b.AttemptFailed(attempt="A1.1", because="tired"))
    task = story.state().tasks["T1"]
    assert (task.state, task.because, task.allowed) == ("open", "tired", 2)


def test_what_must_not_be_retried_leaves_no_attempt_over() -> None:
    story = Story().created().task("T1", "draft").attempt("T1", "A1.1")
    task = story.add(b.AttemptFailed(attempt="A1.1", because="no", retryable=False)).state().tasks["T1"]
    assert len(task.attempts) >= task.allowed


def test_losing_its_engine_takes_no_attempt_from_a_task_until_it_happens_too_often() -> None:
    story = Story().created().task("T1", "draft")
    for number in range(1, LOSSES + 3):
        story.attempt("T1", f"A1.{number}", reserve=0).add(b.AttemptLost(attempt=f"A1.{number}", because="engine"))
    task = story.state().tasks["T1"]
    assert task.allowed == 2 + LOSSES
    assert len(task.attempts) - task.allowed == 0


def test_only_attempts_that_ended_by_a_fault_of_their_own_are_used_up() -> None:
    story = Story().created().task("T1", "draft")
    for number, fault in enumerate(("throttled", "reconfigured", "key_late", "unusable", ""), 1):
        story.attempt("T1", f"A1.{number}", reserve=0)
        story.add(b.AttemptFailed(attempt=f"A1.{number}", because="x", fault=fault))
    state = story.state()
    assert [a.spared for a in state.attempts.values()] == [True, True, True, False, False]
    assert state.used_attempts == 2
    assert state.tasks["T1"].allowed == 2 + 3


def test_a_task_waits_since_the_outage_began_until_somebody_answers_or_the_hold_is_lifted() -> None:
    story = Story().created().task("T1", "draft").task("T2", "more")
    first = story.add(b.TaskHeld(task="T1", also=("T2",), because="haiku: throttled", until=9), after=1_000).at
    story.attempt("T1", "A1.1").add(b.AttemptFailed(attempt="A1.1", because="x", fault="throttled"), after=1_000)
    story.add(b.TaskHeld(task="T1", also=("T2",), because="haiku: throttled", until=99), after=1_000)
    assert [t.waits_since for t in story.state().tasks.values()] == [first, first]
    story.attempt("T1", "A1.2").add(b.AttemptDelivered(attempt="A1.2", handoff=BLOB)).add(b.TaskHeld(task="T2"))
    assert [t.waits_since for t in story.state().tasks.values()] == [0, 0]


def test_a_verdict_that_says_no_opens_the_task_with_its_first_reason() -> None:
    story = Story().created().task("T1", "draft").attempt("T1", "A1.1")
    story.add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB))
    assert story.state().tasks["T1"].state == "verifying"
    lines = (b.VerdictLine(criterion="short", ok=True), b.VerdictLine(criterion="kind", ok=False, detail="rude"))
    story.add(b.VerdictGiven(task="T1", attempt="A1.1", stage="checks", by="engine", ok=False, lines=lines))
    assert (story.state().tasks["T1"].state, story.state().tasks["T1"].because) == ("open", "kind: rude")


def test_a_retry_gives_new_attempts_and_a_fallback_a_new_role() -> None:
    story = Story().created().task("T1", "draft").attempt("T1", "A1.1")
    story.add(b.TaskFailed(task="T1", because="no")).add(
        b.TaskRetried(task="T1", role="human", because="x", attempts=3)
    )
    task = story.state().tasks["T1"]
    assert (task.state, task.role, task.allowed, task.fallen_back) == ("open", "human", 5, True)


def test_settling_frees_the_reservation_and_a_correction_may_be_negative() -> None:
    story = Story().created().task("T1", "draft").attempt("T1", "A1.1", reserve=50)
    assert (story.state().reserved, story.state().spent) == (50, 0)
    story.settle("T1", "A1.1", "B1", 50)
    assert (story.state().reserved, story.state().spent) == (0, 50)
    story.add(b.ChargeCorrected(attempt="A1.1", micro_usd=-20, because="bill", tokens=Tokens(input=1)))
    state = story.state()
    assert (state.spent, state.tasks["T1"].spent, state.branches["B1"].spent) == (30, 30, 30)


def test_an_approval_is_used_up_by_its_delivery() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"])
    assert story.state().effects["F1"].approval == sha256(b"F1")
    effect = story.send(["F1"]).state().effects["F1"]
    assert (effect.state, effect.approval, effect.reference) == ("done", "", "<F1@local>")


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b.EffectFailed(effect="F1", because="x"), "failed"),
        (b.EffectExpired(effect="F1"), "expired"),
        (b.EffectWithdrawn(effect="F1", because="x"), "withdrawn"),
        (b.EffectRejected(effect="F1", attention="Q1", because="x", digest=BLOB), "rejected"),
        (b.EffectRenewed(effect="F1", expires=1), "awaiting"),
        (b.EffectSettled(effect="F1", outcome="not_sent", by="a human"), "failed"),
        (b.EffectSettled(effect="F1", outcome="sent", by="a human"), "done"),
    ],
)
def test_an_approval_dies_with_every_end_of_its_effect(body: b.Body, state: str) -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"])
    effect = story.add(body).state().effects["F1"]
    assert (effect.state, effect.approval) == (state, "")


def test_what_a_look_up_proves_unsent_keeps_the_one_delivery_that_was_approved() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"])
    story.add(b.EffectAttempting(effect="F1", key="k", n=1, digest=sha256(b"F1")))
    effect = story.add(b.EffectSettled(effect="F1", outcome="not_sent", by="lookup")).state().effects["F1"]
    assert (effect.state, effect.approval) == ("approved", sha256(b"F1"))


def test_what_supersedes_an_item_is_named_by_it() -> None:
    story = Story().created()
    story.add(b.ItemRecorded(item="D1", kind="decision", text="red", branch="B1"))
    story.add(b.ItemRecorded(item="D2", kind="decision", text="blue", branch="B1", supersedes=("D1", "D9")))
    story.add(b.ItemRetracted(item="D2", because="ugly"))
    items = story.state().items
    assert [(item.status, item.because) for item in items.values()] == [("superseded", "D2"), ("retracted", "ugly")]


def test_a_settled_question_is_remembered_and_a_moot_one_is_not() -> None:
    story = Story().created()
    for number, how in ((1, "answered: yes"), (2, "moot: nobody needs it")):
        story.add(b.AttentionRaised(attention=f"Q{number}", kind="answer", title="?", about=f"about:{number}"))
        story.add(b.AttentionResolved(attention=f"Q{number}", how=how))
    assert story.state().settled == {"about:1"}


def test_the_end_of_a_branch_drops_its_timers_and_the_end_of_a_mission_all() -> None:
    story = Story().created().branch("B2", "cold").branch("B3", "warm").branch("B4", "hot")
    for number in (2, 3, 4):
        story.add(b.TimerSet(timer=f"W{number}", due=1, purpose="check", branch=f"B{number}"))
    story.add(b.BranchKept(branch="B2", because="x")).add(b.BranchPruned(branch="B3", because="x", released=7))
    assert set(story.state().timers) == {"W4"}
    assert story.state().branches["B3"].released == 7
    assert not story.add(b.MissionFinished(because="done")).state().timers


def test_a_branch_is_found_by_its_id_and_by_its_key() -> None:
    state = fold(GTM, STORIES["waiting"])
    assert state.branch("cold-email") is state.branch("B2") is state.branches["B2"]
    assert state.branch("nope") is None


def test_a_mission_without_a_contract_does_not_exist() -> None:
    with pytest.raises(RuntimeError, match="has no contract"):
        _ = MissionState(MissionId("x")).terms


def test_a_jump_moves_a_rehearsed_clock_ahead_of_the_wall() -> None:
    story = Story().created(rehearsed=True).add(b.ClockAdvanced(to=1, by=500)).add(b.ClockAdvanced(to=1, by=7))
    assert (story.state().skew, story.state().jumps) == (507, 2)


def test_only_a_human_restores_who_was_suppressed() -> None:
    story = Story(HOME)
    story.add(b.ContactSuppressed(person="bob", because="asked to stop", address=BLOB))
    story.add(b.ContactSuppressed(person="eve", because="bounced"))
    state = HomeState()
    for event in story.events:
        evolve_home(state, event)
    assert (set(state.suppressed), state.height) == ({"bob", "eve"}, 2)
    assert state.suppressed["bob"].address == BLOB
    story.add(b.ContactRestored(person="bob", because="asked to")).add(b.ContactRestored(person="carl", because="x"))
    for event in story.events[2:]:
        evolve_home(state, event)
    assert set(state.suppressed) == {"eve"}


def test_no_event_of_a_mission_changes_the_home_stream() -> None:
    state = HomeState()
    for event in drafted().events:
        evolve_home(state, event)
    assert not state.suppressed
