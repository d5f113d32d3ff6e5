"""`[secrets.NAME]`: programs that print a secret, for `command:NAME`."""

from __future__ import annotations

from pydantic import Field, field_validator

from engine.secrets.program import MOST_KEPT_S, Program
from engine.settings.fields import Section, Time
from engine.values import SECOND


class SecretProgram(Section):
    """`[secrets.NAME]`: a program that prints a secret, such as a password manager. Elsewhere it is `command:NAME`."""

    argv: tuple[str, ...] = Field(strict=False)
    """The program and its arguments, without a shell. No secret belongs here: every process can read it."""
    timeout: Time = Field(default=10_000, ge=100, le=120_000)
    """How long it may take; then it is ended with all it started."""
    keep: Time = 600_000
    """How long its answer is kept, in memory alone; `0s` runs it for every call. At most an hour."""
    environ: tuple[str, ...] = Field(default=(), strict=False)
    """Variables that it may see besides PATH, HOME, language, and where agents and password stores are."""

    @field_validator("argv")
    @classmethod
    def _runnable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if (
            not value
            or len(value) > 50
            or not value[0].strip()
            or any("\0" in word or len(word) > 4_000 for word in value)
        ):
            raise ValueError("is a program and at most 49 arguments, without NUL")
        return value

    @field_validator("keep")
    @classmethod
    def _not_for_ever(cls, value: int) -> int:
        if value > MOST_KEPT_S * SECOND:
            raise ValueError("is at most an hour")
        return value

    @field_validator("environ")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 20 or any(
            not name.replace("_", "a").isalnum() or name.startswith("COCKPIT_") for name in value
        ):
            raise ValueError("names at most 20 environment variables; those of the cockpit are not passed on")
        return value

    @property
    def program(self) -> Program:
        """As it is run."""
        return Program(self.argv, self.timeout / SECOND, self.keep / SECOND, self.environ)
