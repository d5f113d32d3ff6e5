"""What an attempt is given to work with: grants, files for them, the label it begins with, and what it is told of it.
Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.governance.told import of_package
from engine.plan.ready import role_of
from engine.state.model import MissionState, Task, Tool
from engine.tools.granting import CALLERS, asked_by, given, grant, grants, missing, told
from engine.tools.protocol import Grant
from engine.workers.protocol import AttemptJob, FileIn

_READS_FILES = frozenset({"workspace", "path"})


@dataclass(frozen=True, slots=True)
class Kit:
    """The tools of one attempt. `without`: those that it should have and that cannot be used."""

    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    told: tuple[str, ...] = ()
    """What its package says about them, one line each."""

    @property
    def asks(self) -> str:
        """The tool by which it may ask for what its package does not tell; empty where it may not."""
        return asked_by(self.grants)

    def given_to(self, state: MissionState, job: AttemptJob, manifest: bytes) -> AttemptJob:
        """The job with its tools. Files are laid only where a tool reads them; secret ones never are."""
        reads = any(one.kind in _READS_FILES for one in self.grants)
        shared = tuple(one for one in (*job.inputs, *job.artifacts) if _may_be_laid(state, one)) if reads else ()
        included = [(str(part["id"]), str(part["kind"])) for part in json.loads(manifest)["included"]]
        label = of_package(state, included, [one.name for one in shared])
        laid = (*shared, *_path_files(state, self.grants))
        return job.model_copy(update={"grants": self.grants, "label": label, "laid": laid})


def _may_be_laid(state: MissionState, file: FileIn) -> bool:
    ref = state.inputs.get(file.name)
    return ref is None or ref.privacy != "secret"


def _path_files(state: MissionState, held: tuple[Grant, ...]) -> tuple[FileIn, ...]:
    files = {ref.owner: ref for ref in state.files}
    found = ((one, files.get(f"tools/{one.tool}")) for one in held if one.kind == "path")
    return tuple(FileIn(name=f"tools/{one.tool}", filename=one.path, sha=ref.sha) for one, ref in found if ref)


def equip(state: MissionState, task: Task, worker: str) -> Kit:
    """The tools that a task's next attempt gets from a worker of this kind."""
    if worker not in CALLERS:
        return Kit()
    all_ = given(state, task, role_of(state, task))
    without = missing(state, all_)
    names = tuple(name for name in all_ if name not in without)
    held = grants(state, names)
    return Kit(names, without, held, (*told(state, held, without), *_unknown(state, task)))


def _unknown(state: MissionState, task: Task) -> tuple[str, ...]:
    """Calls of earlier attempts of which nobody knows how they ended."""
    return tuple(
        f"- An earlier attempt began {one.tool} {one.operation} ({one.call}) and its outcome is unknown: look whether "
        "it was done before you do it again."
        for one in state.unanswered.values()
        if one.task == task.id
    )


def looked_at(state: MissionState, name: str) -> dict[str, Any]:
    """The body of a job that looks at a tool: its grant, what was granted before, and the file it reads."""
    known = state.tools.get(name, Tool(name))
    held = grant(name, state.terms.tools[name], {})
    files = [file.model_dump(mode="json") for file in _path_files(state, (held,))]
    pins = {operation: {"pin": pin.pin, "spec": pin.spec} for operation, pin in known.pins.items()}
    return {"tool": name, "grant": held.model_dump(mode="json"), "pins": pins, "files": files}
