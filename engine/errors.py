"""Errors that a person can act on: where it happened, what is wrong, how to mend it.

Every error that may reach a user derives from `CockpitError`; front ends render it in one place as
``where: what; how to mend it`` and exit with `exit_code` (1 the mission or check says no, 2 usage or bad input,
3 engine or store unavailable).
"""

from __future__ import annotations

from typing import Self


class CockpitError(Exception):
    """A failure with its place, its meaning and its mend."""

    exit_code = 2

    def __init__(self, where: str, what: str, mend: str) -> None:
        """`mend` is never empty: what the reader can do now, with the command or the key."""
        super().__init__(where, what, mend)
        self.where, self.what, self.mend = where, what, mend

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}; {self.mend}" if self.mend else line

    @classmethod
    def told(cls, sentence: str, mend: str, where: str = "") -> Self:
        """An error of a sentence that was put together elsewhere as `what; mend`. `mend`: for one that has none."""
        what, _, after = sentence.rpartition("; ")
        return cls(where, what, after) if what else cls(where, sentence, mend)


class BadInputError(CockpitError):
    """What the user gave cannot be used as it is."""


class SaysNoError(CockpitError):
    """The mission, its contract or its state refuses this."""

    exit_code = 1


class StoreError(CockpitError):
    """The ledger cannot be opened, read or written."""

    exit_code = 3


class PassingStoreError(StoreError):
    """The ledger cannot be written now, and may be in a while: the disk is full, or somebody else holds the file."""


class EngineUnavailableError(CockpitError):
    """No engine answered in time."""

    exit_code = 3
