"""A contract and everything beside it, read and checked as a start needs it: bytes, inputs, tools and skills."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cli.desk import Json
from engine.errors import BadInputError, SaysNoError
from engine.home import Home

if TYPE_CHECKING:
    from engine.contract.model import Contract
    from engine.redaction import Redactor

MOST = 16 * 1024 * 1024
"""Bytes an input file may have."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A sound contract with its files: what names them, and the blobs that hold them."""

    contract: Contract
    source: bytes
    inputs: Json
    files: Json
    blobs: dict[str, bytes]
    zone: str


def gather(home: Home, file: Path, *, complain: Callable[[str], None], redactor: Redactor | None = None) -> Gathered:
    """Check a contract and read what it names. `complain` is told of all errors but the last, and of warnings about
    inputs. `redactor` knows secrets that must not stand there; None asks for every one that config.toml names.

    Raises `BadInputError` for a file that is no contract at all, `SaysNoError` with the contract's last error.
    """
    from cockpit.cli.pasted import inputs as read_inputs
    from cockpit.cli.pasted import known
    from cockpit.cli.provided import provided
    from engine.contract.lint import lint
    from engine.contract.load import read

    knows = redactor or known(home, programs=True)
    loaded = read(file, knows)
    problems = list(loaded.problems)
    if loaded.contract is not None:
        problems += lint(loaded.contract, loaded.positions, base=file.parent, provided=provided(home))
        pasted = list(read_inputs(loaded.contract, loaded.positions, file.parent, knows))
        for problem in pasted:
            if problem.severity == "warning":
                complain(str(problem))
        problems += pasted
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if not loaded.readable:
        raise BadInputError.told(errors[-1] if errors else f"{file}: is not a contract", f"cockpit check {file}")
    if errors or loaded.contract is None:
        for error in errors[:-1]:
            complain(error)
        raise SaysNoError.told(errors[-1] if errors else f"{file}: is not a contract", f"cockpit check {file}")
    blobs = {hashlib.sha256(loaded.source).hexdigest(): loaded.source}
    return Gathered(
        loaded.contract,
        loaded.source,
        _inputs(loaded.contract, file.parent, blobs),
        files_beside(loaded.contract, file.parent, blobs),
        blobs,
        _zone(),
    )


def _zone() -> str:
    """The name of this machine's time zone, or nothing where it has none (`Europe/Berlin`)."""
    if named := os.environ.get("TZ", "").removeprefix(":"):
        return named
    place = os.path.realpath("/etc/localtime")
    return place.partition("zoneinfo/")[2]


def _inputs(contract: Contract, folder: Path, blobs: dict[str, bytes]) -> Json:
    """The input files of a contract as blobs, and what names them."""
    named: Json = {}
    for name, given in contract.inputs.items():
        path = folder / given.path
        try:
            if path.stat().st_size > MOST:
                raise BadInputError(
                    f"inputs.{name}", f"{path} is larger than {MOST // 2**20} MiB", "give a smaller file"
                )
            content = path.read_bytes()
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            raise BadInputError(f"inputs.{name}", f"{path}: {reason}", "correct the path in the contract") from error
        sha = hashlib.sha256(content).hexdigest()
        blobs[sha] = content
        named[name] = {"sha": sha, "filename": path.name, "bytes": len(content)}
    return named


def files_beside(contract: Contract, folder: Path, blobs: dict[str, bytes], *, may_lack: bool = False) -> Json:
    """The files of tools and skills as blobs, and what names them: `tools/NAME/FILE`, `skills/NAME/PATH`. `may_lack`:
    one that is not there is left out, for a mission may have it.
    """
    from engine.contract.skills import MOST_FILES

    named: Json = {}
    for name, tool in contract.tools.items():
        if tool.path is not None and tool.stance != "deny" and not (may_lack and not (folder / tool.path).exists()):
            _take(f"tools/{name}/{Path(tool.path).name}", folder / tool.path, blobs, named)
    for name, skill in contract.skills.items():
        root = folder / skill.path
        inside = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        for path in inside[: MOST_FILES + 1]:
            _take(f"skills/{name}/{path.relative_to(root).as_posix()}", path, blobs, named)
    return named


def _take(key: str, path: Path, blobs: dict[str, bytes], named: Json) -> None:
    try:
        if path.stat().st_size > MOST:
            raise BadInputError(key, f"{path} is larger than {MOST // 2**20} MiB", "give a smaller file")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise BadInputError(key, f"{path}: {reason}", "correct the path in the contract") from error
    sha = hashlib.sha256(content).hexdigest()
    blobs[sha] = content
    named[key] = {"sha": sha, "bytes": len(content)}
