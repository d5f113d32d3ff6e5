"""Going places, themes, the command palette, help, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.app import CockpitApp
from cockpit.cli.authority import Author
from cockpit.preferences import Preferences
from cockpit.screens.palette import CommandScreen, commands
from engine.home import Home
from tests.screens import samples
from tests.screens.samples import NOW
from tests.screens.seen import styles, text, until
from tests.screens.stage import UTF8, cockpit
from tests.screens.world import World

pytestmark = pytest.mark.usefixtures("utc")
SIZE = (120, 40)


def names(app: CockpitApp) -> list[str]:
    """The screens, the lowest first."""
    return [type(screen).__name__ for screen in app.screen_stack]


async def test_digits_show_missions_zero_and_escape_show_the_bridge(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        assert app.current_mode == "mission-homepage-hero"
        await pilot.press("escape")
        assert app.current_mode == "bridge"
        await pilot.press("3", "0")
        assert app.current_mode == "bridge"
        await pilot.press("9")  # there is no ninth
        assert app.current_mode == "bridge"


async def test_n_opens_the_queue_and_escape_leaves_it(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        assert names(app) == ["BridgeScreen", "AttentionScreen"]
        await pilot.press("escape")
        assert names(app) == ["BridgeScreen"]
        await pilot.press("escape", "escape")  # nothing lies behind the bridge
        assert names(app) == ["BridgeScreen"]


async def test_n_says_so_when_nothing_needs_anybody(fabricate: Callable[[World], Home]) -> None:
    app = cockpit(fabricate(World()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: "nothing needs you" in "".join(toast.message for toast in app._notifications))
        assert names(app) == ["BridgeScreen"]


async def test_spend_and_help_open_over_the_bridge(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", "s")
        assert names(app) == ["BridgeScreen", "SpendScreen"]
        await pilot.press("0", "question_mark")
        assert names(app) == ["BridgeScreen", "HelpScreen"]
        await until(pilot, lambda: "the next item that needs you" in text(app))
        await pilot.press("escape")
        assert names(app) == ["BridgeScreen"]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_closes(three: Home, key: str) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        await pilot.pause()
    assert app.return_code == 0


async def test_a_remapped_key_works_and_is_shown(three: Home) -> None:
    preferences = Preferences(keys={"app.spend": "S", "app.nothing": "x"})
    app = CockpitApp(three, Author("human:you", False), clock=lambda: NOW, preferences=preferences, environ=UTF8)
    async with app.run_test(size=SIZE) as pilot:
        assert "S spend" in text(app)
        await pilot.press("s")
        assert names(app) == ["BridgeScreen"]
        await pilot.press("S")
        assert names(app) == ["BridgeScreen", "SpendScreen"]


# -- themes


@pytest.mark.parametrize("theme", ["light", "high-contrast", "ansi", "dark"])
async def test_a_theme_is_changed_at_once_and_back(three: Home, theme: str) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "gtm-signal" in text(app))
        before = colours(app)
        app.choose_theme(theme)
        await until(pilot, lambda: theme == "dark" or not colours(app) & before)
        app.choose_theme("dark")
        await until(pilot, lambda: colours(app) == before)


def colours(app: CockpitApp) -> set[str]:
    """The colours of what is on the screen."""
    return {style.color.name for style in styles(app) if style.color is not None}


async def test_ones_own_theme_may_name_only_what_it_changes(fabricate: Callable[[World], Home]) -> None:
    home = fabricate(samples.three())
    own(home, "mine", '[colours]\nbright = "#ABCDEF"\n')
    app = cockpit(home, "mine")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "gtm-signal" in text(app))
        assert "#abcdef" in {style.color.name for style in styles(app) if style.color}
        assert "theme: mine" in {told.text for told in commands(app)}


@pytest.mark.parametrize(
    "text_",
    ["colours = 3", "not toml [", '[colours]\nbg = "red"', '[colours]\nnope = "#000000"', "x" * 70_000],
    ids=["no table", "no toml", "no colour", "unknown name", "too long"],
)
async def test_a_broken_theme_is_told_and_dark_is_used(fabricate: Callable[[World], Home], text_: str) -> None:
    home = fabricate(samples.three())
    own(home, "broken", text_)
    app = cockpit(home, "broken")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: len(app._notifications) == 1)
        assert app.palette.theme.name == "dark"
        app.choose_theme("broken")
        await until(pilot, lambda: len(app._notifications) == 2)
        assert app.palette.theme.name == "dark"
        assert "gtm-signal" in text(app)


def own(home: Home, name: str, said: str) -> None:
    """A theme of the user."""
    folder: Path = home.config.parent / "themes"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(said, encoding="utf-8")


# -- the command palette


HOSTILE = "[/nope] [@click=app.exit]x[/] \x1b]52;c;aGk=\x07 \u202e [b"


@pytest.mark.parametrize("query", ["", "e", "nope", "mission", "theme", "zzz"])
async def test_the_palette_shows_names_and_obeys_none(fabricate: Callable[[World], Home], query: str) -> None:
    world = samples.three()
    world.view("card", samples.card("evil", HOSTILE))
    world.view("attention", samples.item("evil", 1, "answer", HOSTILE))
    app = cockpit(fabricate(world))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "evil" in app.client.views.cards)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandScreen))
        await pilot.press(*query)
        await pilot.pause()
        shown = text(app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        await pilot.click(offset=(40, 9))
        await pilot.click(offset=(70, 12))
        await pilot.pause()
        assert app.is_running
        assert isinstance(app.screen, CommandScreen)


async def test_the_palette_finds_a_mission_by_its_name(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"hero")
        await until(pilot, lambda: "mission: homepage-hero" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "mission-homepage-hero")


async def test_a_command_is_done_once_however_often_it_is_chosen(three: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    monkeypatch.setattr(CockpitApp, "open_mission", lambda self, slug, tab="board": done.append((slug, tab)))
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"hero log")
        await until(pilot, lambda: isinstance(app.screen, CommandScreen) and "homepage-hero: log" in text(app))
        palette = app.screen
        assert isinstance(palette, CommandScreen)
        for _ in range(3):
            palette.action_choose()
        await until(pilot, lambda: names(app) == ["BridgeScreen"])
        await pilot.press("ctrl+p", "escape", "escape", "ctrl+p", "ctrl+p")
        await until(pilot, lambda: names(app) == ["BridgeScreen"])
    assert done == [("homepage-hero", "log")]


async def test_up_and_down_choose_among_what_matches(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"mission:", "down", "down", "up")
        await until(pilot, lambda: "3 of" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "mission-homepage-hero")


async def test_the_palette_changes_the_theme(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"light")
        await until(pilot, lambda: "theme: light" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.palette.theme.name == "light")


async def test_the_palette_pauses_what_runs_and_resumes_what_is_paused(fabricate: Callable[[World], Home]) -> None:
    world = samples.three()
    world.view("card", samples.card("still", "x", state="paused", phase="paused"))
    world.view("card", samples.card("over", "x", state="finished", phase="finished"))
    app = cockpit(fabricate(world))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "over" in app.client.views.cards)
        told = {command.text for command in commands(app)}
        assert "pause: gtm-signal" in told
        assert "resume: still" in told
        assert not {"pause: still", "pause: over", "resume: over"} & told


# -- what is wrong


async def test_no_engine_is_said_in_words(fabricate: Callable[[World], Home]) -> None:
    app = cockpit(fabricate(samples.three()))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "○ no engine" in text(app))


async def test_a_ledger_that_cannot_be_read_is_said_and_the_screen_stays(fabricate: Callable[[World], Home]) -> None:
    home = fabricate(World())
    for path in home.root.glob("ledger.db*"):
        path.unlink()
    home.ledger.write_bytes(b"this is not a ledger at all" * 100)
    app = cockpit(home)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "! cannot read" in text(app))
        assert "ledger.db" in app.trouble
        await pilot.press("s", "escape", "1", "0", "n", "question_mark", "escape")
        assert app.is_running


async def test_settings_that_cannot_be_read_are_said(three: Home) -> None:
    preferences = Preferences(trouble="config.toml: cannot be read; cockpit doctor says why")
    app = CockpitApp(three, Author("human:you", False), clock=lambda: NOW, preferences=preferences, environ=UTF8)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "cannot be read" in "".join(toast.message for toast in app._notifications))


async def test_screens_that_were_hidden_have_the_new_colours_too(three: Home) -> None:
    app = cockpit(three)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: "enrich 25 leads" in text(app))
        before = colours(app)
        await pilot.press("0")
        app.choose_theme("high-contrast")
        await pilot.pause()
        await pilot.press("1")
        await until(pilot, lambda: "enrich 25 leads" in text(app) and not colours(app) & before)


async def test_a_second_that_passes_while_it_closes_changes_nothing(
    three: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Widgets go the innermost first: for a moment a screen stands there without its parts."""
    app = cockpit(three)
    close, seen = app._close_messages, [False]

    async def closing(*, wait: bool = True) -> None:
        for node in app.query("#strip"):
            node._nodes._clear()
        app.screen._nodes._clear()
        app._minute = -1
        app._tick()
        seen[0] = True
        await close(wait=wait)

    async with app.run_test(size=SIZE):
        monkeypatch.setattr(app, "_close_all", closing)
    assert seen[0]
