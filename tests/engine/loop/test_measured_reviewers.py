"""What was measured of reviewers: routes say it, a cheap attempt goes first because of it, replay finds the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.loop.record import Outcomes
from engine.loop.replay import replay
from engine.routing.measured import Measured
from engine.routing.record import Record, gathered
from engine.state.outcomes import Tally, Who
from engine.workers.protocol import Handoff
from tests.builders import Play, terms
from tests.engine.loop.test_outcomes import WORKED, end, model, routed
from tests.engine.receipt.story import GTM

PLAN = """\
  tasks:
    - {id: one, role: writer, budget: 5 USD, attempts: 3, verify: [checks, review],
       criteria: [{text: is kind, check: review}]}
"""
KNOWN = gathered([{Who("writer", "small", "1", 0): Tally(30, 10), Who("writer", "big", "1", 0): Tally(40, 0)}], 0)
PERFECT = Measured("big", "1", 32, 32, 0, 32)
BLIND = Measured("big", "1", 0, 32, 0, 32)


def begun(*reviewers: Measured, known: Record = KNOWN) -> Play:
    text = terms(PLAN).replace("worker: rehearsed", "worker: model").replace("tier: standard", "tier: strong")
    catalogue = (model("small", "cheap", 1), model("big", "strong", 10))
    world = replace(WORKED, record=replace(known, reviewers=reviewers), catalogue=catalogue)
    return Play(text, world=world).go()


def test_a_cheap_attempt_goes_first_where_a_measured_reviewer_finds_out() -> None:
    assert routed(begun())[0][0] == "big"  # nobody is known to find out about a bad one
    name, because = routed(begun(PERFECT))[0]
    assert name == "small"
    assert because.endswith("; what big (catches 32 of 32) sends back goes on to big")


@pytest.mark.parametrize(
    "reviewer",
    [BLIND, replace(PERFECT, caught=28), replace(PERFECT, alarms=14), replace(PERFECT, setup="as it was before")],
)
def test_a_reviewer_that_does_not_surely_suffice_opens_no_way(reviewer: Measured) -> None:
    assert routed(begun(reviewer))[0][0] == "big"


def test_every_reviewer_that_may_be_asked_has_to_suffice() -> None:
    play = begun(PERFECT)
    fresh = Play(
        terms(PLAN).replace("worker: rehearsed", "worker: model").replace("tier: standard", "tier: strong"),
        world=replace(play.base, catalogue=(*play.base.catalogue, model("other", "strong", 12))),
    ).go()
    assert routed(fresh)[0][0] == "big"


def test_the_route_of_a_review_says_how_good_its_reviewer_was_found_to_be() -> None:
    play = begun(PERFECT)
    end(play, Handoff(summary="a kind one"))
    because = routed(play)[1][1]
    assert because == (
        "the only one that passes; catches 32 of 32 planted defects (89-100% likely), "
        "false alarms 0 of 32 (0-11% likely)"
    )
    doubted = begun(BLIND, known=Record())
    end(doubted, Handoff(summary="a kind one"))
    assert routed(doubted)[1][1].endswith(": no better than waving everything through: its yes says nothing")


@pytest.mark.parametrize("reviewers", [(), (PERFECT,), (BLIND,)])
def test_a_route_keeps_what_it_knew_of_reviewers_and_is_chosen_again_from_that(reviewers: tuple[Measured, ...]) -> None:
    play = begun(*reviewers, known=Record())
    end(play, Handoff(summary="a kind one"))
    made = list(replay(GTM, play.events, play.contents.get))
    assert len([one for one in made if one.what == "route and package"]) == 2
    assert all(one.same for one in made), made


def test_a_rehearsal_is_told_of_no_measurement() -> None:
    outcomes, real = Outcomes(), begun().state()
    rehearsed = Play(terms(PLAN), rehearsed=True).state()
    assert outcomes.for_(rehearsed, [real], 0, (PERFECT,)) == Record()
    assert outcomes.for_(real, [real], 0, (PERFECT,)).reviewers == (PERFECT,)
    assert outcomes.for_(real, [real], 0).reviewers == ()
