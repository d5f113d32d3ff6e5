"""An engine that is killed at one step of starting a program, as a child of a test: `STEP KIND FOLDER TOKEN ...`.

STEP names the moment; the program it starts is a tree of processes that want to stay.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from engine.containment import supervised
from engine.containment.environment import COOKIE_VARIABLE, cookie
from engine.containment.process import ContainedProcess, Method
from engine.modelhost.client import ModelHost
from engine.workers.command import CommandWorker
from tests.engine.workers.contract import Workbench, events_of, job

STEPS = ("before it is begun", "begun", "read", "heard", "ended", "swept up", "handed over")
"""Of a command; a server that is spoken with is begun in the same way, with one pipe more."""


def die(*_: object, **__: object) -> Any:
    """At once, without any chance to clear up."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(work: Callable[..., Any]) -> Callable[..., Any]:
    """The work, and then death."""

    async def done(*args: Any, **named: Any) -> Any:
        await work(*args, **named)
        die()

    return done


def lay(step: str) -> None:
    """Put the death where it is to happen."""
    match step:
        case "before it is begun":
            cast("Any", asyncio).create_subprocess_exec = die
        case "begun":
            cast("Any", asyncio).create_subprocess_exec = after(asyncio.create_subprocess_exec)
        case "read":
            cast("Any", supervised.Supervised)._reader = die
        case "heard":
            cast("Any", ContainedProcess).line = after(ContainedProcess.line)
        case "ended":
            cast("Any", supervised.Supervised).end = die
        case "swept up":
            cast("Any", supervised).end_tree = die
        case "handed over":
            cast("Any", CommandWorker)._handoff = die


async def command(method: Method, folder: Path, token: str, marker: str, tree: str) -> None:
    """A command worker with the tree."""
    io = Workbench(folder / "workspace")
    sha = io.keep(tree.encode())
    given = ({"name": "tree", "filename": "script.py", "sha": sha},)
    worker = CommandWorker(environ=os.environ, cookie=token, clock=lambda: 0, method=method)
    await events_of(worker, job(argv=("{python}", "{input.tree}", marker), inputs=given), io)


async def spoken(folder: Path, token: str, marker: str, tree: str) -> None:
    """A server with which is spoken."""
    (folder / "tree.py").write_text(tree)
    environ = {"PATH": os.environ["PATH"], COOKIE_VARIABLE: cookie("a-1", token)}
    line = [sys.executable, str(folder / "tree.py"), marker]
    program = supervised.Supervised(line, environ=environ, workspace=folder)
    _, errors, _ = await program.start_with_input()
    await errors.readline()
    await program.end()


async def model_host(folder: Path, token: str, marker: str, tree: str) -> None:
    """A model host that does not notice that its engine is gone."""
    (folder / "script.py").write_text(tree)
    host = ModelHost(
        log=folder / "models.log",
        environ=os.environ,
        clock=lambda: 0,
        argv=[sys.executable, str(folder / "script.py"), marker],
        mark={COOKIE_VARIABLE: cookie("modelhost.1", token)},
    )
    await host.prespawn()


def main(step: str, kind: str, *rest: str) -> None:
    """Start what was asked for, and die."""
    folder, token, marker, tree = Path(rest[0]), rest[1], rest[2], Path(rest[3]).read_text()
    lay(step)
    if kind == "spoken":
        asyncio.run(spoken(folder, token, marker, tree))
    elif kind == "model host":
        asyncio.run(model_host(folder, token, marker, tree))
    else:
        asyncio.run(command(cast("Method", kind), folder, token, marker, tree))


if __name__ == "__main__":
    main(*sys.argv[1:])
