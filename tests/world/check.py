"""Playing many seeds, and every crash point of some: what the tests, the mutants and the command line call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.world.invariants import outcome, violations
from tests.world.sim import run


def chaos(seeds: Iterable[int]) -> Iterator[str]:
    """Violations of histories full of crashes, faults and second thoughts."""
    for seed in seeds:
        try:
            yield from violations(run(seed))
        except Exception as error:  # noqa: BLE001 - an engine that raises breaks the promise to survive
            yield f"seed {seed}: P12 the engine raised {type(error).__name__}: {error}"


def crash_points(seed: int, *, every: int = 1, offset: int = 0) -> Iterator[str]:
    """P12: the same calm mission, killed once at each point it passes; its outcome is that of the run without a crash."""
    calm = run(seed, crashes=[], calm=True)
    yield from violations(calm)
    expected, points = outcome(calm), calm.lives[0].points
    for point in range(1 + offset, points + 1, every):
        try:
            killed = run(seed, crashes=[point], calm=True)
        except Exception as error:  # noqa: BLE001
            yield f"seed {seed}: P12 killed at point {point} of {points}: {type(error).__name__}: {error}"
            continue
        yield from violations(killed)
        got = outcome(killed)
        for name, value in expected.items():
            if got[name] != value:
                place = killed.lives[0].place
                yield f"seed {seed}: P12 killed at point {point} of {points} ({place}), {name} is {got[name]}, not {value}"
