"""What is configured here, for whoever checks a contract: connectors by name alone, or all of it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.contract.case import Provided
from engine.errors import BadInputError
from engine.home import Home

if TYPE_CHECKING:
    from engine.settings import Settings


def provided(home: Home) -> Provided:
    """What a contract is checked against. A file that cannot be read adds nothing; cockpit doctor says why."""
    known = Provided()
    try:
        told = tomllib.loads(home.config.read_text("utf-8")).get("connectors", {})
    except (OSError, ValueError, RecursionError):
        return known
    return replace(known, connectors=known.connectors | set(told)) if isinstance(told, dict) else known


def settings_of(home: Home) -> Settings:
    """What config.toml says; nothing where it is not there or cannot be read: cockpit doctor says why."""
    from engine.settings import Settings, load_settings

    try:
        return load_settings(home.config)
    except BadInputError:
        return Settings()
