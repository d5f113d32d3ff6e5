"""What a planted bug is: a small, plausible, wrong patch that a promise's tests must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One replacement; `old` must stand in `file` exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A wrong patch, the promise it breaks, and where the world notices: the first seed that does."""

    name: str
    promise: str
    start: int
    edits: tuple[Edit, ...]
    seeds: int = 12
    """How many seeds to play from there at most; the first that notices ends it."""
    test: str = ""
    """A file of tests that must notice instead of the world: for what the world has no wire for."""
