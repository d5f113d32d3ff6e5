"""What the screens need of config.toml: `[screen]` and `engine.autostart`, read without the engine's schema.

Importing the whole schema would cost more than the first paint. tests/cockpit/test_preferences.py holds that the two
agree; `cockpit doctor` reads with the schema and says what is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody wants to see. `trouble` says in one line why the file could not be used."""

    theme: str = "dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    autostart: bool = True
    models: bool = False
    """Whether any model is configured: without one only rehearsed and command workers can work."""
    trouble: str = ""


def read(path: Path) -> Preferences:
    """The preferences of a config.toml; the defaults where it says nothing or cannot be read."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, RecursionError):
        return Preferences(trouble=f"{path}: cannot be read; cockpit doctor says why")
    screen, engine = said.get("screen", {}), said.get("engine", {})
    if not isinstance(screen, dict) or not isinstance(engine, dict):
        return Preferences(trouble=f"{path}: [screen] and [engine] are tables; cockpit doctor says more")
    theme, keys = screen.get("theme", "dark"), screen.get("keys", {})
    return Preferences(
        theme=theme if isinstance(theme, str) else "dark",
        keys={str(k): v for k, v in keys.items() if isinstance(v, str)} if isinstance(keys, dict) else {},
        autostart=engine.get("autostart", True) is not False,
        models=bool(said.get("models")),
    )
