"""A declared program that carries an effect out: the exact body on its standard input, the key in its environment.

It runs contained, as command workers do, in an empty folder of its own. Its exit code is all that counts: 0 delivered,
75 not now (`EX_TEMPFAIL`), 64 to 78 refused, as `sysexits.h` has them. Every other ending is unknown: a program that
was killed, that ran too long, or that gave up half-way may have done it.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

from engine.containment.environment import cookie, scrubbed
from engine.containment.process import ContainedProcess, bubblewrap, wrapped
from engine.effects.canonical import parse
from engine.effects.protocol import Delivered, Destination, Refused, Unknown, mismatch
from engine.effects.remembered import Remembering
from engine.values import digest, sha256

KEY = "COCKPIT_KEY"
TEMPORARY = 75
REFUSED = range(64, 79)
_STDIN = 'exec "$@" < "$0"'
"""The body is a file, and becomes the standard input: no pipe that somebody has to fill."""


class Program(Protocol):
    """`[connectors.NAME]` with `kind = "command"`."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The program and its arguments."""

    @property
    def window(self) -> int:
        """How long it remembers keys, in milliseconds; 0 when it does not look at them."""

    @property
    def timeout(self) -> int:
        """How long it may run, in milliseconds."""


class ProgramConnector(Remembering):
    """One program. `dedup` when it remembers keys for a declared while, else `blind`."""

    who = "the program"

    def __init__(
        self,
        name: str,
        settings: Program,
        *,
        environ: Mapping[str, str],
        token: str,
        hidden: Collection[Path] = (),
        sandbox: Callable[[], str | None] = bubblewrap,
    ) -> None:
        """`token`: what marks the processes of this home; `hidden`: folders that it must not see."""
        self._settings, self._environ, self._token = settings, environ, token
        self._hidden, self._sandbox = hidden, sandbox
        setup = digest(["cockpit.command.v1", name, list(settings.argv)])
        super().__init__(name, settings.window, Destination("command", f"command:{name}", setup))

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:  # noqa: ARG002
        """Run it. `Delivered.reference` is the first line of what it said."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        if parse(effect).envelope.url != self._destination.url:
            return Refused("it was approved for another program than the one that is configured now")
        if shutil.which(self._settings.argv[0], path=self._environ.get("PATH")) is None:
            return Refused(f"{Path(self._settings.argv[0]).name} is not there", whole=True)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="cockpit-effect-"))
        try:
            return await self._run(folder, body, key)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, folder: Path, body: bytes, key: str) -> Delivered | Refused | Unknown:
        (folder / "body").write_bytes(body)
        for name in ("home", "tmp"):
            (folder / name).mkdir(mode=0o700)
        mark = cookie(f"effect-{sha256(key.encode())[:16]}", self._token)
        environ = scrubbed(self._environ, workspace=folder, cookie=mark) | {KEY: key}
        argv = ["/bin/sh", "-c", _STDIN, str(folder / "body"), *self._settings.argv]
        bwrap = self._sandbox()
        if bwrap is not None:
            argv = wrapped(argv, bwrap, workspace=folder, hidden=self._hidden)
        process = ContainedProcess(argv, environ=environ, workspace=folder)
        try:
            try:
                await process.start()
            except OSError as error:
                return Refused(f"it cannot be started ({error.strerror})", temporary=True, whole=True)
            ended = await self._ended(process)
            return (
                said(process.returncode, bytes(process.stdout)) if ended else Unknown("it ran too long, and was ended")
            )
        finally:
            await asyncio.shield(process.end())

    async def _ended(self, process: ContainedProcess) -> bool:
        """Whether it ended by itself in time."""
        deadline = asyncio.get_running_loop().time() + self._settings.timeout / 1000
        with contextlib.suppress(TimeoutError):
            while await process.line(deadline - asyncio.get_running_loop().time()) is not None:
                pass
            return not process.flooded
        return False


def said(code: int | None, stdout: bytes) -> Delivered | Refused | Unknown:
    """What an exit code says."""
    first = next(iter(stdout.decode("utf-8", "replace").splitlines()), "").strip()[:200]
    told = "".join(char if char.isprintable() else "?" for char in first)
    if code == 0:
        return Delivered(told or "done")
    if code == TEMPORARY:
        return Refused(told or "not now", temporary=True)
    if code is not None and code in REFUSED:
        return Refused(f"exit code {code}" + (f": {told}" if told else ""))
    return Unknown(f"exit code {code}: it may have done it, or a part of it")


__all__ = ["KEY", "Program", "ProgramConnector", "said"]
