"""The board: the tasks of a mission by what they do now, the selected one unfolded below the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from cockpit.screens.attention.artifact import Artifact
from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import board_paint as paint
from cockpit.screens.mission import made
from cockpit.screens.mission.board import Board, named
from cockpit.screens.mission.board import Card as TaskCard
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.why import WhySheet
from cockpit.screens.words import now_in
from engine.errors import CockpitError
from engine.views.models import AttentionRow, TaskRow
from widgets.ink import Line, Run, rule
from widgets.listing import Listing
from widgets.panel import Panel
from widgets.prompt import Prompt

FRESH_S = 3.0
"""How long the new glyph of a task that changed its state stays bold."""
MANY = 1_000
CALM_S = 0.5
EMPTY = "no tasks yet; they appear here when the plan is accepted"


class BoardPane(Pane):
    """Tasks by state. `c` and `w` go on to the context and the reasons of the selected one."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    BoardPane #board-answer { height: 2; }
    BoardPane #board-lid { height: 2; }
    BoardPane #board-list { height: 1fr; }
    BoardPane #board-foot { height: 7; margin-bottom: 1; }
    BoardPane #board-find { display: none; height: 1; }
    .-short BoardPane #board-answer { height: 1; }
    .-low BoardPane #board-answer, .-low BoardPane #board-lid { display: none; }
    .-tiny BoardPane #board-lid { display: none; }
    .-short BoardPane #board-foot, .-low BoardPane #board-foot,
    .-narrow BoardPane #board-foot, .-tiny BoardPane #board-foot { display: none; }
    """
    BINDING_GROUP_TITLE = "board"
    FOOT = (
        Key("list.next", "j k", "task"),
        Key("list.open", "⏎", "open"),
        Key("board.context", "c", "context"),
        Key("board.why", "w", "why"),
        Key("board.find", "/", "filter"),
        Key("mission.pause", "p", "pause"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "context", "context", show=False, id="board.context", tooltip="what its worker gets to read"),
        Binding("w", "why", "why", show=False, id="board.why", tooltip="what led to its state"),
        Binding("slash", "find", "filter", show=False, id="board.find", tooltip="show only tasks with these words"),
        Binding("escape", "unfilter", "all", show=False, id="board.unfilter", tooltip="end the filter"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._board = Board()
        self._due: Timer | None = None

    def compose(self) -> ComposeResult:
        """Answer, filter, list, foot."""
        yield Panel(self._answer, id="board-answer")
        yield Prompt(id="board-find")
        yield Panel(self._lid, id="board-lid")
        yield Listing(paint.paint, empty=EMPTY, id="board-list")
        yield Panel(self._foot, id="board-foot")

    # -- what is shown

    @property
    def listing(self) -> Listing:
        """The list of tasks."""
        return self.query_one("#board-list", Listing)

    @property
    def _tasks(self) -> dict[str, TaskRow]:
        return self.cockpit.client.views.tasks.get(self._slug, {})

    @property
    def _now(self) -> int:
        return now_in(self.cockpit.client.views.cards.get(self._slug), self.cockpit.now)

    @property
    def wants_seconds(self) -> bool:  # type: ignore[override]
        """While something runs, its age is shown."""
        return bool(self._board.counts["running"] or self._board.counts["verifying"])

    @property
    def chosen(self) -> TaskCard | None:
        """The selected task."""
        found = self.listing.selected
        return found.body if found is not None and isinstance(found.body, TaskCard) else None

    def _answer(self, columns: int, rows: int) -> list[Line]:
        card = self.cockpit.client.views.cards.get(self._slug)
        spent = (card.spent, card.reserved) if card else (0, 0)
        line = paint.answer(self._board.counts, self._board.accepted, spent, columns)
        return [line, paint.near(card.near if card else (), columns)][:rows]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        return [rule(columns, lit=self.listing.has_focus), paint.Columns(columns - 2).header()]

    def _foot(self, columns: int, rows: int) -> list[Line]:
        card = self.chosen
        if card is None:
            return [rule(columns)]
        lines = paint.foot(card.task, card.lane, card.note, self._items(card.task), self._now, columns, rows - 1)
        return [rule(columns), *lines]

    def _items(self, task: TaskRow) -> Iterable[AttentionRow]:
        return [item for item in self.cockpit.client.views.attention.values() if item.task == task.id]

    def show(self, dirty: Dirty | None) -> None:
        """Take in what changed, if anything of it stands here; of very many tasks not more often than `CALM_S`."""
        if dirty is None or len(self._tasks) < MANY:
            if dirty is None or any(self._concerns(kind, name) for kind, name in dirty):
                self._fill()
        elif self._due is None and any(self._concerns(kind, name) for kind, name in dirty):
            self._due = self.set_timer(CALM_S, self._late)

    def _late(self) -> None:
        self._due = None
        if self.is_attached and self.display:
            self._fill()

    def _concerns(self, kind: str, name: str) -> bool:
        if kind == "card":
            return name == self._slug
        return kind in {"task", "progress", "attention"} and name.startswith(f"{self._slug}/")

    def _rest(self, names: set[str]) -> None:
        self._board.rest(names)
        if self.is_attached and self.display:
            self._fill()

    def _fill(self) -> None:
        prompt = self.query_one(Prompt)
        entries = self._board.entries(
            self._tasks,
            self.cockpit.client.views.progress,
            self._now,
            words=prompt.text,
            roomy=self.size.width >= 56 and self.screen.size.height >= 16,
        )
        if changed := self._board.changed:
            self.set_timer(FRESH_S, lambda: self._rest(changed))
        self.listing.fill(entries)
        if prompt.text:
            prompt.say(f"{self._board.found} of {len(self._tasks)}")
        self.redraw()

    def tick(self) -> None:
        """Ages of what runs."""
        self._fill()

    def on_resize(self) -> None:
        """Narrower, a task has one line."""
        if self.is_mounted:
            self._fill()

    def point(self, subject: str) -> None:
        """Select a task."""
        self.listing.select(subject)

    def enter(self) -> None:
        """The list takes the keys."""
        self.listing.focus(scroll_visible=False)

    # -- what keys do

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The foot follows the selection."""
        event.stop()
        self.query_one("#board-foot", Panel).redraw()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show all that is known of it."""
        event.stop()
        card = self.chosen
        if card is not None:
            title: Line = (Run(named(card.task), "bright", bold=True), Run(f"   {card.task.id}", "muted"))
            items, now = list(self._items(card.task)), self._now
            said, files = self._made(card.task.id)

            def text(columns: int) -> list[Line]:
                known = paint.detail(card.task, card.lane, card.note, items, now, columns)
                return [*known, *made.lines(said, files, columns)]

            self.app.push_screen(Sheet(title, text))

    def _made(self, task: str) -> tuple[str, tuple[Artifact, ...]]:
        try:
            return made.of_task(self.cockpit.client, self._slug, task)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return "", ()

    def on_descendant_focus(self) -> None:
        """The rule above the list is lit while it has the focus."""
        self.query_one("#board-lid", Panel).redraw()

    on_descendant_blur = on_descendant_focus

    def action_context(self) -> None:
        """What its worker gets to read."""
        if (card := self.chosen) is not None:
            self.leave("context", card.task.id)

    def action_why(self) -> None:
        """What led to its state."""
        if (card := self.chosen) is not None:
            self.app.push_screen(WhySheet(self.cockpit.home, card.task.id, card.task.title))

    def action_find(self) -> None:
        """Type what to look for."""
        prompt = self.query_one(Prompt)
        prompt.display = True
        prompt.focus()
        prompt.say("enter keeps it, escape ends it")

    def action_unfilter(self) -> None:
        """End the filter, if there is one; else the key is for others."""
        prompt = self.query_one(Prompt)
        if not prompt.text:
            raise SkipAction
        prompt.action_clear()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Show what fits."""
        event.stop()
        self._fill()

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Back to the list."""
        event.stop()
        prompt = self.query_one(Prompt)
        prompt.display = bool(event.text)
        self._fill()
        self.listing.focus()
