"""What is outside of a rehearsed mission: an outlet that keeps nothing, and sources that bring what the numbers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from engine.effects.protocol import Delivered, Delivery, Destination, NotFound, Refused, Unknown, mismatch
from engine.evidence.sources import Reading
from engine.ledger.protocol import Command, Store
from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import Numbers, Share, dice
from engine.rehearsal.worker import measured
from engine.settings import Settings
from engine.settings.connectors import Files, Mcp, Webhook
from engine.state.model import MissionState
from engine.values import Ratio, digest, sha256
from engine.workers.rehearsed import LABEL

SANDBOX = "sandbox"
GIVEN = frozenset({"human", "csv"})
"""Producers of evidence that bring it themselves, when it is looked at."""


class Outlet:
    """A connector that says yes and keeps nothing. Only the one called `sandbox` is ever given anything."""

    delivery: Delivery = "lookup"
    serial = False

    def __init__(self, name: str, destination: Destination) -> None:
        self.name, self.destination = name, destination

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """It counts as delivered."""
        del at_ms
        wrong = mismatch(effect, body, self.name)
        return Refused(wrong) if wrong else Delivered(f"rehearsed:{key}")

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:
        """Whatever was handed over is there."""
        del effect, age_ms
        return Delivered(f"rehearsed:{key}")


def outlets(settings: Settings) -> dict[str, Outlet]:
    """A stand-in for every connector that is there: of its kind, so that what is proposed has the same form."""
    found = {"maildir": Destination(), "folder": Destination("files"), SANDBOX: Destination()}
    if settings.mail is not None and settings.mail.smtp is not None:
        found["smtp"] = Destination()
    for name, outlet in settings.connectors.items():
        match outlet:
            case Webhook():
                found[name] = Destination("webhook", outlet.url, media=outlet.media)
            case Files():
                found[name] = Destination("files")
            case Mcp():
                found[name] = Destination("mcp", outlet.url or "mcp:")
            case _:
                found[name] = Destination("command", "command:")
    return {name: Outlet(name, destination) for name, destination in found.items()}


class Sources:
    """Reads the sources of a check: who replied, and the numbers that people and files bring, as far as any is assumed.

    `desk` is the mission's inbox, `state` the mission as it stands.
    """

    def __init__(
        self,
        numbers: Numbers,
        seed: int,
        leaning: Leaning,
        desk: Store,
        *,
        state: Callable[[], MissionState],
        clock: Callable[[], int],
    ) -> None:
        self._numbers, self._seed, self._leaning = numbers, seed, leaning
        self._desk, self._state, self._clock = desk, state, clock
        self._brought = 0

    async def __call__(self, body: Mapping[str, Any]) -> Reading:
        """What is new for a check."""
        state = self._state()
        check = state.checks.get(str(body["check"]))
        if check is None:
            return Reading([], {})
        wanted = [name for name in check.metrics if name in state.terms.evidence]
        for name in wanted:
            if state.terms.evidence[name].from_ in GIVEN:
                await self._bring(state, check.branch, name)
        inbox = [name for name in wanted if state.terms.evidence[name].from_ == "inbox"]
        return self._replies(body, inbox[0]) if inbox and body["sent"] else Reading([], {})

    async def _bring(self, state: MissionState, branch: str, name: str) -> None:
        """Evidence by the same command that a person gives; the check waits until it is recorded."""
        unit, key = state.terms.evidence[name].unit, state.branches[branch].key
        earlier = [e.value for e in state.evidence.values() if e.metric == name and e.branch == branch]
        before = next((value for value in reversed(earlier) if isinstance(value, Ratio)), None)
        known, rate = self._numbers.metric(name), (self._seed, key)
        value = measured(name, unit, known, self._leaning, rate=rate, draw=(*rate, len(earlier)), before=before)
        if value is None:
            return
        self._brought += 1
        text = f"{value.k}/{value.n}" if isinstance(value, Ratio) else value
        said = {"metric": name, "value": text, "branch": key, "note": LABEL}
        command = Command(f"evidence:{self._brought}", "evidence", state.id, said, "human:rehearsal")
        await self._desk.submit(command, wall=self._clock())
        while (answer := await self._desk.answer(command.key)) is not None and answer.state == "pending":
            await asyncio.sleep(0.001)

    def _replies(self, body: Mapping[str, Any], metric: str) -> Reading:
        reply = self._numbers.metric(metric).reply
        if reply is None:
            self._leaning.on(f"{metric}.reply")
            return Reading([], {})
        text = f"{LABEL} what came back is made up.".encode()
        known, found = set(body["known"]), []
        for sent in body["sent"]:
            key = digest([sent["digest"], "rehearsed reply"])
            kind = "" if key in known else self._kind(metric, reply, sent)
            if kind:
                found.append(
                    {
                        "key": key,
                        "kind": kind,
                        "effect": sent["effect"],
                        "branch": sent["branch"],
                        "person": (sent["persons"] or [""])[0],
                        "blob": sha256(text),
                        "address": "",
                        "source": "rehearsed inbox",
                    }
                )
        return Reading(found, {sha256(text): text})

    def _kind(self, metric: str, reply: Share, sent: Mapping[str, Any]) -> str:
        """What comes back of a mail: `bounce`, `reply`, `stop`, or nothing."""
        numbers, about = self._numbers.metric(metric), (*sent["persons"], sent["effect"])
        if self._happens(numbers.bounce, f"{metric}.bounce", "bounce", about):
            return "bounce"
        rate = reply.rate(dice(self._seed, sent["branch"], "reply"))
        if dice(self._seed, *about, "replies").random() >= rate:
            return ""
        return "stop" if self._happens(numbers.stop, f"{metric}.stop", "stop", about) else "reply"

    def _happens(self, share: Share | None, name: str, what: str, about: tuple[object, ...]) -> bool:
        if share is None:
            self._leaning.on(name)
            return False
        return dice(self._seed, *about, what).random() < share.rate(dice(self._seed, what))
