"""Help where one is: every key that works on the screen below, as it is mapped now, and what it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from cockpit.screens.base import Key, View
from widgets.ink import BLANK, Line, Run, Voice, cells, fit, left, wrap
from widgets.listing import EDGE, Entry, Listing, Shown

GLYPHS: tuple[tuple[str, str, Voice], ...] = (
    ("●", "running, open", "accent"),
    ("◐", "verifying", "text"),
    ("◷", "waiting for a window, a timer or another task", "text"),
    ("⚑", "needs you", "needs-you"),
    ("✓", "accepted, passed, kept", "proven"),
    ("✕", "pruned, rejected, cancelled", "past"),
    ("!", "failed, missing, in doubt", "wrong"),
    ("‖", "paused, parked", "text"),
    ("○", "not seen, not started, advisory", "text"),
    ("──●──", "a measured figure in its 95 % interval; ○ when it is past", "text"),
    ("╌╌◇╌╌", "the same, but only its worker says so: claimed, not proven", "text"),
    ("━╍─", "used, reserved, free", "bright"),
    ("│", "before every line that a model, a tool, a page or a file wrote", "muted"),
)
ENVIRONMENT = (
    ("NO_COLOR", "no colours at all"),
    ("COCKPIT_ASCII=1", "no glyphs beyond ASCII"),
    ("TEXTUAL_FPS", "frames a second at most; 240 here, so that keys do not wait"),
    ("COCKPIT_HOME", "where everything lives"),
)


def lines(keys: Sequence[tuple[str, Sequence[tuple[str, str]]]], columns: int) -> list[Line]:
    """The page: keys by group, then the glyphs, then the variables."""
    out: list[Line] = []
    size = min(24, max((cells(key) for _title, rows in keys for key, _does in rows), default=8))
    size = min(size, max(columns // 3, 8))

    def told(shown: str, does: str, voice: Voice, *, bold: bool = False) -> list[Line]:
        parts = wrap(does, max(columns - size - 3, 8))
        heads = [Run(left(shown, size + 3), voice, bold), *[Run(" " * (size + 3))] * (len(parts) - 1)]
        return [fit((head, Run(part, "text")), columns) for head, part in zip(heads, parts, strict=True)]

    for title, rows in keys:
        out += [(Run(title, "muted", bold=True),)]
        out += [line for key, does in rows for line in told(key, does, "accent", bold=True)]
        out.append(BLANK)
    out.append((Run("what the glyphs mean", "muted", bold=True),))
    out += [line for mark, does, voice in GLYPHS for line in told(mark, does, voice)]
    out += [BLANK, (Run("environment", "muted", bold=True),)]
    out += [line for name, does in ENVIRONMENT for line in told(name, does, "bright")]
    return out


class HelpScreen(View):
    """What works on the screen it was opened from."""

    passing = True
    CSS = "HelpScreen Listing { height: 1fr; }"
    FOOT = (Key("list.next", "j k", "scroll"), Key("view.back", "esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "back", "back", show=False, id="help.back", tooltip="back to where you came from"),
    ]

    def __init__(self, about: View) -> None:
        super().__init__()
        self._keys = found(about)

    def body(self) -> Iterable[Widget]:
        """One list of lines."""
        yield Listing(_paint, id="page")

    def fact(self, columns: int) -> Line:
        """Where this is."""
        return fit((Run("cockpit", "bright", bold=True), Run("  /  ", "muted"), Run("help", "text")), columns)

    def on_mount(self) -> None:
        """Nothing is read for it."""

    def on_resize(self) -> None:
        """The page for this width."""
        page = lines(self._keys, max(self.query_one(Listing).size.width - EDGE, 12))
        self.query_one(Listing).fill([Entry(str(number), line) for number, line in enumerate(page)])


def _paint(entry: Entry, _shown: Shown) -> list[Line]:
    return [entry.body]


def found(about: View) -> list[tuple[str, list[tuple[str, str]]]]:
    """The keys that are active on a screen: those of what has the focus first, the application's last."""
    groups: dict[str, dict[str, list[str]]] = {}
    for active in about.active_bindings.values():
        binding, node = active.binding, active.node
        if not binding.tooltip:
            continue
        title = getattr(node, "BINDING_GROUP_TITLE", None) or ("everywhere" if node is about.app else "on this screen")
        key = about.app.get_key_display(binding)
        groups.setdefault(title, {}).setdefault(binding.tooltip, []).append(key)
    order = sorted(groups, key=lambda title: (title == "everywhere", title != "on this screen", title))
    return [(title, [(" ".join(keys), does) for does, keys in groups[title].items()]) for title in order]
