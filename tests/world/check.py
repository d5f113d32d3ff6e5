"""Playing many seeds, and every crash point of some: what the tests, the mutants and the command line call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from tests.world.invariants import outcome, violations
from tests.world.loop import LivelockError
from tests.world.missions import Setting
from tests.world.outside import End
from tests.world.sim import run


def chaos(seeds: Iterable[int], setting: Callable[[int], Setting | None] = lambda _seed: None) -> Iterator[str]:
    """Violations of histories full of crashes, faults and second thoughts. `setting` draws another kind of mission."""
    for seed in seeds:
        try:
            yield from violations(run(seed, setting=setting(seed)))
        except AssertionError:
            raise
        except LivelockError as error:
            yield f"seed {seed}: P12 the world never came to rest: {error}"
        except Exception as error:  # noqa: BLE001 - an engine that raises breaks the promise to survive
            yield f"seed {seed}: P12 the engine raised {type(error).__name__}: {error}"


def crash_points(
    seed: int, *, tiny: bool = False, every: int = 1, offset: int = 0, died: Counter[str] | None = None
) -> Iterator[str]:
    """P12: the same calm mission, killed once at each point it passes; its outcome is that of the run without a crash.

    `died` counts the places of death.
    """
    calm = run(seed, ends=[], calm=True, tiny=tiny)
    yield from violations(calm)
    expected, points = outcome(calm), calm.lives[0].points
    for point in range(1 + offset, points + 1, every):
        where = f"seed {seed}: P12 killed at point {point} of {points}"
        try:
            killed = run(seed, ends=[End(point)], calm=True, tiny=tiny)
        except Exception as error:  # noqa: BLE001
            yield f"{where}: {type(error).__name__}: {error}"
            continue
        yield from violations(killed)
        got, place = outcome(killed), killed.lives[0].place
        if died is not None:
            died[place] += 1
        for name, value in expected.items():
            if got[name] != value:
                yield f"{where} ({place}), {name} is {got[name]}, not {value}"
