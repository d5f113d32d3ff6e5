"""What contracts may name here: what this version has, and the connectors of config.toml, read by name alone."""

from __future__ import annotations

import tomllib
from dataclasses import replace

from engine.contract.case import Provided
from engine.home import Home


def provided(home: Home) -> Provided:
    """What a contract is checked against. A file that cannot be read adds nothing; cockpit doctor says why."""
    known = Provided()
    try:
        told = tomllib.loads(home.config.read_text("utf-8")).get("connectors", {})
    except (OSError, ValueError, RecursionError):
        return known
    return replace(known, connectors=known.connectors | set(told)) if isinstance(told, dict) else known
