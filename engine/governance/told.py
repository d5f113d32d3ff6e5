"""The label that an attempt begins with: the join over everything that its package tells and its workspace holds. Pure.

What a human wrote (contract, rules, tasks) is trusted and public. What a worker left behind carries the label of the
attempt that made it; files that it made are untrusted besides. Messages from outside are untrusted and private.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.governance.labels import WORST, Label, Secrecy, join, labelled
from engine.ledger.bodies import Marked
from engine.state.model import MissionState
from engine.values import Ratio

_OURS = frozenset({"policy", "contract_clause", "rule", "task", "pruned", "tools", "skill"})


def of_package(state: MissionState, included: Iterable[tuple[str, str]], files: Iterable[str]) -> Label:
    """The label of a package by what it includes (id, kind), and of the files laid beside it by name."""
    return join([*(_part(state, name, kind) for name, kind in included), *(_file(state, name) for name in files)])


def label(marked: Marked | None) -> Label:
    """A label as it was recorded; of nothing that was noted, the worst that is usual."""
    return WORST if marked is None else Label.model_validate(marked.model_dump())


def marked(found: Label) -> Marked:
    """A label as it is recorded."""
    return Marked.model_validate(found.model_dump())


def of_attempt(state: MissionState, attempt: str) -> Label:
    """What an attempt's context carried in the end."""
    made = state.attempts.get(attempt)
    return label(made.label if made is not None else None)


def _part(state: MissionState, name: str, kind: str) -> Label:
    if kind in _OURS:
        return Label()
    if kind == "input":
        return _input(state, name)
    if kind == "artifact":
        return _artifact(state, name.split(" ", maxsplit=1)[0])
    if kind == "attempt":
        return labelled(name, trusted=False, secrecy=of_attempt(state, name).secrecy)
    if kind == "subject":
        secrecy: Secrecy = of_attempt(state, name).secrecy if name in state.attempts else "private"
        return labelled(name, trusted=False, secrecy=secrecy)
    if kind == "evidence":
        return _evidence(state, name)
    if kind == "passage":
        source = name.partition("#")[0]
        if source in state.artifacts:
            return _artifact(state, source)
        return labelled(source, trusted=False, secrecy="private")
    if kind == "question" and " " in name:  # it asks about an item and quotes it
        return _item(state, name.rpartition(" ")[2])
    return _item(state, name)


def _input(state: MissionState, name: str) -> Label:
    ref = state.inputs.get(name)
    if ref is None:
        return WORST
    secrecy: Secrecy = "public" if ref.privacy == "public" else "secret" if ref.privacy == "secret" else "private"
    return labelled(name, trusted=ref.trust == "trusted", secrecy=secrecy)


def _artifact(state: MissionState, name: str) -> Label:
    artifact = state.artifacts.get(name)
    made = of_attempt(state, artifact.attempt if artifact else "")
    said = f"{name} {artifact.name}" if artifact else name
    return labelled(said, trusted=False, secrecy=made.secrecy)


def _evidence(state: MissionState, name: str) -> Label:
    found = state.evidence.get(name)
    if found is not None and (found.value is None or isinstance(found.value, Ratio) or _number(found.value)):
        return Label()
    return labelled(name, trusted=False, secrecy="private")


def _number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _item(state: MissionState, name: str) -> Label:
    item = state.items.get(name)
    if item is None:
        return labelled(name, trusted=False, secrecy="private")
    if item.origin == "human":
        return labelled(name, trusted=True, secrecy="private" if item.privacy != "public" else "public")
    made = of_attempt(state, item.attempt)
    secrecy: Secrecy = "secret" if item.privacy == "secret" else made.secrecy
    return labelled(name, trusted=not made.untrusted, secrecy=secrecy)


def _file(state: MissionState, name: str) -> Label:
    """A file in the workspace: an input by its name, an artifact as `task/name`."""
    if name in state.inputs:
        return _input(state, name)
    found = [a.id for a in state.artifacts.values() if f"{state.tasks[a.task].key}/{a.name}" == name]
    return join(_artifact(state, one) for one in found) if found else labelled(name, trusted=False, secrecy="private")
