"""View rows: the shapes that other programs rely on, and what each word on a screen is derived from."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.effects.canonical import batch_digest
from engine.judge.facts import read
from engine.ledger import bodies as b
from engine.state.model import MissionState
from engine.values import DAY, HOUR, MINUTE, MissionId, Ratio, sha256
from engine.views.metrics import summaries
from engine.views.rows import changed, rows
from tests.engine.receipt.story import BLOB, GTM, START, Story, finished, waiting_for_approval

LS = "id title state rehearsed rev phase spent_micro_usd budget_micro_usd attention next_wake"
CARD = LS + " reserved_micro_usd because started_at ended_at time_ms branches"
BRANCH = "id key parent hypothesis state reason spent_micro_usd budget_micro_usd until evidence"
TASK = (
    "id branch key title role kind verb state waiting_for worker route missing spent_micro_usd attempts reason"  # show
)
ATTENTION = (
    "id kind mission branch task title digest expires_at raised_at holds takes_minutes rank why detail choices items"
)


def row(story: Story, kind: str, id_: str) -> dict[str, Any]:
    return rows(story.state())[kind, id_]


def only(value: object) -> None:
    """Nothing but what JSON holds without floats."""
    assert value is None or isinstance(value, (bool, int, str, list, dict)), value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        only(part)


@pytest.mark.parametrize(
    ("kind", "keys"), [("card", CARD), ("branch", BRANCH), ("task", TASK), ("attention", ATTENTION)]
)
def test_rows_have_the_fields_that_other_programs_rely_on(kind: str, keys: str) -> None:
    found = [body for (of, _id), body in rows(waiting_for_approval().state()).items() if of == kind]
    assert found
    for body in found:
        assert set(keys.split()) <= set(body)


@pytest.mark.parametrize("story", [waiting_for_approval(), finished(), finished(rehearsed=True), Story().created()])
def test_rows_are_json_without_floats_and_named_by_full_ids(story: Story) -> None:
    for (kind, id_), body in rows(story.state()).items():
        only(body)
        assert json.loads(json.dumps(body)) == body
        assert id_ == "gtm" if kind in {"card", "spend"} else id_.startswith("gtm/")
        assert kind == "spend" or body["id"] == id_


def test_a_stream_without_a_mission_has_no_rows() -> None:
    assert rows(MissionState(MissionId("home"))) == {}


# -- the card


def test_the_card_of_a_mission_that_needs_you() -> None:
    story = waiting_for_approval().attempt("T3", "A3.1")
    card = row(story, "card", "gtm")
    assert card["phase"] == "running"
    assert card["attention"] == 1
    story.add(b.AttemptFailed(attempt="A3.1", because="no")).settle("T3", "A3.1", "B3", 100)
    story.add(b.TaskFailed(task="T3", because="no")).add(b.TaskCancelled(task="T2", because="no"))
    card = row(story, "card", "gtm")
    assert card["phase"] == "needs you"
    assert (card["spent_micro_usd"], card["reserved_micro_usd"], card["budget_micro_usd"]) == (30_100, 0, 500_000_000)
    assert card["time_ms"] == 14 * DAY
    assert [branch["key"] for branch in card["branches"]] == ["cold-email", "communities"]


def test_the_phase_follows_what_happens() -> None:
    story = Story().created()
    assert row(story, "card", "gtm")["phase"] == "draft"
    story.task("T1", "draft").add(b.MissionStarted()).attempt("T1", "A1.1")
    assert row(story, "card", "gtm")["phase"] == "running"
    story.add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB)).settle("T1", "A1.1", "B1", 1)
    assert row(story, "card", "gtm")["phase"] == "verifying"
    story.add(b.TaskAccepted(task="T1", attempt="A1.1"))
    assert row(story, "card", "gtm")["phase"] == "waiting"
    story.add(b.MissionPaused(because="lunch"))
    assert row(story, "card", "gtm")["phase"] == "paused"
    story.add(b.MissionResumed()).add(b.MissionStopped(because="enough"))
    card = row(story, "card", "gtm")
    assert (card["phase"], card["because"], card["ended_at"]) == ("stopped", "enough", story.at)


def test_the_next_wake_is_the_earliest_of_timers_effects_and_expiries() -> None:
    story = waiting_for_approval()
    expiry = rows(story.state())["attention", "gtm/Q1"]["expires_at"]
    assert row(story, "card", "gtm")["next_wake"] == expiry
    story.add(b.TimerSet(timer="W1", due=START + HOUR, purpose="check", branch="B2"))
    assert row(story, "card", "gtm")["next_wake"] == START + HOUR
    story.approve("Q1", ["F1", "F2"])
    assert row(story, "card", "gtm")["next_wake"] == story.state().effects["F1"].not_before
    assert row(finished(), "card", "gtm")["next_wake"] is None


# -- branches


def test_a_branch_shows_what_it_measured() -> None:
    found = row(finished(), "branch", "gtm/B2")
    assert found["parent"] == "gtm/B1"
    rate, quality = found["evidence"]
    assert (rate["metric"], rate["k"], rate["n"], rate["count"], rate["known"]) == ("reply_rate", 2, 4, 4, True)
    assert (quality["metric"], quality["value"], quality["count"]) == ("reply_quality", "0.625", 2)
    success = row(finished(), "branch", "gtm/B3")["evidence"][0]
    assert (success["k"], success["n"]) == (0, 40)


def test_a_branch_that_sent_and_heard_nothing_measures_nothing_of_some() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"]).send(["F1", "F2"])
    rate = row(story, "branch", "gtm/B2")["evidence"][0]
    assert (rate["k"], rate["n"], rate["known"]) == (0, 2, False)


def test_a_ratio_of_a_source_is_its_latest_reading() -> None:
    story = waiting_for_approval()
    for name, value in (("E1", Ratio(k=1, n=3)), ("E2", Ratio(k=2, n=5))):
        story.add(
            b.EvidenceRecorded(evidence=name, metric="success", branch="B2", source="x", grade="claimed", value=value)
        )
    success = row(story, "branch", "gtm/B2")["evidence"][0]
    assert (success["k"], success["n"], success["count"]) == (2, 5, 2)


UNITS = {
    "rate": ("ratio", "inbox"), "answers": ("count", "inbox"), "runs": ("ratio", "bench"), "calls": ("count", "human"),
    "mark": ("score", "reviewer"), "p95": ("ms", "bench"), "size": ("number", "bench"), "notes": ("text", "human"),
}  # fmt: skip
entry = st.tuples(
    st.sampled_from(sorted(UNITS)),
    st.sampled_from([*[""] * 8, "reply", "stop", "bounce", "auto", "complaint", "other"]),
    st.sampled_from(["F1", "F2", "F3", ""]),
    st.integers(0, 9),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(entry, min_size=6, max_size=24), st.integers(0, 3))
def test_what_people_see_is_what_conditions_see(entries: list[Any], sent: int) -> None:
    terms = {name: {"unit": unit, "from": source, "min_sample": 2} for name, (unit, source) in UNITS.items()}
    effects = ["F1", "F2", "F3"]
    story = Story().created(evidence=terms).branch("B2", "mail").task("T1", "draft", "B2").attempt("T1", "A1.1")
    story.propose(effects, "T1", "A1.1", "B2").send(effects[:sent])
    for number, (metric, message, about, value) in enumerate(entries):
        shown = Ratio(k=value, n=9) if UNITS[metric] == ("ratio", "bench") else str(value)
        story.add(
            b.EvidenceRecorded(
                evidence=f"E{number}", metric=metric, branch="B2", source="x", grade="claimed", about=about,
                person=f"p{about}", message=message, value=None if message else shown,
            )
        )  # fmt: skip
    state = story.state()
    for summary in summaries(state).get("B2", []):
        reading = read(state, summary.metric, "B2")
        assert summary.known == reading.known(state.terms.evidence[summary.metric])
        if isinstance(reading.value, Ratio):
            assert (summary.k, summary.n) == (reading.value.k, reading.value.n)
        elif summary.value:
            assert reading.value is not None
            assert abs(Decimal(summary.value) - reading.value) <= Decimal("0.0005")
            assert summary.n == reading.n


# -- tasks


def test_a_task_names_what_would_free_it() -> None:
    story = (
        Story().created().task("T1", "draft").task("T2", "follow-up", needs=("T1",)).task("T3", "odd", role="nobody")
    )
    assert row(story, "task", "gtm/T1")["state"] == "draft"
    story.add(b.MissionStarted())
    assert (row(story, "task", "gtm/T1")["state"], row(story, "task", "gtm/T1")["worker"]) == ("ready", "model")
    second, third = row(story, "task", "gtm/T2"), row(story, "task", "gtm/T3")
    assert (second["state"], second["waiting_for"]) == ("waiting", "draft (gtm/T1)")
    assert (third["state"], third["missing"], third["waiting_for"]) == ("draft", ["worker"], "missing: worker")
    story.attempt("T1", "A1.1", model="m-7")
    running = row(story, "task", "gtm/T1")
    assert (running["state"], running["route"], running["attempts"]) == ("running", "m-7", 1)
    assert running["reserved_micro_usd"] == 50_000


def test_a_parked_task_waits_for_its_human() -> None:
    story = Story().created().task("T1", "draft").add(b.MissionStarted()).attempt("T1", "A1.1")
    story.add(b.AttemptParked(attempt="A1.1", question="which?"))
    story.add(b.AttentionRaised(attention="Q1", kind="answer", title="which?", task="T1", attempt="A1.1"))
    found = row(story, "task", "gtm/T1")
    assert (found["state"], found["waiting_for"]) == ("waiting", "you (gtm/Q1, answer)")


def test_a_verifying_task_names_its_reviews() -> None:
    story = Story().created().task("T1", "draft").add(b.MissionStarted()).attempt("T1", "A1.1")
    story.add(b.AttemptDelivered(attempt="A1.1", handoff=BLOB))
    story.task("T2", "review-draft", kind="review", role="reviewer", verb="review", subject="A1.1")
    found = row(story, "task", "gtm/T1")
    assert (found["state"], found["waiting_for"]) == ("verifying", "review-draft (gtm/T2)")


def test_a_worn_out_task_and_a_paused_mission_say_so() -> None:
    story = Story().created().task("T1", "draft", attempts=1).task("T2", "other").add(b.MissionStarted())
    story.attempt("T1", "A1.1").add(b.AttemptFailed(attempt="A1.1", because="no"))
    assert row(story, "task", "gtm/T1")["waiting_for"] == "a decision: 1 of 1 attempts are used"
    story.add(b.MissionPaused(because="lunch"))
    assert row(story, "task", "gtm/T2")["waiting_for"] == "the mission's resumption"
    story.add(b.MissionResumed())
    story.add(b.AttentionRaised(attention="Q1", kind="budget", title="more money?", about="mission.exhausted"))
    assert row(story, "task", "gtm/T2")["waiting_for"] == "you (gtm/Q1, budget)"


# -- attention


def test_an_approval_lists_what_still_awaits_under_one_digest() -> None:
    story = waiting_for_approval()
    found = row(story, "attention", "gtm/Q1")
    both = [sha256(b"F1"), sha256(b"F2")]
    assert [item["digest"] for item in found["items"]] == both
    assert found["digest"] == batch_digest(both)
    assert found["items"][0]["preview"] == "send via maildir, 1 of 2"
    assert "person" not in json.dumps(found)
    story.add(b.EffectWithdrawn(effect="F1", because="said stop"))
    found = row(story, "attention", "gtm/Q1")
    assert [item["id"] for item in found["items"]] == ["gtm/F2"]
    assert found["digest"] == batch_digest(both[1:])


def test_the_rank_is_a_sum_and_its_words_say_so() -> None:
    found = row(waiting_for_approval(), "attention", "gtm/Q1")
    assert found["holds"] == 1
    assert found["rank"] == 10 + 25
    assert found["why"] == "holds 1 task (10) · expires in 23h (25)"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "expires soon (48)"), (90, "expires soon (48)"), (125, "expires in 1h (47)"), (3_000, "expires in 2d 1h")],
)
def test_a_rank_never_promises_more_time_than_there_is(minutes: int, words: str) -> None:
    story = Story().created()
    story.at = START + 20 * MINUTE
    story.at -= story.at % HOUR
    ends = story.at + MINUTE + minutes * MINUTE
    story.add(b.AttentionRaised(attention="Q1", kind="conflict", title="?", branch="B1", expires=ends))
    assert row(story, "attention", "gtm/Q1")["why"] == words
    story.add(b.RuleAdopted(rule="R1", text="short"), after=ends - story.at)
    assert row(story, "attention", "gtm/Q1")["why"].startswith(("is expiring", "expires soon"))


def test_a_doubt_ranks_first_and_age_counts() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"])
    story.add(b.EffectAttempting(effect="F1", key="k", n=1, digest=sha256(b"F1")))
    story.add(b.EffectDoubted(effect="F1", because="no answer"))
    story.add(b.AttentionRaised(attention="Q2", kind="doubt", title="sent?", branch="B2", refs=("F1",)))
    story.add(b.AttentionRaised(attention="Q3", kind="budget", title="more?"), after=3 * HOUR)
    doubt, budget = row(story, "attention", "gtm/Q2"), row(story, "attention", "gtm/Q3")
    assert doubt["rank"] == 10 + 2 + 100  # whole hours at the beginning of this one
    assert [item["id"] for item in doubt["items"]] == ["gtm/F1"]
    assert (budget["holds"], budget["rank"]) == (2, 20)


def test_what_is_held_counts_followers_at_any_distance() -> None:
    story = Story().created().task("T1", "a")
    for number in range(2, 6):
        story.task(f"T{number}", f"t{number}", needs=(f"T{number - 1}",))
    story.add(b.MissionStarted()).add(b.AttentionRaised(attention="Q1", kind="answer", title="?", task="T1"))
    assert row(story, "attention", "gtm/Q1")["holds"] == 5


# -- spend


def test_spend_adds_up_in_every_grouping() -> None:
    found = row(finished(), "spend", "gtm")
    assert found["total_micro_usd"] == 50_000 - 45_800 + 30_000 + 8_000 + 12_345
    assert set(found["by"]) == {"branch", "model", "role", "purpose", "outcome"}
    for figures in found["by"].values():
        assert sum(figures.values()) == found["total_micro_usd"]
    assert found["by"]["branch"] == {"cold-email": 42_200, "communities": 12_345}


# -- what is written


def test_only_what_changed_is_written_and_what_is_gone_is_deleted() -> None:
    story = waiting_for_approval()
    before = rows(story.state())
    assert changed(before, rows(story.state()), GTM) == []
    after = rows(story.approve("Q1", ["F1", "F2"]).state())
    written = changed(before, after, GTM)
    deleted = [view.id for view in written if view.body is None]
    assert deleted == ["gtm/Q1"]
    assert ("card", "gtm") in {(view.kind, view.id) for view in written}
    assert ("branch", "gtm/B3") not in {(view.kind, view.id) for view in written}
    cache = dict(before)
    for view in written:
        if view.body is None:
            del cache[view.kind, view.id]
        else:
            cache[view.kind, view.id] = dict(view.body)
    assert cache == after


def test_every_row_is_new_at_first() -> None:
    after = rows(waiting_for_approval().state())
    assert len(changed({}, after, GTM)) == len(after)
