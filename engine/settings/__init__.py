"""config.toml: who sends and how, which models there are, what the screen looks like. One schema.

An unknown key or a value that cannot be used is an error that names its place and repeats nothing of what was written.
docs/configuration.md is generated from what stands here.
Secrets never stand in the file: `password` and `key` hold references (`keyring:NAME`, `env:NAME`, `command:NAME`).
"""

from engine.settings.connectors import Command, Files, Mcp, Outlet, Webhook
from engine.settings.fields import Dollars, Port, Reference, Security, Time, loopback
from engine.settings.mail import ImapSent, Mail, MailInbox, Pace, Smtp
from engine.settings.models import LOCAL_PREFIXES, Model, Prices
from engine.settings.programs import SecretProgram
from engine.settings.whole import (
    REHEARSED_IDENTITY,
    EngineSettings,
    Screen,
    Settings,
    judge_settings,
    load_settings,
    read_settings,
)

__all__ = [
    "LOCAL_PREFIXES",
    "REHEARSED_IDENTITY",
    "Command",
    "Dollars",
    "EngineSettings",
    "Files",
    "ImapSent",
    "Mail",
    "MailInbox",
    "Mcp",
    "Model",
    "Outlet",
    "Pace",
    "Port",
    "Prices",
    "Reference",
    "Screen",
    "SecretProgram",
    "Security",
    "Settings",
    "Smtp",
    "Time",
    "Webhook",
    "judge_settings",
    "load_settings",
    "loopback",
    "read_settings",
]
