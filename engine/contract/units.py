"""How a person writes amounts, durations and shares in a contract, and the integers they become.

`500 USD` → 500000000 micro-dollars · `2d`, `1h 30m` → milliseconds · `40%` → 400000 parts per million ·
`0.35` → the decimal string `0.35`. A stored contract holds the integers already; validation knows which of the two it
reads by the context key `stored`.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from engine.contract.problems import shown
from engine.values import DAY, HOUR, MICRO, MINUTE, PPM, SECOND

_MONEY = re.compile(
    r"(?P<amount>\d{1,9}(?:\.\d{1,6})?) ?(?P<currency>USD|\$)|\$ ?(?P<amount2>\d{1,9}(?:\.\d{1,6})?)", re.ASCII
)
_PART = re.compile(r"(\d{1,6}) ?(ms|w|d|h|m|s)", re.ASCII)
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)


def _stored(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("stored"))


def _wrong(kind: str, value: Any, hint: str) -> PydanticCustomError:
    article = "an" if kind[0] in "aeiou" else "a"
    said = f"{shown(value)} is not {article} {kind}"
    return PydanticCustomError("unit", "{said}; {hint}", {"said": said, "hint": hint})


def parse_money(text: str) -> int:
    """Micro-dollars of `500 USD`, `$2.50`. Raises ValueError."""
    match = _MONEY.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    return int(Decimal(match["amount"] or match["amount2"]) * MICRO)


def parse_duration(text: str) -> int:
    """Milliseconds of `2d`, `1h 30m`, `90s`. Raises ValueError."""
    compact = text.strip()
    parts = _PART.findall(compact)
    if not parts or _PART.sub("", compact).strip():
        raise ValueError(text)
    return sum(int(count) * _UNITS[unit] for count, unit in parts)


def amount(value: Any, info: ValidationInfo) -> Any:
    """Micro-dollars of what a person wrote, or of what a stored contract holds. Raises an error that names the unit."""
    if _stored(info) and isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return parse_money(value)
        except ValueError:
            pass
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    raise _wrong("amount", value, f"write {value} USD" if numeric and 0 <= value < 10**9 else "write 500 USD")


def _duration(value: Any, info: ValidationInfo) -> Any:
    if _stored(info) and isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass
    raise _wrong("duration", value, "write 14d, 2h 30m or 90s")


def _share(value: Any, info: ValidationInfo) -> Any:
    if _stored(info) and isinstance(value, int):
        return value
    if isinstance(value, str) and (match := _SHARE.fullmatch(value.strip())):
        ppm = int(Decimal(match[1]) * (PPM // 100))
        if 0 <= ppm <= PPM:
            return ppm
    raise _wrong("share", value, "write 40%")


def _decimal(value: Any) -> Any:
    """A number that stays text: YAML hands over int or float tokens, a stored contract a string."""
    text = value if isinstance(value, str) else None if isinstance(value, bool) else str(value)
    if text is not None and _DECIMAL.fullmatch(text):
        try:
            return str(Decimal(text).normalize().quantize(Decimal(1)) if "." not in text else Decimal(text))
        except InvalidOperation:  # pragma: no cover - the pattern admits only what Decimal reads
            pass
    raise _wrong("number", value, "write 0.35 or 12")


Money = Annotated[int, BeforeValidator(amount), Field(ge=0, le=9_000_000_000_000_000)]
"""Micro-dollars."""
Duration = Annotated[int, BeforeValidator(_duration), Field(ge=0, le=3660 * DAY)]
"""Milliseconds."""
Share = Annotated[int, BeforeValidator(_share), Field(ge=0, le=PPM)]
"""Parts per million."""
DecimalText = Annotated[str, BeforeValidator(_decimal)]
"""A decimal number as text."""
