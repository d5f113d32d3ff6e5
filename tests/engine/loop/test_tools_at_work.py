"""Every kind of tool in a whole engine, with real programs and a real site: looked at, pinned, called, recorded."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.tools.http.manners import Manners
from engine.tools.protocol import Ask, Grant, Provider
from engine.tools.providers import open_provider
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.engine.loop.tooling import House, text
from tests.engine.tools.mcp_bench import SERVER, KnownSecrets
from tests.engine.tools.site import serving

TERMS = "stance: allow, verbs: [research], roles: [clerk], hosts: [local]"
HERE = TERMS.replace("local", "127.0.0.1")
TOKEN = "0123456789abcdef"


class RealHouse(House):
    """An engine whose tools are the real ones."""

    def _open(self, grant: Grant, workspace: Path) -> Provider:
        async def at_once(ms: int) -> None:
            await asyncio.sleep(0)

        return open_provider(
            grant,
            workspace=workspace,
            secrets=KnownSecrets(token="s3cr3t-of-the-server"),
            clock=lambda: self.at,
            cookie=TOKEN,
            environ=os.environ,
            manners=Manners(clock=lambda: self.at, sleep=at_once),
        )

    async def turn(self) -> bool:
        """Programs need a moment that is real."""
        await asyncio.sleep(0.002)
        return await super().turn()


async def test_every_kind_of_tool_is_looked_at_called_and_recorded(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text("{}")
    python = f"{sys.executable}, -I, -S"
    with serving() as site:
        site.page("/tea", b"<h1>Tea</h1>")
        tools = (
            f"notes: {{builtin: workspace, {TERMS}}}",
            f"browser: {{builtin: http, {HERE}, limits: {{url: {{host_in: [127.0.0.1]}}}}}}",
            f"sums: {{command: [{python}, -c, 'import sys; print(int(sys.argv[1]) + 1)', '{{N}}'], {TERMS}}}",
            f"server: {{mcp: {{command: [{python}, {SERVER}, {script}]}}, operations: [echo], {TERMS}}}",
        )
        house = RealHouse(tmp_path / "work", text(*tools))
        await house.begin()
        said: dict[str, tuple[str, str]] = {}

        async def work(job: AttemptJob, io: WorkerIO) -> str:
            calls: tuple[tuple[str, dict[str, Any]], ...] = (
                ("notes__write", {"path": "a.md", "text": "one"}),
                ("notes__read", {"path": "a.md"}),
                ("browser__fetch", {"url": f"{site.url}/tea"}),
                ("sums__run", {"N": "41"}),
                ("server__echo", {"text": "hello"}),
                ("server__other", {}),
            )
            for number, (name, arguments) in enumerate(calls):
                answer = await io.tools.call(Ask(id=str(number), name=name, arguments=json.dumps(arguments)))
                said[name] = (answer.verdict, answer.text.strip())
            return "done"

        house.worker.script = work
        await house.rest(20_000)
    assert said == {
        "notes__write": ("done", "a.md has 3 bytes now"),
        "notes__read": ("done", "one"),
        "browser__fetch": ("done", "# Tea"),
        "sums__run": ("done", "42"),
        "server__echo": ("done", "hello"),
        "server__other": ("refused", said["server__other"][1]),
    }
    assert house.state.tasks["T1"].state == "accepted"
    assert len(await house.kinds("tool.called")) == 5
    assert len(await house.kinds("tool.refused")) == 1
