"""The simulated human: decides about what waits, by seed. Sometimes too late, twice, or about what has changed since.

What the human meant is kept apart from what the engine made of it: `allowed` holds exactly what was said yes to.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from engine.effects.canonical import batch_digest
from engine.ledger.protocol import Command, Store
from engine.state.fold import evolve
from engine.state.model import OVER, Attention, MissionState
from engine.values import HOME, MissionId, sha256
from tests.world.amends import Amender
from tests.world.rulings import Ruler

PATIENCE = {"calm": 5.0, "usual": 600.0, "hasty": 4.0, "amnesiac": 130_000.0}
"""Seconds a human thinks at most. The hasty one withdraws within the undo window, the amnesiac's approvals expire."""


def _hanging(state: MissionState) -> bool:
    """Something was on the wire when the mission ended: it may still turn into a question."""
    return any(effect.state in {"attempting", "in_doubt"} for effect in state.effects.values())


class Human:
    """Decides about everything that waits. `calm` humans approve what they see and take the first choice."""

    def __init__(
        self,
        store: Store,
        dice: random.Random,
        clock: Callable[[], int],
        missions: list[MissionId],
        *,
        calm: bool,
        sent: Callable[[str], bool],
        amends: random.Random,
    ) -> None:
        self._amender = Amender(store, amends)
        self._store, self._dice, self._clock, self._calm, self._sent = store, dice, clock, calm, sent
        self.temper = "calm" if calm else dice.choice(["usual", "usual", "hasty", "amnesiac"])
        self._states = {mission: MissionState(mission) for mission in missions}
        self._seq, self._told = 0, 0
        self.said: list[str] = []
        """Keys of everything that was asked for."""
        self.wrong: list[str] = []
        """Keys of approvals that must be refused: their digest never was the batch's."""
        self.yes: dict[tuple[str, str], set[str]] = {}
        """Effects with their digests, `("sim/F1", "…")`, and which people have said yes to them."""
        self._whims = random.Random(f"whims {dice.getstate()[1][1]}")
        self._regrets = random.Random(f"regrets {dice.getstate()[1][1]}")
        self._ruler = Ruler(random.Random(f"rules {dice.getstate()[1][1]}"))

    @property
    def allowed(self) -> set[tuple[str, str]]:
        """Effects with their digests that anybody has said yes to."""
        return set(self.yes)

    async def live(self) -> None:
        """Look, think, decide; until the missions are over."""
        tired, heard = 1.0, 0
        while True:
            await self._look()
            if all(s.status in OVER and not s.attention and not _hanging(s) for s in self._states.values()):
                return
            if not any(state.attention for state in self._states.values()):
                await self._store.wait(self._seq, 40_000)
                await self._look()
            seen = [(state, item) for state in self._states.values() for item in state.attention.values()]
            tired = (
                1.0 if self._seq > heard else min(tired * 2, 43_200.0)
            )  # nothing moved: no engine lives, come back later
            heard = self._seq
            await asyncio.sleep(0.5 + self._dice.random() * PATIENCE[self.temper] + tired - 1.0)
            if self._calm or self._dice.random() < 0.8:
                await self._look()
                seen = [(state, item) for state in self._states.values() for item in state.attention.values()]
            for state, item in seen:
                await self._decide(state, item)
            if not self._calm:
                for state in self._states.values():
                    await self._meddle(state)
                    await self._ruler.whim(state, self._submit)
                    if body := await self._amender.whim(state, max(self._clock(), state.last_at)):
                        await self._submit(state.id, "amend", body)

    async def lose_patience(self, seconds: float) -> None:
        """Stop everything at a moment, whatever is under way then."""
        await asyncio.sleep(seconds)
        for mission in self._states:
            await self._submit(mission, "stop", {"because": "it takes too long"})

    async def _look(self) -> None:
        async for event in self._store.read(after=self._seq):
            self._seq = event.seq
            if event.mission in self._states:
                evolve(self._states[event.mission], event)

    async def _decide(self, state: MissionState, item: Attention) -> None:
        if item.kind == "approve":
            await self._approve(state, item)
        elif item.kind == "doubt":
            key = f"{state.id}/{item.refs[0]}"
            over = self._calm or state.status in OVER
            again = "not sent" if over or self._whims.random() < 0.5 else "send again"
            await self._say(state, "answer", attention=item.id, text="sent" if self._sent(key) else again)
        else:
            await self._say(state, "answer", attention=item.id, text=self._word(item))

    def _word(self, item: Attention) -> str:
        if not item.choices:
            return "fine"
        if self._calm:
            return item.choices[0]
        rare = {"retry": 0.3, "stop": 0.1}
        usual = [c for c in item.choices if self._dice.random() < rare.get(c, 1.0)]
        return self._dice.choice(usual or [item.choices[-1]])

    async def _approve(self, state: MissionState, item: Attention) -> None:
        if item.about.startswith("call:"):
            await self._approve_call(state, item)
            return
        waiting = [state.effects[ref] for ref in item.refs if state.effects[ref].state == "awaiting"]
        shown = batch_digest([effect.digest for effect in waiting])
        if not self._calm and self._ruler.rejects():
            await self._say(state, "reject", **self._ruler.rejection(item.id))
            if self._ruler.takes_back():
                await self._say(state, "undo", attention=item.id)
            return
        draw = 1.0 if self._calm else self._dice.random()
        excepted: list[str] = []
        if draw < 0.1:
            self.wrong.append(await self._say(state, "approve", attention=item.id, digest=shown[::-1]))
            return
        if draw < 0.15:
            await self._say(state, "reject", attention=item.id, because="too pushy")
            return
        if draw < 0.2 and waiting:
            await self._say(state, "reject", effect=waiting[0].id, because="not this one")
            return
        if draw < 0.35 and len(waiting) > 1:
            excepted = [waiting[0].id]
        elif draw < 0.45:
            return  # forgotten for now
        if not self._calm and waiting and self._whims.random() < 0.06:
            await self._edit(state, waiting[0])
            return
        meant = [(f"{state.id}/{e.id}", str(e.digest)) for e in waiting if e.id not in excepted]
        body: dict[str, Any] = {"attention": item.id, "digest": shown, "except": excepted, "focus_ms": 30_000}
        people = (
            ["sim"] if state.terms.terms("send").people == 1 else ["sim", *self._whims.choice([["bo"], ["sim"], []])]
        )
        left: dict[str, Any] = {
            "digest": batch_digest([e.digest for e in waiting if e.id not in excepted]),
            "except": [],
        }
        for number, who in enumerate(people):
            for key in meant:
                self.yes.setdefault(key, set()).add(who)
            await self._say(state, "approve", actor=f"human:{who}", **(body | left if number else body))
        if not self._calm and self._dice.random() < 0.3:
            await self._say(state, "approve", **body)
        if not self._calm and self._regrets.random() < 0.08:
            await self._say(state, "undo", attention=item.id)

    async def _approve_call(self, state: MissionState, item: Attention) -> None:
        wanted = state.wanted[item.refs[0]]
        draw = 1.0 if self._calm else self._dice.random()
        if draw < 0.2:
            await self._say(state, "reject", attention=item.id, because="not now")
        elif draw > 0.3:
            shown = batch_digest([wanted.digest])
            await self._say(state, "approve", attention=item.id, digest=shown, focus_ms=1_000)

    async def _edit(self, state: MissionState, effect: Any) -> None:
        text = b"Hello,\n\na person wrote this instead. Shall we talk?\n"
        await self._store.put_blobs({sha256(text): text})
        await self._say(state, "edit", effect=effect.id, digest=effect.digest, subject="By hand", text=sha256(text))

    async def _meddle(self, state: MissionState) -> None:
        if state.status == "paused" and self._dice.random() < 0.5:
            await self._say(state, "resume", because="go on")
        whims = ("pause", "prune", "withdraw", "suppress", "nonsense", "stop")
        what = self._dice.choice(whims) if self._dice.random() < 0.25 else ""
        branches = [b.key for b in state.branches.values() if b.key != "main" and b.state in {"open", "waiting"}]
        waiting = [e for e in state.effects.values() if e.state in {"approved", "awaiting"}]
        if what == "pause" and state.status == "active":
            await self._say(state, "pause", because="lunch")
        elif what == "prune" and branches and self._dice.random() < 0.3:
            await self._say(state, "prune", branch=self._dice.choice(branches), because="a hunch")
        elif what == "withdraw" and waiting:
            await self._say(state, "withdraw", effect=self._dice.choice(waiting).id)
        elif what == "suppress" and waiting:
            whom = self._dice.choice(waiting).persons[0]
            await self._submit(HOME, "suppress", {"person": whom, "because": "they rang and said no"})
        elif what == "nonsense":
            await self._say(state, "approve", attention="Q999", digest="")
        elif what == "stop" and self._dice.random() < 0.1:
            await self._say(state, "stop", because="enough")

    async def _say(self, state: MissionState, kind: str, *, actor: str = "human:sim", **body: Any) -> str:
        return await self._submit(state.id, kind, body, actor)

    async def _submit(self, mission: MissionId, kind: str, body: dict[str, Any], actor: str = "human:sim") -> str:
        self._told += 1
        key = f"{kind}:{self._told}"
        self.said.append(key)
        await self._store.submit(Command(key, kind, mission, body, actor), wall=self._clock())
        return key
