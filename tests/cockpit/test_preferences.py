"""The screens read config.toml without the engine's schema: the two say the same of every file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.preferences import Preferences, read
from engine.settings import Screen, Settings
from themes.load import BUILT_IN


def said(tmp_path: Path, text: str) -> Path:
    """A config.toml."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def schema(text: str) -> Settings:
    """The same file, by the engine's schema."""
    import tomllib

    return Settings.model_validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[screen]",
        '[screen]\ntheme = "light"',
        '[screen]\ntheme = "mine"\n[screen.keys]\n"app.spend" = "S"\n"list.next" = "n,down"',
        "[engine]\nautostart = false",
        "[engine]\nautostart = true",
        '[screen]\ntheme = "ansi"\n[engine]\nautostart = false',
    ],
)
def test_a_good_file_means_the_same_to_both(tmp_path: Path, text: str) -> None:
    mine, theirs = read(said(tmp_path, text)), schema(text)
    assert mine.theme == theirs.screen.theme
    assert dict(mine.keys) == theirs.screen.keys
    assert mine.autostart == theirs.engine.autostart
    assert mine.trouble == ""


def test_the_schema_has_nothing_more_for_the_screens() -> None:
    assert set(Screen.model_fields) == {"theme", "keys"}


def test_a_missing_file_is_all_defaults(tmp_path: Path) -> None:
    defaults = Settings()
    assert read(tmp_path / "config.toml") == Preferences()
    assert Preferences().theme == defaults.screen.theme
    assert Preferences().autostart == defaults.engine.autostart
    assert Preferences().theme in BUILT_IN


@pytest.mark.parametrize(
    "text", ["[screen", "screen = 3", "engine = []", "[screen]\ntheme = \x01", "a = " + "[" * 5_000], ids=range(5)
)
def test_a_file_that_cannot_be_used_is_said_and_the_screen_opens(tmp_path: Path, text: str) -> None:
    found = read(said(tmp_path, text))
    assert "cockpit doctor" in found.trouble
    assert "\n" not in found.trouble
    assert (found.theme, found.autostart) == ("dark", True)


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert read(path).trouble
    path.unlink()
    path.mkdir()
    assert read(path).trouble


@pytest.mark.parametrize("text", ["[screen]\ntheme = 3", "[screen]\nkeys = 3", '[screen.keys]\n"a" = 3'])
def test_what_has_the_wrong_type_is_left_out(tmp_path: Path, text: str) -> None:
    found = read(said(tmp_path, text))
    assert found.theme == "dark"
    assert dict(found.keys) == {}
