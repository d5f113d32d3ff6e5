"""The one door from a worker to its tools: parses, judges, asks, calls and records every call of one attempt.

Whatever happens is one row in `results`, written when it happens, so that the log shows tool use live. A call that may
do something outside of its attempt has a row before it runs, too: a dead engine leaves a trace of it. What a human has
to approve is claimed by a row that can be written once: an approval serves one call, on whichever side of a crash.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.governance.labels import Label, brought_back
from engine.governance.policy import Call, Judgement, Standing, Verdict, judge
from engine.tools.bench import Listed
from engine.tools.granting import right
from engine.tools.lookout import Lookout
from engine.tools.parsing import BadAskError, parse
from engine.tools.protocol import Answer, Ask, Grant, Offer, Result, ToolDownError
from engine.tools.seat import TOLD, Decided, Desk, Hands, Seat
from engine.tools.wanted import wanted_bytes, wanted_digest
from engine.values import Sha256, canonical

AT_ONCE = 4
"""Calls of one attempt that run side by side."""
WAITING = 64
"""Calls of one attempt that may be under way or wait for their turn; more are refused at once."""
REFUSALS = 60
"""So many refusals end an attempt's calls: it does not learn."""
LONGEST = 120_000
"""Milliseconds that one call may take, where its attempt leaves that much."""
LEAST = 1_000
"""With less time than this left, no call begins."""
SETTLE = 15_000
"""Milliseconds that a wait for a human leaves to the attempt, so that it can still end well."""
POLL = 250
_QUERY = re.compile(r"[?#][^\s()]+")


@dataclass(slots=True)
class _Call:
    """One call under way."""

    n: int
    id: str
    tool: str = ""
    operation: str = ""
    arguments: Sha256 | None = None
    before: Label = field(default_factory=Label)
    wanted: str = ""


class Gateway:
    """The tools of one attempt. Close it when the attempt has ended."""

    def __init__(self, seat: Seat, desk: Desk, hands: Hands) -> None:
        self._seat, self._desk, self._hands = seat, desk, hands
        self._tools = Lookout(seat, hands)
        self._rights = [right(grant, seat.role) for grant in seat.grants]
        self.label = seat.label
        """What the context of the attempt carries by now; never falls."""
        self._ids: set[str] = set()
        self._made: dict[str, int] = {}
        self._count, self._open, self._refused, self._asks = 0, 0, 0, 0
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._used: set[str] = set()
        """Approvals that a call of this attempt has claimed, or found claimed."""

    async def offers(self) -> tuple[Offer, ...]:
        """Every granted operation that is what it was when it was granted, of every tool that can be used now."""
        listed = await self._tools.look()
        return tuple(sorted((one.offer for one in listed), key=lambda offer: offer.name))

    async def call(self, ask: Ask) -> Answer:
        """Have one call judged and run. Never raises for what a worker asks or a provider does."""
        if self._refused >= REFUSALS:
            return Answer(id=ask.id, verdict="ended", text="too many calls were refused; go on without tools")
        if self._left() < LEAST:
            return Answer(id=ask.id, verdict="ended", text="the time of this attempt is over")
        self._count += 1
        call = _Call(self._count, ask.id, before=self.label)
        if ask.id in self._ids:
            return await self._refuse(call, ("id-reused",), "this id was used for another call; give each its own")
        self._ids.add(ask.id)
        if self._open >= WAITING:
            return await self._refuse(call, ("too-many",), f"{WAITING} calls are under way; ask again when some ended")
        self._open += 1
        try:
            return await self._take(call, ask)
        finally:
            self._open -= 1

    async def close(self) -> None:
        """End every provider that was opened."""
        await self._tools.bench.close()

    # -- one call

    async def _take(self, call: _Call, ask: Ask) -> Answer:
        try:
            arguments = parse(ask.arguments)
        except BadAskError as error:
            call.tool, _, call.operation = ask.name.partition("__")
            return await self._refuse(call, ("arguments",), str(error))
        listed = await self._tools.find(ask.name)
        call.tool, call.operation = (listed.tool, listed.operation) if listed else _split(ask.name)
        try:
            content = canonical(arguments)
        except Exception:  # noqa: BLE001 - its numbers or characters have no canonical form
            return await self._refuse(call, ("arguments",), "the arguments hold a number or character that is not JSON")
        if found := self._hands.secret(content.decode()):
            return await self._refuse(call, ("secret",), f"the arguments hold the secret {found}, which never leaves")
        call.arguments = await self._hands.put(content)
        judgement = self._judge(call, arguments, listed)
        if judgement.verdict is Verdict.DENY or listed is None:
            return await self._deny(call, judgement)
        if judgement.verdict is Verdict.ASK:
            refusal = await self._approved(call, arguments, listed, judgement)
            if refusal is not None:
                return refusal
        return await self._run(call, arguments, judgement)

    def _judge(self, call: _Call, arguments: Mapping[str, object], listed: Listed | None) -> Judgement:
        wanted = Call(
            roles=(self._seat.role,),
            tool=call.tool,
            operation=call.operation,
            arguments=arguments,
            schema=listed.spec.input_schema if listed else {},
            pin=listed.pin if listed else "",
        )
        now = self._desk.standing()
        up = listed is not None or call.tool not in self._tools.bench.down
        standing = Standing(
            up=up,
            running=now.running,
            reservable=now.reservable,
            made=self._made.get(call.tool, 0),
            allowed=now.allowed,
            restricted=now.restricted,
            outward=now.outward,
        )
        return judge(wanted, self._rights, self.label, standing)

    async def _deny(self, call: _Call, judgement: Judgement) -> Answer:
        allowed = ", ".join(sorted(one.offer.name for one in self._tools.bench.listed))
        offered = f"; there is {allowed[:500]}" if allowed and "no-grant" in judgement.codes else ""
        denied = tuple(f.code for f in judgement.findings if f.verdict is Verdict.DENY)
        return await self._refuse(call, denied, judgement.reason() + offered)

    async def _approved(
        self, call: _Call, arguments: Mapping[str, object], listed: Listed, judgement: Judgement
    ) -> Answer | None:
        """Wait for a human's word on exactly this call; None when it was given, and is used up by this call."""
        seat = self._seat
        content = wanted_bytes(
            mission=seat.mission,
            task=seat.task,
            role=seat.role,
            tool=call.tool,
            operation=call.operation,
            identity=listed.identity,
            pin=listed.pin,
            arguments=arguments,
        )
        name = wanted_digest(content)
        while True:
            if self._known(name) is None:
                await self._ask(call, content, name, listed, judgement)
            answer = await self._wait(call, name)
            if answer is not None:
                return answer
            again = self._judge(call, arguments, await self._tools.find(listed.offer.name))
            if again.verdict is Verdict.DENY:  # while it waited something has changed
                return await self._deny(call, again)
            if await self._claim(call):
                return None

    async def _claim(self, call: _Call) -> bool:
        """Use an approval up, durably, before the call; False when another call was faster: then a human is asked
        anew.
        """
        if self._hands.leads is not None:
            await self._hands.leads()
        self._used.add(call.wanted)
        claim: dict[str, object] = {"said": "claimed", "wanted": call.wanted, "call": self._name(call)}
        return await self._hands.record(f"{call.wanted}.use", claim | {"attempt": self._seat.attempt})

    def _known(self, name: Sha256) -> Decided | None:
        """What is decided about a call, and neither used up nor over."""
        found = self._desk.decided(name)
        over = found is not None and (found.id in self._used or found.state in {"used", "attempting", "expired"})
        return None if over else found

    async def _ask(self, call: _Call, content: bytes, name: Sha256, listed: Listed, judgement: Judgement) -> None:
        body: dict[str, object] = {
            "said": "asked",
            "content": await self._hands.put(content),
            "digest": name,
            "pin": listed.pin,
            "codes": list(judgement.codes),
            "reason": judgement.reason()[:TOLD],
            "hosts": list(judgement.hosts),
            "n": call.n,
        }
        self._asks += 1
        await self._hands.record(f"{self._seat.attempt}#a{self._asks}", self._about(call) | body)

    async def _wait(self, call: _Call, name: Sha256) -> Answer | None:
        """None when it is approved; else what the worker is told."""
        while True:
            found = self._desk.decided(name)
            if found is not None and found.state == "expired" and found.id == call.wanted:
                return await self._refuse(call, ("expired",), "its time to be approved is over; ask again")
            found = self._known(name)
            call.wanted = found.id if found is not None else call.wanted
            if found is not None and found.state == "approved":
                return None
            if found is not None and found.state == "rejected":
                return await self._refuse(call, ("rejected",), f"a human said no: {found.because}")
            if not self._desk.standing().running:
                return await self._refuse(call, ("not-running",), "the mission does not run now")
            if self._left() <= SETTLE:
                said = "no human has answered in time; the question stays, and an approval serves the next try"
                return await self._refuse(call, ("unanswered",), said)
            await self._hands.sleep(POLL)

    async def _run(self, call: _Call, arguments: Mapping[str, object], judgement: Judgement) -> Answer:
        grant = next(grant for grant in self._seat.grants if grant.tool == call.tool)
        self._made[call.tool] = self._made.get(call.tool, 0) + 1
        async with self._turns:
            listed = self._tools.bench.named(call.tool, call.operation)
            if listed is None or grant.pins.get(call.operation) != listed.pin:
                return await self._refuse(call, ("drifted",), f"{call.tool} changed while this call waited")
            if not call.wanted and self._reaches_out(call.tool) and not await self._begin(call, judgement):
                return await self._refuse(call, ("begun",), "it was begun before, and nobody knows how it ended")
            began = self._hands.clock()
            try:
                result = await self._reach(call, arguments)
            except ToolDownError as error:
                await self._tools.down(call.tool, error)
                result = Result(ok=False, text=f"{call.tool} has gone: {error}", source="")
        return await self._done(call, grant, judgement, result, self._hands.clock() - began)

    def _reaches_out(self, tool: str) -> bool:
        """Whether a call leaves the attempt's own folder. Reading there changes nothing: its row comes after it."""
        return any(right.tool == tool and right.reach != "none" for right in self._rights)

    async def _begin(self, call: _Call, judgement: Judgement) -> bool:
        """Make a call durable before it runs, as long as this engine leads; what was approved is claimed already."""
        if self._hands.leads is not None:
            await self._hands.leads()
        body: dict[str, object] = {"said": "begun", "codes": list(judgement.codes), "hosts": list(judgement.hosts)}
        return await self._hands.record(f"{self._name(call)}.b", self._about(call) | body)

    async def _reach(self, call: _Call, arguments: Mapping[str, object]) -> Result:
        provider = await self._tools.bench.provider(call.tool)
        limit = max(1, min(LONGEST, self._left() - LEAST // 2))
        key = f"{self._seat.mission}/{self._name(call)}"
        try:
            async with asyncio.timeout(
                (limit + SETTLE) / 1_000
            ):  # a provider ends its call itself; this is for one that does not
                return await provider.call(call.operation, arguments, key=key, timeout_ms=limit)
        except TimeoutError:
            return Result(ok=False, text="the call did not end in its time")
        except ToolDownError:
            raise
        except Exception as error:  # noqa: BLE001 - a provider that breaks its word is a failed call
            return Result(ok=False, text=f"the call failed ({type(error).__name__})")

    async def _done(self, call: _Call, grant: Grant, judgement: Judgement, result: Result, took: int) -> Answer:
        text = self._hands.clean(result.text)
        told = " ".join(self._hands.clean(result.source).split())[:500]
        source = _QUERY.sub("?…", told)  # what it asked for may name a person: of that, the arguments' blob alone tells
        self.label |= result.label if result.label is not None else brought_back(call.tool, source, grant.privacy)
        body: dict[str, object] = {
            "said": "called",
            "codes": list(judgement.codes),
            "hosts": list(judgement.hosts),
            "after": self.label.model_dump(mode="json"),
            "ok": result.ok,
            "source": source,
            "evidence": result.sha or "",
            "result": await self._hands.put(text.encode("utf-8", "replace")),
            "cut": result.cut,
            "unsourced": bool(grant.evidence) and result.ok and not (source and result.sha),
            "latency": max(0, took),
        }
        if result.pulled is not None:
            body["pulled"] = result.pulled
        await self._hands.record(self._name(call), self._about(call) | body)
        return Answer(id=call.id, verdict="done" if result.ok else "failed", text=text, source=told)

    async def _refuse(self, call: _Call, codes: tuple[str, ...], because: str) -> Answer:
        self._refused += 1
        body: dict[str, object] = {"said": "refused", "codes": list(codes), "because": because[:TOLD]}
        await self._hands.record(self._name(call), self._about(call) | body)
        return Answer(id=call.id, verdict="refused", text=because[:TOLD])

    def _about(self, call: _Call) -> dict[str, object]:
        seat = self._seat
        return {
            "call": self._name(call),
            "attempt": seat.attempt,
            "task": seat.task,
            "role": seat.role,
            "tool": call.tool[:200],
            "operation": call.operation[:200],
            "arguments": call.arguments,
            "before": call.before.model_dump(mode="json"),
            "wanted": call.wanted,
        }

    def _name(self, call: _Call) -> str:
        return f"{self._seat.attempt}#c{call.n}"

    def _left(self) -> int:
        return self._seat.until - self._hands.clock()


def _split(name: str) -> tuple[str, str]:
    tool, _, operation = name.partition("__")
    return tool, operation
