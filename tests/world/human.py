"""The simulated human: looks at the queue now and then, and decides by seed. Sometimes too late, twice, or about what has changed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from engine.effects.canonical import batch_digest
from engine.ledger.protocol import Command
from engine.state.fold import evolve
from engine.state.model import OVER, Attention, MissionState
from engine.values import MissionId

SIM = MissionId("sim")


class Human:
    """Decides about everything that waits. `calm` humans approve what they see and take the first choice."""

    def __init__(self, store: Any, dice: random.Random, clock: Callable[[], int], *, calm: bool, sent: Callable[[str], bool]) -> None:
        self._store, self._dice, self._clock, self._calm, self._sent = store, dice, clock, calm, sent
        self._count = 0
        self.wrong: list[str] = []
        """Keys of commands that must be refused: their digest never was the batch's."""
        self._state, self._seq = MissionState(SIM), 0

    async def live(self) -> None:
        """Look, decide, wait; until the mission is over."""
        while True:
            await asyncio.sleep(1 + self._dice.random() * (5 if self._calm else 600))
            async for event in self._store.read(mission=SIM, after=self._seq):
                evolve(self._state, event)
                self._seq = event.seq
            state = self._state
            if state.status in OVER and not state.attention:
                return
            for item in list(state.attention.values()):
                await self._decide(state, item)
            if not self._calm and self._dice.random() < 0.05:
                await self._meddle(state)
            if not self._calm and state.status == "paused":
                await self._say("resume", {"because": "go on"})

    async def _decide(self, state: MissionState, item: Attention) -> None:
        if item.kind == "approve":
            await self._approve(state, item)
        elif item.kind == "doubt":
            key = f"{state.id}/{item.refs[0]}"
            await self._say("answer", {"attention": item.id, "text": "sent" if self._sent(key) else "not sent"})
        else:
            choices = [c for c in item.choices if c != "retry" or self._dice.random() < 0.3] or ["skip"]
            text = item.choices[0] if item.choices and self._calm else self._dice.choice(choices) if item.choices else "fine"
            await self._say("answer", {"attention": item.id, "text": text})

    async def _approve(self, state: MissionState, item: Attention) -> None:
        waiting = [state.effects[ref] for ref in item.refs if state.effects[ref].state == "awaiting"]
        shown = batch_digest([effect.digest for effect in waiting])
        draw = 1.0 if self._calm else self._dice.random()
        if draw < 0.15:
            self.wrong.append(await self._say("approve", {"attention": item.id, "digest": shown[::-1]}))
        elif draw < 0.25:
            await self._say("reject", {"attention": item.id, "because": "too pushy"})
        elif draw < 0.35:
            await self._say("reject", {"effect": waiting[0].id, "because": "not this one"}) if waiting else None
        elif draw < 0.5:
            excepted = [waiting[0].id] if waiting else []
            await self._say("approve", {"attention": item.id, "digest": shown, "except": excepted})
        elif draw > 0.6:
            await self._say("approve", {"attention": item.id, "digest": shown})
            if not self._calm and self._dice.random() < 0.3:
                await self._say("approve", {"attention": item.id, "digest": shown})

    async def _meddle(self, state: MissionState) -> None:
        what = self._dice.choice(["pause", "prune", "withdraw", "evidence", "nonsense"])
        open_branches = [b.key for b in state.branches.values() if b.key != "main" and b.state in {"open", "waiting"}]
        approved = [e.id for e in state.effects.values() if e.state in {"approved", "awaiting"}]
        if what == "pause":
            await self._say("pause", {"because": "lunch"})
        elif what == "prune" and open_branches:
            await self._say("prune", {"branch": self._dice.choice(open_branches), "because": "a hunch"})
        elif what == "withdraw" and approved:
            await self._say("withdraw", {"effect": self._dice.choice(approved)})
        elif what == "nonsense":
            await self._say("approve", {"attention": "Q999", "digest": ""})

    async def _say(self, kind: str, body: dict[str, Any]) -> str:
        self._count += 1
        key = f"{kind}:{self._count}"
        await self._store.submit(Command(key, kind, SIM, body, "human:sim"), wall=self._clock())
        return key
