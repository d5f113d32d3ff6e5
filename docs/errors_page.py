"""docs/errors.md: every error that can reach a person, read from the places in the code that make it.

A message is what stands in its call: texts as they are, values as `‹name›`, choices one under the other. Names that are
assigned in the same function or module are followed; what cannot be followed stays a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.wording import cell, page, prose

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("cockpit", "engine")
MOST_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of errors: what it is about, and which of its arguments say what is wrong and how it is mended."""

    title: str
    about: str
    what: int
    mend: int | None
    where: int | None = None
    always: str = ""
    """How every error of the class is mended, where it is the same for all of them."""


KINDS: Mapping[str, Kind] = {
    "BadInputError": Kind("What was given cannot be used", "Exit code 2.", 1, 2, 0),
    "SaysNoError": Kind("The mission or its contract says no", "Exit code 1.", 1, 2, 0),
    "StoreError": Kind("The ledger cannot be opened, read or written", "Exit code 3.", 1, 2, 0),
    "DamagedError": Kind("The ledger is damaged", "Exit code 3; `cockpit doctor` says more.", 1, 2, 0),
    "FencedError": Kind("Another engine leads", "The engine that meets it steps down.", 1, 2, 0),
    "ConflictError": Kind("Somebody appended in between", "Met by the engine, which reads again.", 1, 2, 0),
    "EngineUnavailableError": Kind("No engine answered", "Exit code 3.", 1, 2, 0),
    "SecretError": Kind("A secret cannot be had", "Shown by `cockpit keys`, `doctor` and in the queue.", 2, 3, 1),
    "ConditionError": Kind("A condition cannot be used", "Part of what `cockpit check` says (E251 to E257).", 0, 1),
    "RefusedError": Kind("The engine refuses a command", "Exit code 1; nothing was recorded.", 0, 1),
    "ToolDownError": Kind("A tool cannot be used", "Told to the worker, and in the queue where it is required.", 0, 1),
    "PathError": Kind("A file of a workspace is not touched", "Told to the worker that asked for it.", 0, 1),
    "SaidNoError": Kind(
        "A mail was not taken",
        "The effect waits, or the queue asks about it.",
        0,
        None,
        always="mend the server or `[mail.smtp]`, try it with `cockpit doctor --online`, then answer the queue",
    ),
    "ServerError": Kind(
        "A mail server misbehaves",
        "Nothing is sent twice for it; mail is read again in a while.",
        0,
        None,
        always="mend the server or `[mail]`, and try it with `cockpit doctor --online`",
    ),
    "AddressError": Kind(
        "An address may not be written to",
        "It completes *the address ...*.",
        0,
        None,
        always="correct the address where it comes from: the input's row, or the worker's proposal",
    ),
    "Refusal": Kind(
        "A proposal does not become an effect",
        "In the log as `effect.refused`; the task goes on without it.",
        1,
        None,
        always="`cockpit why TASK` tells what it was; say in the task or a rule how it is to be written",
    ),
    "UnusableError": Kind(
        "An attempt of a command fails",
        "The task is tried again, then its fallback or the queue decides.",
        0,
        None,
        always="mend the command and try it by hand, then answer `retry`",
    ),
    "UnfitError": Kind(
        "The answer of a model cannot be used",
        "Said to the model once, then the attempt fails.",
        0,
        None,
        always="nothing at once; where it comes again, give the role another model or a simpler task",
    ),
    "NoHostError": Kind(
        "The model host does not run",
        "The call fails and is made again.",
        0,
        None,
        always="`cockpit doctor` says what is missing",
    ),
}
"""In the order of the page. A new class of errors has to be put here: tests/test_docs.py looks."""


@dataclass(frozen=True, slots=True)
class Message:
    """One text of one place in the code."""

    what: str
    mend: str
    place: str


def errors() -> str:
    """The page."""
    found = messages()
    lines = [
        "# Errors",
        "",
        *prose(
            "Every message that Mission Cockpit itself makes when something cannot be done, and how it is mended. On "
            "standard error each is one line, `where: what; how to mend it`; on a screen it is the same sentence. "
            "`‹name›` stands for a value. Problems of a contract have codes, and stand at the end."
        ),
    ]
    for name, kind in KINDS.items():
        if rows := sorted(set(found.get(name, ())), key=lambda row: (row.place, row.what, row.mend)):
            lines += ["", f"## {kind.title}", "", f"`{name}`. {kind.about}", ""]
            lines += ["| what | mend | from |", "|---|---|---|"]
            lines += [f"| {cell(row.what)} | {cell(row.mend) or '—'} | `{row.place}` |" for row in rows]
    lines += ["", "## Problems of a contract", "", "`cockpit check` prints them with line and column.", ""]
    lines += ["| code | what | mend | from |", "|---|---|---|---|"]
    lines += [f"| {code} | {cell(row.what)} | {cell(row.mend) or '—'} | `{row.place}` |" for code, row in problems()]
    return page(*lines)


@cache
def messages() -> dict[str, list[Message]]:
    """Every message, by the class that carries it."""
    found: dict[str, list[Message]] = {}
    for path, tree in _modules(ROOMS, KINDS):
        for call, scope in _calls(tree):
            name = _named(call.func)
            if name not in KINDS:
                continue
            kind = KINDS[name]
            place = f"{path}"
            whats = _argument(call, kind.what, ("what", "reason", "line"), scope)
            mends = _argument(call, kind.mend, ("mend",), scope) if kind.mend is not None else [""]
            wheres = _argument(call, kind.where, ("where",), scope) if kind.where is not None else [""]
            for what in whats:
                where = f"{wheres[0]}: " if wheres[0] else ""
                said, _, more = what.partition("; ") if kind.mend is None else (what, "", "")
                mend = " / ".join(m for m in (*mends, more) if m) or kind.always
                found.setdefault(name, []).append(Message(where + said, mend, place))
    return found


@cache
def problems() -> list[tuple[str, Message]]:
    """Every problem that a lint rule or the reader of contracts adds, by its code."""
    rows: set[tuple[str, Message]] = set()
    for path, tree in _modules(("engine/contract",)):
        for call, scope in _calls(tree):
            for at, argument in enumerate(call.args):
                said = _texts(argument, scope)
                if len(said) == 1 and re.fullmatch(r"[EW]\d{3}", said[0]):
                    after = call.args[at + 1 :] or _before(call, at)
                    texts = [_texts(node, scope) for node in after if not isinstance(node, ast.Tuple)]
                    texts = [one for one in texts if not all(t in {"‹path›", "‹where›"} for t in one)]
                    mends = " / ".join(m for m in (texts[1] if len(texts) > 1 else [""]) if m)
                    rows |= {(said[0], Message(what, mends, path)) for what in (texts[0] if texts else [""])}
    return sorted(rows, key=lambda row: (row[0][1:], row[0], row[1].what, row[1].mend, row[1].place))


def _before(call: ast.Call, at: int) -> list[ast.expr]:
    """What is wrong and how it is mended, of a call that ends in its code: `Problem(..., "error", "E001")`."""
    end = at - 1 if _named(call.func) == "Problem" else at
    return call.args[max(0, end - 2) : end]


def _modules(rooms: Iterable[str], naming: Iterable[str] = ("",)) -> Iterator[tuple[str, ast.Module]]:
    """The modules that hold one of these words: to parse and walk over all of them takes seconds."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            if "templates" not in path.parts and any(word in text for word in naming):
                yield str(path.relative_to(ROOT)), ast.parse(text)


@dataclass(frozen=True, slots=True)
class _Given:
    """A name was given a value: at this line, and inside of which choice that ends before it is used."""

    value: ast.expr
    line: int
    choice: tuple[int, int]


Scope = Mapping[str, list[_Given]]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, Scope]]:
    """Every call, with what the names that it may use were given last before it."""
    outer = dict(_given(tree.body))
    seen: set[int] = set()
    everything = list(ast.walk(tree))
    functions = [n for n in everything if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in sorted(functions, key=lambda n: -n.lineno):  # inner ones first
        inner = _given(function.body)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and id(node) not in seen:
                seen.add(id(node))
                yield node, outer | {name: _last(given, node.lineno) for name, given in inner.items()}
    for node in everything:
        if isinstance(node, ast.Call) and id(node) not in seen:
            yield node, outer


def _given(body: list[ast.stmt], choice: tuple[int, int] = (0, 0)) -> dict[str, list[_Given]]:
    found: dict[str, list[_Given]] = {}
    for node in body:
        targets: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    targets += zip(target.elts, node.value.elts, strict=False)
                else:
                    targets.append((target, node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets.append((node.target, node.value))
        for target, value in targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(_Given(value, node.lineno, choice))
        here = (node.lineno, node.end_lineno or 0) if isinstance(node, ast.If | ast.Try | ast.Match) else (0, 0)
        for part in _bodies(node):
            for name, given in _given(part, choice if choice != (0, 0) else here).items():
                found.setdefault(name, []).extend(given)
    return found


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks inside a statement; functions have scopes of their own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        if part := getattr(node, name, None):
            yield part
    for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield handler.body


def _last(given: list[_Given], line: int) -> list[_Given]:
    """What a name may hold at a line: its last value before, with the others of the same choice."""
    before = [one for one in given if one.line <= line]
    if not before:
        return []
    last = max(before, key=lambda one: one.line)
    over = last.choice != (0, 0) and last.choice[1] < line
    return [one for one in before if one is last or (over and one.choice == last.choice)]


def _named(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _argument(call: ast.Call, index: int | None, keywords: tuple[str, ...], scope: Scope) -> list[str]:
    if index is not None and index < len(call.args) and not isinstance(call.args[index], ast.Starred):
        return _texts(call.args[index], scope)
    for keyword in call.keywords:
        if keyword.arg in keywords:
            return _texts(keyword.value, scope)
    return [""]


def _texts(node: ast.expr, scope: Scope, depth: int = 0) -> list[str]:
    """What an expression may say, at most `MOST_VARIANTS` texts."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            texts = [""]
            for value in values:
                said = (
                    _texts(value.value, scope, depth + 1)
                    if isinstance(value, ast.FormattedValue)
                    else _texts(value, scope, depth)
                )
                texts = [one + more for one in texts for more in said][:MOST_VARIANTS]
            return texts
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, scope, depth), *_texts(orelse, scope, depth)][:MOST_VARIANTS]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            ends = _texts(right, scope, depth)
            return [one + more for one in _texts(left, scope, depth) for more in ends][:MOST_VARIANTS]
        case ast.Name(id=name) if name in scope and depth < 3:
            values = [given.value for given in scope[name]]
            if values and all(_is_text(value, scope) for value in values):
                return list(dict.fromkeys(t for value in values for t in _texts(value, scope, depth + 1)))[
                    :MOST_VARIANTS
                ]
    return [f"‹{_short(node)}›"]


def _is_text(node: ast.expr, scope: Scope) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return _is_text(body, scope) and _is_text(orelse, scope)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left, scope) or _is_text(right, scope)
    return False


def _short(node: ast.expr) -> str:
    """A name for a value: the last words of what computes it."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Constant(value=value):
            return str(value)
        case ast.Subscript(value=value):
            return _short(value)
        case ast.Await(value=value) | ast.Starred(value=value):
            return _short(value)
        case ast.Call(func=function, args=[first, *_]) if _named(function) in {
            "str",
            "shown",
            "visible",
            "escape",
            "repr",
        }:
            return _short(first)
        case ast.Call(func=ast.Attribute(attr="join"), args=[first]):
            return _short(first)
        case ast.Call(func=function):
            return _named(function)
        case ast.GeneratorExp(generators=[one, *_]):
            return _short(one.iter)
        case ast.BinOp(left=left):
            return _short(left)
    return "value"
