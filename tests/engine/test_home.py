"""Where everything lives, and what is said when it cannot live there."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.home import Home


def test_the_option_wins_over_the_variable_and_that_over_the_system(tmp_path: Path) -> None:
    environ = {"COCKPIT_HOME": str(tmp_path / "b")}
    assert Home.resolve(str(tmp_path / "a"), environ).root == tmp_path / "a"
    assert Home.resolve(None, environ).root == tmp_path / "b"
    assert Home.resolve("", environ).root == tmp_path / "b"
    assert Home.resolve(None, {"COCKPIT_HOME": ""}).root.name == "mission-cockpit"


def test_a_chosen_home_holds_everything(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    places = [home.config, home.log, home.ledger, home.lock, home.outbox, home.inbox, home.work]
    assert [place.parent for place in places] == [tmp_path] * 7
    assert (home.ledger.name, home.lock.name, home.config.name) == ("ledger.db", "engine.lock", "config.toml")


def test_a_relative_home_does_not_move_with_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Home.resolve("here/../there", {}).root == tmp_path / "there"


def test_folders_and_ledger_are_private_from_the_start(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        home = Home.at(tmp_path / "deep" / "home")
        home.ensure()
        home.ensure()
    finally:
        os.umask(before)
    for folder in (home.root, home.log, home.outbox, home.inbox, home.work):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.ledger.stat().st_mode) == 0o600
    assert not home.config.exists()


def test_what_exists_is_kept(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "ledger.db").write_bytes(b"something")
    Home.at(tmp_path).ensure()
    assert (tmp_path / "ledger.db").read_bytes() == b"something"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize("place", ["home", "home/below", "home/far/below"])
def test_a_file_where_a_folder_belongs(tmp_path: Path, place: str) -> None:
    (tmp_path / "home").write_text("mine")
    with pytest.raises(StoreError) as caught:
        Home.at(tmp_path / place).ensure()
    assert str(caught.value) == (
        f"{tmp_path}/home: is a file where a folder belongs; "
        "move it away, or choose another home with --home or COCKPIT_HOME"
    )
    assert (tmp_path / "home").read_text() == "mine"


def test_a_folder_where_the_ledger_belongs(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(StoreError, match=r"ledger\.db: is a folder where the ledger file belongs; move it away"):
        Home.at(tmp_path).ensure()


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that its user may not write."""
    root = os.geteuid() == 0
    place = Path(tempfile.mkdtemp(prefix="home-test-"))
    place.chmod(0o500)
    if root:
        os.chown(place, 65_534, 65_534)
        os.seteuid(65_534)
    try:
        yield place
    finally:
        if root:
            os.seteuid(0)
        place.chmod(0o700)
        shutil.rmtree(place)


def test_a_read_only_home(read_only: Path) -> None:
    for place, culprit in ((read_only / "home", read_only / "home"), (read_only, read_only / "log")):
        with pytest.raises(StoreError) as caught:
            Home.at(place).ensure()
        assert caught.value.exit_code == 3
        assert str(caught.value) == (
            f"{culprit}: may not be written by this user; "
            "give yourself the right, or choose another home with --home or COCKPIT_HOME"
        )
