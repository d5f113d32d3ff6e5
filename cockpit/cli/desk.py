"""What every reading command needs: the home, the ledger, and the thing that an id means."""

from __future__ import annotations

import os
import sqlite3
import time
from argparse import Namespace
from typing import Any

from engine.errors import BadInputError, SaysNoError, StoreError
from engine.home import Home
from engine.ledger.reader import Reader

Json = dict[str, Any]

NO_MISSIONS = "no missions yet; cockpit new gtm-channel writes a contract, cockpit start FILE --rehearse runs it"


def home_of(args: Namespace) -> Home:
    """The home that this call is about."""
    return Home.resolve(args.home, os.environ)


def open_reader(home: Home) -> Reader:
    """The ledger for reading; a home that has none yet reads as empty, and is not made by looking.

    Raises `StoreError` for a home that cannot be one, instead of saying that it is empty.
    """
    require_folder(home)
    home.require()
    if not home.ledger.exists():
        return Reader(home.ledger, sqlite3.connect(":memory:", isolation_level=None), "")
    return Reader.open(home.ledger)


def require_folder(home: Home) -> None:
    """Raises `StoreError` when a file stands where the home, or a folder above it, belongs."""
    for step in (home.root, *home.root.parents):
        if step.is_dir():
            return
        if step.exists():
            mend = "move it away, or choose another home with --home"
            raise StoreError(str(step), "is a file where a folder belongs", mend)


def wall_ms() -> int:
    """Now, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


def mission_now(reader: Reader, slug: str) -> int:
    """The time on a mission's own clock: that of its last event and what has passed since."""
    rows = reader.query("SELECT at, wall FROM events WHERE mission = ? ORDER BY height DESC LIMIT 1", slug)
    if not rows:
        return wall_ms()
    at, wall = rows[0]
    return int(at + max(wall_ms() - wall, 0))


def card_of(reader: Reader, slug: str) -> Json:
    """A mission's card. Raises `BadInputError` with what there is instead."""
    cards = reader.views("card")
    for card in cards:
        if card["id"] == slug:
            return card
    if not cards:
        raise BadInputError(slug, "there is no such mission", NO_MISSIONS)
    known = ", ".join(card["id"] for card in cards[:8])
    raise BadInputError(slug, "there is no such mission", f"there is {known}{' ...' if len(cards) > 8 else ''}")


def item_of(reader: Reader, text: str) -> Json:
    """An open attention item by its id, with or without the slug. Raises `SaysNoError` when it is not open."""
    rows = [row for row in reader.views("attention") if fits(row["id"], text)]
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise BadInputError(text, "is there in several missions", f"say {' or '.join(row['id'] for row in rows)}")
    raise SaysNoError(text, "is not open: decided already, withdrawn, or never there", "cockpit attention")


def fits(full: str, text: str) -> bool:
    """Whether `Q4`, `q4` or `gtm/Q4` means the full id `gtm/Q4`."""
    if "/" in text:
        return full.lower() == text.lower()
    return full.rpartition("/")[2].lower() == text.lower()


def split(text: str) -> tuple[str, str]:
    """The slug and the short id of `gtm/Q4`; an empty slug where none was given."""
    slug, _, short = text.rpartition("/")
    return slug, (short[:1].upper() + short[1:])


def mission_of_id(reader: Reader, text: str, kind: str, field: str) -> tuple[str, str]:
    """(slug, short id) of what an event of `kind` brought about, `field` naming it in the body.

    Raises `SaysNoError` when there is none, `BadInputError` when there are several.
    """
    slug, short = split(text)
    found = [
        event["mission"] for event in reader.events(slug or None, kinds=[kind]) if event["body"].get(field) == short
    ]
    missions = list(dict.fromkeys(found))
    if len(missions) == 1:
        return missions[0], short
    if missions:
        raise BadInputError(
            text, "is there in several missions", f"say {' or '.join(f'{m}/{short}' for m in missions)}"
        )
    raise SaysNoError(text, "there is nothing of this id", "cockpit attention, cockpit board MISSION")


def branch_of(reader: Reader, slug: str, text: str) -> Json:
    """A branch of a mission by its id or its key. Raises `BadInputError`."""
    rows = reader.views("branch", slug)
    for row in rows:
        if fits(row["id"], text) or row.get("key") == text:
            return row
    known = ", ".join(str(row.get("key")) for row in rows) or "none yet"
    raise BadInputError(text, f"{slug} has no such branch", f"there is {known}")


def branch_id(reader: Reader, slug: str, text: str | None) -> str:
    """The short id of the branch that somebody means, as commands carry it; "" when nobody named one."""
    return str(branch_of(reader, slug, text)["id"]).rpartition("/")[2] if text else ""
