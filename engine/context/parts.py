"""A package in parts: what each of them is, in which forms it can be told, and in which order all of it is written.

Order is stable before volatile: what all tasks of a role share comes first, so that a provider's cache serves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.context.tokens import tokens
from engine.state.model import Task
from engine.values import Sha256, sha256

STABLE = ("Policy", "Mission", "Rules in force", "Skills", "Tools")
"""Sections that do not change from one task of a role to the next."""
ORDER = (
    *STABLE,
    "Decisions",
    "Assumptions",
    "Learnings",
    "Pruned branches",
    "Claims (not evidence)",
    "Evidence",
    "Files",
    "Passages",
    "Under review",
    "Open questions",
    "Earlier attempts",
    "Not told here",
    "Task",
)
SECTION = {
    "decision": "Decisions",
    "assumption": "Assumptions",
    "learning": "Learnings",
    "claim": "Claims (not evidence)",
    "question": "Open questions",
}
FORMS = ("full", "brief", "pointer")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that may stand in a package. `forms` are its texts, the whole one first; `score` and `points` say how
    it ranks among what is optional, `cap` with what it shares its room.
    """

    id: str
    kind: str
    section: str
    forms: tuple[tuple[str, str], ...]
    reason: str
    score: int = 0
    points: Mapping[str, int] = field(default_factory=dict)
    cap: str = ""
    sure: bool = False
    """Whether more speaks for it than that a word of it fits, or that it is new."""
    body: str = ""
    """Its words alone, by which near-duplicates are known; empty: it has none."""


@dataclass(frozen=True, slots=True)
class Told:
    """A part in the form in which it is told."""

    part: Part
    form: str
    text: str

    @property
    def tokens(self) -> int:
        """Estimated tokens of it."""
        return tokens(self.text)


def whole(id_: str, kind: str, section: str, text: str, reason: str) -> Part:
    """A part that is told whole or not at all."""
    return Part(id_, kind, section, (("full", text),), reason)


def told(part: Part, form: str = "full") -> Told:
    """A part in a form that it has."""
    return Told(part, form, dict(part.forms)[form])


def framed(text: str, section: str, open_: Iterable[str]) -> int:
    """Estimated tokens that a text adds, with the heading of its section unless that is open."""
    return tokens(f"\n{text}" if section in open_ else f"## {section}\n{text}\n\n")


def render(chosen: Sequence[Told], task: Task) -> str:
    """The text of a package."""
    return f"{_sections(chosen, ORDER)}\n\n(end of package for {task.id})\n"


def prefix(chosen: Sequence[Told]) -> Sha256:
    """The digest of what stands before anything that differs between tasks of a role."""
    return sha256(_sections(chosen, STABLE).encode())


def _sections(chosen: Sequence[Told], order: Sequence[str]) -> str:
    lines: list[str] = []
    for section in order:
        inside = [one.text for one in chosen if one.part.section == section]
        if inside:
            lines += [f"## {section}", *inside, ""]
    return "\n".join(lines).rstrip()
