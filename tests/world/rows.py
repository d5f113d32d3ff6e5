"""Rows that are kept from commit to commit, held against those that the state alone gives."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from engine.loop.enact import Step
from engine.loop.runner import Runner
from engine.state.model import MissionState
from engine.views.board import Board, Key, Row
from engine.views.rows import rows


def text(found: dict[Key, Row]) -> dict[Key, str]:
    """The rows as bytes, the order of their fields included."""
    return {key: json.dumps(row) for key, row in found.items()}


def differing(board: Board, state: MissionState) -> list[str]:
    """Which rows are not what the state gives, with both forms."""
    kept, whole = text(board.rows), text(rows(state))
    return [
        f"{key}\n  {kept.get(key)}\n  {whole.get(key)}" for key in {**whole, **kept} if kept.get(key) != whole.get(key)
    ]


def compared(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """From now on every commit compares them, and fails where they differ; what was committed, by kind."""
    seen: Counter[str] = Counter()
    commit = Runner.commit

    async def whole(self: Runner, step: Step, **more: object) -> None:
        await commit(self, step, **more)  # type: ignore[arg-type]
        if self._board is not None:
            seen.update(type(body).__name__ for body in step.bodies)
            assert differing(self._board, self.state) == []

    monkeypatch.setattr(Runner, "commit", whole)
    return seen
