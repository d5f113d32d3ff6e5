"""P5: flip one bit that holds something, anywhere in the ledger, and the doctor notices."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.cli.doctor import LEDGER, examine
from engine.home import Home

LIVE = {
    "events": "*",
    "blobs": "sha, content",
    "inbox": "*",
    "results": "*",
    "views": "kind, id, mission, body",
}
"""What a ledger is there to keep. Not: the numbers of rows, the lease, progress, and the names of rows that went."""


def contents(path: Path) -> list[object] | None:
    """All that is kept, as bytes; None for a file that cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as conn:
            conn.text_factory = bytes
            return [conn.execute(f"SELECT {columns} FROM {table}").fetchall() for table, columns in LIVE.items()]
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def flips(home: Home, count: int, seed: int) -> None:
    """So many flips, each of which changed something that is kept, or made it unreadable: the doctor finds them all."""
    dice = random.Random(seed)
    with closing(sqlite3.connect(home.ledger)) as conn:
        conn.execute("PRAGMA journal_mode=DELETE")
    whole, before = home.ledger.read_bytes(), contents(home.ledger)
    assert before is not None
    done = 0
    while done < count:
        place, bit = dice.randrange(len(whole)), dice.randrange(8)
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        home.ledger.write_bytes(bytes(damaged))
        if contents(home.ledger) != before:
            done += 1
            found = [one for one in examine(home, LEDGER) if one.state == "fail"]
            assert found, f"seed {seed}: bit {bit} of byte {place} changed something and was not noticed"
            assert all(one.mend for one in found)


def test_p5_flipped_bits_are_found(home: Home) -> None:
    flips(home, 25, 20_261_130)


@pytest.mark.thorough
def test_p5_three_hundred_flipped_bits_are_found(home: Home) -> None:
    flips(home, 300, 1)
