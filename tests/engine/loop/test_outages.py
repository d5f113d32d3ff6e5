"""Models that do not answer: the work moves to the next one that passes every filter, or waits, and never silently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.ledger import bodies as b
from engine.ledger.protocol import Command
from engine.loop.answers import answer_attention
from engine.loop.decide.rest import moments
from engine.loop.outcome import RefusedError
from engine.routing.breaker import FIRST, LONGEST
from engine.state.fold_work import OUTAGES
from engine.values import HOUR, MICRO, MINUTE, Price, Tokens
from engine.workers.protocol import Handoff
from tests.builders import WORLD, Play, terms
from tests.engine.loop.outage_play import ADA, BOB, CLERK, HEARTH, QUIET, Models, model


def test_a_throttled_model_is_left_and_the_next_that_passes_is_asked() -> None:
    play = Models(ADA, BOB)
    assert play.on() == "ada"
    play.fails("throttled", retry_after_ms=90_000)
    assert play.on() == "bob"
    route = play.state().attempts["A1.2"].route
    assert [(c["name"], c["passed"]) for c in route["considered"]] == [("ada", False), ("bob", True)]
    assert route["considered"][0]["why"].startswith("breaker: throttled until ")


def test_an_outage_never_relaxes_privacy() -> None:
    play = Models(ADA, BOB, HEARTH, roles=QUIET)
    assert play.on() == "hearth"
    for _ in range(3):
        play.fails("unreachable")
        if not play.jobs:
            break
    assert not play.jobs
    assert play.only().held == "hearth: not reachable"
    play.wait(FIRST).go()
    assert play.on() == "hearth"
    assert {a.model for a in play.state().attempts.values()} == {"hearth"}


def test_an_outage_never_relaxes_the_tier_the_window_or_the_budget() -> None:
    strong = model("oak", tier="strong")
    play = Models(strong, model("reed", tier="cheap"), roles="  clerk: {worker: model, tier: strong}")
    play.fails("key_refused")
    assert not play.jobs
    play = Models(ADA, model("dear", dearer=10_000), budget="0.01 USD")
    play.fails("throttled")
    assert not play.jobs
    assert not play.state().attention, "money is not what stands in the way: ada comes back"


def test_while_everybody_is_barred_the_task_waits_without_a_question_and_the_engine_knows_until_when() -> None:
    play = Models(ADA)
    play.fails("throttled", retry_after_ms=120_000)
    task = play.only()
    assert (task.state, task.held, task.held_until) == ("open", "ada: throttled", play.at + 120_000)
    assert not play.state().attention
    assert play.at + 120_000 in moments(play.state())
    play.wait(119_999).go()
    assert not play.jobs
    play.wait(1).go()
    assert play.on() == "ada"
    assert (play.only().held, play.only().held_until) == ("", 0)


def test_a_long_outage_is_asked_about_and_the_question_goes_when_it_is_over() -> None:
    play = Models(ADA)
    play.fails("throttled", retry_after_ms=HOUR)
    item = play.asked("tool")
    assert item.title == "nobody can work as clerk"
    assert "throttled until" in item.detail
    play.wait(30 * MINUTE).go()
    assert play.asked("tool").id == item.id, "asked once, not every minute"
    play.wait(30 * MINUTE).go()
    assert play.on() == "ada"
    assert play.asked("tool").id == item.id, "whether it is over is only being tried"
    play.fails("throttled", retry_after_ms=HOUR)
    assert play.asked("tool").id == item.id
    play.wait(HOUR).go()
    play.ends(play.only().attempts[-1])
    assert [left.about for left in play.state().attention.values()] == ["done"]


def test_what_is_being_tried_again_is_not_decided_at_the_same_time() -> None:
    play = Models(ADA)
    play.fails("throttled", retry_after_ms=HOUR)
    item = play.asked("tool")
    play.wait(HOUR).go()
    with pytest.raises(RefusedError, match="being tried again"):
        answer_attention(play.state(), item, Command("k", "answer", play.mission, {}, "human:ada"), play.at, "human")
    play.fails("throttled", retry_after_ms=HOUR)
    play.say("answer", attention=item.id, text="human")
    assert play.job(play.only().attempts[-1])["worker"] == "human"


def test_waiting_for_a_model_is_no_exhausted_budget() -> None:
    play = Models(ADA, tasks=2)
    play.ends("A1.1", "throttled")
    play.ends("A2.1", "throttled")
    assert not play.jobs
    assert not play.state().attention


def test_only_one_attempt_tries_a_model_again() -> None:
    play = Models(ADA, tasks=3)
    for number in (1, 2, 3):
        play.ends(f"A{number}.1", "throttled")
    play.wait(MINUTE).go()
    assert list(play.jobs) == ["gtm/A1.2"]
    assert play.newest("t1").held == "ada: throttled"
    assert "it is being tried again" in play.world.barred["ada"].words
    play.ends("A1.2")
    assert sorted(play.jobs) == ["gtm/A2.2", "gtm/A3.2"]


def test_a_failed_outage_takes_no_attempt_away_from_its_task() -> None:
    play = Models(ADA, attempts=1)
    for number in range(4):
        play.fails("throttled").wait(LONGEST).go()
        assert play.only().allowed == number + 2
    play.ends(play.only().attempts[-1])
    assert play.only().state == "accepted"


def test_a_lost_host_is_simply_asked_again_and_not_for_ever() -> None:
    play = Models(ADA, attempts=1)
    for _ in range(OUTAGES):
        play.fails("host_lost")
        assert play.on() == "ada"
    play.fails("host_lost")
    assert play.only().state == "failed"
    assert play.house.models == {}


def test_an_answer_that_cannot_be_used_is_the_tasks_own_failure() -> None:
    play = Models(ADA, BOB, attempts=2)
    play.fails("unusable").fails("unusable")
    assert play.only().state == "failed"
    assert {a.model for a in play.state().attempts.values()} == {"ada"}


def test_a_missing_key_moves_on_and_asks_for_the_mend_until_it_is_mended() -> None:
    play = Models(ADA, BOB)
    play.fails("key_missing", reason="ada needs the key keyring:north: set it with cockpit keys", retryable=False)
    assert play.on() == "bob"
    item = play.asked("tool")
    assert item.title == "ada cannot be asked until something is mended"
    assert "keyring:north" in item.detail
    play.base = replace(play.base, catalogue=(replace(ADA, setup="mended"), BOB))
    play.go()
    assert not play.state().attention


def test_the_mend_is_not_asked_for_when_nothing_needs_it_any_more() -> None:
    play = Models(ADA, BOB)
    play.fails("key_refused", retryable=False)
    play.ends("A1.2")
    assert [item.about for item in play.state().attention.values()] == ["done"]


def test_a_key_that_nobody_can_do_without_stops_the_task_with_the_mend_in_the_question() -> None:
    play = Models(ADA)
    play.fails("key_missing", reason="ada needs the key keyring:north", retryable=False)
    titles = {item.title: item.detail for item in play.state().attention.values()}
    assert "keyring:north" in titles["nobody can work as clerk"]
    assert play.only().state == "open"
    play.hear(b.ModelRecovered(name="ada", provider=ADA.provider)).go()
    assert not play.state().attention
    assert play.on() == "ada"


def test_without_any_model_the_question_says_where_to_write_one_and_goes_when_there_is_one() -> None:
    play = Models()
    item = play.asked("tool")
    assert "[models.NAME]" in item.detail
    assert "config.toml" in item.detail
    play.base = replace(play.base, catalogue=(ADA,))
    play.go()
    assert not play.state().attention
    assert play.on() == "ada"


def test_a_broken_installation_is_a_matter_for_its_owner() -> None:
    play = Models(ADA)
    play.fails("broken_install", reason="run cockpit doctor", retryable=False)
    item = play.asked("tool")
    assert "installation" in item.title
    assert "cockpit doctor" in item.detail
    assert play.house.models == {}


def test_a_provider_in_an_outage_takes_all_its_models_with_it() -> None:
    play = Models(model("a", provider="x"), model("b", provider="x", dearer=2), model("c", provider="x", dearer=3))
    for _ in range(3):
        play.fails("provider_error")
        if not play.jobs:
            break
    assert [a.model for a in play.state().attempts.values()] == ["a", "a", "b"]
    assert not play.jobs
    assert not play.state().attention


def test_settling_follows_the_price_of_the_route_and_not_of_the_catalogue() -> None:
    play = Models(ADA)
    play.base = replace(play.base, catalogue=(replace(ADA, price=Price(input=MICRO, output=MICRO)),))
    play.hand_off("A1.1", Handoff(summary="done"), Tokens(input=1_000, output=1_000))
    assert play.state().spent == 200
    play = Models(ADA)
    play.base = replace(play.base, catalogue=())
    play.hand_off("A1.1", Handoff(summary="done"), Tokens(input=1_000, output=1_000))
    assert (play.state().spent, play.state().charges[0].basis) == (200, "reported")


def test_a_free_model_costs_nothing_and_its_tokens_are_known() -> None:
    play = Models(model("own", free=True, local=True))
    assert play.state().reserved == 0
    play.hand_off("A1.1", Handoff(summary="done"), Tokens(input=1_000, output=1_000))
    charge = play.state().charges[0]
    assert (charge.micro_usd, charge.basis, charge.tokens.input) == (0, "free", 1_000)


def test_what_is_told_beside_the_package_is_reserved_too() -> None:
    small = Models(ADA).state().reserved
    framed = Models(replace(ADA, frame=30_000)).state().reserved
    assert framed > small > 0


def test_a_rehearsal_waits_for_no_model_and_its_clock_goes_on() -> None:
    plan = "  tasks:\n    - {id: t0, role: clerk, criteria: [{text: x, check: {max_words: 99}}], budget: 1 USD}\n"
    play = Play(terms(plan, more=CLERK), world=replace(WORLD, catalogue=(ADA,)), rehearsed=True).go()
    assert play.job("A1.1")["worker"] == "rehearsed"
    assert play.newest("t0").held_until == 0


def test_the_longest_wait_of_an_outage_is_looked_at_again_in_time() -> None:
    play = Models(ADA)
    for _ in range(9):
        play.fails("unreachable")
        if not play.jobs:
            assert 0 < play.only().held_until - play.at <= LONGEST
            play.wait(play.only().held_until - play.at).go()
    assert play.on() == "ada"
