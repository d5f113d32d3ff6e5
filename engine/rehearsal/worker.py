"""The worker of a rehearsal: uses, takes and measures what the numbers say, and nothing that they do not.

What it hands off is what a rehearsed worker would (effects to the rows of the inputs, the promised files), with every
number replaced: a metric of which nothing is assumed is left out, never made up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import MetricNumbers, Numbers, dice, successes, whole
from engine.rehearsal.outages import Outages
from engine.rehearsal.toolcalls import ToolCalls
from engine.values import PPM, SECOND, Ratio, Tokens
from engine.workers.protocol import AttemptJob, EvidenceOut, Failed, Finished, Note, WorkerEvent, WorkerIO
from engine.workers.rehearsed import LABEL, RehearsedWorker

MARGIN = 30 * SECOND
"""What an attempt that waited for a decision keeps of its time."""


class AssumedWorker:
    """Works as any role but a human's. `leaning` is told of every unknown number it meets."""

    def __init__(
        self,
        numbers: Numbers,
        seed: int,
        leaning: Leaning,
        *,
        outages: Outages,
        tools: ToolCalls,
        clock: Callable[[], int],
    ) -> None:
        self._numbers, self._seed, self._leaning = numbers, seed, leaning
        self._outages, self._tools, self._clock, self._began = outages, tools, clock, clock()
        self._inner = RehearsedWorker(pace=Decimal(0))

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Let time pass, then succeed or fail."""
        if job.model and not job.argv and self._outages.away(job.model, self._clock() - self._began):
            yield Failed(reason=f"{LABEL} {job.model} is away, as assumed", fault="unreachable", calls=0)
            return
        role, chance = self._numbers.role(job.role), dice(job.seed, job.kind)
        latency = int(role.takes.draw(chance)) if role.takes else self._unknown(f"{job.role}.takes")
        usage, calls = self._usage(job), 0 if job.argv else 1
        await self._tools.make(job, io, self._clock() + max(0, job.timeout_ms - latency - MARGIN))
        await io.sleep(latency)
        if role.success is None:
            self._leaning.on(f"{job.role}.success")
        elif chance.random() >= role.success.rate(dice(self._seed, job.role, "success")):
            yield Failed(reason=f"{LABEL} it failed, as assumed", usage=usage, calls=calls, latency_ms=latency)
            return
        plain = job.model_copy(update={"success_ppm": PPM, "assumed": Tokens()})
        async for event in self._inner.run(plain, io):
            if isinstance(event, Note):
                continue
            if isinstance(event, Finished):
                measured = tuple(found for name, unit in job.metrics if (found := self._evidence(job, name, unit)))
                kept = tuple(one for one in event.handoff.evidence if one.metric not in dict(job.metrics))
                handoff = event.handoff.model_copy(update={"evidence": (*kept, *measured)})
                yield event.model_copy(
                    update={"handoff": handoff, "usage": usage, "calls": calls, "latency_ms": latency}
                )
            else:
                yield event

    def _usage(self, job: AttemptJob) -> Tokens:
        if job.argv:
            return Tokens()  # a command uses none
        known = self._numbers.role(job.role).usage
        if known is None:
            self._unknown(f"{job.role}.tokens")
            return Tokens()
        told, said = known.draw(dice(job.seed, job.kind, "tokens"))
        return Tokens(input=told, output=min(said, job.max_output_tokens) if job.max_output_tokens else said)

    def _unknown(self, name: str) -> int:
        self._leaning.on(name)
        return 0

    def _evidence(self, job: AttemptJob, name: str, unit: str) -> EvidenceOut | None:
        if unit == "text":
            return EvidenceOut(metric=name, value=f"{LABEL} noted", note=LABEL)
        value = measured(
            name, unit, self._numbers.metric(name), self._leaning, rate=(self._seed, job.branch), draw=(job.seed,)
        )
        return None if value is None else EvidenceOut(metric=name, value=value, note=LABEL)


def measured(
    name: str,
    unit: str,
    known: MetricNumbers,
    leaning: Leaning,
    *,
    rate: tuple[object, ...],
    draw: tuple[object, ...],
    before: Ratio | None = None,
) -> Ratio | str | None:
    """One reading of a metric, None where nothing is assumed of it. What is true of a branch is drawn by `rate`, what
    one look finds by `draw`; `before` is what earlier looks have found, for a ratio that grows.
    """
    if known.value is None:
        leaning.on(f"{name}.value")
        return None
    true = known.value.draw(dice(*rate, name, "value"))
    chance = dice(*draw, name, "draw")
    if unit == "ratio":
        if known.sample is None:
            leaning.on(f"{name}.sample")
            return None
        share = min(1.0, max(0.0, float(true)))
        k, n = (before.k, before.n) if before else (0, 0)
        return Ratio(k=k + successes(chance, known.sample, share), n=n + known.sample)
    if unit == "count":
        return str(whole(chance, true))
    return f"{true:.4f}".rstrip("0").rstrip(".") if true % 1 else str(int(true))
