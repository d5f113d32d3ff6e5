"""View rows in SQL: each carries the number of the append that wrote it, and a row that went leaves its name.

So a front end asks for what changed since a number. Plain functions of a connection, as in `transactions`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from engine.ledger.door import json_text
from engine.ledger.file import UnreadableError, parse
from engine.ledger.protocol import ViewRow
from engine.values import MissionId

Encoded = tuple[str, str, str, str | None]
"""Kind, id, mission and JSON of a row; None for one that goes."""

_PUT = (
    "INSERT INTO views(kind, id, mission, body, seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT(kind, id) "
    "DO UPDATE SET mission = excluded.mission, body = excluded.body, seq = excluded.seq"
)


def encoded(row: ViewRow) -> Encoded:
    """A row as it is stored; its floats pass, because nothing hashes it. Raises ValueError."""
    text = None if row.body is None else json_text(row.kind, row.body, floats=True)
    return row.kind, row.id, row.mission, text


def write(conn: sqlite3.Connection, rows: Sequence[Encoded]) -> None:
    """Write the rows of one append under one number, in a transaction.

    The number is the seq of the append's last event. An append without events, or one that follows such a one, counts
    on from the last number, so that it always grows.
    """
    number: int = conn.execute(
        "SELECT MAX(COALESCE((SELECT MAX(seq) FROM events), 0), COALESCE((SELECT MAX(seq) FROM views), 0) + 1, "
        "COALESCE((SELECT MAX(seq) FROM gone), 0) + 1)"
    ).fetchone()[0]
    for kind, name, mission, text in rows:
        if text is not None:
            conn.execute(_PUT, (kind, name, mission, text, number))
            conn.execute("DELETE FROM gone WHERE kind = ? AND id = ?", (kind, name))
        elif conn.execute("DELETE FROM views WHERE kind = ? AND id = ?", (kind, name)).rowcount:
            conn.execute("INSERT INTO gone(kind, id, mission, seq) VALUES (?, ?, ?, ?)", (kind, name, mission, number))


def listed(conn: sqlite3.Connection, kind: str, mission: str | None) -> list[ViewRow]:
    """View rows of a kind, in order of their first writing."""
    if mission is None:
        rows = conn.execute("SELECT kind, id, mission, body FROM views WHERE kind = ? ORDER BY rowid", (kind,))
    else:
        rows = conn.execute(
            "SELECT kind, id, mission, body FROM views WHERE kind = ? AND mission = ? ORDER BY rowid", (kind, mission)
        )
    return [ViewRow(row[0], row[1], row[2], _parsed(row[3])) for row in rows.fetchall()]


def _parsed(text: object) -> dict[str, Any]:
    """The body of a row; of one that cannot be read, one that no state gives: the engine then writes it anew."""
    try:
        body = parse(text)
    except UnreadableError:
        return {"unreadable": True}
    return body if isinstance(body, dict) else {"unreadable": True}


def changed(conn: sqlite3.Connection, after: int) -> tuple[list[ViewRow], int]:
    """Rows written after a number, body None for one that went, in the order of writing; and the last number."""
    rows = conn.execute(
        "SELECT kind, id, mission, body, seq, rowid FROM views WHERE seq > ? "
        "UNION ALL SELECT kind, id, mission, NULL, seq, 0 FROM gone WHERE seq > ? ORDER BY 5, 6",
        (after, after),
    ).fetchall()
    found = [ViewRow(row[0], row[1], MissionId(row[2]), None if row[3] is None else parse(row[3])) for row in rows]
    return found, rows[-1][4] if rows else max(after, 0)
