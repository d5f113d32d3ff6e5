"""The `command` worker: an argv template run in a contained process tree, its output read as evidence and artifacts."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.containment.bubble import cuts_network
from engine.containment.environment import cookie, private, scrubbed
from engine.containment.process import (
    STDERR_CAP,
    STDOUT_CAP,
    ContainedProcess,
    Method,
    bubblewrap,
    wrapped,
)
from engine.containment.supervised import uninterrupted
from engine.values import duration
from engine.workers import answer
from engine.workers.answer import visible
from engine.workers.arguments import UnusableError, fill
from engine.workers.protocol import (
    ArtifactOut,
    AttemptJob,
    Failed,
    FileIn,
    Finished,
    Handoff,
    Note,
    WorkerEvent,
    WorkerIO,
)

_FOLDERS = ("inputs", "artifacts", "out", "home", "tmp")
_STEP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CANNOT_START = (126, 127)
_MEDIA = {".json": "application/json", ".jsonl": "application/jsonl", ".md": "text/markdown", ".csv": "text/csv"}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A workspace with everything in it, and the command line for it."""

    argv: list[str]
    environ: dict[str, str]
    workspace: Path


class CommandWorker:
    """Runs commands. One instance serves any number of attempts at once; it keeps nothing between them.

    `environ` is the engine's own environment, of which a command sees almost nothing; `cookie` the token of this home;
    `hidden` folders a command has no business in (bubblewrap only); `clock` tells milliseconds. `method` None takes
    bubblewrap where it works and the supervisor alone elsewhere, as does a bubblewrap that does not work.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        cookie: str,
        hidden: tuple[Path, ...] = (),
        clock: Callable[[], int],
        method: Method | None = None,
    ) -> None:
        self._environ, self._token, self._clock = dict(environ), cookie, clock
        self._hidden = (*hidden, *private(environ))
        self._method = method

    @property
    def method(self) -> Method:
        """How the next command will be contained."""
        return "bubblewrap" if self._method != "supervisor" and bubblewrap() else "supervisor"

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Do the job. Cancelling or closing the iteration ends the whole process tree before it returns."""
        started = self._clock()
        ending: Finished | Failed
        process: ContainedProcess | None = None
        try:
            ready = await self._ready(job, io)
            process = ContainedProcess(self._contained(ready, job), environ=ready.environ, workspace=ready.workspace)
            await uninterrupted(process.start())
            yield Note(text=self._told(job))
            loop = asyncio.get_running_loop()
            deadline = loop.time() + job.timeout_ms / 1_000
            while (line := await process.line(deadline - loop.time())) is not None:
                if line.startswith("progress:"):
                    yield Note(text=visible(line.removeprefix("progress:").strip()) or "…")
            await uninterrupted(process.end())
            ending = Finished(handoff=await self._handoff(process, job, io))
        except UnusableError as problem:
            ending = Failed(reason=visible(problem.reason, 2_000), retryable=problem.retryable)
        except TimeoutError:
            ending = Failed(reason=f"timed out after {duration(job.timeout_ms)}")
        except (OSError, ValueError) as problem:
            ending = Failed(reason=f"the command could not be run here: {visible(str(problem))}")
        finally:
            if process is not None:
                await uninterrupted(process.end())
        yield ending.model_copy(update={"latency_ms": max(0, self._clock() - started)})

    def _told(self, job: AttemptJob) -> str:
        """How it is contained, for whoever watches."""
        apart = self.method == "bubblewrap" and cuts_network() and not job.network
        return f"contained by {self.method}{', without network' if apart else ''}"

    def _contained(self, ready: _Ready, job: AttemptJob) -> list[str]:
        bwrap = bubblewrap()
        if self.method == "supervisor" or bwrap is None:
            return ready.argv
        home = Path(self._environ.get("HOME") or "/nonexistent")
        sees = [home / folder.removeprefix("~/") for folder in job.sees]
        return wrapped(
            ready.argv,
            bwrap,
            workspace=ready.workspace,
            hidden=self._hidden,
            network=job.network,
            sees=sees,
            home=home,
        )

    async def _ready(self, job: AttemptJob, io: WorkerIO) -> _Ready:
        await asyncio.to_thread(cuts_network)  # the first probe takes a moment
        workspace = io.workspace.resolve()
        for folder in _FOLDERS:
            (workspace / folder).mkdir(parents=True, exist_ok=True)
        inputs: dict[str, Path] = {}
        for given in job.inputs:
            inputs[given.name] = await _lay(workspace / "inputs", given, io)
        artifacts: dict[str, Path] = {}
        for given in job.artifacts:
            task = given.name.partition("/")[0]
            if not _STEP.fullmatch(task):
                raise UnusableError(f"{visible(given.name, 60)} cannot name an artifact", retryable=False)
            path = await _lay(workspace / "artifacts" / task, given, io)
            artifacts.setdefault(task, path)
            artifacts[f"{task}/{given.filename}"] = path
        package = workspace / "package.txt"
        _write(package, job.package.encode("utf-8", errors="replace"))
        argv = fill(job, inputs=inputs, artifacts=artifacts, package=package)
        environ = scrubbed(self._environ, workspace=workspace, cookie=cookie(job.attempt, self._token))
        return _Ready(argv, environ, workspace)

    async def _handoff(self, process: ContainedProcess, job: AttemptJob, io: WorkerIO) -> Handoff:
        if process.flooded:
            cap = STDOUT_CAP if process.flooded == "stdout" else STDERR_CAP
            raise UnusableError(f"flooded {process.flooded} with more than {cap // 1024} KiB", retryable=True)
        code = process.returncode
        if code != 0:
            said = [line for line in process.stderr.decode("utf-8", errors="replace").splitlines() if line.strip()]
            how = f"exit status {code}" if code is not None and 0 <= code <= 128 else f"ended by a signal ({code})"
            last = f": {visible(said[-1])}" if said else ""
            raise UnusableError(f"{how}{last}", retryable=code not in _CANNOT_START)
        left = answer.read(bytes(process.stdout), job)
        out = io.workspace.resolve() / "out"
        contents = [(name, answer.collect(out, name)) for name in left.files]
        if left.text is not None:
            contents.append(("stdout.txt", left.text))
        artifacts = tuple([await _stored(name, content, io) for name, content in contents])
        return left.handoff.model_copy(update={"artifacts": artifacts})


async def _stored(name: str, content: bytes, io: WorkerIO) -> ArtifactOut:
    media = _MEDIA.get(Path(name).suffix, "text/plain")
    return ArtifactOut(name=name, sha=await io.put(content), bytes=len(content), media=media)


async def _lay(folder: Path, given: FileIn, io: WorkerIO) -> Path:
    """Put a read-only copy of a blob into a folder of the workspace."""
    path = folder / given.filename
    try:
        content = await io.blob(given.sha)
    except KeyError:
        raise UnusableError(f"{visible(given.name, 60)} was erased and cannot be given", retryable=False) from None
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() != content:
        raise UnusableError(f"two files named {given.filename} would lie in {folder.name}", retryable=False)
    _write(path, content)
    return path


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
