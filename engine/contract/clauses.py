"""What clauses of a contract are made of: names, texts, counts, amounts, and the base of every clause."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationInfo,
    model_serializer,
)

from engine.contract.units import Money, amount

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A name the contract gives: lower case, digits, `-`, `_`; at most 40 characters."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""A CEL condition; compiled by `engine.contract.conditions`."""
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Tier = Literal["cheap", "standard", "strong"]
Privacy = Literal["public", "private", "secret"]
Need = Literal["required", "optional"]
Stance = Literal["allow", "ask", "deny"]
WorkerKind = Literal["model", "harness", "command", "human", "rehearsed"]
Unit = Literal["ratio", "count", "score", "number", "ms", "text"]


def one_or_many(value: object) -> object:
    """A list may be written as its only item."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(one_or_many)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
FileNames = Annotated[tuple[FileName, ...], BeforeValidator(one_or_many)]
"""Artifacts by name, with or without an ending (`table`, `table.md`), and metrics."""
Texts = Annotated[tuple[Text, ...], BeforeValidator(one_or_many)]


def listed(value: object) -> object:
    """A schema keeps the lists of JSON, inside and out."""
    if isinstance(value, dict):
        return {key: listed(inner) for key, inner in value.items()}
    return [listed(inner) for inner in value] if isinstance(value, (list, tuple)) else value


Argv = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...], BeforeValidator(one_or_many)
]


Argument = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
"""An argument of a tool, as the tool's own schema calls it."""
Operations = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,127}$")], ...],
    BeforeValidator(one_or_many),
]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]{0,63}$")]


class Clause(BaseModel):
    """Base of every clause: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


Count = Annotated[int, Field(ge=1, le=9_000_000_000_000_000)]
"""A number of tokens or of calls."""


class Cap(Clause):
    """The most that may be used: of money, of tokens and of calls of models. What is not named is not limited here."""

    money: Money | None = None
    tokens: Count | None = None
    calls: Count | None = None

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> object:
        """Money alone is written as an amount."""
        return whole(self) if self.money is None or self.tokens or self.calls else self.money


def _capped(value: object, info: ValidationInfo) -> object:
    return value if isinstance(value, (dict, Cap)) else Cap.model_construct(money=amount(value, info))


Amount = Annotated[Cap, BeforeValidator(_capped)]
"""An amount of money, or a table of limits."""
