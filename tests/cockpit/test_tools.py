"""`cockpit tools`, and what the log says of tools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cockpit.__main__ import main
from cockpit.cli.story import Names, describe
from engine.home import Home
from engine.ledger import bodies as b
from engine.values import sha256
from tests.builders import contract
from tests.cockpit.ledger import Ledger, card, home_at
from tests.engine.loop.tooling import BROWSER, MAILER, text

SHA = sha256(b"x")


@pytest.fixture
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a mission whose browser is up and drifted, and whose mailer is down."""
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))
    made = home_at(tmp_path / "home")
    ledger = Ledger(made)
    created = contract(text(BROWSER, MAILER)).normalised()
    ledger.event("gtm", "mission.created", {"title": "Find out", "contract": created, "source": SHA})
    ledger.view("card", "gtm", "gtm", card("gtm"))
    bodies: list[b.Body] = [
        b.ToolProbed(tool="browser", up=True, identity="http/1"),
        b.ToolPinned(tool="browser", operation="fetch", pin=SHA, spec=SHA, identity="i", description=SHA),
        b.ToolDrifted(tool="browser", operation="fetch", how="changed", pin=SHA, now=sha256(b"y"), spec=SHA),
        b.ToolProbed(tool="mailer", up=False, because="it does not start\x1b[2J", mend="install it"),
    ]
    for body in bodies:
        ledger.event("gtm", body.KIND, body.model_dump(mode="json", exclude_defaults=True))
    return made


def test_tools_are_told_with_pins_availability_and_use(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "gtm"]) == 0
    said = capsys.readouterr().out
    assert "drifted" in said
    assert "fetch: changed, not used before you accept it" in said
    assert "it does not start" in said
    assert "install it" in said
    assert "\x1b[2J" not in said


def test_tools_as_json(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "gtm", "--json"]) == 0
    browser, mailer = json.loads(capsys.readouterr().out)
    assert (browser["availability"], mailer["availability"]) == ("drifted", "down")
    assert browser["way"] == "builtin http"
    assert browser["roles"] == ["clerk"]
    assert browser["operations"][0]["pin"] == SHA


def test_the_log_tells_of_calls() -> None:
    body = {"call": "A1.1#c1", "tool": "browser", "operation": "fetch", "ok": True, "source": "https://a.example (200)"}
    event = {"seq": 1, "mission": "gtm", "height": 1, "kind": "tool.called", "body": body, "at": 0, "actor": "engine"}
    assert describe(event, Names()).text == "called browser fetch → https://a.example (200)"
