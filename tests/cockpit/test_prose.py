"""`cockpit new --from`: what was read is printed with its words, and nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit.__main__ import main


def test_a_text_becomes_a_file_that_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said, out = tmp_path / "essay.txt", tmp_path / "mine.yaml"
    said.write_text("Target: x\nBudget: two weeks, $500\nAllowed actions: research\nTools: a browser\n", "utf-8")
    assert main(["new", "--from", str(said), "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert "budget.money: 500 USD\n    from line 2: $500" in told
    assert "line 4: a browser" in told
    assert main(["check", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["errors"] == []
    assert main(["new", "--from", str(said), "-o", str(out)]) == 2
    assert "not overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "mend"),
    [(["gtm-channel", "--from", "x.txt"], "not both"), (["--from", "/nowhere/x.txt"], "plain text")],
)
def test_what_cannot_be_read_is_said(
    args: list[str], mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", *args]) == 2
    assert mend in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
