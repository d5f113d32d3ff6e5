"""The few shapes that a receipt's page is made of: sections, tables, lists, and how states are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.receipt.page.charts import bar
from engine.receipt.page.nodes import Html, Node, element, fixed, join
from engine.receipt.text import percent
from engine.values import money

Section = Mapping[str, Any]
MOST = 300
"""So many rows of a table are written; the JSON has them all."""
GLYPHS = {
    "accepted": "✓", "kept": "✓", "finished": "✓", "done": "✓", "pruned": "✕", "cancelled": "✕", "stopped": "✕",
    "rejected": "✕", "withdrawn": "✕", "failed": "!", "lost": "!", "in_doubt": "!", "open": "●", "running": "●",
    "active": "●", "waiting": "◷", "verifying": "◐", "parked": "‖", "paused": "‖", "awaiting": "⚑", "delivered": "✓",
}  # fmt: skip
_VOICES = {"kept": "proven", "failed": "wrong", "lost": "wrong", "in_doubt": "wrong", "awaiting": "needs"}
NONE: Node = "—"
_WHOLE, _FINE = re.compile(r"[-+]?\$[\d,]+\.\d\d"), re.compile(r"[-+]?\$[\d,]+\.\d{4}")


def section(number: int, name: str, question: str, *children: Node) -> Html:
    """One of the eleven questions, with its answer."""
    head = element("h2", element("span", str(number), class_="n"), question)
    return element("section", head, *children, id=name)


def state(word: object) -> Html:
    """A state as its glyph and its word."""
    text = str(word)
    glyph = GLYPHS.get(text, "")
    return element("span", f"{glyph} {text}".strip(), class_=_VOICES.get(text, "w"))


def table(
    head: Sequence[str], rows: Sequence[Sequence[Node]], *, right: Iterable[int] = (), foot: Sequence[Node] = (),
    kind: str = "plain",
) -> Node:  # fmt: skip
    """A table; nothing without rows. `right` names right-aligned columns; more rows than `MOST` are counted."""
    if not rows:
        return None
    places = frozenset(right)
    shown = _aligned([*rows[:MOST], *([foot] if foot else [])], places)
    end = shown.pop() if foot else ()

    def cells(row: Sequence[Node]) -> Html:
        made = (element("td", c, **({"class_": "r"} if n in places else {})) for n, c in enumerate(row))
        return element("tr", *made)

    titles = (element("th", t, scope="col", **({"class_": "r"} if n in places else {})) for n, t in enumerate(head))
    made = element(
        "table",
        element("thead", element("tr", *titles)),
        element("tbody", *(cells(row) for row in shown)),
        element("tfoot", cells(end)) if end else None,
        class_=kind,
    )
    more = len(rows) - MOST
    return join([made, note(f"And {more} more: the receipt as JSON lists them all.") if more > 0 else None])


def _aligned(rows: Sequence[Sequence[Node]], places: frozenset[int]) -> list[Sequence[Node]]:
    """Money at its decimal point: beside `$0.0042`, `$0.42` hangs two digits to the left."""
    fine = {place for row in rows for place, cell in enumerate(row) if isinstance(cell, str) and _FINE.fullmatch(cell)}

    def hung(place: int, cell: Node) -> Node:
        whole = isinstance(cell, str) and _WHOLE.fullmatch(cell)
        return join([cell, fixed("&#8199;&#8199;")]) if whole and place in fine & places else cell

    return [[hung(place, cell) for place, cell in enumerate(row)] for row in rows]


def listed(entries: Iterable[Node]) -> Node:
    """A list; nothing without entries."""
    made = [element("li", entry) for entry in entries]
    return element("ul", *made) if made else None


def title(text: str) -> Html:
    """The name of a part of a section."""
    return element("h3", text)


def note(*children: Node) -> Html:
    """A muted sentence."""
    return element("p", *children, class_="note")


def branch(names: Mapping[str, str], key: object) -> Html:
    """A branch by its key, on one line."""
    return element("span", names.get(str(key), str(key)), class_="w")


def digest(text: object, size: int = 12) -> Html:
    """The beginning of a digest."""
    return element("span", str(text)[:size] or "—", class_="digest")


def shares(by: str, figures: Mapping[str, int], names: Mapping[str, str], total: int) -> Node:
    """Sums that add up to the total, the largest first, each with its bar."""
    ranked = sorted(figures.items(), key=lambda entry: (-entry[1], entry[0]))
    rows: list[list[Node]] = [
        [names.get(key, key) or "none", money(amount), percent(amount, total), bar(amount, total)]
        for key, amount in ranked
    ]
    return table(
        [f"by {by}", "spent", "share", ""], rows, right=(1, 2), foot=["total", money(total), "", ""], kind="sums"
    )
