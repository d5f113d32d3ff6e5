"""The connectors of one engine: those that are always there, and those of config.toml, for as long as it says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engine.effects.mcp import McpConnector
from engine.effects.program import ProgramConnector
from engine.effects.protocol import Connector
from engine.effects.publish import FolderConnector
from engine.effects.repository import RepositoryConnector
from engine.effects.smtp import SmtpConnector
from engine.effects.webhook import WebhookConnector
from engine.secrets.protocol import Secrets
from engine.settings import Command, Files, Mcp, Outlet, Settings, Smtp, Webhook

Make = Callable[[str, Outlet], Connector]


class Connectors(Mapping[str, Connector]):
    """By name. A changed table is another connector; what runs goes on with the one it began with."""

    def __init__(
        self,
        fixed: Mapping[str, Connector],
        settings: Callable[[], Settings],
        secrets: Secrets,
        make: Make | None = None,
    ) -> None:
        """`make`: how a `[connectors.NAME]` becomes a connector; without it there are none."""
        self._fixed, self._settings, self._secrets, self._make = fixed, settings, secrets, make
        self._smtp: tuple[Smtp, SmtpConnector] | None = None
        self._made: dict[str, tuple[Outlet, Connector]] = {}

    def _now(self) -> dict[str, Connector]:
        settings = self._settings()
        found = dict(self._fixed)
        if settings.mail is not None and settings.mail.smtp is not None:
            if self._smtp is None or self._smtp[0] != settings.mail.smtp:
                self._smtp = (settings.mail.smtp, SmtpConnector(settings.mail.smtp, self._secrets))
            found[self._smtp[1].name] = self._smtp[1]
        for name, outlet in settings.connectors.items() if self._make is not None else ():
            known = self._made.get(name)
            if known is None or known[0] != outlet:
                assert self._make is not None
                known = self._made[name] = (outlet, self._make(name, outlet))
            found[name] = known[1]
        return found

    def __getitem__(self, name: str) -> Connector:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def maker(*, secrets: Secrets, marks: Path, environ: Mapping[str, str], token: str, hidden: tuple[Path, ...]) -> Make:
    """How the connectors of one home are made. `marks` holds what was begun in folders, one folder for each name."""

    def make(name: str, outlet: Outlet) -> Connector:
        match outlet:
            case Webhook():
                return WebhookConnector(name, outlet, secrets)
            case Command():
                return ProgramConnector(name, outlet, environ=environ, token=token, hidden=hidden)
            case Mcp():
                return McpConnector(name, outlet, secrets, environ=environ, token=token, hidden=hidden)
            case Files() if outlet.repository:
                return RepositoryConnector(name, Path(outlet.repository), outlet.branch, outlet.folder)
            case Files():
                return FolderConnector(name, Path(outlet.folder), marks / name)

    return make
