"""The tabs of a mission's screen, and what makes their content when one is first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cockpit.screens.mission.pane import Pane


class Tab(NamedTuple):
    """A tab: its id (`board`), its name, and its pane of a mission."""

    id: str
    name: str
    make: Callable[[str], Pane]


def _board(slug: str) -> Pane:
    from cockpit.screens.mission.board_pane import BoardPane

    return BoardPane(slug)


def _branches(slug: str) -> Pane:
    from cockpit.screens.mission.branches_pane import BranchesPane

    return BranchesPane(slug)


def _context(slug: str) -> Pane:
    from cockpit.screens.context.pane import ContextPane

    return ContextPane(slug)


def _spend(slug: str) -> Pane:
    from cockpit.screens.spend.pane import SpendPane

    return SpendPane(slug)


def _state(slug: str) -> Pane:
    from cockpit.screens.mission.state_pane import StatePane

    return StatePane(slug)


def _contract(slug: str) -> Pane:
    from cockpit.screens.mission.contract_pane import ContractPane

    return ContractPane(slug)


def _receipt(slug: str) -> Pane:
    from cockpit.screens.mission.receipt_pane import ReceiptPane

    return ReceiptPane(slug)


def _log(slug: str) -> Pane:
    from cockpit.screens.mission.log_pane import LogPane

    return LogPane(slug)


TABS = (
    Tab("board", "Board", _board),
    Tab("branches", "Branches", _branches),
    Tab("state", "State", _state),
    Tab("context", "Context", _context),
    Tab("spend", "Spend", _spend),
    Tab("contract", "Contract", _contract),
    Tab("receipt", "Receipt", _receipt),
    Tab("log", "Log", _log),
)
