"""Asking a model: one call with the package as it is, one more to mend an answer that does not fit, then an ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import SecretStr

from engine.context.tokens import tokens
from engine.modelhost.wire import Call, CallFailed, Delta, Done, Message, Models
from engine.secrets.protocol import PASSING, SecretError, Secrets
from engine.values import Price, Tokens, duration
from engine.workers.answer import visible
from engine.workers.model.instructions import instructions, mending
from engine.workers.model.reading import Read, UnfitError, read
from engine.workers.protocol import ArtifactOut, AttemptJob, Failed, Fault, Finished, Note, WorkerEvent, WorkerIO

SHOWN_AGAIN = 20_000
"""Characters of its own answer that a model is shown when it has to mend it."""
NOTE_EVERY = 400
"""Milliseconds between two notes of progress."""
GRACE = 30_000
"""Milliseconds that a model host gets beyond the time of a call before this worker gives it up by itself."""

_REASONS: dict[str, str] = {
    "throttled": "is throttled by its provider",
    "provider_error": "its provider reports an error",
    "unreachable": "cannot be reached",
    "timeout": "did not answer in time",
    "stalled": "fell silent in mid-answer",
    "cut": "the connection broke in mid-answer",
    "garbled": "answered with something unreadable",
    "no_answer": "ended without an answer",
    "too_long": "the package does not fit its window",
    "too_much": "said more than it may",
    "refused": "the provider refuses the request",
    "host_lost": "the model host ended during the call",
}
_HOPELESS = frozenset({"too_long", "refused", "key_refused", "not_found", "broken_install"})
"""Faults after which the same worker need not be asked the same again."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a model is reached, as config.toml says. `key` is a reference, never a value; times are milliseconds."""

    model: str
    """litellm's name."""
    endpoint: str = ""
    key: str = ""
    price: Price = field(default_factory=Price)
    """For the estimate that is shown while it answers; charges follow the price of the route."""
    json_mode: bool = False
    max_output: int = 8_000
    silence_ms: int = 120_000
    window: int = 0
    """Tokens of context, the reply included; 0 means without limit."""
    setup: str = ""
    """The digest of all this that a route records: a job that was routed over another one is refused."""


@dataclass(slots=True)
class _Spent:
    """What an attempt used so far; None as soon as nobody knows."""

    usage: Tokens | None = Tokens()

    def add(self, usage: Tokens | None) -> None:
        self.usage = None if usage is None or self.usage is None else self.usage + usage


class ModelWorker:
    """Asks models. One instance serves any number of attempts at once; it keeps nothing between them.

    `endpoints` says how the model of a job is reached (None: it is not configured any more), `clock` tells
    milliseconds.
    """

    def __init__(
        self,
        *,
        models: Models,
        endpoints: Callable[[str], Endpoint | None],
        secrets: Secrets,
        clock: Callable[[], int],
    ) -> None:
        self._models, self._endpoints, self._secrets, self._clock = models, endpoints, secrets, clock

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Ask, read, have it mended once. Cancelling or closing the iteration closes the call."""
        asked = _Asked(self._models, self._secrets, self._clock, job, io)
        endpoint = self._endpoints(job.model)
        if endpoint is None:
            reason = f"{job.model} is not configured any more: see [models] in config.toml"
            yield Failed(reason=reason, retryable=False, fault="not_found")
            return
        if job.setup != endpoint.setup:
            reason = f"{job.model} was configured anew since it was chosen: nothing was sent to it"
            yield Failed(reason=reason, fault="reconfigured")
            return
        async with aclosing(asked.run(endpoint)) as events:
            async for event in events:
                yield event


class _Asked:
    """One attempt under way."""

    def __init__(
        self, models: Models, secrets: Secrets, clock: Callable[[], int], job: AttemptJob, io: WorkerIO
    ) -> None:
        self._models, self._secrets, self._clock, self._job, self._io = models, secrets, clock, job, io
        self._began, self._noted = clock(), clock()
        self._spent, self._calls, self._said = _Spent(), 0, 0
        """What the ended calls used, how many there were, and the characters of their answers."""

    async def run(self, endpoint: Endpoint) -> AsyncGenerator[WorkerEvent, None]:
        """Notes, then the ending."""
        job = self._job
        try:
            key = SecretStr(await self._secrets.get(endpoint.key)) if endpoint.key else None
        except SecretError as error:
            said = f"{error.what}; {error.mend}" if error.mend else error.what
            reason = visible(f"{job.model} needs the key {endpoint.key}: {said}", 2_000)
            passing = error.why in PASSING
            fault: Fault = "key_late" if passing else "key_missing"
            yield Failed(reason=reason, retryable=passing, fault=fault, latency_ms=self._elapsed())
            return
        messages = [Message(role="system", content=instructions(job)), Message(role="user", content=job.package)]
        yield Note(text=f"asked {job.model}")
        first: UnfitError | None = None
        while True:
            ended: Done | CallFailed | None = None
            async with aclosing(self._call(endpoint, key, tuple(messages))) as heard:
                async for event in heard:
                    if isinstance(event, Note):
                        yield event
                    else:
                        ended = event
            if not isinstance(ended, Done):
                yield self._failed(endpoint, ended or CallFailed(kind="host_lost"), first)
                return
            self._spent.add(ended.usage if ended.usage_source == "provider" else None)
            try:
                found = read(ended.text, job)
                break
            except UnfitError as unfit:
                if unfit.cut and ended.finish_reason == "length":
                    yield self._unusable(
                        f"its answer was cut off by max_output ({self._most(endpoint)} tokens)", "too_much"
                    )
                    return
                if first is not None:
                    yield self._unusable(f"its answer cannot be used, mended neither: {unfit.errors[0]}", "unusable")
                    return
                first = unfit
                messages += [
                    Message(role="assistant", content=ended.text[:SHOWN_AGAIN] or "(nothing)"),
                    Message(role="user", content=mending(unfit.errors)),
                ]
                if not self._fits(endpoint, messages):
                    said = f"its answer cannot be used, and its window has no room to mend it: {unfit.errors[0]}"
                    yield self._unusable(said, "unusable")
                    return
                yield Note(text=f"its answer did not fit: {unfit.errors[0]}", micro_usd=self._estimate(endpoint, 0))
        yield await self._finished(found)

    async def _call(
        self, endpoint: Endpoint, key: SecretStr | None, messages: tuple[Message, ...]
    ) -> AsyncGenerator[Note | Done | CallFailed, None]:
        """One call: notes of how far it is, then its end. Nothing at all when its time is over before it began."""
        left = self._job.timeout_ms - self._elapsed()
        if left <= 0:
            yield CallFailed(kind="timeout", line=f"all of its {duration(self._job.timeout_ms)} are over", billed="no")
            return
        self._calls += 1
        call = Call(
            id=f"{self._job.mission}/{self._job.attempt}/{self._calls}",
            model=endpoint.model,
            messages=messages,
            endpoint=endpoint.endpoint,
            key=key,
            max_output=self._most(endpoint),
            json_mode=endpoint.json_mode,
            silence_ms=endpoint.silence_ms,
            total_ms=left,
        )
        characters = 0
        deadline = asyncio.get_running_loop().time() + (left + GRACE) / 1_000
        iteration = self._models.call(call)
        async with aclosing(iteration) as events:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events, None)
                except TimeoutError:
                    event = CallFailed(kind="timeout", line="the model host did not end the call in its time")
                if not isinstance(event, Delta):
                    self._said += characters
                    yield event or CallFailed(kind="host_lost", line="the call ended without an end")
                    return
                characters += len(event.text)
                if self._clock() - self._noted >= NOTE_EVERY:
                    self._noted = self._clock()
                    written = -(-(self._said + characters) // 4)
                    yield Note(text=f"~{written} tok out", micro_usd=self._estimate(endpoint, characters))

    def _most(self, endpoint: Endpoint) -> int:
        """Tokens of one reply: what was reserved for is never passed."""
        return min(endpoint.max_output, self._job.max_output_tokens or endpoint.max_output)

    def _fits(self, endpoint: Endpoint, messages: Sequence[Message]) -> bool:
        """Whether these messages and one more reply have room in the window, by our own estimate."""
        told = sum(tokens(message.content) for message in messages)
        return not endpoint.window or told + self._most(endpoint) <= endpoint.window

    def _estimate(self, endpoint: Endpoint, characters: int) -> int:
        """What the attempt may have cost so far, in micro-dollars: a guess for whoever watches."""
        told = tokens(self._job.package) * max(1, self._calls) + self._said // 4 * max(0, self._calls - 1)
        return endpoint.price.cost(Tokens(input=told, output=(self._said + characters) // 4))

    def _elapsed(self) -> int:
        return max(0, self._clock() - self._began)

    def _failed(self, endpoint: Endpoint, ended: CallFailed, first: UnfitError | None) -> Failed:
        self._spent.add(ended.usage if ended.usage is not None else Tokens() if ended.billed == "no" else None)
        job, line = self._job, visible(ended.line, 300)
        if first is not None and ended.kind == "too_long":  # the package did fit: it is the answer that was no good
            return self._unusable(f"its answer cannot be used, and is too long to mend: {first.errors[0]}", "unusable")
        if ended.kind == "key_refused":
            which = f"the key {endpoint.key}" if endpoint.key else "a call without a key"
            said = (
                f"its provider refuses {which}: put a working key there (cockpit keys), or name another in config.toml"
            )
        elif ended.kind == "not_found":
            where = f" at {endpoint.endpoint}" if endpoint.endpoint else ""
            said = f"there is no {endpoint.model}{where}: mend [models.{job.model}] in config.toml"
        elif ended.kind == "broken_install":
            said = "the model host is not installed completely: run cockpit doctor"
        else:
            said = _REASONS[ended.kind]
        if first is not None:
            line = f"{line}; its first answer did not fit: {first.errors[0]}".removeprefix("; ")
        return Failed(
            reason=visible(f"{job.model}: {said}", 2_000),
            detail=line,
            retryable=ended.kind not in _HOPELESS,
            fault=ended.kind,
            retry_after_ms=max(0, ended.retry_after_ms),
            usage=self._spent.usage,
            latency_ms=self._elapsed(),
        )

    def _unusable(self, reason: str, fault: Fault) -> Failed:
        return Failed(
            reason=visible(f"{self._job.model}: {reason}", 2_000),
            fault=fault,
            usage=self._spent.usage,
            latency_ms=self._elapsed(),
        )

    async def _finished(self, found: Read) -> Finished:
        artifacts = []
        for text in found.artifacts:
            content = text.text.encode()
            sha = await self._io.put(content)
            artifacts.append(ArtifactOut(name=text.name, sha=sha, bytes=len(content), media=text.media))
        handoff = found.handoff.model_copy(update={"artifacts": tuple(artifacts)})
        return Finished(handoff=handoff, usage=self._spent.usage, latency_ms=self._elapsed())
