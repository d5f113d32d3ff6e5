"""P9 behind the gateway: twelve kinds of drift of a real server, and each stops the tool before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.governance.labels import Label
from engine.governance.policy import Standing
from engine.tools.gateway import Gateway
from engine.tools.protocol import Answer, Ask, Grant
from engine.tools.seat import Decided, Hands, Seat
from engine.values import MissionId, Sha256, sha256
from tests.engine.tools.contract import LONG_S
from tests.engine.tools.mcp_bench import Bench
from tests.engine.tools.test_p9_pins import DRIFTS, SCHEMA, TEXT, TONE
from tests.toolserver.server import OTHER

ECHO = Ask(id="1", name="tool__echo", arguments='{"text": "hello"}')
KINDS: dict[str, dict[str, Any]] = {
    **{kind: DRIFTS[kind] for kind in ("description", "title", "a new argument", "default", "enum", "output schema")},
    **{kind: DRIFTS[kind] for kind in ("annotations", "version of the server")},
    "removed": {"gone": True},
    "changed meanwhile": {"fault": "changed", "after": 2, "drift": {"description": "Other."}},
}
"""What stops `echo`; with the program, the order and a new tool below they are thirteen kinds, one of which is none."""


class Desk:
    """A mission that allows research and knows of no decision."""

    def standing(self) -> Standing:
        """It runs."""
        return Standing(running=True, allowed=frozenset({"research"}))

    def decided(self, wanted: Sha256) -> Decided | None:
        """Nothing."""
        return None


class Room:
    """A gateway over the scripted server, as it was granted, and what it recorded."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.rows: list[dict[str, object]] = []
        self.ours: Gateway | None = None

    async def granted(self) -> dict[str, Sha256]:
        """What an operator grants: the server as it is now."""
        provider = self.bench.scripted()
        pins = {spec.name: spec.pin(provider.identity) for spec in await provider.specs()}
        await provider.close()
        return pins

    def open(self, pins: dict[str, Sha256], script: dict[str, Any], *names: str) -> Gateway:
        """A gateway for an attempt that holds these pins, over servers that follow a script by now."""
        argv = self.bench.scripted(**script)._grant.argv
        terms = {"verbs": ("research",), "stance": "allow", "hosts": ("local",), "privacy": "public"}
        grants = tuple(
            Grant.model_validate({"tool": name, "kind": "mcp", "argv": argv, "pins": pins, **terms})
            for name in names or ("tool",)
        )
        seat = Seat(MissionId("gtm"), "gtm/A1.1", "gtm/T1", "clerk", grants, Label(), until=10**12)
        hands = Hands(self.bench.provider, self._put, self._record, lambda: 0, self._sleep)
        self.ours = Gateway(seat, Desk(), hands)
        return self.ours

    async def _put(self, content: bytes) -> Sha256:
        return sha256(content)

    async def _record(self, name: str, body: dict[str, object]) -> bool:
        self.rows.append(body)
        return True

    async def _sleep(self, ms: int) -> None:
        await asyncio.sleep(0)

    def said(self) -> list[object]:
        """What was recorded."""
        return [row["said"] for row in self.rows]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(Bench(tmp_path))
    yield made
    async with asyncio.timeout(LONG_S):
        if made.ours is not None:
            await made.ours.close()
        await made.bench.close()
    assert made.bench.left() == []


def stopped(answer: Answer) -> bool:
    """Whether nothing of the tool's answer came through."""
    return answer.verdict in ("refused", "failed") and "hello" not in answer.text


async def test_p9_what_was_granted_is_used(room: Room) -> None:
    gateway = room.open(await room.granted(), {})
    assert [offer.name for offer in await gateway.offers()] == ["tool__echo", "tool__other"]
    answer = await gateway.call(ECHO)
    assert (answer.verdict, answer.text) == ("done", "hello")


@pytest.mark.parametrize("kind", KINDS)
async def test_p9_what_changed_since_stops(room: Room, kind: str) -> None:
    pins = await room.granted()
    gateway = room.open(pins, KINDS[kind])
    offered = [offer.name for offer in await gateway.offers()]
    assert ("tool__echo" in offered) == (kind == "changed meanwhile")
    assert stopped(await gateway.call(ECHO))
    assert stopped(await gateway.call(ECHO.model_copy(update={"id": "2"})))
    assert "drifted" in room.said()


async def test_p9_a_program_that_was_replaced_stops(room: Room) -> None:
    pins = await room.granted()
    with (room.bench.workspace / "server.py").open("a") as file:
        file.write("\n# changed\n")
    gateway = room.open(pins, {})
    assert await gateway.offers() == ()
    assert stopped(await gateway.call(ECHO))


async def test_p9_order_is_no_drift_and_a_new_tool_is_not_there(room: Room) -> None:
    pins = await room.granted()
    turned = {**SCHEMA, "properties": {"tone": dict(reversed(TONE.items())), "text": dict(reversed(TEXT.items()))}}
    more = [OTHER, {**OTHER, "name": "delete_all"}]
    gateway = room.open(pins, {"drift": {"inputSchema": turned}, "others": more})
    assert [offer.name for offer in await gateway.offers()] == ["tool__echo", "tool__other"]
    assert (await gateway.call(ECHO)).text == "hello"
    assert stopped(await gateway.call(Ask(id="2", name="tool__delete_all")))


async def test_45_two_servers_with_a_tool_of_one_name_are_two_tools(room: Room) -> None:
    gateway = room.open(await room.granted(), {}, "first", "second")
    offered = [offer.name for offer in await gateway.offers()]
    assert offered == ["first__echo", "first__other", "second__echo", "second__other"]
    for name in ("first__echo", "second__echo"):
        assert (await gateway.call(ECHO.model_copy(update={"id": name, "name": name}))).text == "hello"
