"""Forgetting a person: their bytes are gone from every file, the chain is whole, and what goes on goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.contracts import letters
from tests.e2e.stage import TOKEN, Stage, until
from tests.e2e.terminal import Terminal

ADDRESS = "maya@northwind.example"
OTHER = "tom@acme.example"


def holders(stage: Stage, word: str) -> list[str]:
    """Files of the ledger in which a word stands."""
    needle = word.encode()
    files: list[Path] = sorted(stage.home.root.glob("ledger.db*"))
    return [path.name for path in files if needle in path.read_bytes().lower()]


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """A mission whose three mails wait for an approval."""
    stage.engine()
    stage.fine("start", letters(stage))
    stage.item("approve")
    return stage


def test_p23_a_person_is_forgotten_and_the_others_are_not(asked: Stage) -> None:
    stage = asked
    assert holders(stage, ADDRESS)
    stage.fine("receipt", "small", "--format", "json", "-o", "before.json")
    shown = stage.json("forget", ADDRESS, "--dry-run")
    kinds = {part["what"].partition(" ")[0] for part in shown["erases"]}
    assert {"effect", "handoff", "input"} <= kinds
    assert {part["what"].partition(" ")[0] for part in shown["erases"] if part["instead"]} == {"handoff", "input"}
    assert holders(stage, ADDRESS), "a dry run changes nothing"

    bare = stage.run("forget", ADDRESS, "--yes", shown["digest"])
    assert (bare.code, "needs a person at a terminal" in bare.complaint) == (1, True)
    wrong = stage.run("forget", ADDRESS, "--yes", "0" * 8, environ={TOKEN: stage.token})
    assert (wrong.code, "not the code" in wrong.err) == (1, True)
    done = stage.fine("forget", ADDRESS, "--yes", shown["digest"][:8], environ={TOKEN: stage.token})
    assert "never contacted again" in done.out
    assert holders(stage, ADDRESS) == []
    assert holders(stage, OTHER)
    assert "nothing that is kept names them" in stage.fine("forget", ADDRESS, "--dry-run").out

    withdrawn = until(lambda: stage.events("small", kinds=["effect.withdrawn"]), "what waits for them is withdrawn")
    assert "do-not-contact list" in withdrawn[0]["body"]["because"]
    until(lambda: len(stage.item("approve")["items"]) == 2, "the two others wait")
    item = stage.item("approve")
    assert stage.decide("approve", item["id"], "--digest", item["digest"]).code == 0
    until(lambda: len(stage.mails()) == 2, "the two others are written to")

    checks = {one["check"]: one for one in stage.json("doctor")}
    assert checks["blobs"]["state"] == "ok"
    assert "erased for a person" in checks["blobs"]["detail"]
    assert {one["state"] for one in checks.values() if one["check"] in {"ledger", "chain", "views"}} <= {"ok"}
    verified = stage.fine("receipt", "verify", "before.json").out
    assert "erased since" in verified
    stage.fine("receipt", "small", "--format", "json", "-o", "after.json")
    assert "verifies" in stage.fine("receipt", "verify", "after.json").out
    receipt = stage.json("receipt", "small")
    assert {part["what"].partition(" ")[0] for part in receipt["integrity"]["erased"]} >= {"effect", "input"}
    (leads,) = [ref for ref in receipt["contract"]["inputs"] if ref["name"] == "leads"]
    assert leads["sha"] in {part["instead"] for part in receipt["integrity"]["erased"]}


def test_p23_a_person_at_a_terminal_types_the_code(asked: Stage) -> None:
    with Terminal(asked, "forget", ADDRESS) as terminal:
        terminal.until(r"type \w{4} to erase it")
        terminal.type("no")
        assert terminal.end() == 1
        assert "nothing was erased" in terminal.shown
    assert holders(asked, ADDRESS)
    with Terminal(asked, "forget", ADDRESS.upper()) as terminal:
        code = terminal.until(r"type (\w{4}) to erase it")[1]
        terminal.type(code)
        assert terminal.end() == 0
    assert holders(asked, ADDRESS) == []


def test_forgetting_nobody_and_what_is_no_address(asked: Stage) -> None:
    assert asked.run("forget", "not an address", "--dry-run").code == 2
    said = asked.fine("forget", "nobody@nowhere.example", "--dry-run").out
    assert "nothing that is kept names them" in said
