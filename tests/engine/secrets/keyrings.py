"""Keyrings of every character: one that works, one that is locked, one that hangs, several that must be refused."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

CANARY = "sk-canary-7f3a9c51"
"""A value that must never be seen again."""


class Ring(KeyringBackend):
    """Keeps what it is given."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("no such password")


class FileRing(Ring):
    """Keeps it for the next process too, in the file that TEST_RING names."""

    def get_password(self, service: str, username: str) -> str | None:
        path = Path(os.environ["TEST_RING"])
        found: str | None = json.loads(path.read_text())[username] if path.exists() and username in _at(path) else None
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        path = Path(os.environ["TEST_RING"])
        path.write_text(json.dumps({**(_at(path) if path.exists() else {}), username: password}))

    def delete_password(self, service: str, username: str) -> None:
        path = Path(os.environ["TEST_RING"])
        path.write_text(json.dumps({key: value for key, value in _at(path).items() if key != username}))


def _at(path: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads(path.read_text())
    return said


class Locked(Ring):
    """Waits for a password that nobody types."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")


class Hanging(Ring):
    """Never answers, until the test is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.over.wait()
        return None


class Slow(Ring):
    """Answers once so many ask at the same time; `most` says how many that were at most."""

    def __init__(self, everybody: int) -> None:
        super().__init__()
        self.most, self._asking, self._lock = 0, 0, threading.Lock()
        self._together = threading.Barrier(everybody)

    def get_password(self, service: str, username: str) -> str | None:
        with self._lock:
            self._asking += 1
            self.most = max(self.most, self._asking)
        self._together.wait()
        with self._lock:
            self._asking -= 1
        return super().get_password(service, username)


class Talkative(Ring):
    """Puts the secret into its error."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(f"cannot read {CANARY}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"cannot write {password}")


class Doubtful(Ring):
    """One that the keyring package itself would not recommend."""

    priority = 0.5  # type: ignore[assignment]


class Unfit(Ring):
    """One that says by an exception that it does not work here."""

    @property
    def priority(self) -> float:  # type: ignore[override]
        raise RuntimeError("no bus")


class Readable(Ring):
    """A file that everybody can read, as another package brings it."""

    priority = 9


Readable.__module__ = "keyrings.alt.file"


class Disguised(Readable):
    """The same under a name of its own."""


class Chain(ChainerBackend):
    """What the keyring package hands out when there are several."""

    backends: list[KeyringBackend] = []  # noqa: RUF012

    def __init__(self, *links: KeyringBackend) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.backends = list(links)
