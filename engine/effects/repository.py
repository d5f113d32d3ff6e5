"""One file as one commit on a branch of a local git repository: by plumbing commands, the work tree is never touched.

A branch moves forward only, from the commit that was read: when somebody else moved it in between, nothing happened.
The commit carries the key as a trailer, by which it is found again. Hooks are not run, and no remote is spoken to.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine.effects.canonical import EffectBytes, parse
from engine.effects.compose import path_fault
from engine.effects.protocol import Delivered, Delivery, Destination, NotFound, Refused, Run, Unknown, mismatch
from engine.values import digest

TRAILER = "Cockpit-Effect"
NOTHING = "0" * 40
PATIENCE_S = 60
_QUIET = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "gc.auto=0",
    "-c",
    "core.fsync=committed,reference",
)
_WHO = {
    "GIT_AUTHOR_NAME": "Mission Cockpit",
    "GIT_AUTHOR_EMAIL": "cockpit@localhost",
    "GIT_COMMITTER_NAME": "Mission Cockpit",
    "GIT_COMMITTER_EMAIL": "cockpit@localhost",
}


class GitError(Exception):
    """A git command that did not do what it was asked for: what it said, in one line."""


class RepositoryConnector:
    """Commits to `branch`, below `folder`. Blocking work goes through `run`."""

    def __init__(
        self, name: str, repository: Path, branch: str, folder: str = "", *, run: Run = asyncio.to_thread
    ) -> None:
        self._name, self._repository, self._branch, self._folder, self._run = name, repository, branch, folder, run
        below = f"{folder.strip('/')}/" if folder.strip("/") else ""
        url = f"git:{repository.absolute().as_posix()}#{branch}:{below}"
        self._below = below
        self._destination = Destination("files", url, digest(["cockpit.repository.v1", name, url]))

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""
        return self._name

    @property
    def delivery(self) -> Delivery:
        """The branch can be searched for the key."""
        return "lookup"

    @property
    def serial(self) -> bool:
        """Commits follow each other."""
        return True

    @property
    def destination(self) -> Destination:
        """The branch and the folder in it."""
        return self._destination

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """Commit it. `Delivered.reference` is the commit."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        path = self._path(parse(effect))
        if not path:
            return Refused("it is for another branch or folder than the one that is configured now")
        return await self._run(lambda: self._deliver(path, body, key, at_ms))

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:  # noqa: ARG002
        """Whether the branch holds a commit with the key."""
        try:
            if not self._path(parse(effect)):
                return Unknown("it is for another branch or folder than the one that is configured now")
        except ValueError as error:
            return Unknown(str(error))
        return await self._run(lambda: self._lookup(key))

    def _path(self, said: EffectBytes) -> str:
        url, base = said.envelope.url, self._destination.url
        path = url.removeprefix(base)
        return self._below + path if url.startswith(base) and not path_fault(path) else ""

    def _lookup(self, key: str) -> Delivered | NotFound | Unknown:
        try:
            tip = self._tip()
            found = self._found(key) if tip else ""
        except GitError as error:
            return Unknown(str(error))
        return Delivered(found) if found else NotFound()

    def _found(self, key: str) -> str:
        """The commit of the branch that carries the key; empty when none does. Raises GitError."""
        told = self._git("log", "-F", f"--grep={TRAILER}: {key}", "--format=%H%x00%B%x01", f"refs/heads/{self._branch}")
        for entry in told.split("\x01"):
            commit, _, message = entry.strip("\n").partition("\0")
            if f"{TRAILER}: {key}" in message.splitlines():
                return commit
        return ""

    def _deliver(self, path: str, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        try:
            if reason := self._checked_out():
                return Refused(reason, whole=True)
            tip = self._tip()
            if tip and (found := self._found(key)):
                return Delivered(found)
            commit = self._commit(path, body, key, at_ms, tip)
        except GitError as error:
            return Refused(str(error))
        try:
            self._git("update-ref", "-m", f"cockpit: {key}", f"refs/heads/{self._branch}", commit, tip or NOTHING)
        except TimeoutError:
            return Unknown("git did not say whether the branch was moved")
        except GitError as error:
            return Refused(f"{self._branch} was moved by somebody else, or is locked: {error}", temporary=True)
        return Delivered(commit)

    def _tip(self) -> str:
        """The commit that the branch is at; empty when there is no such branch. Raises GitError."""
        told = self._git("for-each-ref", "--format=%(objectname)", f"refs/heads/{self._branch}")
        return told.strip()

    def _checked_out(self) -> str:
        """Why the branch must not be moved: a work tree shows it, and would look changed. Raises GitError."""
        told = self._git("worktree", "list", "--porcelain")
        bare = self._git("rev-parse", "--is-bare-repository").strip() == "true"
        if not bare and f"branch refs/heads/{self._branch}" in told.splitlines():
            return f"{self._branch} is checked out in a work tree; configure another branch, and merge it"
        return ""

    def _commit(self, path: str, body: bytes, key: str, at_ms: int, tip: str) -> str:
        """A commit on top of the branch, or of HEAD where there is no such branch yet. Raises GitError."""
        parent = tip or self._head()
        blob = self._git("hash-object", "-w", "--no-filters", "--stdin", given=body).strip()
        with tempfile.TemporaryDirectory(prefix="cockpit-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if parent:
                self._git("read-tree", parent, more=index)
            self._git("update-index", "--add", "--replace", "--cacheinfo", f"100644,{blob},{path}", more=index)
            tree = self._git("write-tree", more=index).strip()
        message = f"Publish {path}\n\n{TRAILER}: {key}\n".encode()
        when = f"{at_ms // 1000} +0000"
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        parents = ("-p", parent) if parent else ()
        return self._git("commit-tree", tree, *parents, given=message, more=dates).strip()

    def _head(self) -> str:
        told = self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_fail=True).strip()
        return told if re.fullmatch(r"[0-9a-f]{40,64}", told) else ""

    def _git(
        self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None, may_fail: bool = False
    ) -> str:
        """What git said. Raises GitError, and TimeoutError."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environ = {**kept, **_WHO, **(more or {}), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        line = ["git", *_QUIET, "-C", str(self._repository), *arguments]
        try:
            done = subprocess.run(line, input=given, capture_output=True, timeout=PATIENCE_S, env=environ, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        except OSError as error:
            raise GitError(f"git cannot be run ({error.strerror})") from None
        if done.returncode and not may_fail:
            told = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit code {done.returncode}"]
            raise GitError(f"git {arguments[0]}: {told[0][:200]}")
        return done.stdout.decode("utf-8", "replace")
