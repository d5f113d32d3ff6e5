"""What is set aside for an attempt with tools, and that its conversation never passes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.governance.allowance import CALLS, Allowance, allowance, dearest, equipped, wished
from engine.modelhost.wire import Call, CallFailed, Done, Kind, Said, ToolCall
from engine.routing.catalogue import Candidate
from engine.values import Price, Tokens
from engine.workers.model import Endpoint, ModelWorker
from engine.workers.protocol import Failed, Finished, WorkerEvent
from tests.engine.workers.contract import Workbench
from tests.engine.workers.model.scripted import FINE, Vault, asked
from tests.engine.workers.model.toolbox import Toolbox

PRICE = Price(input=3_000_000, cache_write=3_750_000, cache_read=300_000, output=15_000_000, reasoning=15_000_000)
MODEL = equipped(
    Candidate("m", "model", price=PRICE, window=128_000, max_output=8_000, rounds=2, frame=3_000, dense=True)
)


def test_what_is_set_aside_is_what_may_be_wished_for_and_no_more_than_is_left() -> None:
    whole = wished(MODEL, 2_000)
    assert allowance(MODEL, 2_000, left=10**9, own=True).micro_usd == whole
    assert allowance(MODEL, 2_000, left=whole - 1, own=True).micro_usd == whole - 1
    assert allowance(MODEL, 2_000, left=10**9, own=True) == Allowance(micro_usd=whole, price=PRICE, calls=CALLS)


def test_a_task_without_a_budget_of_its_own_leaves_the_most_for_others() -> None:
    least = MODEL.worst(2_000)
    assert allowance(MODEL, 2_000, left=4 * least + 4_000, own=False).micro_usd == least + 1_000
    assert allowance(MODEL, 2_000, left=least + 1, own=False).micro_usd == least, "an answer is always within it"
    assert allowance(MODEL, 2_000, left=4 * least + 4_000, own=True).micro_usd > least + 1_000


def test_what_is_free_needs_nothing_and_is_bound_by_calls_alone() -> None:
    free = equipped(Candidate("f", "model", free=True, window=32_000, max_output=4_000, rounds=2))
    assert allowance(free, 2_000, left=0, own=False) == Allowance(micro_usd=0, price=Price(), free=True, calls=CALLS)


@given(st.integers(0, 50_000), st.integers(0, 10**8), st.booleans())
def test_p6_never_more_than_is_left(package: int, left: int, own: bool) -> None:
    assert allowance(MODEL, package, left=left, own=own).micro_usd <= left


class Random:
    """A model that says anything, and reports any usage that an honest provider could: no more than a token for every
    byte it was told, no more output than it was allowed.
    """

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.cost = 0
        self.calls = 0

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        draw = self._draw
        self.calls += 1
        size = sum(len(m.content.encode()) for m in call.messages)
        size += sum(len(c.name + c.arguments) for m in call.messages for c in m.calls)
        size += len(json.dumps([tool.model_dump() for tool in call.tools]))
        told, said = draw(st.integers(0, size)), draw(st.integers(0, call.max_output))
        cached = draw(st.integers(0, told))
        usage = Tokens(input=told - cached, cache_read=cached // 2, cache_write=cached - cached // 2, output=said)
        self.cost += PRICE.cost(usage)
        kind: Kind | None = draw(st.sampled_from([None, None, None, None, "throttled", "too_long", "cut"]))
        if kind is not None:
            billed = "partly" if kind == "cut" else "no"
            self.cost -= 0 if billed == "partly" else PRICE.cost(usage)
            yield CallFailed(kind=kind, billed=billed)  # type: ignore[arg-type]
            return
        count, known = draw(st.integers(0, 3)), draw(st.integers(0, 9)) > 0
        calls = tuple(
            ToolCall(id=f"{n}", name="browser__fetch", arguments=json.dumps({"n": draw(st.integers(0, 3))}))
            for n in range(count)
        )
        text = draw(st.sampled_from(["", "hm", "x" * 9_000, FINE]))
        yield Done(
            text=text, finish_reason="stop", calls=calls, usage=usage if known else None, usage_source="provider"
        )


@pytest.mark.parametrize("own", [True, False])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_p6_no_conversation_costs_more_than_was_set_aside(own: bool, data: st.DataObject) -> None:
    window = data.draw(st.sampled_from([0, 24_000, 128_000]))
    made = Candidate("m", "model", price=PRICE, window=window, max_output=1_000, rounds=2, frame=3_000, dense=True)
    package = "ü" * data.draw(st.integers(0, 4_000))
    tokens = -(-len(package.encode()) * 2 // 7)
    least = equipped(made).worst(tokens)
    left = data.draw(st.integers(least, 8 * least))
    aside = allowance(equipped(made), tokens, left=left, own=own, calls=data.draw(st.integers(2, 20)))
    model = Random(data.draw)
    sizes = st.integers(0, 30_000)
    bench = Workbench(Path("/nowhere"))
    bench.tools = Toolbox(lambda ask: ("done", "y" * data.draw(sizes)))

    async def sleep(ms: int) -> None:
        return

    bench.sleep = sleep  # type: ignore[method-assign]
    reached = Endpoint(model="m", max_output=1_000, window=window)
    worker = ModelWorker(models=model, endpoints=lambda _: reached, secrets=Vault(), clock=lambda: 0)

    async def run() -> WorkerEvent:
        return [event async for event in worker.run(asked(package=package, allowance=aside), bench)][-1]

    ending = asyncio.run(run())
    assert isinstance(ending, Finished | Failed)
    assert model.cost <= aside.micro_usd <= left
    assert model.calls <= aside.calls
    charged = aside.micro_usd if ending.usage is None else PRICE.cost(ending.usage)
    assert charged <= aside.micro_usd
    assert charged >= model.cost - model.calls, "every call is charged; roundings apart"


def test_the_dearest_class_is_what_a_call_may_cost() -> None:
    usage = Tokens(cache_write=1_000, reasoning=10)
    assert dearest(PRICE, 1_000, 10) == PRICE.cost(usage) == 3_900
