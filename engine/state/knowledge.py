"""What a mission knows and made: evidence, curated items, rules, artifacts.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import Ratio, Sha256


@dataclass(slots=True)
class Evidence:
    """One measurement or message."""

    id: str
    metric: str
    branch: str
    source: str
    grade: str
    value: Ratio | str | None
    task: str
    attempt: str
    about: str
    person: str
    message: str
    blob: Sha256 | None
    key: str
    note: str
    at: int


@dataclass(slots=True)
class Item:
    """One piece of curated state. `status`: active, superseded, retracted."""

    id: str
    kind: str
    text: str
    branch: str
    task: str
    attempt: str
    origin: str
    trust: str
    privacy: str
    at: int
    status: str = "active"
    because: str = ""


@dataclass(slots=True)
class Rule:
    """A standing constraint born from a rejection or written by a human."""

    id: str
    text: str
    branch: str
    roles: tuple[str, ...]
    origin: str
    at: int


@dataclass(slots=True)
class Artifact:
    """A file a worker made."""

    id: str
    name: str
    sha: Sha256
    bytes: int
    media: str
    task: str
    attempt: str
