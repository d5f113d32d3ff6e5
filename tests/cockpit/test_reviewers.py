"""`cockpit doctor --reviewers` as somebody uses it: a real model host, a scripted endpoint, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cockpit.__main__ import main
from cockpit.cli.desk import wall_ms
from engine.ledger.reader import Reader
from engine.reviewers.artifacts import DEFECTS
from engine.routing.measured import EXAM
from engine.settings import load_settings
from tests.cockpit.ledger import Ledger, home_at
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
    assert told["stopped"].startswith("it cannot be asked: ")
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
    assert main(["spend", "--json"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert (account["measuring_micro_usd"], account["total_micro_usd"]) == (told["micro_usd"], 0)
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


@pytest.mark.parametrize("option", [["--yes"], ["--model", "opus"], ["--budget", "2 USD"]])
def test_an_option_of_measuring_alone_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    configure(home)
    assert main(["doctor", *option]) == 2
    assert f"{option[0]}: is about measuring reviewers; cockpit doctor --reviewers" in capsys.readouterr().err


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


CONTRACT = """\
mission: Say it well
id: well
target: {statement: One sentence}
budget: {money: 5 USD}
actions: {allowed: [draft, review]}
roles:
  writer: {worker: human}
  reviewer: {tier: TIER}
plan:
  tasks:
    - {id: say, role: writer, verb: draft, budget: 1 USD, verify: [checks, review],
       criteria: [{text: is kind, check: review}]}
"""


def found(home: Path, **counts: int) -> None:
    """The ledger of a home in which the configured model was measured."""
    setup = load_settings(home / "config.toml").models["opus"].setup
    kinds = [{"kind": kind, "sent_back": back, "n": 32} for kind, back in counts.items()]
    body = {"name": "opus", "setup": setup, "model": "openai/scripted", "exam": EXAM, "seed": 1, "kinds": kinds}
    Ledger(home_at(home)).event("home", "reviewer.measured", {**body, "planned": 64}, at=wall_ms())


@pytest.mark.parametrize(("tier", "warned"), [("standard", True), ("strong", False)])
def test_check_warns_of_a_reviewer_that_is_unfit_where_it_may_be_asked(
    home: Path, capsys: pytest.CaptureFixture[str], tier: str, warned: bool
) -> None:
    configure(home)
    found(home, good=0, fact=0)
    contract = home / "well.mission.yaml"
    contract.write_text(CONTRACT.replace("TIER", tier))
    assert main(["check", str(contract)]) == 0
    told = capsys.readouterr().err
    assert ("[W10]" in told) == warned
    assert ("no better than waving everything through" in told) == warned


@pytest.mark.parametrize(
    ("counts", "state", "says"),
    [
        ({"good": 0, "fact": 32}, "ok", "may stand for V2"),
        ({"good": 0, "fact": 0}, "warn", "waving everything through"),
        ({"good": 32, "fact": 32}, "warn", "sending everything back"),
    ],
)
def test_doctor_tells_what_was_measured(
    home: Path, capsys: pytest.CaptureFixture[str], counts: dict[str, int], state: str, says: str
) -> None:
    configure(home)
    found(home, **counts)
    main(["doctor", "--json"])
    (finding,) = [one for one in json.loads(capsys.readouterr().out) if one["check"] == "reviewers"]
    assert (finding["state"], says in finding["detail"]) == (state, True)


def test_a_measurement_says_nothing_of_another_model_behind_the_same_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(home)
    found(home, good=0, fact=0)
    configure(home, "http://127.0.0.1:10/v1")
    main(["doctor", "--json"])
    (finding,) = [one for one in json.loads(capsys.readouterr().out) if one["check"] == "reviewers"]
    assert finding["detail"] == "never measured as a reviewer: opus"
