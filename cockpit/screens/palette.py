"""What `^p` finds: missions and their tabs, items that need somebody, screens, themes, pause and resume.

Drawn with our own list and prompt: Textual's palette parses its texts as markup, and a double click ends it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from cockpit.screens.base import HEIGHTS, WIDTHS
from cockpit.screens.words import safe
from engine.errors import CockpitError
from engine.views.models import Card
from themes.load import BUILT_IN
from widgets.ink import Line, Run, cells, cut, fit, left
from widgets.listing import Entry, Listing, Shown
from widgets.prompt import Prompt

if TYPE_CHECKING:
    from cockpit.app import CockpitApp

LONGEST = 60
"""Columns of a name that somebody else gave."""
ITEMS = 200
"""So many items can be found by their titles; the queue shows all."""
TABS = ("board", "branches", "state", "context", "spend", "contract", "receipt", "log")


class Told(NamedTuple):
    """A command: what it is called, what it does, and how it is done. `first`: shown before anything is typed."""

    text: str
    help: str
    run: Callable[[], object]
    first: bool = True


def commands(app: CockpitApp) -> Iterator[Told]:
    """Every command that makes sense now."""
    views = app.client.views
    yield Told("bridge", "all missions side by side", app.action_bridge)
    if views.attention:
        yield Told("what needs you", "the queue, ranked", app.open_item)
    yield Told("spend", "what all missions spend, live", app.action_spend)
    for slug, card in views.cards.items():
        yield from _mission(app, slug, card)
    for name in sorted(views.attention, key=lambda name: -views.attention[name].rank)[:ITEMS]:
        row = views.attention[name]
        about = f"{safe(row.kind)}, {safe(row.mission)}"
        yield Told(f"open: {_short(row.title)}", about, partial(app.open_item, name), first=False)
    for theme in (*BUILT_IN, *app.own_themes()):
        yield Told(f"theme: {_short(theme)}", "other colours, at once", partial(app.choose_theme, theme))
    yield Told("new mission", "from a template or a file", app.action_new_mission)
    yield Told("help", "what works here", app.action_help)
    yield Told("close", "missions go on", app.exit)


def _mission(app: CockpitApp, slug: str, card: Card) -> Iterator[Told]:
    name = _short(slug)
    mark = "REHEARSED  " if card.rehearsed else ""
    yield Told(f"mission: {name}", f"{mark}{_short(card.title)}", partial(app.open_mission, slug))
    for tab in TABS:
        yield Told(f"{name}: {tab}", f"{mark}{_short(card.title)}", partial(app.open_mission, slug, tab), first=False)
    if card.state in {"active", "paused"}:
        verb = "resume" if card.state == "paused" else "pause"
        does = "what was paused goes on" if verb == "resume" else "nothing new starts until it is resumed"
        yield Told(f"{verb}: {name}", does, partial(_give, app, verb, slug), first=False)


def _give(app: CockpitApp, verb: str, slug: str) -> None:
    """Pause or resume a mission; what came of it is told."""
    from cockpit.screens.mission.orders import WORDS, status

    async def given() -> None:
        try:
            await app.give(status("resume" if verb == "resume" else "pause", slug))
        except CockpitError as error:
            app.say(str(error), severity="error")
        else:
            app.say(f"{slug} {WORDS[verb]}")

    app.run_worker(given(), group="palette", exit_on_error=False)


def _short(text: str) -> str:
    return cut(safe(text), LONGEST)


def found(known: list[Told], query: str) -> list[Told]:
    """The commands that hold every word of a query: first those whose name holds the first one, the plain before."""
    words = query.casefold().split()
    if not words:
        return [told for told in known if told.first]
    named = [(told, f"{told.text} {told.help}".casefold()) for told in known]
    hits = [told for told, text in named if all(word in text for word in words)]
    return sorted(hits, key=lambda told: (words[0] not in told.text.casefold(), not told.first))


class CommandScreen(ModalScreen[None]):
    """A prompt, and below it the commands that match."""

    CSS = """
    CommandScreen { align: center top; }
    CommandScreen #commands {
        width: 84; max-width: 100%; height: auto; max-height: 80%; margin-top: 2; padding: 1 2;
        background: $bg; border-top: heavy $accent; border-bottom: solid $rule;
    }
    CommandScreen.-low #commands { margin-top: 0; max-height: 100%; padding: 0; }
    CommandScreen #query { height: 1; margin-bottom: 1; }
    CommandScreen Listing { height: 24; }
    CommandScreen.-short Listing { height: 14; }
    CommandScreen.-low Listing { height: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "leave", "back", show=False, priority=True, id="commands.back", tooltip="back"),
        Binding("enter", "choose", "do", show=False, priority=True, id="commands.choose", tooltip="do it"),
        Binding("down", "move(1)", show=False, priority=True, id="commands.next", tooltip="the next command"),
        Binding("up", "move(-1)", show=False, priority=True, id="commands.previous", tooltip="the command before"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known: list[Told] = []
        self._shown: dict[str, Told] = {}
        self._left = False

    def compose(self) -> ComposeResult:
        """Prompt and list."""
        with Vertical(id="commands"):
            yield Prompt(id="query")
            yield Listing(paint, empty="no command holds these words", id="found")

    def on_mount(self) -> None:
        """What can be done now."""
        self._known = list(commands(cast("CockpitApp", self.app)))
        self._fill("")
        self.query_one(Prompt).focus()

    def _fill(self, query: str) -> None:
        self._shown = {str(place): told for place, told in enumerate(found(self._known, query))}
        word = query.casefold().split()[:1]
        entries = [Entry(f"{query} {name}", (told, word)) for name, told in self._shown.items()]
        listing = self.query_one(Listing)
        listing.fill(entries, follow=True)
        self.query_one(Prompt).say(f"{len(entries)} of {len(self._known)}")

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Another query."""
        self._fill(event.text)

    def on_listing_chosen(self, _event: Listing.Chosen) -> None:
        """A double click."""
        self.action_choose()

    def action_move(self, by: int) -> None:
        """Select the next command in a direction."""
        self.query_one(Listing).action_move(by)

    def action_leave(self) -> None:
        """Leave without doing anything."""
        if not self._left:
            self._left = True
            self.dismiss()

    def action_choose(self) -> None:
        """Leave, and do what is selected; once, however often it is chosen."""
        entry = self.query_one(Listing).selected
        if entry is not None and not self._left:
            told: Told = entry.body[0]
            self.action_leave()
            self.app.call_later(told.run)


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """A command: its name, what was searched for lit in it, and what it does."""
    told, words = entry.body
    size = max(min(36, shown.columns), shown.columns * 5 // 12)
    name = left(cut(told.text, size - 2), size)
    place = name.casefold().find(words[0]) if words else -1
    bold = shown.selected
    if place < 0 or cells(name) != len(name):
        runs: list[Run] = [Run(name, "bright", bold)]
    else:
        end = place + len(words[0])
        runs = [Run(name[:place], "bright", bold), Run(name[place:end], "accent", bold=True)]
        runs.append(Run(name[end:], "bright", bold))
    return [fit((*runs, Run(told.help, "muted")), shown.columns)]
