"""One call after another of one attempt's model, within the attempt's time: notes of how far it is, then its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pydantic import SecretStr

from engine.modelhost.wire import Call, CallFailed, Delta, Done, Models
from engine.values import SECOND, Tokens, duration
from engine.workers.model.conversation import Conversation
from engine.workers.model.endpoint import Endpoint
from engine.workers.protocol import AttemptJob, Note

NOTE_EVERY = 400
"""Milliseconds between two notes of progress."""
GRACE = 30_000
"""Milliseconds that a model host gets beyond the time of a call before this worker gives it up by itself."""


class Caller:
    """Makes the calls of one attempt. `clock` tells milliseconds; `key` is that of its provider."""

    def __init__(
        self, models: Models, clock: Callable[[], int], job: AttemptJob, endpoint: Endpoint, key: SecretStr | None
    ) -> None:
        self._models, self._clock, self._job, self._endpoint, self._key = models, clock, job, endpoint, key
        self._began, self._noted = clock(), clock()
        self._told = self._said = 0
        """What it was told in all calls, in tokens by our estimate, and the characters that it said."""
        self.calls = 0

    @property
    def elapsed(self) -> int:
        """Milliseconds since the attempt began."""
        return max(0, self._clock() - self._began)

    @property
    def left(self) -> int:
        """Milliseconds that are left of the attempt's time."""
        return self._job.timeout_ms - self.elapsed

    @property
    def most(self) -> int:
        """Tokens of one reply: what was reserved for is never passed."""
        return min(self._endpoint.max_output, self._job.max_output_tokens or self._endpoint.max_output)

    def estimate(self, characters: int = 0) -> int:
        """What the attempt may have cost so far, in micro-dollars: a guess for whoever watches."""
        return self._endpoint.price.cost(Tokens(input=self._told, output=(self._said + characters) // 4))

    async def call(self, talk: Conversation, *, finishing: bool) -> AsyncGenerator[Note | Done | CallFailed, None]:
        """One call: notes of how far it is, then its end. Nothing at all when its time is over before it began.

        `finishing`: it may ask for no more tools.
        """
        left = self.left
        if left <= 0:
            yield CallFailed(kind="timeout", line=f"all of its {duration(self._job.timeout_ms)} are over", billed="no")
            return
        self.calls += 1
        self._told += talk.estimated
        async with aclosing(self._models.call(self._made(talk, left, finishing=finishing))) as events:
            characters = 0
            deadline = asyncio.get_running_loop().time() + (left + GRACE) / SECOND
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
                    yield Note(text=f"~{written} tok out", micro_usd=self.estimate(characters))

    def _made(self, talk: Conversation, left: int, *, finishing: bool) -> Call:
        endpoint = self._endpoint
        return Call(
            id=f"{self._job.mission}/{self._job.attempt}/{self.calls}",
            model=endpoint.model,
            messages=talk.messages,
            endpoint=endpoint.endpoint,
            key=self._key,
            tools=talk.tools,
            tool_choice="none" if finishing else "auto",
            max_output=self.most,
            json_mode=endpoint.json_mode and not talk.tools,  # some providers make a forced tool of it
            silence_ms=endpoint.silence_ms,
            total_ms=left,
        )
