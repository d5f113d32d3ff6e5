"""P17: copies taken from a living ledger are whole, and a copy that is put back starts nothing by itself."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.__main__ import main
from cockpit.cli.receipt import build, events_of
from engine.errors import BadInputError, SaysNoError
from engine.ledger.backup import back_up, inspect, restore
from engine.ledger.lease import FileLock
from engine.ledger.protocol import DamagedError
from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from engine.receipt.verify import verify as verify_receipt
from engine.values import MissionId
from tests.durable.living import Living
from tests.durable.stream import Pouring


def under_load(folder: Path, copies: int) -> None:
    """Copy a ledger again and again while another process appends: what was acknowledged before is in each copy."""
    ledger = folder / "ledger.db"
    engine = Pouring(ledger)
    try:
        for number in range(copies):
            engine.hear(25)
            before = dict(engine.acknowledged)
            whole = back_up(ledger, folder / f"copy-{number}.db")
            held = {stream.mission: stream.height for stream in whole.streams}
            assert {m: h for m, h in before.items() if held.get(m, 0) < h} == {}
            with Reader.open(whole.path) as reader:
                assert verify(reader) == []
            assert engine.process.poll() is None
            if number > 5:
                whole.path.unlink()
    finally:
        engine.kill()
    with Reader.open(ledger) as reader:
        assert verify(reader) == []
        assert {m: h for m, h in engine.acknowledged.items() if reader.head(m)["height"] < h} == {}


def test_p17_a_copy_under_load_is_whole_and_holds_what_was_acknowledged(tmp_path: Path) -> None:
    under_load(tmp_path, 6)


@pytest.mark.thorough
def test_p17_a_hundred_copies_under_load(tmp_path: Path) -> None:
    under_load(tmp_path, 100)


async def along_a_mission(folder: Path, every: int) -> int:
    """Copy a ledger all along a mission: the receipt of each copy is what the live ledger says of that height."""
    made = []
    async with Living(folder / "home") as one:
        slug = await one.begin_template(folder / "contracts", seed=39)
        while not one.over(slug):
            height = one.state(slug).height
            await one.work(lambda height=height: one.over(slug) or one.state(slug).height >= height + every)  # type: ignore[misc]
            copy = back_up(one.home.ledger, folder / f"at-{one.state(slug).height}.db")
            with Reader.open(copy.path) as reader:
                made.append(build(reader, slug))
            copy.path.unlink()
        with Reader.open(one.home.ledger) as reader:
            events = events_of(reader, slug)
    for receipt in made:
        assert verify_receipt(receipt, events) == []
    return len(made)


async def test_p17_receipts_of_copies_are_what_the_ledger_says(tmp_path: Path) -> None:
    assert await along_a_mission(tmp_path, 60) >= 5


@pytest.mark.thorough
async def test_p17_a_hundred_receipts_of_copies(tmp_path: Path) -> None:
    made = 0
    for number in range(7):
        made += await along_a_mission(tmp_path / str(number), 14)
    assert made >= 100


@pytest.fixture
async def living(tmp_path: Path) -> Living:
    """A home whose mission has approved mails that have not left yet; its engine has ended."""
    one = Living(tmp_path / "home")
    async with one:
        slug = await one.begin_template(tmp_path / "contracts", seed=39)
        await one.work(lambda: any(e.state == "approved" for e in one.state(slug).effects.values()))
    return one


def test_p17_a_copy_is_private_named_last_and_never_replaces_a_file(living: Living, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    whole = back_up(living.home.ledger, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {stream.mission for stream in whole.streams} >= {"gtm"}
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.db"]
    with pytest.raises(BadInputError, match="is there already"):
        back_up(living.home.ledger, target)
    with pytest.raises(BadInputError, match="cannot be written there"):
        back_up(living.home.ledger, tmp_path / "nowhere" / "copy.db")


def test_p17_a_damaged_ledger_is_not_copied(living: Living, tmp_path: Path) -> None:
    with closing(sqlite3.connect(living.home.ledger)) as conn:
        conn.execute("DROP TRIGGER events_no_update")
        conn.execute("UPDATE events SET actor = 'human:eve' WHERE seq = 5")
        conn.commit()
    with pytest.raises(DamagedError, match="does not verify: gtm: event 5"):
        back_up(living.home.ledger, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy*"))


async def test_p17_what_is_put_back_pauses_and_forgets_its_approvals(living: Living, tmp_path: Path) -> None:
    home = living.home
    back_up(home.ledger, tmp_path / "copy.db")
    async with Living(home.root, now=living.now) as one:  # what the copy does not know of: everything is sent
        await one.work(lambda: one.over("gtm"))
        sent = {path.name for path in (home.outbox / "sandbox" / "new").iterdir()}
        known = (await one.store.head(MissionId("gtm"))).hash
    whole, kept = restore(tmp_path / "copy.db", home.ledger, FileLock(home.lock), moment="then", wall=living.now)
    assert whole.events < inspect(kept or Path()).events
    with Reader.open(kept or Path()) as reader:
        assert reader.head("gtm")["hash"] == known
    shutil.rmtree(home.outbox)  # not even a sink that drops doubles is needed
    async with Living(home.root, now=living.now) as one:
        await one.work(decide=False)
        state = one.state("gtm")
        assert state.status == "paused"
        assert not any(effect.state in {"approved", "attempting"} for effect in state.effects.values())
        await one.say("resume", "gtm")
        await one.work(decide=False)
        assert not list((home.outbox / "sandbox" / "new").glob("*")), "nothing leaves that was not approved again"
        asked = [item for item in state.attention.values() if item.about.startswith("expired:")]
        assert asked
        await one.work(lambda: one.over("gtm"))
        assert one.state("gtm").status == "finished"
    assert sent


def test_p17_nothing_is_put_back_under_a_living_engine(living: Living, tmp_path: Path) -> None:
    back_up(living.home.ledger, tmp_path / "copy.db")
    lock = FileLock(living.home.lock)
    assert lock.take(None)
    before = living.home.ledger.read_bytes()
    with pytest.raises(SaysNoError, match="an engine is at work on it; end it first: cockpit engine --stop"):
        restore(tmp_path / "copy.db", living.home.ledger, FileLock(living.home.lock), moment="x", wall=1)
    assert living.home.ledger.read_bytes() == before
    lock.drop(None)


def test_p17_what_was_asked_before_the_copy_is_not_decided_after_it(living: Living, tmp_path: Path) -> None:
    with closing(sqlite3.connect(living.home.ledger)) as conn:
        conn.execute(
            "INSERT INTO inbox(key, kind, mission, body, actor, wall) VALUES ('k', 'stop', 'gtm', '{}', 'me', 1)"
        )
        conn.commit()
    back_up(living.home.ledger, tmp_path / "copy.db")
    restore(tmp_path / "copy.db", living.home.ledger, FileLock(living.home.lock), moment="x", wall=1)
    with Reader.open(living.home.ledger) as reader:
        answer = reader.answer("k")
    assert answer is not None
    assert answer["state"] == "refused"


def test_p17_the_commands(
    living: Living, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COCKPIT_HOME", str(living.home.root))
    monkeypatch.delenv("COCKPIT_ATTEMPT", raising=False)
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    head = {stream["mission"]: stream["head_hash"] for stream in told["streams"]}
    with Reader.open(living.home.ledger) as reader:
        assert head["gtm"] == reader.head("gtm")["hash"]
    assert main(["backup", str(copy)]) == 2
    assert "is there already" in capsys.readouterr().err
    before = living.home.ledger.read_bytes()
    assert main(["restore", str(copy)]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert living.home.ledger.read_bytes() == before
    assert main(["restore", str(copy), "--yes"]) == 0
    assert "the former one is kept" in capsys.readouterr().out
    assert list(living.home.root.glob("ledger.db.before-restore-*"))
    assert main(["restore", "ada@yours.example"]) == 2
    assert "cockpit unsuppress" in capsys.readouterr().err
    copy.write_bytes(copy.read_bytes()[:-4096])
    assert main(["restore", str(copy), "--yes"]) == 3
    assert "is cut short" in capsys.readouterr().err
    assert main(["restore", str(living.home.ledger)]) == 2
    monkeypatch.setenv("COCKPIT_ATTEMPT", "gtm/A1.1")
    assert main(["restore", str(copy), "--yes"]) == 1
