"""Ending what must not run on: the process tree of a program, found by descent and by the cookie in its environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import psutil

from engine.containment.environment import COOKIE_VARIABLE, attempt_of

_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """A process of a dead attempt that was ended."""

    attempt: str
    pid: int
    name: str


def end_tree(pid: int, cookie: str) -> None:
    """End the descendants of `pid`, all processes of this user that carry the cookie, and `pid` itself."""

    def members() -> dict[int, psutil.Process]:
        found = {p.pid: p for p, value in _cookies() if value == cookie}
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(pid)
            if root.ppid() == os.getpid():  # else the leader was reaped, and its number may be somebody else's by now
                found |= {p.pid: p for p in (*root.children(recursive=True), root)}
        return found

    _end_all(members)


def sweep(token: str, *, alive: Collection[str] = ()) -> tuple[Leftover, ...]:
    """End what dead attempts of this home left running: called when an engine starts. `alive` names attempts to spare.

    Processes are found by their cookie and told apart from reused numbers by their start time.
    """
    spared = _own_line()
    ended: dict[int, Leftover] = {}

    def members() -> dict[int, psutil.Process]:
        found: dict[int, psutil.Process] = {}
        for process, value in _cookies():
            attempt = attempt_of(value, token)
            if attempt is not None and attempt not in alive and process.pid not in spared:
                ended.setdefault(process.pid, Leftover(attempt, process.pid, process.info["name"] or "?"))
                found |= {one.pid: one for one in _line_of(process) if one.pid not in spared}
        return found

    _end_all(members)
    return tuple(sorted(ended.values(), key=lambda leftover: leftover.pid))


def running(token: str) -> tuple[Leftover, ...]:
    """What attempts of this home left running, without doing anything about it."""
    found = ((process, attempt_of(value, token)) for process, value in _cookies())
    spared = _own_line()
    return tuple(
        Leftover(attempt, process.pid, process.info["name"] or "?")
        for process, attempt in found
        if attempt is not None and process.pid not in spared
    )


def _line_of(process: psutil.Process) -> list[psutil.Process]:
    """A process and its descendants: a supervisor that is ended in the midst of its work leaves what shed the mark."""
    with contextlib.suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def _own_line() -> set[int]:
    with contextlib.suppress(psutil.Error):
        return {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return {os.getpid()}


def _cookies() -> list[tuple[psutil.Process, str]]:
    """Every living process of this user that carries a cookie, with it."""
    found, me = [], os.getuid()
    for process in psutil.process_iter(["uids", "name", "status"]):
        uids = process.info["uids"]
        if uids is None or uids.real != me or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            value = process.environ().get(COOKIE_VARIABLE)
            if value:
                found.append((process, value))
    return found


def _end_all(members: Callable[[], dict[int, psutil.Process]]) -> None:
    """Freeze until no new process appears, then kill, and look again. Bounded: what cannot die is left."""
    deadline = time.monotonic() + _PATIENCE_S
    while _living(members()) and time.monotonic() < deadline:
        frozen: dict[int, psutil.Process] = {}
        while fresh := {pid: p for pid, p in _living(members()).items() if pid not in frozen}:
            _tell(fresh.values(), signal.SIGSTOP)
            frozen |= fresh
        _tell(frozen.values(), signal.SIGKILL)
        time.sleep(0.01)


def _living(processes: Mapping[int, psutil.Process]) -> dict[int, psutil.Process]:
    living = {}
    for pid, process in processes.items():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                living[pid] = process
    return living


def _tell(processes: Collection[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(what)  # refuses when the number was reused: psutil compares start times
