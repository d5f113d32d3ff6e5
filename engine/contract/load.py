"""From a contract file to a `Contract`, or to every reason why not, each with its line and column.

`read` opens the file and never reads more than 64 KiB; `load` takes the bytes. Both return what they found instead of
raising, because a screen shows the problems beside the text.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.contract.model import Contract
from engine.contract.problems import Positions, Problem
from engine.contract.schema import problems_of, unknown_keys
from engine.contract.tree import MAX_BYTES, parse
from engine.redaction import Redactor
from engine.values import Sha256, sha256


@dataclass(frozen=True, slots=True)
class Loaded:
    """A contract file as it was read. `contract` is None when a problem is an error."""

    file: str
    contract: Contract | None
    problems: tuple[Problem, ...]
    digest: Sha256
    """sha256 of the bytes that were read."""
    readable: bool
    """Whether the file is YAML with a mapping at its top; when not, nothing can be said about its clauses."""
    positions: Positions = field(default_factory=Positions)
    source: bytes = b""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep this from being a contract."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def load(data: bytes, name: str, redactor: Redactor | None = None) -> Loaded:
    """Read a contract from bytes. `name` is what messages call the file. Never raises.

    A contract that holds a secret is none, and nothing else is said about it: messages quote what they are about.
    `redactor` knows secrets besides what looks like one.
    """
    if pasted := _pasted(data, name, redactor or Redactor()):
        return Loaded(name, None, pasted, sha256(data), readable=True, source=data[: MAX_BYTES + 1])
    return _loaded(data, name) if len(data) <= MAX_BYTES else _loaded.__wrapped__(data, name)


@lru_cache(maxsize=16)
def _loaded(data: bytes, name: str) -> Loaded:
    """A contract without a secret. Remembered: one text is read by who edits it, starts it and amends it."""
    tree = parse(data, name)
    problems = list(tree.problems)
    contract: Contract | None = None
    if tree.value is not None:
        found = list(unknown_keys(tree.value, tree.positions))
        try:
            contract = Contract.model_validate(tree.value)
        except ValidationError as error:
            found += problems_of(error, tree.value, tree.positions, tree.refused)
        problems += found
    problems = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column, problem.path))
    return Loaded(
        file=name,
        contract=None if any(problem.severity == "error" for problem in problems) else contract,
        problems=tuple(problems),
        digest=sha256(data),
        readable=tree.value is not None,
        positions=tree.positions,
        source=data[: MAX_BYTES + 1],
    )


def _pasted(data: bytes, name: str, redactor: Redactor) -> tuple[Problem, ...]:
    """Every secret that stands in a contract, with its place."""
    if len(data) > MAX_BYTES:
        return ()
    text, problems = data.decode("utf-8", "replace"), []
    for found in redactor.find(text):
        before = text[: found.start]
        line, column = before.count("\n") + 1, found.start - before.rfind("\n")
        message = f"{found.what} stands here" if found.known else f"what looks like {found.what} stands here"
        hint = "take it out of the file; cockpit keys set NAME keeps it, and keyring:NAME refers to it"
        problems.append(Problem(name, line, column, "", message, hint, "error", "E017"))
    return tuple(problems)


def read(path: Path, redactor: Redactor | None = None) -> Loaded:
    """Read a contract from a file. Directories, devices, pipes and closed doors are problems, not exceptions."""
    name = str(path)
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        message, hint = _reason(error)
        problem = Problem(name, 0, 0, "", message, hint, "error", "E001")
        return Loaded(name, None, (problem,), sha256(b""), readable=False)
    return load(data, name, redactor)


def _bytes(path: Path) -> bytes:
    """At most one byte more than a contract may have. Opening does not wait for the other end of a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, "is a directory")
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "is not a regular file")
        chunks: list[bytes] = []
        left = MAX_BYTES + 1
        while left and (chunk := os.read(descriptor, left)):
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def _reason(error: OSError | ValueError) -> tuple[str, str]:
    number: Any = getattr(error, "errno", None)
    known: dict[int, tuple[str, str]] = {
        errno.ENOENT: ("there is no such file", "cockpit new gtm-channel -o FILE writes one"),
        errno.ENOTDIR: ("there is no such file", "a part of its path is not a directory"),
        errno.EISDIR: ("is a directory", "name the contract file in it"),
        errno.ELOOP: ("is a loop of symbolic links", "name the file itself"),
        errno.EACCES: ("may not be read", "check its permissions"),
        errno.EINVAL: ("is not a regular file", "name a file that holds a contract"),
        errno.ENXIO: ("is not a regular file", "name a file that holds a contract"),
        errno.ENAMETOOLONG: ("its name is too long", "use a shorter path"),
    }
    if number in known:
        return known[number]
    return f"cannot be read ({os.strerror(number)})" if number else "its name is not a path", "name another file"
