"""`cockpit doctor --reviewers` as somebody uses it: a real model host, a scripted endpoint, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cockpit.__main__ import main
from engine.ledger.reader import Reader
from engine.reviewers.artifacts import DEFECTS
from tests.endpoint import Answer, ScriptedEndpoint
from tests.engine.reviewers.scripted import perfect, script
from tests.engine.secrets.keyrings import CANARY

ASKED = 2 * len(DEFECTS)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("COCKPIT_HOME", str(folder))
    monkeypatch.setenv("REVIEWER_KEY", CANARY)
    return folder


def configure(home: Path, url: str = "http://127.0.0.1:9/v1") -> None:
    table = f'[models.opus]\nmodel = "openai/scripted"\nendpoint = "{url}"\nkey = "env:REVIEWER_KEY"\n'
    (home / "config.toml").write_text(f"{table}price = {{input = 3, output = 15}}\n")
    (home / "config.toml").chmod(0o600)


def test_a_reviewer_that_goes_down_half_way_is_known_as_far_as_it_came(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = script(perfect)

    def until(number: int, body: dict[str, Any]) -> Answer:
        return whole(number, body) if number <= 28 else Answer.key_refused()

    with ScriptedEndpoint(until) as endpoint:
        configure(home, endpoint.url)
        call = ["doctor", "--reviewers", "--yes", "--each", "1", "--parallel", "1", "--json"]
        assert main(call) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["answered"], told["planned"], told["calls"]) == (29, ASKED, 29)
    assert told["stopped"].startswith("it is down: ")
    assert told["caught"]["k"] == told["caught"]["n"] == 28 - told["false_alarms"]["n"]
    assert told["false_alarms"]["k"] == 0
    assert told["micro_usd"] == 28 * (1_500 * 3 + 300 * 15)
    assert main(["doctor", "--json"]) in {0, 1}
    out = capsys.readouterr().out
    (finding,) = [one for one in json.loads(out) if one["check"] == "reviewers"]
    assert f"opus: catches {told['caught']['k']} of {told['caught']['n']} planted defects" in finding["detail"]
    assert finding["state"] == "ok"
    with Reader.open(home / "ledger.db") as reader:
        (event,) = reader.events("home", kinds=["reviewer.measured"])
    assert (event["kind"], event["body"]["micro_usd"]) == ("reviewer.measured", told["micro_usd"])
    assert event["body"]["stopped"] == told["stopped"]
    assert main(["engine", "--stop"]) == 0
    assert CANARY not in out + capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ([], "--yes"),
        (["--yes", "--each", "0"], "--each"),
        (["--yes", "--seed", "-1"], "--seed"),
        (["--yes", "--parallel", "99"], "--parallel"),
        (["--yes", "--budget", "much"], "--budget"),
        (["--yes", "--model", "gpt"], "models.gpt"),
    ],
)
def test_what_makes_no_sense_asks_nobody(
    home: Path, capsys: pytest.CaptureFixture[str], more: list[str], where: str
) -> None:
    configure(home)
    assert main(["doctor", "--reviewers", *more]) == 2
    assert where in capsys.readouterr().err
    assert not (home / "ledger.db").exists()


def test_a_home_without_models_has_no_reviewer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--reviewers", "--yes"]) == 2
    assert "names no model" in capsys.readouterr().err
    assert main(["doctor", "--json"]) in {0, 1}
    assert not [one for one in json.loads(capsys.readouterr().out) if one["check"] == "reviewers"]


def test_doctor_says_that_nobody_was_measured(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(home)
    main(["doctor", "--json"])
    (finding,) = [one for one in json.loads(capsys.readouterr().out) if one["check"] == "reviewers"]
    assert (finding["state"], finding["mend"]) == ("ok", "cockpit doctor --reviewers measures it")
