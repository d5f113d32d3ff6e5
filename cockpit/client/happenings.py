"""Events as the lines of a log: what happened, in the words of `cockpit log`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cockpit.client.views import Views

Json = Mapping[str, Any]
SENT = "effect.done"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: `state` is a word of the glyph table, `text` a sentence in which nothing is hidden."""

    seq: int
    at: int
    """Mission time."""
    mission: str
    state: str
    text: str
    kind: str
    micro_usd: int = 0
    """What the task that it is about has cost, for an accepted one."""


def told(events: Iterable[Json], views: Views, *, everything: bool = False) -> list[Happening]:
    """The loud ones among events, or all, in their order; names come from the rows at hand."""
    from cockpit.cli.story import Names, describe  # not before the first paint

    class Known(Names):
        """Names as the rows give them, so that no telling must begin with the first event."""

        def of(self, slug: str, short: str) -> str:
            if short.startswith("B"):
                branch = views.branches.get(slug, {}).get(f"{slug}/{short}")
                return branch.key if branch else short
            task = views.tasks.get(slug, {}).get(f"{slug}/{task_of(short)}")
            if task is None:
                return short
            return task.title if task.branch_key in {"", "main"} else f"{task.branch_key}: {task.title}"

        def review(self, event: dict[str, Any]) -> bool:
            body, slug = event["body"], event["mission"]
            about = (task_of(str(body.get(field, ""))) for field in ("task", "attempt"))
            tasks = views.tasks.get(slug, {})
            return any(row.kind != "work" for name in about if (row := tasks.get(f"{slug}/{name}")) is not None)

    names = Known()
    found: list[Happening] = []
    sent: list[str] = []
    for event in events:
        line = describe(dict(event), names)
        if not (line.loud or everything):
            continue
        where = (event["seq"], event["at"], event["mission"])
        happening = Happening(*where, line.state, line.text, event["kind"], _cost(event, views))
        effect = str(event["body"].get("effect", "")) if event["kind"] == SENT and not everything else ""
        if effect and sent and found[-1].kind == SENT and found[-1].mission == event["mission"]:
            sent.append(effect)
            found[-1] = _gathered(found[-1], happening, sent)
        else:
            sent = [effect] if effect else []
            found.append(happening)
    return found


def _gathered(one: Happening, other: Happening, sent: list[str]) -> Happening:
    """Effects that left one after the other are one line: a batch of fifty must not hide all else."""
    ends = sorted((sent[0], sent[-1]), key=lambda name: (len(name), name))
    last = max(one, other, key=lambda happening: happening.seq)
    return replace(last, text=f"{len(sent)} effects done, {ends[0]} to {ends[1]}")


def _cost(event: Json, views: Views) -> int:
    """What an accepted task has cost in all; 0 of anything else."""
    if event["kind"] != "task.accepted":
        return 0
    row = views.tasks.get(event["mission"], {}).get(f"{event['mission']}/{event['body'].get('task')}")
    return row.spent if row else 0


def task_of(short: str) -> str:
    """The task of an attempt (`A12.2` is one of `T12`); anything else as it is."""
    if short.startswith("A") and "." in short:
        return f"T{short[1:].partition('.')[0]}"
    return short
