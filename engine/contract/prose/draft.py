"""What a reading found, with the words each clause came from, and what it left as prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def clause(pairs: Mapping[str, str]) -> str:
    """A few terms in words: `unit ratio, from inbox`."""
    return ", ".join(f"{key} {value}" for key, value in pairs.items())


@dataclass(frozen=True, slots=True)
class Read:
    """A clause that was read: its path, its value as the contract says it, and where the words for it stand."""

    clause: str
    value: str
    words: str
    line: int


@dataclass(frozen=True, slots=True)
class Left:
    """Prose that nothing was made of: advisory, with what would give it teeth."""

    words: str
    line: int
    teeth: str


@dataclass(slots=True)
class Draft:
    """What was found, in the terms of a contract. Text is as it was written."""

    mission: str = ""
    target: str = ""
    met_when: str = ""
    budget: dict[str, str] = field(default_factory=dict)
    allowed: list[str] = field(default_factory=list)
    restricted: list[str] = field(default_factory=list)
    evidence: dict[str, dict[str, str]] = field(default_factory=dict)
    cadence: list[dict[str, str]] = field(default_factory=list)
    roles: dict[str, dict[str, str]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    lawful: dict[str, str] = field(default_factory=dict)
    judge: list[tuple[str, str, str]] = field(default_factory=list)
    stop: list[tuple[str, str, str]] = field(default_factory=list)
    receipt: list[str] = field(default_factory=list)
    branches: list[tuple[str, str]] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def took(self, clause: str, value: str, said: str, line: int) -> None:
        """Note which words a clause came from."""
        self.read.append(Read(clause, value, " ".join(said.split())[:120], line))

    def leave(self, said: str, line: int, teeth: str) -> None:
        """Keep words as prose."""
        self.left.append(Left(" ".join(said.split())[:300], line, teeth))
