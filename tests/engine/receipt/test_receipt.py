"""The receipt: its keys, what stands in them, and that it adds up and can be rebuilt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInputError, SaysNoError
from engine.ledger import bodies as b
from engine.receipt.account import ROLLUPS, reconcile
from engine.receipt.build import Integrity, build, integrity
from engine.receipt.shape import KEYS
from engine.state.model import MissionState
from engine.values import MissionId, Tokens, sha256
from tests.engine.receipt.story import BLOB, Story, finished, waiting_for_approval


def only(value: object) -> None:
    assert value is None or isinstance(value, (bool, int, str, list, dict)), value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        only(part)


@pytest.mark.parametrize("story", [Story().created(), waiting_for_approval(), finished(), finished(rehearsed=True)])
def test_a_receipt_has_exactly_its_keys_and_is_json_without_floats(story: Story) -> None:
    receipt = story.receipt()
    assert tuple(receipt) == KEYS
    only(receipt)
    assert json.loads(json.dumps(receipt)) == receipt
    assert reconcile(receipt) == []


def test_the_same_events_give_the_same_receipt_at_every_height() -> None:
    whole = finished()
    for height in range(1, len(whole.events) + 1):
        part = Story()
        part.events = whole.events[:height]
        receipt = part.receipt()
        assert receipt == part.receipt()
        assert reconcile(receipt) == []
        assert receipt["integrity"]["height"] == height


def test_the_receipt_says_where_in_the_ledger_it_stands() -> None:
    story = finished()
    found = story.receipt()["integrity"]
    assert "last_seq" not in found, "numbers of one ledger would not survive a move to another"
    assert (found["height"], found["head_hash"]) == (len(story.events), story.events[-1].hash)
    assert found["policies"]["receipt"] == "mission-receipt/1"


def test_a_state_of_another_height_is_refused() -> None:
    story = finished()
    with pytest.raises(SaysNoError, match="height"):
        build(story.state(), Integrity(3, "x"))
    with pytest.raises(BadInputError):
        integrity([])
    with pytest.raises(SaysNoError, match="contract"):
        build(MissionState(MissionId("home")), Integrity(0, ""))


def test_spend_has_a_line_for_every_charge_and_a_roll_up_for_every_question() -> None:
    spent = finished().receipt()["spend"]
    assert spent["total_micro_usd"] == 54_545
    assert spent["unattributed"] == 0
    assert list(spent["rollups"]) == list(ROLLUPS)
    assert spent["rollups"]["outcome"] == {"lost": 4_200, "useful": 38_000, "failed": 12_345}
    assert [line["micro_usd"] for line in spent["lines"]] == [50_000, -45_800, 30_000, 8_000, 12_345]
    assert spent["lines"][0]["tokens"] == Tokens(input=100, output=20).model_dump()
    wanted = "height at mission branch task attempt role worker model purpose outcome tokens micro_usd basis"
    assert set(spent["lines"][0]) == set(wanted.split())


def test_what_was_sent_says_by_whose_approval() -> None:
    effects = finished().receipt()["work"]["effects"]
    assert [effect["approved_by"] for effect in effects] == ["human:ada"] * 6
    assert [effect["state"] for effect in effects] == ["done"] * 5 + ["failed"]
    waiting = waiting_for_approval().receipt()["work"]["effects"]
    assert {effect["approved_by"] for effect in waiting} == {""}


def test_an_approval_of_what_was_left_of_a_batch_is_found_too() -> None:
    story = waiting_for_approval().add(b.EffectWithdrawn(effect="F1", because="said stop"))
    story.approve("Q1", ["F2"], actor="human:grace").send(["F2"])
    assert [e["approved_by"] for e in story.receipt()["work"]["effects"]] == ["", "human:grace"]


def test_work_counts_what_was_lost_and_what_came_late() -> None:
    story = finished()
    counts = story.receipt()["work"]["counts"]
    assert (counts["lost"], counts["superseded"], counts["doubts"]) == (1, 0, 1)
    assert counts["attempts"] == {"delivered": 2, "failed": 1, "lost": 1}
    story.add(b.AttemptSuperseded(attempt="A1.1", because="late"))
    assert story.receipt()["work"]["counts"]["superseded"] == 1


def test_evidence_keeps_its_grade_and_little_of_a_person() -> None:
    evidence = finished().receipt()["evidence"]
    first = evidence["entries"][0]
    assert (first["grade"], first["about"]) == ("external", "gtm/F1")
    assert first["person"] == sha256(b"1")[:12]
    rate = evidence["metrics"][0]
    assert (rate["branch"], rate["metric"], rate["k"], rate["n"]) == ("gtm/B2", "reply_rate", 2, 4)
    assert evidence["conditions"][0]["facts"] == {"branch.reply_rate": "2/4"}


def test_a_secret_item_is_counted_and_not_told() -> None:
    receipt = finished().receipt()
    assert [item["text"] for item in receipt["work"]["items"]] == ["Which price page?", "(secret)"]


def test_pruned_branches_learnings_and_decisions_are_listed() -> None:
    receipt = finished().receipt()
    assert [(p["key"], p["reason"], p["spent_micro_usd"]) for p in receipt["pruned"]] == [
        ("communities", "off-topic", 12_345)
    ]
    assert [(entry["kind"], entry["id"]) for entry in receipt["learnings"]] == [
        ("learning", "gtm/L1"),
        ("rule", "gtm/R1"),
    ]
    decision = receipt["decisions"][0]
    assert (decision["who"], decision["what"], decision["waited_ms"]) == ("human:ada", "approve", 90_000)
    assert len(decision["digest"]) == 64


def test_demanded_sections_say_whether_they_are_filled() -> None:
    found = {s["section"]: (s["filled"], s["where"]) for s in finished().receipt()["contract"]["sections"]}
    assert found["channels tried"] == (True, "work.branches")
    assert found["messages drafted"] == (True, "work.tasks")
    assert found["the weather in Rome"] == (False, "")
    early = {s["section"]: (s["filled"], s["why"]) for s in Story().created().receipt()["contract"]["sections"]}
    assert early["cost"] == (False, "nothing was charged")
    assert early["pruned branches"] == (False, "no branch was pruned")
    every = (
        "leads enriched, models and tools used, evidence, learnings, recommended next step, open questions, assumptions"
    )
    more = finished()
    more.events = Story().created(receipt=[*every.split(", "), "decisions", "patches", "messages sent"]).events
    assert {s["filled"] for s in more.receipt()["contract"]["sections"][5:]} == {False}
    assert more.receipt()["contract"]["sections"][4]["filled"]  # what to do next is always known


@pytest.mark.parametrize(
    ("after", "recommended"),
    [
        (None, "decide one thing"),
        (b.MissionPaused(because="lunch"), "resume or stop the mission"),
        (b.MissionStopped(because="no signal"), "decide whether the mission is worth another contract"),
        (b.MissionFinished(because="met"), "use what was made"),
    ],
)
def test_what_next_follows_from_plain_rules(after: b.Body | None, recommended: str) -> None:
    story = waiting_for_approval()
    assert (story.add(after) if after else story).receipt()["next"]["recommendation"] == recommended


def test_what_next_of_kept_pruned_and_doubtful_missions() -> None:
    assert finished().receipt()["next"]["recommendation"] == "second batch on cold-email"
    again = finished()
    again.events = again.events[:-1]
    again.task("T9", "second", "B2").attempt("T9", "A9.1").deliver("T9", "A9.1", "B2", 10)
    again.propose(["F8"], "T9", "A9.1", "B2", batch="P2").ask_approval("Q9", ["F8"], "T9", "B2").approve("Q9", ["F8"])
    again.send(["F8"]).add(b.MissionFinished(because="the target is met"))
    assert again.receipt()["next"]["recommendation"] == "another mission for cold-email, which has had 2 batches"
    assert Story().created().receipt()["next"]["recommendation"] == "start the mission"
    pruned = waiting_for_approval().add(b.BranchPruned(branch="B2", because="silence"))
    ended = pruned.add(b.MissionStopped(because="no signal")).receipt()["next"]
    assert (ended["recommendation"], ended["why"]) == ("try another hypothesis than the 1 pruned branch", "no signal")
    kept = waiting_for_approval().add(b.BranchKept(branch="B3", because="good")).add(b.MissionFinished(because="met"))
    assert kept.receipt()["next"]["recommendation"] == "go on with communities"
    doubtful = waiting_for_approval().approve("Q1", ["F1", "F2"])
    doubtful.add(b.EffectDoubted(effect="F1", because="no answer")).add(b.MissionStopped(because="enough"))
    found = doubtful.receipt()["next"]
    assert found["recommendation"] == "settle a doubt before anything else"
    assert found["open_doubts"] == [{"id": "gtm/F1", "verb": "send", "reason": "no answer"}]


# -- it always adds up

charge = st.tuples(
    st.integers(0, 3),
    st.integers(0, 2_000_000),
    st.sampled_from(["work", "review", "grade", "retry", "fallback"]),
    st.sampled_from(["useful", "failed", "lost", "cancelled"]),
    st.sampled_from(["m-1", "m-2", ""]),
    st.none() | st.integers(-2_000_000, 2_000_000),
)


def charged(charges: list[Any]) -> Story:
    story = Story().created().branch("B2", "one").branch("B3", "two")
    for task, branch in enumerate(("B1", "B2", "B3", "B3"), start=1):
        story.task(f"T{task}", f"t{task}", branch)
    count = dict.fromkeys(range(4), 0)
    for task, micro_usd, purpose, outcome, model, late in charges:
        count[task] += 1
        name, attempt = f"T{task + 1}", f"A{task + 1}.{count[task]}"
        story.add(b.AttemptDispatched(attempt=attempt, task=name, role="writer", worker="model", model=model))
        story.add(b.ChargeReserved(attempt=attempt, micro_usd=micro_usd))
        more = {"purpose": purpose, "outcome": outcome, "model": model}
        story.settle(name, attempt, ("B1", "B2", "B3", "B3")[task], micro_usd, **more)
        if late is not None:
            story.add(b.ChargeCorrected(attempt=attempt, micro_usd=late, because="late news"))
    return story


@settings(max_examples=40, deadline=None)
@given(st.lists(charge, max_size=12))
def test_whatever_is_charged_the_receipt_adds_up(charges: list[Any]) -> None:
    story = charged(charges)
    receipt = story.receipt()
    assert reconcile(receipt) == []
    total = sum(c[1] + (c[5] or 0) for c in charges)
    assert receipt["spend"]["total_micro_usd"] == story.state().spent == total
    for figures in receipt["spend"]["rollups"].values():
        assert sum(figures.values()) == total
    assert receipt["spend"]["unattributed"] == 0


def test_every_disagreement_is_named() -> None:
    receipt = finished().receipt()
    receipt["spend"]["lines"][2]["micro_usd"] += 1
    found = reconcile(receipt)
    assert "spend.total_micro_usd: says 54545, the lines say 54546" in found
    assert "spend.rollups.role.writer: says 34200, the lines say 34201" in found
    assert any(line.startswith("work.attempts[1].spent_micro_usd") for line in found)
    receipt = finished().receipt()
    receipt["spend"]["lines"][0]["attempt"] = ""
    assert "spend.lines[0]: names no attempt, task or branch" in reconcile(receipt)
    receipt = finished().receipt()
    receipt["spend"]["unattributed"] = 5
    assert reconcile(receipt) == ["spend.unattributed: says 5, the lines say 0"]


def test_a_total_that_the_lines_do_not_explain_is_unattributed() -> None:
    story = finished()
    state = story.state()
    state.spent += 7
    receipt = build(state, integrity(story.events))
    assert receipt["spend"]["unattributed"] == 7
    assert "spend.unattributed: 7 micro-dollars belong to no attempt" in reconcile(receipt)


def test_spending_beyond_the_budget_is_told() -> None:
    story = (
        Story().created(budget={"money": 1_000, "branches": 3}).task("T1", "draft").attempt("T1", "A1.1", reserve=900)
    )
    story.settle("T1", "A1.1", "B1", 900).add(b.ChargeCorrected(attempt="A1.1", micro_usd=350, because="late"))
    assert story.receipt()["spend"]["over_micro_usd"] == 250
    assert story.receipt()["contract"]["source"] == BLOB
