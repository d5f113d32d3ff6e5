"""P17: a mission moves alone, as one file, with its receipt; what is taken over starts nothing by itself."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cockpit.__main__ import main
from cockpit.cli.doctor import LEDGER, examine
from cockpit.cli.moving import gathered
from cockpit.cli.receipt import build, events_of
from engine.errors import BadInputError
from engine.home import Home
from engine.ledger.archive import Archive, lines, read, write
from engine.ledger.protocol import Answer
from engine.ledger.reader import Reader
from engine.ledger.verify import verify
from engine.receipt.verify import verify as verify_receipt
from engine.values import HOME, digest, sha256
from tests.durable.living import Living

Json = dict[str, Any]


def exported(home: Home, slug: str = "gtm") -> bytes:
    """The bytes of an export."""
    out = io.BytesIO()
    with Reader.open(home.ledger) as reader:
        write(out, *gathered(reader, slug))
    return out.getvalue()


async def take_over(one: Living, archive: Archive, **more: Any) -> Answer:
    """What the command line asks of an engine."""
    events = lines(archive.events)
    await one.store.put_blobs({**archive.blobs, sha256(events): events})
    body: Json = {"events": sha256(events), "head": archive.head, "suppressed": archive.manifest["suppressed"]}
    return await one.say("import", HOME, **{**body, **more})


async def test_p17_a_finished_mission_moves_with_its_receipt(finished: Home, tmp_path: Path) -> None:
    data = exported(finished)
    assert data == exported(finished), "the same mission is the same file"
    archive = read(data, "x")
    with Reader.open(finished.ledger) as reader:
        receipt = build(reader, "gtm")
    async with Living(tmp_path / "there") as one:
        await one.begin_template(tmp_path / "contracts", "feature-launch", seed=1)
        assert (await take_over(one, archive)) == Answer("done", ids=("gtm",))
        await one.work(lambda: False, decide=False)
        with Reader.open(one.home.ledger) as reader:
            assert build(reader, "gtm") == receipt
            assert digest(build(reader, "gtm")) == archive.manifest["receipt_sha256"]
            assert verify_receipt(receipt, events_of(reader, "gtm")) == []
            assert verify(reader) == []
        assert exported(one.home) == data, "and moves on as it came"
        again = await take_over(one, archive)
        assert (again.state, "there is a mission gtm already" in again.error) == ("refused", True)
    assert [found for found in examine(one.home, LEDGER) if found.state == "fail"] == []


async def until(folder: Path, state: str) -> Home:
    """A home whose engine was stopped when an effect was in a state."""
    one = Living(folder / "here")
    await one.open()
    await one.begin_template(folder / "contracts", seed=39)
    if state == "attempting":
        one.engine.executor.start = lambda job: None if job.kind == "effect" else _start(one, job)  # type: ignore[method-assign]
        for runner in one.engine.runners.values():
            runner._start = one.engine.executor.start
    await one.work(lambda: any(effect.state == state for effect in one.state("gtm").effects.values()))
    await one.store.close()  # as if it had been killed
    return one.home


def _start(one: Living, job: Any) -> None:
    type(one.engine.executor).start(one.engine.executor, job)


@pytest.mark.parametrize("state", ["awaiting", "approved", "attempting"])
async def test_p17_what_is_taken_over_is_paused_without_approvals_and_with_doubts(tmp_path: Path, state: str) -> None:
    home = await until(tmp_path, state)
    archive = read(exported(home), "x")
    async with Living(tmp_path / "there") as one:
        answer = await take_over(one, archive)
        assert answer.state == "done", answer
        await one.work(decide=False)
        taken = one.state("gtm")
        assert taken.status == "paused"
        states = {effect.state for effect in taken.effects.values()}
        assert not states & {"approved", "attempting"}
        assert ("in_doubt" in states) == (state == "attempting")
        assert any(item.kind == "doubt" for item in taken.attention.values()) == (state == "attempting")
        await one.say("resume", "gtm")
        await one.work(decide=False)
        assert not list((one.home.outbox / "sandbox" / "new").glob("*")), "nothing leaves by itself"
        await one.work(lambda: one.over("gtm"))
        with Reader.open(one.home.ledger) as reader:
            events = events_of(reader, "gtm")
            assert verify(reader) == []
    assert [replace(event, seq=0) for event in events[: len(archive.events)]] == list(archive.events)


async def test_p17_who_must_not_be_contacted_there_is_not_contacted_here(home: Home, tmp_path: Path) -> None:
    async with Living(home.root) as one:
        person = next(iter(one.state("gtm").effects.values())).persons[0]
        await one.say("suppress", HOME, person=person, because="said stop")
        await one.say("suppress", HOME, person="f" * 64, because="somebody else's")
    archive = read(exported(home), "x")
    assert [known["person"] for known in archive.manifest["suppressed"]] == [person]
    async with Living(tmp_path / "there") as one:
        await take_over(one, archive)
        assert set(one.engine.home.suppressed) == {person}


async def test_p17_a_crash_while_taking_over_leaves_all_or_nothing(home: Home, tmp_path: Path) -> None:
    archive = read(exported(home), "x")
    one = await Living(tmp_path / "there").open()
    append, seen = one.store.append, []

    async def dies(mission: Any, *args: Any, **more: Any) -> int:
        if more.get("history"):
            seen.append(mission)
            raise OSError("killed")
        return await append(mission, *args, **more)

    one.store.append = dies  # type: ignore[method-assign]
    await take_over(one, archive)
    await one.store.close()
    assert seen == ["gtm"]
    async with Living(tmp_path / "there") as again:
        assert await again.store.missions() in ([], [HOME])


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """An archive whose parts somebody changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def manifest(parts: dict[str, bytes], **more: Any) -> None:
    told = json.loads(parts["manifest.json"])
    told |= {"events_sha256": sha256(parts["events.jsonl"]), **more}
    parts["manifest.json"] = json.dumps(told).encode()


def forged(parts: dict[str, bytes]) -> None:
    """Somebody approved more than a human did, and fixed the manifest."""
    parts["events.jsonl"] = parts["events.jsonl"].replace(b'"actor":"human:ada"', b'"actor":"human:eve"')
    manifest(parts)


def shorter(parts: dict[str, bytes]) -> None:
    parts["events.jsonl"] = b"".join(parts["events.jsonl"].splitlines(keepends=True)[:-1])
    manifest(parts)


def renamed(parts: dict[str, bytes]) -> None:
    parts["events.jsonl"] = parts["events.jsonl"].replace(b'"mission":"gtm"', b'"mission":"home"')
    manifest(parts)


def blob(parts: dict[str, bytes]) -> None:
    name = next(name for name in parts if name.startswith("blobs/"))
    parts[name] += b"x"


BAD: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "forged events": (forged, "its chain does not verify"),
    "a cut end": (shorter, "the manifest speaks of another end of the chain"),
    "another mission's name": (renamed, "is not the history of one mission"),
    "a changed blob": (blob, "does not fit its name"),
    "a blob less": (lambda parts: parts.pop(next(n for n in parts if n.startswith("blobs/"))), "its manifest says"),
    "a path": (lambda parts: parts.update({"../../evil": b"x"}), "which no archive holds"),
    "no events": (lambda parts: parts.pop("events.jsonl"), "it has no manifest.json or no events.jsonl"),
    "another format": (lambda parts: manifest(parts, format="mission-archive/9"), "is not of the format"),
    "no JSON": (lambda parts: parts.update({"manifest.json": b"{"}), "cannot be read"),
    "changed lines": (lambda parts: parts.update({"events.jsonl": b"{}\n"}), "is not what the manifest says"),
}


@pytest.mark.parametrize("name", BAD)
def test_p17_an_archive_that_somebody_changed_is_refused_with_a_line(home: Home, name: str) -> None:
    change, words = BAD[name]
    with pytest.raises(BadInputError, match=words):
        read(rewritten(exported(home), change), "x")  # type: ignore[arg-type]


def test_p17_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    monkeypatch.setattr("engine.ledger.archive.LARGEST", 1_000)
    with pytest.raises(BadInputError, match="would unpack to more"):
        read(exported(home), "x")
    for junk in (b"", b"PK", b"hello" * 100, exported(home)[:-30]):
        with pytest.raises(BadInputError, match="is not a mission archive"):
            read(junk, "x")


def test_p17_the_commands(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gtm.mission"
    assert main(["export", "gtm", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert main(["export", "gtm", str(file)]) == 2
    assert main(["export", "nothing", str(tmp_path / "x")]) == 2
    assert main(["import", str(file)]) == 0
    assert "gtm is here already" in capsys.readouterr().out
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "there"))
    assert main(["import", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["done"], told["state"], told["becomes"]) == (False, "active", "paused")
    assert not (tmp_path / "there" / "ledger.db").exists(), "nothing was changed"
    assert main(["import", str(file), "--yes", "--no-engine"]) == 3
    assert "the command is kept" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "nothing")]) == 2
    monkeypatch.setenv("COCKPIT_ATTEMPT", "gtm/A1.1")
    assert main(["import", str(file), "--yes"]) == 1
