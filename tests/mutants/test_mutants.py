"""Every promise has planted bugs, and its tests catch them: one for each promise here, all of them with `--thorough`."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark.structures import ParameterSet

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.plant import ROOT, caught
from tests.world.check import chaos
from tests.world.test_world import SEEDS

WIDER = 300
"""Seeds, from 0, that are looked through when a mutant's own seeds no longer notice it: fewer than CI plays."""
CLAIMED = tuple(f"P{n}" for n in range(1, 26))
RARE = frozenset({"P1", "P8"})
"""Promises whose first bug shows in few histories, so that looking for it takes minutes: one with a test is planted."""
FIRST = {mutant.promise: mutant for mutant in reversed(MUTANTS) if mutant.test or mutant.promise not in RARE}
"""The first planted bug of each promise: what every run of the suite plants."""


def _named(mutant: Mutant) -> str:
    return f"{mutant.promise.lower()}-{mutant.name.replace(' ', '-')}"


def _planted(mutants: Iterable[Mutant]) -> list[ParameterSet]:
    return [
        pytest.param(mutant, marks=() if FIRST[mutant.promise] is mutant else pytest.mark.thorough, id=_named(mutant))
        for mutant in mutants
    ]


@pytest.mark.parametrize("mutant", _planted(MUTANTS))
def test_it_is_noticed(mutant: Mutant) -> None:
    """A test of its own fails, or at least one violation of the world begins with the promise that it breaks.

    Any change of the engine moves the histories that seeds stand for: where the known ones no longer notice, the seeds
    that every run of the suite plays have to.
    """
    found = caught(mutant) or (caught(mutant, start=0, seeds=WIDER) if not mutant.test else [])
    assert found != [], f"{mutant.promise} survived: {mutant.name}"


def test_the_engine_as_it_is_passes_where_mutants_are_caught() -> None:
    """It is the planted bug that the world notices, not something else: the first histories are played by the tests of
    the world, without a violation; here are those beyond.
    """
    played = [mutant for mutant in FIRST.values() if not mutant.test]
    assert list(chaos(sorted({s for m in played for s in range(m.start, m.start + m.seeds) if s >= SEEDS}))) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=_named)
def test_its_patch_still_fits(mutant: Mutant) -> None:
    """What it replaces stands where it says, once, and what must notice it is there."""
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text("utf-8").count(edit.old) == 1, edit.file
    assert not mutant.test or (ROOT / mutant.test.partition("::")[0]).is_file()


def test_every_promise_has_a_planted_bug() -> None:
    """No promise is a wish."""
    assert {mutant.promise for mutant in MUTANTS} == set(CLAIMED)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
