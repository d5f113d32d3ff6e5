"""A patch as a person writes it in YAML, and back: amounts with their units, errors at their lines. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.amending.difference import usd
from engine.contract.schema import problems_of
from engine.contract.tree import parse
from engine.errors import BadInputError
from engine.plan.patch import Patch, of_tree
from engine.values import PPM

HEAD = """\
# A patch of the plan. Each change does one thing (add, replace, prune) with one branch or one task, and says why.
# Save to propose it; leave it as it is, or empty, to change nothing.
"""


def written(patch: Patch) -> str:
    """The patch as YAML that `read` takes."""
    from ruamel.yaml import YAML

    yaml, out = YAML(), io.StringIO()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(worded(patch), out)
    return HEAD + out.getvalue()


def worded(patch: Patch) -> dict[str, Any]:
    """The patch as lists, mappings and texts with units, as `engine.plan.patch.of_tree` reads it."""
    return dict(_worded(patch.stored()))


def read(data: bytes, name: str) -> Patch:
    """The patch in a file. Raises `BadInputError` with the first thing that is wrong, at its line."""
    tree = parse(data, name)
    errors = [problem for problem in tree.problems if problem.severity == "error"]
    if tree.value is not None and not errors:
        try:
            return of_tree(tree.value)
        except ValidationError as error:
            errors = sorted(
                problems_of(error, tree.value, tree.positions, tree.refused), key=lambda p: (p.line, p.column)
            )
    raise BadInputError.told(
        str(errors[0]) if errors else f"{name}: is no patch", "docs/contract.md shows what a patch may change"
    )


def _worded(value: Any, key: str = "") -> Any:
    """The stored form with units: what is a number of micro-dollars or of parts per million becomes text."""
    if isinstance(value, Mapping):
        return {name: _worded(part, str(name)) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_worded(part, key) for part in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if key in {"budget", "money"}:
            return f"{usd(value)} USD"
        if key == "share":
            return f"{value * 100 // PPM}%" if value * 100 % PPM == 0 else f"{value / (PPM // 100):.4f}%"
    return value
