"""Which connectors an engine has: mail by SMTP comes and goes with its settings."""

from __future__ import annotations

from pathlib import Path

from engine.effects.maildir import MaildirConnector
from engine.effects.mcp import McpConnector
from engine.loop.configured import SettingsFile
from engine.loop.connectors import Connectors, maker

MAIL = '[mail]\nname = "Ada"\naddress = "ada@yours.example"\npostal = "1 Example Street"\n'
SMTP = '[mail.smtp]\nhost = "127.0.0.1"\nport = 2525\nsecurity = "none"\n'
SENT = '[mail.smtp.sent]\nhost = "127.0.0.1"\nsecurity = "none"\n'


class NoSecrets:
    """Nobody asks for one here."""

    async def get(self, reference: str) -> str:
        raise AssertionError(reference)


def connectors(config: Path, text: str) -> Connectors:
    config.write_text(text)
    fixed = {"maildir": MaildirConnector(config.parent / "out")}
    return Connectors(fixed, SettingsFile(config), NoSecrets())


def test_without_a_server_there_is_no_smtp(tmp_path: Path) -> None:
    assert set(connectors(tmp_path / "config.toml", MAIL)) == {"maildir"}


def test_smtp_is_blind_unless_a_sent_folder_can_be_asked(tmp_path: Path) -> None:
    found = connectors(tmp_path / "config.toml", MAIL + SMTP)
    assert {name: one.delivery for name, one in found.items()} == {"maildir": "lookup", "smtp": "blind"}
    found = connectors(tmp_path / "config.toml", MAIL + SMTP + SENT)
    assert found["smtp"].delivery == "lookup"


def test_the_same_settings_are_the_same_connector_and_others_another(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    found = connectors(config, MAIL + SMTP)
    first = found["smtp"]
    assert found["smtp"] is first
    config.write_text(MAIL + SMTP.replace("2525", "2526"))
    assert found["smtp"] is not first
    config.write_text("")
    assert "smtp" not in found


def test_a_table_of_kind_mcp_is_a_connector_whose_secrets_are_known(tmp_path: Path) -> None:
    config, secrets = tmp_path / "config.toml", NoSecrets()
    config.write_text(
        '[connectors.tickets]\nkind = "mcp"\nargv = ["/bin/tickets"]\nenv = {TOKEN = "keyring:tickets"}\n'
        'operation = "create"\n[connectors.far]\nkind = "mcp"\nurl = "https://far.example/mcp"\nsecret = "env:FAR"\n'
        'operation = "create"\nwindow = "1h"\n'
    )
    settings = SettingsFile(config)
    make = maker(secrets=secrets, marks=tmp_path, environ={}, token="t", hidden=())
    found = Connectors({}, settings, secrets, make)
    assert {name: (type(one), one.delivery) for name, one in found.items()} == {
        "tickets": (McpConnector, "blind"),
        "far": (McpConnector, "dedup"),
    }
    assert settings().references == (
        ("connectors.far.secret", "env:FAR"),
        ("connectors.tickets.env.TOKEN", "keyring:tickets"),
    )
