"""The ledger as a file: what tells it from other files, how it is opened, and what is wrong when it cannot be.

Standard library only, and cheap to import: front ends come through here before their first paint.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.errors import PassingStoreError, StoreError

SCHEMA_VERSION = 3
"""`PRAGMA user_version` of the ledgers that this release writes."""

APPLICATION_ID = 0x4D434B50
"""`PRAGMA application_id` of a ledger: "MCKP"."""

BUSY_MS = 5_000
"""How long a connection waits for a lock, in milliseconds."""

FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What working on a ledger raises: Python cannot decode some of the texts that SQLite finds in a damaged file."""

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_ELSEWHERE = "choose another home with --home"
_RESTORE = "restore a backup (ledger.db.bak-*), and keep the damaged file"


class _Connection(sqlite3.Connection):
    """A connection that this process knows to be open: see `_in_use`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._counted: str = ""

    def counts_for(self, path: Path) -> None:
        """Count this connection as one of the file at `path` until it is closed."""
        self._counted = str(path.absolute())
        _OPEN[self._counted] += 1

    def close(self) -> None:
        """Close, and say so."""
        counted, self._counted = self._counted, ""
        super().close()
        if counted:
            _OPEN[counted] -= 1


_OPEN: Counter[str] = Counter()


def _in_use(path: Path) -> bool:
    """Whether this process has a connection to the file.

    Then it must not open the file besides: closing any descriptor of a file drops all POSIX locks that the process
    holds on it, SQLite's included (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    return _OPEN[str(path.absolute())] > 0


def connect(path: Path, *, mode: str, busy_ms: int | None = None) -> sqlite3.Connection:
    """A connection in autocommit mode, `mode` being `ro` or `rw`; never creates the file, never checkpoints.

    The engine alone checkpoints (it turns that on for its own connection), which keeps two connections from doing so
    at once.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    conn = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0, factory=_Connection)
    conn.counts_for(path)
    try:
        conn.execute(f"PRAGMA busy_timeout={BUSY_MS if busy_ms is None else busy_ms}")
        conn.execute("PRAGMA recursive_triggers=ON")
        conn.execute("PRAGMA wal_autocheckpoint=0")
        conn.execute("PRAGMA secure_delete=ON")  # what is erased leaves no trace in free pages
        if sys.version_info >= (3, 12):
            conn.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)  # noqa: FBT003
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def check_file(path: Path, *, writing: bool = False, busy_ms: int | None = None) -> str:
    """Whether this file can be used as a ledger. An empty file is a ledger that has not begun.

    Returns a warning, mostly empty: what can be read only is read with a warning and refused for writing. Raises
    `StoreError` with the place, what is wrong and how to mend it. Looks at the header and the schema only;
    `engine.ledger.verify` reads everything.
    """
    conn, warning = open_reading(path, writing=writing, busy_ms=busy_ms)
    conn.close()
    return warning


def open_reading(path: Path, *, writing: bool = False, busy_ms: int | None = None) -> tuple[sqlite3.Connection, str]:
    """A read-only connection to a ledger that passed `check_file`, and its warning."""
    suspicious = _check_header(path)
    warning = ""
    conn = None
    try:
        conn = connect(path, mode="ro", busy_ms=busy_ms)
        try:
            conn.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            # A file in WAL mode needs a -shm file. Where that cannot be made nobody writes: it can be read as it is.
            if writing or not _is(error, "SQLITE_READONLY", "SQLITE_CANTOPEN") or _unmerged(path):
                raise
            conn.close()
            conn = connect(path, mode="ro&immutable=1", busy_ms=busy_ms)
            warning = str(StoreError(str(path), "is read-only here", "what is shown does not follow changes"))
        warning = _check_schema(path, conn, suspicious, writing=writing) or warning
    except FAILURES as error:
        if conn is not None:
            conn.close()
        if suspicious and not _is(error, "SQLITE_BUSY", "SQLITE_LOCKED"):
            raise _damaged(str(path), suspicious) from error
        raise explain(path, error) from error
    except StoreError:
        if conn is not None:
            conn.close()
        raise
    return conn, warning


def _unmerged(path: Path) -> bool:
    """Whether commits wait in a -wal file, so that the file alone is not the whole ledger."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _check_schema(path: Path, conn: sqlite3.Connection, suspicious: str, *, writing: bool) -> str:
    where = str(path)
    if suspicious and conn.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damaged(where, suspicious)
    conn.execute("BEGIN")  # one snapshot: an engine may be making the tables between two of these
    application: int = conn.execute("PRAGMA application_id").fetchone()[0]
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    tables: int = conn.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    conn.execute("ROLLBACK")
    if application == 0 and version == 0 and tables == 0:
        return ""
    if application != APPLICATION_ID:
        raise StoreError(where, "is an SQLite file of another program, not a ledger", f"move it away, or {_ELSEWHERE}")
    if version > SCHEMA_VERSION:
        what = f"was written by a newer release ({_release(conn)}schema {version}; this one writes {SCHEMA_VERSION})"
        if writing:
            raise StoreError(where, what, f"update Mission Cockpit, or {_ELSEWHERE}")
        return str(StoreError(where, what, "it is open for reading only; update Mission Cockpit to change it"))
    return ""


class UnreadableError(sqlite3.DatabaseError):
    """SQLite gave a value that cannot be what was written."""


def parse(text: object) -> Any:
    """The value of a stored JSON text. Raises `UnreadableError`."""
    try:
        return json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise UnreadableError("a stored body is not JSON") from error


def begun(conn: sqlite3.Connection) -> bool:
    """Whether the ledger behind this connection has its tables."""
    return bool(conn.execute("PRAGMA user_version").fetchone()[0])


def explain(path: Path, error: Exception) -> StoreError:
    """What one of `FAILURES` means for the user of the file at `path`."""
    where = str(path)
    if _is(error, "SQLITE_BUSY", "SQLITE_LOCKED"):
        return PassingStoreError(where, "is locked by another program", "close what holds it open, then try again")
    if _is(error, "SQLITE_FULL"):
        return PassingStoreError(where, "the disk is full, nothing was written", "free some space, then try again")
    if _is(error, "SQLITE_READONLY", "SQLITE_PERM"):
        return StoreError(where, "is read-only here", f"give yourself the right to write it, or {_ELSEWHERE}")
    if _is(error, "SQLITE_NOTADB"):
        return StoreError(where, "is not a ledger (not an SQLite file)", f"move it away, or {_ELSEWHERE}")
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8"):
        return _damaged(where, "is damaged (text that is not UTF-8)")
    if isinstance(error, UnreadableError) or _is(error, "SQLITE_CORRUPT"):
        return _damaged(where, f"is damaged ({error})")
    if _is(error, "SQLITE_CANTOPEN"):
        return StoreError(where, "cannot be opened", f"check the rights of the file and its folder, or {_ELSEWHERE}")
    if _is(error, "SQLITE_IOERR"):
        return StoreError(where, f"the disk failed ({error})", "check the disk, then try again")
    return StoreError(where, f"cannot be used ({error})", "run cockpit doctor")


def copy(conn: sqlite3.Connection, draft: Path, source: Path) -> None:
    """One snapshot of the ledger behind a connection into an empty file, which then stands alone. No writer waits."""
    try:
        with closing(connect(draft, mode="rw")) as made:
            conn.backup(made)  # all pages in one read transaction: a copy in steps starts anew with every commit
            made.execute("PRAGMA journal_mode=DELETE")
    except FAILURES as error:
        full = getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL")
        raise explain(draft if full else source, error) from error


def _is(error: Exception, *names: str) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(names)


def _damaged(where: str, what: str) -> StoreError:
    from engine.ledger.protocol import DamagedError  # heavy, and needed here only

    return DamagedError(where, what, _RESTORE)


def _check_header(path: Path) -> str:
    """Raise on what the first bytes rule out; otherwise what they make suspicious, mostly nothing."""
    where = str(path)
    if _in_use(path):
        return ""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        raise StoreError(where, "there is no ledger here", f"start the engine once, or {_ELSEWHERE}") from None
    except IsADirectoryError:
        raise StoreError(where, "is a folder, not a ledger", f"move it away, or {_ELSEWHERE}") from None
    except NotADirectoryError:
        raise StoreError(where, "lies below a file, not a folder", _ELSEWHERE) from None
    except PermissionError:
        raise StoreError(
            where, "may not be read by this user", f"give yourself the right to read and write it, or {_ELSEWHERE}"
        ) from None
    except OSError as error:
        raise StoreError(where, f"cannot be read ({error.strerror})", "check the disk, then try again") from error
    if not header:
        return ""
    if not header.startswith(_MAGIC[: len(header)]):
        raise StoreError(where, "is not a ledger (not an SQLite file)", f"move it away, or {_ELSEWHERE}")
    if len(header) < _HEADER:
        raise _damaged(where, f"is cut short ({size} bytes)")
    page, pages = struct.unpack_from(">H", header, 16)[0], struct.unpack_from(">I", header, 28)[0]
    whole = (65_536 if page == 1 else page) * pages
    return f"is cut short ({size} of {whole} bytes)" if size < whole else ""


def _release(conn: sqlite3.Connection) -> str:
    """The release that last held the lease, as `1.2.3, `, if this file says so."""
    try:
        row = conn.execute("SELECT version FROM lease").fetchone()
    except sqlite3.Error:
        return ""
    return f"{row[0]}, " if row and row[0] else ""
