"""Mail on the disk: read as it is, bounded, never changed."""

from __future__ import annotations

import mailbox
import os
import tracemalloc
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.effects.folder import BEGINNING
from engine.errors import BadInputError
from engine.evidence import mailbox as ours
from engine.evidence.mailbox import read_maildir, read_mbox
from tests.engine.evidence.samples import mail


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def put(root: Path, name: str, raw: bytes, at: int = 1_000) -> Path:
    path = root / name
    path.write_bytes(raw)
    os.utime(path, (at, at))
    return path


def test_new_and_read_messages_come_oldest_first_and_once(root: Path) -> None:
    put(root, "new/b", mail("second"), 2)
    put(root, "cur/a:2,S", mail("first"), 1)
    put(root, "cur/b:2,S", mail("second"), 3)
    put(root, "tmp/c", mail("unfinished"), 3)
    put(root, "new/.hidden", mail("hidden"), 3)
    assert [message.text for message in read_maildir(root)] == ["first", "second"]


def test_a_missing_source_holds_nothing(tmp_path: Path) -> None:
    assert read_maildir(tmp_path / "none") == []
    assert read_mbox(tmp_path / "none") == []
    assert read_maildir(tmp_path) == []


def test_a_source_of_the_wrong_kind_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BadInputError, match="no maildir"):
        read_maildir(tmp_path / "file")
    with pytest.raises(BadInputError, match="no mbox"):
        read_mbox(tmp_path)


def test_what_is_no_regular_file_is_not_opened(root: Path) -> None:
    os.mkfifo(root / "new" / "fifo")
    (root / "new" / "folder").mkdir()
    (root / "new" / "link").symlink_to("/etc/passwd")
    (root / "new" / "loop").symlink_to(root / "new" / "loop")
    (root / "new" / "device").symlink_to("/dev/zero")
    put(root, "new/a", mail("x"))
    assert [message.text for message in read_maildir(root)] == ["x"]


def test_of_large_messages_the_beginning_is_read(root: Path, tmp_path: Path) -> None:
    large = mail("stop\n\nBob") + b"\r\nattached" * 600_000
    put(root, "new/large", large)
    (tmp_path / "large.mbox").write_bytes(mbox(mail("one"), large, mail("two")))
    (in_maildir,), (one, in_mbox, two) = read_maildir(root), read_mbox(tmp_path / "large.mbox")
    assert (in_maildir.kind, in_mbox.kind) == ("stop", "stop")
    assert len(in_maildir.raw) == len(in_mbox.raw) == BEGINNING
    assert (one.text, two.text) == ("one", "two")


def test_the_newest_messages_are_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        put(root, f"new/{number}", mail(str(number)), number)
    assert len(read_maildir(root)) == 6
    monkeypatch.setattr(ours, "MAX_MESSAGES", 4)
    assert [message.text for message in read_maildir(root)] == ["2", "3", "4", "5"]
    monkeypatch.setattr(ours, "MAX_TOTAL", len(mail("0")) * 2)
    assert [message.text for message in read_maildir(root)] == ["4", "5"]


def mbox(*raws: bytes) -> bytes:
    return b"".join(b"From MAILER Thu Nov 13 02:13:20 2025\n" + raw + b"\n\n" for raw in raws)


def test_an_mbox_is_split_where_messages_begin(tmp_path: Path) -> None:
    path = tmp_path / "box"
    text = "From here on,\nFrom 02:13 to 2025\n\nFrom the office\n\n>From there\n>>From afar"
    path.write_bytes(mbox(mail("one"), mail(text).replace(b"\r\n", b"\n"), mail("three"), mail("one")))
    assert [message.text for message in read_mbox(path)] == [
        "one",
        "From here on,\nFrom 02:13 to 2025\n\nFrom the office\n\nFrom there\n>From afar",
        "three",
    ]


def test_an_mbox_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path, whole = tmp_path / "box", mbox(mail("one"), mail("two"), mail("three"))
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert len(read_mbox(path)) <= 3
    path.write_bytes(whole[:-10])
    assert [message.text for message in read_mbox(path)][:2] == ["one", "two"]


def test_an_mbox_with_crlf_or_without_a_first_line_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(mbox(mail("one"), mail("two")).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert [message.text for message in read_mbox(path)] == ["one", "two"]
    path.write_bytes(mail("no separator"))
    assert read_mbox(path) == []
    path.write_bytes(b"")
    assert read_mbox(path) == []


def test_an_mbox_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box"
    path.write_bytes(mbox(*(mail(str(number)) for number in range(6)), mail("x" * 5_000), mail("after")))
    monkeypatch.setattr(ours, "MAX_MESSAGE", 1_000)
    monkeypatch.setattr(ours, "MAX_MESSAGES", 3)
    assert [message.text[:9] for message in read_mbox(path)] == ["5", "x" * 9, "after"]
    monkeypatch.setattr(ours, "MAX_TOTAL", 450)
    assert [message.text for message in read_mbox(path)][-1] == "after"
    assert len(read_mbox(path)) < 3


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "box"
    with path.open("wb") as file:
        file.write(mbox(mail("one")) + b"From x 02:13 2025\n")
        file.truncate(50 * 1024 * 1024)
    tracemalloc.start()
    try:
        assert [message.text for message in read_mbox(path)] == ["one", ""]
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_an_mbox_of_the_standard_library_is_read(tmp_path: Path) -> None:
    box = mailbox.mbox(str(tmp_path / "box"))
    for text in ("one", "From two\n\nFrom three Thu Nov 13 02:13:20 2025"):
        box.add(message_from_bytes(mail(text)))
    box.close()
    texts = [message.text for message in read_mbox(tmp_path / "box")]
    assert len(texts) == 2
    assert texts[0] == "one"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=300) | st.text(alphabet="From x:12025\n>", max_size=200).map(str.encode))
def test_any_file_can_be_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "box").write_bytes(data)
    read_mbox(tmp_path / "box")
