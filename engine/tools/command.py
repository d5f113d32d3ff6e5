"""The `command` tool: one program with fixed arguments, some of which a call fills in. No shell, nothing is split."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Mapping
from pathlib import Path

from engine.containment.environment import part_of, scrubbed
from engine.containment.process import STDERR_CAP, STDOUT_CAP, ContainedProcess, bubblewrap, wrapped
from engine.containment.supervised import uninterrupted
from engine.tools import arguments as given
from engine.tools.arguments import BadArgumentError, schema, string
from engine.tools.program import Program, looked_up, named
from engine.tools.protocol import Json, Result, Spec, ToolDownError
from engine.tools.telling import failed, one_line, told
from engine.values import duration

VALUE_CAP = 8_000
"""Characters of one argument."""
OPERATION = "run"
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NUMBER = itertools.count(1)


def places(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments that a template asks for, in the order in which they stand in it."""
    return tuple(dict.fromkeys(name for item in argv[1:] for name in _PLACE.findall(item)))


def spec_of(argv: tuple[str, ...]) -> Spec:
    """The one operation of a template: every placeholder is a text that must be given."""
    properties: dict[str, Json] = {name: string(f"stands for {{{name}}}", maxLength=VALUE_CAP) for name in places(argv)}
    described = one_line(" ".join(argv), 2_000)
    return Spec(name=OPERATION, description=f"Run: {described}", input_schema=schema(properties))


def filled(argv: tuple[str, ...], arguments: Mapping[str, object]) -> list[str]:
    """The command line of a call, each value inside the one argument it stands in. Raises `BadArgumentError`."""
    names = places(argv)
    given.known(arguments, names)
    values = {name: given.text(arguments, name, cap=VALUE_CAP) for name in names}
    for name, value in values.items():
        if "\0" in value:
            raise BadArgumentError(f"{name} holds a NUL character")
    line, options = [argv[0]], True
    for item in argv[1:]:
        filling = _PLACE.sub(lambda match: values[match[1]], item)
        if options and filling.startswith("-") and not item.startswith("-"):
            raise BadArgumentError(f"{item} must not begin with -, or it would be read as an option")
        options = options and item != "--"
        line.append(filling)
    return line


class CommandProvider:
    """A template for one attempt; each call is a process of its own, gone when it returns."""

    def __init__(
        self,
        name: str,
        argv: tuple[str, ...],
        *,
        workspace: Path,
        cookie: str,
        environ: Mapping[str, str],
        hidden: tuple[Path, ...] = (),
        network: bool = True,
    ) -> None:
        self.name, self._argv, self._network = name, argv, network
        self._workspace, self._cookie, self._environ, self._hidden = workspace, cookie, environ, hidden
        self._program: Program | None = None
        self._running: set[ContainedProcess] = set()

    @property
    def identity(self) -> str:
        """The template with its program's hash, after `specs`."""
        return self._program.identity() if self._program else ""

    async def specs(self) -> tuple[Spec, ...]:
        """`run`. The program is looked at anew each time. Raises `ToolDownError` when it is not there."""
        if self._argv and _PLACE.search(self._argv[0]):
            raise ToolDownError("the program itself may not be chosen by whoever calls it", "write its name")
        environ = scrubbed(self._environ, workspace=self._workspace, cookie=self._cookie)
        self._program = await asyncio.to_thread(
            looked_up, self._argv, search=environ["PATH"], folder=self._workspace.resolve()
        )
        return (spec_of(self._argv),)

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """Run the program. Raises `ToolDownError` when it is not there any more, or another one than it was."""
        del key
        before = self._program
        (spec,) = await self.specs()
        program = self._program
        assert program is not None
        if before is not None and before != program:
            self._program = before
            raise ToolDownError(
                f"the program of {self.name} was replaced", "look at what it is now, and grant it again"
            )
        if operation != spec.name:
            return failed(f"there is no operation {one_line(operation, 60)!r}", source=self.name)
        try:
            line = filled(program.argv, arguments)
        except BadArgumentError as problem:
            return failed(str(problem), source=self.name)
        return await self._run(line, timeout_ms)

    async def _run(self, line: list[str], timeout_ms: int) -> Result:
        workspace = self._workspace.resolve()
        for folder in ("home", "tmp"):
            (workspace / folder).mkdir(parents=True, exist_ok=True)
        shown = one_line(" ".join([Path(line[0]).name, *line[1:]]), 300)
        if bwrap := await asyncio.to_thread(bubblewrap):
            line = wrapped(
                line,
                bwrap,
                workspace=workspace,
                hidden=self._hidden,
                network=self._network,
                sees=named(self._argv[1:]),
                home=Path(self._environ.get("HOME") or "/nonexistent"),
            )
        cookie = part_of(self._cookie, f"{self.name}.{next(_NUMBER)}")
        environ = scrubbed(self._environ, workspace=workspace, cookie=cookie)
        process = ContainedProcess(line, environ=environ, workspace=workspace)
        self._running.add(process)
        try:
            await uninterrupted(process.start())
            deadline = asyncio.get_running_loop().time() + timeout_ms / 1_000
            while await process.line(deadline - asyncio.get_running_loop().time()) is not None:
                pass
        except TimeoutError:
            return failed(f"took longer than {duration(timeout_ms)} and was ended", source=shown)
        except (OSError, ValueError) as problem:
            return failed(f"could not be started: {one_line(str(problem))}", source=shown)
        finally:
            await uninterrupted(process.end())
            self._running.discard(process)
        return _answer(process, shown)

    async def close(self) -> None:
        """End what still runs."""
        for process in tuple(self._running):
            await uninterrupted(process.end())


def _answer(process: ContainedProcess, shown: str) -> Result:
    if process.flooded:
        cap = STDOUT_CAP if process.flooded == "stdout" else STDERR_CAP
        return failed(f"wrote more than {cap // 1024} KiB to {process.flooded} and was ended", source=shown)
    code, out = process.returncode, bytes(process.stdout)
    text = out.decode("utf-8", errors="replace")
    if code != 0:
        errors = process.stderr.decode("utf-8", errors="replace").strip()
        text = "\n".join(part for part in (text.strip(), errors) if part) or "it said nothing"
    return told(text, source=f"{shown}: exit status {code}", content=out + bytes(process.stderr), ok=code == 0)
