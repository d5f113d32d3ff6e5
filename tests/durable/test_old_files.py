"""P18: ledgers that released versions wrote open, are migrated after a backup, and give the receipts that they gave."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cockpit.__main__ import main
from cockpit.cli.doctor import LEDGER, examine
from cockpit.cli.receipt import build, events_of
from engine.home import Home
from engine.ledger.bodies import Opaque, decode
from engine.ledger.file import SCHEMA_VERSION
from engine.ledger.protocol import Event
from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from engine.receipt.account import reconcile
from engine.values import MissionId, Sha256
from tests.durable.golden import golden, lacking
from tests.durable.living import Living

FIXTURES = Path(__file__).parents[1] / "fixtures"
SCHEMAS = range(1, SCHEMA_VERSION + 1)
Json = dict[str, Any]


def opened(folder: Path, schema: int) -> Home:
    """A home with the ledger that a release of this schema left: one rehearsed mission, finished."""
    home = Home.at(folder / "home")
    home.root.mkdir(mode=0o700)
    os.close(os.open(home.ledger, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(home.ledger)) as conn:
        conn.executescript(gzip.decompress((FIXTURES / f"schema-{schema}.sql.gz").read_bytes()).decode())
    return home


def printed(schema: int) -> Json:
    """The receipt that the same release printed of it."""
    made: Json = json.loads(gzip.decompress((FIXTURES / f"schema-{schema}.receipt.json.gz").read_bytes()))
    return made


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_p18_every_released_schema_opens_and_gives_the_same_receipt(tmp_path: Path, schema: int) -> None:
    home, told = opened(tmp_path, schema), printed(schema)
    with Reader.open(home.ledger) as reader:
        assert reader.warning == ""
        assert verify(reader) == []
        before, events = build(reader, "small"), list(reader.events())
    for name in ("head_hash", "height"):
        assert before["integrity"][name] == told["integrity"][name]
    for name in ("state", "because", "target", "created_at", "ended_at"):
        assert before["mission"][name] == told["mission"][name]
    assert before["spend"]["total_micro_usd"] == told["spend"]["total_micro_usd"]
    assert before["decisions"] == told["decisions"]
    assert reconcile(before) == []

    async with Living(home.root) as one:
        assert one.state("small").status == "finished"
    with Reader.open(home.ledger) as reader:
        assert reader.query("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        assert list(reader.events()) == events
        assert build(reader, "small") == before
    assert [one for one in examine(home, LEDGER) if one.state == "fail"] == []
    saved = home.root / f"ledger.db.bak-{schema}"
    assert saved.exists() == (schema < SCHEMA_VERSION)
    if saved.exists():
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        with Reader.open(saved) as reader:
            assert reader.query("PRAGMA user_version") == [(schema,)]
            assert list(reader.events()) == events


@pytest.mark.parametrize("schema", SCHEMAS)
def test_p18_what_an_older_release_left_is_shown_before_any_engine_runs(
    tmp_path: Path, schema: int, capsys: pytest.CaptureFixture[str]
) -> None:
    home = opened(tmp_path, schema)
    for call in (["ls"], ["show", "small"], ["log", "small"], ["receipt", "small"], ["spend", "small"]):
        assert main(call) == 0, call
    assert "Write to three people" in capsys.readouterr().out
    with Reader.open(home.ledger) as reader:
        assert reader.query("PRAGMA user_version") == [(schema,)], "looking changes nothing"


def test_p18_a_newer_schema_opens_read_only_and_names_who_wrote_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = opened(tmp_path, SCHEMA_VERSION)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
        conn.execute("UPDATE lease SET version = '9.1'")
        conn.execute("ALTER TABLE events ADD COLUMN more TEXT")
    before = home.ledger.read_bytes()
    assert main(["receipt", "small"]) == 0
    assert main(["ls"]) == 0
    capsys.readouterr()
    for call in (["pause", "small"], ["engine", "--until-idle"], ["backup", str(tmp_path / "x")]):
        assert main(call) == 3, call
        said = capsys.readouterr().err
        assert f"was written by a newer release (9.1, schema {SCHEMA_VERSION + 1}" in said
    assert home.ledger.read_bytes() == before


@pytest.mark.parametrize("known", golden().values(), ids=lambda known: f"{known['kind']}-{known['version']}")
def test_p18_events_of_every_kind_and_version_decode_for_ever(known: Json) -> None:
    none = Sha256("")
    event = Event(
        1, MissionId("m"), 1, known["kind"], known["version"], known["body"], none, "", none, 1, 1, "engine", 1
    )
    body = decode(event)
    assert not isinstance(body, Opaque)
    means = body.model_dump(mode="json")
    assert still(known["means"], means)


def still(known: object, means: object) -> bool:
    """Whether everything that an event meant is what it means, on every level; a later release may say more."""
    if isinstance(known, dict) and isinstance(means, dict):
        return all(name in means and still(value, means[name]) for name, value in known.items())
    if isinstance(known, list) and isinstance(means, list):
        return len(known) == len(means) and all(map(still, known, means))
    return known == means


@pytest.mark.thorough
def test_p18_every_kind_of_event_has_its_example() -> None:
    assert [body.KIND for body in lacking()] == [], "python -m tests.durable.golden writes what is new"


def test_p18_a_kind_of_a_later_release_is_kept_and_shown(tmp_path: Path) -> None:
    home = opened(tmp_path, SCHEMA_VERSION)
    with Reader.open(home.ledger) as reader:
        events = events_of(reader, "small")
    later = events[-1].__class__(**{**{n: getattr(events[-1], n) for n in Event.__slots__}, "version": 99})
    assert isinstance(decode(later), Opaque)
    assert decode(later).model_dump()["raw"] == dict(later.body)
