"""What everybody who needs a secret is given: `Secrets`, and the one error it raises."""

from __future__ import annotations

from typing import Literal, Protocol

from engine.errors import CockpitError

NAME = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}"
"""What a secret may be called."""
REFERENCE = rf"(keyring|env|command):{NAME}"

Why = Literal["missing", "locked", "no_keyring", "untrusted_keyring", "timeout", "unreadable"]
PASSING: frozenset[Why] = frozenset({"timeout", "locked"})
"""Reasons that may be gone in a moment, without anybody having to change anything."""


class SecretError(CockpitError):
    """A secret cannot be had. `why` is what a program may decide by; the three sentences are for people and never hold
    a secret.
    """

    def __init__(self, why: Why, where: str, what: str, mend: str) -> None:
        super().__init__(where, what, mend)
        self.why: Why = why


class Secrets(Protocol):
    """Values by reference."""

    async def get(self, reference: str) -> str:
        """The value behind `keyring:NAME`, `env:NAME` or `command:NAME`. Raises `SecretError`; never waits longer than
        half a minute, or than the time-out that the command of its own has.
        """
