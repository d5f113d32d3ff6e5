"""The way in: exit codes, one line per error, a log for what nobody expected, and what may be imported."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import cockpit
from cockpit.__main__ import main
from cockpit.cli import commands, parser
from engine.errors import SaysNoError

ROOT = Path(cockpit.__file__).parents[1]


def _python(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "COCKPIT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)


def _imported(call: str, home: Path) -> set[str]:
    run = f"from cockpit.__main__ import main; main({call!r}.split())"
    code = f"{run}; import sys, json; print(json.dumps([*sys.modules]))"
    return set(json.loads(_python(code, home).stdout.splitlines()[-1]))


def test_the_version_costs_no_imports(tmp_path: Path) -> None:
    modules = _imported("--version", tmp_path)
    assert not modules & {"argparse", "sqlite3", "pydantic", "textual", "asyncio", "importlib.metadata"}


def test_ls_imports_nothing_heavy(home: object, tmp_path: Path) -> None:
    modules = _imported("ls", tmp_path / "home")
    assert "cockpit.cli.missions" in modules
    heavy = {"pydantic", "sqlite_utils", "asyncio", "textual", "litellm", "rfc8785", "email", "subprocess"}
    assert not modules & heavy


def test_no_reading_command_imports_the_loop(home: object, tmp_path: Path) -> None:
    for call in ("ls", "attention", "spend", "doctor"):
        assert not {name for name in _imported(call, tmp_path / "home") if name.startswith("engine.loop")}


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_and_a_function(command: commands.Command, capsys: pytest.CaptureFixture[str]) -> None:
    module, _, name = command.handler.partition(":")
    assert callable(getattr(import_module(f"cockpit.cli.{module}"), name))
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])
    assert ended.value.code == 0
    assert command.help[:20] in capsys.readouterr().out


def test_what_makes_no_sense_is_usage_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for call in (["nonsense"], ["show"], ["spend", "--by", "moon"], ["reject", "Q1"]):
        with pytest.raises(SystemExit) as ended:
            main(call)
        assert ended.value.code == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "--help" in err


def test_the_home_may_stand_before_or_behind_the_command(tmp_path: Path) -> None:
    for call in (["--home", "x", "ls"], ["ls", "--home", "x"]):
        assert parser.parse(call).home == "x"
    assert parser.parse(["ls"]).home is None


def test_the_version_is_printed_wherever_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for call in (["--version"], ["-V"], ["--home", "x", "--version"]):
        assert main(call) == 0
        assert capsys.readouterr().out == f"cockpit {cockpit.__version__}\n"


def test_an_error_is_one_safe_line_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_args: object) -> int:
        raise SaysNoError("gtm/Q4", "it is \x1b[31mred", "look again")

    monkeypatch.setattr("cockpit.cli.missions.ls", refuse)
    assert main(["ls"]) == 1
    assert capsys.readouterr().err == "gtm/Q4: it is <U+001B>[31mred; look again\n"


def test_an_unexpected_error_is_one_line_and_a_private_log_without_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(_args: object) -> int:
        secret = "hunter2-is-a-local"
        raise ZeroDivisionError(f"of length {len(secret)}")

    monkeypatch.setattr("cockpit.cli.missions.ls", fail)
    assert main(["ls"]) == 3
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in err
    logs = list((tmp_path / "home" / "log").glob("crash-*.log"))
    assert len(logs) == 1
    assert str(logs[0]) in err
    assert stat.S_IMODE(logs[0].stat().st_mode) == 0o600
    text = logs[0].read_text()
    assert "Traceback" in text
    assert text.count("hunter2-is-a-local") <= 1, "the source line may be quoted, the value may not"


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("cockpit.cli.missions.ls", interrupt)
    assert main(["ls"]) == 130


def test_a_reader_that_left_is_no_error(home: object, tmp_path: Path) -> None:
    environ = {**os.environ, "COCKPIT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "cockpit", "--help"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_command_that_is_none_is_told_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    for call, said in (
        (["atention"], "cockpit: there is no command 'atention'; did you mean attention?; cockpit --help\n"),
        (["--home", "ls", "lss"], "cockpit: there is no command 'lss'; did you mean ls?; cockpit --help\n"),
        (["moon"], "cockpit: there is no command 'moon'; cockpit --help\n"),
        (["show", "gtm", "--jsn"], "cockpit show: unrecognized arguments: --jsn; cockpit show --help\n"),
    ):
        with pytest.raises(SystemExit):
            main(call)
        assert capsys.readouterr().err == said


def test_the_help_names_every_command_once_in_lines_that_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    named = [line.split()[0] for line in lines if line[:2] == "  " and line[2:3].isalpha()]
    for command in commands.COMMANDS:
        assert named.count(command.name) == 1
    assert max(len(line) for line in lines if line.startswith(("  ", "usage")) and "cockpit " not in line) <= 80
