"""An engine as a process: real store, clock, workers and connectors around `Engine`, until it is told to end or is
idle.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from engine.containment.environment import COOKIE_VARIABLE, cookie
from engine.containment.leftovers import sweep
from engine.effects.maildir import MaildirConnector
from engine.effects.publish import FolderConnector
from engine.effects.sandbox import SandboxConnector
from engine.errors import PassingStoreError
from engine.evidence.sources import Inbox
from engine.home import Home
from engine.ledger.anchor import Anchor
from engine.ledger.protocol import FencedError
from engine.ledger.reader import Reader
from engine.ledger.sqlite import SqliteStore
from engine.loop.configured import SettingsFile
from engine.loop.connectors import Connectors, maker
from engine.loop.engine import Engine
from engine.loop.familiar import Familiar
from engine.loop.guarded import guard, log_to
from engine.loop.surroundings import Surroundings
from engine.modelhost.client import ModelHost
from engine.redaction import PROCESS, Redactor
from engine.secrets.protocol import Secrets
from engine.secrets.system import SystemSecrets
from engine.tools.http.manners import Manners
from engine.tools.protocol import Grant, Provider
from engine.tools.providers import open_provider
from engine.values import sha256
from engine.workers.command import CommandWorker
from engine.workers.human import HumanWorker
from engine.workers.model import ModelWorker
from engine.workers.rehearsed import RehearsedWorker

log = logging.getLogger("cockpit.engine")
T = TypeVar("T")

BEAT = 2_000
"""Milliseconds between two signs of life of an engine that has nothing to do."""
PATIENCE = 40
"""How often what a full disk or a lock prevented is tried again, within about a quarter of an hour."""
QUIET = 3
"""Ticks without work after which `until_idle` believes that the engine is idle."""


def run(home: Home, *, until_idle: bool = False, version: str) -> int:
    """Run an engine in this process; 0 when it ended as it should, 3 when another engine lives already.

    With `until_idle` it ends when only timers and humans could change anything; beside a living engine it waits
    for that one.
    """
    home.ensure()
    os.umask(0o077)
    redactor = PROCESS
    log_to(home.log, redactor)
    guard(home.log)
    return asyncio.run(_serve(home, redactor, until_idle=until_idle, version=version))


async def _serve(home: Home, redactor: Redactor, *, until_idle: bool, version: str) -> int:
    stop = _stop_on_signals()  # first of all: an engine that is told to end while it begins gives its lease back too
    store = SqliteStore.open(home.ledger)
    own = f"modelhost.{uuid.uuid4().hex[:12]}"  # its mark: what carries one of another engine outlived that engine
    mark = {COOKIE_VARIABLE: cookie(own, _cookie(home))}
    host = ModelHost(log=home.log / "models.log", environ=os.environ, clock=_wall, mark=mark)
    engine = Engine(_surroundings(home, store, host, redactor, version), _owner())
    warming = asyncio.create_task(_warm(engine, host))
    try:
        if not await engine.start():
            return await _beside(store) if until_idle else _already(home)
        log.info("engine %s leads with epoch %d", version, engine.epoch)
        for left in await asyncio.to_thread(sweep, _cookie(home), alive=(own,)):
            log.warning("%s (%s, %d) outlived its engine and was ended", left.attempt, left.name, left.pid)
        with Reader.open(home.ledger) as reader:
            keep = _Keep(Anchor(home.ledger), reader)
            await _beat(engine, keep, until_idle=until_idle, stop=stop)
    except FencedError:
        log.warning("another engine leads now; stepping down")
        return 3
    finally:
        await engine.close()
        warming.cancel()
        await host.close()
        await store.close()
    return 0


async def _warm(engine: Engine, host: ModelHost) -> None:
    """Have the model host ready before the first model is asked; without any use for models it is never started."""
    while not engine.asks_models():
        await asyncio.sleep(BEAT / 1000)
    await host.prespawn()


class _Keep(NamedTuple):
    """What a beat looks at and writes down beside the lease."""

    anchor: Anchor
    reader: Reader


async def _beat(engine: Engine, keep: _Keep, *, until_idle: bool, stop: asyncio.Event) -> None:
    quiet, said = 0, 0
    while not stop.is_set():
        moved = await patiently(engine.tick, stop)
        idle = engine.idle() and not moved
        quiet = quiet + 1 if idle else 0
        now = _wall()
        if now - said >= BEAT:
            keep.anchor.check()
            await patiently(engine.beat, stop)
            keep.anchor.note(keep.reader)
            said = now
        if until_idle and quiet >= QUIET and not _soon(engine, now):
            break
        if not moved:
            await _wait(engine, stop)
    keep.anchor.note(keep.reader)


async def patiently(
    work: Callable[[], Awaitable[T]], stop: asyncio.Event, *, patience: int = PATIENCE, longest: float = 30.0
) -> T:
    """Do something with the ledger, again and again while its disk is full or somebody else holds it.

    Nothing that was acknowledged is lost meanwhile, and nothing is acknowledged. Raises `StoreError` when it does not
    pass within `patience` tries, or when the engine is told to end.
    """
    tries, pause = 0, 0.5
    while True:
        try:
            return await work()
        except PassingStoreError as error:
            tries += 1
            if tries > patience or stop.is_set():
                raise
            log.warning("%s; trying again in %.1f s", error, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(2 * pause, longest)


async def _wait(engine: Engine, stop: asyncio.Event) -> None:
    waiting = asyncio.ensure_future(engine.wait())
    stopping = asyncio.ensure_future(stop.wait())
    done, pending = await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


def _soon(engine: Engine, now: int) -> bool:
    """An undo window or another short wait is worth waiting for; a window of days is rest."""
    wake = engine.next_wake()
    return wake is not None and wake - now < 60_000


async def _beside(store: SqliteStore) -> int:
    """Another engine leads: wait until it says that it is idle, or has gone."""
    while True:
        lease = await store.lease()
        if lease is None or lease.idle or _wall() - lease.beat > 10 * BEAT:
            return 0
        await asyncio.sleep(0.2)


def _already(home: Home) -> int:
    sys.stderr.write(f"{home.ledger}: another engine runs already; it does the work, nothing to do here\n")
    return 3


def _surroundings(home: Home, store: SqliteStore, host: ModelHost, redactor: Redactor, version: str) -> Surroundings:
    async def sleep(ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    hidden = (home.root, home.log, home.config.parent)
    settings = SettingsFile(home.config)
    secrets = SystemSecrets(os.environ, redactor=redactor, programs=settings.program)
    manners = Manners(clock=_wall, sleep=sleep)
    return Surroundings(
        store=store,
        clock=_wall,
        sleep=sleep,
        workers={
            "rehearsed": RehearsedWorker(),
            "human": HumanWorker(),
            "model": ModelWorker(models=host, endpoints=settings.endpoint, secrets=secrets, clock=_wall),
            "command": CommandWorker(environ=os.environ, cookie=_cookie(home), hidden=hidden, clock=_wall),
        },
        connectors=Connectors(
            {
                "maildir": MaildirConnector(home.outbox / "maildir"),
                "folder": FolderConnector(
                    "folder", home.outbox / "published", home.outbox / "marks" / "folder", make=True
                ),
                "sandbox": SandboxConnector(home.outbox / "sandbox"),
            },
            settings,
            secrets,
            maker(
                secrets=secrets,
                marks=home.outbox / "marks",
                environ=os.environ,
                token=_cookie(home),
                hidden=hidden,
            ),
        ),
        source=Inbox(home.inbox, chosen=settings.inbox, secrets=secrets),
        limits=settings.limits,
        slots=settings.slots,
        work=home.work,
        identity=settings.identity,
        catalogue=settings.catalogue,
        tools=partial(_opened, secrets=secrets, cookie=_cookie(home), hidden=hidden, manners=manners),
        redactor=redactor,
        learn=Familiar(lambda: settings().references, secrets, _wall).learn,
        version=version,
        steady=_steady,
    )


def _opened(
    grant: Grant, workspace: Path, *, secrets: Secrets, cookie: str, hidden: tuple[Path, ...], manners: Manners
) -> Provider:
    """The provider of a grant, over this process's environment."""
    return open_provider(
        grant,
        workspace=workspace,
        secrets=secrets,
        clock=_wall,
        cookie=cookie,
        environ=os.environ,
        hidden=hidden,
        manners=manners,
    )


def _owner() -> str:
    """Unique for every start of a process, so that a restarted engine fences its frozen twin."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"


def _cookie(home: Home) -> str:
    """What marks the processes of this home: says nothing about where it is."""
    return sha256(str(home.root).encode())[:16]


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _steady() -> tuple[int, int]:
    """Time that passed and time awake, in milliseconds; the same where the system does not tell them apart."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        passed, awake = time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC
    elif hasattr(time, "CLOCK_UPTIME_RAW"):
        passed, awake = time.CLOCK_MONOTONIC, time.CLOCK_UPTIME_RAW
    else:
        passed = awake = time.CLOCK_MONOTONIC
    return time.clock_gettime_ns(passed) // 1_000_000, time.clock_gettime_ns(awake) // 1_000_000


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop
