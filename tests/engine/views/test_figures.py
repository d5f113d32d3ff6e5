"""What a card says of its branches: which metric leads, its figures, their order and their small graphs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.model import Contract, stored
from engine.ledger import bodies as b
from engine.values import DAY, HOUR, Ratio
from engine.views.branches import Leading, figure
from engine.views.metrics import Summary
from engine.views.models import AttentionRow, BranchRow, Card, Json, TaskRow
from engine.views.rows import rows
from engine.views.series import POINTS, TOP, answers, readings, scaled
from tests.engine.receipt.story import BLOB, CONTRACT, START, Story, finished, waiting_for_approval


def contract(**more: Any) -> Contract:
    return stored({**CONTRACT, **more})


def rule(when: str, then: str) -> dict[str, str]:
    return {"when": when, "then": then, "because": "so"}


@pytest.mark.parametrize(
    ("judge", "metric", "less"),
    [
        ([rule("branch.success >= 0.5", "keep")], "success", False),
        ([rule("branch.success > 0.5", "prune")], "success", True),
        ([rule("branch.success < 0.5", "keep")], "success", True),
        ([rule("branch.success_n >= 4 && branch.success < 0.1", "prune")], "success", False),
        ([rule("branch.sent > 3", "extend"), rule("branch.reply_quality > 0.5", "keep")], "reply_quality", False),
        ([], "reply_rate", False),
    ],
)
def test_the_metric_that_rules_name_first_leads(judge: list[dict[str, str]], metric: str, less: bool) -> None:
    found = Leading(contract(judge=judge))
    assert (found.metric, found.less) == (metric, less)


def test_the_target_names_it_where_no_rule_does_and_durations_are_better_short() -> None:
    target = {"statement": "fast", "met_when": "mission.p95 < 5000"}
    evidence = {"runs": {"unit": "count", "from": "bench"}, "p95": {"unit": "ms", "from": "bench"}}
    found = Leading(contract(judge=[], target=target, evidence=evidence))
    assert (found.metric, found.less) == ("p95", True)
    only = {"p95": {"unit": "ms", "from": "bench"}}
    assert Leading(contract(judge=[], target={"statement": "fast"}, evidence=only)).less
    assert Leading(contract(judge=[], target={"statement": "fast"}, evidence={})).metric == ""


@pytest.mark.parametrize(
    ("unit", "value", "k", "n", "text"),
    [
        ("ratio", "", 4, 44, "9.1%"),
        ("ratio", "", 0, 40, "0.0%"),
        ("ratio", "", 3, 3, "100.0%"),
        ("ratio", "", 0, 0, ""),
        ("ms", "4912", 0, 1, "4.9 s"),
        ("ms", "812", 0, 1, "812 ms"),
        ("ms", "90000", 0, 1, "1.5 min"),
        ("ms", "0.4", 0, 1, "0.4 ms"),
        ("score", "0.625", 0, 2, "0.625"),
        ("number", "0.3333333333333333", 0, 1, "0.333"),
        ("count", "12", 0, 3, "12"),
        ("count", "", 0, 0, ""),
        ("text", "", 0, 3, ""),
    ],
)
def test_figures(unit: str, value: str, k: int, n: int, text: str) -> None:
    assert figure(Summary("B2", "m", unit, n, n, k=k, value=value)) == text


def test_branches_stand_best_first() -> None:
    story = Story().created(judge=[rule("branch.success >= 0.5", "keep")])
    for number, key in enumerate(("a", "b", "c", "d"), 2):
        story.branch(f"B{number}", key)
    for name, branch, k in (("E1", "B2", 1), ("E2", "B4", 3), ("E3", "B4", 4), ("E4", "B5", 2)):
        story.add(
            b.EvidenceRecorded(
                evidence=name, metric="success", branch=branch, source="x", grade="checked", value=Ratio(k=k, n=8)
            )
        )
    story.add(b.BranchPruned(branch="B5", because="no"))
    card = Card.of({**rows(story.state())["card", "gtm"], "mission": "gtm"})
    assert card.metric == "success"
    assert [(line.key, line.figure, line.n, line.series) for line in card.branches] == [
        ("c", "50.0%", 8, (5, 7)), ("a", "12.5%", 8, (2,)), ("b", "", None, ()), ("d", "25.0%", 8, (4,)),
    ]  # fmt: skip


def test_a_series_has_a_point_after_each_look_at_the_inbox() -> None:
    story = waiting_for_approval().approve("Q1", ["F1", "F2"]).send(["F1", "F2"])
    for number, found in ((1, 0), (2, 1), (3, 0)):
        story.add(b.CheckStarted(check=f"K{number}", branch="B2", metrics=("reply_rate",)))
        if found:
            reply = b.EvidenceRecorded(
                evidence="E1", metric="reply_rate", branch="B2", source="inbox", grade="external", about="F1",
                person="p", message="reply",
            )  # fmt: skip
            story.add(reply, after=HOUR)
        story.add(b.CheckEnded(check=f"K{number}", found=found), after=0)
    row = BranchRow.of({**rows(story.state())["branch", "gtm/B2"], "mission": "gtm"})
    assert (row.evidence[0].k, row.evidence[0].n, row.evidence[0].series) == (1, 2, (0, 7, 7))


def test_no_point_before_anything_was_delivered() -> None:
    assert answers("ratio", [], {}, [START]) == ()
    assert answers("count", [], {}, [START]) == (Fraction(0),)


@given(st.lists(st.fractions(min_value=-3, max_value=900), max_size=POINTS))
def test_heights_are_from_0_to_7_and_keep_the_order(values: list[Fraction]) -> None:
    heights = scaled(tuple(values), max(values, default=Fraction(0)))
    assert all(0 <= height <= TOP for height in heights)
    assert [heights[a] <= heights[z] for a, z in zip(range(len(values)), range(1, len(values)), strict=False)] == [
        heights[n] <= heights[n + 1] for n in range(len(values) - 1)
    ]
    pairs = sorted(zip(values, heights, strict=True))
    assert [height for _value, height in pairs] == sorted(heights)


def test_a_series_keeps_its_last_points() -> None:
    story = Story().created().branch("B2", "mail")
    for number in range(POINTS + 5):
        story.add(
            b.EvidenceRecorded(
                evidence=f"E{number}",
                metric="reply_quality",
                branch="B2",
                source="x",
                grade="checked",
                value=str(number),
            )
        )
    entries = list(story.state().evidence.values())
    assert readings("number", entries) == tuple(Fraction(n) for n in range(5, POINTS + 5))
    assert readings("count", entries)[-1] == sum(range(POINTS + 5))
    assert readings("text", entries) == ()


# -- what else a card says


def test_what_happens_next_by_itself_in_words() -> None:
    cadence = [{"check": ["reply_rate"], "every": DAY, "after": "send", "for": 7 * DAY}]
    story = Story().created(cadence=cadence).branch("B2", "cold-email").task("T1", "draft", "B2")
    story.add(b.MissionStarted()).attempt("T1", "A1.1").deliver("T1", "A1.1", "B2", 1)
    story.propose(["F1", "F2"], "T1", "A1.1", "B2").ask_approval("Q1", ["F1", "F2"], "T1", "B2")
    undo = START + HOUR
    for effect in ("F1", "F2"):
        story.add(
            b.EffectApproved(
                effect=effect, attention="Q1", digest=BLOB, clauses=BLOB, batch_digest=BLOB, not_before=undo,
                expires=START + DAY,
            )
        )  # fmt: skip
    for timer, purpose, due in (("W1", "window", 7 * DAY), ("W2", "check", DAY)):
        story.add(
            b.TimerSet.model_validate({"timer": timer, "purpose": purpose, "due": START + due, "branch": "B2"}), after=1
        )
    card = Card.of({**rows(story.state())["card", "gtm"], "mission": "gtm"})
    started = story.state().started_at
    assert [(soon.at, soon.text) for soon in card.upcoming] == [
        (undo, "undo of send 2 ends, cold-email"),
        (START + DAY, "check reply_rate, cold-email"),
        (START + 7 * DAY, "window of cold-email closes"),
        (started + 14 * DAY, "deadline of the mission"),
    ]
    story.add(b.RuleAdopted(rule="R1", text="short"), after=HOUR)
    assert rows(story.state())["card", "gtm"]["upcoming"][0]["text"] == "check reply_rate, cold-email"
    story.add(b.MissionStopped(because="enough"))
    assert rows(story.state())["card", "gtm"]["upcoming"] == []


def test_rules_are_shown_as_they_were_last_evaluated() -> None:
    story = Story().created(judge=[rule("branch.success >= 0.5", "keep"), rule("branch.sent > 9", "prune")])
    story.branch("B2", "mail")
    for outcome in ("unknown", "false"):
        story.add(
            b.ConditionEvaluated.model_validate(
                {"clause": "judge[0]", "branch": "B2", "expression": "branch.success >= 0.5", "facts": {}}
                | {"outcome": outcome, "detail": "why"}
            )
        )
    (line,) = BranchRow.of({**rows(story.state())["branch", "gtm/B2"], "mission": "gtm"}).rules
    assert (line.clause, line.then, line.outcome, line.detail, line.at) == (
        "judge[0]",
        "keep",
        "false",
        "why",
        story.at,
    )


def test_human_time_and_the_mission_clock_are_on_the_card() -> None:
    story = Story().created(rehearsed=True, budget={**CONTRACT["budget"], "attention": 2 * HOUR})
    story.add(b.DecisionMade(what="pause", subject="gtm", focus_ms=40_000))
    story.add(b.DecisionMade(what="resume", subject="gtm", focus_ms=2_000))
    story.add(b.ClockAdvanced(to=story.at + DAY, by=DAY))
    card = Card.of({**rows(story.state())["card", "gtm"], "mission": "gtm"})
    assert (card.attention_ms, card.attention_budget_ms, card.skew, card.now) == (42_000, 2 * HOUR, DAY, story.at)


@pytest.mark.parametrize("story", [waiting_for_approval(), finished(), Story().created()])
def test_every_row_reads_as_what_screens_hold(story: Story) -> None:
    made: dict[str, Callable[[Json], Any]] = {
        "card": Card.of,
        "branch": BranchRow.of,
        "task": TaskRow.of,
        "attention": AttentionRow.of,
    }
    for (kind, id_), row in rows(story.state()).items():
        if kind in made:
            assert made[kind]({**row, "mission": "gtm", "id": id_}).id == id_
    verbs = {row["verb"] for (kind, _id), row in rows(waiting_for_approval().state()).items() if kind == "attention"}
    assert verbs == {"send"}
