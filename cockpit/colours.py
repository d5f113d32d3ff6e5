"""Our themes as Textual knows them, for what Textual draws itself: grounds, dialogs, the command palette, toasts."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from engine.home import Home
from themes.load import Theme, ThemeError, load

THEMES = "themes"
"""The folder of the user's own themes, beside config.toml."""


def chosen(name: str, home: Home) -> tuple[Theme, str]:
    """The wanted theme; the dark one and a sentence when it cannot be used."""
    try:
        return load(name, home.config.parent / THEMES), ""
    except ThemeError as error:
        return load("dark"), f"{error}; using dark"


def variables(theme: Theme) -> dict[str, str]:
    """The names that the style sheet may use."""
    if theme.ansi:
        ours = ("bg", "surface", "raised", "bright", "text-body", "muted", "past", "rule", "track")
        inks = {"accent": "ansi_blue", "needs-you": "ansi_yellow", "wrong": "ansi_red", "proven": "ansi_green"}
        return {**BUILTIN_THEMES["ansi-dark"].variables, **dict.fromkeys(ours, "ansi_default"), **inks}
    named = {token: theme.colour(token) for token in theme.colours}
    named["text-body"] = named.pop("text")
    return named


def registered(theme: Theme) -> TextualTheme:
    """A theme as Textual registers it."""
    if theme.ansi:
        return TextualTheme(
            name=f"cockpit-{theme.name}",
            primary="ansi_blue",
            accent="ansi_blue",
            warning="ansi_yellow",
            error="ansi_red",
            success="ansi_green",
            foreground="ansi_default",
            background="ansi_default",
            surface="ansi_default",
            panel="ansi_default",
            ansi=True,
            variables=variables(theme),
        )
    return TextualTheme(
        name=f"cockpit-{theme.name}",
        primary=theme.colour("accent"),
        accent=theme.colour("accent"),
        warning=theme.colour("needs-you"),
        error=theme.colour("wrong"),
        success=theme.colour("proven"),
        foreground=theme.colour("text"),
        background=theme.colour("bg"),
        surface=theme.colour("surface"),
        panel=theme.colour("raised"),
        dark=theme.dark,
        variables=variables(theme),
    )
