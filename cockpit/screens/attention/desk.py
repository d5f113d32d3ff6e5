"""What one pane of decisions remembers: what was seen and vetoed, what was approved last, what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cockpit.screens.attention.arming import Arming
from cockpit.screens.attention.focus import Focus
from widgets.ink import Voice

STAYS_S = 0.5
"""What was said stays at least so long; a decision's confirmation holds the item on the screen so long."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What was approved or rejected last, and until when (seconds of the pane's clock) it can be taken back."""

    mission: str
    item: str
    effects: tuple[str, ...]
    until: float
    rejected: bool = False


@dataclass(slots=True)
class Desk:
    """The memory of a pane. `clock` counts seconds, as those of `arming` and `focus` do."""

    clock: Callable[[], float]
    arming: Arming = field(init=False)
    focus: Focus = field(init=False)
    vetoed: dict[str, frozenset[str]] = field(default_factory=dict)
    """Item to the short ids of its effects that are to be left out."""
    seen: dict[str, frozenset[str]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    """Items that were decided here: they only wait to leave the queue."""
    aside: list[str] = field(default_factory=list)
    """Items that were put aside, the one that waits longest first; nothing of it is recorded."""
    then: str = ""
    """The item that comes next, wherever it stands in the queue."""
    undo: Undo | None = None
    busy: bool = False
    """A command waits for its answer."""
    _said: tuple[str, Voice, float] = ("", "text", 0.0)

    def __post_init__(self) -> None:
        self.arming, self.focus = Arming(self.clock), Focus(self.clock)

    def say(self, text: str, voice: Voice = "text") -> None:
        """What stands above the decisions from now on."""
        self._said = (text, voice, self.clock())

    def hush(self) -> None:
        """A key came: what was said long enough goes."""
        if self.clock() - self._said[2] >= STAYS_S:
            self._said = ("", "text", 0.0)

    @property
    def left_s(self) -> int:
        """Whole seconds in which the last approval can still be taken back."""
        return max(0, int(self.undo.until - self.clock() + 0.999)) if self.undo else 0

    def said(self) -> tuple[str, Voice]:
        """What stands above the decisions: what was said, or how long an approval can be taken back."""
        text, voice, _at = self._said
        if voice == "wrong" or self.undo is None:
            return text, voice
        count = len(self.undo.effects)
        left = self.left_s
        if self.undo.rejected:
            return (f"{text or 'rejected'} · for {left} s u undoes", "proven") if left else (text, voice)
        if left:
            return f"approved {count} · leaving in {left} s · u undoes", "proven"
        return text or f"approved {count} · the undo window is over", voice if text else "proven"

    def see(self, item: str, short: str) -> None:
        """One item of a batch was on the screen."""
        self.seen[item] = self.seen.get(item, frozenset()) | {short}

    def veto(self, item: str, short: str) -> bool:
        """Leave an item out, or take it in again; whether it is out now."""
        self.vetoed[item] = self.vetoed.get(item, frozenset()) ^ {short}
        return short in self.vetoed[item]

    def put_aside(self, item: str) -> None:
        """Everything else comes before it."""
        self.aside = [*(name for name in self.aside if name != item), item]

    def forget(self, item: str) -> None:
        """The item is another one now: nothing of it was seen or vetoed."""
        self.vetoed.pop(item, None)
        self.seen.pop(item, None)
