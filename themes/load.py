"""Themes as data: a TOML file of semantic colours becomes a `Theme`. A user's file may name only what it changes.

Standard library only, and nothing about Textual: `widgets.palette` draws with it, the application registers it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUILT_IN = ("dark", "light", "high-contrast", "ansi")
TOKENS = (
    "bg",
    "surface",
    "raised",
    "bright",
    "text",
    "muted",
    "past",
    "accent",
    "needs-you",
    "wrong",
    "proven",
    "rule",
    "track",
)
"""Every semantic colour; grounds first."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FOLDER = Path(__file__).parent
_LARGEST = 64 * 1024


class ThemeError(ValueError):
    """A theme cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: `#RRGGBB` by token. `ansi` themes take the terminal's own colours."""

    name: str
    dark: bool = True
    ansi: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)

    def colour(self, token: str) -> str:
        """The colour of a token."""
        return self.colours[token]


def load(name: str, folder: Path | None = None) -> Theme:
    """A theme by name: built in, or `NAME.toml` in the user's folder. Raises `ThemeError`."""
    if name in BUILT_IN:
        return parse(name, (_FOLDER / f"{name}.toml").read_text("utf-8"))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", name):
        raise ThemeError(f"{name!r} is not a name of a theme")
    path = (folder or Path()) / f"{name}.toml"
    try:
        if folder is None or path.stat().st_size > _LARGEST:
            raise ThemeError(f"there is no theme {name}; there are {', '.join(BUILT_IN)}")
        return parse(name, path.read_text("utf-8"), base=load("dark"))
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(f"{path}: cannot be read ({error})") from None


def parse(name: str, text: str, base: Theme | None = None) -> Theme:
    """A theme from its TOML; what it leaves out comes from `base`. Raises `ThemeError`."""
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ThemeError(f"{name}: is not TOML: {error}") from None
    colours = dict(base.colours) if base else {}
    given = said.get("colours", {})
    if not isinstance(given, dict):
        raise ThemeError(f"{name}: [colours] is a table of names and #RRGGBB")
    for token, value in given.items():
        if token not in TOKENS:
            raise ThemeError(f"{name}: {token!r} is no colour of this interface; there are {', '.join(TOKENS)}")
        if not isinstance(value, str) or not _COLOUR.fullmatch(value):
            raise ThemeError(f"{name}: {token} is written #RRGGBB")
        colours[token] = value.upper()
    ansi = said.get("ansi") is True
    missing = [token for token in TOKENS if token not in colours]
    if missing and not ansi:
        raise ThemeError(f"{name}: lacks {', '.join(missing)}")
    return Theme(name, dark=said.get("dark", True) is not False, ansi=ansi, colours=colours)
