"""Rooms that decide look at nothing but what they are given: no clock, no chance, no files, no event loop.

By reading the source: an import or a call that is not allowed here fails with its file and line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "engine"

PURE = (
    *("redaction/forms.py", "redaction/patterns.py", "redaction/redactor.py", "redaction/people.py"),
    *("state", "plan", "context", "governance", "routing", "verify", "judge", "receipt", "views", "contract"),
    *("rules", "learnings", "loop/rulings.py", "loop/rejecting.py", "loop/learned.py"),
    *(
        "loop/decide",
        "loop/enact.py",
        "loop/handoffs.py",
        "loop/absorb.py",
        "loop/absorb_tools.py",
        "loop/about_tools.py",
        "loop/equipping.py",
        "loop/commands.py",
        "loop/answers.py",
    ),
    *("loop/starting.py", "loop/intents.py", "loop/outcome.py", "loop/world.py", "values.py", "errors.py"),
    *("tools/granting.py", "tools/wanted.py", "tools/parsing.py", "tools/protocol.py"),
    *(f"rehearsal/{name}.py" for name in ("assumed", "dead", "forecast", "leaning", "past", "run")),
    *("reviewers/artifacts.py", "reviewers/letters.py", "reviewers/case.py"),
    *("loop/replay.py", "loop/clocks.py", "loop/arriving.py", "loop/importing.py"),
    *("effects/addresses.py", "effects/canonical.py", "effects/mail.py", "ledger/bodies", "ledger/chain.py"),
)
EXCEPT = {
    "contract/load.py": "reads the contract's file",
    "contract/template.py": "writes a template's files",
    "contract/case.py": "looks for inputs below a folder, when a front end names one",
    "contract/templates": "scripts that are shipped to users",
}
IMPURE_MODULES = frozenset(
    {"os", "io", "time", "uuid", "random", "secrets", "socket", "subprocess", "threading", "asyncio", "tempfile"}
    | {"shutil", "sqlite3", "sqlite_utils", "urllib.request", "http", "requests", "signal", "platform", "glob"}
)
IMPURE_CALLS = frozenset({"open", "input", "print", "exec", "eval", "id", "hash"})
"""`id` and `hash` differ from one run to the next."""
IMPURE_METHODS = frozenset(
    {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"}
    | {"cwd", "unlink", "mkdir", "home", "expanduser", "resolve"}
)

IMPURE_ROOMS = frozenset(
    {"loop.service", "loop.engine", "loop.jobs", "loop.runner", "ledger.sqlite", "ledger.writer", "evidence.sources"}
    | {
        "evidence.mailbox",
        "effects.maildir",
        "effects.wire",
        "effects.folder",
        "effects.smtp",
        "evidence.imap",
        "workers.command",
        "containment.process",
        "containment.leftovers",
        "containment.supervised",
        "containment.conversation",
        "tools.folder",
        "tools.workspace",
        "tools.path",
        "tools.providers",
        "tools.program",
        "tools.command",
        "tools.http",
        "tools.mcp",
        "settings",
        "home",
    }
)

CHANCE = {"time": {"time", "time_ns", "monotonic", "monotonic_ns"}, "uuid": {"uuid1", "uuid4"}, "random": {"random"}}
CHANCE_ALLOWED = {
    "loop/service.py": "the engine process: its clock and its unique owner name are handed to everything else",
    "effects/wire.py": "patience with a mail server",
    "secrets/patience.py": "patience with a keyring",
    "secrets/program.py": "patience with a program that prints a secret, and how long its answer is kept",
    "containment/leftovers.py": "patience with a process tree that does not end",
    "containment/supervisor.py": "a process of its own that guards a command, outside of every mission",
    "workers/rehearsed.py": "dice seeded by the job",
    "rehearsal/numbers.py": "dice seeded by the seed of a history and the name of what is drawn",
    "rehearsal/many.py": "the seconds that a forecast may take",
}


def sources(*rooms: str) -> list[Path]:
    """The files of these rooms, without those that are excepted."""
    found = [path for room in rooms for path in _files(ENGINE / room)]
    return [path for path in found if not any(path.is_relative_to(ENGINE / name) for name in EXCEPT)]


def _files(room: Path) -> list[Path]:
    return [room] if room.is_file() else sorted(room.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(node: ast.AST) -> Iterator[str]:
    """Modules that a statement imports, by full name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        for name in imported(node):
            parts = name.split(".")
            if any(".".join(parts[:size]) in IMPURE_MODULES for size in range(1, len(parts) + 1)):
                yield f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
                yield f"{path.relative_to(ROOT)}:{node.lineno} calls {called.id}"
            if isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS:
                yield f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(called)}"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_asks_nobody_but_its_caller(room: str) -> None:
    assert sources(room), f"there is no engine/{room}"
    assert [fault for path in sources(room) for fault in faults(path)] == []


def test_what_is_excepted_exists() -> None:
    assert all((ENGINE / name).exists() for name in (*EXCEPT, *CHANCE_ALLOWED))


def test_time_and_chance_come_from_the_engine_process_alone() -> None:
    found = set()
    for path in sorted(ENGINE.rglob("*.py")):
        name = str(path.relative_to(ENGINE))
        if name.startswith("contract/templates/"):
            continue
        modules = {module for node in ast.walk(tree(path)) for module in imported(node)}
        if modules & CHANCE.keys() or any(f"{m}.{part}" in modules for m, parts in CHANCE.items() for part in parts):
            found.add(name)
        if any(isinstance(n, ast.Attribute) and n.attr in {"now", "utcnow", "today"} for n in ast.walk(tree(path))):
            assert "datetime.now" not in path.read_text("utf-8"), name
    assert found == CHANCE_ALLOWED.keys()


def test_the_dice_of_a_rehearsal_are_seeded() -> None:
    source = tree(ENGINE / "workers/rehearsed.py")
    calls = [ast.unparse(n) for n in ast.walk(source) if isinstance(n, ast.Call) and "random." in ast.unparse(n.func)]
    assert calls == ["random.Random(job.seed)"]
    numbers = ast.unparse(tree(ENGINE / "rehearsal/numbers.py"))
    assert numbers.count("random.Random(") == 1
    assert "random.Random('|'.join((str(part) for part in about)))" in numbers


def test_pure_rooms_import_no_impure_room() -> None:
    impure = {f"engine.{name}" for name in IMPURE_ROOMS}
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(*PURE)
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name in impure
    ]
    assert found == []
