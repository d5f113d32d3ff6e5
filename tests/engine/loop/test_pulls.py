"""A whole engine whose workers ask for what their packages do not tell: answered, recorded, answered again the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.ledger.protocol import Event
from engine.loop.engine import Engine
from engine.loop.replay import Again, replay
from engine.redaction import Redactor
from engine.tools.protocol import Answer
from engine.values import Sha256
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import GTM, House, ask, text

SECRET = "correct-horse-battery-1234"
STATE = "state: {builtin: state, stance: allow, verbs: [read], roles: [clerk], calls: 4}"


class Knowing(House):
    """Its engine learns a secret when a test says so."""

    def _engine(self, owner: str) -> Engine:
        self.redactor = Redactor()
        return Engine(replace(super()._engine(owner)._around, redactor=self.redactor), owner)


class Played(NamedTuple):
    """A mission that has come to rest, and what its calls were answered."""

    house: House
    said: list[Answer]


async def replayed(house: House) -> list[Again]:
    events: list[Event] = [event async for event in house.store.read(mission=GTM)]
    shas = {sha for event in events for sha in _shas(event.body)}
    blobs = {sha: await house.store.blob(Sha256(sha)) for sha in shas}
    return list(replay(GTM, events, blobs.get))


def _shas(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if len(value) == 64 else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return {sha for part in parts for sha in _shas(part)}


Call = tuple[str, dict[str, Any]]


async def played(
    folder: Path, *calls: Call, notes: tuple[str, ...] = ("The price is 90",), tools: str = STATE
) -> Played:
    """A mission at rest whose first attempt made these calls once a human had said what the price is. From then on its
    engine knows a secret.
    """
    house, said = Knowing(folder, text(tools)), list[Answer]()

    async def work(_job: AttemptJob, io: WorkerIO) -> str:
        while len(house.state.items) < len(notes):
            await io.sleep(10)
        house.redactor.remember(SECRET, "keyring:mine")
        for number, (name, arguments) in enumerate(() if said else calls):
            said.append(await ask(io.tools, f"state__{name}", json.dumps(arguments), str(number)))
        return "done"

    house.worker.script = work
    await house.begin()
    await house.until(lambda: house.worker.jobs)
    for note in notes:
        answer = await house.give("note", {"text": note, "subject": "price"})
        assert answer.state == "done", answer
    await house.rest(20_000)
    return Played(house, said)


async def test_p22_what_is_asked_for_is_answered_recorded_and_answered_again_the_same(tmp_path: Path) -> None:
    calls: tuple[Call, ...] = (
        ("get", {"id": "D1"}),
        ("search", {"query": "what price"}),
        ("get", {"id": "D77"}),
    )
    house, (got, found, unknown) = await played(tmp_path, *calls, notes=("The price is 90", "The price is 120"))
    assert "- D1 The price is 90 [does not hold: superseded, by D2]" in got.text
    assert "- D2 The price is 120" in got.text
    assert found.text.startswith("1 found, 1 told; the record as it stands at #")
    assert (unknown.verdict, "not told (unknown)" in unknown.text) == ("failed", True)
    pulls = await house.kinds("context.pulled")
    assert [[one["id"] for one in pull.get("items", ())] for pull in pulls] == [["D1", "D2"], ["D2"], []]
    assert [[one["code"] for one in pull.get("untold", ())] for pull in pulls] == [[], [], ["unknown"]]
    assert [pull.items for pull in house.state.pulls.values()] == [("D1", "D2"), ("D2",), ()]
    again = [one for one in await replayed(house) if one.what == "pull"]
    assert [(one.same, one.why) for one in again] == [(True, "")] * 3


async def test_p22_an_answer_that_would_come_out_otherwise_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _said = await played(tmp_path, ("get", {"id": "D1"}))
    monkeypatch.setattr("engine.context.pulling.ANSWER", 92)
    (wrong,) = [one for one in await replayed(house) if one.same is False]
    assert (wrong.what, "items" in wrong.why, "tokens" in wrong.why) == ("pull", True, True)


async def test_a_package_tells_of_the_tool_and_what_a_human_said_stays_trusted(tmp_path: Path) -> None:
    house, _said = await played(tmp_path, ("get", {"id": "D1"}))
    assert "- state (get, search), at most 4 calls; what your package does not tell" in house.worker.jobs[0].package
    (called,) = await house.kinds("tool.called")
    assert called["after"] == {"holds": ["D1"], "secrecy": "private"}
    assert await house.kinds("tool.begun") == []


async def test_calls_are_counted_and_without_a_grant_nothing_is_told(tmp_path: Path) -> None:
    calls: tuple[Call, ...] = tuple(("search", {"query": f"price {n}"}) for n in range(6))
    house, said = await played(tmp_path / "one", *calls)
    assert [one.verdict for one in said] == ["done"] * 4 + ["refused"] * 2
    assert len(await house.kinds("context.pulled")) == 4
    house, said = await played(tmp_path / "two", ("get", {"id": "D1"}), tools="notes: {builtin: workspace}")
    assert [one.verdict for one in said] == ["refused"]
    assert "90" not in said[0].text


async def test_arguments_that_do_not_fit_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    calls: tuple[Call, ...] = (
        ("search", {"query": "x" * 500}),
        ("search", {"query": "ab", "kind": "rumour"}),
        ("get", {"id": ""}),
    )
    house, said = await played(tmp_path, *calls)
    assert [one.verdict for one in said] == ["refused"] * 3
    assert await house.kinds("context.pulled") == []


async def test_p8_a_secret_of_this_installation_is_not_told_and_that_is_recorded(tmp_path: Path) -> None:
    house, (said,) = await played(tmp_path, ("get", {"id": "D1"}), notes=(f"the word is {SECRET}",))
    assert (said.verdict, SECRET in said.text) == ("failed", False)
    (pull,) = await house.kinds("context.pulled")
    assert pull["untold"] == [{"id": "D1", "code": "secret"}]
    assert [one.same for one in await replayed(house) if one.what == "pull"] == [True]
