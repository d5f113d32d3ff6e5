"""The tools that touch files: an attempt's own folder, and one file that the contract names."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.tools.folder import FILES_CAP, READ_CAP, WRITE_CAP, Folder, PathError
from engine.tools.path import PathProvider
from engine.tools.protocol import TEXT_CAP, Provider, ToolDownError
from engine.tools.workspace import WorkspaceProvider
from tests.engine.tools.contract import Call, ProviderContract, called

SECRET = "what nobody in the workspace may read"


class TestWorkspaceProvider(ProviderContract):
    def made(self, folder: Path) -> Provider:
        (folder / "notes.md").write_text("one\ntwo\n")
        return WorkspaceProvider("files", folder)

    def good(self) -> Call:
        return "read", {"path": "notes.md", "offset": 0, "limit": 10}


class TestPathProvider(ProviderContract):
    def made(self, folder: Path) -> Provider:
        (folder / "crm.csv").write_text("name,city\nAda,London\n")
        return PathProvider("crm", folder, "crm.csv")

    def good(self) -> Call:
        return "search", {"text": "ada"}


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A workspace with a neighbour that is none of its business."""
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(SECRET)
    made = tmp_path / "workspace"
    made.mkdir()
    return made


@pytest.fixture
def folder(room: Path) -> Iterator[Folder]:
    opened = Folder(room)
    yield opened
    opened.close()


LEAVING = (
    "../secret.txt",
    "a/../../secret.txt",
    "/etc/passwd",
    "~/x",
    "..",
    "a/..",
    "..\\secret.txt",
    "a\0b",
    "a\nb",
    "\u202efdp",
    "x" * 501,
    "y" * 256,
    "/".join("d" * 17),
    ".cockpit-part-1",
)


@pytest.mark.parametrize("path", LEAVING)
@pytest.mark.parametrize("operation", ["read", "write", "append", "delete", "list"])
async def test_no_path_leaves_the_workspace(room: Path, path: str, operation: str) -> None:
    provider = WorkspaceProvider("files", room)
    text = {"text": "x"} if operation in ("write", "append") else {}
    result = await called(provider, (operation, {"path": path, **text}))
    assert not result.ok
    assert SECRET not in result.text
    assert list(room.iterdir()) == []
    await provider.close()


def refused(action: object, *arguments: object) -> str:
    assert callable(action)
    with pytest.raises(PathError) as caught:
        action(*arguments)
    return str(caught.value)


def test_links_are_followed_neither_to_files_nor_to_folders(room: Path, folder: Folder) -> None:
    (room / "file").symlink_to(room.parent / "secret.txt")
    (room / "dir").symlink_to(room.parent / "outside")
    assert "not followed" in refused(folder.read, "file")
    refused(folder.read, "dir/secret.txt")
    refused(folder.write, "dir/new.txt", b"x")
    refused(folder.write, "file", b"x")
    refused(folder.delete, "file")
    refused(folder.entries, "dir")
    assert (room.parent / "secret.txt").read_text() == SECRET
    assert [entry.kind for entry in folder.entries("")] == ["other", "other"]


def test_a_hard_link_to_a_file_elsewhere_is_refused(room: Path, folder: Folder) -> None:
    os.link(room.parent / "secret.txt", room / "mine.txt")
    assert "hard link" in refused(folder.read, "mine.txt")
    refused(folder.write, "mine.txt", b"x")


def test_pipes_devices_and_folders_are_no_files_and_nothing_hangs(room: Path, folder: Folder) -> None:
    os.mkfifo(room / "pipe")
    (room / "sub").mkdir()
    for name in ("pipe", "sub"):
        refused(folder.read, name)
        refused(folder.write, name, b"x")
        refused(folder.delete, name)


def test_a_workspace_that_is_swapped_for_a_link_stays_what_it_was(room: Path, folder: Folder) -> None:
    folder.open()
    room.rename(room.parent / "moved")
    room.symlink_to(room.parent / "outside")
    refused(folder.read, "secret.txt")
    folder.write("mine.txt", b"x")
    assert (room.parent / "moved" / "mine.txt").exists()
    with pytest.raises(OSError):
        Folder(room).open()


def test_a_folder_that_turns_into_a_link_all_the_time_lets_nothing_out(room: Path, folder: Folder) -> None:
    """Somebody swaps a folder for a link as fast as it can while it is read and written."""
    place, done = room / "d", threading.Event()

    def swap() -> None:
        while not done.is_set():
            with contextlib.suppress(OSError):
                place.symlink_to(room.parent / "outside")
            with contextlib.suppress(OSError):
                place.unlink()
            with contextlib.suppress(OSError):
                place.mkdir()
                (place / "secret.txt").write_text("mine")
                shutil.rmtree(place)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(100):
            for action in (lambda: folder.read("d/secret.txt"), lambda: folder.write("d/new.txt", b"x")):
                try:
                    read = action()
                except PathError:
                    continue
                assert read in (b"", b"mine", 1)
    finally:
        done.set()
        swapper.join()
    assert [path.name for path in (room.parent / "outside").iterdir()] == ["secret.txt"]


def test_what_was_given_to_read_is_not_changed(room: Path, folder: Folder) -> None:
    (room / "crm.csv").write_text("as it was")
    (room / "crm.csv").chmod(0o444)
    assert "given to read" in refused(folder.write, "crm.csv", b"x")
    refused(folder.delete, "crm.csv")
    assert (room / "crm.csv").read_text() == "as it was"


def test_sizes_and_counts_are_capped(room: Path, folder: Folder) -> None:
    refused(folder.write, "big.txt", b"x" * (WRITE_CAP + 1))
    assert list(room.iterdir()) == []
    folder.write("log.txt", b"x" * WRITE_CAP)
    with pytest.raises(PathError):
        folder.write("log.txt", b"y", append=True)
    with (room / "huge").open("wb") as file:
        file.truncate(READ_CAP + 1)
    refused(folder.read, "huge")
    for number in range(FILES_CAP):
        (room / f"f{number}").touch()
    assert "at most" in refused(folder.write, "one-more.txt", b"x")
    folder.write("f1", b"replaced")
    with (room / "f2").open("wb") as file:
        file.truncate(60 * 2**20)
    assert "bytes" in refused(folder.write, "f3", b"x")


def test_a_write_replaces_in_one_step_and_leaves_no_part_behind(room: Path, folder: Folder) -> None:
    folder.write("deep/down/a.txt", b"first")
    before = (room / "deep/down/a.txt").stat().st_ino
    folder.write("deep/down/a.txt", b"second")
    assert (room / "deep/down/a.txt").read_bytes() == b"second"
    assert (room / "deep/down/a.txt").stat().st_ino != before
    assert [path.name for path in (room / "deep/down").iterdir()] == ["a.txt"]


async def test_a_file_is_written_extended_listed_read_in_parts_and_deleted(room: Path) -> None:
    provider = WorkspaceProvider("files", room)
    for operation, text in (("write", "a\nb\n"), ("append", "c\nd\n")):
        assert (await called(provider, (operation, {"path": "out/list.txt", "text": text}))).ok
    listed = await called(provider, ("list", {"path": "out"}))
    assert listed.text == "list.txt  8 bytes"
    some = await called(provider, ("read", {"path": "out/list.txt", "offset": 1, "limit": 2}))
    assert some.text.startswith("b\nc\n")
    assert some.cut
    assert "offset 3" in some.text
    assert (await called(provider, ("delete", {"path": "out/list.txt"}))).ok
    assert (await called(provider, ("list", {"path": "out"}))).text == "nothing lies here"
    await provider.close()


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00", b"\xff\xfe", b"caf\xe9", b"a\0b"])
async def test_what_is_no_text_is_said_to_be_none(room: Path, content: bytes) -> None:
    (room / "image.png").write_bytes(content)
    provider = WorkspaceProvider("files", room)
    result = await called(provider, ("read", {"path": "image.png"}))
    assert not result.ok
    assert "not text" in result.text
    await provider.close()


async def test_one_very_long_line_is_cut_and_says_so(room: Path) -> None:
    (room / "line.txt").write_text("x" * (TEXT_CAP * 2))
    provider = WorkspaceProvider("files", room)
    result = await called(provider, ("read", {"path": "line.txt"}))
    assert result.ok
    assert result.cut
    assert len(result.text) == TEXT_CAP
    await provider.close()


async def test_a_named_file_is_all_that_its_tool_can_see(room: Path) -> None:
    (room / "crm.csv").write_text("name,city\nAda,London\nBob,Paris\n")
    (room / "other.csv").write_text(SECRET)
    provider = PathProvider("crm", room, "crm.csv")
    assert (await called(provider, ("search", {"text": "PARIS"}))).text == "3: Bob,Paris"
    assert not (await called(provider, ("read", {"path": "other.csv"}))).ok
    (room / "crm.csv").unlink()
    (room / "crm.csv").symlink_to(room / "other.csv")
    with pytest.raises(ToolDownError):
        await called(provider, ("read", {}))
    await provider.close()
