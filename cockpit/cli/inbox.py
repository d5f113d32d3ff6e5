"""From a command to its answer: into the inbox, an engine if none lives, and what the engine decided."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from cockpit.cli.authority import Author
from cockpit.cli.desk import Json, wall_ms
from cockpit.cli.pasted import check
from engine.errors import EngineUnavailableError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Inbox, Reader

PATIENCE_S = 10.0
"""How long a command waits for its answer."""
_KEPT = "the command is kept; it will be decided when an engine runs"


class Order(NamedTuple):
    """What a front end asks for; `key` is the intention, its subject and what was on screen."""

    key: str
    kind: str
    mission: str
    body: Mapping[str, Any]
    blobs: Mapping[str, bytes] = {}
    """Content that the command names by its sha256."""
    personal: bool = False
    """Whether the same from another person is another command: each of them is counted."""


def nonce() -> str:
    """What makes a repeatable command a new one."""
    return secrets.token_hex(8)


def submit(
    home: Home,
    order: Order,
    author: Author,
    *,
    blobs: Mapping[str, bytes] | None = None,
    start_engine: bool = True,
    patience_s: float = PATIENCE_S,
) -> Json:
    """Give a command and wait for its answer, the body of which is returned when it is `done`.

    A repeated press is one command; one that was refused is asked anew. Raises `SaysNoError` with the engine's reason
    and `EngineUnavailableError` when nobody answers in time.
    """
    check(order.kind, order.body, home)
    home.ensure()
    inbox = Inbox(home.ledger)
    if blobs or order.blobs:
        inbox.put_blobs({**order.blobs, **(blobs or {})})
    body = {**order.body, "scripted": True} if author.scripted else dict(order.body)
    key = f"{order.key}:{author.actor}" if order.personal else order.key
    # One connection at a time: opening the file anew beside an open connection drops that one's locks (POSIX).
    with Reader.open(home.ledger) as reader:
        known = reader.answer(key)
    if known is not None and known["state"] == "refused":
        key = f"{key}:{nonce()}"
    inbox.submit(key, order.kind, order.mission, body, author.actor, wall_ms())
    _engine(home, start_engine=start_engine)
    with Reader.open(home.ledger) as reader:
        answer = _await(reader, key, patience_s)
    if answer["state"] == "refused":
        told = str(answer["error"]) or "it was refused without a word"
        raise SaysNoError.told(
            told, f"cockpit log {order.mission} tells what happened", f"{order.kind} {order.mission}"
        )
    return answer


def _engine(home: Home, *, start_engine: bool) -> None:
    with Reader.open(home.ledger) as reader:
        lease = reader.lease()
    if lease and lease["alive"]:
        return
    from cockpit.preferences import read

    if not start_engine or not read(home.config).autostart:
        raise EngineUnavailableError("engine", "none runs", f"{_KEPT}: cockpit engine")
    from cockpit.cli.background import start

    start(home)


def _await(reader: Reader, key: str, patience_s: float) -> Json:
    end = time.monotonic() + patience_s
    pause = 0.01
    while True:
        answer = reader.answer(key)
        if answer is not None and answer["state"] != "pending":
            return answer
        if time.monotonic() >= end:
            raise EngineUnavailableError("engine", f"no answer within {patience_s:.0f} s", _KEPT)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
