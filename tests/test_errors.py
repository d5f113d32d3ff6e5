"""Every error says where, what, and how it is mended: its class demands it, and every place that makes one gives it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.errors_page import KINDS, messages, problems
from engine.contract.problems import Problem
from engine.errors import CockpitError, SaysNoError
from engine.ledger.protocol import Command
from engine.loop.commands import HANDLERS, WITH_WORLD, handle
from tests.builders import WORLD, drafted

ROOT = Path(__file__).resolve().parents[1]
WITHIN = frozenset(
    {
        "BadArgumentError",  # told to the worker that called a tool
        "BadAskError",
        "BadSchemaError",
        "BadSkillError",
        "BrokenConversationError",
        "EndlessError",
        "GitError",
        "GoneError",
        "NoAnswerError",
        "NotReadError",
        "NothingMovesError",
        "RedirectedError",
        "SlowError",
        "ThemeError",
        "TooDeepError",
        "UnreadableError",
        "_LackingError",
        "_NonsenseError",
    }
)
"""Caught where they are raised, and put into the words of an error that has a mend."""
GENERAL = frozenset({"CockpitError", "PassingStoreError", "ChangedError"})
"""Parents and children of a class that stands on the page."""


def classes() -> Iterator[tuple[str, str]]:
    """Every class of errors of the program, with its module."""
    for room in ("cockpit", "engine", "themes", "widgets"):
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            if not re.search(r"\bclass \w+Error\b", text):  # to parse all of them takes seconds, of every collection
                continue
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and node.bases:
                    yield module, node.name


def test_every_class_of_errors_stands_on_the_page_or_never_reaches_a_person() -> None:
    known = {*KINDS, *WITHIN, *GENERAL}
    assert [found for found in classes() if found[1] not in known] == []


@pytest.mark.parametrize(("module", "name"), [found for found in classes() if found[1] in {*KINDS, *GENERAL}])
def test_a_class_whose_mends_differ_demands_one(module: str, name: str) -> None:
    kind = KINDS.get(name)
    if kind is not None and kind.mend is None:
        assert kind.always, f"{name} has neither mends nor one for all"
        return
    asked = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    assert "mend" in asked, asked
    assert asked["mend"].default is inspect.Parameter.empty, f"{module}.{name} can be raised without a mend"


@pytest.mark.parametrize("name", KINDS)
def test_every_place_says_what_is_wrong_and_how_it_is_mended(name: str) -> None:
    found = messages()
    without = [f"{row.place}: {row.what or 'nothing'}" for row in found.get(name, ()) if not (row.what and row.mend)]
    assert without == []


def test_every_problem_of_a_contract_says_how_it_is_mended() -> None:
    assert [f"{code} {row.what}" for code, row in problems() if not (row.what and row.mend)] == []
    assert inspect.signature(Problem).parameters["hint"].default is inspect.Parameter.empty


@pytest.mark.parametrize("kind", sorted({*HANDLERS, *WITH_WORLD, "nonsense"} - {"pause", "stop", "restored", "plan"}))
def test_what_an_engine_refuses_ends_in_a_mend(kind: str) -> None:
    play = drafted()
    outcome = handle(play.state(), Command("key", kind, play.state().id, {}, "human:ada"), play.at, WORLD, {})
    assert outcome.answer.state == "refused"
    what, _, mend = outcome.answer.error.partition("; ")
    assert what
    assert mend
    assert "\n" not in outcome.answer.error


def test_an_answer_of_an_older_engine_gets_a_mend() -> None:
    told = SaysNoError.told("the mission is paused", "cockpit log gtm", "approve gtm")
    assert (told.where, told.what, told.mend) == ("approve gtm", "the mission is paused", "cockpit log gtm")
    told = SaysNoError.told("gtm: it is paused; go on first: cockpit resume gtm", "cockpit log gtm")
    assert str(told) == "gtm: it is paused; go on first: cockpit resume gtm"
    assert isinstance(told, CockpitError)
