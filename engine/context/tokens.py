"""Our own integer estimate of tokens, so that a package is the same on every machine.

`est/1`: one token per 3.5 bytes of UTF-8, rounded up. Provider counts are recorded beside it for calibration.
"""

from __future__ import annotations

ESTIMATE = "est/1"


def tokens(text: str) -> int:
    """Estimated tokens of a text."""
    return -(-len(text.encode("utf-8", "replace")) * 2 // 7)
