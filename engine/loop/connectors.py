"""The connectors of one engine: those that are always there, and mail by SMTP as long as config.toml says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.effects.protocol import Connector
from engine.effects.smtp import SmtpConnector
from engine.secrets.protocol import Secrets
from engine.settings import Settings, Smtp


class Connectors(Mapping[str, Connector]):
    """By name. A changed `[mail.smtp]` is another connector; what runs goes on with the one it began with."""

    def __init__(self, fixed: Mapping[str, Connector], settings: Callable[[], Settings], secrets: Secrets) -> None:
        self._fixed, self._settings, self._secrets = fixed, settings, secrets
        self._smtp: tuple[Smtp, SmtpConnector] | None = None

    def _now(self) -> dict[str, Connector]:
        mail = self._settings().mail
        if mail is None or mail.smtp is None:
            return dict(self._fixed)
        if self._smtp is None or self._smtp[0] != mail.smtp:
            self._smtp = (mail.smtp, SmtpConnector(mail.smtp, self._secrets))
        return {**self._fixed, self._smtp[1].name: self._smtp[1]}

    def __getitem__(self, name: str) -> Connector:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())
