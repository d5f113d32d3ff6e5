"""The `mcp` tool: the tools of one MCP server, started inside our containment or reached over HTTP, pinned by what they
say and by what they are.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn
from urllib.parse import urlsplit

from engine.containment.conversation import Conversation
from engine.containment.environment import part_of, scrubbed
from engine.containment.process import bubblewrap, wrapped
from engine.containment.supervised import uninterrupted
from engine.redaction import Redactor
from engine.secrets.protocol import SecretError, Secrets
from engine.tools.mcp.faults import GoneError, NoAnswerError, ServerError, SlowError
from engine.tools.program import Program, looked_up, named
from engine.tools.protocol import ChangedError, Grant, Result, Spec, ToolDownError
from engine.tools.telling import clean, failed, one_line
from engine.values import canonical, duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.client._transport import TransportStreams

    from engine.tools.mcp.gate import Gate
    from engine.tools.mcp.session import Session

OPEN_S, LIST_S = 45.0, 30.0
OPENINGS_CAP = 10
"""How often a server is started anew for one attempt before it is given up."""
_LOG = "look at the server's own log"
_NUMBER = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a server: the attempt's folder and cookie, the engine's environment, what must stay hidden,
    and whether it has a network.
    """

    workspace: Path
    cookie: str
    environ: Mapping[str, str]
    hidden: tuple[Path, ...] = ()
    network: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """A call, and whether it reached the server: `yes` with its answer, `no`, or `perhaps`: it may have been done."""

    result: Result
    reached: Literal["yes", "no", "perhaps"]
    gone: bool = False


class McpProvider:
    """One server for one attempt, started with the first use and started anew when it ended."""

    def __init__(self, grant: Grant, around: Around, secrets: Secrets) -> None:
        self.name = grant.tool
        self._grant, self._around, self._secrets = grant, around, secrets
        self._session: Session | None = None
        self._told: dict[str, Spec] = {}
        self._identity = ""
        self._values: set[str] = set()
        self._openings = 0
        self._opening = asyncio.Lock()
        self._talk: Conversation | None = None

    @property
    def identity(self) -> str:
        """The command with its program's hash, or the address, and how the server introduced itself: after `specs`."""
        return self._identity

    async def specs(self) -> tuple[Spec, ...]:
        """Its tools as the server tells them now. Raises `ToolDownError`."""
        from engine.tools.mcp.reading import specs

        session = await self._opened()
        session.gate.changed = False
        try:
            found = specs(await session.tools(LIST_S))
        except ServerError as fault:
            await self._down(fault)
        self._told = {spec.name: spec for spec in found}
        return found

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """Ask the server. Raises `ToolDownError` when it is gone, or when the operation is not what it was told as."""
        tried = await self.tried(operation, arguments, key=key, timeout_ms=timeout_ms)
        if tried.gone:
            raise ToolDownError(tried.result.text, _LOG)
        if tried.reached != "no" and self._session is not None and self._session.gate.changed:
            await self._unchanged(operation, self._told.get(operation))
        return tried.result

    async def tried(
        self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int, pin: str | None = None
    ) -> Tried:
        """Ask the server, and say whether it can have done what was asked: for what must not be done twice.

        `pin`: what the operation has to be in the very conversation in which it is called. Raises `ToolDownError` when
        nothing was asked of it, as `ChangedError` when the operation is another one.
        """
        from engine.tools.mcp import reading

        source = f"{self.name} {one_line(operation, 60)}"
        session = await self._opened()
        if not self._told or pin is not None:
            await self.specs()
        told = self._told.get(operation)
        if session.gate.changed:
            await self._unchanged(operation, told)
        if pin is not None:
            self._pinned(session, operation, told, pin)
        if wrong := _unusable(operation, told, arguments):
            return Tried(failed(wrong, source=source), "no")
        before = session.gate.refused
        try:
            answer = await session.call(operation, arguments, key=key, timeout_s=timeout_ms / 1_000)
        except SlowError:
            await self.close()
            return Tried(failed(f"took longer than {duration(timeout_ms)} and was ended", source=source), "perhaps")
        except NoAnswerError as fault:
            return Tried(failed(self._redacted(str(fault)), source=source), "perhaps")
        except ServerError as fault:
            return Tried(failed(await self._over(fault), source=source), "perhaps", gone=True)
        asked = [name for name in session.gate.refused if name not in before]
        notes = [f"[the server asked for {name}, which was refused]" for name in asked]
        result = reading.result(answer, source=source, notes=notes)
        return Tried(result.model_copy(update={"text": self._redacted(result.text)}), "yes")

    async def _unchanged(self, operation: str, told: Spec | None) -> None:
        """Raises `ToolDownError` when an operation is not what it was: what it answered is not used either."""
        listed = self._told
        await self.specs()
        if self._told.get(operation) != told:
            self._told = listed
            what = f"{self.name} changed its operation {one_line(operation, 60)} while it was used"
            raise ChangedError(what, "look at what it is now, and grant it again")

    def _pinned(self, session: Session, operation: str, told: Spec | None, pin: str) -> None:
        """Raises `ToolDownError` unless this conversation listed the operation, and it is what it was pinned as."""
        if self._session is not session:
            raise ToolDownError(f"{self.name} ended while it was looked at", _LOG)
        now = told.pin(self._identity) if told is not None else ""
        if now != pin:
            raise ChangedError(
                f"{self.name}: its operation {one_line(operation, 60)} is not what was pinned",
                "look at what it is now, and grant it again",
                now=now,
            )

    async def _opened(self) -> Session:
        async with self._opening:
            if self._session is not None and self._session.alive:
                return self._session
            await self._ended()
            if self._openings >= OPENINGS_CAP:
                raise ToolDownError(f"{self.name} ended {self._openings} times", _LOG)
            self._openings += 1
            module = await asyncio.to_thread(importlib.import_module, "engine.tools.mcp.session")
            program, session = None, self._session
            if self._grant.url:
                session = await self._reach(module.Session)
            else:
                program, session = await self._spawn(module.Session)
            self._session = session
            try:
                greeting = await session.open(OPEN_S)
            except ServerError as fault:
                await self._down(fault)
            except BaseException:
                await uninterrupted(self._ended())
                raise
            server = {"name": clean(greeting.name), "version": clean(greeting.version)}
            if program is not None:
                self._identity = program.identity(environ=dict(self._grant.environ), server=server)
            else:
                self._identity = canonical({"url": self._grant.url, "server": server}).decode()
            return session

    async def _spawn(self, kind: type[Session]) -> tuple[Program, Session]:
        around = self._around
        workspace = around.workspace.resolve()
        environ = scrubbed(around.environ, workspace=workspace, cookie=self._cookie())
        program = await asyncio.to_thread(looked_up, self._grant.argv, search=environ["PATH"], folder=workspace)
        for name, reference in self._grant.environ:
            environ[name] = await self._secret(reference)
        for folder in ("home", "tmp"):
            (workspace / folder).mkdir(parents=True, exist_ok=True)
        argv = list(program.argv)
        if bwrap := await asyncio.to_thread(bubblewrap):
            argv = wrapped(
                argv,
                bwrap,
                workspace=workspace,
                hidden=around.hidden,
                network=around.network,
                sees=named(program.argv[1:]),
                home=Path(around.environ.get("HOME") or "/nonexistent"),
            )

        @asynccontextmanager
        async def connect(gate: Gate) -> AsyncIterator[TransportStreams]:
            from engine.tools.mcp.stdio import spoken

            talk = self._talk = Conversation(argv, environ=environ, workspace=workspace)
            try:
                await uninterrupted(talk.start())
                async with spoken(talk, gate) as streams:
                    yield streams
            finally:
                await uninterrupted(talk.end())

        return program, kind(connect, version=_version())

    def _cookie(self) -> str:
        return part_of(self._around.cookie, f"{self.name}.{next(_NUMBER)}")

    async def _reach(self, kind: type[Session]) -> Session:
        url = self._grant.url
        _check(url)
        reference = self._grant.secret
        if reference:
            await self._secret(reference)  # to say now, in our own words, that there is none

        async def token() -> str:
            return await self._secret(reference)

        def connect(gate: Gate) -> AbstractAsyncContextManager[TransportStreams]:
            from engine.tools.mcp.streamable import reached

            del gate
            return reached(url, token if reference else None)

        return kind(connect, version=_version())

    async def _secret(self, reference: str) -> str:
        try:
            value = await self._secrets.get(reference)
        except SecretError as problem:
            raise ToolDownError(f"{self.name}: {problem.where} {problem.what}", problem.mend) from None
        self._values.add(value)
        return value

    async def _down(self, fault: ServerError) -> NoReturn:
        """End what is left, and say what went wrong."""
        raise ToolDownError(await self._over(fault), _LOG) from None

    async def _over(self, fault: ServerError) -> str:
        """End what is left; what went wrong, with the last words of a program."""
        talk = self._talk
        await self._ended()
        said = f"{self.name}: {fault}"
        if isinstance(fault, GoneError) and talk is not None and talk.returncode is not None:
            said += f" (exit status {talk.returncode})"
        if talk is not None and (lines := [line for line in talk.errors.splitlines() if line.strip()]):
            said += f"; it said: {one_line(lines[-1])}"
        return self._redacted(said)

    async def _ended(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await uninterrupted(session.close())

    async def close(self) -> None:
        """End the server and everything it started."""
        await self._ended()

    def _redacted(self, text: str) -> str:
        return Redactor((value, f"a secret of {self.name}") for value in self._values).redact(text)


def _unusable(operation: str, told: Spec | None, arguments: Mapping[str, object]) -> str:
    """Why nothing is asked of the server; empty when it can be."""
    name = one_line(operation, 60)
    if told is None:
        return f"there is no operation {name!r}"
    properties = told.input_schema.get("properties")
    if isinstance(properties, dict) and told.input_schema.get("additionalProperties") is not True:
        for argument in arguments:
            if argument not in properties:
                return f"{name} has no argument {one_line(argument, 60)!r}"
    try:
        json.dumps(dict(arguments), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        return "the arguments are no JSON"
    return ""


def _check(url: str) -> None:
    """Raises `ToolDownError` for an address that a token must not be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    here = host in ("localhost", "127.0.0.1", "::1")
    if not host or parts.username or parts.password or not url.isprintable() or " " in url:
        raise ToolDownError("the server's address is none", "write https://host/path, without a name or password in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ToolDownError("the server's address is not encrypted", "use https; http is for this machine alone")


def _version() -> str:
    try:
        return version("mission-cockpit")
    except PackageNotFoundError:
        return "0"
