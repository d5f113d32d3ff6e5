"""What is spent, live: the tail of charges, what they add up to by one thing or another, and what is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from cockpit.client import ChargeLine
from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.spend import paint, why
from cockpit.screens.spend.account import Account, wasted
from cockpit.screens.spend.parts import Side, Tail
from cockpit.screens.spend.state import Spending
from cockpit.screens.words import safe
from engine.errors import CockpitError
from widgets.ink import Line, Run
from widgets.listing import Listing
from widgets.panel import Panel
from widgets.prompt import Prompt

REST_S = 0.1
"""Between two pages of the long account that the sums are made of."""
SIDE_S = 0.5
"""The least time between two paints of the sums."""


class SpendPane(Pane):
    """The spend of one mission, or of all (`slug` None)."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    SpendPane #spend-answer { height: 1; margin-bottom: 1; }
    SpendPane #spend-find { display: none; height: 1; }
    SpendPane #spend-panes { height: 1fr; margin-bottom: 1; }
    .-short SpendPane #spend-panes, .-low SpendPane #spend-panes { margin-bottom: 0; }
    SpendPane #spend-tail { width: 1fr; }
    SpendPane #spend-lid { height: 3; }
    SpendPane #spend-foot { height: 3; }
    SpendPane #spend-side { width: 51; height: 1fr; margin-left: 3; }
    .-middle SpendPane #spend-side { width: 43; }
    .-narrow SpendPane #spend-side, .-tiny SpendPane #spend-side { display: none; width: 1fr; margin-left: 0; }
    .-narrow SpendPane.-sums #spend-side, .-tiny SpendPane.-sums #spend-side { display: block; }
    .-narrow SpendPane.-sums #spend-tail, .-tiny SpendPane.-sums #spend-tail { display: none; }
    .-short SpendPane #spend-foot { height: 2; }
    .-short SpendPane #spend-answer, .-low SpendPane #spend-answer { margin-bottom: 0; }
    .-low SpendPane #spend-lid, .-low SpendPane #spend-foot { display: none; }
    """
    BINDING_GROUP_TITLE = "spend"
    FOOT = (
        Key("list.next", "j k", "charge"),
        Key("spend.why", "⏎", "why"),
        Key("spend.pane", "tab", "sums"),
        Key("spend.group", "g", "group by"),
        Key("spend.follow", "f", "follow"),
        Key("spend.waste", "W", "waste"),
        Key("spend.missions", "m", "all missions"),
        Key("spend.filter", "/", "filter"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "why", "why", show=False, id="spend.why", tooltip="why this charge"),
        Binding("g", "group(1)", "group by", show=False, id="spend.group", tooltip="add up by the next thing"),
        Binding("G", "group(-1)", "group by", show=False, id="spend.group-back", tooltip="add up by the one before"),
        Binding("f", "follow", "follow", show=False, id="spend.follow", tooltip="go on with charges as they come"),
        Binding("W", "waste", "waste", show=False, id="spend.waste", tooltip="only what was wasted, or all"),
        Binding("m", "missions", "missions", show=False, id="spend.missions", tooltip="all missions, or one"),
        Binding("slash", "filter", "filter", show=False, id="spend.filter", tooltip="only charges with these words"),
        Binding("tab", "turn", "sums", show=False, id="spend.pane", tooltip="between the charges and their sums"),
        Binding("escape", "all", "all", show=False, id="spend.all", tooltip="end filter and waste"),
    ]

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._slug = slug
        self._account = Account(slug)
        self._by = "model" if slug else "mission"
        self._waste = False
        self._fit = paint.Fit()
        self._completing: Timer | None = None
        self._side_at = 0.0
        self._siding: Timer | None = None

    def compose(self) -> ComposeResult:
        """Answer, filter, tail and sums."""
        yield Panel(self._answer, id="spend-answer")
        yield Prompt(id="spend-find")
        with Horizontal(id="spend-panes"):
            with Vertical(id="spend-tail"):
                yield Panel(self._lid, id="spend-lid")
                yield Tail(
                    paint.paint,
                    empty="nothing was charged yet; the first call of a worker appears here",
                    id="spend-list",
                )
                yield Panel(self._foot, id="spend-foot")
            yield Side(self._sums, id="spend-side")

    # -- what is known

    @property
    def listing(self) -> Tail:
        """The tail."""
        return self.query_one(Tail)

    @property
    def mission(self) -> str | None:
        """Whose spend is shown; None for all."""
        return self._account.mission

    @property
    def spending(self) -> Spending:
        """What it comes to now."""
        return Spending(self.cockpit.client.views, self._account, self.cockpit.now)

    @property
    def wants_seconds(self) -> bool:  # type: ignore[override]
        """While a call runs its age is shown."""
        return bool(self.spending.reserved)

    def _read(self, work: Callable[[], object]) -> None:
        """Read from the ledger; what stands in the way is said, what was read before stays."""
        try:
            work()
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")

    # -- being told

    def show(self, dirty: Dirty | None) -> None:
        """Take in what was charged, if anything was."""
        if dirty is None or self._concerns(dirty, "spend"):
            if not self.listing.at_first:
                self._account.pause()
            self._read(lambda: self._account.take_in(self.cockpit.client))
        elif not self._concerns(dirty, "task", "progress", "card"):
            return
        self._fill()
        self._later()

    def _concerns(self, dirty: Dirty, *kinds: str) -> bool:
        own = self.mission
        return any(kind in kinds and (own is None or name.partition("/")[0] == own) for kind, name in dirty)

    def tick(self) -> None:
        """Ages, the burn, when the cap is reached."""
        self._fill()

    def _later(self) -> None:
        """Read the rest of the account in pages, without anybody waiting for it."""
        if self._completing is None and not self._account.whole:
            self._completing = self.set_timer(REST_S, self._complete)

    def _complete(self) -> None:
        self._completing = None
        if not self.is_attached or not self.display:
            return
        more = False

        def work() -> None:
            nonlocal more
            more = self._account.complete(self.cockpit.client)

        self._read(work)
        if more:
            self._completing = self.set_timer(REST_S, self._complete)
        self._draw_side(soon=more)

    def on_resize(self) -> None:
        """The room for reserved calls is another."""
        if self.is_mounted:
            self._fill()

    # -- what is shown

    def _fill(self) -> None:
        if not self.query(
            Prompt
        ):  # a second may pass before everything is in its place, or when it is being taken away
            return
        account, prompt = self._account, self.query_one(Prompt)
        shown = self._shown()
        reserved = [] if self._waste else self.spending.reserved
        if prompt.text:
            reserved = [line for line in reserved if _says(line, prompt.text)]
            prompt.say(
                f"{len(shown)} of {len(account.lines)}"
                + (f", {account.earlier} earlier not read" if account.earlier else "")
            )
        room = max(1, self.listing.size.height // 3)
        self._fit = paint.fitting([*reserved, *shown], self.spending.now)
        found = paint.entries(
            reserved, shown, self.cockpit.client.views.progress, self.spending.now, room=room, fitted=self._fit
        )
        if not found:
            self.listing.say_empty(self._nothing(prompt.text))
        self.listing.fill(found, follow=account.following)
        for name in ("spend-answer", "spend-lid", "spend-foot"):
            self.query_one(f"#{name}", Panel).redraw()
        self._draw_side(soon=False)
        if account.earlier and len(shown) < self.listing.size.height:
            self.call_later(self._older)

    def _nothing(self, words: str) -> str:
        """Why there is no charge to see."""
        if words:
            return "no charge says that; esc shows all"
        if self._waste and self._account.lines:
            return "nothing was wasted; W shows all"
        return "nothing was charged yet; the first call of a worker appears here"

    def _shown(self) -> list[ChargeLine]:
        words = self.query_one(Prompt).text
        return [
            line
            for line in self._account.lines
            if (not self._waste or wasted(line)) and (not words or _says(line, words))
        ]

    def _draw_side(self, *, soon: bool) -> None:
        """Paint the sums, at most twice a second."""
        wait = self._side_at + SIDE_S - time.monotonic()
        if wait > 0 or soon:
            if self._siding is None:
                self._siding = self.set_timer(max(wait, SIDE_S if soon else 0.01), self._side)
        else:
            self._side()

    def _side(self) -> None:
        self._siding = None
        self._side_at = time.monotonic()
        if self.is_attached:
            self.query_one(Side).redraw()

    def _answer(self, columns: int, _rows: int) -> list[Line]:
        return [self.spending.answer(columns)]

    def _lid(self, columns: int, _rows: int) -> list[Line]:
        note = ["waste only"] if self._waste else []
        if self._slug is not None and self.mission is None:
            note.append("all missions")
        elif self._slug is None and self.mission is not None:
            note.append(safe(self.mission))
        account = self._account
        return paint.lid(
            columns,
            fitted=self._fit,
            focused=self.listing.has_focus,
            following=account.following,
            new=account.new,
            note=", ".join(note),
        )

    def _foot(self, columns: int, rows: int) -> list[Line]:
        some = bool(self.query_one(Prompt).text) or self._waste
        return self.spending.foot(self._shown(), columns, rows, some=some)

    def _sums(self, columns: int, rows: int) -> list[Line]:
        return self.spending.side(self._by, columns, rows, lit=self.query_one(Side).has_focus)

    # -- what keys do

    def enter(self) -> None:
        """The tail takes the keys, or the sums where only they are shown."""
        (self.query_one(Side) if self.has_class("-sums") and self._narrow else self.listing).focus(scroll_visible=False)

    @property
    def _narrow(self) -> bool:
        return bool({"-narrow", "-tiny"} & self.screen.classes)

    def point(self, subject: str) -> None:
        """Go to the newest charge of a task or an attempt."""
        found = next((line for line in self._shown() if subject in {line.task, line.attempt}), None)
        if found is not None:
            self.listing.select(str(found.seq))

    def on_descendant_focus(self) -> None:
        """The rule above what has the focus is lit."""
        self.query_one("#spend-lid", Panel).redraw()

    on_descendant_blur = on_descendant_focus

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """It follows while the first row is selected, and stops as soon as the cursor leaves it."""
        event.stop()
        account = self._account
        if self.listing.at_first and not account.following:
            self._read(lambda: account.follow(self.cockpit.client))
            self._fill()
        elif not self.listing.at_first and account.following:
            account.pause()
            self.query_one("#spend-lid", Panel).redraw()

    def on_listing_near_end(self, event: Listing.NearEnd) -> None:
        """Another page."""
        event.stop()
        self._older()

    def _older(self) -> None:
        if self.is_attached and self._account.earlier:
            self._read(lambda: self._account.older(self.cockpit.client))
            self._fill()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Why this charge."""
        event.stop()
        self.action_why()

    def action_why(self) -> None:
        """Show what led to the selected charge."""
        found = self.listing.selected
        line = found.body[0] if found is not None else None
        if not isinstance(line, ChargeLine):
            return

        def work() -> None:
            story, now = why.gather(line, self.cockpit.client.events), self.spending.now
            title: Line = (Run("why this charge", "bright", bold=True), Run(f"   {safe(line.attempt)}", "muted"))
            self.app.push_screen(Sheet(title, lambda columns: why.lines(story, now, columns)))

        self._read(work)

    def action_group(self, by: int) -> None:
        """Add up by the next thing."""
        choices = self.spending.choices
        place = choices.index(self._by) if self._by in choices else 0
        self._by = choices[(place + by) % len(choices)]
        self._side()

    def action_follow(self) -> None:
        """Back to the first row, and on with what comes."""
        self._read(lambda: self._account.follow(self.cockpit.client))
        self._account.following = True
        self._fill()

    def action_waste(self) -> None:
        """Only what was wasted, or all."""
        self._waste = not self._waste
        self._fill()

    def action_missions(self) -> None:
        """All missions, or the one that this is about."""
        found = self.listing.selected
        line = found.body[0] if found is not None else None
        own = self._slug or (line.mission if isinstance(line, ChargeLine) else None)
        if self.mission is None and own is None:
            return
        self._account = Account(None if self.mission is not None else own)
        self.show(None)
        self.action_follow()

    def action_turn(self) -> None:
        """From the charges to their sums and back."""
        sums = self.query_one(Side)
        if self._narrow:
            self.toggle_class("-sums")
            self.enter()
        else:
            (self.listing if sums.has_focus else sums).focus(scroll_visible=False)
        self._side()

    # -- filtering

    def action_filter(self) -> None:
        """Type what to look for."""
        prompt = self.query_one(Prompt)
        prompt.display = True
        prompt.focus(scroll_visible=False)

    def action_all(self) -> None:
        """End the filter; without one, this is somebody else's key."""
        prompt = self.query_one(Prompt)
        if not prompt.display and not self._waste:
            raise SkipAction
        self._waste = False
        prompt.action_clear()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Filter with every character."""
        event.stop()
        self._fill()

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Back to the list, filtered or not."""
        event.stop()
        self.query_one(Prompt).display = bool(event.text)
        self._fill()
        self.enter()


def _says(line: ChargeLine, words: str) -> bool:
    """Whether every one of these words stands somewhere in a charge."""
    text = " ".join(
        (line.mission, line.task, line.task_title, line.branch_key, line.attempt, line.role, line.worker, line.model)
    )
    text = f"{text} {line.purpose} {line.outcome}".lower()
    return all(word in text for word in words.lower().split())
