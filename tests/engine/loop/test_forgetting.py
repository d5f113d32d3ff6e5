"""Forgetting a person in an engine: facts before content, whatever dies in between; the mission goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from engine.effects.addresses import person
from engine.erasing.redact import pattern, words_of
from engine.ledger.chain import faults
from engine.ledger.memory import MemoryStore
from engine.ledger.protocol import Command, Event, NewEvent
from engine.loop.forgetting import forget, sweep
from engine.loop.homestream import HomeStream
from engine.loop.outcome import RefusedError
from engine.loop.runner import Runner
from engine.receipt.build import build, integrity
from engine.receipt.verify import verify
from engine.state.fold import fold
from engine.values import HOME, MissionId, Sha256, sha256
from tests.builders import LEADS, Play, approved, drafted

BOB = "bob@post.example"
GTM = MissionId("gtm")
NOW = 1_900_000_000_000


class DiedError(Exception):
    """The engine ended here."""


class Mortal(MemoryStore):
    """A store whose engine dies before content is erased, when it is told to."""

    dies = False

    async def erase(self, blobs: Sequence[Sha256], *, epoch: int) -> None:
        """Erase, or die before."""
        if self.dies:
            raise DiedError
        await super().erase(blobs, epoch=epoch)


class Forgetting:
    """A mission in a store, and an engine's parts around it."""

    def __init__(self, store: Mortal, home: HomeStream, runner: Runner) -> None:
        self.store, self.home, self.runner = store, home, runner
        self.runners = {GTM: runner}

    @classmethod
    async def of(cls, play: Play) -> Forgetting:
        store = Mortal()
        epoch = await store.acquire("tests", version="0", wall=1)
        assert epoch is not None
        await store.put_blobs(play.contents)
        events = [NewEvent(e.kind, e.body, e.actor, e.at, e.version) for e in play.events]
        await store.append(GTM, 0, events, epoch=epoch, wall=1)
        return await cls.led(store, epoch)

    @classmethod
    async def led(cls, store: Mortal, epoch: int) -> Forgetting:
        home = HomeStream(store, lambda: NOW)
        await home.load(epoch)

        def fault(_mission: MissionId, error: Exception) -> None:
            raise error

        runner = Runner(store, GTM, epoch=epoch, clock=lambda: NOW, start=lambda _job: None, fault=fault)
        await runner.load()
        return cls(store, home, runner)

    async def ask(self, address: str = BOB, **more: Any) -> Command:
        content = address.encode()
        await self.store.put_blobs({Sha256(sha256(content)): content})
        body = {"person": person(address), "address": sha256(content), **more}
        command = Command("forget", "forget", HOME, body, "human:ada")
        await self.store.submit(command, wall=1)
        return command

    async def forget(self, command: Command) -> None:
        await forget(self.store, self.home, self.runners, command)

    async def events(self) -> list[Event]:
        return [event async for event in self.store.read(mission=GTM)]


async def test_p23_nothing_of_a_person_is_left_and_the_mission_goes_on_without_them() -> None:
    engine = await Forgetting.of(drafted())
    before = await engine.events()
    old = build(fold(GTM, before), integrity(before))
    await engine.forget(await engine.ask())
    assert await engine.store.holding(words_of(BOB)) == []
    assert await engine.store.holding(words_of("eve@post.example"))
    assert person(BOB) in engine.home.state.suppressed
    state = engine.runner.state
    leads = await engine.store.blob(state.inputs["leads"].sha)
    assert leads == LEADS.replace(b"Bob,bob@post.example\n", b"")
    assert await engine.store.blob(Sha256(state.effects["F1"].body)) is None
    assert await engine.store.blob(Sha256(state.effects["F2"].body)) is not None
    events = await engine.events()
    assert not list(faults(events))
    new = build(fold(GTM, events), integrity(events))
    assert verify(new, events) == []
    assert verify(old, events) == []
    assert {gone["what"] for gone in new["integrity"]["erased"]} >= {"effect F1", "handoff of A1.1", "input"}
    answer = await engine.store.answer("forget")
    assert answer is not None
    assert answer.state == "done"


async def test_p23_an_engine_that_died_in_between_erases_at_its_next_start() -> None:
    engine = await Forgetting.of(drafted())
    command = await engine.ask()
    engine.store.dies = True
    with pytest.raises(DiedError):
        await engine.forget(command)
    assert await engine.store.holding(words_of(BOB))
    engine.store.dies = False
    again = await Forgetting.led(engine.store, engine.home.epoch)
    await sweep(again.store, again.home, again.runners)
    assert await again.store.holding(words_of(BOB)) == []
    height = again.runner.state.height
    await again.forget(command)
    assert again.runner.state.height == height, "told twice, it is recorded once"
    answer = await again.store.answer("forget")
    assert answer is not None
    assert answer.state == "done"


async def test_what_is_being_sent_just_now_is_waited_for() -> None:
    play = approved()
    play.wait(10_000).go()
    engine = await Forgetting.of(play)
    with pytest.raises(RefusedError, match="gtm/F1 is being sent to this person just now"):
        await engine.forget(await engine.ask())


async def test_an_address_that_is_not_the_persons_is_refused() -> None:
    engine = await Forgetting.of(drafted())
    with pytest.raises(RefusedError, match="not that of the person"):
        await engine.forget(await engine.ask(person=person("eve@post.example")))
    assert pattern(words_of(BOB)).search(await engine.store.blob(engine.runner.state.inputs["leads"].sha) or b"")
