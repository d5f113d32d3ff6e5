"""The line that an event becomes, and the words that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cockpit.cli.desk import Json
from cockpit.cli.render import safe

LONGEST = 110
"""Characters of other people's text on one line."""


class Line(NamedTuple):
    """What one event says. `loud`: worth a line even in a calm telling."""

    state: str
    text: str
    loud: bool = True


Namer = Callable[[str], str]
"""The name of what stands in a field of the body."""
Teller = Callable[[Json, Namer, Json], Line]
"""What an event says, from its body, the names, and the event around it."""


def cut(text: object) -> str:
    """Other people's text on our line."""
    shown = safe(" ".join(str(text).split()))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def because(body: Json) -> str:
    """`: the reason`, if there is one."""
    return f": {cut(body['because'])}" if body.get("because") else ""


def value(body: Json) -> str:
    """A value of evidence: `3 of 40`, `812`, or the kind of a message."""
    told = body.get("value")
    if isinstance(told, dict):
        return f"{told.get('k')} of {told.get('n')}"
    return cut(told) if told is not None else cut(body.get("message") or "to be graded")


def quiet(word: str) -> Teller:
    """The same words for every event of a kind: bookkeeping."""
    return lambda _body, _name, _event: Line("", word, loud=False)


def change_line(change: Json) -> str:
    """`budget.money: 500 USD → 600 USD`."""
    sides = (safe(change.get(side, "")) or "—" for side in ("before", "after"))
    return f"{safe(change['path'])}: {' → '.join(sides)}"
