"""Trying out what is configured for mail: a message to oneself, and a login that sends nothing."""

from __future__ import annotations

import contextlib

from engine.effects.folder import Folder, FolderServer
from engine.effects.mail import Composed, Identity, Refusal, compose
from engine.effects.session import SaidNoError, Session
from engine.effects.smtp import SmtpServer
from engine.effects.wire import ServerError, connect
from engine.workers.protocol import EffectOut

PHASES = 6
"""How many answers a login may wait for."""


def to_oneself(identity: Identity, at_ms: int) -> Composed | Refusal:
    """A message from the configured sender to the same address, as an effect that belongs to no mission.

    The time is part of it: mailboxes show a message of the same id once.
    """
    said = EffectOut(
        verb="send",
        to=identity.address,
        subject="Mission Cockpit can send",
        body="This is the test message of cockpit setup --test-mail. Mail leaves as configured.",
    )
    return compose(said, effect=f"test-{at_ms}", mission="home", connector="smtp", identity=identity)


def greet_smtp(server: SmtpServer, password: str) -> str:
    """Connect, secure the line, log in, leave. Why that does not work; empty when it does. Blocks."""
    try:
        wire = connect(server, total=PHASES * server.timeout / 1000)
    except ServerError as error:
        return str(error)
    with contextlib.closing(wire):
        session = Session(server, wire, password)
        try:
            session.begin()
        except SaidNoError as no:
            return str(no)
        except ServerError as error:
            return f"{session.step}: {error}"
        session.leave()
    return ""


def greet_folder(server: FolderServer, password: str) -> str:
    """Connect, log in, look at the folder without changing it, leave. Why that does not work; empty when it does."""
    try:
        with Folder(server, password, total=PHASES * server.timeout / 1000):
            return ""
    except ServerError as error:
        return str(error)
