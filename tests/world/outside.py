"""The outside world of a simulation: it survives crashes of the engine. A recording sink, an inbox, and crash points.

A `Life` is one engine's life. When it is killed, everything the dead engine still holds raises `Crash` instead of
acting: a dead process writes nothing, sends nothing and answers nothing. When it is frozen, everything waits at its
next point until it thaws.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from engine.effects.canonical import effect_digest, parse
from engine.effects.mail import person
from engine.effects.protocol import Delivered, Delivery, NotFound, Refused, Unknown
from engine.evidence.inbound import Inbound, inbound
from engine.values import HOUR


class Crash(BaseException):
    """The engine dies here."""


@dataclass(frozen=True)
class End:
    """Where a life ends: at the `at`-th point it passes, or the `at`-th of one place. `freezes`: it wakes up later."""

    at: int
    place: str = ""
    freezes: bool = False


@dataclass
class Life:
    """One engine's life: counts the points at which it may end, and ends at the one it was told."""

    end: End | None = None
    points: int = 0
    dead: bool = False
    frozen: bool = False
    """Whether it was ever frozen: another engine leads since, and its connections are gone."""
    place: str = ""
    passed: Counter[str] = field(default_factory=Counter)
    froze: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, place: str) -> None:
        """A point at which a process may be killed or frozen."""
        if self.dead:
            raise Crash(place)
        if self.frozen:
            await self.awake()
            return
        self.points += 1
        self.passed[place] += 1
        if self.end is None or (self.passed[self.end.place] if self.end.place else self.points) < self.end.at:
            return
        self.place = place
        if not self.end.freezes or place == "before acquire":  # what holds no lease yet has nothing to be fenced from
            self.dead = True
            raise Crash(place)
        self.frozen = True
        self.froze.set()
        await self.awake()

    async def awake(self) -> None:
        """Return when this life is not frozen, or not any more."""
        if self.frozen:
            await self.thawed.wait()


MUTATING = ("acquire", "append", "put_blobs", "put_result", "progress", "beat", "release")
"""A death before or after a mere look at the store is the death after the change before it."""
AROUND = ("before the wire", "on the wire", "after the wire", "look-up", "a worker thinks", "a worker has thought")
PLACES = (*(f"{when} {name}" for name in MUTATING for when in ("before", "after")), *AROUND)
"""The catalogue of places at which a life may end."""


class Mortal:
    """A store as one life sees it: every change is a point before and one after. Sometimes its disk stalls first.

    It does not stall in `put_result`: a job that is told to end twice would lose its result there, and be called lost.
    """

    def __init__(self, store: Any, life: Life, stall: Callable[[], float]) -> None:
        self._store, self._life, self._stall = store, life, stall

    def __getattr__(self, name: str) -> Any:
        if self._life.dead:
            raise Crash(name)
        call = getattr(self._store, name)
        if name not in MUTATING:
            return call
        life = self._life

        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            if name != "put_result" and (pause := self._stall()):
                await asyncio.sleep(pause)
            await life.point(f"before {name}")
            answer = await call(*args, **kwargs)
            await life.point(f"after {name}")
            return answer

        return wrapped


@dataclass(frozen=True)
class Arrival:
    """One thing that arrived at the sink."""

    key: str
    digest: str
    content: bytes
    body: bytes
    wall: int
    persons: tuple[str, ...]
    message_id: str


@dataclass
class Sink:
    """Where effects arrive. What was delivered is never forgotten."""

    deliveries: list[Arrival] = field(default_factory=list)
    refuse: Callable[[], bool] = lambda: False
    busy: Callable[[], Refused | None] = lambda: None
    """What it says when it takes nothing just now."""
    garble: Callable[[], bool] = lambda: False
    silent: Callable[[], bool] = lambda: False
    """Whether a look-up gets no answer."""
    recorded: Callable[[str], Awaitable[bool]] | None = None
    """Whether the ledger knows of this sending; asked when the wire is reached."""
    early: list[str] = field(default_factory=list)
    began: list[tuple[str, int]] = field(default_factory=list)
    """Key and moment of every sending that a living engine began."""
    reaches_back: bool = False
    """Whether a frozen engine's connection still works when it thaws. Only a sink that drops doubles bears that."""


WINDOW = 8 * HOUR
"""How long a sink that drops doubles remembers a key, from the first time."""


class SimConnector:
    """A connector of one life over the shared sink; slow, and mortal before and after the wire.

    `dedup` is as a web hook is: it cannot be asked, and forgets keys after a while. `lookup` is as a branch of a
    repository is: it can be searched for the key. `blind` is neither.
    """

    def __init__(
        self, name: str, delivery: Delivery, sink: Sink, life: Life, clock: Callable[[], int], dice: random.Random
    ) -> None:
        self.name, self.delivery, self.serial = name, delivery, False
        self._sink, self._life, self._clock, self._dice = sink, life, clock, dice

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        if not self._life.frozen:
            self._sink.began.append((key, self._clock()))
        await self._life.point("before the wire")
        if self._sink.recorded is not None and not await self._sink.recorded(key):
            self._sink.early.append(key)
        await asyncio.sleep(self._dice.random() * 2)
        await self._life.point("on the wire")
        if self._life.frozen and not self._sink.reaches_back:
            raise ConnectionResetError("the connection ended while the engine was frozen")
        if (busy := self._sink.busy()) is not None:
            return busy
        if self._sink.refuse():
            return Refused("the sink is full")
        known = [d for d in self._sink.deliveries if d.key == key and self._clock() - d.wall <= WINDOW]
        if not (known and self.delivery == "dedup"):
            said = parse(effect)
            self._sink.deliveries.append(
                Arrival(
                    key,
                    effect_digest(effect),
                    effect,
                    body,
                    self._clock(),
                    tuple(person(a) for a in said.envelope.rcpt_to),
                    said.message_id,
                )
            )
        await asyncio.sleep(self._dice.random() * 2)
        await self._life.point("after the wire")
        return (
            Unknown("the answer was cut off")
            if self._sink.garble()
            else Delivered(f"sink:{len(self._sink.deliveries)}")
        )

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:
        await self._life.point("look-up")
        if self.delivery == "blind":
            return Unknown("this sink cannot be asked")
        await asyncio.sleep(self._dice.random())
        if self._sink.silent():
            return Unknown("the look-up broke off")
        if self.delivery == "dedup":
            trusted = WINDOW - 120_000
            return NotFound(trusted) if age_ms <= trusted else Unknown("the sink may have forgotten the key")
        found = [d for d in self._sink.deliveries if d.key == key]
        return Delivered(f"sink:{key}") if found else NotFound()


@dataclass
class Mailbox:
    """The inbox of the simulated user: replies appear some time after something was sent."""

    messages: list[Inbound] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def answer(self, sink: Sink, seed: int) -> None:
        """People answer what reached them: some say yes, some say stop, most say nothing."""
        for delivery in sink.deliveries:
            if delivery.key in self.answered:
                continue
            self.answered.add(delivery.key)
            draw = random.Random(f"mail {seed} {delivery.persons}").random()
            if draw < 0.5:
                said = "Please stop writing to me." if draw < 0.15 else "Yes, tell me more about it."
                to = parse(delivery.content).envelope.rcpt_to[0]
                number = len(self.answered)
                head = f"From: {to}\r\nSubject: Re: hello\r\nIn-Reply-To: {delivery.message_id}\r\n"
                raw = f"{head}Message-ID: <r{number}@x.example>\r\n\r\n{said}\r\n"
                self.messages.append(inbound(raw.encode()))
