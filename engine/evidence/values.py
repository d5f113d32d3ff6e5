"""Numbers that a person brings as evidence: what was typed or written in a CSV file, in the form that is stored.

A ratio is stored as `Ratio`; every other number as decimal text without superfluous zeros; text as it is. Nothing is
rounded and nothing is guessed: a percentage without its sample is refused, since the sample is what evidence is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.contract.clauses import Unit
from engine.errors import BadInputError
from engine.values import Ratio

MAX_CSV, MAX_ROWS, MAX_TEXT = 5 * 1024 * 1024, 100_000, 2_000
_MAX_COUNT = 10**15
_RATIO = re.compile(r"([0-9]{1,15}) ?(?:/|of) ?([0-9]{1,15})")
_COUNT = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_COLUMNS = ("metric", "value", "branch", "note")


class Row(NamedTuple):
    """One piece of evidence in a CSV file, as text; `line` is where it ends in the file."""

    metric: str
    value: str
    branch: str | None
    note: str
    line: int


def parse_value(unit: Unit, text: str, *, where: str = "") -> Ratio | str:
    """The stored form of a typed value. `where` names it in the error: the metric, or a line of a file.

    Raises BadInputError.
    """
    typed = text.strip()
    shown = f'"{typed[:40]}"' if typed else "nothing"
    match unit:
        case "ratio":
            return _ratio(typed, shown, where)
        case "count":
            if _COUNT.fullmatch(typed):
                return str(int(typed))
            raise BadInputError(where, f"{shown} is not a count", "write a whole number such as 12")
        case "score":
            value = _decimal(typed)
            if value is not None and not value.startswith("-") and (value in ("0", "1") or value.startswith("0.")):
                return value
            raise BadInputError(where, f"{shown} is not a score", "write a number from 0 to 1, such as 0.82")
        case "number":
            value = _decimal(typed)
            if value is not None:
                return value
            raise BadInputError(where, f"{shown} is not a number", "write digits and a point, such as -3.5")
        case "ms":
            value = _decimal(typed)
            if value is not None and not value.startswith("-"):
                return value
            raise BadInputError(where, f"{shown} is not a time in milliseconds", "write 1500 or 12.5, without a unit")
        case "text":
            return _text(typed, where)


def _ratio(typed: str, shown: str, where: str) -> Ratio:
    if found := _RATIO.fullmatch(typed):
        k, n = int(found[1]), int(found[2])
        if k > n:
            raise BadInputError(where, f"{shown} is more than all", f"write the part first: {n}/{k}")
        return Ratio(k=k, n=n)
    if "%" in typed:
        raise BadInputError(where, f"{shown} does not say out of how many", "write both numbers, such as 3/40")
    raise BadInputError(where, f"{shown} is not a ratio", "write both numbers, such as 3/40")


def _decimal(typed: str) -> str | None:
    """`007.50` → `7.5`, `-0` → `0`; None when it is no decimal number."""
    if not _DECIMAL.fullmatch(typed):
        return None
    sign, digits = ("-", typed[1:]) if typed.startswith("-") else ("", typed)
    whole, _, rest = digits.partition(".")
    whole, rest = str(int(whole)), rest.rstrip("0")
    number = f"{whole}.{rest}" if rest else whole
    return number if number == "0" else sign + number


def _text(typed: str, where: str) -> str:
    if not typed:
        raise BadInputError(where, "nothing was written", "write what was observed")
    if len(typed) > MAX_TEXT:
        raise BadInputError(where, f"the text is longer than {MAX_TEXT} characters", "shorten it, or add it as a file")
    if _HIDDEN.search(typed):
        raise BadInputError(where, "the text holds control characters", "remove them")
    return typed


def import_csv(data: bytes, *, where: str = "csv") -> list[Row]:
    """The rows of a CSV file with the columns `metric`, `value` and, if wanted, `branch` and `note`, in any order.

    UTF-8, separated by commas or semicolons; empty rows are passed over. Raises BadInputError with the line.
    """
    if len(data) > MAX_CSV:
        raise BadInputError(where, "is larger than 5 MiB", "split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInputError(f"{where}, line {line}", "is not UTF-8", "save the file as CSV UTF-8") from None
    if found := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadInputError(f"{where}, line {line}", "holds control characters", "export the file as plain CSV")
    head = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in head and "," not in head else ",", strict=True
    )
    numbered = ((reader.line_num, cells) for cells in reader)
    try:
        return _rows(numbered, where)
    except csv.Error as error:
        raise BadInputError(f"{where}, line {reader.line_num}", f"is no CSV ({error})", "check its quotes") from None


def _rows(numbered: Iterator[tuple[int, list[str]]], where: str) -> list[Row]:
    columns: list[str] = []
    rows: list[Row] = []
    for line, cells in numbered:
        here = f"{where}, line {line}"
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _columns(cells, here)
            continue
        if len(cells) != len(columns):
            raise BadInputError(here, f"has {len(cells)} cells where {len(columns)} belong", "quote cells with commas")
        named = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
        for column in ("metric", "value"):
            if not named[column]:
                raise BadInputError(here, f"has no {column}", "fill it in or remove the row")
        if len(rows) == MAX_ROWS:
            raise BadInputError(here, f"there are more than {MAX_ROWS:,} rows", "split the file")
        rows.append(Row(named["metric"], named["value"], named.get("branch") or None, named.get("note", ""), line))
    if not columns:
        raise BadInputError(where, "is empty", "begin with the line metric,value,branch,note")
    return rows


def _columns(cells: list[str], here: str) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    for column in columns:
        if column not in _COLUMNS:
            raise BadInputError(here, f'"{column[:40]}" is no column', f"use {', '.join(_COLUMNS)}")
        if columns.count(column) > 1:
            raise BadInputError(here, f"the column {column} is there twice", "keep one of them")
    for column in ("metric", "value"):
        if column not in columns:
            raise BadInputError(here, f"the column {column} is missing", "begin with the line metric,value,branch,note")
    return columns
