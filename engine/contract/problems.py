"""What is wrong with a contract and where: `Problem`, the `Positions` of a file, and how untrusted text is shown.

Codes are stable. `E0xx` means that the file cannot be read as a contract at all, `E1xx` that a clause is malformed,
`E2xx` and above that the contract promises what cannot be held; `W` warns.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Path = tuple[str | int, ...]
"""Where a value stands in a contract: `("plan", "tasks", 2, "role")`."""

_SHOWN = 60
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")


def escape(text: str) -> str:
    """Text with every character that does not print (controls, bidirectional marks, lone surrogates) escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def shown(value: object) -> str:
    """A value as a message may carry it: text in quotes, escaped, at most 60 characters."""
    if isinstance(value, str):
        text = escape(value[: _SHOWN + 1])
        return f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."}"'
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = escape(repr(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when none is near."""
    names, lowered = list(known), word[:80].lower()
    found = difflib.get_close_matches(lowered, names, n=1, cutoff=0.6)
    if found:
        return found[0]
    longer = sorted(name for name in names if len(lowered) >= 3 and name.startswith(lowered))
    return longer[0] if longer else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint for an unknown word: the nearest known one, otherwise what there is; empty where there is nothing."""
    names = sorted(set(known))
    if near := nearest(word, names):
        return f"did you mean {near}?"
    if not names:
        return ""
    return f"known: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"


def dotted(path: Path) -> str:
    """`plan.tasks[2].role`; keys that are not plain names stand in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _PLAIN_KEY.fullmatch(part) else shown(part)
            text += f".{key}" if text else key
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a contract. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str
    """How it is mended; never empty."""
    severity: Literal["error", "warning"] = "error"
    code: str = "E001"

    @property
    def where(self) -> str:
        """Its place as messages name it: `gtm.yaml:12:3 plan.tasks[0].role`."""
        place = f"{escape(self.file)}:{self.line}:{self.column}" if self.line else escape(self.file)
        return f"{place} {self.path}" if self.path else place

    def __str__(self) -> str:
        where = self.where
        said = f"warning: {self.message}" if self.severity == "warning" else self.message
        return f"{where}: {said}; {self.hint}" if self.hint else f"{where}: {said}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value begins: line and column from 1, and the column offset of its text when that is on the same line."""

    line: int
    column: int
    text: int | None = None
    """Columns from `column` to the first character of a one-line scalar (1 inside quotes); None when it has no such."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Where every value and key of a contract file stands. Empty for a contract that came from no file."""

    file: str = "contract"
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def at(self, path: Path, *, key: bool = False) -> Place:
        """The place of a value (or its key); what is not in the file stands at its nearest parent."""
        while path:
            if key and path in self.keys:
                return self.keys[path]
            if path in self.values:
                return self.values[path]
            path = path[:-1]
        return Place(1, 1) if self.values else Place(0, 0)

    def problem(
        self,
        path: Path,
        message: str,
        hint: str,
        *,
        code: str,
        key: bool = False,
        within: tuple[int, int] | None = None,
    ) -> Problem:
        """A problem at a path; a code with W is a warning. `within`: line and column inside the text there."""
        place = self.at(path, key=key)
        line, column = place.line, place.column
        if within and place.text is not None and within[0] == 1:
            column += place.text + within[1] - 1
        severity: Literal["error", "warning"] = "warning" if code.startswith("W") else "error"
        return Problem(self.file, line, column, dotted(path), message, hint, severity, code)
