"""A connector that writes each message as a file into a maildir: for demonstrations, sandboxes and a local mail reader.

The file's name is derived from the idempotency key, and it appears under it in one atomic step after it was written to
disk. So a second delivery finds the first, and a crash leaves either nothing or the whole message. Folders are 0700,
files 0600. What a mail reader moved to `cur/` is still found; what it deleted is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from engine.effects.mail import dated, undated
from engine.effects.protocol import Delivered, Delivery, NotFound, Refused, Run, Unknown, mismatch

_COUNTER = itertools.count()
_CERTAIN = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENAMETOOLONG}
"""Errors of the publishing step that leave no doubt that nothing was published."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


class MaildirConnector:
    """Messages as files under `root/new`. Blocking work goes through `run`."""

    def __init__(self, root: Path, *, name: str = "maildir", run: Run = asyncio.to_thread) -> None:
        self._root, self._name, self._run = root, name, run

    @property
    def name(self) -> str:
        """The name that contracts and effects give it."""
        return self._name

    @property
    def delivery(self) -> Delivery:
        """A maildir can be looked at."""
        return "lookup"

    @property
    def serial(self) -> bool:
        """Files do not wait for each other."""
        return False

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """Write the message, dated, unless the key is known. `Delivered.reference` is the path below the root."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        try:
            message = dated(body, at_ms)
        except (ValueError, OverflowError):
            return Refused(f"{at_ms} is no time that a message can carry")
        return await self._run(lambda: self._deliver(message, body, _file(key)))

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:  # noqa: ARG002
        """Whether a message of this key is there."""
        return await self._run(lambda: self._lookup(_file(key)))

    def _lookup(self, file: str) -> Delivered | NotFound | Unknown:
        try:
            found = self._find(file)
        except OSError as error:
            return Unknown(_said(error))
        return NotFound() if found is None else Delivered(self._reference(found))

    def _find(self, file: str) -> Path | None:
        """The published message. In `cur/` a mail reader may have appended flags to its name."""
        fresh = self._root / "new" / file
        if _exists(fresh):
            return fresh
        with contextlib.suppress(FileNotFoundError), os.scandir(self._root / "cur") as entries:
            for entry in entries:
                if entry.name == file or entry.name.startswith((f"{file}:", f"{file};", f"{file}!")):
                    return Path(entry.path)
        return fresh if _exists(fresh) else None

    def _reference(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _deliver(self, message: bytes, body: bytes, file: str) -> Delivered | Refused | Unknown:
        try:
            self._make_folders()
            found = self._find(file)
        except OSError as error:
            return Refused(_said(error))
        if found is not None:
            return self._again(found, body)
        try:
            draft = self._draft(message, file)
        except OSError as error:
            return Refused(_said(error))
        try:
            return self._publish(draft, body, file)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def _again(self, found: Path, body: bytes) -> Delivered | Refused | Unknown:
        """A key that was used already: the same message is done, another one is a mistake of the caller."""
        try:
            same = undated(found.read_bytes()) == body
        except OSError:
            return Delivered(self._reference(found))
        return Delivered(self._reference(found)) if same else Refused("this key was used for another message")

    def _make_folders(self) -> None:
        if not self._root.is_dir():
            self._root.parent.mkdir(parents=True, exist_ok=True)
            self._root.mkdir(mode=0o700, exist_ok=True)
        for name in ("tmp", "new", "cur"):
            (self._root / name).mkdir(mode=0o700, exist_ok=True)

    def _draft(self, message: bytes, file: str) -> Path:
        """The whole message on disk under a name of its own in `tmp/`."""
        for draft in self._names(file):
            try:
                handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            except FileExistsError:
                continue
            break
        try:
            rest = memoryview(message)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        finally:
            os.close(handle)
        return draft

    def _names(self, file: str) -> Iterator[Path]:
        return (self._root / "tmp" / f"{file}.{os.getpid()}.{next(_COUNTER)}" for _ in itertools.count())

    def _publish(self, draft: Path, body: bytes, file: str) -> Delivered | Refused | Unknown:
        """From `tmp/` to `new/` in one step that cannot replace what another delivery put there first."""
        target = self._root / "new" / file
        try:
            try:
                os.link(draft, target, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                draft.rename(target)
        except FileExistsError:
            return self._again(target, body)
        except OSError as error:
            return Refused(_said(error)) if error.errno in _CERTAIN else Unknown(_said(error))
        try:
            _sync_folder(target.parent)
        except OSError as error:
            return Unknown(f"written, but perhaps not to disk: {_said(error)}")
        return Delivered(self._reference(target))


def _file(key: str) -> str:
    """The file name of a key: a hash, so that no key can leave the folder."""
    return hashlib.sha256(b"cockpit.key.v1\0" + key.encode("utf-8", "surrogatepass")).hexdigest()[:40] + ".eml"


def _exists(path: Path) -> bool:
    """Like `Path.exists`, but a folder that may not be read is an error and no absence."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _said(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
