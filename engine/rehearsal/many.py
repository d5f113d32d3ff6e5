"""Many seeds of one scene, on several processes, within a time: the same runs whatever the number of processes.

Seeds are handed out in their order, and whatever was handed out is waited for: histories that are quick to play are
never preferred. The first run is played here, so that a contract that cannot start says so at once.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from engine.errors import CockpitError, SaysNoError
from engine.rehearsal.play import Scene, play
from engine.rehearsal.run import Run

MOST = 1_000
"""Runs of one forecast where nothing else is asked for."""
Progress = Callable[[int, float], None]
"""Told of how many runs are done, and of how many seconds are left."""


@dataclass(frozen=True, slots=True)
class Limit:
    """When to stop: after so many runs, or when so many seconds are over."""

    runs: int = MOST
    seconds: float | None = 10.0


@dataclass(slots=True)
class _Child:
    process: BaseProcess
    pipe: Connection
    seed: int | None = None
    """What it is playing."""
    ready: bool = False


def many(
    scene: Scene,
    first: int,
    limit: Limit,
    *,
    processes: int = 1,
    progress: Progress = lambda _done, _left: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> list[Run]:
    """The runs of the seeds `first`, `first + 1` ... in their order; one at least. `stop` ends it early. Raises
    `SaysNoError` when the mission cannot start.
    """
    return _Many(scene, first, limit, processes, progress, stop, clock).play()


class _Many:
    def __init__(
        self,
        scene: Scene,
        first: int,
        limit: Limit,
        processes: int,
        progress: Progress,
        stop: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._scene, self._first, self._limit = scene, first, limit
        self._progress, self._stop, self._clock = progress, stop, clock
        self._began = clock()
        self._next = 0
        self._done: dict[int, Run] = {}
        others = max(0, min(processes, limit.runs) - 1)
        self._children = [_spawned(scene) for _ in range(others)]

    def play(self) -> list[Run]:
        try:
            while self._next < self._limit.runs and not self._over():
                self._hand_out()
                if self._next >= self._limit.runs:
                    break
                seed, self._next = self._next, self._next + 1
                self._kept(seed, play(self._scene, self._first + seed).run)
                self._collect(0)
            while any(child.seed is not None for child in self._children) and not self._stop():
                self._collect(0.2)
        finally:
            for child in self._children:
                _ended(child)
        whole = next(seed for seed in range(len(self._done) + 1) if seed not in self._done)
        return [self._done[seed] for seed in range(whole)]

    def _over(self) -> bool:
        late = self._limit.seconds is not None and self._clock() - self._began >= self._limit.seconds
        return bool(self._done) and (late or self._stop())

    def _hand_out(self) -> None:
        self._collect(0)
        for child in self._children:
            if child.ready and child.seed is None and self._next < self._limit.runs:
                with suppress(OSError):
                    child.pipe.send(self._first + self._next)
                    child.seed, self._next = self._next, self._next + 1

    def _collect(self, seconds: float) -> None:
        """Take in what the children have to say. What one that died was playing is played here."""
        for ready in wait([child.pipe for child in self._children], seconds):
            child = next(one for one in self._children if one.pipe is ready)
            try:
                said = child.pipe.recv()
            except (EOFError, OSError):
                self._children.remove(child)
                _ended(child)
                if child.seed is not None:
                    self._kept(child.seed, play(self._scene, self._first + child.seed).run)
                continue
            if isinstance(said, CockpitError):
                raise said
            if isinstance(said, Run) and child.seed is not None:
                self._kept(child.seed, said)
            child.ready, child.seed = True, None

    def _kept(self, seed: int, run: Run) -> None:
        self._done[seed] = run
        left = 0.0 if self._limit.seconds is None else self._limit.seconds - (self._clock() - self._began)
        self._progress(len(self._done), max(0.0, left))


def _spawned(scene: Scene) -> _Child:
    """A process that plays seeds; it ends when this one does."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, scene), daemon=True, name="rehearsal")
    process.start()
    theirs.close()
    return _Child(process, ours)


def _ended(child: _Child) -> None:
    child.pipe.close()
    child.process.terminate()
    child.process.join(2)


def _serve(pipe: Connection, scene: Scene) -> None:
    """What a child does: say that it is ready, then play what it is told until nobody tells it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        pipe.send("ready")
        while True:
            seed = pipe.recv()
            try:
                pipe.send(play(scene, seed).run)
            except CockpitError as error:
                pipe.send(SaysNoError.told(str(error), "cockpit check FILE"))
