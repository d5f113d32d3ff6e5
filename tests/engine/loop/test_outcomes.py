"""Whom a mission asks follows from what was found out about models, over all missions, and never from a rehearsal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.ledger import bodies as b
from engine.loop.record import Outcomes
from engine.routing.catalogue import Candidate
from engine.routing.record import gathered
from engine.state.model import MissionState
from engine.state.outcomes import Tally, Who
from engine.values import DAY, MICRO, Price
from engine.workers.protocol import Handoff
from tests.builders import USUAL, WORLD, Play, terms


def model(name: str, tier: str, dollars: int) -> Candidate:
    price = Price(input=dollars * MICRO, output=dollars * MICRO)
    return Candidate(
        name, "model", name, name, name, tier, price=price, window=50_000, max_output=2_000, rounds=2, setup="1"
    )


WORKED = replace(WORLD, catalogue=(model("small", "cheap", 1), model("big", "strong", 10)))
PLAN = """\
  tasks:
    - {id: one, role: writer, budget: 5 USD, attempts: 3, criteria: [{text: short, check: {max_words: 3}}]}
    - {id: two, role: writer, needs: [one], budget: 5 USD, criteria: [{text: short, check: {max_words: 3}}]}
"""
SHORT, LONG = Handoff(summary="it is done"), Handoff(summary="it is done, at very great length")


def begun(**more: Any) -> Play:
    return Play(terms(PLAN).replace("writer: {worker: rehearsed", "writer: {worker: model"), world=WORKED, **more)


def tallies(state: MissionState) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for who, tally in state.outcomes.tallies.items():
        good, bad = found.get(who.name, (0, 0))
        found[who.name] = good + tally.good, bad + tally.bad
    return {name: counts for name, counts in found.items() if counts != (0, 0)}


def end(play: Play, how: Handoff | str, fault: str = "") -> Play:
    """The attempt that runs ends: with a handoff, or with a fault of its model."""
    (attempt,) = (a for a in play.state().attempts.values() if a.state == "dispatched")
    if isinstance(how, Handoff):
        return play.hand_off(attempt.id, how)
    usage = USUAL.model_dump()
    return play.result(attempt.id, {"end": "failed", "reason": how, "fault": fault, "usage": usage})


def routed(play: Play) -> list[tuple[str, str]]:
    return [(body.name, body.because) for event in play.events if isinstance(body := b.decode(event), b.RouteChosen)]


def test_what_fails_a_check_goes_on_to_the_next_that_is_better_and_both_are_counted() -> None:
    play = begun().go()
    end(play, LONG).go()
    assert routed(play)[1] == ("big", "small was found wanting; the next that is better")
    end(play, SHORT).go()
    assert tallies(play.state()) == {"small": (0, 1), "big": (1, 0)}
    assert routed(play)[2][0] == "small"  # what a no led to says nothing of the next task


def test_an_outage_and_a_lost_engine_say_nothing_of_a_model() -> None:
    play = begun().go()
    end(play, "not reachable", fault="unreachable").go()
    assert tallies(play.state()) == {}
    end(play, "cannot be read", fault="unusable").go()
    assert tallies(play.state()) == {"small": (0, 1)}


def test_a_route_rests_on_the_outcomes_it_was_given_and_keeps_them() -> None:
    known = gathered([{Who("writer", "small", "1", 0): Tally(1, 19), Who("writer", "big", "1", 0): Tally(20, 0)}], 0)
    play = begun()
    play.base = replace(WORKED, record=known, catalogue=(model("small", "cheap", 6), model("big", "strong", 10)))
    play.go()
    name, because = routed(play)[0]
    assert name == "big"
    assert because.startswith("least expected cost of a success")
    chosen = next(b.decode(event) for event in play.events if event.kind == "route.chosen")
    assert isinstance(chosen, b.RouteChosen)
    assert chosen.record in play.contents
    assert [(one.name, one.verified) for one in chosen.considered if one.verified] == [
        ("small", chosen.considered[0].verified),
        ("big", chosen.considered[1].verified),
    ]


def test_outcomes_are_added_up_over_missions_and_a_rehearsal_neither_tells_nor_is_told() -> None:
    play, rehearsal = begun(), begun(rehearsed=True)
    play.go()
    end(play, SHORT).go()
    rehearsal.go()
    memory, states = Outcomes(), [play.state(), rehearsal.state(), play.state()]
    (row,) = memory.for_(play.state(), states, DAY).rows
    assert (row.good, row.n) == (2, 2)
    assert memory.for_(rehearsal.state(), states, DAY).rows == ()
    assert tallies(rehearsal.state()) == {}
