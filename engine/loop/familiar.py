"""Every configured secret made known to the redactor before anything is told to a worker, so that none is told."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.secrets import SecretError, Secrets
from engine.values import MINUTE

log = logging.getLogger("cockpit.engine")

AGAIN = 10 * MINUTE
"""Milliseconds after which a secret is read anew: it may have been changed."""
SOON = MINUTE
"""The same for one that could not be had."""


class Familiar:
    """Resolves references through `secrets`, which remembers the values; nothing is kept here."""

    def __init__(
        self, references: Callable[[], tuple[tuple[str, str], ...]], secrets: Secrets, clock: Callable[[], int]
    ) -> None:
        """`references`: places of config.toml and what stands there; `clock` tells milliseconds."""
        self._references, self._secrets, self._clock = references, secrets, clock
        self._due: dict[str, int] = {}

    async def learn(self) -> None:
        """Read what is named now and was not read lately. What cannot be had is not known, and a line in the log."""
        now = self._clock()
        for place, reference in self._references():
            if now < self._due.get(reference, now):
                continue
            try:
                await self._secrets.get(reference)
            except SecretError as error:
                self._due[reference] = now + SOON
                log.warning("%s: %s", place, error)
            else:
                self._due[reference] = now + AGAIN


async def nothing_to_learn() -> None:
    """For engines without any settings."""
