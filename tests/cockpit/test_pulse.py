"""A beat of the event loop."""

from __future__ import annotations

import asyncio

from cockpit.pulse import Pulse


async def until(ready: list[int], count: int) -> None:
    while len(ready) < count:
        await asyncio.sleep(0)


def test_it_beats_until_it_is_stopped() -> None:
    async def go() -> list[int]:
        beats: list[int] = []
        pulse = Pulse(0, lambda: beats.append(len(beats)), lambda error: None)
        pulse.start()
        await until(beats, 3)
        pulse.stop()
        seen = len(beats)
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(beats) == seen
        return beats

    assert asyncio.run(go())[:3] == [0, 1, 2]


def test_a_beat_may_stop_it() -> None:
    async def go() -> int:
        beats: list[int] = []

        def beat() -> None:
            beats.append(0)
            pulse.stop()

        pulse = Pulse(0, beat, lambda error: None)
        pulse.start()
        for _ in range(10):
            await asyncio.sleep(0)
        return len(beats)

    assert asyncio.run(go()) == 1


def test_what_a_beat_raises_ends_it_and_is_told() -> None:
    async def go() -> list[str]:
        told: list[str] = []

        def beat() -> None:
            raise ValueError("no ledger")

        Pulse(0, beat, lambda error: told.append(str(error))).start()
        for _ in range(10):
            await asyncio.sleep(0)
        return told

    assert asyncio.run(go()) == ["no ledger"]
