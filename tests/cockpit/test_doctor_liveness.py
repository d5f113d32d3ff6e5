"""`cockpit doctor` names what nothing would ever free, as long as an engine leads and has nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit.__main__ import main
from engine.ledger.reader import Reader
from tests.cockpit.ledger import Ledger, home_at
from tests.engine.receipt.story import Story


def findings(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    main(["doctor", "--json"])
    return [found for found in json.loads(capsys.readouterr().out) if found["check"] == "liveness"]


def test_p21_doctor_reports_a_task_that_nothing_frees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(home_at(tmp_path / "home"))
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "home"))
    story = Story().created().task("T1", "draft")
    for event in story.events:
        ledger.event("gtm", event.kind, dict(event.body))
    assert findings(capsys) == []
    monkeypatch.setattr(Reader, "lease", lambda _reader: {"alive": True, "version": "0", "beat": 0, "idle": True})
    assert findings(capsys)[0]["state"] == "ok", "a draft waits for its start"
    ledger.event("gtm", "mission.started", {})
    found = findings(capsys)
    assert [one["state"] for one in found] == ["fail"]
    assert found[0]["detail"] == "gtm/T1: draft is open: nobody takes it, and nobody is asked"
    assert "cockpit stop gtm" in found[0]["mend"]
