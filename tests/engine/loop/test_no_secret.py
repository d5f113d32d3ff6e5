"""P11 inside the loop: what comes back from anywhere is redacted before it is kept, and no package tells a secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from engine.effects.protocol import Connector, Delivered
from engine.ledger.protocol import Job, Progress, Result, Store
from engine.loop.familiar import AGAIN, SOON, Familiar
from engine.loop.jobs import LocalExecutor
from engine.redaction import HIDDEN, Redactor
from engine.secrets import SecretError
from engine.values import MissionId, Sha256, sha256
from engine.workers.protocol import (
    ArtifactOut,
    AttemptJob,
    Failed,
    Finished,
    Handoff,
    Note,
    Worker,
    WorkerEvent,
    WorkerIO,
)
from tests.builders import DRAFT, LEADS, WORLD, Play, terms
from tests.engine.effects.contract import AT, message
from tests.engine.redaction.canaries import ENCODINGS

GTM = MissionId("gtm")
SECRET = "k3y-of-mine-5150"
KNOWS = Redactor([(SECRET, "keyring:mine")])


class Telling:
    """A worker that repeats the secret wherever it can."""

    def __init__(self, ends: Callable[[str], str]) -> None:
        self._form = ends

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        told = self._form(SECRET)
        yield Note(text=f"I saw {told}")
        if job.key == "fails":
            yield Failed(reason=f"it was {told}", detail=f"401: {told}")
            return
        content = f"a document with {told} in it".encode()
        sha = await io.put(content)
        artifact = ArtifactOut(name="a.txt", sha=sha, bytes=len(content), media="text/plain")
        yield Finished(handoff=Handoff(summary=f"got {told}", decisions=(f"use {told}",), artifacts=(artifact,)))


class Bench:
    """An executor over dictionaries."""

    def __init__(self, worker: object = None, connector: object = None, source: object = None) -> None:
        self.results, self.blobs, self.notes = dict[str, dict[str, Any]](), dict[str, bytes](), list[str]()
        self.executor = LocalExecutor(
            cast("Store", self),
            workers={"model": cast("Worker", worker)},
            connectors={"maildir": cast("Connector", connector)},
            source=cast("Any", source),
            suppressed=lambda person: False,
            leads=self._leads,
            work=Path("/nowhere"),
            clock=lambda: AT,
            sleep=cast("Any", None),
            redactor=KNOWS,
        )

    async def _leads(self) -> None: ...

    async def blob(self, sha: Sha256) -> bytes | None:
        return self.blobs.get(sha)

    async def put_blobs(self, blobs: dict[str, bytes]) -> None:
        assert all(sha256(content) == name for name, content in blobs.items())
        self.blobs |= blobs

    async def progress(self, row: Progress) -> None:
        self.notes.append(row.note)

    async def put_result(self, result: Result, wall: int) -> None:
        self.results[result.job] = dict(result.body)

    async def run(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """A job to its end: its result."""
        self.executor.start(Job("gtm/x", kind, GTM, body))
        while self.executor.running():
            await asyncio.sleep(0)
        return self.results["gtm/x"]

    def everything(self) -> str:
        """All that is kept."""
        return f"{self.results} {self.notes} {[content.decode() for content in self.blobs.values()]}"


def attempt(key: str) -> dict[str, Any]:
    spec = AttemptJob(attempt="A1.1", task="T1", key=key, mission=GTM, branch="main", role="w", worker="model")
    return spec.model_dump(mode="json")


@pytest.mark.parametrize("key", ["fails", "delivers"])
@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_p11_what_a_worker_repeats_is_kept_without_the_secret(encoding: str, key: str) -> None:
    bench = Bench(Telling(ENCODINGS[encoding]))
    result = await bench.run("attempt", attempt(key))
    kept = bench.everything()
    assert HIDDEN in kept
    for encode in ENCODINGS.values():
        assert encode(SECRET) not in kept
    if key == "delivers":
        handoff = Handoff.model_validate_json(bench.blobs[result["handoff"]])
        stored = bench.blobs[handoff.artifacts[0].sha]
        assert handoff.artifacts[0].bytes == len(stored)
        assert stored.startswith(b"a document with ")
        assert stored.endswith(b" in it")


async def test_p11_an_error_that_holds_the_secret_is_kept_without_it() -> None:
    class Raising:
        async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
            raise RuntimeError(f"cannot use {SECRET}")
            yield Note(text="never")

    result = await Bench(Raising()).run("attempt", attempt("x"))
    assert result["reason"] == f"RuntimeError: cannot use {HIDDEN}"


async def test_p11_a_mail_that_holds_the_secret_stays_here() -> None:
    class Postman:
        name, delivery, serial = "maildir", "lookup", False

        async def deliver(self, *_: object) -> Delivered:
            raise AssertionError("it left")

    made = message(effect="gtm/F1", connector="maildir", body=f"our key is {SECRET}")
    bench = Bench(connector=Postman())
    bench.blobs |= {"c": made.canonical, "b": made.body}
    body = {"effect": "F1", "n": 1, "connector": "maildir", "key": "gtm/F1", "at": AT, "persons": []}
    result = await bench.run("effect", body | {"content": "c", "body": "b", "digest": made.digest})
    assert result["outcome"] == "refused"
    assert "keyring:mine" in result["said"]


async def test_p11_a_reply_that_holds_the_secret_is_kept_without_it() -> None:
    content = f"your key {SECRET} works".encode()

    async def source(_: object) -> tuple[list[dict[str, Any]], dict[Sha256, bytes], str]:
        return [{"key": "m1", "blob": sha256(content)}], {sha256(content): content}, ""

    bench = Bench(source=source)
    result = await bench.run("check", {})
    assert bench.blobs[result["found"][0]["blob"]] == f"your key {HIDDEN} works".encode()
    assert SECRET not in bench.everything()


# -- packages


def stopped(play: Play) -> str:
    """Why the only task was given to nobody."""
    (task,) = [one for one in play.state().tasks.values() if one.key == "write"]
    assert task.state == "failed"
    assert not play.jobs
    asked = play.asked("plan", "failed:")
    assert SECRET not in f"{play.events}"
    assert "attempt.dispatched" not in play.kinds()
    assert task.because == asked.detail
    return asked.detail


@pytest.mark.parametrize("encoding", ["as it is", "base64", "reversed", "over two lines"])
def test_p11_a_package_that_would_tell_a_secret_is_refused_and_says_where_it_stands(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.builders.LEADS", LEADS + b"Dan,dan@post.example," + ENCODINGS[encoding](SECRET).encode())
    play = Play(terms(DRAFT), world=replace(WORLD, redactor=KNOWS)).go()
    assert (
        stopped(play) == "the input leads holds keyring:mine in line 5, which no worker may be told; take it out there"
    )


def test_p11_so_is_one_that_holds_what_can_only_be_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.builders.LEADS", LEADS + b"Dan,AKIAIOSFODNN7EXAMPLE\n")
    assert "the input leads holds an AWS access key in line 5" in stopped(Play(terms(DRAFT)).go())


def test_p11_a_secret_in_the_contract_is_found_before_anything_is_told() -> None:
    play = Play(terms(DRAFT.replace("people answer", f"people answer {SECRET}")), world=replace(WORLD, redactor=KNOWS))
    detail = play.go().asked("plan", "failed:").detail
    assert detail.startswith("the branch cold holds keyring:mine")
    assert SECRET not in detail


def test_what_merely_might_be_a_secret_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.builders.LEADS", LEADS + b"Dan,https://dan:hunter2@post.example\n")
    assert Play(terms(DRAFT), world=replace(WORLD, redactor=KNOWS)).go().jobs


# -- knowing them


class Keeper:
    """Secrets that count how often they were asked for."""

    def __init__(self) -> None:
        self.asked, self.fault = list[str](), ""

    async def get(self, reference: str) -> str:
        self.asked.append(reference)
        if reference == self.fault:
            raise SecretError("locked", reference, "is locked", "unlock it")
        return "value"


async def test_every_configured_secret_is_known_and_asked_for_only_now_and_then() -> None:
    keeper, now = Keeper(), [0]
    keeper.fault = "keyring:b"
    familiar = Familiar(lambda: (("x", "env:a"), ("y", "keyring:b"), ("z", "env:a")), keeper, lambda: now[0])
    for _ in range(3):
        await familiar.learn()
    assert keeper.asked == ["env:a", "keyring:b"]
    now[0] = SOON
    await familiar.learn()
    assert keeper.asked[2:] == ["keyring:b"]
    now[0] = AGAIN
    await familiar.learn()
    assert json.dumps(keeper.asked[3:]) == '["env:a", "keyring:b"]'
