"""A connector that time does not heal is asked about; the question ends by itself when it is configured otherwise."""

from __future__ import annotations

from dataclasses import replace

from engine.effects.canonical import batch_digest
from engine.ledger.bodies import decode
from engine.values import HOUR
from tests.builders import Play
from tests.engine.loop.test_grants import PAGE, PAGES, pages, play
from tests.engine.loop.test_put_off import refused

MENDED = replace(PAGES, destinations={"blind": replace(PAGE, setup="b" * 64)})
DRIFT = 'the operation has changed: look at what it does now, and write pin = "b" into [connectors.blind]'


def approve(made: Play) -> Play:
    item = made.asked("approve")
    shown = batch_digest([made.state().effects[ref].digest for ref in item.refs])
    made.say("approve", attention=item.id, digest=shown)
    return made.wait(HOUR).go()


def drifted() -> Play:
    """One effect that was approved, and that its connector does not take before somebody mends something."""
    made = approve(play().hand_off("A1.1", pages(1)))
    return refused(made, "F1", DRIFT, temporary=False, whole=True)


def test_it_waits_for_a_human_while_nothing_changes() -> None:
    made = drifted()
    assert DRIFT in made.asked("tool", "outage").detail
    made.wait(HOUR).go()
    assert made.asked("tool", "outage")
    assert "blind" in made.state().outages


def test_the_question_ends_when_the_connector_is_configured_otherwise() -> None:
    made = drifted()
    made.base = MENDED
    made.go()
    assert made.state().outages == {}
    assert not [item for item in made.state().attention.values() if item.about.startswith("outage:")]
    ended = [decode(event) for event in made.events if event.kind == "outage.ended"]
    assert len(ended) == 1
    assert made.state().effects["F1"].state != "done", "what was approved named the other configuration"
    assert not made.jobs.keys() & {"gtm/F1.2"}


def test_what_is_asked_for_under_the_new_configuration_leaves() -> None:
    made = drifted()
    made.base = MENDED
    made.go()
    assert "gtm/A2.1" in made.jobs
    made.hand_off("A2.1", pages(1))
    approve(made)
    assert "gtm/F2.1" in made.jobs


def test_one_that_is_gone_is_not_taken_for_mended() -> None:
    made = drifted()
    made.base = replace(PAGES, connectors={"sandbox": "lookup"}, destinations={})
    made.go()
    assert "blind" in made.state().outages
