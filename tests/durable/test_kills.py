"""P5: `kill -9` of a process that writes loses nothing that it was told is written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from tests.durable.stream import Pouring


def killed(path: Path, times: int, seed: int) -> int:
    """Kill a writer so many times, at any moment; how many events were acknowledged in all."""
    dice, known = random.Random(seed), dict[str, int]()
    for number in range(times):
        engine = Pouring(path)
        engine.hear(dice.randrange(1, 60))
        engine.kill()
        known |= engine.acknowledged
        with Reader.open(path) as reader:
            lost = {m: h for m, h in known.items() if reader.head(m)["height"] < h}
            assert lost == {}, f"seed {seed}, life {number}"
            if number % 10 == 0 or number == times - 1:
                assert verify(reader) == []
    return sum(known.values())


def test_p5_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert killed(tmp_path / "ledger.db", 12, 1) > 100


@pytest.mark.thorough
def test_p5_a_thousand_kills_lose_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path / "ledger.db", 1_000, 2) > 10_000
