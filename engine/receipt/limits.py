"""The limits that a contract names beside the mission's money, as a table of the receipt. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.receipt.text import number, percent, safe, table
from engine.values import money


def limits(spent: Mapping[str, Any]) -> list[str]:
    """A line each, after an empty one; nothing where the contract names none, and for receipts of earlier releases."""
    rows = [
        [
            f"{safe(one['dimension'])} of {safe(whose(one))}",
            *(quantity(one["dimension"], one[key]) for key in ("used", "cap")),
            percent(one["used"], one["cap"]),
        ]
        for one in spent.get("limits", ())
    ]
    return ["", *table(["limit", "used", "of", "share"], rows, right=[1, 2, 3])] if rows else []


def whose(limit: Mapping[str, Any]) -> str:
    """`the mission`, `the branch cold-email`, `the role writer`; as the ledger has it, not made harmless."""
    return "the mission" if limit["level"] == "mission" else f"the {limit['level']} {limit['name']}"


def quantity(dimension: str, value: int) -> str:
    """A value of a limit in its unit."""
    return money(value) if dimension == "money" else number(value)
