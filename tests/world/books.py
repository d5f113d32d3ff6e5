"""The caps and the accounts of one mission as its raw events tell them, kept apart from the engine's own arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from engine.ledger.protocol import Event

DIMENSIONS = ("money", "tokens", "calls")
Key = tuple[str, str]
"""A level and a name: `("branch", "B2")`; the mission's name is empty."""
Amounts = dict[str, int]


class Books:
    """What was used and what is set aside, by level; `take` reads one event after the other."""

    def __init__(self) -> None:
        self.caps: dict[Key, dict[str, int | None]] = defaultdict(dict)
        self.used: dict[Key, Amounts] = defaultdict(lambda: dict.fromkeys(DIMENSIONS, 0))
        self.aside: dict[str, Amounts] = {}
        """What is set aside for each attempt."""
        self._levels: dict[str, tuple[Key, ...]] = {}
        self._tasks: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._over: set[tuple[Key, str]] = set()
        self._floors: dict[tuple[Key, str], int] = {}
        """What was used and set aside already when a cap was lowered below it: it may only become less."""

    def take(self, event: Event) -> Iterator[str]:
        """What does not hold once this event has happened."""
        body = event.body
        match event.kind:
            case "mission.created" | "contract.amended":
                self._contract(body["contract"])
            case "branch.opened" | "branch.amended":
                self.caps["branch", body["branch"]] = _limits(body)
                if event.kind == "branch.opened":
                    self._parents[body["branch"]] = body.get("parent", "")
            case "task.added" | "task.amended" | "task.raised":
                self._task(body, raised=event.kind == "task.raised")
        if event.kind.endswith(".amended"):
            self._floors = {(level, name): self._total(level, name) for level in list(self.caps) for name in DIMENSIONS}
        match event.kind:
            case "attempt.dispatched":
                self._levels[body["attempt"]] = self._above(body["task"], body["role"])
            case "charge.reserved":
                self.aside[body["attempt"]] = {
                    "money": int(body["micro_usd"]),
                    "tokens": int(body.get("tokens", 0)),
                    "calls": int(body.get("calls", 0)),
                }
                yield from self._check(event)
            case "charge.settled":
                yield from self._settled(event, body)
            case "charge.corrected":
                self._use(body["attempt"], _of(body))
                yield from self._check(event)

    def _contract(self, contract: Mapping[str, Any]) -> None:
        self.caps["mission", ""] = {name: contract["budget"].get(name) for name in DIMENSIONS}
        for role, terms in contract.get("roles", {}).items():
            given = terms.get("budget", {})
            self.caps["role", role] = dict(given) if isinstance(given, Mapping) else {"money": given}

    def _task(self, body: Mapping[str, Any], *, raised: bool) -> None:
        key, limits = ("task", body["task"]), _limits(body)
        limits["money"] = limits["money"] or None
        known = self.caps[key] if raised else {}
        self.caps[key] = {name: known.get(name) if limits[name] is None else limits[name] for name in DIMENSIONS}
        if not raised:
            self._tasks[body["task"]] = body["branch"]

    def _above(self, task: str, role: str) -> tuple[Key, ...]:
        found: list[Key] = [("mission", ""), ("role", role), ("task", task)]
        branch = self._tasks[task]
        while branch:
            found.append(("branch", branch))
            branch = self._parents.get(branch, "")
        return tuple(found)

    def _settled(self, event: Event, body: Mapping[str, Any]) -> Iterator[str]:
        attempt, used = body["attempt"], _of(body)
        held = self.aside.pop(attempt, dict.fromkeys(DIMENSIONS, 0))
        unknown = body["basis"] == "reservation" or body["outcome"] == "lost"
        if unknown and used["money"] != held["money"]:
            yield f"{attempt} of unknown usage was charged {used['money']}, {held['money']} was reserved"
        if unknown and used["tokens"] != held["tokens"]:
            yield f"{attempt} of unknown usage counts {used['tokens']} tokens, {held['tokens']} were reserved"
        self._use(attempt, used)
        yield from self._check(event)

    def _use(self, attempt: str, used: Amounts) -> None:
        for level in self._levels[attempt]:
            for name in DIMENSIONS:
                self.used[level][name] += used[name]

    def _check(self, event: Event) -> Iterator[str]:
        attempt = event.body["attempt"]
        for level in self._levels[attempt]:
            for name in DIMENSIONS:
                cap = self.caps[level].get(name)
                if cap is None or (level, name) in self._over:
                    continue
                total, floor = self._total(level, name), self._floors.get((level, name), 0)
                self._floors[level, name] = min(floor, max(total, cap))
                if total > max(cap, floor):
                    self._over.add((level, name))
                    used = self.used[level][name]
                    held = total - used
                    yield f"{used} used and {held} set aside pass the {name} of {level} ({cap}) at {event.height}"

    def _total(self, level: Key, name: str) -> int:
        held = sum(a[name] for other, a in self.aside.items() if level in self._levels[other])
        return self.used[level][name] + held


def _limits(body: Mapping[str, Any]) -> dict[str, int | None]:
    return {"money": body.get("budget"), "tokens": body.get("tokens"), "calls": body.get("calls")}


def _of(body: Mapping[str, Any]) -> Amounts:
    return {
        "money": int(body["micro_usd"]),
        "tokens": int(body.get("counted", 0)),
        "calls": int(body.get("calls", 0)),
    }
