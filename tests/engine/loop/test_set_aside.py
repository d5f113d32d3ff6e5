"""What is set aside when an attempt with tools is dispatched, and what its worker is told of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.governance.allowance import CALLS, equipped, wished
from engine.governance.choice import choose
from engine.governance.money import left, settle
from engine.ledger import bodies as b
from engine.loop.enact import Step
from engine.loop.intents import Dispatch
from engine.plan.ready import role_of
from engine.routing.route import Route
from engine.values import MICRO, Tokens
from engine.workers.protocol import AttemptJob
from tests.engine.loop.outage_play import Models, model

PLAIN = model("plain", frame=3_000)
HANDY = model("handy", dearer=40, tools=True, window=64_000, max_output=2_000, frame=3_000, dense=True)


def dispatched(tools: bool = True, **task: Any) -> tuple[Models, Step]:
    """A task that nobody could be asked about is given to a model with tools now."""
    play = Models(**task)
    state = play.state()
    role = role_of(state, state.tasks["T1"])
    assert role is not None
    choice = choose(state, state.tasks["T1"], role, catalogue=(PLAIN, HANDY), barred={}, tools=tools)
    assert isinstance(choice, Route)
    assert choice.candidate.name == ("handy" if tools else "plain")
    return play, play.enact(Dispatch("T1", choice))


def reserved(step: Step) -> int:
    return next(body.micro_usd for body in step.bodies if isinstance(body, b.ChargeReserved))


def job(step: Step) -> AttemptJob:
    return AttemptJob.model_validate_json(AttemptJob.model_validate(step.jobs[0].body, strict=False).model_dump_json())


def test_p6_an_allowance_is_reserved_and_frozen_into_the_job() -> None:
    play, step = dispatched(budget="90 USD")
    allowance = job(step).allowance
    assert allowance is not None
    assert allowance.micro_usd == reserved(step)
    assert (allowance.price, allowance.free, allowance.calls) == (HANDY.price, False, CALLS)
    package = next(body for body in step.bodies if isinstance(body, b.PackageCompiled))
    assert reserved(step) == wished(equipped(HANDY), package.tokens)[0] > equipped(HANDY).worst(package.tokens)
    assert reserved(step) <= left(play.state(), play.state().tasks["T1"])


@pytest.mark.parametrize("budget", ["0.60 USD", "1 USD", "2 USD"])
def test_p6_a_task_with_a_budget_reserves_no_more_than_it(budget: str) -> None:
    play, step = dispatched(budget=budget, attempts=1)
    assert reserved(step) == left(play.state(), play.state().tasks["T1"]) == int(Decimal(budget.split()[0]) * MICRO)


def test_what_one_attempt_may_lose_leaves_a_part_of_the_budget_for_the_next() -> None:
    _play, step = dispatched(budget="2 USD", attempts=2)
    assert reserved(step) == MICRO


def test_without_tools_two_rounds_are_reserved_as_ever() -> None:
    _play, step = dispatched(tools=False)
    package = next(body for body in step.bodies if isinstance(body, b.PackageCompiled))
    assert reserved(step) == PLAIN.worst(package.tokens)
    assert job(step).allowance is None


def test_p6_what_was_not_used_of_an_allowance_is_there_again_and_unknown_usage_costs_all_of_it() -> None:
    play, step = dispatched(budget="2 USD")
    play.record(*step.bodies)
    state = play.state()
    attempt = state.attempts["A1.1"]
    assert settle(state, attempt, None, "failed").micro_usd == reserved(step)
    used = Tokens(input=1_000, output=10)
    charge = settle(state, attempt, used, "useful")
    assert charge.micro_usd == HANDY.price.cost(used) < reserved(step)
    play.record(charge)
    assert left(state, state.tasks["T1"]) == 2 * MICRO - charge.micro_usd
