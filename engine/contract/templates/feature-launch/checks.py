"""The tests of the sample change: is what the note promises in the change, and is it tested?

    python checks.py --change change.diff --note feature.md

Replace it by what runs your tests; all that counts is what is printed: one JSON object with `passing` and `failing`.
Standard library alone.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

CHECKS = (
    ("the limit of the note is the limit of the change", r"(\d+) views a workspace", r"LIMIT = {}"),
    ("saving needs edit rights", r"edit rights", r"may_edit"),
    ("the free plan has none", r"free plan", r'plan == "free"'),
    ("a view copies no data", r"does not copy data", r"without_data"),
)
"""What is checked, the words of the note, and what the change must hold then."""


def main() -> None:
    """Check, and say how many hold."""
    parser = argparse.ArgumentParser(description="Check the sample change against its note.")
    parser.add_argument("--change", type=Path, required=True)
    parser.add_argument("--note", type=Path, required=True)
    given = parser.parse_args()
    change, note = (path.read_text(encoding="utf-8") for path in (given.change, given.note))
    failed = []
    for name, promised, built in CHECKS:
        found = re.search(promised, note)
        if found and not re.search(built.format(*found.groups()) if found.groups() else built, change):
            failed.append(name)
    tests = len(re.findall(r"^\+def test_", change, flags=re.MULTILINE))
    if not tests:
        failed.append("the change adds tests")
    passing = len(CHECKS) + 1 - len(failed)
    told = f"{passing} of {len(CHECKS) + 1} hold; the change adds {tests} tests"
    evidence = {"passing": passing, "failing": len(failed)}
    claims = [f"does not hold: {name}" for name in failed]
    print(json.dumps({"summary": told, "evidence": evidence, "claims": claims}))


if __name__ == "__main__":
    main()
