"""The sample mission as typed rows, for painters that need no ledger."""

from __future__ import annotations

from engine.views.models import AttentionRow, BranchRow, Card, TaskRow
from tests.screens.samples_mission import SLUG, gtm
from tests.screens.world import World


def card(world: World | None = None) -> Card:
    """The mission's card."""
    return Card.of((world or gtm()).views["card", SLUG])


def tasks(world: World | None = None) -> dict[str, TaskRow]:
    """Its tasks by id."""
    rows = (world or gtm()).views.items()
    return {name: TaskRow.of(row) for (kind, name), row in rows if kind == "task" and row["mission"] == SLUG}


def branches(world: World | None = None) -> dict[str, BranchRow]:
    """Its branches by id."""
    rows = (world or gtm()).views.items()
    return {name: BranchRow.of(row) for (kind, name), row in rows if kind == "branch" and row["mission"] == SLUG}


def items(world: World | None = None) -> list[AttentionRow]:
    """What of it needs a human."""
    rows = (world or gtm()).views.items()
    return [AttentionRow.of(row) for (kind, _name), row in rows if kind == "attention" and row["mission"] == SLUG]
