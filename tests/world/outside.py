"""The outside world of a simulation: it survives crashes of the engine. A recording sink, an inbox, and crash points.

A `Life` is one engine's life. When it ends, everything the dead engine still holds raises `Crash` instead of acting: a dead process
writes nothing, sends nothing and answers nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.effects.canonical import effect_digest, parse
from engine.effects.mail import person
from engine.effects.protocol import Delivered, Delivery, NotFound, Refused, Unknown
from engine.evidence.inbound import Inbound, inbound


class Crash(BaseException):
    """The engine dies here."""


@dataclass
class Life:
    """One engine's life: counts the points at which it may die, and dies at the one it was told."""

    dies_at: int | None = None
    points: int = 0
    dead: bool = False
    place: str = ""

    def point(self, place: str) -> None:
        """A point at which a process may be killed."""
        if self.dead:
            raise Crash(place)
        self.points += 1
        if self.dies_at is not None and self.points >= self.dies_at:
            self.dead, self.place = True, place
            raise Crash(place)


MUTATING = frozenset({"acquire", "append", "put_blobs", "put_result", "progress", "beat", "release"})
"""A death before or after a mere look at the store is the death after the change before it."""


class Mortal:
    """A store as one life sees it: every call is a point before and a point after."""

    def __init__(self, store: Any, life: Life) -> None:
        self._store, self._life = store, life

    def __getattr__(self, name: str) -> Any:
        if self._life.dead:
            raise Crash(name)
        call = getattr(self._store, name)
        if name not in MUTATING:
            return call
        life = self._life

        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            life.point(f"before {name}")
            answer = await call(*args, **kwargs)
            life.point(f"after {name}")
            return answer

        return wrapped


@dataclass(frozen=True)
class Delivery_:
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

    deliveries: list[Delivery_] = field(default_factory=list)
    refuse: Callable[[], bool] = lambda: False
    garble: Callable[[], bool] = lambda: False


class SimConnector:
    """A connector of one life over the shared sink; slow, and mortal before and after the wire."""

    def __init__(self, name: str, delivery: Delivery, sink: Sink, life: Life, clock: Callable[[], int], dice: random.Random) -> None:
        self.name, self.delivery = name, delivery
        self._sink, self._life, self._clock, self._dice = sink, life, clock, dice

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        self._life.point("before the wire")
        await asyncio.sleep(self._dice.random() * 2)
        self._life.point("on the wire")
        if self._sink.refuse():
            return Refused("the sink is full")
        known = [d for d in self._sink.deliveries if d.key == key]
        if not (known and self.delivery == "dedup"):
            said = parse(effect)
            self._sink.deliveries.append(
                Delivery_(key, effect_digest(effect), effect, body, self._clock(), tuple(person(a) for a in said.envelope.rcpt_to), said.message_id)
            )
        await asyncio.sleep(self._dice.random() * 2)
        self._life.point("after the wire")
        return Unknown("the answer was cut off") if self._sink.garble() else Delivered(f"sink:{len(self._sink.deliveries)}")

    async def lookup(self, key: str) -> Delivered | NotFound | Unknown:
        self._life.point("look-up")
        if self.delivery == "blind":
            return Unknown("this sink cannot be asked")
        await asyncio.sleep(self._dice.random())
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
                raw = f"From: {to}\r\nSubject: Re: hello\r\nIn-Reply-To: {delivery.message_id}\r\nMessage-ID: <r{len(self.answered)}@x.example>\r\n\r\n{said}\r\n"
                self.messages.append(inbound(raw.encode()))
