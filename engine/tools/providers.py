"""From a grant to what provides it: the one place that knows every kind of provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.containment.environment import private
from engine.governance.destinations import NOWHERE
from engine.secrets.protocol import Secrets
from engine.tools.command import CommandProvider
from engine.tools.mcp.provider import Around, McpProvider
from engine.tools.path import PathProvider
from engine.tools.protocol import Grant, Provider, ToolDownError
from engine.tools.workspace import WorkspaceProvider

if TYPE_CHECKING:
    from engine.tools.http.manners import Manners


def open_provider(
    grant: Grant,
    *,
    workspace: Path,
    secrets: Secrets,
    clock: Callable[[], int],
    cookie: str,
    environ: Mapping[str, str],
    hidden: tuple[Path, ...] = (),
    manners: Manners | None = None,
) -> Provider:
    """The provider of a grant for one attempt; nothing is started before its first use.

    `workspace` is the attempt's own folder, `cookie` its mark in the environment of what it starts, `environ` the
    engine's environment, of which a program sees almost nothing, `hidden` what a program has no business in. `clock`
    tells milliseconds. `manners` are those of the engine towards sites; without them the attempt has its own.

    Raises `ToolDownError` for a grant that no provider can serve.
    """
    if grant.kind == "workspace":
        return WorkspaceProvider(grant.tool, workspace)
    if grant.kind == "path":
        return PathProvider(grant.tool, workspace, grant.path)
    if grant.kind == "http":
        return _http(grant, manners, clock)
    hidden, network = (*hidden, *private(environ)), grant.hosts != (NOWHERE,)
    if grant.kind == "command":
        return CommandProvider(
            grant.tool,
            grant.argv,
            workspace=workspace,
            cookie=cookie,
            environ=environ,
            hidden=hidden,
            network=network,
        )
    if grant.kind == "mcp":
        around = Around(workspace, cookie, environ, hidden, network)
        return McpProvider(grant, around, secrets)
    raise ToolDownError(
        f"{grant.tool}: no tool of kind {grant.kind} can be provided",
        "update Mission Cockpit, or take it out of the contract",
    )


def _http(grant: Grant, manners: Manners | None, clock: Callable[[], int]) -> Provider:
    from engine.tools.http.manners import Manners
    from engine.tools.http.provider import HttpProvider

    limit = grant.limits.get("url")
    hosts = limit.host_in if limit is not None else None
    return HttpProvider(grant.tool, hosts=hosts, manners=manners or Manners(clock=clock, sleep=_slept))


async def _slept(ms: int) -> None:
    await asyncio.sleep(ms / 1_000)
