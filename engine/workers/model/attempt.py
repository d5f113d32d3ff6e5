"""One attempt of a model: asked with the package as it is, given the tools that it asks for, until it answers without;
one more call mends an answer that does not fit, and then there is an ending.

Before each call three things are looked at: the window, the money that is left of the attempt's allowance, and how many
calls it has. Where one of them runs out the model is told to finish with what it has, while that is still possible.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pydantic import SecretStr

from engine.governance.progress import RETRIES
from engine.modelhost.wire import CallFailed, Done, Models
from engine.secrets.protocol import PASSING, SecretError, Secrets
from engine.values import SECOND, Tokens, money
from engine.workers.answer import visible
from engine.workers.model.calling import Caller
from engine.workers.model.conversation import Conversation
from engine.workers.model.endings import failed, unusable
from engine.workers.model.endpoint import Endpoint, Purse
from engine.workers.model.instructions import finishing, instructions, mending, warning
from engine.workers.model.reading import Read, UnfitError, read
from engine.workers.model.using import AT_ONCE, Using, specs
from engine.workers.protocol import ArtifactOut, AttemptJob, Failed, Fault, Finished, Note, WorkerEvent, WorkerIO

WITHOUT_TOOLS = 2
"""Calls of an attempt that has no allowance: an answer, and its mending. So many are kept for that in every attempt."""
SHARE = 4
"""One result may take so much of the room that a window has, in all results of one answer together."""
LONGEST_WAIT = 60 * SECOND
"""A provider that asks for more patience than this within an attempt ends it."""
LONGEST_KEPT = 64_000
"""Characters of an answer that cannot be used, as it is kept for whoever looks why."""
LONGEST_REPLY = 4
"""Bytes that a token of a reply has, where it is told again and money is set aside for that."""
_STUBS = 4_000
"""Bytes of the lines that stand for results, in a last call that has no money for the results themselves."""
_LATE = 5
"""With less than one part in so many of its time left an attempt is told to finish."""
_ROOM = 100_000
"""Tokens of a window that nobody told us."""
_PASSING = frozenset({"throttled", "provider_error", "unreachable"})


class Attempt:
    """One attempt under way."""

    def __init__(
        self, models: Models, secrets: Secrets, clock: Callable[[], int], job: AttemptJob, io: WorkerIO
    ) -> None:
        self._models, self._secrets, self._clock, self._job, self._io = models, secrets, clock, job, io
        self._began = clock()
        self._purse = Purse(job.allowance)
        self._limit = job.allowance.calls if job.allowance is not None else WITHOUT_TOOLS
        self._using = Using(io.tools)
        self._retries, self._strikes = RETRIES, 0
        self._finishing = False
        self._first: UnfitError | None = None
        self._caller: Caller | None = None

    async def run(self, endpoint: Endpoint) -> AsyncGenerator[WorkerEvent, None]:
        """Notes, then the ending."""
        async with aclosing(self._events(endpoint)) as events:
            async for event in events:
                ending = isinstance(event, Failed)
                elapsed = max(0, self._clock() - self._began)
                spent = {"usage": self._purse.usage, "calls": self._calls, "latency_ms": elapsed}
                yield event.model_copy(update=spent) if ending else event
                if ending:
                    return

    async def _events(self, endpoint: Endpoint) -> AsyncGenerator[WorkerEvent, None]:
        job = self._job
        try:
            key = SecretStr(await self._secrets.get(endpoint.key)) if endpoint.key else None
        except SecretError as error:
            yield self._without_key(endpoint, error)
            return
        offers = await self._io.tools.offers()
        self._finishing = not offers
        caller = self._caller = Caller(self._models, self._clock, job, endpoint, key)
        talk = Conversation(instructions(job, offers, self._limit), job.package, specs(offers))
        window = _Window(endpoint.window, caller.most)
        while True:
            if (short := self._prepared(talk, caller, window)) is not None:
                yield short
                return
            number = f", call {caller.calls + 1} of {self._limit}" if offers else ""
            if offers or not caller.calls:
                yield Note(text=f"asked {job.model}{number}", micro_usd=caller.estimate())
            ended, told = None, talk.most_tokens
            async with aclosing(caller.call(talk, finishing=self._finishing)) as heard:
                async for event in heard:
                    if isinstance(event, Note):
                        yield event
                    else:
                        ended = event
            ended = ended or CallFailed(kind="host_lost")
            self._purse.spend(_usage(ended), told, caller.most)
            if isinstance(ended, CallFailed):
                wait = self._again(ended, talk, caller, window)
                if wait is None:
                    yield failed(job, endpoint, ended, self._first)
                    return
                yield Note(text=f"{job.model}: {ended.kind}, asking again", micro_usd=caller.estimate())
                await self._io.sleep(wait)
            elif ended.calls and not self._finishing:
                async for used in self._use(ended, talk, caller, window):
                    yield used
            else:
                try:
                    found = read(ended.text, job)
                except UnfitError as unfit:
                    if (spoilt := self._mended(unfit, ended, talk, caller, window)) is not None:
                        answer = await self._io.put(ended.text[:LONGEST_KEPT].encode("utf-8", "replace"))
                        yield spoilt.model_copy(update={"answer": answer})
                        return
                    yield Note(text=f"its answer did not fit: {unfit.errors[0]}", micro_usd=caller.estimate())
                    continue
                yield await self._finished(found)
                return

    def _without_key(self, endpoint: Endpoint, error: SecretError) -> Failed:
        said = f"{error.what}; {error.mend}" if error.mend else error.what
        reason = visible(f"{self._job.model} needs the key {endpoint.key}: {said}", 2_000)
        passing = error.why in PASSING
        fault: Fault = "key_late" if passing else "key_missing"
        return Failed(reason=reason, retryable=passing, fault=fault)

    def _prepared(self, talk: Conversation, caller: Caller, window: _Window) -> Failed | None:
        """Make the conversation fit for its next call; what ends the attempt when it cannot be."""
        if not talk.tools:
            return None
        if not talk.shortened(window.holds):
            return unusable(self._job, "what its tools brought does not fit its window", "too_long")
        if not self._finishing and (why := self._over(talk, caller)):
            self._finish(talk, why)
        if self._finishing and not talk.shortened(lambda t: window.holds(t) and self._affords(t, caller)):
            most = self._job.allowance.micro_usd if self._job.allowance is not None else 0
            return unusable(
                self._job,
                f"budget: one more call may cost more than is left of the {money(most)} that were set aside for this "
                "attempt; give its task a larger budget, or its role fewer tools",
            )
        return None

    def _over(self, talk: Conversation, caller: Caller) -> str:
        """Why the model must finish now; empty while it may go on, since one more call after this one would fit too."""
        told, most = talk.most_tokens, caller.most
        if caller.calls + WITHOUT_TOOLS >= self._limit:
            return "you have used the calls that this task has"
        if not self._purse.affords((told, most), (told + LONGEST_REPLY * most + _STUBS, most)):
            return "the money for this task is used up"
        if caller.left * _LATE < self._job.timeout_ms:
            return "the time for this task is nearly over"
        return ""

    def _finish(self, talk: Conversation, why: str) -> None:
        self._finishing = True
        if self._using.rounds:
            talk.say(finishing(why))
        else:
            talk.tools = ()  # a provider wants them named only where some were used

    def _affords(self, talk: Conversation, caller: Caller) -> bool:
        return self._purse.affords((talk.most_tokens, caller.most))

    def _again(self, ended: CallFailed, talk: Conversation, caller: Caller, window: _Window) -> int | None:
        """How long to wait before the same is asked again; None when it is not. Only where work would be lost."""
        if not self._using.rounds or not self._retries or caller.calls >= self._limit:
            return None
        if ended.kind == "too_long":
            self._retries -= 1
            window.narrow(talk)
            return 0
        wait = max(ended.retry_after_ms, SECOND << (RETRIES - self._retries))
        if ended.kind not in _PASSING or ended.billed != "no" or wait > LONGEST_WAIT or wait >= caller.left:
            return None
        self._retries -= 1
        return wait

    async def _use(
        self, ended: Done, talk: Conversation, caller: Caller, window: _Window
    ) -> AsyncGenerator[Note | Failed, None]:
        """Have the tools run that an answer asks for, in its order, and tell the model what became of each."""
        calls = self._using.taken(ended.calls)
        told, over = [], False
        for number, call in enumerate(calls, 1):
            yield Note(text=f"uses {visible(call.name, 80)}", micro_usd=caller.estimate())
            try:
                async with asyncio.timeout(max(0, caller.left) / SECOND):
                    used = await self._using.use(number, call, window.characters // SHARE // len(calls))
            except TimeoutError:
                yield unusable(self._job, f"its time was over while {visible(call.name, 80)} ran")
                return
            told.append(used.told)
            over = over or used.ended
        talk.used(ended.text, calls, tuple(told))
        if len(ended.calls) > len(calls):
            talk.say(f"{len(ended.calls) - AT_ONCE} more calls were not looked at: at most {AT_ONCE} at once.")
        judgement = self._using.judged()
        if judgement.stuck:
            freed = "another role or tool, a sharper criterion or a hint would free it"
            yield unusable(self._job, f"stuck in a loop: {visible(judgement.why, 300)}; {freed}", retryable=False)
            return
        if judgement.strikes > self._strikes:
            self._strikes = judgement.strikes
            talk.say(warning(visible(judgement.why, 300)))
        if over:
            self._finish(talk, "there are no more calls of tools for this task")

    def _mended(
        self, unfit: UnfitError, ended: Done, talk: Conversation, caller: Caller, window: _Window
    ) -> Failed | None:
        """Have an answer mended that does not fit; what ends the attempt when it cannot be."""
        job = self._job
        if ended.finish_reason == "content_filter":
            return unusable(job, "a filter of its provider withheld the answer", "unusable")
        if unfit.cut and ended.finish_reason == "length":
            return unusable(job, f"its answer was cut off by max_output ({caller.most} tokens)", "too_much")
        if self._first is not None:
            return unusable(job, f"its answer cannot be used, mended neither: {unfit.errors[0]}", "unusable")
        if not self._retries or caller.calls >= self._limit:
            return unusable(job, f"its answer cannot be used, and it has no more calls: {unfit.errors[0]}", "unusable")
        self._first = unfit
        self._retries -= 1
        self._finishing = True
        if talk.tools and not self._using.rounds:
            talk.tools = ()
        talk.answered(ended.text)
        talk.say(mending(unfit.errors))
        if not talk.shortened(window.holds):
            said = f"its answer cannot be used, and its window has no room to mend it: {unfit.errors[0]}"
            return unusable(job, said, "unusable")
        if not talk.shortened(lambda t: window.holds(t) and self._affords(t, caller)):
            said = f"its answer cannot be used, and there is no money left to mend it: {unfit.errors[0]}"
            return unusable(job, said, "unusable")
        return None

    async def _finished(self, found: Read) -> Finished:
        artifacts = []
        for text in found.artifacts:
            content = text.text.encode()
            sha = await self._io.put(content)
            artifacts.append(ArtifactOut(name=text.name, sha=sha, bytes=len(content), media=text.media))
        handoff = found.handoff.model_copy(update={"artifacts": tuple(artifacts)})
        elapsed = max(0, self._clock() - self._began)
        return Finished(handoff=handoff, usage=self._purse.usage, calls=self._calls, latency_ms=elapsed)

    @property
    def _calls(self) -> int:
        """Calls of its model that were made so far."""
        return self._caller.calls if self._caller is not None else 0


class _Window:
    """What a model can be told, by our own estimate: narrower once its provider has said that it was too long."""

    def __init__(self, tokens: int, most: int) -> None:
        self._tokens, self._most = tokens, most

    @property
    def characters(self) -> int:
        """Characters that have room in it."""
        return max(0, (self._tokens or _ROOM) - self._most) * 3

    def holds(self, talk: Conversation) -> bool:
        """Whether a conversation and one more reply have room."""
        return not self._tokens or talk.estimated + self._most <= self._tokens

    def narrow(self, talk: Conversation) -> None:
        """What was told did not fit, whatever we thought."""
        self._tokens = talk.estimated * 3 // 4 + self._most


def _usage(ended: Done | CallFailed) -> Tokens | None:
    """What a call used, as far as anybody knows."""
    if isinstance(ended, Done):
        return ended.usage if ended.usage_source == "provider" else None
    return ended.usage if ended.usage is not None else Tokens() if ended.billed == "no" else None
