"""`cockpit new --from FILE`: a contract read from prose, and the list of what was read from which words."""

from __future__ import annotations

import sys
from argparse import Namespace
from itertools import groupby
from pathlib import Path

from cockpit.cli.receipt import write
from cockpit.cli.render import safe, say
from engine.contract.prose.draft import Draft
from engine.errors import BadInputError

ENDINGS = (".txt", ".md", ".text")
"""A file that ends so is taken for prose where either may be named."""
MOST = 200
"""So many files of the folder are looked at for inputs."""


def new(args: Namespace) -> int:
    """Write the contract and say what was read. Raises `BadInputError`."""
    if args.template:
        raise BadInputError("new", "takes a template or --from, not both", f"cockpit new --from {args.prose} -o FILE")
    out = Path(args.out or "mission.yaml")
    draft = make(args.prose, out)
    say(safe(str(out)), "", *report(draft), "", f"cockpit check {safe(str(out))}")
    return 0


def make(source: str, out: Path) -> Draft:
    """Read `source` (`-` is standard input) and write the contract at `out`, which must not be there yet.

    Raises `BadInputError`.
    """
    from engine.contract.prose.read import read
    from engine.contract.prose.write import contract

    if out.exists() or out.is_symlink():
        raise BadInputError(str(out), "is there already and is not overwritten", "choose another place with -o")
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        files = [path.name for path in sorted(out.parent.iterdir())[:MOST] if path.is_file()]
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise BadInputError(source, what, "name a file of plain text") from error
    name = "standard input" if source == "-" else Path(source).name
    draft = read(data, name, files)
    write(out, contract(draft, name, out.name.partition(".")[0]))
    return draft


def report(draft: Draft) -> list[str]:
    """What was read from which words, then what stayed prose."""
    lines = ["read"]
    for (clause, line), found in groupby(draft.read, key=lambda r: (r.clause, r.line)):
        taken = list(found)
        lines.append(f"  {safe(clause)}: {safe(', '.join(r.value for r in taken))}")
        lines.append(f"    from line {line}: {safe(', '.join(dict.fromkeys(r.words for r in taken)))}")
    if draft.left:
        lines += ["", "left as prose: advisory, nothing enforces it"]
        for left in draft.left:
            lines += [f"  line {left.line}: {safe(left.words)}", f"    {safe(left.teeth)}"]
    return lines
