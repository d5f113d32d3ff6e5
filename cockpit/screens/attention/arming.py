"""When a key may decide: a pure object with an injected clock, one for each pane of decisions. Times are seconds.

A decision key is taken when the bytes of exactly this item have been on the screen for half a second and the keyboard
was quiet before it; it is then held until the keyboard stays quiet after it, so that no part of a burst decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

DRAWN_S = 0.5
"""So long must the bytes have been on the screen."""
QUIET_S = 0.15
"""So long must the keyboard be quiet before a decision key, and after it."""
BURST, BURST_S = 3, 1.0
"""More decision keys than this in that time lock the pane."""

LOCKED = "locked: decision keys came faster than anybody decides; press l to go on"
HIDDEN = "its bytes are not on the screen"
CHANGED = "it changed since it was drawn; look again"
EARLY = "it was not on the screen for half a second yet; look, then press again"
FAST = "keys came too fast, nothing was decided; pause, then press again"

Settled = Literal["yes", "wait", "no"]


class Arming:
    """The safety catch. Call `drawn` and `hidden` as bytes come and go, `key` for every key, then `press`, `settled`.

    A digest stands for what is on the screen; whoever presses says which one the row has now.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._digest = ""
        self._drawn: float | None = None
        self._key = self._before = float("-inf")
        self._pressed: deque[float] = deque()
        self._held: tuple[str, str, float] | None = None
        self.locked = False
        """Too many decision keys came at once; only `unlock` helps."""

    def drawn(self, digest: str) -> None:
        """These bytes are on the screen now. Drawing the same ones again changes nothing."""
        if self._drawn is None or digest != self._digest:
            self._digest, self._drawn, self._held = digest, self._clock(), None

    def hidden(self) -> None:
        """The bytes are not on the screen any more."""
        self._digest, self._drawn, self._held = "", None, None

    def key(self, lag: float = 0.0) -> bool:
        """Any key came, `lag` seconds ago. Whether it spoiled a decision that was held."""
        self._before, self._key = self._key, max(self._clock() - lag, self._key)
        spoiled, self._held = self._held is not None, None
        return spoiled

    def pasted(self) -> None:
        """Text was pasted: whatever is decided next takes another look."""
        self.key()
        if self._drawn is not None:
            self._drawn = self._clock()

    def armed(self, digest: str) -> bool:
        """Whether a decision key would be taken now, were the keyboard quiet."""
        return not self.locked and not self._refusal(digest, self._clock())

    def press(self, what: str, digest: str) -> str:
        """The last key wants to decide `what` about what has this digest now: why not, or empty when it is held."""
        self._held = None
        self._pressed.append(self._key)
        while self._key - self._pressed[0] > BURST_S:
            self._pressed.popleft()
        if len(self._pressed) > BURST:
            self.locked = True
        if self.locked:
            return LOCKED
        refusal = self._refusal(digest, self._key)
        if not refusal and self._key - self._before < QUIET_S:
            refusal = FAST
        if not refusal:
            self._held = (what, digest, self._key)
        return refusal

    def _refusal(self, digest: str, now: float) -> str:
        if self._drawn is None:
            return HIDDEN
        if digest != self._digest:
            return CHANGED
        return EARLY if now - self._drawn < DRAWN_S else ""

    def settled(self, what: str, digest: str) -> Settled:
        """Whether a held decision may be made: `yes` once only, `wait` while the keyboard was not quiet long enough."""
        if self._held is None:
            return "no"
        held, about, at = self._held
        if held != what or about != digest or about != self._digest or self._drawn is None:
            self._held = None
            return "no"
        if self._clock() - at < QUIET_S:
            return "wait"
        self._held = None
        return "yes"

    def unlock(self) -> None:
        """Somebody answered: the pane may be used again, after another look."""
        self.locked = False
        self._pressed.clear()
        if self._drawn is not None:
            self._drawn = self._clock()
