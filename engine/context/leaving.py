"""Whether a package may be told to a worker at all: not when it, or a file beside it, holds a secret. Pure.

A secret is refused and not masked here: what a human put there by mistake is a human's to take out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.context.pack import upstream
from engine.redaction import Redactor
from engine.state.model import MissionState, Task
from engine.values import Sha256


def secret_in(
    state: MissionState, task: Task, package: str, contents: Mapping[Sha256, bytes], redactor: Redactor
) -> str:
    """Why a task's package is told to nobody: where the secret stands, and whose it is; "" when there is none."""
    for where, text in _files(state, task, contents):
        if found := redactor.find(text, certain_only=True):
            line = text.count("\n", 0, found[0].start) + 1
            return f"{where} holds {found[0].what} in line {line}"
    found = redactor.find(package, certain_only=True)
    if not found:
        return ""
    what = found[0].what
    for where, text in _texts(state, task):
        if told := redactor.find(text, certain_only=True):
            return f"{where} holds {told[0].what}"
    return f"its package holds {what}"


def _files(state: MissionState, task: Task, contents: Mapping[Sha256, bytes]) -> Iterator[tuple[str, str]]:
    """What is laid beside the package, large files included."""
    for name, ref in state.inputs.items():
        if name in task.context and ref.sha in contents:
            yield f"the input {name}", contents[ref.sha].decode("utf-8", "replace")
    near = upstream(state, task)
    for artifact in state.artifacts.values():
        accepted = artifact.task in near and artifact.attempt == state.tasks[artifact.task].accepted
        if accepted and artifact.sha in contents:
            yield f"{artifact.id} ({artifact.name})", contents[artifact.sha].decode("utf-8", "replace")


def _texts(state: MissionState, task: Task) -> Iterator[tuple[str, str]]:
    """Everything else that a package quotes, by the id under which people find it."""
    terms = state.terms
    yield "the contract", "\n".join((terms.mission, terms.target.statement, *(c.text for c in task.criteria)))
    yield f"the title of {task.id}", task.title
    yield f"the branch {state.branches[task.branch].key}", state.branches[task.branch].hypothesis
    for rule in state.rules_for(task):
        yield rule.id, rule.text
    for item in state.items.values():
        yield item.id, item.text
    for name in task.attempts:
        yield name, state.attempts[name].because
    if task.subject:
        yield task.subject, ""
