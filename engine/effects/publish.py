"""Files below one configured folder, each put there in one step: a published page is whole, or the one before it.

A mark of the key is written before the file is put in its place. So after a crash it is known whether it had begun: no
mark, and it is safe to begin; a mark and the content, and it is done; a mark and another content, and nobody knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from engine.effects.canonical import EffectBytes, parse
from engine.effects.compose import path_fault
from engine.effects.protocol import Delivered, Delivery, Destination, NotFound, Refused, Run, Unknown, mismatch
from engine.values import digest, sha256


class FolderConnector:
    """Publishes into `root`; what was begun is noted in `marks`. Blocking work goes through `run`."""

    def __init__(
        self, name: str, root: Path, marks: Path, *, url: str = "", make: bool = False, run: Run = asyncio.to_thread
    ) -> None:
        """`make`: whether the folder may be made; one that was configured has to be there. `url`: what effects call
        the folder, where it is not to be named.
        """
        self._name, self._root, self._marks, self._make, self._run = name, root, marks, make, run
        url = url or root.absolute().as_uri() + "/"
        self._destination = Destination("files", url, digest(["cockpit.folder.v1", name, url]))

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""
        return self._name

    @property
    def delivery(self) -> Delivery:
        """A folder can be looked at."""
        return "lookup"

    @property
    def serial(self) -> bool:
        """One after the other: two of one path would replace each other."""
        return True

    @property
    def destination(self) -> Destination:
        """The folder."""
        return self._destination

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:  # noqa: ARG002
        """Put the file in its place. `Delivered.reference` is its path below the folder."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        path = self._path(parse(effect))
        return (
            await self._run(lambda: self._deliver(path, effect, body, key))
            if path
            else Refused("it is for another folder")
        )

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:  # noqa: ARG002
        """Whether it is there, or was begun."""
        try:
            said = parse(effect)
        except ValueError as error:
            return Unknown(str(error))
        path = self._path(said)
        return await self._run(lambda: self._lookup(path, said, key)) if path else Unknown("it is for another folder")

    def _path(self, said: EffectBytes) -> str:
        """The path below the folder; empty when it is none of ours."""
        url, base = said.envelope.url, self._destination.url
        path = url.removeprefix(base)
        return path if url.startswith(base) and not path_fault(path) else ""

    def _mark(self, key: str) -> Path:
        return self._marks / hashlib.sha256(b"cockpit.key.v1\0" + key.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    def _lookup(self, path: str, said: EffectBytes, key: str) -> Delivered | NotFound | Unknown:
        try:
            if not self._mark(key).exists():
                return NotFound()
            content = self._content(path)
        except OSError as error:
            return Unknown(_said(error))
        if content is not None and sha256(content) == said.body_sha256:
            return Delivered(path)
        return Unknown(f"it had begun, and {path} holds something else")

    def _content(self, path: str) -> bytes | None:
        try:
            with self._opened(path) as folder:
                handle = os.open(path.rpartition("/")[2], os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
                with os.fdopen(handle, "rb") as file:
                    return file.read()
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _opened(self, path: str, *, make: bool = False):  # type: ignore[no-untyped-def]
        """The folder that a path lies in, opened step by step, so that no link leads out of the root."""
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in path.split("/")[:-1]:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=folder)
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    def _deliver(self, path: str, effect: bytes, body: bytes, key: str) -> Delivered | Refused | Unknown:
        try:
            if self._make:
                self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._marks.mkdir(mode=0o700, parents=True, exist_ok=True)
            began = self._begun(key, effect)
            if began is False:
                return Refused("this key was used for another effect")
            if began and self._content(path) == body:
                return Delivered(path)
            name, draft = path.rpartition("/")[2], f".{secrets.token_hex(8)}.part"
            with self._opened(path, make=True) as folder:
                try:
                    _write(draft, body, folder)
                    _note(self._mark(key), effect)
                except OSError as error:
                    with contextlib.suppress(OSError):
                        os.unlink(draft, dir_fd=folder)
                    return Refused(_said(error))
                os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
                try:
                    os.fsync(folder)
                except OSError as error:
                    return Unknown(f"written, but perhaps not to disk: {_said(error)}")
        except OSError as error:
            return Refused(f"{self._root.name}: {_said(error)}")
        return Delivered(path)

    def _begun(self, key: str, effect: bytes) -> bool | None:
        """True when this effect was begun under the key, False when another one was, None when none was."""
        try:
            return self._mark(key).read_bytes() == sha256(effect).encode()
        except FileNotFoundError:
            return None


def _write(name: str, body: bytes, folder: int) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _note(mark: Path, effect: bytes) -> None:
    """The mark of a key, on disk before the effect is visible."""
    draft = mark.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, sha256(effect).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(mark)
    folder = os.open(mark.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _said(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
