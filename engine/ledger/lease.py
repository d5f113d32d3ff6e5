"""One engine at a time: the lock beside the lease row. Standard library only.

The lock says who lives, the lease row's epoch says who may append. On one machine the lock is a `flock`: it ends with
the process, however that ends, and a laptop that slept has lost nothing. Where engines share a process (simulation,
tests) it is a `LocalLock`.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from engine.errors import StoreError

SILENT_MS = 6_000
"""An engine says that it lives at least every three seconds; after twice that its silence is worth a word."""


class Lock(Protocol):
    """What only one store at a time can hold. Taking what one holds already succeeds."""

    tries: int
    """How often taking is worth a try, 10 ms apart: a look from `held` stands in the way for an instant."""

    def take(self, holder: object) -> bool:
        """Hold the lock; False while somebody else holds it."""

    def drop(self, holder: object) -> None:
        """Let go; harmless when not held."""


class FileLock:
    """A `flock` on a file, held through a descriptor that no child process inherits."""

    tries = 10

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, holder: object) -> bool:
        """Hold the lock; False while another process or store does. Raises `StoreError` when it cannot be made."""
        del holder
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                str(self._path), f"cannot be made ({error.strerror})", "give yourself the right to write its folder"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def drop(self, holder: object) -> None:
        """Let go by closing the descriptor."""
        del holder
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class LocalLock:
    """A lock that stores of one process share. `drop(None)` takes it from a holder that a simulation killed."""

    tries = 1

    def __init__(self) -> None:
        self._holder: object | None = None

    def take(self, holder: object) -> bool:
        """Hold the lock; False while another store holds it."""
        if self._holder is None:
            self._holder = holder
        return self._holder is holder

    def drop(self, holder: object | None) -> None:
        """Let go, if this is the holder or None."""
        if holder is None or self._holder is holder:
            self._holder = None


def held(path: Path) -> bool:
    """Whether a living engine holds the lock at `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        with suppress(OSError):
            os.close(descriptor)
    return False
