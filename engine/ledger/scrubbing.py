"""Looking for words in what is kept beside the events, and taking them out: for a person who is forgotten.

Events are never touched. Rows that carry a seal are sealed anew, so that they do not look damaged.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

from engine.ledger.door import seal
from engine.ledger.transactions import check_epoch
from engine.values import Sha256


def pattern(words: Sequence[bytes]) -> re.Pattern[bytes]:
    """Any of these words in bytes; ASCII letters of both cases count as the same."""
    return re.compile(b"|".join(re.escape(word) for word in words) or b"(?!)", re.IGNORECASE)


def text_pattern(words: Sequence[bytes]) -> re.Pattern[str]:
    """The same in text."""
    known = (word.decode("utf-8", "replace") for word in words)
    return re.compile("|".join(re.escape(word) for word in known) or "(?!)", re.IGNORECASE)


def redacted(text: str, words: re.Pattern[str], instead: str) -> str:
    """A text with `instead` in the place of every such word; JSON stays JSON where `instead` needs no escape."""
    return words.sub(instead, text)


def holding(conn: sqlite3.Connection, words: Sequence[bytes]) -> list[Sha256]:
    """Blobs that hold any of these words."""
    found = pattern(words)
    return [Sha256(sha) for sha, content in conn.execute("SELECT sha, content FROM blobs") if found.search(content)]


def scrub(conn: sqlite3.Connection, words: Sequence[bytes], instead: str, epoch: int) -> int:
    """Take words out of commands, results and progress; how many rows were changed. Raises `FencedError`."""
    check_epoch(conn, "inbox", epoch)
    found, changed = text_pattern(words), 0
    for key, kind, mission, body, actor, wall, error in conn.execute(
        "SELECT key, kind, mission, body, actor, wall, error FROM inbox"
    ).fetchall():
        text, told = redacted(body, found, instead), redacted(error, found, instead)
        if (text, told) == (body, error):
            continue
        changed += 1
        conn.execute("UPDATE inbox SET body = ?, error = ? WHERE key = ?", (text, told, key))
        again = seal(key, kind, mission, text, actor, wall)
        conn.execute("UPDATE inbox SET seal = ? WHERE key = ? AND seal != ''", (again, key))
        state, ids = conn.execute("SELECT state, ids FROM inbox WHERE key = ?", (key,)).fetchone()
        conn.execute("UPDATE inbox SET told = ? WHERE key = ? AND told != ''", (seal(key, state, told, ids), key))
    for job, mission, kind, body, wall in conn.execute("SELECT job, mission, kind, body, wall FROM results").fetchall():
        text = redacted(body, found, instead)
        if text != body:
            changed += 1
            again = seal(job, mission, kind, text, wall)
            conn.execute("UPDATE results SET body = ? WHERE job = ?", (text, job))
            conn.execute("UPDATE results SET seal = ? WHERE job = ? AND seal != ''", (again, job))
    for job, note in conn.execute("SELECT job, note FROM progress").fetchall():
        if found.search(note):
            changed += 1
            conn.execute("UPDATE progress SET note = ? WHERE job = ?", (redacted(note, found, instead), job))
    return changed


def let_go(conn: sqlite3.Connection) -> bool:
    """Write the write-ahead log into the file and cut it to nothing; False while a reader holds it for longer than the
    connection waits.
    """
    busy, _log, _done = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
