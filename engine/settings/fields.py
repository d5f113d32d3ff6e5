"""What several sections of config.toml are made of: times, dollars, references to secrets, and hosts."""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from engine.contract.units import parse_duration
from engine.secrets import REFERENCE
from engine.values import MICRO

WRITTEN = "written in a file"
"""The context in which a text is validated: there a time has its unit."""


def _time(value: object, info: ValidationInfo) -> object:
    if info.context == WRITTEN and not isinstance(value, str):
        raise ValueError('a time is written with its unit, such as "30s" or "2h"')
    return parse_duration(value) if isinstance(value, str) else value


def _dollars(value: object) -> object:
    """Dollars per million tokens, written as a number or a text, as micro-dollars. Exact."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("a price is a number of dollars, such as 3 or 0.25")  # noqa: TRY004 (pydantic wants it)
    try:
        micro = Decimal(str(value)) * MICRO
    except ArithmeticError:
        raise ValueError("a price is a number of dollars, such as 3 or 0.25") from None
    if not micro.is_finite() or micro != micro.to_integral_value() or not 0 <= micro <= 10_000 * MICRO:
        raise ValueError("a price is between 0 and 10000 dollars, with at most six decimals")
    return int(micro)


def _host(value: str) -> str:
    if any(char.isspace() or not char.isprintable() for char in value) or {"/", "@"} & set(value):
        raise ValueError("a host is a name such as mail.yours.example, without scheme, user or path")
    if ":" in value and not _is_address(value):
        raise ValueError("a host stands without its port, which is a key of its own: port = 465")
    return value


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _reference(value: str) -> str:
    if value and not re.fullmatch(REFERENCE, value):
        raise ValueError("is written keyring:NAME, env:NAME or command:NAME; a secret never stands in this file")
    return value


Time = Annotated[int, BeforeValidator(_time), Field(ge=0)]
"""A duration, in milliseconds: `90s`, `2h`."""
Dollars = Annotated[int, BeforeValidator(_dollars)]
Reference = Annotated[str, AfterValidator(_reference)]
"""Where a secret is kept: `keyring:NAME`, `env:NAME` or `command:NAME`; empty for none."""
Host = Annotated[str, AfterValidator(_host)]
"""A name or an address, and nothing around it."""
Port = Annotated[int, Field(ge=1, le=65_535)]
Security = Literal["tls", "starttls", "none"]


class Section(BaseModel):
    """Base of every table: an unknown key is an error, and a text is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
