"""The built-in tool over a mission's record: like every provider, and within the room of its attempt."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.context.pulling import MOST, Wish
from engine.governance.labels import Label
from engine.tools.protocol import Provider, ToolDownError
from engine.tools.state import Bare, Drawn, StateProvider
from tests.engine.tools.contract import Call, ProviderContract, called


class Counting:
    """Tells as much as there is room for."""

    def __init__(self, size: int = 1_500) -> None:
        self.size, self.wishes, self.rooms = size, list[Wish](), list[int]()

    async def pull(self, wish: Wish, room: int) -> Drawn:
        """Something."""
        self.wishes.append(wish)
        self.rooms.append(room)
        told = min(room, self.size)
        return Drawn("- D1 short", told, ok=True, label=Label(), height=7, noted={"tokens": told})


class TestState(ProviderContract):
    def made(self, folder: Path) -> Provider:
        return StateProvider("state", Counting())

    def good(self) -> Call:
        return "search", {"query": "price", "kind": "decision", "limit": 3}


async def test_an_attempt_is_told_so_many_tokens_and_no_more() -> None:
    shelf = Counting()
    provider = StateProvider("state", shelf)
    results = [await called(provider, ("get", {"id": "D1"})) for _ in range(6)]
    assert [one.ok for one in results] == [True] * 4 + [False] * 2
    assert shelf.rooms == [MOST, MOST - 1_500, MOST - 3_000, MOST - 4_500]
    assert "work with what you have" in results[-1].text
    assert results[0].source == "the record, height 7"


async def test_a_wish_is_checked_and_what_is_left_out_has_its_default() -> None:
    shelf = Counting()
    provider = StateProvider("state", shelf)
    assert (await called(provider, ("search", {"query": "price"}))).ok
    assert shelf.wishes == [Wish("search", query="price")]
    wrongs: tuple[dict[str, object], ...] = (
        {"query": " "},
        {"query": "x" * 401},
        {"query": "a", "kind": "rumour"},
        {"query": "a", "limit": 21},
    )
    for wrong in wrongs:
        assert not (await called(provider, ("search", wrong))).ok
    assert not (await called(provider, ("drop", {}))).ok
    assert len(shelf.wishes) == 1


async def test_what_is_only_looked_at_answers_nobody() -> None:
    provider = StateProvider("state", Bare())
    assert [spec.name for spec in await provider.specs()] == ["get", "search"]
    with pytest.raises(ToolDownError, match="no attempt asks"):
        await called(provider, ("get", {"id": "D1"}))
