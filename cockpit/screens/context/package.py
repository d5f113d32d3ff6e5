"""A context package as a screen shows it: its sections, its items, and which lines of its text belong to which. Pure.

The text is taken apart only to be shown; what is copied and compared is the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

Json = Mapping[str, Any]

SECTIONS: tuple[tuple[str, frozenset[str]], ...] = (
    ("contract", frozenset({"policy", "contract_clause"})),
    ("rules", frozenset({"rule"})),
    ("decisions", frozenset({"decision", "assumption"})),
    ("learned", frozenset({"learning", "pruned"})),
    ("claims", frozenset({"claim"})),
    ("evidence", frozenset({"evidence", "passage"})),
    ("inputs", frozenset({"input", "artifact"})),
    ("review", frozenset({"subject"})),
    ("questions", frozenset({"question"})),
    ("earlier", frozenset({"attempt"})),
    ("task", frozenset({"task"})),
)
"""What the kinds of a manifest are called in the bar, in the order of the text."""
FRAME = "headings"
"""The tokens that belong to no item: headings and the lines between."""
_FENCE = re.compile(r"\[begin (?P<name>.*) · (?P<label>[^·]*) · [0-9a-f]{16}\]")
_CONFIDENTIAL = ("public", "private", "secret")
_SIZE = re.compile(r"(\d+) tokens, (\d+) left")


class In(NamedTuple):
    """An item that is in."""

    id: str
    kind: str
    form: str
    tokens: int
    reason: str


class Out(NamedTuple):
    """An item that stayed out, and why."""

    id: str
    kind: str
    code: str
    detail: str

    @property
    def tokens(self) -> int | None:
        """What it would have weighed, where the reason is that there was no room."""
        found = _SIZE.fullmatch(self.detail)
        return int(found[1]) if found and self.code == "budget" else None


class Row(NamedTuple):
    """A line of the text: without the quoting mark if it is `quoted`, that is somebody else's inside a fence."""

    text: str
    quoted: bool = False


class Block(NamedTuple):
    """Lines that stand together: a heading (no item), or one item's."""

    item: str
    rows: tuple[Row, ...]


def section_of(kind: str) -> str:
    """The section of the bar in which a kind of item stands."""
    return next((name for name, kinds in SECTIONS if kind in kinds), "other")


@dataclass(frozen=True)
class Package:
    """The package of one attempt, or of the next one (`attempt` empty). `text` None: it was erased."""

    mission: str
    task: str
    attempt: str
    digest: str
    tokens: int
    budget: int
    text: str | None
    included: tuple[In, ...] = ()
    excluded: tuple[Out, ...] = ()
    route: Json = field(default_factory=dict)
    would_add: tuple[tuple[str, int], ...] = ()
    """What some tokens more would bring in; known of the next one alone."""
    infeasible: str = ""
    pulled: tuple[In, ...] = ()
    """What its worker asked for later, each with the words it was asked by."""
    aside: tuple[int, int] = (0, 0)
    """What would be set aside for it: micro-dollars, and calls of its model; known of the next one alone."""

    @classmethod
    def of(cls, told: Json) -> Package:
        """From the documented shape of `cockpit context --json`. What is not of that shape is left out."""
        attempt = str(told.get("attempt") or "")
        mission, _, short = attempt.partition("/")
        task = str(told.get("task") or f"{mission}/{short.partition('/')[0]}")
        return cls(
            mission=mission,
            task=task,
            attempt="" if short.endswith("/next") else attempt,
            digest=str(told.get("digest") or ""),
            tokens=_whole(told.get("tokens")),
            budget=_whole(told.get("budget")),
            text=None if told.get("text") is None else str(told["text"]),
            included=tuple(
                In(
                    _said(row, "id"),
                    _said(row, "kind"),
                    _said(row, "form"),
                    _whole(row.get("tokens")),
                    _said(row, "reason"),
                )
                for row in _listed(told.get("included"))
            ),
            excluded=tuple(
                Out(_said(row, "id"), _said(row, "kind"), _said(row, "code"), _said(row, "detail"))
                for row in _listed(told.get("excluded"))
            ),
            route=told.get("route") if isinstance(told.get("route"), Mapping) else {},  # type: ignore[arg-type]
            would_add=tuple((_said(row, "id"), _whole(row.get("tokens"))) for row in _listed(told.get("would_add"))),
            pulled=tuple(
                In(
                    _said(item, "id"),
                    _said(item, "kind"),
                    _said(item, "form"),
                    _whole(item.get("tokens")),
                    f"pulled later: {_said(one, 'asked')}",
                )
                for one in _listed(told.get("pulled"))
                for item in _listed(one.get("items"))
            ),
            infeasible=str(told.get("infeasible") or ""),
            aside=_aside(told.get("aside")),
        )

    @property
    def told(self) -> Json:
        """It in the documented shape, as far as two packages are compared."""
        rows = {
            "included": [row._asdict() for row in self.included],
            "excluded": [row._asdict() for row in self.excluded],
        }
        return {"attempt": self.short, "text": self.text, "tokens": self.tokens, **rows}

    @property
    def short(self) -> str:
        """`A3.1`; `next` for the next one."""
        return self.attempt.rpartition("/")[2] or "next"

    @cached_property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Name and tokens of each section in the order of the text; they add up to the package."""
        sums: dict[str, int] = {}
        for item in self.included:
            sums[section_of(item.kind)] = sums.get(section_of(item.kind), 0) + item.tokens
        order = [*(name for name, _kinds in SECTIONS), "other"]
        found = [(name, sums[name]) for name in order if name in sums]
        frame = self.tokens - sum(sums.values())
        return (*found, (FRAME, frame)) if frame else tuple(found)

    @cached_property
    def labels(self) -> str:
        """What the package carries: `private, untrusted`, from its fences; empty when nothing is quoted in it."""
        said = {word for block in self.blocks for row in block.rows if not row.quoted for word in _labels(row.text)}
        if not said:
            return ""
        secrecy = max((place for place, word in enumerate(_CONFIDENTIAL) if word in said), default=None)
        trust = "untrusted" if "untrusted" in said else "trusted" if "trusted" in said else ""
        return ", ".join(filter(None, ["" if secrecy is None else _CONFIDENTIAL[secrecy], trust]))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The text, taken apart."""
        return tuple(_blocks((self.text or "").splitlines(), self.included))

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The first words of each item, as its line in the text begins."""
        found: dict[str, str] = {}
        for block in self.blocks:
            if block.item and block.item not in found:
                found[block.item] = _titled(block)
        return found


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _said(row: Json, name: str) -> str:
    return str(row.get(name) or "")


def _aside(told: object) -> tuple[int, int]:
    return (_whole(told.get("micro_usd")), _whole(told.get("calls"))) if isinstance(told, Mapping) else (0, 0)


def _listed(value: object) -> Sequence[Json]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _labels(line: str) -> set[str]:
    found = _FENCE.fullmatch(line)
    return set(re.findall(r"\w+", found["label"])) & {*_CONFIDENTIAL, "trusted", "untrusted"} if found else set()


def _blocks(lines: Sequence[str], included: Sequence[In]) -> list[Block]:
    names = sorted((item.id for item in included), key=len, reverse=True)
    whole = {"Policy": "policy", "Mission": "contract", "Task": next((i.id for i in included if i.kind == "task"), "")}
    found: list[tuple[str, list[Row]]] = []
    item, fenced = "", False
    for line in lines:
        if fenced:
            fenced = not line.startswith("[end ")
            row = (
                Row(line[2:] if line.startswith("| ") else line[1:], quoted=True) if line.startswith("|") else Row(line)
            )
            found[-1][1].append(row)
            continue
        if line.startswith("## "):
            item = whole.get(line[3:], "")
            found += [("", [Row(line)])] + ([(item, [])] if item else [])
            continue
        if line.startswith("(end of package"):
            item = ""
        if begun := _begins(line, names):
            item, fenced = begun, line.startswith("[begin ")
            found.append((item, []))
        if not found or (found[-1][0] != item and line):
            found.append((item, []))
        found[-1][1].append(Row(line))
    return [block for name, rows in found for block in _trimmed(name, rows)]


def _trimmed(item: str, rows: list[Row]) -> Iterator[Block]:
    """An item's lines without the blank ones at their end, which belong to nobody."""
    end = len(rows)
    while item and end > 1 and not rows[end - 1].text and not rows[end - 1].quoted:
        end -= 1
    if rows:
        yield Block(item, tuple(rows[:end]))
    if rows[end:]:
        yield Block("", tuple(rows[end:]))


def _begins(line: str, names: Sequence[str]) -> str:
    """The item that a line begins, if it begins one."""
    fence = _FENCE.fullmatch(line)
    head = f"{fence['name']} " if fence else line[2:] if line.startswith("- ") else ""
    return next((name for name in names if head.startswith((f"{name} ", f"{name}:"))), "") if head else ""


def _titled(block: Block) -> str:
    first = block.rows[0].text
    fence = _FENCE.fullmatch(first)
    if fence:
        return next((row.text for row in block.rows if row.quoted and row.text.strip()), fence["label"])
    if first.startswith(f"- {block.item}"):
        return first[2 + len(block.item) :].lstrip(": ")
    if first.startswith(f"{block.item} "):
        return first[len(block.item) + 1 :]
    return first


def why_out(item: Out, branches: Mapping[str, str]) -> str:
    """Why an item stayed out, in a few words. `branches` names branches by their short ids."""
    match item.code:
        case "other-branch":
            short = item.detail.rpartition(" ")[2]
            return f"other branch, {branches.get(short, short)}"
        case "budget":
            found = _SIZE.fullmatch(item.detail)
            return f"no room, {found[2]} tok were left" if found else "no room"
        case "scope":
            return "its context does not name it" if item.kind == "input" else item.detail
        case "privacy":
            return item.detail
        case _:
            return " ".join(filter(None, [item.code.replace("-", " "), item.detail]))
