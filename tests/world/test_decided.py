"""P22: what was decided comes out again; nothing is accepted below its ladder; two who disagree are left to a human."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.world.check import chaos
from tests.world.duels import dueling
from tests.world.sim import run

SEEDS, THOROUGH = (4, 14, 23, 62), range(2_000)


def test_p22_what_is_compared_is_accepted_by_two_who_agree_or_by_a_human(request: pytest.FixtureRequest) -> None:
    assert list(chaos(THOROUGH if request.config.getoption("--thorough") else SEEDS, dueling)) == []


def test_p22_duels_and_outcomes_do_happen() -> None:
    seen: Counter[str] = Counter()
    for seed in (1, 13):
        history = run(seed, setting=dueling(seed))
        for told in history.missions.values():
            for event in told.events:
                body = event.body
                if event.kind == "verdict.given":
                    seen[f"{body['stage']} {body['ok']} {body['by'].partition(':')[0] == 'human'}"] += 1
                elif event.kind == "route.chosen":
                    seen["outcomes"] += any(row["n"] for row in json.loads(history.blobs[body["record"]]))
    assert seen["duel True False"]
    assert seen["duel False True"]
    assert seen["outcomes"]
