"""The last moment before the wire: what waits for its turn at a connector can still be stopped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from engine.effects.canonical import parse
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from engine.ledger.protocol import FencedError, Job, Result, Store
from engine.loop.decide.outward import recalled
from engine.loop.jobs import LocalExecutor
from engine.values import Sha256
from tests.builders import WORLD, Play
from tests.engine.effects.contract import AT, message
from tests.engine.loop.test_outward import BOB, suppressing
from tests.engine.loop.test_pace import approved as on_their_way

COUNT = 4


class Slow:
    """A connector that waits for a word before each answer."""

    name, delivery = "slow", "lookup"

    def __init__(self, *, serial: bool = True, answer: Delivered | Refused | Unknown | None = None) -> None:
        self.serial, self._answer = serial, answer or Delivered("there")
        self.begun: list[str] = []
        self.asked: list[int] = []
        self.word = asyncio.Semaphore(0)

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        self.begun.append(parse(effect).effect)
        await self.word.acquire()
        return self._answer

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> NotFound:
        self.asked.append(age_ms)
        return NotFound()


class Bench:
    """An executor with effects F0 to F3 for one connector; `results` by job."""

    def __init__(self, connector: Slow) -> None:
        self.connector, self.results, self.blobs = connector, dict[str, dict[str, Any]](), dict[str, bytes]()
        self.suppressed, self.recalled, self.leading = set[str](), dict[str, str](), True
        self.executor = LocalExecutor(
            cast("Store", self),
            workers={},
            connectors={"slow": cast("Connector", connector)},
            source=cast("Any", None),
            suppressed=lambda person: person in self.suppressed,
            leads=self._leads,
            work=Path("/nowhere"),
            clock=lambda: AT + 5_000,
            sleep=cast("Any", None),
            recalled=lambda job: self.recalled.get(str(job.body["effect"]), ""),
        )
        for number in range(COUNT):
            made = message(effect=f"gtm/F{number}", connector="slow")
            self.blobs |= {f"c{number}": made.canonical, f"b{number}": made.body}
            body = {"effect": f"F{number}", "n": 1, "connector": "slow", "key": f"gtm/F{number}", "at": AT}
            body |= {"content": f"c{number}", "body": f"b{number}", "digest": made.digest, "persons": [f"p{number}"]}
            self.executor.start(Job(f"gtm/F{number}.1", "effect", cast("Any", "gtm"), body))

    async def _leads(self) -> None:
        if not self.leading:
            raise FencedError("the ledger", "another engine leads", "step down")

    async def blob(self, sha: Sha256) -> bytes | None:
        return self.blobs.get(sha)

    async def put_result(self, result: Result, wall: int) -> None:
        self.results[result.job] = dict(result.body)

    async def until(self, begun: int) -> None:
        """Wait until so many deliveries have begun, and nothing moves any more."""
        while len(self.connector.begun) < begun:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)

    async def end(self) -> dict[str, Any]:
        """Let everything come to its end: what became of each."""
        for _ in range(COUNT):
            self.connector.word.release()
        while self.executor.running():
            await asyncio.sleep(0)
        return {job.removeprefix("gtm/").removesuffix(".1"): said["outcome"] for job, said in self.results.items()}


async def test_a_serial_connector_is_handed_one_effect_at_a_time() -> None:
    bench = Bench(Slow())
    await bench.until(1)
    assert bench.connector.begun == ["gtm/F0"]
    assert set((await bench.end()).values()) == {"delivered"}
    assert len(bench.connector.begun) == COUNT


async def test_others_are_handed_everything_at_once() -> None:
    bench = Bench(Slow(serial=False))
    await bench.until(COUNT)
    await bench.end()


async def test_a_suppression_reaches_what_waits_for_its_turn() -> None:
    bench = Bench(Slow())
    await bench.until(1)
    bench.suppressed.add("p3")
    assert (await bench.end())["F3"] == "withdrawn"
    assert "gtm/F3" not in bench.connector.begun


async def test_a_stop_reaches_what_waits_for_its_turn() -> None:
    bench = Bench(Slow())
    await bench.until(1)
    bench.recalled |= {"F1": "the mission is over", "F2": "the mission is over"}
    ends = await bench.end()
    assert ends == {"F0": "delivered", "F1": "held", "F2": "held", "F3": "delivered"}
    assert bench.results["gtm/F1.1"]["said"] == "the mission is over"


async def test_a_lost_lease_reaches_what_waits_for_its_turn() -> None:
    bench = Bench(Slow())
    await bench.until(1)
    bench.leading = False
    assert await bench.end() == {"F0": "delivered"}
    assert bench.connector.begun == ["gtm/F0"]


async def test_what_waits_behind_a_refusal_of_everything_is_not_tried() -> None:
    bench = Bench(Slow(answer=Refused("the login was refused", whole=True)))
    await bench.until(1)
    assert await bench.end() == {"F0": "refused", "F1": "held", "F2": "held", "F3": "held"}
    assert bench.connector.begun == ["gtm/F0"]
    said = bench.results["gtm/F0.1"]
    assert (said["temporary"], said["whole"], said["at"]) == (False, True, AT + 5_000)


async def test_what_waits_behind_a_refusal_of_one_is_tried() -> None:
    bench = Bench(Slow(answer=Refused("no such person")))
    await bench.until(1)
    assert set((await bench.end()).values()) == {"refused"}
    assert len(bench.connector.begun) == COUNT


async def test_what_is_kept_of_a_refusal_names_no_address() -> None:
    bench = Bench(Slow(answer=Refused("the recipient bob@example.org was refused: 550 <Bob@Example.org>: unknown")))
    await bench.end()
    assert bench.results["gtm/F0.1"]["said"] == "the recipient [address] was refused: 550 <[address]>: unknown"


async def test_a_look_up_is_told_how_long_ago_it_was_handed_over() -> None:
    bench = Bench(Slow())
    await bench.end()
    body = {"effect": "F0", "n": 1, "connector": "slow", "key": "gtm/F0", "content": "c0", "at": AT}
    bench.executor.start(Job("gtm/F0.1?1", "lookup", cast("Any", "gtm"), body))
    await bench.end()
    assert bench.connector.asked == [5_000]


# -- what calls an effect back


def why(play: Play) -> str:
    return recalled(play.state(), "F1", 1, play.at, play.world)


def test_nothing_that_still_holds_is_called_back() -> None:
    assert why(on_their_way("bob@post.example", "eve@post.example")) == ""


def test_a_stop_a_pause_a_pruning_and_a_suppression_call_back() -> None:
    play = on_their_way("bob@post.example", "eve@post.example")
    play.base = replace(WORLD, home=suppressing(BOB))
    assert "do-not-contact" in why(play)
    play.base = WORLD
    play.say("pause")
    assert why(play) == "the mission is paused"
    play.say("resume")
    play.say("prune", branch="cold", because="enough")
    assert "pruned" in why(play)
    play.say("stop", because="enough")
    assert why(play) == "the mission is over"


def test_what_was_called_back_by_a_pause_goes_under_the_same_approval_when_the_mission_goes_on() -> None:
    play = on_their_way("bob@post.example")
    approval = play.state().effects["F1"].approval
    play.say("pause")
    play.connected("F1", "held", said="the mission is paused")
    effect = play.state().effects["F1"]
    assert (effect.state, effect.approval) == ("approved", approval)
    assert not play.jobs
    play.say("resume")
    assert set(play.jobs) == {"gtm/F1.2"}


def test_what_was_called_back_by_a_stop_is_withdrawn() -> None:
    play = on_their_way("bob@post.example")
    play.say("stop", because="enough")
    play.connected("F1", "held", said="the mission is over")
    assert play.state().effects["F1"].state == "withdrawn"
