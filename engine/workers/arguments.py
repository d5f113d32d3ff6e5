"""The command line of an attempt: a role's argv template with its placeholders filled, each inside one item.

No shell is involved and nothing is split: a value with spaces, quotes or braces stays the one argument it stands in.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.workers.protocol import AttemptJob

_PLACEHOLDER = re.compile(r"\{([a-z]+)(?:\.([A-Za-z0-9][A-Za-z0-9_./-]*))?\}")
_KNOWN = "{python}, {input.NAME}, {artifact.TASK}, {with.NAME}, {branch}, {seed}, {package}"


class UnusableError(Exception):
    """An attempt that has to end as failed. `retryable`: whether the same command may do better next time."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason, self.retryable = reason, retryable


def fill(
    job: AttemptJob, *, inputs: Mapping[str, Path], artifacts: Mapping[str, Path], package: Path | None
) -> list[str]:
    """The argv of a job. `inputs` and `artifacts` are by name; a task's own name stands for its first artifact.

    Raises UnusableError for an empty template or a placeholder that stands for nothing.
    """
    simple = {"python": sys.executable, "branch": job.branch, "seed": str(job.seed), "package": str(package or "")}
    named: dict[str, Mapping[str, object]] = {
        "input": inputs,
        "artifact": artifacts,
        "with": dict(reversed(job.params)),
    }

    def value(match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        if name is None and kind in simple:
            return simple[kind]
        if name is not None and kind in named:
            if name in named[kind]:
                return str(named[kind][name])
            there = ", ".join(named[kind]) or "none"
            raise UnusableError(f"{match[0]} stands for nothing here; there is: {there}", retryable=False)
        raise UnusableError(f"{match[0]} is not a placeholder; there are {_KNOWN}", retryable=False)

    if not job.argv:
        raise UnusableError(f"the role {job.role} has no command", retryable=False)
    argv = [_PLACEHOLDER.sub(value, item) for item in job.argv]
    if not argv[0] or any("\0" in item for item in argv):
        raise UnusableError("the command line is empty or holds a NUL character", retryable=False)
    return argv
