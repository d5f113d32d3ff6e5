"""`kill -9` in a mission that asks real models and sends real mail: of the engine, of the model host, of the screen.

Whatever is killed, the mission ends as it does undisturbed, modulo times, lost attempts with their charges, and doubts
that a human settles by what the mail server knows; every approved mail arrives exactly once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.audit import approve_all, billed, check_keys, check_mails, check_packages, is_over, leaks, of_kind
from tests.e2e.gtm import Gtm
from tests.e2e.people import leads
from tests.e2e.stage import Json, Stage, until
from tests.e2e.vendors import Asked, Kind
from tests.mailserver import Fault, Taken
from tests.pty.terminal import Terminal

Moment = Callable[["Play"], None]
"""Waits for a moment and does its worst."""


class Play:
    """One mission under way, and whoever kills something in it."""

    def __init__(self, stage: Stage, world: Gtm) -> None:
        self.stage, self.world = stage, world
        self.hold: Kind | None = None
        """Calls of this kind are not answered before `let_go`."""
        self._held = threading.Event()
        self.holding = threading.Event()
        self.restarts = 0
        self.approves = True
        """Whether the human approves what asks for it."""
        world.first.gate = world.second.gate = self._gate
        self.stage.engine(world.environ)
        self.stage.fine("start", world.write(stage.home, stage.folder))

    def _gate(self, asked: Asked) -> threading.Event | None:
        if asked.kind != self.hold:
            return None
        self.holding.set()
        return self._held

    def in_call(self, kind: Kind) -> None:
        """Wait until a model is being asked, and keep it so."""
        self.hold = kind
        self.hope(self.holding.is_set, f"a call of kind {kind}")

    def let_go(self) -> None:
        """Calls are answered again."""
        self.hold = None
        self._held.set()
        self._held = threading.Event()
        self.holding.clear()

    def hope(self, look: Callable[[], object], what: str) -> None:
        """Wait for something, while a human approves what has to be approved and settles what is in doubt."""

        def found() -> bool:
            if look():
                return True
            self.human()
            return False

        try:
            until(found, what, 90)
        except AssertionError as late:
            last = [f"{event['kind']} {event['body']}"[:200] for event in self.stage.events("gtm")[-12:]]
            waits = [row["title"] for row in self.stage.items()]
            raise AssertionError("\n".join([str(late), *last, *waits])) from None

    def happened(self, kind: str, times: int = 1) -> Callable[[], bool]:
        """Whether so many events of a kind were recorded."""
        return lambda: len(self.stage.events("gtm", kinds=[kind])) >= times

    def kill_engine(self) -> None:
        """And start another."""
        self.stage.kill_engine()
        self.stage.engine(self.world.environ)
        self.restarts += 1

    def kill_host(self) -> None:
        """The process that asks models, which a living engine starts again."""
        (host,) = self.hosts()
        host.kill()

    def hosts(self) -> list[psutil.Process]:
        """The model hosts of the living engine."""
        engine = psutil.Process(self.stage.engine_pid())
        return [child for child in engine.children() if "engine.modelhost" in " ".join(child.cmdline())]

    def human(self) -> None:
        """What a careful person does: approves, and in doubt asks the mail server."""
        if self.approves:
            approve_all(self.stage, "--no-engine")
        events = of_kind(self.stage.events("gtm", kinds=["effect.proposed"]), "effect.proposed")
        proposed = {body["effect"]: body for body in events}
        arrived = {_id_of(mail.body) for mail in self.world.smtp.messages}
        for row in self.stage.items():
            if row["kind"] == "doubt":
                effect = proposed[row["items"][0]["id"].rpartition("/")[2]]
                word = "sent" if effect["message_id"] in arrived else "not sent"
                assert self.stage.decide("answer", row["id"], word, "--no-engine").code == 0

    def end(self) -> Json:
        """Wait for the end of the mission; its verified receipt."""
        self.hope(lambda: is_over(self.stage), "the end of the mission")
        receipt: Json = self.stage.json("receipt", "gtm")
        self.stage.write("receipt.json", self.stage.fine("receipt", "gtm", "--json").out)
        self.stage.fine("receipt", "verify", "receipt.json")
        return receipt


def _id_of(message: bytes) -> str:
    line = next(line for line in message.split(b"\r\n") if line.startswith(b"Message-ID: "))
    return line.removeprefix(b"Message-ID: ").decode()


def outcome(receipt: Json) -> dict[str, Any]:
    """What must not depend on kills, nor on which of two branches came first."""
    branch = {one["id"]: one["key"] for one in receipt["work"]["branches"]}
    tasks = {one["id"]: (one["key"], branch[one["branch"]]) for one in receipt["work"]["tasks"]}
    good = [line for line in receipt["spend"]["lines"] if line["outcome"] == "useful"]
    heard = [
        (one["metric"], one["message"], one["value"], branch[one["branch"]]) for one in receipt["evidence"]["entries"]
    ]
    return {
        "mission": {key: receipt["mission"][key] for key in ("id", "title", "state", "because", "clause")},
        "contract": receipt["contract"],
        "tasks": sorted((*tasks[one["id"]], one["role"], one["state"]) for one in receipt["work"]["tasks"]),
        "branches": sorted((one["key"], one["state"], one["reason"]) for one in receipt["work"]["branches"]),
        "charges": sorted((*tasks[line["task"]], line["model"], line["micro_usd"]) for line in good),
        "artifacts": sorted((one["name"], one["sha"]) for one in receipt["artifacts"]),
        "evidence": sorted(map(str, heard)),
        "next": receipt["next"],
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """The receipt of a run in which nothing is killed."""
    stage = Stage(tmp_path_factory.mktemp("undisturbed"))
    with Gtm() as world:
        try:
            yield Play(stage, world).end()
        finally:
            stage.close()


def check(play: Play, receipt: Json, undisturbed: Json, *, unsent: int = 0) -> None:
    """The promises that hold whatever was killed. `unsent`: how many mails a human said had not left."""
    stage, world = play.stage, play.world
    assert outcome(receipt) == outcome(undisturbed)
    assert set(world.people.received.values()) == {1}, "no mail arrived twice"
    assert len(world.people.received) == len(leads()) - unsent
    if not unsent:
        check_mails(stage, world, "gtm")
    check_packages(stage, world, "gtm")
    check_keys(world)
    bill = billed(world, stage.events("gtm"))
    assert receipt["spend"]["total_micro_usd"] == bill.total
    assert bill.reported == undisturbed["spend"]["total_micro_usd"], (
        "what was lost is charged beside it, by reservation"
    )
    unsure = [line for line in receipt["spend"]["lines"] if line["basis"] == "reservation"]
    assert sum(line["micro_usd"] for line in unsure) == bill.reserved
    assert {line["outcome"] for line in unsure} <= {"lost", "failed"}
    events = stage.events("gtm")
    assert max(event["epoch"] for event in events) == play.restarts + 1
    told = stage.run("doctor", "--json", environ=world.environ).json
    assert not [finding for finding in told if finding["state"] == "fail"]
    stage.kill_engine()
    assert leaks(stage) == []


def test_work_is_done_once_more_and_charged_when_engine_or_model_host_dies(stage: Stage, undisturbed: Json) -> None:
    with Gtm() as world:
        play = Play(stage, world)
        play.approves = False
        play.in_call("work")
        play.kill_engine()
        until(lambda: len(stage.events("gtm", kinds=["attempt.lost"])) == 1, "the loss")
        play.let_go()
        play.in_call("review")
        play.kill_host()
        play.hope(play.happened("attempt.failed"), "the failure")
        play.let_go()
        play.hope(play.happened("attempt.delivered", 3), "a delivered draft")
        play.kill_engine()
        play.hold, play.approves = "grade", True
        play.hope(play.happened("effect.done", len(leads())), "the last mail")
        play.in_call("grade")
        play.kill_engine()
        play.let_go()
        receipt = play.end()
        assert {body["fault"] for body in of_kind(stage.events("gtm"), "attempt.failed")} == {"host_lost"}
        assert len(play.hosts()) <= 1
        check(play, receipt, undisturbed)


def test_no_mail_is_sent_twice_when_the_engine_dies_while_sending(stage: Stage, undisturbed: Json) -> None:
    with Gtm() as world:
        play = Play(stage, world)

        def before_the_last(taken: Taken) -> None:
            world.people.take(taken)
            if len(world.smtp.messages) == len(leads()) - 1:
                world.smtp.faults.append(Fault.NO_BANNER)

        world.smtp.on_message = before_the_last
        play.hope(play.happened("effect.done", 3), "the third mail")
        world.smtp.faults.append(Fault.SILENT_AFTER_DATA)  # taken, and the engine is not told
        play.hope(lambda: not world.smtp.faults, "a mail without an answer")
        play.kill_engine()
        play.hope(lambda: len(world.smtp.messages) == len(leads()) - 1, "all mails but one")
        play.hope(lambda: not world.smtp.faults, "a server that does not even greet")
        play.kill_engine()
        play.hope(play.happened("check.started"), "a reading of the inbox")
        play.kill_engine()
        receipt = play.end()
        events = stage.events("gtm")
        doubted = [body["effect"] for body in of_kind(events, "effect.doubted")]
        settled = {body["effect"]: body["outcome"] for body in of_kind(events, "effect.settled")}
        assert sorted(settled.values()) == ["not_sent", "sent"]
        assert sorted(doubted) == sorted(settled), "each doubt was asked about once"
        check(play, receipt, undisturbed, unsent=1)


def test_a_screen_that_is_killed_is_opened_again_over_the_same_work(stage: Stage, undisturbed: Json) -> None:
    with Gtm() as world:
        play = Play(stage, world)
        environ = stage.environ({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        argv = [sys.executable, "-P", "-m", "cockpit"]
        with Terminal(argv, env=environ, cwd=stage.folder) as screen:
            screen.wait_for("Find a channel", timeout_s=60)
            os.killpg(screen.process.pid, signal.SIGKILL)
        play.hope(play.happened("effect.done", 2), "mails")
        with Terminal(argv, env=environ, cwd=stage.folder) as screen:
            screen.wait_for("Find a channel", timeout_s=60)
            receipt = play.end()
            screen.wait_for("finished|target is met", timeout_s=60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(screen.process.pid, signal.SIGKILL)
        assert stage.alive, "an engine is nobody's child"
        check(play, receipt, undisturbed)
        assert Path(stage.home.ledger).exists()
