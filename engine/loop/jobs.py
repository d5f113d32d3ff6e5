"""Running jobs in the engine's process: attempts, effects, look-ups and checks. Each leaves exactly one result row.

A job that raises leaves a result too, and never good news: an attempt failed, an effect is unknown. A job that is
killed with its engine leaves none; the next engine sees that and recovers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from engine.effects.canonical import effect_digest, unnamed
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Replays
from engine.errors import PassingStoreError
from engine.ledger.protocol import FencedError, Job, Progress, Result, Store
from engine.redaction import Redactor
from engine.tools.protocol import NoTools, Tools
from engine.values import Sha256, Tokens, canonical, sha256
from engine.workers.protocol import AttemptJob, Cancelled, Failed, Finished, Handoff, Note, Parked, Worker

log = logging.getLogger("cockpit.jobs")

Sleep = Callable[[int], Awaitable[None]]
Source = Callable[[Mapping[str, Any]], Awaitable[tuple[list[dict[str, Any]], dict[Sha256, bytes], str]]]
"""Reads a source of evidence: what was found, the blobs it names, and what went wrong (empty: nothing)."""


class Room(Protocol):
    """Where the tools of attempts come from."""

    async def gateway(self, spec: AttemptJob, workspace: Path) -> Door:
        """The tools of one attempt."""

    async def look(self, job: Job) -> dict[str, Any]:
        """What a tool offers now."""


class Door(Tools, Protocol):
    """Tools that have to be closed."""

    async def close(self) -> None:
        """End everything that was started for them."""


async def patient(sleep: Sleep, write: Callable[[], Awaitable[object]]) -> None:
    """Write what a job left, again and again while the disk is full or the ledger is locked: it is in memory alone.

    The engine gives up before this does; then the job is ended, and counts as lost.
    """
    pause = 500
    while True:
        try:
            await write()
        except PassingStoreError:
            await sleep(pause)
            pause = min(2 * pause, 30_000)
        else:
            return


class BlobIO:
    """What a worker may touch, over the store's blobs and a folder of its own. What it puts holds no known secret."""

    def __init__(self, store: Store, folder: Path, sleep: Sleep, redactor: Redactor | None = None) -> None:
        self._store, self._folder, self._sleep = store, folder, sleep
        self._tools: Tools = NoTools()
        self._redactor = redactor or Redactor()
        self.sizes: dict[Sha256, int] = {}
        """Of what was put."""

    @property
    def workspace(self) -> Path:
        """The attempt's own folder, made on first use."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    async def put(self, content: bytes) -> Sha256:
        """Store content as a blob, known secrets hidden."""
        content = self._redactor.hide_known(content)
        name = sha256(content)
        self.sizes[name] = len(content)
        await patient(self._sleep, lambda: self._store.put_blobs({name: content}))
        return name

    async def blob(self, sha: Sha256) -> bytes:
        """Content by hash. Raises KeyError when it was erased."""
        content = await self._store.blob(sha)
        if content is None:
            raise KeyError(sha)
        return content

    async def sleep(self, ms: int) -> None:
        """Let time pass."""
        await self._sleep(ms)

    @property
    def tools(self) -> Tools:
        """Behind the gateway; none where the attempt was granted none."""
        return self._tools

    def give(self, tools: Tools) -> None:
        """From now on these are its tools."""
        self._tools = tools


class LocalExecutor:
    """Runs jobs as tasks of this process. Idempotent by job id; what is alive here and what left a result never overlap
    with a loss. `leads` raises `FencedError` once another engine does.
    """

    def __init__(
        self,
        store: Store,
        *,
        workers: Mapping[str, Worker],
        connectors: Mapping[str, Connector],
        source: Source,
        suppressed: Callable[[str], bool],
        leads: Callable[[], Awaitable[None]],
        work: Path,
        clock: Callable[[], int],
        sleep: Sleep,
        recalled: Callable[[Job], str] = lambda _job: "",
        redactor: Redactor | None = None,
        tools: Room | None = None,
    ) -> None:
        """`recalled`: why an effect must not be handed over after all, asked right before it is; empty when it may.
        `redactor` knows the secrets of this run: no text that comes back holds one.
        """
        self._redactor, self._room = redactor or Redactor(), tools
        self._store, self._workers, self._connectors, self._source = store, workers, connectors, source
        self._leads, self._recalled = leads, recalled
        self._suppressed, self._work, self._clock, self._sleep = suppressed, work, clock, sleep
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._answered: set[str] = set()
        self._told: set[str] = set()
        self._begun: set[str] = set()
        """Jobs whose task has had its first turn: before it, cancelling would leave no trace of the job."""
        self._turns: dict[str, asyncio.Lock] = {}
        self._refusals: Counter[str] = Counter()
        """How often a connector refused everything that it might be given."""

    def alive(self) -> frozenset[str]:
        """Jobs that run, and jobs whose result nobody has taken in yet: neither is lost."""
        return frozenset(self._tasks) | self._answered

    def running(self) -> bool:
        """Whether anything runs."""
        return bool(self._tasks)

    def taken(self, job: str) -> None:
        """The result of a job was taken in."""
        self._answered.discard(job)

    def start(self, job: Job) -> None:
        """Run a job; harmless when it runs already."""
        if job.id not in self.alive():
            task = asyncio.get_running_loop().create_task(self._run(job), name=job.id)
            self._tasks[job.id] = task
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A job that could not even leave a result is lost, and the next decision sees that it is."""
        self._tasks.pop(task.get_name(), None)
        self._told.discard(task.get_name())
        self._begun.discard(task.get_name())
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job %s left no result: %r", task.get_name(), error)

    def cancel(self, job: str) -> None:
        """Tell a job to end; it leaves its result when it has. One that has not begun never begins, and says so."""
        task = self._tasks.get(job)
        if task is not None and job not in self._told:
            self._told.add(job)  # once: a second time would hit it while it leaves its result
            if job in self._begun:
                task.cancel()

    async def close(self) -> None:
        """End everything that runs, and wait for it."""
        tasks = dict(self._tasks)
        for job, task in tasks.items():
            self._told.add(job)
            if job in self._begun:
                task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _run(self, job: Job) -> None:
        if job.id in self._told:
            await self._unbegun(job)
            return
        self._begun.add(job.id)
        runner = {
            "attempt": self._attempt,
            "effect": self._effect,
            "lookup": self._lookup,
            "check": self._check,
            "look": self._look,
        }[job.kind]
        try:
            body = await runner(job)
        except asyncio.CancelledError:
            if job.kind != "attempt":
                raise
            body = {"end": "cancelled", "reason": "told to end", "usage": None}
        except FencedError:
            log.warning("job %s stopped before the wire: another engine leads", job.id)
            return
        except Exception as error:
            log.exception("job %s ended badly", job.id)
            body = _bad_end(job, f"{type(error).__name__}: {error}"[:500])
        await self._leave(job, body)

    async def _unbegun(self, job: Job) -> None:
        """The end of a job that was told to end before its first turn: an attempt used nothing; of anything else,
        which only the end of the engine ends, the next engine sees that nobody runs it.
        """
        if job.kind == "attempt":
            nothing = Tokens().model_dump(mode="json")
            await self._leave(job, {"end": "cancelled", "reason": "told to end before it began", "usage": nothing})

    async def _leave(self, job: Job, body: dict[str, Any]) -> None:
        body = self._redactor.clean(body)
        result = Result(job.id, job.mission, job.kind, body)
        await patient(self._sleep, lambda: self._store.put_result(result, wall=self._clock()))
        self._answered.add(job.id)

    async def _attempt(self, job: Job) -> dict[str, Any]:
        spec = AttemptJob.model_validate(_tupled(dict(job.body)))
        worker = self._workers.get(spec.worker)
        if worker is None:
            return _bad_end(job, f"this engine has no {spec.worker} worker")
        io = BlobIO(self._store, self._work / job.mission / spec.attempt, self._sleep, self._redactor)
        gateway = await self._room.gateway(spec, io.workspace) if self._room is not None and spec.grants else None
        if gateway is not None:
            io.give(gateway)
        events = worker.run(spec, io)
        try:
            async for event in events:
                if isinstance(event, Note):
                    await self._store.progress(
                        Progress(job.id, job.mission, self._redactor.redact(event.text), event.micro_usd, self._clock())
                    )
                else:
                    return await self._ending(event, io)
        finally:
            await events.aclose()  # type: ignore[attr-defined]
            if gateway is not None:
                await gateway.close()
        return _bad_end(job, "the worker ended without saying how")

    async def _ending(self, event: Finished | Failed | Cancelled | Parked, io: BlobIO) -> dict[str, Any]:
        body: dict[str, Any] = {
            "end": event.kind,
            "usage": event.usage.model_dump(mode="json") if event.usage is not None else None,
            "calls": event.calls,
            "latency_ms": event.latency_ms,
        }
        match event:
            case Finished():
                handoff = self._shown(event.handoff, io)
                sha = await io.put(canonical(handoff.model_dump(mode="json")))
                return body | {"handoff": sha, "summary": handoff.summary, "effects": len(handoff.effects)}
            case Failed():
                said: dict[str, Any] = {"reason": event.reason, "detail": event.detail, "retryable": event.retryable}
                said |= {"answer": event.answer} if event.answer else {}
                return body | said | {"fault": event.fault, "retry_after_ms": event.retry_after_ms}
            case Cancelled():
                return body | {"reason": event.reason}
            case Parked():
                return body | {"question": event.question}

    def _shown(self, handoff: Handoff, io: BlobIO) -> Handoff:
        """A handoff as it is kept: its texts without secrets, its artifacts as large as they were stored. A file whose
        name holds one gets another name, for a name has no room for the mark of what was hidden.
        """
        plain = tuple(
            one if self._redactor.redact(one.name) == one.name else one.model_copy(update={"name": f"hidden-{number}"})
            for number, one in enumerate(handoff.artifacts, 1)
        )
        safe = handoff.model_copy(update={"artifacts": plain}).model_dump(mode="json")
        told = Handoff.model_validate(_tupled(self._redactor.clean(safe)))
        stored = (a.model_copy(update={"bytes": io.sizes.get(a.sha, a.bytes)}) for a in told.artifacts)
        return told.model_copy(update={"artifacts": tuple(stored)})

    async def _effect(self, job: Job) -> dict[str, Any]:
        said: dict[str, Any] = {"effect": job.body["effect"], "n": job.body["n"]}
        name = str(job.body["connector"])
        connector = self._connectors.get(name)
        if connector is None or not connector.serial:
            return said | await self._hand_over(job)
        seen = self._refusals[name]
        async with self._turns.setdefault(name, asyncio.Lock()):
            if self._refusals[name] != seen:
                return said | {"outcome": "held", "said": f"{name} refused what was before it"}
            return said | await self._hand_over(job)

    async def _hand_over(self, job: Job) -> dict[str, Any]:
        """Give an effect to its connector, after everything was looked at once more that may have changed since it was
        decided. What waits for its turn has not begun: it can still be called back.
        """
        name = str(job.body["connector"])
        connector = self._connectors.get(name)
        content = await self._store.blob(Sha256(str(job.body["content"])))
        body = await self._store.blob(Sha256(str(job.body["body"])))
        if connector is None or content is None or body is None:
            return {"outcome": "refused", "said": "its connector or its bytes are gone"}
        if effect_digest(content) != job.body["digest"]:
            return {"outcome": "refused", "said": "the bytes are not those that were approved"}
        if secrets := self._redactor.find((content + b"\n" + body).decode("utf-8", "replace"), known_only=True):
            return {"outcome": "refused", "said": f"it holds the secret {secrets[0].what}, which must not leave"}
        await self._leads()
        if any(self._suppressed(person) for person in job.body["persons"]):
            return {"outcome": "withdrawn", "said": "the person is on the do-not-contact list"}
        if reason := self._recalled(job):
            return {"outcome": "held", "said": reason}
        again = int(job.body["n"]) > 1
        deliver = connector.replay if again and isinstance(connector, Replays) else connector.deliver
        answer = await deliver(content, body, str(job.body["key"]), int(job.body["at"]))
        match answer:
            case Delivered(reference):
                return {"outcome": "delivered", "said": unnamed(reference, content)}
            case Refused(reason, temporary, whole):
                self._refusals[name] += whole
                passing = {"temporary": temporary, "whole": whole, "at": self._clock()}
                said = {"outcome": "refused", "said": unnamed(reason, content)}
                return said | (passing if temporary or whole else {})
            case _:
                asks = connector.delivery != "blind"
                return {"outcome": "unknown", "said": unnamed(answer.reason, content), "lookup": asks}

    async def _lookup(self, job: Job) -> dict[str, Any]:
        said: dict[str, Any] = {"effect": job.body["effect"], "n": job.body["n"]}
        connector = self._connectors.get(str(job.body["connector"]))
        if connector is None:
            return said | {"outcome": "unknown", "said": "there is no such connector any more"}
        content = await self._store.blob(Sha256(str(job.body["content"])))
        if content is None:
            return said | {"outcome": "unknown", "said": "its bytes are gone, so that nobody can ask for it"}
        age = max(0, self._clock() - int(job.body["at"]))
        answer = await connector.lookup(str(job.body["key"]), content, age)
        match answer:
            case Delivered(reference):
                return said | {"outcome": "delivered", "said": unnamed(reference, content)}
            case NotFound():
                found = {"outcome": "not_found", "at": self._clock(), "delivery": connector.delivery}
                return said | found | {"within": answer.within_ms}
            case _:
                return said | {"outcome": "unknown", "said": unnamed(answer.reason, content)}

    async def _look(self, job: Job) -> dict[str, Any]:
        if self._room is None:
            return {"tool": job.body["tool"], "up": False, "because": "this engine has no tools"}
        return await self._room.look(job)

    async def _check(self, job: Job) -> dict[str, Any]:
        found, blobs, error = await self._source(job.body)
        kept = {sha: self._redactor.hide_known(content) for sha, content in blobs.items()}
        names = {sha: sha256(content) for sha, content in kept.items() if content is not blobs[sha]}
        await self._store.put_blobs({names.get(sha, sha): content for sha, content in kept.items()})
        return {"found": _renamed(found, names), "error": error}


def _bad_end(job: Job, why: str) -> dict[str, Any]:
    if job.kind == "attempt":
        return {"end": "failed", "reason": why, "retryable": True, "usage": None}
    if job.kind == "check":
        return {"found": [], "error": why}
    if job.kind == "look":
        return {"tool": job.body["tool"], "up": False, "because": why}
    return {"effect": job.body["effect"], "n": job.body["n"], "outcome": "unknown", "said": why}


def _renamed(value: Any, names: Mapping[Sha256, Sha256]) -> Any:
    """A value with other hashes in place of those that are named."""
    if not names:
        return value
    if isinstance(value, list):
        return [_renamed(part, names) for part in value]
    if isinstance(value, dict):
        return {key: _renamed(part, names) for key, part in value.items()}
    return names.get(Sha256(value), value) if isinstance(value, str) else value


def _tupled(value: Any) -> Any:
    """JSON arrays as the tuples that strict validation wants."""
    if isinstance(value, list):
        return tuple(_tupled(part) for part in value)
    return {key: _tupled(part) for key, part in value.items()} if isinstance(value, dict) else value
