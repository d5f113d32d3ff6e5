"""What bounds an outage: events, questions, attempts and hours; and what binds whoever is asked instead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from engine.ledger import bodies as b
from engine.loop.decide.work import PATIENCE
from engine.routing.breaker import LONGEST
from engine.state.fold_work import OUTAGES
from engine.values import HOUR
from engine.views.preview import preview
from tests.engine.loop.outage_play import ADA, BOB, HEARTH, LONG, Models, model


def test_what_fails_in_a_hurry_while_the_model_works_for_others_is_the_tasks_own_failure() -> None:
    play = Models(ADA, attempts=1)
    for _ in range(OUTAGES):
        play.fails("no_answer").hear(b.ModelRecovered(name="ada", provider=ADA.provider)).go()
        assert play.jobs
    play.fails("no_answer")
    assert play.only().state == "failed"
    assert play.asked("answer").choices == ("retry", "skip", "stop")


def outage(play: Models, fault: str, hours: int, **more: Any) -> list[int]:
    """Hours in which nobody answers: how many events each of them brought."""
    counts, begun = [], len(play.events)
    end = play.at
    for _ in range(hours):
        end += HOUR
        while play.at < end:
            asked = next((job for job in play.jobs.values() if job.body["worker"] == "model"), None)
            if asked is not None:
                play.wait(1_000)
                play.ends(asked.id.partition("/")[2], fault, **more)
            else:
                due = [t.held_until for t in play.state().tasks.values() if t.held_until > play.at]
                play.wait(min([*due, end]) - play.at).go()
        counts.append(len(play.events) - begun)
        begun = len(play.events)
    return counts


@pytest.mark.parametrize(
    ("fault", "more"), [("throttled", {}), ("throttled", {"retry_after_ms": 1_000}), ("unreachable", {})]
)
def test_a_day_without_models_costs_a_few_events_an_hour_one_question_and_no_task(
    fault: str, more: dict[str, Any]
) -> None:
    play = Models(ADA, tasks=50)
    attempts = play.state().terms.budget.attempts
    counts = outage(play, fault, 24, **more)
    assert max(counts[1:]) < 50
    (item,) = play.state().attention.values()
    assert item.title == "nobody can work as clerk"
    assert sum(e.kind == "attention.raised" for e in play.events) == 1, "one question, asked once"
    assert {t.state for t in play.state().tasks.values()} <= {"open", "running"}
    assert play.state().used_attempts <= 1 < len(play.state().attempts) < attempts
    while not play.jobs:
        play.wait(LONGEST).go()
    while play.jobs:
        play.ends(next(iter(play.jobs)).partition("/")[2])
    assert {t.state for t in play.state().tasks.values()} == {"accepted"}


def test_attempts_of_an_outage_do_not_use_up_the_attempts_of_the_contract() -> None:
    play = Models(ADA, tasks=2, money="100 USD, attempts: 8")
    outage(play, "unreachable", 6)
    assert len(play.state().attempts) > 8
    while not play.jobs:
        play.wait(LONGEST).go()
    while play.jobs:
        play.ends(next(iter(play.jobs)).partition("/")[2])
    assert {t.state for t in play.state().tasks.values()} == {"accepted"}


def test_after_hours_the_fallback_that_the_contract_names_takes_over_every_task_that_waits() -> None:
    play = Models(ADA, tasks=3, fallback="human")
    outage(play, "unreachable", PATIENCE // HOUR - 1)
    assert not any(t.fallen_back for t in play.state().tasks.values())
    outage(play, "unreachable", 2)
    assert {t.role for t in play.state().tasks.values()} == {"human"}
    said = [event.body["because"] for event in play.events if event.kind == "task.retried"]
    assert said == ["fallback to human: ada: not reachable, for 4h and longer"] * 3
    assert {a.worker for a in play.state().attempts.values() if a.state != "failed"} == {"human"}


def test_one_answer_is_for_all_that_wait_alike_and_what_comes_later_is_asked_about_again() -> None:
    play = Models(ADA, tasks=3)
    outage(play, "throttled", 1)
    while play.jobs:
        play.fails("throttled")
    first = play.asked("tool")
    assert sorted(first.refs) == ["T1", "T2", "T3"]
    play.say("answer", attention=first.id, text="skip")
    assert {t.state for t in play.state().tasks.values()} == {"cancelled"}
    assert [item.about for item in play.state().attention.values()] == ["done"]
    play = Models(ADA, tasks=3)
    outage(play, "throttled", 1)
    while play.jobs:
        play.fails("throttled")
    first = play.asked("tool")
    play.say("answer", attention=first.id, text="human")
    assert {t.role for t in play.state().tasks.values()} == {"human"}
    play.record(b.TaskRetried(task="T2", role="clerk", because="a new task of the role")).go()
    again = play.asked("tool")
    assert again.refs == ("T2",)
    assert again.about != first.about


def test_a_fallback_is_as_private_as_the_role_that_it_takes_over_from() -> None:
    roles = "  clerk: {worker: model, privacy: local}\n  senior: {worker: model}"
    play = Models(HEARTH, roles=roles, fallback="human")
    play.base = replace(play.base, catalogue=(ADA, HEARTH))
    play.record(b.TaskRetried(task="T1", role="senior", because="its fallback"))
    play.fails("unusable")
    assert play.only().role == "senior"
    assert play.on() == "hearth"
    assert play.state().attempts["A1.2"].route["considered"][0]["why"].startswith("privacy: ")


def test_a_model_configured_anew_between_route_and_call_costs_no_attempt_and_is_chosen_again() -> None:
    play = Models(replace(ADA, setup="one"), attempts=1)
    assert play.jobs["gtm/A1.1"].body["setup"] == "one"
    play.base = replace(play.base, catalogue=(replace(ADA, setup="two"),))
    play.fails("reconfigured")
    assert play.jobs["gtm/A1.2"].body["setup"] == "two"
    assert play.house.models == {}
    assert play.state().used_attempts == 1


def test_a_package_is_as_large_as_the_window_of_its_model_leaves_room_for() -> None:
    small = model("small", window=8_192, frame=3_000, max_output=2_048)
    play = Models(small)
    compiled = next(e.body for e in play.events if e.kind == "package.compiled")
    assert compiled["budget"] == 8_192 - 3_000 - 2_048
    assert compiled["tokens"] <= compiled["budget"]


def test_what_does_not_fit_the_cheapest_window_is_given_to_a_larger_one_or_asked_about() -> None:
    narrow = model("narrow", window=2_000, frame=500, max_output=900)
    alone, both = Models(narrow, criteria=LONG), Models(narrow, BOB, criteria=LONG)
    item = alone.asked("tool")
    assert re.search(r"narrow: window: \d+ tokens must be told, 2000 leave 600 beside frame and reply", item.detail)
    assert both.on() == "bob"
    considered = both.state().attempts["A1.1"].route["considered"]
    assert [(one["name"], one["passed"]) for one in considered] == [("narrow", False), ("bob", True)]
    assert both.kinds().count("task.measured") == 1
    barred_now = Models(narrow, BOB, criteria=LONG)
    barred_now.fails("throttled", retry_after_ms=HOUR // 4)
    assert barred_now.only().held == "bob: throttled", "it waits for who can be told all of it"


@pytest.mark.parametrize("window", [2_000, 8_192, 200_000])
def test_the_preview_is_the_package_that_is_sent(window: int) -> None:
    play = Models()
    play.base = replace(play.base, catalogue=(model("one", window=window, frame=500, max_output=900), BOB))
    made = preview(play.state(), "T1", play.contents.get, catalogue=play.base.catalogue, home=play.house, now=play.at)
    play.go()
    job = next(iter(play.jobs.values())).body
    compiled = next(e.body for e in play.events if e.kind == "package.compiled")
    assert (made["text"], made["digest"]) == (job["package"], compiled["text"])
    assert (made["budget"], made["route"]["name"]) == (compiled["budget"], job["model"])
