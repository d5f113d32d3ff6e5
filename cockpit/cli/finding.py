"""What a check of `cockpit doctor` finds."""

from __future__ import annotations

from typing import Literal, NamedTuple

Verdict = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """One check: what it looked at, how it is, and how to mend it."""

    check: str
    state: Verdict
    detail: str
    mend: str = ""
