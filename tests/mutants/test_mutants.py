"""Every promise that the simulated world claims has planted bugs, and the world catches each of them."""

from __future__ import annotations

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.plant import caught
from tests.world.check import chaos

WIDER = 300
"""Seeds, from 0, that are looked through when a mutant's own seeds no longer notice it: fewer than CI plays."""
CLAIMED = ("P1", "P2", "P3", "P4", "P6", "P8", "P11", "P12", "P13", "P20", "P21", "P23")


def _named(mutant: Mutant) -> str:
    return f"{mutant.promise.lower()}-{mutant.name.replace(' ', '-')}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=_named)
def test_the_world_catches(mutant: Mutant) -> None:
    """The patch still fits, and at least one violation begins with the promise that it breaks.

    Any change of the engine moves the histories that seeds stand for: where the known ones no longer notice, the seeds
    that every run of the suite plays have to.
    """
    found = caught(mutant) or (caught(mutant, start=0, seeds=WIDER) if not mutant.test else [])
    assert found != [], f"{mutant.promise} survived: {mutant.name}"


def test_the_engine_as_it_is_passes_where_mutants_are_caught() -> None:
    """It is the planted bug that the world notices, not something else."""
    assert list(chaos(sorted({s for m in MUTANTS for s in range(m.start, m.start + m.seeds)}))) == []


def test_every_promise_has_a_planted_bug() -> None:
    """No promise of the world is a wish."""
    assert {mutant.promise for mutant in MUTANTS} >= set(CLAIMED)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
