"""`cockpit doctor` about the programs that contracts name."""

from __future__ import annotations

import sys

from cockpit.cli.doctor_tools import looked_at
from engine.contract.model import Tool


def found(**keys: object) -> list[tuple[str, str]]:
    tool = Tool.model_validate(keys)
    return [(finding.state, finding.detail) for finding in looked_at("gtm", [("tool", tool)])]


def test_a_program_that_is_there_is_named_with_its_hash() -> None:
    for keys in ({"command": [sys.executable, "{X}"]}, {"mcp": {"command": [sys.executable, "-m", "x"]}}):
        ((state, detail),) = found(**keys)
        assert state == "ok"
        assert detail.startswith(f"gtm: tool is {sys.executable}, sha256 ")


def test_one_that_is_missing_is_a_warning_or_a_failure() -> None:
    assert found(mcp={"command": ["no-such-program"]}) == [
        ("warn", "gtm: tool: the program no-such-program is not installed")
    ]
    assert found(mcp={"command": ["no-such-program"]}, need="required")[0][0] == "fail"


def test_what_needs_no_program_is_not_looked_for() -> None:
    assert found(builtin="http") == []
    assert found(mcp={"url": "https://tools.example.org/mcp"})[0][0] == "ok"
