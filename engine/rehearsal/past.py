"""What this home has measured: tokens, successes and durations by role, decisions of people, replies. Pure.

Rehearsed missions are left out, and so is what nobody can know: usage that settled at its reservation, attempts that
were lost, decisions by scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.routing.breaker import MENDED

KINDS = (
    *("mission.created", "attempt.dispatched", "attempt.delivered", "attempt.failed", "charge.settled"),
    *("verdict.given", "task.accepted", "decision.made", "attention.raised", "effect.done", "evidence.recorded"),
    "tool.called",
)
"""The kinds of events that are looked at."""
NEWEST = 200
"""So many of the newest readings of a kind are kept."""
OUTAGES = ("model.unavailable", "model.recovered")
"""The kinds of the home stream that are looked at."""
ANSWERS = frozenset({"reply", "stop", "other"})


@dataclass
class RolePast:
    """Readings of a role."""

    usage: list[tuple[int, int]] = field(default_factory=list)
    takes: list[int] = field(default_factory=list)
    good: int = 0
    bad: int = 0


@dataclass
class Past:
    """Readings of one home."""

    roles: dict[str, RolePast] = field(default_factory=dict)
    waited: list[int] = field(default_factory=list)
    focus: list[int] = field(default_factory=list)
    yes: int = 0
    no: int = 0
    sent: int = 0
    """Mails that reached somebody."""
    bounced: int = 0
    replied: int = 0
    stopped: int = 0
    """Replies that asked to be left alone."""
    calls: dict[str, list[int]] = field(default_factory=dict)
    """How often attempts that were given a tool called it, by tool."""
    asked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """From when to when each model was asked, milliseconds UTC."""
    away: list[int] = field(default_factory=list)
    """How long outages lasted."""
    missions: int = 0

    @property
    def watched(self) -> int:
        """Milliseconds over which models were asked, all of them together."""
        return sum(until - since for since, until in self.asked.values())

    def role(self, name: str) -> RolePast:
        """Of a role, empty at first."""
        return self.roles.setdefault(name, RolePast())

    def learn(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in the events of one mission, in order, of `KINDS`."""
        mission = _Mission()
        for event in events:
            if not mission.take(str(event["kind"]), event["body"], int(event.get("at", 0))):
                return
        self._add(mission)

    def endure(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in the outages of the home stream, events of `OUTAGES` in order: from the first failure of a model
        until it answered again, or until it was to be asked again and nobody did.
        """
        open_: dict[str, tuple[int, int]] = {}
        for event in events:
            name, at, body = str(event["body"]["name"]), int(event["at"]), event["body"]
            since, until = open_.pop(name, (at, 0))
            if event["kind"] == "model.recovered":
                if until and name in self.asked:
                    self.away = [*self.away, max(0, min(at, until) - since)][-NEWEST:]
            elif body.get("fault") not in MENDED:
                open_[name] = (since, max(at, until, int(body.get("until", 0))))

    def _add(self, mission: _Mission) -> None:
        self.missions += 1
        for name, attempt in mission.attempts.items():
            role = self.role(attempt.role)
            if attempt.usage is not None:
                role.usage = [*role.usage, attempt.usage][-NEWEST:]
            if attempt.latency and attempt.worker != "human":
                role.takes = [*role.takes, attempt.latency][-NEWEST:]
            if name in mission.accepted:
                role.good += 1
            elif attempt.failed or name in mission.refused:
                role.bad += 1
        self.waited = [*self.waited, *mission.waited][-NEWEST:]
        self.focus = [*self.focus, *mission.focus][-NEWEST:]
        self.yes, self.no = self.yes + mission.yes, self.no + mission.no
        for tool, counts in mission.calls().items():
            self.calls[tool] = [*self.calls.get(tool, []), *counts][-NEWEST:]
        for model, (since, until) in mission.asked.items():
            known = self.asked.get(model, (since, until))
            self.asked[model] = min(known[0], since), max(known[1], until)
        reached = mission.sent - mission.bounced
        self.bounced += len(mission.sent & mission.bounced)
        self.stopped += len(mission.stopped & reached)
        self.sent, self.replied = self.sent + len(reached), self.replied + len(mission.replied & reached)


@dataclass
class _Attempt:
    role: str
    worker: str
    usage: tuple[int, int] | None = None
    latency: int = 0
    failed: bool = False
    tools: tuple[str, ...] = ()
    called: list[str] = field(default_factory=list)


@dataclass
class _Mission:
    attempts: dict[str, _Attempt] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    approvals: set[str] = field(default_factory=set)
    waited: list[int] = field(default_factory=list)
    focus: list[int] = field(default_factory=list)
    yes: int = 0
    no: int = 0
    sent: set[str] = field(default_factory=set)
    bounced: set[str] = field(default_factory=set)
    replied: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    asked: dict[str, tuple[int, int]] = field(default_factory=dict)

    def calls(self) -> dict[str, list[int]]:
        """How often each attempt called each tool that it was given."""
        found: dict[str, list[int]] = {}
        for attempt in self.attempts.values():
            for tool in attempt.tools:
                found.setdefault(tool, []).append(attempt.called.count(tool))
        return found

    def take(self, kind: str, body: Mapping[str, Any], at: int) -> bool:
        """Take in an event; False for a rehearsed mission."""
        if kind == "mission.created":
            return not body.get("rehearsed")
        attempt = self.attempts.get(str(body.get("attempt", "")))
        if kind == "attempt.dispatched":
            given = tuple(str(name) for name in body.get("tools", ()))
            self.attempts[str(body["attempt"])] = _Attempt(str(body["role"]), str(body["worker"]), tools=given)
            if body["worker"] == "model" and at:
                self.asked[str(body.get("model", ""))] = self.asked.get(str(body.get("model", "")), (at, at))[0], at
        elif kind == "tool.called" and attempt is not None:
            attempt.called.append(str(body.get("tool", "")))
        elif kind in {"attempt.delivered", "attempt.failed"} and attempt is not None:
            attempt.latency = int(body.get("latency", 0))
            attempt.failed = kind == "attempt.failed" and not body.get("fault")
        elif kind == "charge.settled" and attempt is not None:
            self._charged(attempt, body)
        elif kind == "verdict.given":
            if not body.get("ok"):
                self.refused.add(str(body["attempt"]))
        elif kind == "task.accepted":
            self.accepted.add(str(body.get("attempt", "")))
        elif kind == "attention.raised" and body.get("kind") == "approve":
            self.approvals.add(str(body["attention"]))
        elif kind == "decision.made":
            self._decided(body)
        elif kind == "effect.done":
            self.sent.add(str(body["effect"]))
        elif kind == "evidence.recorded" and body.get("about"):
            named = self.bounced if body.get("message") == "bounce" else self.replied
            if body.get("message") in {"bounce", *ANSWERS}:
                named.add(str(body["about"]))
            if body.get("message") == "stop":
                self.stopped.add(str(body["about"]))
        return True

    @staticmethod
    def _charged(attempt: _Attempt, body: Mapping[str, Any]) -> None:
        tokens = body.get("tokens", {})
        if (
            attempt.worker == "model"
            and body.get("basis") == "reported"
            and body.get("outcome") in {"useful", "failed"}
        ):
            told = sum(int(tokens.get(name, 0)) for name in ("input", "cache_read", "cache_write"))
            said = sum(int(tokens.get(name, 0)) for name in ("output", "reasoning"))
            if told or said:
                attempt.usage = (told, said)

    def _decided(self, body: Mapping[str, Any]) -> None:
        if body.get("scripted") or body.get("what") not in {"approve", "reject", "answer"}:
            return
        if body.get("attention"):
            self.waited.append(int(body.get("waited", 0)))
        if body.get("focus_ms"):
            self.focus.append(int(body["focus_ms"]))
        if body.get("attention") in self.approvals:
            self.yes += body["what"] == "approve"
            self.no += body["what"] == "reject"
