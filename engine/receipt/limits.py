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
            f"{safe(one['dimension'])} of {_whose(one)}",
            *(_quantity(one["dimension"], one[key]) for key in ("used", "cap")),
            percent(one["used"], one["cap"]),
        ]
        for one in spent.get("limits", ())
    ]
    return ["", *table(["limit", "used", "of", "share"], rows, right=[1, 2, 3])] if rows else []


def _whose(limit: Mapping[str, Any]) -> str:
    return "the mission" if limit["level"] == "mission" else f"the {safe(limit['level'])} {safe(limit['name'])}"


def _quantity(dimension: str, value: int) -> str:
    return money(value) if dimension == "money" else number(value)
