"""What a mission made: the files its attempts left, and which of them stand because their task was accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

STANDING = ("artifact.produced", "task.accepted", "task.retried", "task.restored")
"""The events from which it is worked out what was made, and what of it stands."""
KINDS = ("task.added", "branch.opened", *STANDING)
"""Those, and the ones that say what tasks and branches are called."""


@dataclass(frozen=True, slots=True)
class Made:
    """One file that an attempt left."""

    id: str
    """With the mission: `gtm/P3`."""
    name: str
    media: str
    size: int
    """Bytes."""
    sha: str
    task: str
    """With the mission: `gtm/T4`."""
    key: str
    """The task as the plan calls it."""
    title: str
    branch: str
    attempt: str
    at: int
    accepted: bool
    """Whether its task was accepted with this attempt."""
    last: bool
    """Whether no later attempt of its task left anything."""

    @property
    def stands(self) -> bool:
        """Whether it is what its task has to show: of the accepted attempt, or of the latest one until there is one."""
        return self.accepted or self.last


def made(events: Iterable[Mapping[str, Any]]) -> list[Made]:
    """Every file of one mission, oldest first, from events of `KINDS` in their order; from those of `STANDING`
    without the names of tasks and branches.
    """
    tasks: dict[str, Mapping[str, Any]] = {}
    branches: dict[str, str] = {}
    accepted: dict[str, str] = {}
    sent_back: dict[str, str] = {}
    latest: dict[str, str] = {}
    produced: list[Mapping[str, Any]] = []
    for event in events:
        body = event["body"]
        match event["kind"]:
            case "task.added":
                tasks[body["task"]] = body
            case "branch.opened":
                branches[body["branch"]] = body["key"]
            case "task.accepted":
                accepted[body["task"]] = body.get("attempt", "")
            case "task.retried":
                sent_back[body["task"]] = accepted.pop(body["task"], "")
            case "task.restored":
                accepted[body["task"]] = sent_back.get(body["task"], "")
            case "artifact.produced":
                produced.append(event)
                latest[body["task"]] = body["attempt"]
    return [_one(event, tasks, branches, accepted, latest) for event in produced]


def _one(
    event: Mapping[str, Any],
    tasks: Mapping[str, Mapping[str, Any]],
    branches: Mapping[str, str],
    accepted: Mapping[str, str],
    latest: Mapping[str, str],
) -> Made:
    body, slug = event["body"], event["mission"]
    name = body["task"]
    task = tasks.get(name, {})
    return Made(
        id=f"{slug}/{body['artifact']}",
        name=body["name"],
        media=body["media"],
        size=body["bytes"],
        sha=body["sha"],
        task=f"{slug}/{name}",
        key=task.get("key", ""),
        title=task.get("title", ""),
        branch=branches.get(task.get("branch", ""), ""),
        attempt=f"{slug}/{body['attempt']}",
        at=event["at"],
        accepted=accepted.get(name) == body["attempt"],
        last=name not in accepted and latest[name] == body["attempt"],
    )
