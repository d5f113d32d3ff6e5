"""Contracts to start from: each a folder of `templates/` with `mission.yaml` and the sample inputs it names."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.contract.problems import shown, suggestion
from engine.errors import BadInputError

CONTRACT = "mission.yaml"


def _root() -> Traversable:
    return resources.files("engine.contract") / "templates"


def names() -> tuple[str, ...]:
    """The templates of this version, in alphabetical order."""
    return tuple(sorted(entry.name for entry in _root().iterdir() if (entry / CONTRACT).is_file()))


def text(template: str) -> bytes:
    """The contract of a template. Raises KeyError for one that is not there."""
    if template not in names():
        raise KeyError(template)
    return (_root() / template / CONTRACT).read_bytes()


def write(template: str, out: Path) -> list[Path]:
    """Write a template's contract at `out`, its sample inputs beside it; returns what was written, contract first.

    Nothing is overwritten and nothing is written when one of the files exists: BadInputError.
    """
    if template not in names():
        raise BadInputError(f"template {shown(template)}", "there is no such template", suggestion(template, names()))
    files = [(out, (_root() / template / CONTRACT).read_bytes())]
    files += [(out.parent / relative, content) for relative, content in _inputs(_root() / template)]
    for path, _content in files:
        if path.exists() or path.is_symlink():
            raise BadInputError(str(path), "is there already and is not overwritten", "choose another place with -o")
    try:
        for path, content in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise BadInputError(
            str(error.filename or out), f"cannot be written ({reason})", "choose another place with -o"
        ) from None
    return [path for path, _content in files]


def _inputs(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.startswith((".", "__")) or entry.name.endswith(".pyc") or (not prefix and entry.name == CONTRACT):
            continue
        if entry.is_dir():
            found += _inputs(entry, f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found
