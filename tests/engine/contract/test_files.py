"""Reading a contract from a path that is not what it seems."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine.contract.load import read
from engine.contract.tree import MAX_BYTES
from tests.engine.contract.sample import GOOD


def only(path: Path) -> str:
    loaded = read(path)
    assert loaded.contract is None
    assert not loaded.readable
    assert [problem.code for problem in loaded.problems] in (["E001"], ["E002"])
    return str(loaded.problems[0]).removeprefix(str(path))


def test_a_contract_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mission.yaml"
    path.write_text(GOOD)
    loaded = read(path)
    assert loaded.contract is not None
    assert loaded.source == GOOD.encode()


def test_a_link_to_a_contract_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(GOOD)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert read(tmp_path / "link.yaml").contract is not None


def test_a_missing_file(tmp_path: Path) -> None:
    assert only(tmp_path / "no.yaml") == ": there is no such file; cockpit new gtm-channel -o FILE writes one"


def test_a_directory(tmp_path: Path) -> None:
    assert only(tmp_path) == ": is a directory; name the contract file in it"


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert only(tmp_path / "a") == ": is a loop of symbolic links; name the file itself"


def test_a_pipe_that_nobody_writes_to_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    start = time.monotonic()
    assert only(tmp_path / "pipe") == ": is not a regular file; name a file that holds a contract"
    assert time.monotonic() - start < 2


def test_a_device_is_never_read() -> None:
    assert only(Path("/dev/zero")) == ": is not a regular file; name a file that holds a contract"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    assert only(path) == ": may not be read; check its permissions"


def test_a_name_with_a_nul_character() -> None:
    assert str(read(Path("a\0b")).problems[0]) == "a\\x00b: its name is not a path; name another file"


def test_a_file_of_a_gigabyte_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert only(path) == ": is larger than 64 KiB; move long texts into inputs"
    assert len(read(path).source) <= MAX_BYTES + 1
