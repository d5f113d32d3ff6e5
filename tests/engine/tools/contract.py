"""What every provider keeps: `class TestMine(ProviderContract)` with its hooks filled in runs the whole suite."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.tools.protocol import TEXT_CAP, Json, Provider, Result
from engine.values import Sha256

LONG_S = 60.0
"""Only so that a broken provider fails instead of hanging: nothing is asserted about how long things take."""
Call = tuple[str, Json]
HOSTILE: tuple[object, ...] = (None, 7, True, 1.5, ["x"], {"x": 1}, "\ud800", "nul\0", "x" * 2_000_000, "../" * 200)


async def called(provider: Provider, call: Call, *, timeout_ms: int = 30_000) -> Result:
    """What a call brings back, within `LONG_S`."""
    async with asyncio.timeout(LONG_S):
        return await provider.call(call[0], call[1], key="gtm/A1.1#1", timeout_ms=timeout_ms)


def sound(result: Result) -> None:
    """What holds for every result."""
    assert len(result.text) <= TEXT_CAP
    result.text.encode("utf-8")
    assert "\0" not in result.text
    assert "\n" not in result.source
    if not result.ok:
        assert result.text.strip(), "a failure says why"


class ProviderContract(ABC):
    """The suite. Hooks: a provider, and a call of it that does what it should."""

    @abstractmethod
    def made(self, folder: Path) -> Provider:
        """A provider that was not used yet."""

    @abstractmethod
    def good(self) -> Call:
        """A call that it answers."""

    @pytest.fixture
    async def provider(self, tmp_path: Path) -> AsyncIterator[Provider]:
        made = self.made(tmp_path)
        yield made
        async with asyncio.timeout(LONG_S):
            await made.close()

    async def test_its_operations_are_told_by_name_and_twice_alike(self, provider: Provider) -> None:
        specs = await provider.specs()
        names = [spec.name for spec in specs]
        assert names == sorted(set(names))
        assert names
        assert await provider.specs() == specs
        assert all(spec.input_schema.get("type") == "object" for spec in specs)

    async def test_its_pins_hold_from_one_opening_to_the_next(self, provider: Provider) -> None:
        async def pins() -> list[Sha256]:
            return [spec.pin(provider.identity) for spec in await provider.specs()]

        first = await pins()
        await provider.close()
        assert await pins() == first

    async def test_a_good_call_says_what_came_back_and_from_where(self, provider: Provider) -> None:
        result = await called(provider, self.good())
        sound(result)
        assert result.ok, result.text
        assert result.source
        assert result.sha is not None

    async def test_an_operation_that_there_is_not_fails_and_says_so(self, provider: Provider) -> None:
        result = await called(provider, ("no-such-operation", {}))
        sound(result)
        assert not result.ok

    async def test_arguments_that_cannot_be_right_fail_and_never_raise(self, provider: Provider) -> None:
        operation, arguments = self.good()
        assert not (await called(provider, (operation, {**arguments, "unheard_of": "x"}))).ok
        for name, right in arguments.items():
            for value in HOSTILE:
                result = await called(provider, (operation, {**arguments, name: value}))
                sound(result)
                assert not result.ok or type(value) is type(right), (name, value)

    async def test_a_call_that_is_cancelled_leaves_a_provider_that_can_be_closed(self, provider: Provider) -> None:
        await provider.specs()
        task = asyncio.create_task(called(provider, self.good()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(LONG_S):
            await provider.close()

    async def test_closing_is_safe_at_any_time(self, provider: Provider) -> None:
        await provider.close()
        await provider.specs()
        await provider.close()
        await provider.close()
