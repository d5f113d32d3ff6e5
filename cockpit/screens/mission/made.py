"""What a task made, below the facts of its sheet: the word of its worker, and each file as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cockpit.cli.made import STANDING, made
from cockpit.client.client import Client
from cockpit.screens.attention.artifact import Artifact, artifact, artifact_lines
from cockpit.screens.mission.quote import WIDEST, quoted
from widgets.ink import BLANK, Line, Run

MOST = 100_000
"""Events of one mission that are looked through."""


def of_task(client: Client, slug: str, task: str) -> tuple[str, tuple[Artifact, ...]]:
    """The word of the worker whose result a task has to show, and the files of that result."""
    events = client.events(slug, limit=MOST, kinds=(*STANDING, "attempt.delivered"))
    standing = [one for one in made(events) if one.task == task and one.stands]
    attempt = standing[-1].attempt.rpartition("/")[2] if standing else _last(events, task.rpartition("/")[2])
    said = next((_body(event)["summary"] for event in reversed(events) if _delivers(event, attempt)), "")
    return str(said), tuple(
        artifact({"name": one.name, "media": one.media, "bytes": one.size}, client.blob(one.sha)) for one in standing
    )


def _last(events: Iterable[Mapping[str, Any]], task: str) -> str:
    """The attempt that a task without files was accepted with."""
    accepted = [event for event in events if event["kind"] == "task.accepted" and _body(event)["task"] == task]
    return str(_body(accepted[-1]).get("attempt", "")) if accepted else ""


def _delivers(event: Mapping[str, Any], attempt: str) -> bool:
    return bool(attempt) and event["kind"] == "attempt.delivered" and _body(event)["attempt"] == attempt


def _body(event: Mapping[str, Any]) -> Mapping[str, Any]:
    body: Mapping[str, Any] = event["body"]
    return body


def of_item(client: Client, row: Mapping[str, Any]) -> tuple[Artifact, ...]:
    """The file that an item of the state is, if it is one."""
    return (artifact(row, client.blob(str(row["sha"]))),) if row["kind"] == "artifact" else ()


def lines(said: str, files: Sequence[Artifact], columns: int) -> list[Line]:
    """Nothing for what has made nothing."""
    size = max(min(columns, WIDEST), 8)
    out: list[Line] = []
    if said:
        out += [BLANK, (Run("its worker says", "muted", bold=True),), *quoted(said, columns)]
    for one in files:
        out += [BLANK, *artifact_lines(one, size)]
    return out
