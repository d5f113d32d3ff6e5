"""Every view row of a mission, from its state alone: `card`, `branch`, `task`, `attention`, `spend`.

An engine keeps a `Board` of them and writes what changed in the commit that changed it; screens, `ls` and `--plain`
read nothing else on the hot path. Ids are full (`gtm/T12`), times are mission time in milliseconds or None, money is
micro-dollars, nothing is a float.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.ledger.protocol import ViewRow
from engine.state.model import MissionState
from engine.values import MissionId
from engine.views.board import Board, Key, Row
from engine.views.cards import VIEW_VERSION

__all__ = ["KINDS", "VIEW_VERSION", "Key", "Row", "changed", "rows"]

KINDS = ("card", "branch", "task", "attention", "spend")


def rows(state: MissionState) -> dict[Key, Row]:
    """Every row of a mission by (kind, id). Empty for a stream that has no mission yet."""
    return Board(state).rows if state.contract is not None else {}


def changed(before: Mapping[Key, Row], after: Mapping[Key, Row], mission: MissionId) -> list[ViewRow]:
    """What to write so that `before` becomes `after`: new and different rows, then a None for each that is gone."""
    written = [ViewRow(kind, id_, mission, row) for (kind, id_), row in after.items() if before.get((kind, id_)) != row]
    return written + [ViewRow(kind, id_, mission, None) for kind, id_ in before if (kind, id_) not in after]
