"""An engine that begins with the session: one file of ours, nothing else is touched, and all of it goes again."""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.__main__ import main
from cockpit.cli import install
from cockpit.cli.background import command
from engine.home import Home

Tree = dict[str, bytes | None]


def tree(folder: Path) -> Tree:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose system cannot be asked."""
    place = tmp_path / "Ada's home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    return place


def nothing(_place: Path) -> None:
    pass


def configured(place: Path) -> None:
    (place / ".config" / "systemd").mkdir(parents=True)
    (place / ".config" / "other").write_text("mine")


@pytest.mark.parametrize("before", [nothing, configured])
def test_t13_what_was_installed_goes_without_a_trace(
    user: Path, capsys: pytest.CaptureFixture[str], before: Callable[[Path], None]
) -> None:
    before(user)
    was = tree(user)
    for _again in range(2):
        assert main(["engine", "--install"]) == 0
    said = capsys.readouterr().out
    (unit,) = user.rglob("*.service")
    assert f"wrote {unit}" in said
    assert "then: systemctl --user enable --now" in said
    assert unit.stat().st_mode & 0o777 == 0o600
    assert set(tree(user)) - set(was) <= {str(p.relative_to(user)) for p in (unit, *unit.parents) if user in p.parents}
    assert main(["engine", "--uninstall"]) == 0
    assert tree(user) == was
    assert main(["engine", "--uninstall"]) == 0
    assert "no engine is installed" in capsys.readouterr().out


def test_t13_a_file_that_is_not_ours_is_left_alone(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["engine", "--install"])
    (unit,) = user.rglob("*.service")
    unit.write_text("[Service]\nExecStart=mine\n")
    for call in ("--install", "--uninstall"):
        assert main(["engine", call]) == 1
        assert "not of ours" in capsys.readouterr().err
    assert unit.read_text() == "[Service]\nExecStart=mine\n"


def test_units_say_exactly_what_is_run(tmp_path: Path) -> None:
    home = Home.at(tmp_path / 'a "home" 100% $HOME')
    linux = install.unit_of(home, {"HOME": "/home/ada"}, "linux")
    (line,) = (line for line in linux.text.splitlines() if line.startswith("ExecStart="))
    words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]
    assert words == command(home)
    mac = install.unit_of(home, {"HOME": "/Users/ada"}, "darwin")
    told = plistlib.loads(mac.text.encode())
    assert told["ProgramArguments"] == command(home)
    assert told["Label"] in str(mac.path)
