"""The headed paragraphs of a mission in prose: `Target: ...`, `## Budget`, with the lines they stand in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.errors import BadInputError

MAX_BYTES = 64 * 1024
_HEAD = re.compile(
    r"^(?:#{1,6}\s+|\*{1,2})?(?P<name>[A-Za-z][A-Za-z' /-]{1,40}?)\s*(?:\*{1,2})?:(?:\*{1,2})?(?:\s+(?P<rest>.*))?$"
)
_MARK = re.compile(r"^#{1,6}\s+(?P<name>.+?)\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")

NAMES: dict[str, tuple[str, ...]] = {
    "mission": ("mission", "title", "name"),
    "target": ("target", "goal", "objective", "outcome", "success"),
    "budget": ("budget", "limits", "budget and time"),
    "allowed": ("allowed actions", "allowed", "actions allowed", "may", "permitted actions", "actions"),
    "restricted": (
        *("restricted actions", "restricted", "actions restricted", "needs approval", "approval needed"),
        *("requires approval", "ask first", "ask before", "approval required"),
    ),
    "forbidden": ("forbidden actions", "forbidden", "never", "not allowed", "prohibited actions", "must not"),
    "evidence": ("evidence", "metrics", "measures", "signals", "what counts"),
    "cadence": ("cadence", "check", "checks", "schedule", "review cadence", "check-ins", "evidence cadence"),
    "tools": ("tools", "tool access", "available tools"),
    "workers": ("workers", "roles", "team", "workforce", "agents"),
    "stop": ("stop", "stop conditions", "stop condition", "stop rules", "stop when", "kill criteria"),
    "judge": ("judge", "judging", "decide", "keep", "prune", "keep or prune", "verdict", "decision rules"),
    "receipt": ("receipt", "report", "deliverables", "final receipt"),
    "inputs": ("inputs", "input", "files", "data", "sources"),
    "lawful": ("lawful", "contact basis", "legal basis", "lawful basis"),
    "branches": ("branches", "experiments", "channels", "variants", "candidates", "hypotheses"),
}
"""The headings that are understood, by the clause that they become."""
_KNOWN = {heading: name for name, headings in NAMES.items() for heading in headings}


@dataclass(slots=True)
class Section:
    """A heading and the text below it; `name` is empty for one that is not understood."""

    name: str
    heading: str
    line: int
    parts: list[tuple[int, str]] = field(default_factory=list)
    """Lines of text with their numbers, without bullets."""

    @property
    def text(self) -> str:
        """All of it, one entry a line."""
        return "\n".join(part for _line, part in self.parts)


def split(data: bytes, where: str) -> list[Section]:
    """The sections in their order; text before the first heading is of the mission.

    Raises `BadInputError` for what is no text, or more of it than a contract may hold.
    """
    if len(data) > MAX_BYTES:
        raise BadInputError(where, f"is larger than {MAX_BYTES // 1024} KiB", "say it shorter")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError(where, "is not UTF-8 text", "save it as plain text in UTF-8") from None
    found = [Section("mission", "", 1)]
    for number, raw in enumerate(text.splitlines(), start=1):
        raw = "".join(char if char.isprintable() else " " for char in raw)  # noqa: PLW2901
        line = raw.strip()
        if not line or set(line) <= set("-=_*"):
            continue
        head = _HEAD.match(line) or _MARK.match(line)
        known = _KNOWN.get(" ".join(head["name"].lower().split())) if head else None
        if head and (known or not _BULLET.match(raw)):
            rest = head.groupdict().get("rest") or ""
            if known is None and line.startswith("#") and len(found) == 1 and not found[0].parts:
                found[0].parts.append((number, head["name"].strip()))
                continue
            found.append(Section(known or "", head["name"].strip(), number))
            if rest.strip():
                found[-1].parts.append((number, rest.strip()))
            continue
        found[-1].parts.append((number, _BULLET.sub("", raw).strip()))
    return [section for section in found if section.parts or section.name not in {"", "mission"}]
