"""What is set aside for an attempt with tools, and that its conversation never passes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.governance.allowance import CALLS, Allowance, allowance, dearest, equipped, wished
from engine.modelhost.wire import Call, CallFailed, Done, Said, ToolCall
from engine.routing.catalogue import Candidate
from engine.values import Price, Tokens
from engine.workers.model import Endpoint, ModelWorker
from engine.workers.protocol import Failed, Finished, WorkerEvent
from tests.engine.workers.contract import Workbench
from tests.engine.workers.model.scripted import FINE, Vault, asked
from tests.engine.workers.model.toolbox import Toolbox

Ending = Finished | Failed
PRICE = Price(input=3_000_000, cache_write=3_750_000, cache_read=300_000, output=15_000_000, reasoning=15_000_000)
MODEL = equipped(
    Candidate("m", "model", price=PRICE, window=128_000, max_output=8_000, rounds=2, frame=3_000, dense=True)
)


def test_what_is_set_aside_is_what_may_be_wished_for_and_no_more_than_is_left() -> None:
    whole, tokens = wished(MODEL, 2_000)
    assert allowance(MODEL, 2_000, left=10**9, part=1).micro_usd == whole
    assert allowance(MODEL, 2_000, left=whole - 1, part=1).micro_usd == whole - 1
    assert allowance(MODEL, 2_000, left=10**9, part=1) == Allowance(micro_usd=whole, price=PRICE, calls=CALLS)
    bound = allowance(MODEL, 2_000, left=10**9, part=1, tokens=tokens + 1, calls=CALLS + 1)
    assert (bound.tokens, bound.calls) == (tokens, CALLS)
    bound = allowance(MODEL, 2_000, left=10**9, part=1, tokens=tokens - 1, calls=5)
    assert (bound.tokens, bound.calls, bound.micro_usd) == (wished(MODEL, 2_000, 5)[1], 5, wished(MODEL, 2_000, 5)[0])


def test_one_part_of_what_is_left_is_set_aside_and_the_rest_is_there_for_others() -> None:
    least = MODEL.worst(2_000)
    assert allowance(MODEL, 2_000, left=4 * least + 4_000, part=4).micro_usd == least + 1_000
    assert allowance(MODEL, 2_000, left=least + 1, part=4).micro_usd == least, "an answer is always within it"
    assert allowance(MODEL, 2_000, left=4 * least + 4_000, part=1).micro_usd > least + 1_000


def test_what_is_free_needs_nothing_and_is_bound_by_calls_alone() -> None:
    free = equipped(Candidate("f", "model", free=True, window=32_000, max_output=4_000, rounds=2))
    assert allowance(free, 2_000, left=0, part=4) == Allowance(micro_usd=0, price=Price(), free=True, calls=CALLS)


@given(st.integers(0, 50_000), st.integers(0, 10**8), st.integers(1, 9))
def test_p6_never_more_than_is_left(package: int, left: int, part: int) -> None:
    assert allowance(MODEL, package, left=left, part=part).micro_usd <= left


def size(call: Call) -> int:
    """Tokens that a provider may find in a call at most: one for every byte."""
    told = sum(len(m.content.encode()) for m in call.messages)
    told += sum(len(c.name + c.arguments) for m in call.messages for c in m.calls)
    return told + len(json.dumps([tool.model_dump() for tool in call.tools]))


class Billing:
    """A model whose provider is honest: no more tokens than bytes it was told, no more output than it was allowed."""

    def __init__(self, answer: Callable[[Call], Said], usage: Callable[[int, int], tuple[int, int]]) -> None:
        self._answer, self._usage = answer, usage
        self.cost = self.used = self.calls = 0

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        self.calls += 1
        said = self._answer(call)
        told, wrote = self._usage(size(call), call.max_output)
        usage = Tokens(input=told // 2, cache_write=told - told // 2, output=wrote)
        if isinstance(said, Done) or (isinstance(said, CallFailed) and said.billed != "no"):
            self.cost += PRICE.cost(usage)
            self.used += told + wrote
        known = isinstance(said, Done) and said.usage is not None
        yield said.model_copy(update={"usage": usage}) if known else said


def asking(number: int, *, known: bool = True) -> Done:
    """An answer that asks for a page."""
    call = ToolCall(id=f"c{number}", name="browser__fetch", arguments=f'{{"page": {number}}}')
    usage = Tokens() if known else None
    return Done(text="", finish_reason="tool_calls", calls=(call,), usage=usage, usage_source="provider")


def played(model: Billing, aside: Allowance, window: int, package: str, brought: Callable[[], int]) -> Ending:
    """An attempt on it, with tools that bring so many characters."""
    bench = Workbench(Path("/nowhere"))
    box = Toolbox(lambda ask: ("done", f"{len(box.asks)}" + "y" * brought()))
    bench.tools = box

    async def sleep(ms: int) -> None:
        return

    bench.sleep = sleep  # type: ignore[method-assign]
    reached = Endpoint(model="m", max_output=1_000, window=window)
    worker = ModelWorker(models=model, endpoints=lambda _: reached, secrets=Vault(), clock=lambda: 0)

    async def run() -> WorkerEvent:
        return [event async for event in worker.run(asked(package=package, allowance=aside), bench)][-1]

    ending = asyncio.run(run())
    assert isinstance(ending, Finished | Failed)
    return ending


def holds(model: Billing, ending: Ending, aside: Allowance) -> None:
    """P6: neither what a provider bills nor what is charged for it passes what was set aside."""
    assert model.cost <= aside.micro_usd
    assert model.calls <= aside.calls
    assert aside.tokens is None or model.used <= aside.tokens
    charged = aside.micro_usd if ending.usage is None else PRICE.cost(ending.usage)
    assert model.cost - model.calls <= charged <= aside.micro_usd, "every call is charged; roundings apart"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("limited", ["money", "tokens"])
@pytest.mark.parametrize("part", range(0, 100, 7))
def test_p6_a_model_that_uses_all_that_it_may_stays_within_what_was_set_aside(
    part: int, limited: str, known: bool
) -> None:
    made = equipped(Candidate("m", "model", price=PRICE, max_output=1_000, rounds=2, frame=3_000, dense=True))
    least, few = made.worst(2_000), wished(made, 2_000, 2)[1]
    left, tokens = (least * (20 + part) // 20, None) if limited == "money" else (10**9, few * (20 + part) // 20)
    aside = allowance(made, 2_000, left=left, part=1, tokens=tokens)
    model = Billing(lambda call: asking(model.calls, known=known), lambda told, said: (told, said))
    ending = played(model, aside, 0, "p" * 7_000, lambda: 4_000)
    holds(model, ending, aside)
    assert isinstance(ending, Failed)


@pytest.mark.parametrize("part", [1, 4])
@settings(max_examples=120, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_p6_no_conversation_costs_more_than_was_set_aside(part: int, data: st.DataObject) -> None:
    window = data.draw(st.sampled_from([0, 24_000, 128_000]))
    made = equipped(
        Candidate("m", "model", price=PRICE, window=window, max_output=1_000, rounds=2, frame=3_000, dense=True)
    )
    package = "ü" * data.draw(st.integers(0, 4_000))
    tokens = -(-len(package.encode()) * 2 // 7)
    left = data.draw(st.integers(made.worst(tokens), 8 * made.worst(tokens)))
    few = wished(made, tokens, 2)[1]
    limit, calls = data.draw(st.none() | st.integers(few, 9 * few)), data.draw(st.integers(2, 20))
    aside = allowance(made, tokens, left=left, part=part, tokens=limit, calls=calls)
    answers: list[Callable[[], Said]] = [
        *[lambda: asking(data.draw(st.integers(0, 3)))] * 4,
        lambda: asking(9, known=False),
        lambda: CallFailed(kind=data.draw(st.sampled_from(["throttled", "too_long"])), billed="no"),
        lambda: CallFailed(kind="cut", billed="partly"),
        lambda: Done(text="hm", finish_reason="stop", usage=Tokens(), usage_source="provider"),
        lambda: Done(text=FINE, finish_reason="stop", usage=Tokens(), usage_source="provider"),
    ]
    model = Billing(
        lambda call: data.draw(st.sampled_from(answers))(),
        lambda told, said: (data.draw(st.just(told) | st.integers(0, told)), data.draw(st.just(said) | st.just(1))),
    )
    sizes = st.integers(0, 30_000)
    ending = played(model, aside, window, package, lambda: data.draw(sizes))
    assert aside.micro_usd <= left
    holds(model, ending, aside)


def test_the_dearest_class_is_what_a_call_may_cost() -> None:
    usage = Tokens(cache_write=1_000, reasoning=10)
    assert dearest(PRICE, 1_000, 10) == PRICE.cost(usage) == 3_900
