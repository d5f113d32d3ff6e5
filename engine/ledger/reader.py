"""The ledger as front ends see it: read-only, plus the inbox.

Standard library only, because it stands before the first paint. Everything arrives as plain dictionaries. A reader
follows changes by polling `data_version`, which costs microseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from engine.errors import StoreError
from engine.ledger.door import clean_text, json_text, seal
from engine.ledger.file import FAILURES, UnreadableError, begun, check_file, connect, explain, open_reading, parse
from engine.ledger.lease import held

__all__ = ["Changes", "Inbox", "Reader", "check_file"]

T = TypeVar("T")
Json = dict[str, Any]

PAGE = 512
"""How many events one statement fetches."""
NEWEST = 2**62
"""A number beyond every seq and height."""

_COLUMNS = (
    "seq",
    "mission",
    "height",
    "kind",
    "version",
    "body",
    "body_hash",
    "prev",
    "hash",
    "at",
    "wall",
    "actor",
    "epoch",
)


class Changes(NamedTuple):
    """What became of the view rows since a number."""

    rows: list[tuple[str, Json]]
    """Kind and body of each new or different row, with `id` and `mission`, in the order in which they were written."""
    removed: list[tuple[str, str, str]]
    """Kind, id and mission of each row that is no more."""
    seq: int
    """What to ask with the next time."""
    whole: bool
    """These are all the rows there are; whatever else was known is no more."""


class Reader:
    """A read-only connection to a ledger, for one thread. A ledger that has not begun reads as empty.

    `warning` says, in one line, why only reading is possible (a ledger of a newer release); it is mostly empty.
    """

    __slots__ = ("_begun", "_conn", "_numbered", "path", "warning")

    def __init__(self, path: Path, conn: sqlite3.Connection, warning: str) -> None:
        self.path = path
        self.warning = warning
        self._conn = conn
        self._begun = False
        self._numbered = False

    @classmethod
    def open(cls, path: Path, *, busy_ms: int | None = None) -> Reader:
        """Open a ledger for reading. Raises `StoreError` with where, what and how to mend it."""
        conn, warning = open_reading(path, busy_ms=busy_ms)
        return cls(path, conn, warning)

    def views(self, kind: str, mission: str | None = None) -> list[Json]:
        """The bodies of view rows of a kind, with `id` and `mission`, in order of their first writing."""
        if mission is None:
            rows = self._rows("SELECT id, mission, body FROM views WHERE kind = ? ORDER BY rowid", kind)
        else:
            rows = self._rows(
                "SELECT id, mission, body FROM views WHERE kind = ? AND mission = ? ORDER BY rowid", kind, mission
            )
        return [{**self._json(row[2]), "id": row[0], "mission": row[1]} for row in rows]

    def changes(self, after: int = -1) -> Changes:
        """The view rows that changed after a number that an earlier call gave; -1 for all of them.

        All comes from one snapshot. A ledger of the first schema does not number its rows: it always gives all.
        """
        if not self._numbered:
            self._numbered = bool(self._rows("SELECT 1 FROM pragma_table_info('views') WHERE name = 'seq'"))
        if not self._numbered:
            found = self._rows("SELECT kind, id, mission, body FROM views ORDER BY rowid")
            return Changes([self._view(row) for row in found], [], -1, whole=True)
        if after < 0:
            found = self._rows(
                "SELECT kind, id, mission, body, seq, rowid FROM views "
                "UNION ALL SELECT '', '', '', NULL, COALESCE(MAX(seq), 0), 0 FROM gone ORDER BY 6"
            )
        else:
            found = self._rows(
                "SELECT kind, id, mission, body, seq, rowid FROM views WHERE seq > ? "
                "UNION ALL SELECT kind, id, mission, NULL, seq, 0 FROM gone WHERE seq > ? ORDER BY 5, 6",
                *(after, after),
            )
        seq = max((row[4] for row in found), default=max(after, 0))
        rows = [self._view(row) for row in found if row[3] is not None]
        return Changes(rows, [row[:3] for row in found if row[3] is None and row[0]], seq, whole=after < 0)

    def _view(self, row: tuple[Any, ...]) -> tuple[str, Json]:
        return row[0], {**self._json(row[3]), "id": row[1], "mission": row[2]}

    def latest(
        self, mission: str | None, kinds: Iterable[str] | None, limit: int, before: int | None = None
    ) -> list[Json]:
        """The last `limit` events with seq < `before`, newest first: of one mission or all, of some kinds or all."""
        with self.snapshot():
            end = NEWEST if before is None else before
            values: list[object] = [end]
            where, order = "seq < ?", "seq"
            if kinds is not None:
                found = sorted(self._numbers(mission, set(kinds), limit, end), reverse=True)[:limit]
                where, values = f"seq IN ({', '.join(map(str, found))})", []
            elif mission is not None:  # along the mission's own index: its heights have the order of its seqs
                end = NEWEST if before is None else self._height_at(mission, before - 1)
                where, order, values = "height <= ? AND mission = ?", "height", [end, mission]
            rows = self._rows(
                f"SELECT {', '.join(_COLUMNS)} FROM events WHERE {where} ORDER BY {order} DESC LIMIT ?",  # noqa: S608 (names and numbers are ours)
                *(*values, limit),
            )
        return [self._event(row) for row in rows]

    def _numbers(self, mission: str | None, kinds: set[str], limit: int, before: int) -> Iterator[int]:
        """The last seqs of each kind: each is the end of a range in an index."""
        own, values = ("", ()) if mission is None else ("mission = ? AND ", (mission,))
        for kind in kinds:
            rows = self._rows(
                f"SELECT seq FROM events WHERE {own}kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?",  # noqa: S608 (names are ours)
                *(*values, kind, before, limit),
            )
            yield from (row[0] for row in rows)

    def events(
        self,
        mission: str | None = None,
        after: int = 0,
        kinds: Iterable[str] | None = None,
        limit: int | None = None,
    ) -> Iterator[Json]:
        """Events with seq > after, in order: of one mission or all, of some kinds or all, at most `limit`."""
        where = "seq > ?"
        values: list[object] = []
        place, position = 0, after
        if mission is not None:  # along the mission's own index: its heights have the order of its seqs
            where, values = "height > ? AND mission = ?", [mission]
            place, position = _COLUMNS.index("height"), self._height_at(mission, after)
        if kinds is not None:
            kinds = list(kinds)
            where, values = where + f" AND kind IN ({', '.join('?' * len(kinds))})", [*values, *kinds]
        statement = f"SELECT {', '.join(_COLUMNS)} FROM events WHERE {where} ORDER BY {_COLUMNS[place]} LIMIT ?"  # noqa: S608 (names are ours)
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            rows = self._rows(statement, position, *values, size)
            for row in rows:
                yield self._event(row)
            if len(rows) < size:
                return
            position = rows[-1][place]
            left = None if left is None else left - len(rows)

    def missions(self) -> list[str]:
        """Every stream that has events, `home` included, in order of their first event."""
        rows = self._rows(
            """WITH RECURSIVE stream(name) AS (
                 SELECT MIN(mission) FROM events
                 UNION ALL
                 SELECT (SELECT MIN(mission) FROM events WHERE mission > name) FROM stream WHERE name IS NOT NULL)
               SELECT events.mission FROM stream JOIN events ON events.mission = stream.name AND events.height = 1
               ORDER BY events.seq"""
        )
        return [row[0] for row in rows]

    def head(self, mission: str) -> Json:
        """`height`, `hash` and `seq` of a mission's last event; 0, empty and 0 before its first."""
        rows = self._rows(
            "SELECT height, hash, seq FROM events WHERE mission = ? ORDER BY height DESC LIMIT 1", mission
        )
        height, digest, seq = rows[0] if rows else (0, "", 0)
        return {"height": height, "hash": digest, "seq": seq}

    def blob(self, sha: str) -> bytes | None:
        """A blob, or None if it was never stored or was erased."""
        rows = self._rows("SELECT content FROM blobs WHERE sha = ?", sha)
        return bytes(rows[0][0]) if rows else None

    def lease(self) -> Json | None:
        """`owner`, `epoch`, `version`, `beat`, `idle` of who last held it and did not resign, and if it is `alive`."""
        rows = self._rows("SELECT owner, epoch, version, beat, idle FROM lease WHERE owner IS NOT NULL")
        if not rows:
            return None
        owner, epoch, version, beat, idle = rows[0]
        alive = held(self.path.with_name("engine.lock"))
        return {"owner": owner, "epoch": epoch, "version": version, "beat": beat, "idle": bool(idle), "alive": alive}

    def answer(self, key: str) -> Json | None:
        """`state` (`pending`, `done`, `refused`), `error` and `ids` of a command; None for an unknown key."""
        rows = self._rows("SELECT state, error, ids FROM inbox WHERE key = ?", key)
        return {"state": rows[0][0], "error": rows[0][1], "ids": self._json(rows[0][2])} if rows else None

    def progress(self, mission: str) -> list[Json]:
        """The latest word of each job of a mission: `job`, `note`, `micro_usd`, `wall`."""
        rows = self._rows("SELECT job, note, micro_usd, wall FROM progress WHERE mission = ? ORDER BY rowid", mission)
        return [{"job": row[0], "note": row[1], "micro_usd": row[2], "wall": row[3]} for row in rows]

    def progress_since(self, wall: int, limit: int) -> list[Json]:
        """The latest words that were said at `wall` or later, of all missions, newest first."""
        rows = self._rows(
            "SELECT job, mission, note, micro_usd, wall FROM progress WHERE wall >= ? ORDER BY wall DESC LIMIT ?",
            *(wall, limit),
        )
        names = ("job", "mission", "note", "micro_usd", "wall")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def data_version(self) -> int:
        """A number that changes whenever anybody else committed anything."""
        return int(self._rows("PRAGMA data_version", always=True)[0][0])

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of any reading statement, for inspection; errors arrive as `StoreError`."""
        return self._rows(statement, *values)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, read-only: for copying the whole."""
        return self._conn

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def __enter__(self) -> Reader:
        """The reader itself; leaving closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _rows(self, statement: str, *values: object, always: bool = False) -> list[tuple[Any, ...]]:
        try:
            if not self._begun and not always:
                self._begun = begun(self._conn)
                if not self._begun:
                    return []
            return self._conn.execute(statement, values).fetchall()
        except FAILURES as error:
            raise explain(self.path, error) from error

    def _event(self, row: tuple[Any, ...]) -> Json:
        event = dict(zip(_COLUMNS, row, strict=True))
        event["body"] = self._json(event["body"])
        return event

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything that is read within comes from one moment."""
        try:
            self._conn.execute("BEGIN")
            yield
        except FAILURES as error:
            raise explain(self.path, error) from error
        finally:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")

    def _height_at(self, mission: str, seq: int) -> int:
        """The height that a mission had at a seq, found from its newest end."""
        statement = "SELECT height FROM events WHERE mission = ? AND +seq <= ? ORDER BY height DESC LIMIT 1"
        rows = self._rows(statement, mission, seq) if seq else []
        return int(rows[0][0]) if rows else 0

    def _json(self, text: object) -> Any:
        try:
            return parse(text)
        except UnreadableError as error:
            raise explain(self.path, error) from error


class Inbox:
    """All that a front end may write: commands and the blobs they name. Opens the file for each writing only."""

    __slots__ = ("_busy_ms", "path")

    def __init__(self, path: Path, *, busy_ms: int | None = None) -> None:
        self.path = path
        self._busy_ms = busy_ms

    def submit(self, key: str, kind: str, mission: str, body: Mapping[str, Any], actor: str, wall: int) -> bool:
        """Put a command into the inbox, durably; False when its key is already there.

        Raises `StoreError`; ValueError for a body that cannot be stored.
        """
        row = (key, kind, mission, json_text(kind, body), clean_text(actor), wall)
        return self._write(lambda conn: bool(conn.execute(*_insert(conn, row)).rowcount))

    def put_blobs(self, blobs: Mapping[str, bytes]) -> None:
        """Store blobs by their sha256, insert-only. Raises `StoreError`; ValueError when a name does not fit."""
        import hashlib  # reading does without it

        for name, content in blobs.items():
            if hashlib.sha256(content).hexdigest() != name:
                raise ValueError(f"blob {name} does not fit its content")
        self._write(
            lambda conn: conn.executemany(
                "INSERT INTO blobs(sha, content) VALUES (?, ?) ON CONFLICT DO NOTHING", list(blobs.items())
            )
        )

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        check_file(self.path, writing=True, busy_ms=self._busy_ms)
        try:
            with closing(connect(self.path, mode="rw", busy_ms=self._busy_ms)) as conn:
                if not begun(conn):
                    from engine.ledger.schema import create  # heavy; only for the first command of a new home

                    create(self.path)
                conn.execute("PRAGMA synchronous=FULL")
                conn.execute("BEGIN IMMEDIATE")
                try:
                    value = work(conn)
                    conn.execute("COMMIT")
                except BaseException:
                    if conn.in_transaction:
                        conn.execute("ROLLBACK")
                    raise
                return value
        except FAILURES as error:
            raise explain(self.path, error) from error
        except OSError as error:
            raise StoreError(str(self.path), f"cannot be written ({error.strerror})", "check its rights") from error


def _insert(conn: sqlite3.Connection, row: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """The statement that puts a command into the inbox; an older ledger has no place for its seal yet."""
    names, values = "key, kind, mission, body, actor, wall", row
    if conn.execute("SELECT 1 FROM pragma_table_info('inbox') WHERE name = 'seal'").fetchone():
        names, values = f"{names}, seal", (*row, seal(*row))
    return f"INSERT INTO inbox({names}) VALUES ({', '.join('?' * len(values))}) ON CONFLICT DO NOTHING", values  # noqa: S608 (names are ours)
