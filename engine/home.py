"""Where everything of one user lives: the ledger, the engine's lock, logs, the sandbox outbox, workspaces, settings.

`--home` wins over `COCKPIT_HOME`, which wins over the folders that the system names for per-user data. A home that
was chosen holds everything, so that a test or a demo leaves nothing elsewhere. Folders are 0700 and the ledger 0600
from their first moment.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.errors import StoreError

VARIABLE = "COCKPIT_HOME"
"""The environment variable that names the home."""

_ELSEWHERE = f"choose another home with --home or {VARIABLE}"


class Home(NamedTuple):
    """The places of one installation. Only `ensure` touches the disk."""

    root: Path
    """The folder that holds the ledger and what belongs to it."""
    config: Path
    """`config.toml`, which may be missing."""
    log: Path
    """The folder of log files."""

    @classmethod
    def at(cls, root: Path) -> Home:
        """The home that holds everything under one folder."""
        root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 (resolve() would follow links and hide what was typed)
        return cls(root=root, config=root / "config.toml", log=root / "log")

    @classmethod
    def resolve(cls, override: str | None, environ: Mapping[str, str]) -> Home:
        """The home named by `--home`, else by `COCKPIT_HOME`, else by the system's folders for this user."""
        chosen = override or environ.get(VARIABLE)
        if chosen:
            return cls.at(Path(chosen))
        from platformdirs import PlatformDirs

        folders = PlatformDirs("mission-cockpit", appauthor=False)
        return cls(
            root=folders.user_data_path, config=folders.user_config_path / "config.toml", log=folders.user_log_path
        )

    @property
    def ledger(self) -> Path:
        """The ledger file."""
        return self.root / "ledger.db"

    @property
    def newest(self) -> Path:
        """Where the newest event stands that was ever seen here: it outlives the ledger."""
        return self.root / "newest.json"

    def require(self) -> None:
        """Raises `StoreError` when there was a ledger here and there is none: it must not look like a new home."""
        if not self.ledger.exists() and self.newest.exists():
            what = f"is gone; {self.newest.name} beside it tells that it was there"
            mend = f"put a backup back: cockpit restore FILE, or remove {self.newest} to begin anew"
            raise StoreError(str(self.ledger), what, mend)

    @property
    def lock(self) -> Path:
        """The file whose lock says that an engine lives."""
        return self.root / "engine.lock"

    @property
    def outbox(self) -> Path:
        """The sandbox maildir: where rehearsed and demonstrated effects end."""
        return self.root / "outbox"

    @property
    def inbox(self) -> Path:
        """The maildir from which sandbox evidence is read."""
        return self.root / "inbox"

    @property
    def work(self) -> Path:
        """The folder of attempt workspaces."""
        return self.root / "work"

    def ensure(self) -> None:
        """Create what is missing: folders 0700, an empty ledger file 0600. What exists keeps its mode.

        Raises `StoreError` when the home cannot hold a ledger.
        """
        for folder in (self.root, self.log, self.outbox, self.inbox, self.work):
            _make_folder(folder)
        self.require()
        if self.ledger.is_file():
            return  # never opened beside SQLite: closing it would drop this process's locks on it
        try:
            os.close(os.open(self.ledger, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise _explain(self.ledger, error) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _explain(folder, error) from error


def _explain(path: Path, error: OSError) -> StoreError:
    """What an error of the operating system means for somebody who wants a home."""
    where = str(path)
    if path.is_dir():
        if error.errno == errno.EISDIR:
            return StoreError(where, "is a folder where the ledger file belongs", f"move it away, or {_ELSEWHERE}")
    elif error.errno in (errno.EEXIST, errno.ENOTDIR):
        culprit = next((step for step in (path, *path.parents) if step.is_file()), path)
        return StoreError(str(culprit), "is a file where a folder belongs", f"move it away, or {_ELSEWHERE}")
    match error.errno:
        case errno.EROFS:
            return StoreError(where, "lies on a read-only file system", _ELSEWHERE)
        case errno.EACCES | errno.EPERM:
            return StoreError(where, "may not be written by this user", f"give yourself the right, or {_ELSEWHERE}")
        case errno.ENOSPC | errno.EDQUOT:
            return StoreError(where, "the disk is full", "free some space, then try again")
        case _:
            return StoreError(where, f"cannot be created ({error.strerror})", _ELSEWHERE)
