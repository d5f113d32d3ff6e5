"""Agent Skills as a contract gives them: a folder with a `SKILL.md` whose front matter names and describes it. Pure.

A skill is read when a mission starts and kept by hash; it is told to the roles that the contract names, and to nobody
else. It says how work is done; it grants nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.contract.model import Contract
from engine.contract.tree import parse

MAIN = "SKILL.md"
MOST_FILES = 64
MOST_BYTES = 1024 * 1024
"""All files of one skill together."""
LARGEST = 64 * 1024
"""Bytes of a `SKILL.md`."""


class BadSkillError(ValueError):
    """A folder that is no skill: one sentence."""


@dataclass(frozen=True, slots=True)
class SkillText:
    """What a `SKILL.md` says."""

    name: str
    description: str
    body: str


def skill_text(content: bytes) -> SkillText:
    """Read a `SKILL.md`. Raises `BadSkillError`."""
    if len(content) > LARGEST:
        raise BadSkillError(f"{MAIN} is larger than {LARGEST // 1024} KiB")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise BadSkillError(f"{MAIN} is not UTF-8") from None
    head, mark, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not mark:
        raise BadSkillError(f"{MAIN} does not begin with front matter between two lines of ---")
    tree = parse(head.encode(), MAIN)
    if tree.value is None or tree.problems:
        raise BadSkillError(f"the front matter of {MAIN} cannot be read: {tree.problems[0].message}")
    name, description = tree.value.get("name"), tree.value.get("description")
    for key, value, most in (("name", name, 64), ("description", description, 1024)):
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise BadSkillError(f"the front matter of {MAIN} needs {key}: a text of at most {most} characters")
    return SkillText(str(name), " ".join(str(description).split()), body.strip())


def fits(files: Mapping[str, int]) -> str:
    """What is wrong with the files of a skill, by their sizes in bytes; empty when nothing is."""
    if MAIN not in files:
        return f"it has no {MAIN}"
    if len(files) > MOST_FILES:
        return f"it has more than {MOST_FILES} files"
    return f"its files have more than {MOST_BYTES // 1024} KiB" if sum(files.values()) > MOST_BYTES else ""


def skills_of(contract: Contract, role: str) -> tuple[str, ...]:
    """The skills that a role is given: those that name it, and those that it names."""
    terms = contract.roles.get(role)
    own = terms.skills if terms is not None else ()
    return tuple(name for name, skill in contract.skills.items() if role in skill.roles or name in own)


def plain(path: str) -> bool:
    """Whether the path of a file within a skill leads nowhere else."""
    return bool(path) and not path.startswith("/") and all(part not in {"", ".", ".."} for part in path.split("/"))
