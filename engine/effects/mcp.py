"""One call of one operation of one MCP server, with exactly the approved arguments, and the truth about its outcome.

The server is started for the call, contained as every tool server is, or reached at its address. Before the call its
operation is held against the pin that stands in the configuration, which is part of what was approved: a server that
has changed is asked nothing. What it answered as done is done; an error and a silence say nothing of what it did.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from engine.containment.environment import cookie, private
from engine.containment.supervised import uninterrupted
from engine.effects.canonical import parse
from engine.effects.protocol import Delivered, Destination, Refused, Unknown, mismatch
from engine.effects.remembered import Remembering
from engine.effects.webhook import PASSING
from engine.secrets.protocol import SecretError, Secrets
from engine.tools.mcp.provider import Around, McpProvider, Tried
from engine.tools.protocol import ChangedError, Grant, ToolDownError
from engine.tools.telling import one_line
from engine.values import canonical, digest, sha256


class Operation(Protocol):
    """`[connectors.NAME]` with `kind = "mcp"`."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The server and its arguments; empty for one that is reached at an address."""

    @property
    def url(self) -> str:
        """The address of a server over streamable HTTP; empty for one that is started."""

    @property
    def secret(self) -> str:
        """A reference to the bearer token of a server at an address; empty for none."""

    @property
    def env(self) -> Mapping[str, str]:
        """Variables of a server that is started, each a reference."""

    @property
    def operation(self) -> str:
        """The one operation that is called."""

    @property
    def pin(self) -> str:
        """What the operation has to be; empty when nobody has said so yet, and nothing is called."""

    @property
    def window(self) -> int:
        """How long the server remembers keys, in milliseconds; 0 when it does not look at them."""

    @property
    def timeout(self) -> int:
        """How long the call may take, in milliseconds."""


class McpConnector(Remembering):
    """One operation. `dedup` when its server remembers keys for a declared while, else `blind`."""

    who = "the server"

    def __init__(
        self,
        name: str,
        settings: Operation,
        secrets: Secrets,
        *,
        environ: Mapping[str, str],
        token: str,
        hidden: tuple[Path, ...] = (),
    ) -> None:
        """`token`: what marks the processes of this home; `hidden`: folders that the server must not see."""
        self._settings, self._secrets = settings, secrets
        self._environ, self._token, self._hidden = environ, token, hidden
        env = tuple(sorted(settings.env.items()))
        self._grant = Grant(
            tool=name, kind="mcp", argv=settings.argv, url=settings.url, secret=settings.secret, environ=env
        )
        said = ["cockpit.mcp.v1", name, list(settings.argv), settings.url, settings.secret, [list(one) for one in env]]
        url = f"{settings.url}#{settings.operation}" if settings.url else f"mcp:{name}/{settings.operation}"
        setup = digest([*said, settings.operation, settings.pin])
        super().__init__(name, settings.window, Destination("mcp", url, setup))

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:  # noqa: ARG002
        """Call it. `Delivered.reference` is the first line of what it answered."""
        if reason := mismatch(effect, body, self._name):
            return Refused(reason)
        if parse(effect).envelope.url != self._destination.url:
            return Refused("it was approved for another operation than the one that is configured now")
        arguments = _arguments(body)
        if arguments is None:
            return Refused("the body is not the arguments of a tool, in the one form that is called")
        if missing := await self._missing():
            return missing
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="cockpit-effect-"))
        try:
            return await self._called(folder, arguments, key)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _missing(self) -> Refused | None:
        """What the server needs and is not there."""
        argv = self._settings.argv
        if argv and shutil.which(argv[0], path=self._environ.get("PATH")) is None:
            return Refused(f"{one_line(Path(argv[0]).name, 60)} is not there", whole=True)
        for reference in filter(None, (self._settings.secret, *self._settings.env.values())):
            try:
                await self._secrets.get(reference)
            except SecretError as error:
                return Refused(str(error), temporary=error.why in PASSING, whole=True)
        return None

    async def _called(self, folder: Path, arguments: Mapping[str, object], key: str) -> Delivered | Refused | Unknown:
        mark = cookie(f"effect-{sha256(key.encode())[:16]}", self._token)
        around = Around(folder, mark, self._environ, (*self._hidden, *private(self._environ)))
        provider = McpProvider(self._grant, around, self._secrets)
        settings = self._settings
        try:
            tried = await provider.tried(
                settings.operation, arguments, key=key, timeout_ms=settings.timeout, pin=settings.pin
            )
        except ChangedError as changed:
            return Refused(self._drift(changed), whole=True)
        except ToolDownError as down:
            return Refused(str(down), temporary=True, whole=True)
        finally:
            await uninterrupted(provider.close())
        return said(tried)

    def _drift(self, changed: ChangedError) -> str:
        pin, place = self._settings.pin, f"[connectors.{self._name}]"
        if not changed.now:
            return changed.what if pin else f"the server has no operation {one_line(self._settings.operation, 60)}"
        if not pin:
            return f'its operation is not pinned: look at what it does, and write pin = "{changed.now}" into {place}'
        return f'{changed.what}: look at what it does now, and write pin = "{changed.now}" into {place}'


def _arguments(body: bytes) -> dict[str, object] | None:
    """The arguments that canonical bytes say; None when they are not the canonical form of any."""
    try:
        told = json.loads(body)
        return told if isinstance(told, dict) and canonical(told) == body else None
    except (ValueError, TypeError, RecursionError):
        return None


def said(tried: Tried) -> Delivered | Refused | Unknown:
    """What a call says of an effect."""
    told = one_line(next((line for line in tried.result.text.splitlines() if line.strip()), ""))
    if tried.reached == "no":
        return Refused(told)
    if tried.reached == "perhaps":
        return Unknown(f"{told}: it may have done it, or a part of it")
    if not tried.result.ok:
        return Unknown(f"the server says that it failed ({told}): it may have done a part of it")
    return Delivered(told or "done")


__all__ = ["McpConnector", "Operation", "said"]
