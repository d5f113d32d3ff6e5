"""Replies from an IMAP folder, read and never changed. What was read once is remembered as long as the process lives.

The server may lie, hang or drop: then a reading ends with an error, says so, and keeps what it had read completely; the
next one goes on from there. A message on which a reading broke off is read after all others the next time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Protocol

from engine.effects.folder import MAX_MESSAGE, Folder, FolderServer, since
from engine.effects.protocol import Run
from engine.effects.wire import ServerError
from engine.evidence.inbound import Inbound, inbound
from engine.evidence.mailbox import MAX_MESSAGES, MAX_TOTAL
from engine.secrets.protocol import SecretError, Secrets
from engine.values import DAY, Sha256

TOTAL = 300
"""Seconds that one reading may take; what is left is read by the next."""
EARLIER = DAY
"""How much before the first mail that was sent the reading begins: clocks differ."""


class InboxServer(FolderServer, Protocol):
    """`[mail.inbox]` of kind imap."""


class ImapInbox:
    """One folder. `read` may be called by several checks; they take turns."""

    def __init__(self, settings: InboxServer, secrets: Secrets, *, run: Run = asyncio.to_thread) -> None:
        self._settings, self._secrets, self._run = settings, secrets, run
        self._turn = asyncio.Lock()
        self._validity = 0
        self._done: set[int] = set()
        """Numbers that need not be read again, in this generation of the folder."""
        self._broke: Counter[int] = Counter()
        self._kept: dict[Sha256, Inbound] = {}
        """Messages by content, oldest first, without their raw bytes."""
        self._size = 0

    async def read(self, first_ms: int) -> tuple[list[Inbound], str]:
        """Every message known since about `first_ms` (when the first mail was sent), and what went wrong; never
        raises.
        """
        async with self._turn:
            try:
                password = await self._secrets.get(self._settings.password) if self._settings.user else ""
            except SecretError as error:
                return list(self._kept.values()), str(error)
            error_ = await self._run(lambda: self._read(first_ms, password))
            return list(self._kept.values()), error_

    def _read(self, first_ms: int, password: str) -> str:
        fresh: list[Inbound] = []
        try:
            with Folder(self._settings, password, total=TOTAL) as folder:
                if folder.validity != self._validity:
                    self._validity = folder.validity
                    self._done.clear()
                    self._broke.clear()
                self._fetch(folder, first_ms, fresh)
        except ServerError as error:
            return f"{self._settings.host}: {error}"
        finally:
            for message in reversed(fresh):
                self._keep(message)
        return ""

    def _fetch(self, folder: Folder, first_ms: int, fresh: list[Inbound]) -> None:
        """The newest first, and last of all those on which a reading broke off."""
        listed = folder.search("SINCE", since(max(0, first_ms - EARLIER)))
        wanted = sorted(set(listed) - self._done, key=lambda uid: (self._broke[uid], -uid))[:MAX_MESSAGES]
        sizes = folder.sizes(wanted) if wanted else {}
        room = MAX_TOTAL
        for uid in wanted:
            self._broke[uid] += 1
            raw = folder.beginning(uid) if sizes.get(uid, 0) > MAX_MESSAGE else folder.fetch(uid)
            del self._broke[uid]
            room -= len(raw)
            if room < 0:
                return
            self._done.add(uid)
            if len(raw) <= MAX_MESSAGE:
                fresh.append(inbound(raw))

    def _keep(self, message: Inbound) -> None:
        if message.key in self._kept:
            return
        self._kept[message.key] = replace(message, raw=b"")
        self._size += _weight(message)
        while len(self._kept) > MAX_MESSAGES or self._size > MAX_TOTAL:
            oldest = next(iter(self._kept))
            self._size -= _weight(self._kept.pop(oldest))


def _weight(message: Inbound) -> int:
    return 4 * (len(message.text) + len(message.subject)) + 500
