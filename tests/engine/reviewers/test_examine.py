"""Measuring reviewers: perfect, blind, harsh, hasty, odd and absent ones, and what of each stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable

import pytest

from engine.ledger.bodies.reviewing import GOOD
from engine.modelhost.wire import Call, CallFailed, Done, Said
from engine.reviewers.artifacts import DEFECTS, seeded
from engine.reviewers.examine import Examined
from engine.reviewers.run import Planned, measure, plan
from engine.routing.measured import Standing
from engine.secrets import Secrets
from engine.settings import Model, Settings
from engine.values import Tokens
from tests.engine.reviewers.scripted import Says, blind, harsh, hasty, perfect, shown, verdicts

PRICED = {"model": "openai/x", "endpoint": "http://127.0.0.1:9/v1", "price": {"input": 3, "output": 15}}
USED = Tokens(input=1_000, output=100)
COST = 4_500
SEED = 1
ARTIFACTS = seeded(SEED, 1)
COUNT = len(ARTIFACTS)


class Reviewer:
    """Models that review: `says` is asked about what is shown, `fails` before that by the number of the call."""

    def __init__(self, says: Says, fails: Callable[[int], Said | None] = lambda _number: None) -> None:
        self.says, self.fails, self.calls = says, fails, list[Call]()

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        self.calls.append(call)
        await asyncio.sleep(0)
        if (failed := self.fails(len(self.calls))) is not None:
            yield failed
            return
        one = shown(call.messages[1].content, ARTIFACTS)
        yield done(json.dumps(verdicts(self.says(one))))


def done(text: str, *, usage: Tokens | None = USED) -> Done:
    return Done(text=text, finish_reason="stop", usage=usage, usage_source="provider")


def planned(**terms: object) -> tuple[Settings, tuple[Planned, ...]]:
    model = Model.model_validate({**PRICED, **terms})
    settings = Settings(models={"opus": model})
    return settings, plan(settings.models, seed=SEED, each=1)


def examined(reviewer: Reviewer, *, budget: int | None = None, parallel: int = 1, **terms: object) -> Examined:
    settings, made = planned(**terms)

    async def run() -> None:
        async def rest(seconds: float) -> None:
            del seconds

        await measure(
            made,
            settings,
            reviewer,
            NoSecrets(),
            clock=lambda: 0,
            budget=budget,
            parallel=parallel,
            progress=lambda _one: None,
            sleep=rest,
        )

    asyncio.run(run())
    return made[0].found


class NoSecrets(Secrets):
    async def get(self, reference: str) -> str:
        raise KeyError(reference)


@pytest.mark.parametrize(
    ("says", "caught", "alarms", "standing"),
    [(perfect, 16, 0, "suffices"), (blind, 0, 0, "chance"), (harsh, 16, 16, "chance"), (hasty, 6, 0, "weak")],
)
def test_each_reviewer_is_found_out(says: Says, caught: int, alarms: int, standing: Standing) -> None:
    found = examined(Reviewer(says), parallel=3)
    told = found.measured()
    assert (told.caught, told.bad, told.alarms, told.good) == (caught, len(DEFECTS), alarms, len(DEFECTS))
    assert told.standing == standing
    assert (found.stopped, found.calls, found.micro_usd) == ("", COUNT, COUNT * COST)
    assert found.told.basis == "reported"
    assert sum(count.n for count in found.told.kinds) == COUNT


def test_a_reviewer_is_asked_exactly_as_in_a_mission() -> None:
    reviewer = Reviewer(perfect)
    examined(reviewer)
    assert {len(call.messages) for call in reviewer.calls} == {2}
    assert "Give exactly one verdict for each of these criteria" in reviewer.calls[0].messages[0].content
    assert reviewer.calls[0].messages[1].content.startswith("## Policy")
    kinds = [shown(call.messages[1].content, ARTIFACTS).kind for call in reviewer.calls]
    assert kinds == [one.kind for one in ARTIFACTS]


def test_who_fails_now_and_then_is_asked_again() -> None:
    flaky = Reviewer(
        perfect, lambda n: CallFailed(kind="provider_error", line="503", billed="no") if n % 3 == 0 else None
    )
    found = examined(flaky)
    assert found.measured().standing == "suffices"
    assert (found.stopped, len(found.answers)) == ("", COUNT)
    assert len(flaky.calls) > COUNT
    assert found.micro_usd == COUNT * COST


def test_what_nobody_can_use_is_neither_a_catch_nor_an_alarm() -> None:
    found = examined(Reviewer(perfect, lambda _n: done("looks fine to me")))
    told = found.measured()
    assert (told.bad, told.good, told.unusable, told.standing) == (0, 0, COUNT, "unusable")
    assert found.calls == 2 * COUNT  # each was asked to mend its answer once


def test_who_goes_down_half_way_leaves_what_it_answered() -> None:
    down = CallFailed(kind="provider_error", line="503 somewhere", billed="no")
    found = examined(Reviewer(perfect, lambda n: down if n > 20 else None))
    assert found.stopped.startswith("it is down: ")
    assert sum(count.n for count in found.told.kinds) == 20
    assert found.told.planned == COUNT
    assert found.measured().unusable == 0
    assert found.micro_usd == 20 * COST


def test_a_key_that_is_refused_is_tried_once() -> None:
    refused = Reviewer(perfect, lambda _n: CallFailed(kind="key_refused", line="401", billed="no"))
    found = examined(refused)
    assert len(refused.calls) == 1
    assert found.stopped.startswith("it cannot be asked: ")
    assert found.measured().standing == "unmeasured"


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_budget_is_never_passed(parallel: int) -> None:
    _settings, made = planned()
    once = made[0].most // COUNT
    budget = once + 5 * COST
    found = examined(Reviewer(perfect), budget=budget, parallel=parallel)
    assert found.stopped.startswith("the budget is used up: ")
    assert found.micro_usd <= budget
    assert len(found.answers) in {5, 6}  # one artifact may cost a little more than another


def test_asking_again_is_paid_from_the_same_budget() -> None:
    _settings, made = planned()
    budget = made[0].most // COUNT * 2
    found = examined(Reviewer(perfect, lambda _n: CallFailed(kind="cut", line="gone")), budget=budget)
    assert (found.micro_usd <= budget, found.told.basis) == (True, "at_most")
    assert found.stopped


def test_what_nobody_counted_is_taken_at_its_most() -> None:
    silent = Reviewer(perfect, lambda n: done(json.dumps(verdicts(passes=True)), usage=None) if n == 1 else None)
    found = examined(silent)
    assert found.told.basis == "at_most"
    assert found.micro_usd > (COUNT - 1) * COST + 100_000


def test_a_model_of_ones_own_costs_nothing() -> None:
    found = examined(Reviewer(perfect), price=None, free=True)
    assert (found.micro_usd, found.told.basis) == (0, "free")


def test_whoever_interrupts_keeps_what_was_answered() -> None:
    settings, made = planned()
    reviewer = Reviewer(perfect)

    async def run() -> None:
        whole = asyncio.current_task()
        assert whole is not None

        def enough(one: Examined) -> None:
            if len(one.answers) == 7:
                whole.cancel()

        await measure(made, settings, reviewer, NoSecrets(), clock=lambda: 0, budget=None, parallel=1, progress=enough)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    found = made[0].found
    assert (len(found.answers), sum(count.n for count in found.counts())) == (7, 7)
    assert GOOD in {count.kind for count in found.counts()}
