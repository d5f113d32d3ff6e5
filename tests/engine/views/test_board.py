"""A board that is kept holds the rows that the state alone gives, and says exactly which of them differ."""

from __future__ import annotations

import copy
import json

import pytest

from engine.ledger import bodies as b
from engine.state.fold import evolve
from engine.state.model import MissionState
from engine.values import DAY, HOUR, Ratio
from engine.views.board import Board
from engine.views.rows import changed, rows
from tests.engine.receipt.story import BLOB, GTM, START, Story, finished, waiting_for_approval


def kept(story: Story) -> Board:
    """The board of a story, told event by event; after each it is compared with the whole truth."""
    state, board = MissionState(GTM), None
    for event in story.events:
        evolve(state, event)
        if board is None:
            board = Board(state)
            continue
        before = copy.deepcopy(board.rows)
        written = board.after((b.decode(event),))
        whole = rows(state)
        assert json.dumps(sorted(board.rows.items())) == json.dumps(sorted(whole.items())), event.kind
        expected = {(view.kind, view.id): view.body for view in changed(before, whole, GTM)}
        assert dict(written) == expected, event.kind
    assert board is not None
    return board


def started() -> Story:
    return Story().created().branch("B2", "cold-email").branch("B3", "communities").add(b.MissionStarted())


@pytest.mark.parametrize("story", [waiting_for_approval(), finished(), finished(rehearsed=True), started()])
def test_whole_stories(story: Story) -> None:
    kept(story)


def test_what_a_branch_does_reaches_its_tasks_and_those_that_need_them() -> None:
    story = started().task("T1", "draft", "B2").task("T2", "compare", "B1", needs=("T1",))
    story.add(b.BranchWaiting(branch="B2", until=START + DAY, because="waits"))
    story.add(b.BranchPruned(branch="B2", because="no reply"))
    board = kept(story)
    assert board.rows["task", "gtm/T1"]["waiting_for"] == "nothing: branch cold-email is pruned"
    story.add(b.TaskFailed(task="T1", because="over"))
    assert kept(story).rows["task", "gtm/T2"]["state"] == "ready"


def test_a_prune_after_its_task_ended_frees_who_needs_it() -> None:
    story = started().task("T1", "draft", "B2").task("T2", "compare", "B1", needs=("T1",))
    story.add(b.TaskFailed(task="T1", because="no")).add(b.BranchPruned(branch="B2", because="no reply"))
    assert kept(story).rows["task", "gtm/T2"]["state"] == "ready"


def test_a_name_that_a_context_asks_for_may_come_later() -> None:
    story = started().task("T1", "draft", context=("outline",))
    assert kept(story).rows["task", "gtm/T1"]["missing"] == ["context scope"]
    story.task("T2", "outline")
    assert kept(story).rows["task", "gtm/T1"]["missing"] == []


def test_questions_hold_tasks_and_let_them_go() -> None:
    story = started().task("T1", "draft").task("T2", "edit", needs=("T1",)).task("T3", "other", "B2")
    story.add(b.AttentionRaised(attention="Q1", kind="answer", title="?", task="T1"))
    story.add(b.AttentionRaised(attention="Q2", kind="budget", title="more?"))
    story.add(b.AttentionRaised(attention="Q3", kind="conflict", title="?", branch="B2"), after=3 * HOUR)
    board = kept(story)
    assert [board.rows["attention", f"gtm/Q{n}"]["holds"] for n in (1, 2, 3)] == [2, 3, 1]
    assert board.rows["card", "gtm"]["held"] is True
    story.add(b.TaskFailed(task="T3", because="no")).add(b.AttentionResolved(attention="Q2", how="answered"))
    board = kept(story)
    assert [board.rows["attention", f"gtm/Q{n}"]["holds"] for n in (1, 3)] == [2, 0]
    assert board.rows["task", "gtm/T1"]["waiting_for"] == "you (gtm/Q1, answer)"
    story.add(b.TaskRetried(task="T3", because="again")).add(b.AttentionResolved(attention="Q1", how="answered"))
    board = kept(story)
    assert board.rows["task", "gtm/T1"]["state"] == "ready"
    assert board.rows["card", "gtm"]["held"] is False


def test_within_an_hour_the_queue_is_not_written_again() -> None:
    story = (
        started()
        .task("T1", "draft")
        .add(b.AttentionRaised(attention="Q1", kind="answer", title="?", task="T1", expires=START + 3 * DAY))
    )
    state = story.state()
    board = Board(state)
    for after, writes in ((1, False), (HOUR, True)):
        evolve(state, story.add(b.RuleAdopted(rule="R1", text="short"), after=after).events[-1])
        written = {key[0] for key, _row in board.after((b.RuleAdopted(rule="R1", text="short"),))}
        assert ("attention" in written) is writes


def test_a_waiting_model_a_pause_and_a_review_show_on_their_tasks() -> None:
    story = started().task("T1", "draft").add(b.TaskHeld(task="T1", because="haiku: throttled", until=START + DAY))
    assert kept(story).rows["task", "gtm/T1"]["waiting_for"] == "haiku: throttled"
    story.add(b.TaskHeld(task="T1")).add(b.MissionPaused(because="lunch")).add(b.MissionResumed())
    story.attempt("T1", "A1.1").add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB))
    story.task("T2", "review-draft", kind="review", role="reviewer", verb="review", subject="A1.1")
    story.attempt("T2", "A2.1").add(b.AttemptFailed(attempt="A2.1", because="no"))
    story.add(b.TaskFailed(task="T2", because="no")).add(b.ChargeCorrected(attempt="A1.1", micro_usd=-7, because="x"))
    board = kept(story)
    assert board.rows["task", "gtm/T1"]["attempt"] == "gtm/A1.1"
    assert board.rows["task", "gtm/T1"]["since"] == story.state().attempts["A1.1"].at


def test_what_is_said_of_several_tasks_at_once_shows_on_each_of_them() -> None:
    story = started().task("T1", "draft").task("T2", "more").task("T3", "other")
    story.add(b.TaskHeld(task="T1", also=("T2",), because="haiku: throttled", until=START + DAY))
    board = kept(story)
    assert [board.rows["task", f"gtm/T{n}"]["waiting_for"] for n in (1, 2, 3)] == ["haiku: throttled"] * 2 + [""]
    story.add(
        b.AttentionRaised(
            attention="Q1", kind="tool", title="nobody can work", refs=("T1", "T2"), about="route:writer:0:0"
        )
    )
    board = kept(story)
    assert board.rows["attention", "gtm/Q1"]["holds"] == 2
    assert ["Q1" in board.rows["task", f"gtm/T{n}"]["waiting_for"] for n in (1, 2, 3)] == [True, True, False]
    story.add(b.AttentionResolved(attention="Q1", how="moot")).add(b.TaskMeasured(task="T1", tokens=9_000))
    assert "Q1" not in kept(story).rows["task", "gtm/T1"]["waiting_for"]


def test_facts_of_a_later_release_are_taken_in() -> None:
    story = started()
    state = story.state()
    board = Board(state)
    state.title = "another"
    assert [key for key, _row in board.after((b.Opaque(kind="mission.renamed", raw={}),))] == [("card", "gtm")]
    assert board.rows == rows(state)


def test_readings_answers_and_bounces_reach_the_branch_they_are_about() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"]).send(["F1", "F2"])
    story.add(b.CheckStarted(check="K1", branch="B2", metrics=("reply_rate",))).add(b.CheckEnded(check="K1", found=0))

    def message(name: str, about: str, kind: str, branch: str = "B2") -> None:
        story.add(
            b.EvidenceRecorded.model_validate(
                {"evidence": name, "metric": "reply_rate", "branch": branch, "source": "inbox", "grade": "external"}
                | {"about": about, "person": f"p-{about}", "message": kind}
            )
        )

    message("E1", "F1", "reply")
    message("E2", "F2", "bounce", branch="B3")
    story.add(
        b.EvidenceRecorded(
            evidence="E3", metric="success", branch="B3", source="bench", grade="checked", value=Ratio(k=1, n=4)
        )
    )
    board = kept(story)
    rate = board.rows["branch", "gtm/B2"]["evidence"][0]
    assert (rate["k"], rate["n"]) == (1, 1)
    card = {line["key"]: line for line in board.rows["card", "gtm"]["branches"]}
    assert (card["cold-email"]["figure"], card["cold-email"]["n"]) == ("100.0%", 1)
