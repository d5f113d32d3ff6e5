"""The limits that a contract names beside the mission's money, as lines of `cockpit show` and `cockpit spend`."""

from __future__ import annotations

from collections.abc import Iterable

from cockpit.cli.desk import Json
from cockpit.cli.render import columns, money, safe


def limit_lines(rows: Iterable[Json], indent: str = "  ") -> list[str]:
    """`tokens of the mission   12,000 of 50,000   24%   3,000 set aside`, one a line; nothing where none is named."""
    return columns((_fields(row) for row in rows), right=(1, 3, 4), indent=indent)


def _fields(row: Json) -> list[str]:
    dimension, used, cap, aside = row["dimension"], row["used"], row["cap"], row["aside"]
    return [
        f"{safe(dimension)} of {whose(row)}",
        _amount(dimension, used),
        "of",
        _amount(dimension, cap),
        f"{used * 100 // cap}%" if cap else "—",
        f"{_amount(dimension, aside)} set aside" if aside else "",
    ]


def whose(row: Json) -> str:
    """`the mission`, `branch cold-email`, `role writer`."""
    return "the mission" if row["level"] == "mission" else safe(f"{row['level']} {row['name']}")


def _amount(dimension: str, value: int) -> str:
    return money(value) if dimension == "money" else f"{value:,}"
