"""Measuring the reviewers of config.toml for real: the model host and the keys. `clock` tells milliseconds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.loop.configured import endpoint
from engine.modelhost.client import ModelHost
from engine.modelhost.wire import Models
from engine.reviewers.artifacts import DEFECTS, MOST, Seeded, seeded
from engine.reviewers.case import Case
from engine.reviewers.examine import Examined, Purse, examine, most, typical
from engine.routing.measured import Measured, Share
from engine.secrets import Secrets
from engine.secrets.system import SystemSecrets
from engine.settings import Model, Settings
from engine.values import SECOND
from engine.workers.model import Endpoint, ModelWorker

Progress = Callable[[Examined], None]
Clock = Callable[[], int]
"""Milliseconds."""
DEFECTS_OF: Mapping[str, str] = {kind: what for kind, (what, _plant) in DEFECTS.items()}
"""What each kind of defect is, in words."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One reviewer that is to be measured: its artifacts, and what that costs at most and usually, in micro-dollars."""

    found: Examined
    artifacts: tuple[tuple[Seeded, Case], ...]
    most: int
    typical: int


def plan(models: Mapping[str, Model], *, seed: int, each: int) -> tuple[Planned, ...]:
    """What measuring these models takes; asks nobody yet."""
    made = seeded(seed, each)
    planned = []
    for name, model in models.items():
        reviewer = model.candidate(name)
        cases = [Case(one, reviewer) for one in made]
        found = Examined(reviewer, model.model, seed, len(made))
        dearest = sum(most(reviewer, case) for case in cases)
        planned.append(Planned(found, tuple(zip(made, cases, strict=True)), dearest, typical(reviewer, cases)))
    return tuple(planned)


async def measure(
    planned: Sequence[Planned],
    settings: Settings,
    models: Models,
    secrets: Secrets,
    *,
    clock: Clock,
    budget: int | None,
    parallel: int,
    progress: Progress,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Measure them one after the other, within one budget. What each comes to stands in its `found` at any moment.
    `sleep` waits seconds.
    """

    def reached(name: str) -> Endpoint | None:
        model = settings.models.get(name)
        return endpoint(model) if model is not None else None

    worker = ModelWorker(models=models, endpoints=reached, secrets=secrets, clock=clock)
    purse = Purse(budget)
    for one in planned:
        await examine(
            one.found,
            one.artifacts,
            worker,
            clock=clock,
            sleep=lambda ms: sleep(ms / SECOND),
            purse=purse,
            parallel=parallel,
            progress=progress,
        )


def measure_all(
    planned: Sequence[Planned],
    settings: Settings,
    log: Path,
    *,
    clock: Clock,
    budget: int | None,
    parallel: int,
    progress: Progress,
) -> None:
    """The same, with a model host of its own that ends with it. Raises `KeyboardInterrupt` when it is interrupted."""

    async def hosted() -> None:
        secrets = SystemSecrets(os.environ, programs=settings.program)
        async with ModelHost(log=log, environ=os.environ, clock=clock) as host:
            await host.prespawn()
            await measure(
                planned, settings, host, secrets, clock=clock, budget=budget, parallel=parallel, progress=progress
            )

    asyncio.run(hosted())


__all__ = [
    "DEFECTS_OF",
    "MOST",
    "Examined",
    "Measured",
    "Planned",
    "Share",
    "measure_all",
    "plan",
]
