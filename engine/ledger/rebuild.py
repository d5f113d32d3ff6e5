"""Writing anew what is derived from the events, rows and indexes: for `doctor --rebuild`, while no engine lives."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from engine.ledger import viewrows
from engine.ledger.file import FAILURES, check_file, connect, explain
from engine.ledger.protocol import ViewRow

_NUMBER = """SELECT MAX(COALESCE((SELECT MAX(seq) FROM events), 0), COALESCE((SELECT MAX(seq) FROM views), 0),
    COALESCE((SELECT MAX(seq) FROM gone), 0)) + 1"""


def rebuild(path: Path, rows: Sequence[ViewRow]) -> None:
    """Replace all view rows by these and all indexes by new ones, in one transaction. Raises `StoreError`.

    The caller holds the engine's lock. Front ends that follow see every row as changed.
    """
    encoded = [viewrows.encoded(row) for row in rows]
    check_file(path, writing=True)
    try:
        with closing(connect(path, mode="rw")) as conn:
            conn.execute("BEGIN IMMEDIATE")
            conn.execute("REINDEX")
            number: int = conn.execute(_NUMBER).fetchone()[0]
            conn.execute("DELETE FROM views")
            conn.execute("DELETE FROM gone")
            conn.executemany(
                "INSERT INTO views(kind, id, mission, body, seq) VALUES (?, ?, ?, ?, ?)",
                [(*row, number) for row in encoded],
            )
            conn.execute("COMMIT")
    except FAILURES as error:
        raise explain(path, error) from error
