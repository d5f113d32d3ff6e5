"""Where everything rehearsed ends: mails in a maildir, everything else as files beside it. Nothing of it leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.effects.canonical import parse
from engine.effects.maildir import MaildirConnector
from engine.effects.protocol import Connector, Delivered, Delivery, NotFound, Refused, Run, Unknown
from engine.effects.publish import FolderConnector

URL = "sandbox:"
"""What stands before the path of everything that is no mail."""


class SandboxConnector:
    """The connector `sandbox`: whatever a mission rehearses, under `root`."""

    def __init__(self, root: Path, *, run: Run = asyncio.to_thread) -> None:
        self._mail = MaildirConnector(root, name="sandbox", run=run)
        self._files = FolderConnector("sandbox", root / "files", root / "marks", url=URL, make=True, run=run)

    @property
    def name(self) -> str:
        """The name that effects give it; no contract does."""
        return "sandbox"

    @property
    def delivery(self) -> Delivery:
        """Both can be looked at."""
        return "lookup"

    @property
    def serial(self) -> bool:
        """Files do not wait for each other."""
        return False

    def _for(self, effect: bytes) -> Connector:
        try:
            return self._files if parse(effect).envelope.url else self._mail
        except ValueError:
            return self._mail

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused | Unknown:
        """Keep it."""
        return await self._for(effect).deliver(effect, body, key, at_ms)

    async def lookup(self, key: str, effect: bytes, age_ms: int = 0) -> Delivered | NotFound | Unknown:
        """Whether it is there."""
        return await self._for(effect).lookup(key, effect, age_ms)
