"""P6: twenty attempts of a mission side by side, through deaths of the engine, never pass a cap on any level."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.world.check import chaos
from tests.world.missions import SIM
from tests.world.sim import run
from tests.world.wide import WIDTH, abreast, wide

SEEDS, THOROUGH = range(30, 35), range(2_000)


def test_p6_twenty_side_by_side_never_pass_a_cap(request: pytest.FixtureRequest) -> None:
    """Mission, branch, role and task; money, tokens and calls; what nobody knows costs its reservation."""
    assert list(chaos(THOROUGH if request.config.getoption("--thorough") else SEEDS, wide)) == []


def test_p6_twenty_do_run_side_by_side_and_every_level_binds() -> None:
    widest, bound = 0, Counter[str]()
    for seed in (0, 2, 4, 5, 8):
        told = run(seed, setting=wide(seed)).missions[SIM]
        widest = max(widest, abreast(told.events))
        asked = [str(event.body["about"]) for event in told.events if event.kind == "attention.raised"]
        bound += Counter(about.split(":")[1] for about in asked if about.startswith("cap:") and ":money:" in about)
    assert widest == WIDTH
    assert {"mission", "branch", "role", "task"} <= bound.keys()
