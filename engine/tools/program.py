"""What a program on this machine is: the file that a command line starts, the script that an interpreter is given, and
the hashes of both. A program that was replaced is another one, whatever it says of itself.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.tools.protocol import ToolDownError
from engine.values import Sha256, canonical

_INTERPRETER = re.compile(r"(python|pypy|node|nodejs|deno|bun|ruby|perl|php|bash|dash|zsh|sh)[0-9.]*")


@dataclass(frozen=True, slots=True)
class Program:
    """A command line with its program looked up: `argv[0]` is absolute."""

    argv: tuple[str, ...]
    sha: Sha256
    script: str = ""
    script_sha: Sha256 | None = None

    def identity(self, **more: object) -> str:
        """Canonical text that changes with the program, its script, its arguments, and with `more`."""
        script: dict[str, object] = {"path": self.script, "sha256": self.script_sha} if self.script else {}
        return canonical({"argv": list(self.argv), "sha256": self.sha, "script": script, **more}).decode()


def looked_up(argv: tuple[str, ...], *, search: str, folder: Path) -> Program:
    """The program that `argv` starts, found on the path `search` as it is now. `folder` is where it will run.

    Reads whole files: call it in a thread. Raises `ToolDownError` when there is none.
    """
    if not argv or not argv[0]:
        raise ToolDownError("no command is given", "name the program and its arguments")
    found = shutil.which(argv[0], path=search)
    if found is None:
        raise ToolDownError(f"the program {argv[0][:100]} is not installed", "install it, or name it by its full path")
    path = Path(found) if Path(found).is_absolute() else Path.cwd() / found
    script = _script(path.name, argv[1:])
    try:
        own, theirs = _hash(path), _hash(folder / script) if script and (folder / script).is_file() else None
    except OSError as problem:
        raise ToolDownError(
            f"the program {argv[0][:100]} cannot be read: {problem.strerror}", "check its rights"
        ) from None
    return Program((str(path), *argv[1:]), own, script if theirs else "", theirs)


def named(argv: Iterable[str]) -> tuple[Path, ...]:
    """The files and folders that a command line names by their full path, as an argument or after its `=`: whoever
    wrote it wants the program to see them.
    """
    said = (part for item in argv for part in (item, item.partition("=")[2]))
    return tuple(sorted({Path(part) for part in said if part.startswith("/") and Path(part).exists()}))


def _script(program: str, arguments: tuple[str, ...]) -> str:
    if not _INTERPRETER.fullmatch(program):
        return ""
    for argument in arguments:
        if argument in ("-c", "-m", "-e", "-p", "--eval"):
            return ""
        if not argument.startswith("-"):
            return argument
    return ""


def _hash(path: Path) -> Sha256:
    with path.open("rb") as file:
        return Sha256(hashlib.file_digest(file, "sha256").hexdigest())
