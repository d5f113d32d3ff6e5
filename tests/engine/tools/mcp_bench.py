"""Starting MCP servers for tests: the scripted one, and what it takes to see that nothing of them is left."""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

import psutil

from engine.containment.environment import COOKIE_VARIABLE
from engine.secrets.protocol import SecretError
from engine.tools.mcp.provider import Around, McpProvider
from engine.tools.protocol import Grant

SERVER = Path(__file__).parents[2] / "toolserver" / "server.py"


class KnownSecrets:
    """Secrets of a dictionary."""

    def __init__(self, **values: str) -> None:
        self.values = values

    async def get(self, reference: str) -> str:
        """The value."""
        name = reference.partition(":")[2]
        if name not in self.values:
            raise SecretError("missing", reference, "is not there", "set it")
        return self.values[name]


class Bench:
    """A workspace, and the cookie by which everything is found that was started from it."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        shutil.copy(SERVER, self.workspace / "server.py")
        self.token = uuid.uuid4().hex
        self.secrets = KnownSecrets(token="s3cr3t-of-the-server")
        self.made: list[McpProvider] = []

    def provider(self, grant: Grant) -> McpProvider:
        """A provider that is closed when the test is over."""
        around = Around(workspace=self.workspace, cookie=f"gtm/A1.1+{self.token}", environ=os.environ)
        self.made.append(McpProvider(grant, around, self.secrets))
        return self.made[-1]

    def scripted(self, fault: str = "", *, environ: tuple[tuple[str, str], ...] = (), **script: Any) -> McpProvider:
        """The scripted server with a fault."""
        self.script(fault, **script)
        argv = (sys.executable, "-I", "-S", "server.py", "script.json")
        return self.provider(Grant(tool="tool", kind="mcp", argv=argv, environ=environ))

    def script(self, fault: str = "", **script: Any) -> None:
        """What the scripted server does when it is started the next time."""
        (self.workspace / "script.json").write_text(json.dumps({"fault": fault, **script}))

    def left(self) -> list[str]:
        """What still runs of everything that was started here."""
        found = []
        for process in psutil.process_iter(["status"]):
            try:
                if self.token in process.environ().get(COOKIE_VARIABLE, ""):
                    found.append(" ".join(process.cmdline()))
            except (psutil.Error, OSError):
                continue
        return found

    async def close(self) -> None:
        """Close what was made."""
        for provider in self.made:
            await provider.close()
