"""Starting a command so that it, and everything it starts, can be ended: on cancel, on time-out, at the engine's death.

Three layers, each for when the one above it is missing or was defeated: bubblewrap (a process namespace of its own and
a read-only machine, where the system has it), a supervisor that ends the tree when the engine's lifeline closes, and a
cookie in the environment by which leftovers are found. What a hostile process of the same user can still do without
bubblewrap (kill its supervisor and shed its cookie) is written down in docs/security.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeVar

import psutil

from engine.containment.environment import COOKIE_VARIABLE, attempt_of

Method = Literal["bubblewrap", "supervisor"]
T = TypeVar("T")

STDOUT_CAP, STDERR_CAP = 4 * 2**20, 256 * 2**10
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_PATIENCE_S = 2.0
_LINE_CAP = 2_000
_LINES_WAITING = 1_000


@functools.cache
def bubblewrap() -> str | None:
    """The path of a bubblewrap that works here, probed once; None where there is none or namespaces are forbidden."""
    found = shutil.which("bwrap")
    if found is None:
        return None
    probe = [found, "--die-with-parent", "--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    try:
        done = subprocess.run([*probe, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 else None


def wrapped(argv: list[str], bwrap: str, *, workspace: Path, hidden: Collection[Path]) -> list[str]:
    """`argv` inside bubblewrap: the machine read-only, `/tmp` and the hidden folders empty, the workspace writable."""
    line = [bwrap, "--die-with-parent", "--unshare-pid", "--unshare-ipc"]
    line += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    emptied = sorted({path.resolve() for path in (*hidden, Path("/tmp")) if path.is_dir()})  # noqa: S108
    for folder in emptied:
        line += ["--tmpfs", str(folder)]
    for prefix in sorted({Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}):
        if any(prefix.is_relative_to(folder) for folder in emptied):
            line += ["--ro-bind", str(prefix), str(prefix)]  # the interpreter itself is no secret
    line += ["--bind", str(workspace), str(workspace)]
    for folder in (workspace / "inputs", workspace / "artifacts"):
        if folder.is_dir():
            line += ["--ro-bind", str(folder), str(folder)]
    return [*line, "--chdir", str(workspace), "--", *argv]


async def uninterrupted(work: Awaitable[T]) -> T:
    """Finish `work` even when cancelled meanwhile, then be cancelled."""
    task, cancelled = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as again:
            cancelled = again
        except Exception:  # noqa: BLE001 - the result below raises it
            break
    if cancelled is not None:
        raise cancelled
    return task.result()


class ContainedProcess:
    """A command under its supervisor. `end` may be called at any time, and after it nothing of the command runs."""

    def __init__(self, argv: list[str], *, environ: Mapping[str, str], workspace: Path) -> None:
        self._argv, self._environ, self._workspace = argv, environ, workspace
        self._process: asyncio.subprocess.Process | None = None
        self._lifeline, self._ended = -1, False
        self._transports: list[asyncio.ReadTransport] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.stdout, self.stderr = bytearray(), bytearray()
        self.flooded: Literal["", "stdout", "stderr"] = ""

    @property
    def returncode(self) -> int | None:
        """The command's exit status once it ended; 128 + n for signal n."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Start it. Raises OSError when the supervisor itself cannot be started."""
        inner, self._lifeline = os.pipe()
        pipes = [os.pipe(), os.pipe()]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_SUPERVISOR), str(inner), *self._argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipes[0][1],
                stderr=pipes[1][1],
                cwd=self._workspace,
                env=self._environ,
                pass_fds=(inner,),
                start_new_session=True,
            )
        except BaseException:
            for readable, _ in pipes:
                os.close(readable)
            raise
        finally:
            for end in (inner, *(writable for _, writable in pipes)):
                os.close(end)
        out, err = [await self._reader(os.fdopen(readable, "rb", buffering=0)) for readable, _ in pipes]
        drains = [asyncio.create_task(self._drain_stdout(out)), asyncio.create_task(self._drain_stderr(err))]
        self._tasks = [*drains, asyncio.create_task(self._watch(self._process, drains))]

    async def _reader(self, pipe: IO[bytes]) -> asyncio.StreamReader:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._transports.append(transport)
        return reader

    async def _drain_stdout(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65_536):
            self.stdout += chunk
            if len(self.stdout) > STDOUT_CAP:
                self._flood("stdout")
                return

    async def _drain_stderr(self, reader: asyncio.StreamReader) -> None:
        start = 0
        while chunk := await reader.read(65_536):
            self.stderr += chunk
            if len(self.stderr) > STDERR_CAP:
                self._flood("stderr")
                return
            while (stop := self.stderr.find(b"\n", start)) >= 0:
                if self._lines.qsize() < _LINES_WAITING:
                    self._lines.put_nowait(self.stderr[start : min(stop, start + _LINE_CAP)].decode(errors="replace"))
                start = stop + 1

    def _flood(self, stream: Literal["stdout", "stderr"]) -> None:
        self.flooded = stream
        self._lines.put_nowait(None)

    async def _watch(self, process: asyncio.subprocess.Process, drains: list[asyncio.Task[None]]) -> None:
        await process.wait()
        await asyncio.wait(drains, timeout=_PATIENCE_S)
        self._lines.put_nowait(None)

    async def line(self, timeout_s: float) -> str | None:
        """The next line of stderr, None when the command ended or flooded. Raises TimeoutError."""
        return await asyncio.wait_for(self._lines.get(), max(timeout_s, 0.0))

    async def end(self) -> None:
        """End the tree first, then wait for its leader (bounded), then let go of pipes and tasks. Once is enough."""
        if self._ended:
            return
        self._ended = True
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self._process is not None:
            await self._waited(self._process)
            await asyncio.to_thread(end_tree, self._process.pid, self._environ[COOKIE_VARIABLE])
            await self._waited(self._process)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for transport in self._transports:
            transport.close()
        await asyncio.sleep(0)  # the transports close their pipes in the next turn of the loop

    @staticmethod
    async def _waited(process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _PATIENCE_S)


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
                found[process.pid] = process
                ended.setdefault(process.pid, Leftover(attempt, process.pid, process.info["name"] or "?"))
        return found

    _end_all(members)
    return tuple(sorted(ended.values(), key=lambda leftover: leftover.pid))


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
