"""P22: nothing is accepted below its ladder, a route rests on what really was found out, and every decision that was
computed comes out again, to the byte, from the events and blobs alone. From raw events, not from the engine's opinion.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from engine.ledger.protocol import Event
from engine.loop.replay import replay
from tests.world.sim import History, Told

OUR_FAULT = "written before it was a rule"
ANSWERS = {"unusable", "refused"}


def decided(history: History) -> Iterator[str]:
    """Everything that was decided otherwise than the ledger says."""
    for name, told in history.missions.items():
        yield from (f"P22 {name}: {sentence}" for sentence in (*_ladder(told), *_duels(told)))
        for made in replay(name, told.events, history.blobs.get):
            if not made.same:
                yield f"P22 {name}: the {made.what} at {made.height} comes out otherwise: {made.why}"
    yield from _learnt(history)


def _ladder(told: Told) -> Iterator[str]:
    """An attempt is accepted only after a yes of each stage that its task asks for, and never after a no."""
    stages: dict[str, set[str]] = {}
    given: dict[str, dict[str, bool]] = defaultdict(dict)
    for event in told.events:
        body = event.body
        if event.kind in {"task.added", "task.amended"}:
            stages[body["task"]] = _stages(body)
        elif event.kind == "verdict.given":
            given[body["attempt"]][body["stage"]] = body["ok"]
        elif event.kind == "task.accepted" and body.get("attempt"):
            found = given[body["attempt"]]
            lacking = sorted(stage for stage in stages[body["task"]] if not found.get(stage))
            if lacking or not all(found.values()):
                yield f"{body['attempt']} was accepted without a yes of {', '.join(lacking) or 'everybody'}"


def _stages(body: Any) -> set[str]:
    if body.get("kind", "work") != "work":
        return {"checks"}
    checks = {c["check"] for c in body.get("criteria", ()) if isinstance(c["check"], str)}
    wanted = {"checks", *body.get("verify", ("checks",)), *checks}
    return wanted - {"review"} if "duel" in wanted and "review" not in body.get("verify", ()) else wanted


def _duels(told: Told) -> Iterator[str]:
    """Who does work a second time is of another family than the first; a yes follows from two who agree, or a human."""
    family, second, judges = dict[str, str](), dict[str, str](), dict[str, str]()
    for event in told.events:
        body = event.body
        if event.kind == "task.added" and body.get("kind") in {"second", "judge"}:
            (second if body["kind"] == "second" else judges)[body["task"]] = body["subject"]
        elif event.kind == "attempt.dispatched":
            family[body["attempt"]] = body.get("family", "")
            first = second.get(body["task"])
            if first and family[first] == family[body["attempt"]] != "":
                yield f"{body['attempt']} is of the family of {first}, which it is to be compared with"
        elif event.kind == "verdict.given" and body["stage"] == "duel":
            decided_by = body["attempt"] in judges.values() or body["by"].startswith("human:")
            yield from () if decided_by else (f"{body['attempt']} was decided by a duel without a judge",)


def _learnt(history: History) -> Iterator[str]:
    """A route rests on exactly the outcomes that all missions had recorded before it."""
    news = sorted((event for told in history.missions.values() for event in told.events), key=lambda event: event.seq)
    counted: Counter[tuple[str, str, bool]] = Counter()
    books = {name: _Book() for name in history.missions}
    for event in news:
        sha = event.body.get("record") if event.kind == "route.chosen" else None
        if sha:
            rows = json.loads(history.blobs[sha])
            told = {(row["role"], row["name"]): (row["good"], row["n"]) for row in rows if row["n"]}
            names = {one["name"] for one in event.body["considered"]}
            due = {
                (role, name): (counted[role, name, True], counted[role, name, True] + counted[role, name, False])
                for role, name, _good in counted
                if name in names and counted[role, name, True] + counted[role, name, False]
            }
            if told != due:
                yield f"P22 {event.mission}/{event.body['attempt']} rests on {told}, and {due} had been found out"
        for role, name, good, by in books[event.mission].take(event):
            counted[role, name, good] += by


class _Book:
    """What one mission finds out about its attempts, event by event."""

    def __init__(self) -> None:
        self._task: dict[str, Any] = {}
        self._made: dict[str, tuple[str, str, str]] = {}
        self._lines: set[str] = set()
        self._found: dict[str, bool] = {}
        self._effects: dict[str, dict[str, bool]] = defaultdict(dict)
        self._of: dict[str, str] = {}
        self._worker: dict[str, str] = {}

    def take(self, event: Event) -> Iterator[tuple[str, str, bool, int]]:
        """Role, model, whether it was good, and by how much that count changes."""
        body, kind = event.body, event.kind
        if kind in {"task.added", "task.amended"}:
            self._task[body["task"]] = body
        elif kind == "attempt.dispatched":
            self._worker[body["attempt"]] = body["worker"]
            self._made[body["attempt"]] = body["role"], body.get("model", ""), body["task"]
        elif kind == "verdict.given":
            if body.get("lines"):
                self._lines.add(body["attempt"])
            wrong = [line for line in body.get("lines", ()) if not line["ok"]]
            if not body["ok"] and any(not _excused(line) for line in wrong):
                yield from self._note(body["attempt"], good=False)
        elif kind == "attempt.failed" and body.get("fault") in ANSWERS and self._checkable(body["attempt"]):
            yield from self._note(body["attempt"], good=False)
        elif kind == "task.accepted" and body.get("attempt"):
            if body["attempt"] in self._lines or self._checkable(body["attempt"]):
                yield from self._note(body["attempt"], good=True)
        elif kind == "effect.proposed":
            self._of[body["effect"]] = body["attempt"]
            self._effects[body["attempt"]][body["effect"]] = False
        elif kind.startswith("effect.") and body.get("effect") in self._of:
            of = self._effects[self._of[body["effect"]]]
            of[body["effect"]] = kind == "effect.rejected" or (of[body["effect"]] and kind == "effect.held")
            if kind == "effect.rejected" and all(of.values()):
                yield from self._note(self._of[body["effect"]], good=False)

    def _checkable(self, attempt: str) -> bool:
        task = self._task[self._made[attempt][2]]
        promises = task.get("proposes") or task.get("produces") or task.get("metric")
        return bool(promises) or any(isinstance(c["check"], dict) for c in task.get("criteria", ()))

    def _note(self, attempt: str, *, good: bool) -> Iterator[tuple[str, str, bool, int]]:
        role, name, _task = self._made[attempt]
        if self._worker[attempt] != "model" or self._found.get(attempt) in {good, False}:
            return
        if attempt in self._found:
            yield role, name, True, -1
        self._found[attempt] = good
        yield role, name, good, 1


def _excused(line: Any) -> bool:
    given_up = line["criterion"] == "reviewed" and line.get("by") == "engine"
    return given_up or str(line.get("detail", "")).startswith(OUR_FAULT)
