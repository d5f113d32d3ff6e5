"""`csv(receipt)`: every charge as a row, for a spreadsheet or a program: exact, in stable columns, never a formula.

Pure. Amounts stand twice: whole micro-dollars, and dollars with exactly six decimals. Times are the mission's own, UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.receipt.shape import reading

COLUMNS = (
    *("mission", "height", "at", "branch", "branch_key", "task", "task_title", "attempt", "role", "worker", "model"),
    *("purpose", "outcome", "basis", "input", "output", "cache_read", "cache_write", "reasoning", "micro_usd", "usd"),
)
"""New columns come at the end; none of these goes or moves."""
_TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]")


def csv(receipt: Mapping[str, Any]) -> str:
    """The charges, under a line of column names. Raises `BadInputError` when it is not a receipt of this schema."""
    with reading(receipt):
        keys = {b["id"]: b["key"] for b in receipt["work"]["branches"]}
        titles = {t["id"]: t["title"] for t in receipt["work"]["tasks"]}
        rows = [_row(line, keys, titles) for line in receipt["spend"]["lines"]]
    return "".join(",".join(cells) + "\n" for cells in [list(COLUMNS), *rows])


def _row(line: Mapping[str, Any], keys: Mapping[str, str], titles: Mapping[str, str]) -> list[str]:
    words = [text(line["mission"]), _whole(line["height"]), _moment(line["at"])]
    words += [text(line["branch"]), text(keys.get(line["branch"], "")), text(line["task"])]
    words += [text(titles.get(line["task"], "")), text(line["attempt"])]
    words += [text(line[name]) for name in ("role", "worker", "model", "purpose", "outcome", "basis")]
    words += [_whole(line["tokens"][name]) for name in _TOKENS]
    return [*words, _whole(line["micro_usd"]), usd(line["micro_usd"])]


def text(value: object) -> str:
    """A cell that is text in every program: one line, quoted where it must be, no formula (a `'` stands before one)."""
    shown = _CONTROL.sub(" ", str(value))
    if _FORMULA.match(shown):
        shown = f"'{shown}"
    return '"' + shown.replace('"', '""') + '"' if re.search(r'[",;\s\']', shown) else shown


def usd(micro_usd: int) -> str:
    """`0.030000`: dollars, exactly."""
    whole, rest = divmod(abs(micro_usd), 1_000_000)
    return f"{'-' if micro_usd < 0 else ''}{whole}.{rest:06}"


def _whole(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} where a whole number belongs")
    return str(value)


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
