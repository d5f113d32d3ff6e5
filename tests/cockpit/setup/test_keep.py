"""config.toml is written wholly or not at all, for its owner alone, and the one before is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cockpit.setup.keep import present, save
from engine.errors import BadInputError, StoreError


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_first_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert present(path) is None
    assert save(path, None, "[engine]\n") is None
    assert present(path) == "[engine]\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert names(path.parent) == {"config.toml"}


def test_the_one_before_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"# one\r\n")
    path.chmod(0o644)
    backup = save(path, present(path), "# two\n")
    assert backup == tmp_path / "config.toml.bak"
    assert backup.read_bytes() == b"# one\r\n"
    assert present(path) == "# two\n"
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    for before in (None, "# older\n"):
        with pytest.raises(StoreError, match="changed"):
            save(path, before, "# new\n")
    assert path.read_text() == "# mine\n"
    assert names(tmp_path) == {"config.toml"}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "cockpit.toml"
    real.parent.mkdir()
    real.write_text("# one\n")
    path = tmp_path / "config.toml"
    path.symlink_to(real)
    save(path, "# one\n", "# two\n")
    assert path.is_symlink()
    assert real.read_text() == "# two\n"


def test_what_cannot_be_read_is_not_taken_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(BadInputError):
        present(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            save(tmp_path / "config.toml", None, "")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_the_folder_belongs_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError):
        save(tmp_path / "home" / "config.toml", None, "")
