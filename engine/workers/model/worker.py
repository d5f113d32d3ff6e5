"""The worker that asks models: whether the model of a job can be reached as it was chosen, and then its attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from engine.modelhost.wire import Models
from engine.secrets.protocol import Secrets
from engine.workers.model.attempt import Attempt
from engine.workers.model.endpoint import Endpoint
from engine.workers.protocol import AttemptJob, Failed, WorkerEvent, WorkerIO


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
        asked = Attempt(self._models, self._secrets, self._clock, job, io)
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
