"""From bytes to plain values with positions: the defensive half of reading a contract.

One pass over the YAML events. Nothing is built that was not looked at: anchors, aliases, tags, directives, duplicate
keys and scalars that YAML versions read differently are refused here, so that what leaves is a mapping of text,
numbers, booleans, tuples and mappings, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from engine.contract.problems import Path, Place, Positions, Problem, dotted, escape, shown

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_UNDERSCORED = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?")
_BASED = re.compile(r"[-+]?0([xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][ \t]*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?.*)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\xef\xbb\xbf": "UTF-8 with a byte order mark"}
_PARSE_FAILURES = (
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
)


@dataclass(slots=True)
class Tree:
    """What a file says. `value` is None when it is not a mapping that could be read to its end."""

    value: dict[str, Any] | None
    positions: Positions
    problems: list[Problem] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)
    """Paths whose value was refused here: what the schema says about them is noise."""


class _Unusable(Exception):  # noqa: N818 - a jump, not an error that anybody sees
    """The file cannot be read any further; its problem is recorded."""


@dataclass(slots=True)
class _Frame:
    path: Path
    kind: str
    items: Any
    key: str | None = None
    has_key: bool = False


def parse(data: bytes, name: str) -> Tree:
    """Read a contract's bytes. Never raises; at most `MAX_BYTES` are looked at."""
    tree = Tree(None, Positions(name))
    try:
        text = _decode(data, tree)
        tree.value = _Builder(tree).build(text)
    except _Unusable:
        tree.value = None
    return tree


def _refuse(tree: Tree, place: tuple[int, int], message: str, hint: str, code: str) -> _Unusable:
    tree.problems.append(Problem(tree.positions.file, *place, "", message, hint, "error", code))
    return _Unusable()


def _decode(data: bytes, tree: Tree) -> str:
    if len(data) > MAX_BYTES:
        raise _refuse(tree, (0, 0), "is larger than 64 KiB", "move long texts into inputs", "E002")
    if not data.strip():
        raise _refuse(tree, (0, 0), "is empty", "start from a template: cockpit new gtm-channel", "E004")
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            raise _refuse(tree, (1, 1), f"is {encoding}, not plain UTF-8", "save it as UTF-8 without a mark", "E003")
    if (at := data.find(0)) >= 0:
        line, column = _place(data[:at].decode("utf-8", "replace"))
        raise _refuse(tree, (line, column), "holds a NUL byte", "save it as UTF-8 text", "E003")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8", "replace"))
        wrong = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise _refuse(tree, (line, column), wrong, "save it as UTF-8 text", "E003") from None


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


class _Builder:
    """Builds the value of one document from its events, with a stack instead of recursion."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.stack: list[_Frame] = []
        self.root: Any = None
        self.documents = 0
        self.text = ""

    def build(self, text: str) -> dict[str, Any]:
        """The mapping at the top level. Raises `_Unusable` after recording why there is none."""
        self.text = text
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                self._take(event)
        except ReaderError as error:
            line, column = _place(text[: error.position])
            wrong = f"holds a character that YAML refuses: {shown(text[error.position : error.position + 1])}"
            raise _refuse(self.tree, (line, column), wrong, "delete it", "E005") from None
        except MarkedYAMLError as error:
            raise self._syntax(error) from None
        except _PARSE_FAILURES as error:
            reason = escape(str(error))[:60] or type(error).__name__
            raise _refuse(
                self.tree, (1, 1), f"is not YAML: {reason}", "look at its indentation and quotes", "E005"
            ) from None
        if self.root is None:
            raise _refuse(self.tree, (0, 0), "is empty", "start from a template: cockpit new gtm-channel", "E004")
        if not isinstance(self.root, dict):
            what = shown(self.root)
            hint = "begin with a line such as mission: Find a channel"
            raise _refuse(self.tree, (1, 1), f"is {what}, not a contract", hint, "E006")
        return self.root

    def _syntax(self, error: MarkedYAMLError) -> _Unusable:
        mark = error.problem_mark or error.context_mark
        said = escape(str(error.problem or error.context or "cannot be parsed"))
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        hint = "look at this line: its indentation, its quotes and its brackets"
        if "\\t" in said or "tab" in said:
            hint = "indent with spaces"
        elif "mapping values are not allowed" in said:
            hint = 'put text that holds ": " in quotes'
        elif "block end" in said or "expected ':'" in said:
            hint = "look at the indentation of this line and the one before it"
        return _refuse(self.tree, (line, column), f"is not YAML: {said[:120]}", hint, "E005")

    def _problem(self, event: Any, path: Path, message: str, hint: str, code: str) -> None:
        mark, file = event.start_mark, self.tree.positions.file
        self.tree.problems.append(
            Problem(file, mark.line + 1, mark.column + 1, dotted(path), message, hint, "error", code)
        )
        self.tree.refused.add(path)

    def _child_path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if frame.kind == "sequence":
            return (*frame.path, len(frame.items))
        return (*frame.path, frame.key) if frame.has_key and frame.key is not None else frame.path

    def _take(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self._document(event)
            return
        if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            frame = self.stack.pop()
            self._attach(tuple(frame.items) if frame.kind == "sequence" else frame.items, skipped=frame.kind == "skip")
            return
        if not isinstance(event, (AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent)):
            return
        path = self._child_path()
        if isinstance(event, AliasEvent):
            self._problem(event, path, f"alias {shown('*' + event.anchor)} is refused", "write the value out", "E010")
            self._key(event, None) if self._wants_key() else self._attach(None)
            return
        if event.anchor:
            self._problem(event, path, f"anchor {shown('&' + event.anchor)} is refused", "write the value out", "E010")
        if event.tag:
            self._problem(event, path, f"tag {shown(str(event.tag))} is refused", "delete the tag", "E011")
        if isinstance(event, ScalarEvent):
            self._scalar(event, path)
        else:
            self._open(event, path)

    def _document(self, event: Any) -> None:
        self.documents += 1
        mark = event.start_mark
        if event.version or event.tags:
            line = next((n for n, text in enumerate(self.text.splitlines()[: mark.line + 1], 1) if text[:1] == "%"), 1)
            raise _refuse(self.tree, (line, 1), "a % directive is refused", "delete it", "E013")
        if self.documents > 1:
            hint = "keep one mission per file and delete the line ---"
            raise _refuse(self.tree, (mark.line + 1, mark.column + 1), "a second document begins here", hint, "E007")

    def _wants_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].kind == "mapping" and not self.stack[-1].has_key

    def _open(self, event: Any, path: Path) -> None:
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            wrong = f"is nested more than {MAX_DEPTH} deep"
            raise _refuse(self.tree, (mark.line + 1, mark.column + 1), wrong, "flatten it", "E008")
        top = self.stack[-1] if self.stack else None
        skipping = top is not None and (top.kind == "skip" or (top.has_key and top.key is None))
        if self._wants_key():
            self._problem(event, path, "a key must be text", "write a name, a colon and a value", "E014")
            skipping = True
        if skipping:
            self.stack.append(_Frame(path, "skip", []))
            return
        place = self.tree.positions.keys.get(path) or Place(mark.line + 1, mark.column + 1)
        self.tree.positions.values.setdefault(path, place)
        sequence = isinstance(event, SequenceStartEvent)
        self.stack.append(_Frame(path, "sequence" if sequence else "mapping", [] if sequence else {}))

    def _attach(self, value: Any, *, skipped: bool = False) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if frame.kind == "sequence":
            frame.items.append(value)
        elif frame.kind == "mapping" and skipped and not frame.has_key:
            frame.has_key, frame.key = True, None
        elif frame.kind == "mapping":
            if frame.key is not None:
                frame.items.setdefault(frame.key, value)
            frame.has_key, frame.key = False, None

    def _scalar(self, event: Any, path: Path) -> None:
        if self.stack and self.stack[-1].kind == "skip":
            return
        plain = event.style is None and event.implicit[0]
        if self._wants_key():
            self._key(event, self._value(event, path) if plain else event.value)
            return
        mark, end = event.start_mark, event.end_mark
        inside = None if mark.line != end.line or event.style in ("|", ">") else 1 if event.style else 0
        place = Place(mark.line + 1, mark.column + 1, inside)
        if plain and not event.value:
            place = self.tree.positions.keys.get(path, place)
        self.tree.positions.values.setdefault(path, place)
        value = self._value(event, path) if plain else event.value
        if isinstance(value, str) and (found := _CONTROL.search(value)):
            wrong = f"holds the control character {shown(found[0])}"
            self._problem(event, path, wrong, "delete it", "E016")
        self._attach(value)

    def _key(self, event: Any, key: Any) -> None:
        frame = self.stack[-1]
        frame.has_key, frame.key = True, None
        if not isinstance(key, str):
            if not isinstance(event, AliasEvent):
                wrong = f"the key {shown(event.value)} must be text"
                self._problem(event, frame.path, wrong, "put it in quotes", "E014")
            return
        path = (*frame.path, key)
        mark = event.start_mark
        if _CONTROL.search(key):
            self._problem(event, path, f"the key {shown(key)} holds a control character", "delete it", "E016")
        if path in self.tree.positions.keys:
            first = self.tree.positions.keys[path].line
            wrong = f"{shown(key)} is given twice, first in line {first}"
            self._problem(event, path, wrong, "keep one of them", "E012")
            return
        self.tree.positions.keys.setdefault(path, Place(mark.line + 1, mark.column + 1))
        frame.key = key

    def _value(self, event: Any, path: Path) -> Any:
        """A plain scalar as YAML 1.2 reads it; what other versions read differently is refused."""
        text: str = event.value
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if not (text[0].isdigit() or text[0] in "+-."):
            return text
        if len(text) <= 40:
            if _INT.fullmatch(text) and len(text) <= 18:
                return int(text)
            if _FLOAT.fullmatch(text) and not re.fullmatch(r"[-+]?[0-9]+", text) and abs(float(text)) < 1e300:
                return float(text)
        if mended := _surprising(text):
            message = f"{shown(text).strip(chr(34))} {mended[0]}"
            self._problem(event, path, message, mended[1], "E015")
        return text


def _surprising(text: str) -> tuple[str, str] | None:
    """Why a plain scalar that looks like a number or a date is refused, and what to write; None when it is text."""
    quoted = f'"{text}"' if len(text) <= 40 else "it in quotes"
    if _NOT_FINITE.fullmatch(text):
        return "is not a number that can be compared", f"write a number, or {quoted} for text"
    if _DATE.fullmatch(text):
        return "is read as a date by some YAML versions", f"write {quoted}"
    if _BASED.fullmatch(text):
        return "is read as a number in another base", f"write {quoted} for text, or the number in decimal"
    if _UNDERSCORED.fullmatch(text) or _FLOAT.fullmatch(text):
        if "_" in text:
            return (
                "is read as a number by some YAML versions",
                f"write {text.replace('_', '')[:40]}, or {quoted} for text",
            )
        if re.fullmatch(r"[-+]?0[0-9]+", text):
            return "begins with a zero and is read differently by YAML versions", f"write {quoted} for text"
        return "has more digits than a contract can hold", f"write {quoted} for text"
    return None
