"""P22: from the ledger alone, in another home and another process, the same decisions come out, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cockpit.cli.receipt import events_of
from engine.home import Home
from engine.ledger.archive import read
from engine.ledger.reader import Reader
from engine.loop.replay import Again, replay
from engine.values import MissionId
from tests.durable.living import Living
from tests.durable.test_moving import exported, take_over

GTM = MissionId("gtm")


def again(home: Home, slug: MissionId = GTM) -> list[Again]:
    with Reader.open(home.ledger) as reader:
        return list(replay(slug, events_of(reader, slug), reader.blob))


def told(home: Home, seed: str) -> Any:
    """What another process finds, told as JSON."""
    environ = {**os.environ, "COCKPIT_HOME": str(home.root), "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"}
    line = [sys.executable, "-m", "cockpit", "doctor", "--replay", "gtm", "--json"]
    said = subprocess.run(line, env=environ, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return [one for one in json.loads(said.stdout) if one["check"] == "replay"]


def test_p22_routes_packages_verdicts_and_acceptances_come_out_again(finished: Home) -> None:
    made = again(finished)
    assert [one for one in made if not one.same] == []
    counted = Counter(one.what for one in made)
    assert counted["route and package"] >= 15
    assert counted["verdict"] >= 15
    assert counted["acceptance"] >= 15
    assert counted["judgement"] >= 1


async def test_p22_they_come_out_in_another_home_and_process(finished: Home, tmp_path: Path) -> None:
    async with Living(tmp_path / "there") as one:
        await one.begin_template(tmp_path / "contracts", "feature-launch", seed=2)
        assert (await take_over(one, read(exported(finished), "x"))).state == "done"
    here, there = told(finished, "1"), told(one.home, "2")
    assert here == there
    assert [finding["state"] for finding in here] == ["ok"]
    assert "receipt " in here[0]["detail"]


@pytest.mark.parametrize("template", ["feature-launch", "website-experiment"])
@pytest.mark.thorough
async def test_p22_every_template_replays(tmp_path: Path, template: str) -> None:
    for seed in range(3):
        async with Living(tmp_path / str(seed)) as one:
            slug = await one.begin_template(tmp_path / "contracts", template, seed=seed)
            await one.work(lambda: one.over(slug))  # noqa: B023
        assert [made for made in again(one.home, MissionId(slug)) if not made.same] == []


def test_p22_a_decision_that_would_come_out_otherwise_is_named(finished: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.routing.route.TIERS", ("strong", "standard", "cheap"))
    wrong = [made for made in again(finished) if made.same is False]
    assert wrong
    assert all(made.what == "route and package" for made in wrong)
    assert any("route.chosen" in made.why or "attempt.dispatched" in made.why for made in wrong)


def test_p22_what_was_not_recorded_or_is_gone_is_said(finished: Home) -> None:
    with Reader.open(finished.ledger) as reader:
        events = events_of(reader, "gtm")
        gone = next(event.body["handoff"] for event in events if event.kind == "attempt.delivered")
        made = list(replay(GTM, events, lambda sha: None if sha == gone else reader.blob(sha)))
    lacking = [one for one in made if one.same is None]
    assert lacking
    assert {one.why for one in lacking} == {f"blob {gone[:12]} is not there"}
