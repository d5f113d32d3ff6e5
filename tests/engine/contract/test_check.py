"""`cockpit check`: lines on standard error, coverage on standard output, and exit codes that scripts can rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit.cli import contract as cli
from tests.engine.contract.sample import GOOD, changed


def written(tmp_path: Path, text: str) -> str:
    (tmp_path / "leads.csv").write_text("name\n")
    path = tmp_path / "m.yaml"
    path.write_text(text)
    return str(path)


def test_a_good_contract_prints_its_coverage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.check(written(tmp_path, GOOD), False) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.splitlines() == [
        "16 enforced · 3 checked · 1 advisory",
        "  advisory  evidence.quality: collected, but nothing reads it; use branch.quality in judge or stop",
    ]


def test_a_contract_with_errors_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, changed("500 USD", "five hundred"))
    assert cli.check(path, False) == 1
    shown = capsys.readouterr()
    assert shown.err == f'{path}:8:10 budget.money: "five hundred" is not an amount; write 500 USD\n'
    assert shown.out == ""


def test_a_warning_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, changed("source: leads.csv", "source: a list"))
    assert cli.check(path, False) == 0
    assert f"{path}:15:56 lawful.source: warning: " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["- a", "a: [", ""])
def test_what_is_no_contract_exits_with_two(text: str, tmp_path: Path) -> None:
    assert cli.check(written(tmp_path, text), False) == 2
    assert cli.check(str(tmp_path / "missing"), True) == 2


def test_the_json_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, GOOD.replace("leads: leads.csv", "leads: leeds.csv", 1))
    assert cli.check(path, True) == 1
    shape = json.loads(capsys.readouterr().out)
    assert set(shape) == {"file", "errors", "warnings", "coverage"}
    assert shape["errors"] == [
        {
            "line": 17,
            "column": 10,
            "path": "inputs.leads",
            "message": '"leeds.csv" does not exist',
            "hint": "put it beside the contract, or mend the path",
            "code": "E231",
        }
    ]
    assert shape["coverage"]["enforced"] == 16
    assert set(shape["coverage"]["clauses"][0]) >= {"clause", "coverage", "by"}
