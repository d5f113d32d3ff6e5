"""How long a sink that drops doubles is trusted to remember a key. Pure."""

from __future__ import annotations

from engine.effects.protocol import NotFound, Unknown

MARGIN = 60_000
"""Milliseconds before the end of a sink's memory from which on it is not relied on any more."""


def remembered(who: str, window: int, age_ms: int) -> NotFound | Unknown:
    """What can be said of a key `age_ms` after it was first handed over: `NotFound` (the same may be sent again) as
    long as `who` remembers it, for `window` milliseconds less a margin; later nobody can know. A window of 0: never.
    """
    if not window:
        return Unknown(f"{who} does not remember keys, and cannot be asked")
    if age_ms > max(window - MARGIN, window // 2):
        return Unknown(f"so much time has passed that {who} may have forgotten the key")
    return NotFound()
