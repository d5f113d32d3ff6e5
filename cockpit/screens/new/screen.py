"""`N`: choose a template or a file, see what is wrong with it and who holds its clauses, rehearse it, then start it.

A start is confirmed with a forecast of one line before the eyes; whoever does not want to wait for it need not.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.cli import prose
from cockpit.cli.edit import in_editor
from cockpit.cli.forecast import one_line
from cockpit.screens.base import keys_line
from cockpit.screens.mission.sheet import Lines
from cockpit.screens.new import checked as checking
from cockpit.screens.new import rehearsing
from cockpit.screens.new.checked import Checked
from cockpit.screens.new.rehearsing import Forecast, Rehearsing
from cockpit.screens.words import safe
from engine.errors import CockpitError
from widgets.ink import BLANK, Line, Run, fit, wrap
from widgets.listing import EDGE, Entry, Listing
from widgets.panel import Panel

if TYPE_CHECKING:
    from cockpit.app import CockpitApp

_ASKS = {
    "choose": ("a new mission", "from what?"),
    "place": ("a new mission", "where is the contract to be?"),
    "check": ("a new mission", ""),
    "forecast": ("a rehearsal", ""),
    "confirm": ("start it?", ""),
}


class NewMission(ModalScreen[None]):
    """Step by step: what from, where, is it sound, how it may go, and whether it is to begin."""

    DEFAULT_CSS = """
    NewMission > Vertical { width: 96; max-width: 96%; height: auto; max-height: 90%; background: $bg;
        border: solid $accent; padding: 0 1; }
    NewMission #new-title { height: 2; }
    NewMission #new-ways { height: auto; max-height: 8; }
    NewMission #new-place { margin: 0 0 1 2; }
    NewMission #new-report { height: auto; max-height: 100%; }
    NewMission #new-keys { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="new.back", tooltip="a step back; at last nothing is made"),
        Binding("tab", "app.focus_next", "next", show=False, id="new.next", tooltip="the next part"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._step = "choose"
        self._template = ""
        self._checked: Checked | None = None
        self._forecast: Forecast | None = None
        self._rehearsing: Rehearsing | None = None
        self._busy = ""
        self._note = ""
        """What was read from prose, above what is said of it."""

    def compose(self) -> ComposeResult:
        """Title, ways, place, report, keys."""
        with Vertical():
            yield Panel(self._title, id="new-title")
            yield Listing(checking.paint, id="new-ways")
            yield Input(placeholder="path of the file", id="new-place", max_length=1000)
            yield Lines(id="new-report")
            yield Panel(self._keys, id="new-keys")

    @property
    def cockpit(self) -> CockpitApp:
        """The application, by its own type."""
        return cast("CockpitApp", self.app)

    @property
    def ways(self) -> Listing:
        """What can be chosen."""
        return self.query_one("#new-ways", Listing)

    @property
    def step(self) -> str:
        """`choose`, `place`, `check`, `forecast` or `confirm`."""
        return self._step

    @property
    def forecast(self) -> Forecast | None:
        """What a rehearsal of the file has told last."""
        return self._forecast

    @property
    def checked(self) -> Checked | None:
        """The file as it was checked last."""
        return self._checked

    def _title(self, columns: int, _rows: int) -> list[Line]:
        name, asks = _ASKS[self._step]
        if self._checked is not None and not asks:
            asks = safe(self._checked.file.name if self._rehearsing is not None else str(self._checked.file))
        if self._rehearsing is not None:
            return [
                fit(
                    (Run(name, "bright", bold=True), Run(f"   {asks}   ", "muted"), *self._rehearsing.progress()),
                    columns,
                )
            ]
        end = f"   {self._busy}" if self._busy else ""
        return [fit((Run(name, "bright", bold=True), Run(f"   {asks}{end}", "muted")), columns)]

    def _keys(self, columns: int, rows: int) -> list[Line]:
        back = "end it" if self._rehearsing is not None else "back"
        keys = (("j k", "way"), ("⏎", "take"), ("tab", "next part"), ("esc", back))
        return [BLANK, keys_line(keys, columns)][-rows:]

    def on_mount(self) -> None:
        """The first question."""
        self._to("choose")

    def _to(self, step: str) -> None:
        self._step = step
        place = self.query_one(Input)
        report = self.query_one("#new-report", Lines)
        place.display, report.display = step == "place", step in {"check", "forecast", "confirm"}
        if step == "choose":
            self._fill(checking.choices(checking.templates()))
            self.ways.focus()
        elif step == "place":
            self._fill([])
            place.focus()
        else:
            self._offer()
            (self.ways if self.ways.display else report).focus()
            self.call_after_refresh(self._report)
        self._say()

    def _offer(self) -> None:
        """What can be done at this step."""
        if self._step == "forecast":
            self._fill([] if self._rehearsing is not None else rehearsing.ways(self._forecast))
        elif self._step == "confirm":
            self._fill(rehearsing.confirming(self._rehearsing is not None))
        else:
            self._fill(checking.actions(self._checked) if self._checked else [])

    def _fill(self, entries: list[Entry]) -> None:
        self.ways.display = bool(entries)
        self.ways.styles.height = max(len(entries), 1)
        self.ways.fill(entries, follow=True)

    def _report(self) -> None:
        if not self.is_mounted or self._checked is None:
            return
        lines = self.query_one("#new-report", Lines)
        columns = max(lines.size.width - EDGE, 8)
        note = [fit((Run(part, "text"),), columns) for part in wrap(self._note, columns)] if self._note else []
        shown = [BLANK, *note, *([BLANK] if note else []), *self._told(columns)]
        lines.styles.height = max(1, min(len(shown), int(self.size.height * 0.9) - len(self.ways.entries) - 8))
        lines.put(shown)

    def _told(self, columns: int) -> list[Line]:
        if self._step == "check" and self._checked is not None:
            return checking.report(self._checked, columns)
        if self._rehearsing is not None:
            waits = "the engine plays it in memory, on a virtual clock; esc ends that, with what it has found by then"
            return [(Run(part, "muted"),) for part in wrap(waits, columns)]
        if self._forecast is None:
            return [(Run("there is no forecast", "muted"),)]
        if self._step == "confirm" and self._forecast.told is not None:
            told = f"forecast: {one_line(dict(self._forecast.told))}"
            return [(Run(part, "bright"),) for part in wrap(safe(told), columns)]
        return self._forecast.lines(columns)

    def _say(self) -> None:
        for panel in self.query(Panel):
            panel.redraw()

    # -- steps

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Take a way."""
        event.stop()
        if event.entry is None or self._busy:
            return
        way = event.entry.id
        if self._step == "choose":
            self._template = way.partition(":")[2]
            field = self.query_one(Input)
            field.value = str(Path.cwd() / f"{self._template}.mission.yaml") if self._template else f"{Path.cwd()}/"
            field.cursor_position = len(field.value)
            self._to("place")
        elif way == "edit":
            self._edit()
        elif way == "again" and self._checked is not None:
            self._check(self._checked.file)
        elif self._checked is not None and self._checked.sound:
            self._go(way, self._checked.file)

    def _go(self, way: str, file: Path) -> None:
        """Rehearse, play through, or start a sound file."""
        if way == "forecast":
            self._rehearse(file, "forecast", rehearsing.WHOLE_S)
        elif way == "start" and self._step == "check":
            self._rehearse(file, "confirm", rehearsing.BRIEF_S)
        elif way in {"rehearse", "start", "yes"}:
            self._drop()
            word = "rehearsing …" if way == "rehearse" else "starting …"
            self._work(word, self._begin(file, rehearse=way == "rehearse"))

    def _rehearse(self, file: Path, step: str, seconds: float) -> None:
        self._drop()
        self._forecast = None
        self._rehearsing = Rehearsing(self.cockpit.home, file, seconds, self._say)
        self._to(step)
        self.app.run_worker(self._played(self._rehearsing), group="rehearsal", exit_on_error=False)

    async def _played(self, one: Rehearsing) -> None:
        found = await one.run()
        if one is not self._rehearsing or one.cancelled:
            return
        self._rehearsing, self._forecast = None, found
        if self.is_mounted and self._step in {"forecast", "confirm"}:
            self._to(self._step)

    def _drop(self) -> None:
        """Whatever is being rehearsed is no longer wanted."""
        if self._rehearsing is not None:
            self._rehearsing.cancel()
            self._rehearsing = None

    def on_unmount(self) -> None:
        """A screen that is gone waits for nothing."""
        self._drop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the template, or take the file that is there; then check it."""
        event.stop()
        file = Path(event.value.strip()).expanduser()
        if not event.value.strip() or self._busy:
            return
        self._note = ""
        if self._template and not file.exists():
            try:
                from engine.contract.template import write

                write(self._template, file)
            except CockpitError as error:
                self.cockpit.say(str(error), severity="error")
                return
        elif not self._template and file.suffix.lower() in prose.ENDINGS and file.is_file():
            self._read(file)
            return
        self._check(file)

    def _read(self, file: Path) -> None:
        """Write the contract that a mission in plain words says beside it, and check that."""
        out = file.with_name(f"{file.stem}.mission.yaml")
        try:
            draft = prose.make(str(file), out)
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        left = f"; {len(draft.left)} left as prose, listed at its end" if draft.left else ""
        self._note = f"{len(draft.read)} clauses were read from {safe(file.name)}{left}"
        self._check(out)

    def _check(self, file: Path) -> None:
        self._work("being checked …", self._look(file))

    def _work(self, word: str, work: object) -> None:
        self._busy = word
        self._say()
        self.app.run_worker(work, group="new", exit_on_error=False)  # type: ignore[arg-type]

    async def _look(self, file: Path) -> None:
        found = await checking.check(self.cockpit.home, file)
        self._busy = ""
        if self.is_mounted:
            self._checked = found
            self._to("check")

    async def _begin(self, file: Path, *, rehearse: bool) -> None:
        from cockpit.cli.steer import begin

        app = self.cockpit
        try:
            slug = await asyncio.to_thread(
                begin, app.home, file, app.author, rehearse=rehearse, start_engine=app.starts_engines
            )
        except CockpitError as error:
            app.say(str(error), severity="error")
            self._busy = ""
            if self.is_mounted:
                self._say()
            return
        app.say(f"{slug} {'is rehearsed' if rehearse else 'has begun'}")
        for _look in range(100):  # its row comes with the engine's next commit
            if slug in app.client.views.cards:
                break
            await asyncio.sleep(0.05)
        self.dismiss()
        app.call_later(app.open_mission, slug)

    def _edit(self) -> None:
        checked = self._checked
        if checked is None:
            return
        try:
            before = checked.file.read_text("utf-8")
            with self.app.suspend():
                after = in_editor(self.cockpit.home, before)
            if after != before:
                checked.file.write_text(after, "utf-8")
        except SuspendNotSupported:
            self.cockpit.say(f"this terminal cannot be given to an editor: edit {checked.file}, then check it again")
            return
        except (CockpitError, OSError, UnicodeError) as error:
            self.cockpit.say(str(error), severity="error")
            return
        self._check(checked.file)

    def action_back(self) -> None:
        """A step back; at last nothing is made."""
        if self._rehearsing is not None and self._step == "forecast":
            self._rehearsing.early()
        elif self._step in {"forecast", "confirm"}:
            self._drop()
            self._to("check")
        elif self._step == "choose":
            self.dismiss()
        else:
            self._to("choose")
