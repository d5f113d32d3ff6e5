"""P16: each of the sixty bad inputs has its tests, and those that belong to no room of their own are here."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.contracts import LETTERS, letters
from tests.e2e.stage import Stage
from tests.inputs.sixty import CASES, Case

TESTS = Path(__file__).resolve().parents[1]


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def test_p16_there_are_sixty() -> None:
    assert [case.number for case in CASES] == list(range(1, 61))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number:02}-{case.name.replace(' ', '-')}")
def test_p16_every_case_has_its_tests(case: Case) -> None:
    """The tests that the table names are there; `*` stands for all of a file."""
    assert case.tests
    for file, name in case.tests:
        there = functions(file)
        assert name in there or (name == "*" and any(one.startswith("test_") for one in there)), (file, name)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    try:
        yield stage
    finally:
        stage.close()


def test_15_a_contract_that_changes_on_the_disk_changes_no_mission(stage: Stage) -> None:
    letters(stage)
    stage.write("letters.yaml", LETTERS)
    stage.fine("start", "letters.yaml", "--rehearse")
    before = stage.json("show", "small", "--json")["contract"]
    stage.write("letters.yaml", LETTERS.replace("5 USD", "5000 USD"))
    (stage.folder / "leads.csv").unlink()
    stage.fine("engine", "--until-idle")
    assert stage.json("show", "small", "--json")["contract"] == before


def test_59_a_reader_with_few_descriptors_and_little_memory_works(stage: Stage) -> None:
    letters(stage)
    stage.write("letters.yaml", LETTERS)
    stage.fine("start", "letters.yaml", "--rehearse")

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
        resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20, 400 * 2**20))

    said = subprocess.run(
        [sys.executable, "-m", "cockpit", "ls"],
        env=stage.environ(),
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        preexec_fn=narrow,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "small" in said.stdout
