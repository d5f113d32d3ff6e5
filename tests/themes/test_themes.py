"""Themes: every text is legible where it may stand, and a user's file is checked before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from themes.load import BUILT_IN, TOKENS, Theme, ThemeError, load, parse
from widgets.ink import Run
from widgets.palette import Ground, Palette

COLOURED = [name for name in BUILT_IN if name != "ansi"]
LEGIBLE = 4.5
TEXTS = ("bright", "text", "muted", "accent", "needs-you", "wrong", "proven")
GROUNDS: tuple[Ground, ...] = ("bg", "surface", "raised")
DESIGN = {
    "dark": {
        "bg": "#0E1116", "surface": "#161B22", "raised": "#1F2732", "bright": "#F3F5F9", "text": "#C2C9D4",
        "muted": "#8E98A7", "past": "#7D8796", "accent": "#82AAFF", "needs-you": "#F0B254", "wrong": "#FF7B72",
        "proven": "#7FCB8C", "rule": "#303A47", "track": "#3A4554",
    },
    "light": {
        "bg": "#FBFAF8", "surface": "#F1EFEB", "raised": "#E4E2DC", "bright": "#14171C", "text": "#363C46",
        "muted": "#555D69", "past": "#5F6772", "accent": "#1D55B8", "needs-you": "#7F4F00", "wrong": "#AD2018",
        "proven": "#1B6532", "rule": "#D3D0C9", "track": "#B9B6AE",
    },
    "high-contrast": {
        "bg": "#000000", "surface": "#141414", "raised": "#2A2A2A", "bright": "#FFFFFF", "text": "#F0F0F0",
        "muted": "#D0D0D0", "past": "#B8B8B8", "accent": "#8CC8FF", "needs-you": "#FFC83D", "wrong": "#FF9A92",
        "proven": "#78F08F", "rule": "#8A8A8A", "track": "#8A8A8A",
    },
}  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", COLOURED)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_legible_on_every_ground(name: str, ground: str, text: str) -> None:
    theme = load(name)
    assert contrast(theme.colour(text), theme.colour(ground)) >= LEGIBLE


@pytest.mark.parametrize("name", COLOURED)
@pytest.mark.parametrize("ground", ["bg", "surface"])
def test_what_is_past_is_legible_where_it_may_stand(name: str, ground: str) -> None:
    theme = load(name)
    assert contrast(theme.colour("past"), theme.colour(ground)) >= LEGIBLE


@pytest.mark.parametrize("name", COLOURED)
def test_on_the_selected_row_what_is_past_is_drawn_muted(name: str) -> None:
    palette = Palette(load(name))
    assert palette.style(Run("x", "past"), "raised").color == palette.style(Run("x", "muted"), "raised").color
    assert palette.style(Run("x", "past")).color != palette.style(Run("x", "muted")).color


@pytest.mark.parametrize("name", COLOURED)
def test_the_colours_are_those_of_the_design(name: str) -> None:
    assert dict(load(name).colours) == DESIGN[name]


def test_every_theme_has_every_name() -> None:
    for name in COLOURED:
        assert set(load(name).colours) == set(TOKENS)


def test_the_terminals_own_colours_name_none_and_reverse_the_selected_row_alone() -> None:
    palette = Palette(load("ansi"))
    for voice in (*TEXTS, "past", "rule", "track"):
        for ground in GROUNDS:
            style = palette.style(Run("x", voice), ground)  # type: ignore[arg-type]
            assert style.color is not None
            assert style.color.triplet is None
            assert bool(style.reverse) == (ground == "raised")
    assert palette.style(Run("x", "accent")).color.name == "blue"  # type: ignore[union-attr]
    assert palette.style(Run("x", "needs-you")).color.name == "yellow"  # type: ignore[union-attr]


def test_without_colours_nothing_has_one() -> None:
    palette = Palette(load("dark"), plain=True)
    for voice in TEXTS:
        for ground in GROUNDS:
            style = palette.style(Run("x", voice), ground)  # type: ignore[arg-type]
            assert style.color is None
            assert style.bgcolor is None


# -- files


def test_a_file_may_name_only_what_it_changes(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('dark = false\n[colours]\naccent = "#abcdef"\n')
    theme = load("mine", tmp_path)
    assert theme.colour("accent") == "#ABCDEF"
    assert theme.colour("bg") == load("dark").colour("bg")
    assert not theme.dark


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("colours = 3", "table"),
        ("[colours", "not TOML"),
        ('[colours]\nbg = "red"', "#RRGGBB"),
        ('[colours]\nbg = "#00000"', "#RRGGBB"),
        ("[colours]\nbg = 7", "#RRGGBB"),
        ('[colours]\nbackground = "#000000"', "no colour of this interface"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_reason(tmp_path: Path, said: str, why: str) -> None:
    (tmp_path / "mine.toml").write_text(said)
    with pytest.raises(ThemeError, match=why):
        load("mine", tmp_path)


@pytest.mark.parametrize("name", ["../dark", "/etc/passwd", "", "a/b", ".hidden", "x" * 50, "nul\0"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ThemeError, match="not a name"):
        load(name, tmp_path)


def test_what_is_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "huge.toml").write_text("# " + "x" * 70_000)
    for name in ("folder", "bytes", "huge", "missing"):
        with pytest.raises(ThemeError):
            load(name, tmp_path)
    with pytest.raises(ThemeError, match="there is no theme"):
        load("mine")


def test_a_built_in_name_is_never_read_from_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text("not toml [")
    assert load("dark", tmp_path).colour("bg") == "#0E1116"


def test_a_whole_theme_needs_every_colour() -> None:
    with pytest.raises(ThemeError, match="lacks"):
        parse("half", '[colours]\nbg = "#000000"')
    assert parse("inherits", "ansi = true") == Theme("inherits", ansi=True)
