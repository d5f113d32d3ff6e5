"""What `cockpit doctor` says about tools: whether the programs that contracts name are there. Starts none of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cockpit.cli.desk import open_reader
from cockpit.cli.finding import Finding
from engine.contract.model import Tool
from engine.home import Home

RUNNING = ("active", "paused")


def tools(home: Home) -> Iterator[Finding]:
    """The tools of missions that have not ended, each program once."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId

    with open_reader(home) as reader:
        for slug in reader.missions():
            state = fold(MissionId(slug), events_of(reader, slug)) if slug != "home" else None
            if state is not None and state.contract is not None and state.status in RUNNING:
                yield from looked_at(slug, state.contract.tools.items())


def looked_at(slug: str, named: Iterable[tuple[str, Tool]]) -> Iterator[Finding]:
    """One finding for each tool of a mission that a program or a server provides."""
    from engine.tools.program import looked_up
    from engine.tools.protocol import ToolDownError

    for name, tool in named:
        url = tool.mcp.url if tool.mcp is not None else None
        if url is not None:
            yield Finding("tools", "ok", f"{slug}: {name} is reached at {url} when it is needed")
        argv = tool.command or (tool.mcp.command if tool.mcp is not None else None)
        if not argv:
            continue
        try:
            program = looked_up(argv, search=os.environ.get("PATH", os.defpath), folder=Path.cwd())
        except ToolDownError as down:
            yield Finding(
                "tools",
                "warn" if tool.need == "optional" else "fail",
                f"{slug}: {name}: {down.what}",
                down.mend or "name another program",
            )
        else:
            yield Finding("tools", "ok", f"{slug}: {name} is {program.argv[0]}, sha256 {program.sha[:12]}…")
