"""Conditions of a contract: CEL over facts, with three values instead of two.

A fact that is not known yet (a metric below its sample) makes what rests on it `UNKNOWN`, unless the other side settles
it: `false && unknown` is false, `true || unknown` is true. What may stand in a condition is a closed set of facts
(`facts_known`); a path outside of it is an error when the contract is read, and never unknown.

Money in facts is in dollars (`mission.spent_usd`), shares run from 0 to 1, days are calendar days.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from engine.contract.model import Contract
from engine.contract.problems import escape, shown, suggestion
from engine.errors import CockpitError
from engine.values import Ratio

MAX_LENGTH = 500
ROOTS = ("mission", "branch")
_TASKS = ("tasks.accepted", "tasks.failed", "tasks.open")
MISSION_FACTS = (
    "exhausted",
    "branches.alive",
    "branches.kept",
    "branches.pruned",
    "branches.tried",
    "spent_usd",
    "spent_share",
    "days",
    "effects.open",
    "effects.done",
    "waiting",
    *_TASKS,
)
BRANCH_FACTS = ("batches", "sent", "spent_usd", "days", "windows", "key", *_TASKS)
FUNCTIONS = ("has", "size", "startsWith", "endsWith", "contains", "matches", "int", "double", "string")
_MACROS = ("all", "exists", "exists_one", "map", "filter")
_WORDS = ("true", "false", "null", "in")
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>[rR]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?u?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[<>=!]=|[-+*/%<>!?:(),.\[\]])""",
    re.VERBOSE | re.DOTALL,
)


class Truth(Enum):
    """What a condition says: it holds, it does not, or too little is known."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool) -> Truth:
        """The truth of a settled condition."""
        return cls.TRUE if value else cls.FALSE


class ConditionError(CockpitError):
    """A condition that cannot be compiled or evaluated. `line` and `column` count from 1 inside its text."""

    def __init__(self, what: str, mend: str, line: int = 1, column: int = 1) -> None:
        super().__init__("condition", what, mend)
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class Reference:
    """A fact that a condition reads, and where its name begins in the text."""

    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition."""

    text: str
    references: tuple[Reference, ...]
    _program: Any = field(repr=False, compare=False)

    @property
    def paths(self) -> tuple[str, ...]:
        """The facts it reads, each once, in order: `("branch.batches", "branch.reply_rate")`."""
        return tuple(dict.fromkeys(reference.path for reference in self.references))

    def evaluate(self, facts: Mapping[str, Any]) -> Truth:
        """What it says about these facts: nested mappings or dotted keys. Facts that are None or missing are unknown.

        Raises ConditionError when the result is not true or false, or when values of different kinds are compared.
        """
        tree = _tree(facts)
        try:
            result = self._program.execute(tree)
        except (KeyError, IndexError):
            return Truth.UNKNOWN
        except Exception as error:  # noqa: BLE001 - the library raises whatever its functions raise
            if isinstance(error, RuntimeError) and any(path.split(".", 1)[0] not in tree for path in self.paths):
                return Truth.UNKNOWN
            reason = escape(str(error).splitlines()[0] if str(error) else type(error).__name__)[:120]
            raise ConditionError(
                f"{shown(self.text)} cannot be evaluated: {reason}", "compare like with like"
            ) from None
        if not isinstance(result, bool):
            raise ConditionError(f"{shown(self.text)} is neither true nor false", "compare it: branch.sent >= 10")
        return Truth.of(result)


def compile(text: str, roots: Collection[str] = ROOTS) -> Condition:  # noqa: A001 - read as conditions.compile
    """Compile a condition. Raises ConditionError for what CEL or this closed subset of it does not know.

    `roots` are the names a path may begin with; for `check: {metric: accuracy >= 0.8}` they are the metrics themselves.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"is longer than {MAX_LENGTH} characters", "split it into several rules")
    references = _references(text, roots)
    try:
        program = _library().compile(text)
    except Exception as error:  # noqa: BLE001 - the library raises whatever its parser raises
        raise _syntax(str(error)) from None
    return Condition(text, references, program)


@cache
def _library() -> Any:
    """CEL without its command line, which the package would import: a terminal's libraries, a quarter of a second."""
    name = "cel.cli"
    sys.modules.setdefault(name, ModuleType(name))
    try:
        return import_module("cel")
    finally:
        if sys.modules[name].__spec__ is None:
            del sys.modules[name]


def facts_known(contract: Contract) -> frozenset[str]:
    """Every fact a condition of this contract may read, as dotted paths."""
    facts = {f"mission.{name}" for name in MISSION_FACTS} | {f"branch.{name}" for name in BRANCH_FACTS}
    for metric in contract.evidence:
        facts |= {f"{root}.{metric}{suffix}" for root in ROOTS for suffix in ("", "_n")}
    return frozenset(facts)


def check(condition: Condition, known: Iterable[str]) -> tuple[ConditionError, ...]:
    """Every fact a condition reads that is not known, with the nearest one that is."""
    names = frozenset(known)
    found: list[ConditionError] = []
    for reference in condition.references:
        path = reference.path
        if path in names:
            continue
        if members := sorted(name for name in names if name.startswith(f"{path}.")):
            hint = f"it has {', '.join(members[:8])}"
            found.append(
                ConditionError(f"{path} is a group of facts, not a fact", hint, reference.line, reference.column)
            )
            continue
        root = path.split(".", 1)[0]
        hint = suggestion(path, (name for name in names if name.startswith(f"{root}.")))
        found.append(ConditionError(f"{shown(path)} is not a fact", hint, reference.line, reference.column))
    return tuple(found)


def _tree(facts: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {root: {} for root in ROOTS}
    for name, value in facts.items():
        node = tree
        *groups, leaf = str(name).split(".")
        for group in groups:
            node = node.setdefault(group, {})
        if isinstance(value, Mapping):
            node.setdefault(leaf, {}).update(_clean(value))
        elif (known := _value(value)) is not None:
            node[leaf] = known
    return tree


def _clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            cleaned[name] = _clean(value)
        elif (known := _value(value)) is not None:
            cleaned[name] = known
    return cleaned


def _value(value: Any) -> Any:
    """A fact as CEL takes it. A ratio of nothing is unknown."""
    if isinstance(value, Ratio):
        return value.k / value.n if value.n else None
    return float(value) if isinstance(value, Decimal) else value


def _references(text: str, roots: Collection[str]) -> tuple[Reference, ...]:
    """The fact paths of a condition. Raises ConditionError for whatever may not stand in one."""
    tokens = _tokens(text)
    found: list[Reference] = []
    index = 0
    while index < len(tokens):
        kind, word, at = tokens[index]
        before = tokens[index - 1] if index else ("", "", 0)
        if kind != "name":
            if word == "[" and (before[0] in ("name", "text") or before[1] in (")", "]")) and before[1] not in _WORDS:
                raise _refused(text, at, "[ ] on a fact is not used in conditions", "write the path with dots")
            index += 1
            continue
        called = index + 1 < len(tokens) and tokens[index + 1][1] == "("
        if called:
            _allow_call(text, word, at)
        elif before[1] == "." and before[0] == "sign":
            raise _refused(text, at, f"{shown(word)} follows what is not a fact", "write the path with dots")
        elif word not in _WORDS:
            if word not in roots:
                hint = "a fact begins with mission. or branch." if roots is ROOTS else suggestion(word, roots)
                raise _refused(text, at, f"{shown(word)} is not known", hint)
            path, index = _path(tokens, index)
            found.append(Reference(path, *_point(text, at)))
        index += 1
    return tuple(found)


def _path(tokens: list[tuple[str, str, int]], index: int) -> tuple[str, int]:
    """The dotted path that begins at a root, up to a method call, and the index of its last token."""
    parts = [tokens[index][1]]
    while index + 2 < len(tokens) and tokens[index + 1][1] == "." and tokens[index + 2][0] == "name":
        if index + 3 < len(tokens) and tokens[index + 3][1] == "(":
            break
        index += 2
        parts.append(tokens[index][1])
    return ".".join(parts), index


def _allow_call(text: str, word: str, at: int) -> None:
    if word in _MACROS:
        raise _refused(text, at, f"{word}() is not used in conditions", "facts are single values; compare them")
    if word not in FUNCTIONS:
        raise _refused(text, at, f"{shown(word)} is not a known function", suggestion(word, FUNCTIONS))


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens: list[tuple[str, str, int]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise _refused(text, at, f"{shown(text[at])} is not used in conditions", "delete it")
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append((kind, match[0], at))
        at = match.end()
    return tokens


def _point(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _refused(text: str, at: int, what: str, mend: str) -> ConditionError:
    return ConditionError(what, mend, *_point(text, at))


def _syntax(said: str) -> ConditionError:
    match = re.search(r"<input>:(\d{1,5}):(\d{1,5}): (?:Syntax error: )?([^\n]*)", said)
    if not match:
        return ConditionError("is not a condition", "write a comparison such as branch.sent >= 10")
    reason = escape(match[3].split(" expecting ")[0])[:100]
    return ConditionError(
        f"is not a condition: {reason}", "write a comparison such as branch.sent >= 10", int(match[1]), int(match[2])
    )
