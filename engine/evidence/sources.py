"""Reading the sources of evidence for a check: the inbox of this home, or the simulated replies of a rehearsal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from engine.effects.mail import person
from engine.evidence.imap import ImapInbox, InboxServer
from engine.evidence.inbound import Inbound
from engine.evidence.mailbox import read_maildir, read_mbox
from engine.evidence.matching import Sent, match
from engine.secrets.protocol import Secrets
from engine.values import PPM, Sha256, digest, sha256

Found = tuple[list[dict[str, Any]], dict[Sha256, bytes]]
Read = Callable[[Path], Awaitable[list[Inbound]]]


class Reading(NamedTuple):
    """What a check found: new messages, the blobs that keep them, and what went wrong (then more may be there)."""

    found: list[dict[str, Any]]
    blobs: dict[Sha256, bytes]
    error: str = ""


class Chosen(InboxServer, Protocol):
    """`[mail.inbox]`."""

    @property
    def kind(self) -> Literal["maildir", "mbox", "imap"]:
        """Where replies are."""

    @property
    def path(self) -> str:
        """Of a maildir or mbox."""


async def read_inbox(path: Path) -> list[Inbound]:
    """The messages of a maildir (a folder) or an mbox (a file); none when there is nothing there."""
    if path.is_dir():
        return await asyncio.to_thread(read_maildir, path)
    if path.is_file():
        return await asyncio.to_thread(read_mbox, path)
    return []


class Inbox:
    """Sources of one home: `path`, unless `chosen` says that replies come in elsewhere. Called with the body of a check
    job; returns what is new.
    """

    def __init__(
        self,
        path: Path,
        read: Read = read_inbox,
        *,
        chosen: Callable[[], Chosen | None] = lambda: None,
        secrets: Secrets | None = None,
    ) -> None:
        self._path, self._read, self._chosen, self._secrets = path, read, chosen, secrets
        self._imap: tuple[Chosen, ImapInbox] | None = None

    async def __call__(self, body: Mapping[str, Any]) -> Reading:
        """What is new for a check. Raises BadInputError when a folder or file is there and cannot be read."""
        if body["rehearsed"]:
            return Reading(*rehearsed(body))
        chosen = self._chosen()
        if chosen is not None and chosen.kind == "imap":
            return await self._over_imap(chosen, body)
        path = Path(chosen.path).expanduser() if chosen is not None else self._path
        return Reading(*matched(await self._read(path), body))

    async def _over_imap(self, chosen: Chosen, body: Mapping[str, Any]) -> Reading:
        if not body["sent"]:
            return Reading([], {})
        if self._secrets is None:
            return Reading([], {}, "there is nowhere to take the password of the inbox from")
        if self._imap is None or self._imap[0] != chosen:
            self._imap = (chosen, ImapInbox(chosen, self._secrets))
        messages, error = await self._imap[1].read(min(int(sent["at"]) for sent in body["sent"]))
        return Reading(*matched(messages, body), error)


def matched(messages: list[Inbound], body: Mapping[str, Any]) -> Found:
    """New messages that answer something this mission sent. Pure."""
    known = set(body["known"])
    sent = [
        Sent(s["effect"], s["branch"], s["message_id"], p, int(s["at"]))
        for s in body["sent"]
        for p in s["persons"] or [""]
    ]
    found: list[dict[str, Any]] = []
    blobs: dict[Sha256, bytes] = {}
    for message in messages:
        about = match(message, sent) if message.key not in known else None
        if about is None:
            continue
        text = message.text.encode("utf-8", "replace")
        blobs[sha256(text)] = text
        address = (message.bounced[0] if message.bounced else message.sender).encode("utf-8", "replace")
        blobs[sha256(address)] = address
        named = {person(address) for address in message.bounced}
        failed = (s.person for s in sent if s.message_id == about.message_id and s.person in named)
        whose = next(failed, about.person)  # a report may name an address that theirs was forwarded to
        found.append(
            {
                "key": message.key,
                "kind": message.kind,
                "effect": about.effect,
                "branch": about.branch,
                "person": whose,
                "blob": sha256(text),
                "address": sha256(address),
                "source": "inbox",
            }
        )
    return found, blobs


_REHEARSED = {
    "bounce": "[rehearsed] There is no such mailbox.",
    "reply": "[rehearsed] Interested, tell me more.",
    "stop": "[rehearsed] Please stop.",
}


def rehearsed(body: Mapping[str, Any]) -> Found:
    """Simulated replies: the shares that the contract assumes, drawn from the person and the seed. Pure.

    What the contract does not assume does not happen: a rehearsal invents no numbers.
    """
    found: list[dict[str, Any]] = []
    blobs: dict[Sha256, bytes] = {}
    known = set(body["known"])
    for sent in body["sent"]:
        drawn = {
            what: int(digest([body["seed"], *sent["persons"], what])[:8], 16) % PPM < int(body.get(f"{what}_ppm", 0))
            for what in ("bounce", "reply", "stop")
        }
        key = digest([sent["digest"], "rehearsed reply"])
        if key in known or not (drawn["bounce"] or drawn["reply"]):
            continue
        kind = "bounce" if drawn["bounce"] else "stop" if drawn["stop"] else "reply"
        text = _REHEARSED[kind].encode()
        blobs[sha256(text)] = text
        found.append(
            {
                "key": key,
                "kind": kind,
                "effect": sent["effect"],
                "branch": sent["branch"],
                "person": (sent["persons"] or [""])[0],
                "blob": sha256(text),
                "address": "",
                "source": "rehearsed inbox",
            }
        )
    return found, blobs
