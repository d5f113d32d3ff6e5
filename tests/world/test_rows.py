"""Rows that are kept from commit to commit are those that the state alone gives: over whole lives, at every commit."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from engine.loop.enact import Step
from engine.loop.runner import Runner
from engine.state.model import MissionState
from engine.views.board import Board, Key, Row
from engine.views.rows import rows
from tests.world.sim import run

SEEDS = range(40)


def text(found: dict[Key, Row]) -> dict[Key, str]:
    """The rows as bytes, the order of their fields included."""
    return {key: json.dumps(row) for key, row in found.items()}


def differing(board: Board, state: MissionState) -> list[str]:
    """Which rows are not what the state gives, with both forms."""
    kept, whole = text(board.rows), text(rows(state))
    return [
        f"{key}\n  {kept.get(key)}\n  {whole.get(key)}" for key in {**whole, **kept} if kept.get(key) != whole.get(key)
    ]


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_rows_that_are_kept_are_those_of_the_state(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    seen: Counter[str] = Counter()
    commit = Runner.commit

    async def compared(self: Runner, step: Step, **more: object) -> None:
        await commit(self, step, **more)  # type: ignore[arg-type]
        if self._board is not None:
            seen.update(type(body).__name__ for body in step.bodies)
            assert differing(self._board, self.state) == []

    monkeypatch.setattr(Runner, "commit", compared)
    for seed in range(first, first + 10):
        run(seed)
    assert seen["TaskAdded"]
