"""The human worker: it parks at once, and the engine asks through the attention queue. The answer ends the attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator

from engine.workers.protocol import AttemptJob, Parked, WorkerEvent, WorkerIO


class HumanWorker:
    """Whoever answers the queue."""

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Park with the question of the task."""
        del io
        yield Parked(question=job.question or f"{job.key}: what is the answer?")
