"""What a person is to judge: the task's criteria, what it builds on, its package, and what an answer leads to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cockpit.screens.attention.artifact import Artifact, artifact
from cockpit.screens.context.package import Block, Package

Json = Mapping[str, Any]
_KNOWN = frozenset({"policy", "contract_clause"})
"""Kinds of a package that say the same in every package of a mission."""
_CHECKS = {
    "max_words": "at most {} words, counted by the engine",
    "max_length": "at most {} characters, counted by the engine",
    "regex": "matches {}, checked by the engine",
    "command": "a command checks it",
    "schema": "a schema checks it",
    "metric": "{}, compared by the engine",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What was read of work that a task builds on. `added` is its `task.added`; `attempt` the one that counts."""

    added: Json
    attempt: str = ""
    summary: str = ""
    artifacts: tuple[tuple[Json, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What was read about a question's task, and nothing concluded from it yet."""

    added: Json = field(default_factory=dict)
    parked: bool = False
    """Whether an attempt waits for the answer, which becomes its result."""
    sources: tuple[Source, ...] = ()
    next: tuple[Json, ...] = ()
    """`task.added` of each task that needs this one."""
    package: Json = field(default_factory=dict)
    """The attempt's package, as `cockpit.cli.context.packaged` gives it."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Work that is to be judged, or that the task builds on."""

    key: str
    title: str
    task: str
    attempt: str
    summary: str
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's task as a person needs it before answering."""

    key: str = ""
    role: str = ""
    criteria: tuple[tuple[str, str], ...] = ()
    """Each with how it is judged."""
    then: tuple[str, ...] = ()
    """Keys of the tasks that need it."""
    follows: tuple[str, ...] = ()
    """What an answer leads to, in sentences; empty where the choices say it."""
    needs: tuple[Needed, ...] = ()
    attempt: str = ""
    """Whose package it is; empty for none."""
    blocks: tuple[Block, ...] = ()
    """Its package, the task first, without what every package says and what stands among the artifacts."""


def asked(read: Read, contract: Json) -> Asked | None:
    """What is known of a question's task; None when nothing is."""
    added = read.added
    if not added:
        return None
    own = str(added.get("kind") or "work") == "work"
    package = Package.of(read.package) if read.package.get("text") else None
    needs = tuple(_needed(source) for source in read.sources)
    return Asked(
        key=str(added.get("key") or added.get("task") or ""),
        role=str(added.get("role") or ""),
        criteria=tuple(
            (str(one.get("text") or ""), _judged(one.get("check"), added, own=own))
            for one in added.get("criteria") or ()
            if isinstance(one, Mapping)
        ),
        then=_keys(read.next),
        follows=tuple(_follows(read, contract)) if read.parked else (),
        needs=needs,
        attempt=package.short if package else "",
        blocks=_material(package, shown=any(one.artifacts for one in needs)) if package else (),
    )


def _needed(source: Source) -> Needed:
    return Needed(
        key=str(source.added.get("key") or ""),
        title=str(source.added.get("title") or ""),
        task=str(source.added.get("task") or ""),
        attempt=source.attempt,
        summary=source.summary,
        artifacts=tuple(artifact(body, content) for body, content in source.artifacts),
    )


def _judged(check: object, added: Json, *, own: bool) -> str:
    """How a criterion is judged."""
    if isinstance(check, Mapping):
        name, value = next(((str(key), value) for key, value in check.items() if value is not None), ("", ""))
        return _CHECKS.get(name, "checked by the engine").format(value)
    if not own or check == "human":
        return "yours to judge"
    return f"judged by {added.get('reviewer') or 'a reviewer'} afterwards" if check == "review" else ""


def _follows(read: Read, contract: Json) -> list[str]:
    """What becomes of an answer that ends a parked attempt, as `engine.loop.answers` treats it."""
    added = read.added
    kind, key = str(added.get("kind") or "work"), str(added.get("key") or added.get("task") or "")
    then = starts(_keys(read.next))
    if kind == "review":
        return [
            "accept, yes or ok: every criterion holds, and the work goes on.",
            "Anything else: it does not hold, and the work goes back with what follows the colon (reject: too long).",
        ]
    measured = [name for name in added.get("produces") or () if name in (contract.get("evidence") or {})]
    if metric := added.get("metric") or (measured[0] if len(measured) == 1 else ""):
        return [f"Your answer is recorded as a measurement of {metric}: give a number in the contract's unit."]
    verified = [stage for stage in added.get("verify") or ("checks",) if stage != "checks"]
    after = "the checks" + (f" and {_listed([str(stage) for stage in verified])}" if verified else "")
    out = [f"Your text becomes the result of {key}, and a decision that later packages carry."]
    out.append(f"If it passes {after}, {key} is done" + (f" and {then}." if then else "."))
    out.append("If it does not, it is tried again while attempts are left.")
    out.append("There is no word for no: a text that refuses is a result like any other. Leave it open (z) to wait.")
    return out


def _keys(tasks: Sequence[Json]) -> tuple[str, ...]:
    return tuple(str(one.get("key") or one.get("task")) for one in tasks)


def starts(keys: Sequence[str]) -> str:
    """`a, b and c start`; empty for none."""
    return f"{_listed(keys)} start{'s' if len(keys) == 1 else ''}" if keys else ""


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:4]) + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _material(package: Package, *, shown: bool) -> tuple[Block, ...]:
    """The task of a package first, then the rest of it; its artifacts only where they are not `shown` in whole."""
    kinds = {item.id: item.kind for item in package.included}
    sections: list[list[Block]] = []
    for block in package.blocks:
        heads = not block.item and block.rows[0].text.startswith("## ")
        if heads or not sections:
            sections.append([])
        if not block.item or (kinds.get(block.item) not in _KNOWN and not (shown and kinds[block.item] == "artifact")):
            sections[-1].append(block)
    told = [blocks for blocks in sections if any(block.item for block in blocks)]
    told.sort(key=lambda blocks: not any(kinds.get(block.item) == "task" for block in blocks))
    found = [block for blocks in told for block in blocks]
    while found and not any(row.text and not row.text.startswith("(end of package") for row in found[-1].rows):
        found.pop()
    return tuple(found)
