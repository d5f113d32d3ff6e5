"""The maildir connector: never twice, never half, and honest about what it does not know."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import TypeVar

import pytest

from engine.effects.mail import undated
from engine.effects.maildir import MaildirConnector
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from tests.engine.effects.contract import AT, ConnectorContract, message

T = TypeVar("T")
KEY = "gtm/F1"


async def inline(work: Callable[[], T]) -> T:
    return work()


def delivered(root: Path) -> list[bytes]:
    return [undated(path.read_bytes()) for name in ("new", "cur") for path in sorted((root / name).glob("*"))]


class TestMaildirPassesTheContract(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path: Path) -> None:
        self.root = tmp_path / "a b" / "box"

    def connector(self) -> Connector:
        return MaildirConnector(self.root)

    def delivered(self) -> list[bytes]:
        return delivered(self.root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "box"


@pytest.fixture
def box(root: Path) -> MaildirConnector:
    return MaildirConnector(root, run=inline)


async def deliver(box: MaildirConnector, key: str = KEY, at_ms: int = AT) -> Delivered | Refused | Unknown:
    made = message()
    return await box.deliver(made.canonical, made.body, key, at_ms)


async def test_folders_and_files_are_for_their_owner_alone(box: MaildirConnector, root: Path) -> None:
    old = os.umask(0)
    try:
        answer = await deliver(box)
    finally:
        os.umask(old)
    assert isinstance(answer, Delivered)
    assert {(path.stat().st_mode & 0o777) for path in (root, root / "new", root / "tmp", root / "cur")} == {0o700}
    assert (root / answer.reference).stat().st_mode & 0o777 == 0o600
    assert answer.reference.startswith("new/")
    assert answer.reference.endswith(".eml")
    assert list((root / "tmp").iterdir()) == []


async def test_the_date_is_set_at_sending(box: MaildirConnector, root: Path) -> None:
    answer = await deliver(box)
    assert isinstance(answer, Delivered)
    parsed = message_from_bytes((root / answer.reference).read_bytes())
    assert parsed["Date"] == "Thu, 13 Nov 2025 02:13:20 +0000"


async def test_a_message_that_a_reader_moved_and_flagged_is_still_found(box: MaildirConnector, root: Path) -> None:
    answer = await deliver(box)
    assert isinstance(answer, Delivered)
    new = root / answer.reference
    new.rename(root / "cur" / f"{new.name}:2,RS")
    assert await box.lookup(KEY, b"") == Delivered(f"cur/{new.name}:2,RS")
    assert await deliver(box) == Delivered(f"cur/{new.name}:2,RS")
    assert len(delivered(root)) == 1


async def test_a_key_cannot_carry_two_messages(box: MaildirConnector, root: Path) -> None:
    await deliver(box)
    other = message(body="Something else")
    assert isinstance(await box.deliver(other.canonical, other.body, KEY, AT), Refused)
    assert len(delivered(root)) == 1


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a/b", "\0", "x" * 10_000, "\ud800", "..", "new"])
async def test_no_key_leaves_the_folder(box: MaildirConnector, root: Path, key: str) -> None:
    answer = await deliver(box, key)
    assert isinstance(answer, Delivered)
    assert (root / answer.reference).resolve().parent == (root / "new").resolve()
    assert await box.lookup(key, b"") == answer


@pytest.mark.parametrize("at_ms", [10**18, -(10**18)])
async def test_an_impossible_time_is_refused(box: MaildirConnector, root: Path, at_ms: int) -> None:
    assert isinstance(await deliver(box, at_ms=at_ms), Refused)
    assert not root.exists()


async def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("not a folder")
    box = MaildirConnector(tmp_path / "box", run=inline)
    assert isinstance(await deliver(box), Refused)
    assert isinstance(await box.lookup(KEY, b""), Unknown)


def failing(monkeypatch: pytest.MonkeyPatch, name: str, number: int, *, only_folders: bool = False) -> None:
    real = getattr(os, name)

    def fail(*args: object, **kwargs: object) -> object:
        if only_folders and not os.path.isdir(f"/proc/self/fd/{args[0]}"):  # noqa: PTH112 - a link of procfs
            return real(*args, **kwargs)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(f"engine.effects.maildir.os.{name}", fail)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("step", ["write", "fsync"])
async def test_a_failure_before_publishing_is_certain(
    box: MaildirConnector, root: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, step, number)
        assert isinstance(await deliver(box), Refused)
        assert await box.lookup(KEY, b"") == NotFound()
    assert list((root / "tmp").iterdir()) == []
    assert isinstance(await deliver(box), Delivered)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, Refused), (errno.EROFS, Refused), (errno.EIO, Unknown), (errno.ESTALE, Unknown)],
)
async def test_a_failure_while_publishing_is_certain_only_when_it_is(
    box: MaildirConnector, monkeypatch: pytest.MonkeyPatch, number: int, expected: type
) -> None:
    failing(monkeypatch, "link", number)
    assert isinstance(await deliver(box), expected)
    assert await box.lookup(KEY, b"") == NotFound()


async def test_a_file_system_without_links_is_served_by_renaming(
    box: MaildirConnector, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "link", errno.ENOTSUP)
    assert isinstance(await deliver(box), Delivered)
    assert isinstance(await deliver(box), Delivered)
    assert len(delivered(root)) == 1
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells folders from files by procfs")
async def test_a_folder_that_does_not_sync_leaves_doubt_that_a_lookup_settles(
    box: MaildirConnector, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "fsync", errno.EIO, only_folders=True)
    assert isinstance(await deliver(box), Unknown)
    assert isinstance(await box.lookup(KEY, b""), Delivered)
    assert len(delivered(root)) == 1


KILLED = """
import asyncio, os, sys
from pathlib import Path
from engine.effects.maildir import MaildirConnector
from tests.engine.effects.contract import AT, message
step = sys.argv[2]
real = getattr(os, step)
def die(*args, **kwargs):
    if sys.argv[3] == "after":
        real(*args, **kwargs)
    os._exit(9)
setattr(os, step, die)
made = message()
asyncio.run(MaildirConnector(Path(sys.argv[1])).deliver(made.canonical, made.body, "gtm/F1", AT))
"""


@pytest.mark.parametrize(
    ("step", "when", "found"),
    [
        ("write", "before", NotFound),
        ("write", "after", NotFound),
        ("fsync", "after", NotFound),
        ("link", "before", NotFound),
        ("link", "after", Delivered),
    ],
)
async def test_a_kill_leaves_nothing_or_the_whole_message(
    box: MaildirConnector, root: Path, step: str, when: str, found: type
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), step, when], check=False, cwd=Path.cwd())
    assert done.returncode == 9
    assert isinstance(await box.lookup(KEY, b""), found)
    assert isinstance(await deliver(box), Delivered)
    assert delivered(root) == [message().body]
