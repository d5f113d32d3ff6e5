"""A gateway by itself: grants, a label and a desk that a test decides about, and every row that it leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from engine.governance.labels import Label
from engine.governance.policy import Standing
from engine.tools.gateway import Gateway
from engine.tools.protocol import Grant
from engine.tools.seat import Decided, Hands, Seat
from engine.values import MissionId, Sha256, sha256
from tests.engine.tools.fakes import Sink

OUTWARD = frozenset({"publish", "send", "delete"})


@dataclass
class Room:
    """Everything around one gateway. `approves`: whether a human says yes to what is asked."""

    sinks: dict[str, Sink]
    approves: bool = False
    running: bool = True
    at: int = 0
    blobs: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    asked: dict[Sha256, str] = field(default_factory=dict)

    def standing(self) -> Standing:
        """As the contract of these tests has it."""
        allowed = frozenset({"research", "read", "build"})
        return Standing(running=self.running, allowed=allowed, restricted=frozenset({"publish"}), outward=OUTWARD)

    def decided(self, wanted: Sha256) -> Decided | None:
        """Yes at once, or nothing."""
        name = self.asked.get(wanted)
        if name is None:
            return None
        used = f"{name}.use" in self.rows
        return Decided(name, "used" if used else "approved" if self.approves else "awaiting")

    async def record(self, name: str, body: dict[str, object]) -> bool:
        """First write wins."""
        if name in self.rows:
            return False
        self.rows[name] = body
        if body["said"] == "asked":
            self.asked[Sha256(str(body["digest"]))] = f"W{len(self.asked) + 1}"
        return True

    async def put(self, content: bytes) -> Sha256:
        """Keep it."""
        self.blobs[sha256(content)] = content
        return sha256(content)

    async def sleep(self, ms: int) -> None:
        """Time passes."""
        self.at += ms
        await asyncio.sleep(0)

    def said(self, *kinds: str) -> list[dict[str, object]]:
        """Rows of these kinds, in order."""
        return [body for body in self.rows.values() if body["said"] in kinds]

    async def gateway(self, *grants: Grant, label: Label | None = None, until: int = 600_000) -> Gateway:
        """A gateway with what each tool is now as what was granted."""
        pinned = []
        for grant in grants:
            sink = self.sinks[grant.tool]
            pins = {spec.name: spec.pin(sink.identity) for spec in sink.specs}
            pinned.append(grant.model_copy(update={"pins": pins}))
        seat = Seat(MissionId("gtm"), "A1.1", "T1", "clerk", tuple(pinned), label or Label(), self.at + until)
        hands = Hands(
            open=lambda grant: self.sinks[grant.tool].provider(grant.tool),
            put=self.put,
            record=self.record,
            clock=lambda: self.at,
            sleep=self.sleep,
        )
        return Gateway(seat, self, hands)
