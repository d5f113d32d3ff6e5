"""Files below one folder, which nothing leaves: no `..`, no link is followed, nothing but regular files is touched.

Every step of a path is opened relative to the folder above it and without following links (`openat`, `O_NOFOLLOW`), so
that a link put there between a check and its use is refused like one that stood there before.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PATH_CAP, STEPS_CAP, NAME_CAP = 500, 16, 255
READ_CAP, WRITE_CAP = 5 * 2**20, 2**20
FILES_CAP, TOTAL_CAP = 1_000, 50 * 2**20
"""Files and bytes that a folder may hold before nothing more is written to it."""
_PART = ".cockpit-part-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_NUMBER = itertools.count()

Kind = Literal["file", "folder", "other"]


class PathError(ValueError):
    """What is not done with this path, and what whoever asked can do instead: `what; mend`."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what, self.mend = what, mend


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that lies in a folder. `other` is a link, a device, a pipe: never followed, never opened."""

    name: str
    kind: Kind
    size: int


def steps(path: str) -> tuple[str, ...]:
    """The names that a relative path goes through. Raises `PathError` for one that leaves or cannot be a path."""
    if len(path) > PATH_CAP:
        raise PathError(f"a path has at most {PATH_CAP} characters", "shorten it")
    if path.startswith(("/", "~")) or "\\" in path:
        raise PathError(
            "that is no path below the workspace", "write it relative to the workspace, with / between its steps"
        )
    if not path.isprintable():
        raise PathError("the path holds a control or invisible character", "write it without")
    found = tuple(step for step in path.split("/") if step not in ("", "."))
    if ".." in found:
        raise PathError("a path does not leave the workspace", "write it without ..")
    if len(found) > STEPS_CAP:
        raise PathError(f"a path has at most {STEPS_CAP} steps", "lay it less deep")
    for step in found:
        if len(step.encode()) > NAME_CAP:
            raise PathError(f"a name has at most {NAME_CAP} bytes", "shorten it")
        if step.startswith(_PART):
            raise PathError(f"names that begin with {_PART} are taken", "choose another one")
    return found


class Folder:
    """One folder, held open from `open` to `close`: swapping its path for a link changes nothing."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._handle = -1

    def open(self) -> None:
        """Raises OSError when it is not there, or is a link. Safe to repeat."""
        if self._handle < 0:
            self._handle = os.open(self._root, _FOLDER)

    def close(self) -> None:
        """Safe to repeat."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def entries(self, path: str) -> list[Entry]:
        """What lies in a folder, by name. Raises `PathError`."""
        with self._folder(steps(path)) as handle:
            return sorted(_entries(handle), key=lambda entry: entry.name)

    def read(self, path: str, *, cap: int = READ_CAP) -> bytes:
        """The whole of a regular file of at most `cap` bytes. Raises `PathError`."""
        above, name = _split(path)
        with self._folder(above) as folder, _opened(folder, name, path) as handle:
            size = os.fstat(handle).st_size
            if size > cap:
                raise PathError(f"{path} has {size} bytes, at most {cap} are read", "read a smaller one")
            return _all(handle, cap)

    def write(self, path: str, content: bytes, *, append: bool = False) -> int:
        """Put a file in the place of what was there, in one step: whoever reads sees the old one or the new one.

        Folders on its way are made. The size it has now. Raises `PathError`.
        """
        above, name = _split(path)
        with self._folder(above, make=True) as folder:
            there = _state(folder, name)
            if there is not None:
                _writable(there, path)
            before = b""
            if append and there is not None:
                with _opened(folder, name, path) as handle:
                    before = _all(handle, READ_CAP)
            whole = before + content
            if len(whole) > WRITE_CAP:
                raise PathError(f"{path} would have {len(whole)} bytes, at most {WRITE_CAP} are written", "split it")
            self._room(len(whole) - (there.st_size if there else 0), new=there is None)
            part = f"{_PART}{os.getpid()}-{next(_NUMBER)}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(part, flags, 0o644, dir_fd=folder), "wb") as file:
                    file.write(whole)
                os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError as problem:
                with contextlib.suppress(OSError):
                    os.unlink(part, dir_fd=folder)
                raise PathError(f"{path} could not be written: {problem.strerror}", "choose another path") from None
        return len(whole)

    def delete(self, path: str) -> None:
        """Raises `PathError`."""
        above, name = _split(path)
        with self._folder(above) as folder:
            there = _state(folder, name)
            if there is None:
                raise PathError(f"there is no file {path}", "list its folder")
            _writable(there, path)
            try:
                os.unlink(name, dir_fd=folder)
            except OSError as problem:
                raise PathError(f"{path} could not be deleted: {problem.strerror}", "leave it") from None

    @contextlib.contextmanager
    def _folder(self, names: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        """The folder that these names lead to, opened step by step."""
        self.open()
        held = os.dup(self._handle)
        try:
            for depth, name in enumerate(names):
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, 0o755, dir_fd=held)
                try:
                    below = os.open(name, _FOLDER, dir_fd=held)
                except OSError:
                    raise PathError(
                        f"there is no folder {'/'.join(names[: depth + 1])}", "list the one above it"
                    ) from None
                os.close(held)
                held = below
            yield held
        finally:
            os.close(held)

    def _room(self, more: int, *, new: bool) -> None:
        with self._folder(()) as handle:
            files, size = _usage(handle, STEPS_CAP + 1)
        if new and files >= FILES_CAP:
            raise PathError(f"the workspace holds {files} files, at most {FILES_CAP} are allowed", "delete some")
        if size + more > TOTAL_CAP:
            raise PathError(
                f"the workspace would hold {size + more} bytes, at most {TOTAL_CAP} are allowed", "delete some files"
            )


def _split(path: str) -> tuple[tuple[str, ...], str]:
    names = steps(path)
    if not names or path.endswith("/"):
        raise PathError("the path names no file", "name one, not a folder")
    return names[:-1], names[-1]


def _state(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None


def _regular(there: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(there.st_mode):
        raise PathError(f"{path} is a folder", "name a file in it")
    if not stat.S_ISREG(there.st_mode):
        raise PathError(f"{path} is no regular file, and links, pipes and devices are not followed", "name another one")
    if there.st_nlink > 1:
        raise PathError(f"{path} is a hard link: the same file has a name elsewhere", "name another one")


def _writable(there: os.stat_result, path: str) -> None:
    _regular(there, path)
    if not there.st_mode & stat.S_IWUSR:
        raise PathError(f"{path} was given to read, not to change", "write to another name")


@contextlib.contextmanager
def _opened(folder: int, name: str, path: str) -> Iterator[int]:
    """A regular file, opened to read. Nothing else is opened at all: opening a device may already do something."""
    there = _state(folder, name)
    if there is None:
        raise PathError(f"there is no file {path}", "list its folder")
    _regular(there, path)
    try:
        handle = os.open(name, _FILE, dir_fd=folder)
    except OSError as problem:
        raise PathError(f"{path} could not be opened: {problem.strerror}", "name another one") from None
    try:
        _regular(os.fstat(handle), path)  # whatever stood there a moment ago, this is what is held now
        yield handle
    finally:
        os.close(handle)


def _all(handle: int, cap: int) -> bytes:
    parts, left = [], cap
    while left > 0 and (chunk := os.read(handle, min(left, 2**20))):
        parts.append(chunk)
        left -= len(chunk)
    return b"".join(parts)


def _entries(handle: int) -> Iterator[Entry]:
    with os.scandir(handle) as found:
        for entry in found:
            if entry.name.startswith(_PART):
                continue
            there = _state(handle, entry.name)
            if there is not None:
                folder, file = stat.S_ISDIR(there.st_mode), stat.S_ISREG(there.st_mode)
                yield Entry(entry.name, "folder" if folder else "file" if file else "other", there.st_size)


def _usage(handle: int, depth: int) -> tuple[int, int]:
    """Files and bytes below an open folder; counting ends where the caps are passed."""
    files = size = 0
    for entry in _entries(handle):
        if entry.kind != "folder":
            files, size = files + 1, size + entry.size
        elif depth:
            with contextlib.suppress(OSError):
                below = os.open(entry.name, _FOLDER, dir_fd=handle)
                try:
                    more = _usage(below, depth - 1)
                finally:
                    os.close(below)
                files, size = files + more[0], size + more[1]
        if files > FILES_CAP or size > TOTAL_CAP:
            break
    return files, size
