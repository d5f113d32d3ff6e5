"""What the tests of mail by SMTP share: a server with a login, a connector for it, and messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from engine.effects.canonical import parse
from engine.effects.mail import Composed
from engine.effects.protocol import Delivered, Refused, Unknown
from engine.effects.smtp import SmtpConnector
from engine.secrets.protocol import SecretError
from engine.settings import Smtp
from engine.values import sha256
from tests.engine.effects.contract import AT, message
from tests.mailserver import Fault, SmtpSink

PASSWORD = "hunter2 & Söhne"
USERS = {"ada": PASSWORD}
KEY = "gtm/F1"
Security = Literal["tls", "starttls", "none"]
Answer = Delivered | Refused | Unknown


class Vault:
    """Secrets of a test."""

    def __init__(self, **values: str) -> None:
        self._values = values

    async def get(self, reference: str) -> str:
        if reference not in self._values:
            raise SecretError("missing", reference, "is not there", "cockpit keys set it")
        return self._values[reference]


VAULT = Vault(**{"env:MAIL": PASSWORD})


async def at_once(_ms: int) -> None:
    """Time that passes by itself."""


def settings(server: Any, security: Security = "tls", **more: Any) -> Smtp:
    """How this server is reached, with a login."""
    given: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "security": security,
        "user": "ada",
        "password": "env:MAIL",
        "ca_file": getattr(server, "ca_file", "") if security != "none" else "",
        "timeout": 3000,
    }
    return Smtp.model_validate(given | more)


def connector(server: Any, security: Security = "tls", **more: Any) -> SmtpConnector:
    return SmtpConnector(settings(server, security, **more), VAULT, sleep=at_once, final=0)


async def send(to: SmtpConnector, made: Composed | None = None, key: str = KEY) -> Answer:
    made = made or message(connector="smtp")
    return await to.deliver(made.canonical, made.body, key, AT)


@contextmanager
def sink(security: Security = "tls", *, faults: tuple[Fault, ...] = (), **more: Any) -> Iterator[SmtpSink]:
    with SmtpSink(security=security, users=USERS, **more) as server:
        server.faults += faults
        yield server


def built(body: bytes, **envelope: Any) -> tuple[bytes, bytes]:
    """An effect around any body and envelope."""
    said = parse(message(connector="smtp").canonical)
    changes = {"body_sha256": sha256(body), "envelope": said.envelope.model_copy(update=envelope)}
    return said.model_copy(update=changes).canonical(), body
