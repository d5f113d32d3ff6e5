"""Simulated models: two vendors and a machine of one's own, with outages, throttling, bad answers and unknown bills.

What was asked, by whom and at what cost is kept here, apart from what the engine made of it.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.modelhost.wire import Call, CallFailed, Delta, Done, Kind, Said, ToolCall
from engine.routing.catalogue import Candidate
from engine.tools.protocol import NoTools, Tools
from engine.values import Price, Sha256, Tokens, sha256
from engine.workers.model import Endpoint, ModelWorker
from engine.workers.protocol import AttemptJob, Finished, Handoff, WorkerEvent, WorkerIO
from engine.workers.rehearsed import RehearsedWorker
from tests.world.rulings import obeyed
from tests.world.tools import PAGES

PRICE = Price(input=300_000, output=1_500_000, cache_read=300_000, cache_write=300_000, reasoning=1_500_000)


def _model(name: str, provider: str, tier: str, *, dearer: int = 1, local: bool = False) -> Candidate:
    price = Price.model_validate({kind: rate * dearer for kind, rate in PRICE.model_dump().items()})
    return Candidate(
        name=name,
        worker="model",
        model=name,
        family=provider,
        provider=provider,
        tier=tier,
        local=local,
        price=price,
        window=200_000,
        max_output=2_000,
        rounds=2,
        frame=1_500,
        tools=name != "dora",
        setup=name,
    )


CATALOGUE = (
    _model("ada", "north", "cheap"),
    _model("bob", "north", "strong", dearer=2),
    _model("cleo", "south", "strong", dearer=3),
    _model("dora", "south", "standard", dearer=2),
    _model("hearth", "home", "strong", local=True),
)
_LATER = tuple(
    replace(one, price=Price.model_validate({kind: rate // 2 for kind, rate in one.price.model_dump().items()}))
    for one in CATALOGUE
)
LOCAL = frozenset(c.name for c in CATALOGUE if c.local)
KINDS: tuple[Kind, ...] = (
    *("throttled", "throttled", "throttled", "throttled", "provider_error", "unreachable", "timeout", "cut", "garbled"),
    *("no_answer", "stalled", "key_refused", "not_found", "host_lost"),
)
FREE: frozenset[str] = frozenset({"throttled", "provider_error", "unreachable", "key_refused", "not_found"})
"""Ways to fail that no provider bills."""


@dataclass(frozen=True)
class Outage:
    """A time, in seconds, during which these models fail in one way."""

    models: frozenset[str]
    begins: float
    ends: float
    kind: Kind
    retry_after_ms: int


@dataclass
class Vendors:
    """What survives an engine: the outages of a seed, the bills, and who was shown what."""

    seed: int
    clock: Callable[[], float]
    calm: bool = False
    bills: dict[str, list[Tokens | None]] = field(default_factory=dict)
    """What each attempt's calls cost, by `mission/attempt`; None: nobody will ever know."""
    shown: list[tuple[str, str, str]] = field(default_factory=list)
    """Attempt, role and model of every call that was made."""
    began: list[tuple[str, int]] = field(default_factory=list)
    """Attempt and moment, in milliseconds, of every call of an engine that was not frozen."""
    aborted: list[str] = field(default_factory=list)
    """Attempts whose call was closed before it had ended, by an engine that lived on."""
    happened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = random.Random(f"outages {self.seed}")
        self._changes = 30 + dice.random() * 300
        self.outages = tuple(self._drawn(dice) for _ in range(0 if self.calm else dice.choice([0, 2, 3, 5])))

    def _drawn(self, dice: random.Random) -> Outage:
        provider, single = dice.choice(["north", "south", "home", "home"]), dice.choice(CATALOGUE).name
        models = [c.name for c in CATALOGUE if c.provider == provider] if dice.random() < 0.6 else [single]
        begins = dice.choice([0.0, 0.0, dice.random() * 60, dice.random() * 600])
        lasts = dice.choice([20.0, 60.0, 300.0, 1_200.0, 20_000.0])
        wait = dice.choice([0, 20_000, 90_000, 4_000_000])
        return Outage(frozenset(models), begins, begins + lasts, dice.choice(KINDS), wait)

    def catalogue(self) -> tuple[Candidate, ...]:
        """The price list changes once, while attempts are under way."""
        if self.calm or self.clock() < self._changes:
            return CATALOGUE
        return _LATER

    def price(self, model: str, at: float) -> Price:
        """What a model cost at a moment."""
        return price_of(model, late=not self.calm and at >= self._changes)

    def out(self, model: str) -> Outage | None:
        """The outage that a model is in now."""
        now = self.clock()
        return next((o for o in self.outages if model in o.models and o.begins <= now < o.ends), None)


def price_of(model: str, *, late: bool) -> Price:
    """The price of a model, before and after the price list changed."""
    return next(c.price for c in (_LATER if late else CATALOGUE) if c.name == model)


class _Shelf:
    """The blobs of one answer."""

    workspace = Path()

    def __init__(self, sleep: Callable[[int], Awaitable[None]]) -> None:
        self.blobs: dict[Sha256, bytes] = {}
        self._sleep = sleep

    async def put(self, content: bytes) -> Sha256:
        self.blobs[sha256(content)] = content
        return sha256(content)

    async def blob(self, sha: Sha256) -> bytes:
        return self.blobs[sha]

    async def sleep(self, ms: int) -> None:
        await self._sleep(ms)

    @property
    def tools(self) -> Tools:
        return NoTools()


class SimModels:
    """A `Models` of one life over the shared vendors, and the worker that asks it."""

    def __init__(self, vendors: Vendors, sleep: Callable[[int], Awaitable[None]], asleep: Callable[[], bool]) -> None:
        """`asleep`: whether this engine is dead, or was frozen ever: then its calls are nobody's order."""
        self._vendors, self._sleep, self._asleep = vendors, sleep, asleep
        self._jobs: dict[str, AttemptJob] = {}
        self._asker = ModelWorker(models=self, endpoints=self._endpoint, secrets=self, clock=self._now)

    def _now(self) -> int:
        return int(self._vendors.clock() * 1000)

    def _endpoint(self, name: str) -> Endpoint | None:
        known = any(c.name == name for c in CATALOGUE)
        return Endpoint(model=f"sim/{name}", max_output=2_000, setup=name) if known else None

    async def get(self, reference: str) -> str:
        """No simulated model needs a key."""
        raise KeyError(reference)

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """The model worker; the vendors learn which job a call is about."""
        self._jobs[f"{job.mission}/{job.attempt}"] = job
        events = self._asker.run(job, io)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        """One call: an outage, an answer that does not fit, or an answer; its bill, which may stay unknown."""
        attempt = call.id.rpartition("/")[0]
        job, vendors = self._jobs[attempt], self._vendors
        dice = random.Random(f"model {vendors.seed} {call.id} {vendors.calm or int(vendors.clock())}")
        bills = vendors.bills.setdefault(attempt, [])
        bills.append(None)  # until the call has ended, and for ever when it is cut short
        vendors.shown.append((attempt, job.role, call.model.removeprefix("sim/")))
        if not self._asleep():
            vendors.began.append((attempt, self._now()))
        ended = False
        try:
            async for said in self._answered(call, job, dice, bills):
                ended = isinstance(said, (Done, CallFailed))
                yield said
        finally:
            if not (ended or self._asleep()):
                vendors.aborted.append(attempt)

    async def _answered(
        self, call: Call, job: AttemptJob, dice: random.Random, bills: list[Tokens | None]
    ) -> AsyncGenerator[Said, None]:
        vendors, number = self._vendors, call.id.rpartition("/")[2]
        shelf = _Shelf(self._sleep)
        outage = vendors.out(job.model)
        if outage is not None:
            await self._sleep(dice.randrange(100, 4_000))
            free = outage.kind in FREE
            bills[-1] = Tokens() if free else None
            vendors.happened.append(outage.kind)
            wait = outage.retry_after_ms if outage.kind == "throttled" else 0
            billed: Any = "no" if free else "partly"
            yield CallFailed(kind=outage.kind, line="an outage", retry_after_ms=wait, billed=billed)
            return
        if (
            call.tools
            and call.tool_choice == "auto"
            and (calls := _wanted(vendors.seed, f"{job.mission}/{job.attempt}", dice, [one.name for one in call.tools]))
        ):
            await self._sleep(dice.randrange(100, 2_000))
            told = sum(len(message.content) for message in call.messages) // 4
            used = Tokens(input=told, output=dice.randrange(20, 200)) if dice.random() < 0.95 else None
            bills[-1] = used
            vendors.happened += ["tools"]
            source: Any = "estimated" if used is None else "provider"
            yield Done(text="", finish_reason="tool_calls", calls=calls, usage=used, usage_source=source)
            return
        ending = [event async for event in RehearsedWorker(pace=Decimal(1)).run(job, shelf)][-1]
        draw = 1.0 if vendors.calm else dice.random()
        assert isinstance(ending, Finished)
        obeys = random.Random(f"obeys {vendors.seed} {call.id}")
        ending = ending.model_copy(update={"handoff": obeyed(ending.handoff, job.package, obeys)})
        unfit = draw < (0.2 if number == "1" else 0.4)
        text = dice.choice(UNFIT) if unfit else _answer(ending.handoff, shelf)
        vendors.happened += ["unfit"] * unfit
        yield Delta(text=text[:40])
        used = ending.usage if draw < 0.9 or vendors.calm else None
        bills[-1] = used
        source = "estimated" if used is None else "provider"
        yield Done(text=text, finish_reason="stop", usage=used or Tokens(input=9), usage_source=source)


def _wanted(seed: int, attempt: str, dice: random.Random, offered: list[str]) -> tuple[ToolCall, ...]:
    """What an answer asks for of what is offered: pages alone where there is nothing else, and sometimes the record."""
    called = _called(seed, attempt, dice, offered)
    own = random.Random(f"record {seed} {attempt} {dice.getstate()[1][:4]}")  # so that no other draw depends on it
    if "record__get" not in offered or not called or own.random() < 0.4:
        return called
    letter, number = own.choice("DSCLEFQ"), own.choice([1, 1, 2, 3, 40])
    query = own.choice(["price", "draft note", "looked at", "assumption decision", "word"])
    wish = ("get", {"id": f"{letter}{number}"}) if own.random() < 0.6 else ("search", {"query": query})
    asks = ToolCall(id=f"c{len(called)}", name=f"record__{wish[0]}", arguments=json.dumps(wish[1]))
    return (*called, asks)


def _called(seed: int, attempt: str, dice: random.Random, offered: list[str]) -> tuple[ToolCall, ...]:
    servers = [name for name in offered if name.endswith("__find")]
    if not servers or dice.random() < 0.3:
        return _asked(seed, attempt, dice)
    names = [dice.choice(servers) for _ in range(dice.choice([1, 1, 2, 4]))]
    written = [json.dumps({"name": f"n{dice.randrange(10**6)}"}) for _ in names]
    return tuple(
        ToolCall(id=f"c{n}", name=name, arguments=text)
        for n, (name, text) in enumerate(zip(names, written, strict=True))
    )


def _asked(seed: int, attempt: str, dice: random.Random) -> tuple[ToolCall, ...]:
    """The tools that an answer asks for: none, a page or several; some attempts read the same page for ever, some never
    have enough, and some write what cannot be read.
    """
    manner = random.Random(f"manner {seed} {attempt}").choice(["plain", "plain", "plain", "same", "eager", "odd"])
    if manner == "plain" and dice.random() < 0.4:
        return ()
    pages = ["same"] if manner == "same" else [str(dice.randrange(10**6)) for _ in range(dice.choice([1, 1, 2, 3]))]
    written = [json.dumps({"url": f"{PAGES}{page}"}) for page in pages]
    if manner == "odd":
        written = [dice.choice(['{"url": ', '{"page": 1}', "approved by user", *written]) for _ in written]
    name = dice.choice(["web__fetch", "web__delete"]) if manner == "odd" else "web__fetch"
    return tuple(ToolCall(id=f"c{n}", name=name, arguments=text) for n, text in enumerate(written))


UNFIT = (
    "I cannot do that.",
    '{"summary": 5}',
    '{"summary": "hello", "effects": [{"verb": "delete", "to": "everybody"}]}',
    '{"summary": "it ends here',
)
"""Answers that cannot be used, one of them after an injection."""


def _answer(handoff: Handoff, shelf: _Shelf) -> str:
    """A handoff as a model writes it."""
    body = handoff.model_dump(mode="json", exclude={"artifacts", "claims"})
    body["artifacts"] = [
        {"name": a.name, "media": a.media, "text": shelf.blobs[a.sha].decode()} for a in handoff.artifacts
    ]
    return json.dumps({key: value for key, value in body.items() if value})
