"""Publishing: a file below a folder in one step, or a commit on a branch, and what is known of it after a crash."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from engine.effects.compose import path_fault
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from engine.effects.publish import FolderConnector
from engine.effects.repository import RepositoryConnector
from engine.effects.sandbox import SandboxConnector
from tests.engine.effects.contract import AT, ConnectorContract, message, publication

T = TypeVar("T")
KEY = "gtm/F1"


async def inline(work: Callable[[], T]) -> T:
    return work()


def git(repository: Path, *arguments: str) -> str:
    """What git says, as somebody else who works on it."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=Bo", "-c", "user.email=bo@yours.example"]
    line = ["git", *who, "-C", str(repository), *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True, env=environ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, its work tree clean."""
    place = tmp_path / "site"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    (place / "index.html").write_text("<h1>before</h1>\n")
    git(place, "add", ".")
    git(place, "commit", "-qm", "Begin")
    return place


class TestAFolderPassesTheContract(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path: Path) -> None:
        self.root, self.marks = tmp_path / "site", tmp_path / "marks"
        self.root.mkdir()

    def connector(self) -> Connector:
        return FolderConnector("page", self.root, self.marks, run=inline)

    def delivered(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.root.rglob("*")) if path.is_file()]


class TestABranchPassesTheContract(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _place(self, repository: Path) -> None:
        self.repository = repository

    def connector(self) -> Connector:
        return RepositoryConnector("page", self.repository, "published", "pages", run=inline)

    def delivered(self) -> list[bytes]:
        if not git(self.repository, "branch", "--list", "published"):
            return []
        listed = git(self.repository, "ls-tree", "-r", "--name-only", "published", "pages/").splitlines()
        return [git(self.repository, "show", f"published:{name}").encode() for name in listed]


# -- a folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "site"
    place.mkdir()
    return place


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> FolderConnector:
    return FolderConnector("page", root, tmp_path / "marks", run=inline)


async def publish(connector: FolderConnector | RepositoryConnector, effect: str = KEY, body: str = "{}") -> object:
    made = publication(connector.destination, effect=effect, body=body)
    return await connector.deliver(made.canonical, made.body, effect, AT)


async def test_a_file_replaces_the_one_before_it_and_leaves_nothing_behind(folder: FolderConnector, root: Path) -> None:
    (root / "F1.html").write_text("before")
    assert await publish(folder, body="after") == Delivered("F1.html")
    assert [path.name for path in root.iterdir()] == ["F1.html"]
    assert (root / "F1.html").read_text() == "after"


async def test_nothing_was_begun_before_its_mark_is_there(folder: FolderConnector, root: Path, tmp_path: Path) -> None:
    made = publication(folder.destination)
    assert isinstance(await folder.lookup(KEY, made.canonical), NotFound)
    (root / "F1.html").write_bytes(made.body)  # somebody else wrote the very same
    assert isinstance(await folder.lookup(KEY, made.canonical), NotFound)
    await folder.deliver(made.canonical, made.body, KEY, AT)
    assert await folder.lookup(KEY, made.canonical) == Delivered("F1.html")


async def test_what_had_begun_and_is_something_else_now_is_asked_about(folder: FolderConnector, root: Path) -> None:
    made = publication(folder.destination)
    await folder.deliver(made.canonical, made.body, KEY, AT)
    (root / "F1.html").write_text("a person changed it")
    assert isinstance(await folder.lookup(KEY, made.canonical), Unknown)


async def test_p4_a_crash_between_mark_and_file_is_never_taken_for_nothing(
    folder: FolderConnector, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publication(folder.destination)

    replace = os.replace

    def dies(*given: str, **more: int) -> None:
        if more:  # the file itself, in its folder; the mark has been written
            raise SystemExit
        replace(*given)

    with monkeypatch.context() as patch:
        patch.setattr("engine.effects.publish.os.replace", dies)
        with pytest.raises(SystemExit):
            await folder.deliver(made.canonical, made.body, KEY, AT)
    assert isinstance(await folder.lookup(KEY, made.canonical), Unknown)


@pytest.mark.parametrize(
    "path", ["../x.html", "/etc/x", ".git/config", "a//b", "a/../b", "", "x" * 300, "a\\b", "ä.html"]
)
def test_no_path_leaves_its_folder(path: str) -> None:
    assert path_fault(path)


async def test_no_link_leads_out_of_the_folder(folder: FolderConnector, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "pages").symlink_to(outside)
    base = folder.destination.url
    made = publication(folder.destination)
    aimed = made.canonical.replace(f"{base}F1.html".encode(), f"{base}pages/F1.html".encode())
    answer = await folder.deliver(aimed, made.body, KEY, AT)
    assert isinstance(answer, Refused)
    assert list(outside.iterdir()) == []


async def test_a_folder_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    connector = FolderConnector("page", tmp_path / "none", tmp_path / "marks", run=inline)
    assert isinstance(await publish(connector), Refused)
    assert not (tmp_path / "none").exists()


async def test_what_was_approved_for_another_folder_is_refused(folder: FolderConnector, tmp_path: Path) -> None:
    other = FolderConnector("page", tmp_path / "other", tmp_path / "marks", run=inline)
    made = publication(other.destination)
    assert isinstance(await folder.deliver(made.canonical, made.body, KEY, AT), Refused)


# -- a branch


async def test_a_commit_leaves_the_work_tree_and_other_branches_alone(repository: Path) -> None:
    connector = RepositoryConnector("page", repository, "published", "pages", run=inline)
    answer = await publish(connector, body="<h1>after</h1>")
    assert isinstance(answer, Delivered)
    assert git(repository, "rev-parse", "published").strip() == answer.reference
    assert git(repository, "rev-parse", "published^") == git(repository, "rev-parse", "main")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "ls-tree", "--name-only", "-r", "published").split() == ["index.html", "pages/F1.html"]
    assert "Cockpit-Effect: gtm/F1" in git(repository, "log", "-1", "--format=%B", "published")


async def test_a_branch_only_moves_forward_from_what_was_read(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = RepositoryConnector("page", repository, "published", run=inline)
    await publish(connector)
    made = connector._commit

    def meanwhile(*given: object) -> str:
        commit = made(*given)  # type: ignore[arg-type]
        other = git(repository, "commit-tree", "published^{tree}", "-p", "published", "-m", "Somebody else").strip()
        git(repository, "update-ref", "refs/heads/published", other)
        return commit

    monkeypatch.setattr(connector, "_commit", meanwhile)
    answer = await publish(connector, "gtm/F2")
    assert isinstance(answer, Refused)
    assert answer.temporary
    assert git(repository, "log", "-1", "--format=%s", "published").strip() == "Somebody else"


async def test_a_branch_that_somebody_has_checked_out_is_refused(repository: Path) -> None:
    before = git(repository, "rev-parse", "main")
    answer = await publish(RepositoryConnector("page", repository, "main", run=inline))
    assert isinstance(answer, Refused)
    assert "checked out" in answer.reason
    assert git(repository, "rev-parse", "main") == before


async def test_hooks_do_not_run(repository: Path, tmp_path: Path) -> None:
    for name in ("reference-transaction", "pre-commit", "post-commit"):
        hook = repository / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    await publish(RepositoryConnector("page", repository, "published", run=inline))
    assert not (tmp_path / "ran").exists()


async def test_an_empty_bare_repository_gets_a_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare.git")
    answer = await publish(RepositoryConnector("page", tmp_path / "bare.git", "main", run=inline))
    assert isinstance(answer, Delivered)
    assert git(tmp_path / "bare.git", "ls-tree", "--name-only", "main").split() == ["F1.html"]


async def test_no_repository_is_a_refusal(tmp_path: Path) -> None:
    assert isinstance(await publish(RepositoryConnector("page", tmp_path, "main", run=inline)), Refused)


# -- the sandbox


async def test_the_sandbox_keeps_mails_and_everything_else(tmp_path: Path) -> None:
    from engine.effects.protocol import Destination

    box = SandboxConnector(tmp_path, run=inline)
    mail = message(connector="sandbox")
    page = publication(Destination("files", "sandbox:gtm/"), effect="gtm/F2", connector="sandbox", body="<h1>hi</h1>")
    for made, key in ((mail, KEY), (page, "gtm/F2")):
        assert isinstance(await box.lookup(key, made.canonical), NotFound)
        assert isinstance(await box.deliver(made.canonical, made.body, key, AT), Delivered)
        assert isinstance(await box.lookup(key, made.canonical), Delivered)
    assert (tmp_path / "files" / "gtm" / "F2.html").read_text() == "<h1>hi</h1>"
    assert len(list((tmp_path / "new").iterdir())) == 1
