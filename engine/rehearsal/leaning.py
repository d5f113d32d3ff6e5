"""Which unknown numbers a run could not do without, and what was taken in their place. Names are `role.number`.

What is taken in place of an unknown number is never a guess at it: an attempt succeeds, a decision is a yes at once,
nobody replies, nothing is measured. The forecast names each, as the condition under which it holds.
"""

from __future__ import annotations

TAKEN = {
    "tokens": "its tokens are not counted",
    "success": "every attempt succeeds",
    "takes": "its work takes no time",
    "answers": "you decide at once",
    "attention": "your minutes are not counted",
    "approves": "you say yes to everything",
    "reply": "nobody replies",
    "stop": "nobody asks to be left alone",
    "bounce": "every address is right",
    "calls": "it is never called",
    "outage": "no model is ever away",
    "lasts": "no model is ever away",
    "value": "it is never measured",
    "sample": "it is never measured",
    "price": "it costs what a rehearsed model of its tier does, which is nobody's price",
}
"""What is taken in the place of an unknown number, by its kind."""


class Leaning:
    """The unknown numbers that one run met, in the order in which it met them."""

    def __init__(self) -> None:
        self._met: dict[str, None] = {}

    def on(self, name: str) -> None:
        """An unknown number was needed."""
        self._met[name] = None

    @property
    def met(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(sorted(self._met))
