"""Markup that cannot be injected into: elements of a closed set, attributes that are ours or numbers, escaped text.

A string given as a child is always text. What others wrote goes through `foreign`, which also puts it behind a visible
bar. Nothing here takes a URL, a style or an event attribute, so no page has any.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

ELEMENTS = frozenset(
    {"html", "head", "body", "title", "meta", "style", "header", "main", "section", "footer", "nav", "div", "p", "span"}
    | {"h1", "h2", "h3", "ol", "ul", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "th", "td"}
    | {"blockquote", "strong", "code", "caption", "figure", "figcaption", "a", "small"}
    | {"svg", "rect", "line", "circle", "text", "g", "path"}
)
_VOID = frozenset({"meta", "rect", "line", "circle", "path"})
_WORD = re.compile(r"[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*")
_PLACE = re.compile(r"#?[a-z][a-z0-9-]*")
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?%?(?: -?\d+(?:\.\d+)?)*")
_PATH = re.compile(r"[MLHVZ0-9. -]+")
_WORDS = frozenset({"class", "role", "scope", "text-anchor", "lang", "dir"})
_PLACES = frozenset({"id", "href"})
_SPACES = re.compile(r"[ \t\n\r\f\v\u0085\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
LONGEST = 4_000
"""Longer text is cut with `…`: the receipt's JSON has all of it."""


@dataclass(frozen=True, slots=True)
class Html:
    """Finished markup. Only `element`, `join` and `fixed` make it."""

    markup: str


Node = Html | str | None


def escape(value: object, longest: int = LONGEST) -> str:
    """Text as text: one line, markup escaped, characters without ink or with power over others named (`U+202E`)."""
    raw = _SPACES.sub(" ", str(value))
    if len(raw) > longest:
        raw = raw[: longest - 1] + "…"
    out = []
    for char in raw:
        if unicodedata.category(char) in _HIDDEN or char in _BLANK:
            out.append(f"(U+{ord(char):04X})")
        else:
            out.append(_ESCAPES.get(char, char))
    return "".join(out)


def element(name: str, *children: Node, **attributes: str | int) -> Html:
    """An element. Raises ValueError for a name, an attribute or a value that a receipt has no use for.

    Attribute names are written with `_` for `-`; a trailing `_` is dropped (`class_`).
    """
    if name not in ELEMENTS:
        raise ValueError(f"no element of a receipt: {name}")
    given = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{given}>" if name == "meta" else f"<{name}{given}/>")
    return Html(f"<{name}{given}>{join(children).markup}</{name}>")


def _attribute(name: str, value: str | int) -> str:
    text = str(value)
    if name in _WORDS:
        fine = _WORD.fullmatch(text)
    elif name in _PLACES:
        fine = _PLACE.fullmatch(text)
    elif name == "d":
        fine = _PATH.fullmatch(text)
    elif name == "aria-label":
        return f' aria-label="{escape(text, 300)}"'
    else:
        fine = _FIGURE.fullmatch(text) if _WORD.fullmatch(name.lower()) and not name.startswith("on") else None
    if fine is None:
        raise ValueError(f"no attribute of a receipt: {name}={text[:40]}")
    return f' {name}="{text}"'


def join(children: Iterable[Node], between: str = "") -> Html:
    """Nodes one after the other; strings are escaped, None is left out."""
    return Html(between.join(c.markup if isinstance(c, Html) else escape(c) for c in children if c is not None))


def fixed(markup: str) -> Html:
    """Markup that is written in this package. Never for anything that was read."""
    return Html(markup)


def foreign(value: object, longest: int = LONGEST) -> Node:
    """What a worker, a tool, a page or a mail wrote: text, behind a bar. Nothing for nothing."""
    text = str(value).strip()
    if not text:
        return None
    return Html(f'<span class="foreign" dir="auto">{escape(text, longest)}</span>')
