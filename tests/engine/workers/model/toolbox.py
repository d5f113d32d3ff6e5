"""Scripted tools: what each call of a tool brings back, and every call that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.governance.allowance import Allowance
from engine.modelhost.wire import Done, ToolCall
from engine.tools.protocol import Answer, Ask, Offer, Verdict
from engine.workers.protocol import AttemptJob
from tests.engine.workers.model.scripted import PRICE, USED, asked

SCHEMA: dict[str, object] = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}
OFFERS = (
    Offer(name="browser__fetch", tool="browser", operation="fetch", description="Get a page."),
    Offer(name="clock__now", tool="clock", operation="now", description="The time.", input_schema=SCHEMA),
)
Line = tuple[Verdict, str]


class Toolbox:
    """A `Tools` that answers by a function of the ask, `done` and a new text each time unless said otherwise."""

    def __init__(self, brings: Callable[[Ask], Line] | None = None, offers: tuple[Offer, ...] = OFFERS) -> None:
        self._offers, self._brings = offers, brings or (lambda ask: ("done", f"page {len(self.asks)}"))
        self.asks: list[Ask] = []
        self.during: Callable[[], None] = lambda: None

    async def offers(self) -> tuple[Offer, ...]:
        return self._offers

    async def call(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        self.during()
        verdict, text = self._brings(ask)
        return Answer(id=ask.id, verdict=verdict, text=text, source="https://a.example (200)")


def uses(*calls: tuple[str, str] | ToolCall, text: str = "", **more: Any) -> Done:
    """An answer that asks for tools: pairs of name and arguments, or whole calls."""
    made = tuple(
        one if isinstance(one, ToolCall) else ToolCall(id=f"c{number}", name=one[0], arguments=one[1])
        for number, one in enumerate(calls)
    )
    given: dict[str, Any] = {"usage": USED, "usage_source": "provider", "finish_reason": "tool_calls"}
    return Done(text=text, calls=made, **(given | more))


def fetch(what: object = "a") -> tuple[str, str]:
    """One call."""
    return "browser__fetch", f'{{"url": "https://{what}.example"}}'


def working(micro_usd: int = 1_000_000, calls: int = 16, **changes: Any) -> AttemptJob:
    """A job with tools."""
    return asked(allowance=Allowance(micro_usd=micro_usd, price=PRICE, calls=calls), **changes)
