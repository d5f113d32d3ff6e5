"""`N`: choose a template or a file, see what is wrong with it and who holds its clauses, then rehearse or start it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.cli.edit import in_editor
from cockpit.screens.base import keys_line
from cockpit.screens.mission.sheet import Lines
from cockpit.screens.new import checked as checking
from cockpit.screens.new.checked import Checked
from cockpit.screens.words import safe
from engine.errors import CockpitError
from widgets.ink import BLANK, Line, Run, fit
from widgets.listing import EDGE, Entry, Listing
from widgets.panel import Panel

if TYPE_CHECKING:
    from cockpit.app import CockpitApp

_ASKS = {
    "choose": ("a new mission", "from what?"),
    "place": ("a new mission", "where is the contract to be?"),
    "check": ("a new mission", ""),
}


class NewMission(ModalScreen[None]):
    """Three steps: what from, where, and what to do with it."""

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
        self._busy = ""

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
        """`choose`, `place` or `check`."""
        return self._step

    @property
    def checked(self) -> Checked | None:
        """The file as it was checked last."""
        return self._checked

    def _title(self, columns: int, _rows: int) -> list[Line]:
        name, asks = _ASKS[self._step]
        if self._checked is not None and self._step == "check":
            asks = safe(str(self._checked.file))
        end = f"   {self._busy}" if self._busy else ""
        return [fit((Run(name, "bright", bold=True), Run(f"   {asks}{end}", "muted")), columns)]

    def _keys(self, columns: int, rows: int) -> list[Line]:
        keys = (("j k", "way"), ("⏎", "take"), ("tab", "next part"), ("esc", "back"))
        return [BLANK, keys_line(keys, columns)][-rows:]

    def on_mount(self) -> None:
        """The first question."""
        self._to("choose")

    def _to(self, step: str) -> None:
        self._step = step
        place = self.query_one(Input)
        report = self.query_one("#new-report", Lines)
        place.display, report.display = step == "place", step == "check"
        self.ways.display = step != "place"
        if step == "choose":
            self._fill(checking.choices(checking.templates()))
            self.ways.focus()
        elif step == "place":
            place.focus()
        else:
            self._fill(checking.actions(self._checked) if self._checked else [])
            self.ways.focus()
            self.call_after_refresh(self._report)
        self._say()

    def _fill(self, entries: list[Entry]) -> None:
        self.ways.styles.height = max(len(entries), 1)
        self.ways.fill(entries, follow=True)

    def _report(self) -> None:
        if not self.is_mounted or self._checked is None:
            return
        lines = self.query_one("#new-report", Lines)
        shown = [BLANK, *checking.report(self._checked, max(lines.size.width - EDGE, 8))]
        lines.styles.height = max(1, min(len(shown), int(self.size.height * 0.9) - len(self.ways.entries) - 8))
        lines.put(shown)

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
        elif way in {"rehearse", "start"} and self._checked is not None and self._checked.sound:
            self._work(f"{way}ing …", self._begin(self._checked.file, rehearse=way == "rehearse"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the template, or take the file that is there; then check it."""
        event.stop()
        file = Path(event.value.strip()).expanduser()
        if not event.value.strip() or self._busy:
            return
        if self._template and not file.exists():
            try:
                from engine.contract.template import write

                write(self._template, file)
            except CockpitError as error:
                self.cockpit.say(str(error), severity="error")
                return
        self._check(file)

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
        if self._step == "choose":
            self.dismiss()
        else:
            self._to("choose")
