"""From a grant to what provides it: the one place that knows every kind of provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.secrets.protocol import Secrets
from engine.tools.mcp.provider import Around, McpProvider
from engine.tools.path import PathProvider
from engine.tools.protocol import Grant, Provider, ToolDownError
from engine.tools.workspace import WorkspaceProvider


def open_provider(
    grant: Grant,
    *,
    workspace: Path,
    secrets: Secrets,
    clock: Callable[[], int],
    cookie: str,
    environ: Mapping[str, str],
    hidden: tuple[Path, ...] = (),
) -> Provider:
    """The provider of a grant for one attempt; nothing is started before its first use.

    `workspace` is the attempt's own folder, `cookie` its mark in the environment of what it starts, `environ` the
    engine's environment, of which a program sees almost nothing, `hidden` what a program has no business in. `clock`
    tells milliseconds. Raises `ToolDownError` for a grant that no provider can serve.
    """
    del clock
    if grant.kind == "workspace":
        return WorkspaceProvider(grant.tool, workspace)
    if grant.kind == "path":
        return PathProvider(grant.tool, workspace, grant.path)
    if grant.kind == "mcp":
        around = Around(workspace=workspace, cookie=cookie, environ=environ, hidden=hidden)
        return McpProvider(grant, around, secrets)
    raise ToolDownError(f"{grant.tool}: no tool of kind {grant.kind} can be provided")
