"""Amending from the command line: shown first, confirmed by its digest, and never otherwise."""

from __future__ import annotations

import json

from tests.e2e.contracts import letters
from tests.e2e.stage import TOKEN, Stage, until
from tests.e2e.terminal import Terminal


def test_p3_an_amendment_is_what_was_shown_and_its_approvals_die_with_their_clauses(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", letters(stage))
    before = stage.item("approve")
    old = (stage.folder / "small.yaml").read_text(encoding="utf-8")
    (stage.folder / "new.yaml").write_text(old.replace("undo: 1s", "undo: 2s").replace("5 USD", "7 USD", 1))
    shown = stage.json("amend", "small", "new.yaml", "--dry-run")
    assert [change["path"] for change in shown["changes"]] == ["budget.money", "approvals.send.undo"]
    assert any("shown anew" in one["text"] for one in shown["consequences"])
    assert stage.json("show", "small")["rev"] == 1

    bare = stage.run("amend", "small", "new.yaml", "--yes", shown["digest"])
    assert (bare.code, "needs a person at a terminal" in bare.complaint) == (1, True)
    blind = stage.run("amend", "small", "new.yaml", environ={TOKEN: stage.token})
    assert blind.code == 2
    stale = stage.run("amend", "small", "new.yaml", "--yes", "0" * 8, environ={TOKEN: stage.token})
    assert (stale.code, "changed since it was shown" in stale.err) == (1, True)
    done = stage.fine("amend", "small", "new.yaml", "--yes", shown["digest"][:8], environ={TOKEN: stage.token})
    assert "rev 2 is in force, recorded as decided by script:" in done.out

    again = until(lambda: stage.json("attention")[0]["id"] != before["id"] and stage.item("approve"), "asked again")
    late = stage.decide("approve", before["id"], "--digest", before["digest"])
    assert (late.code, "is not open" in late.complaint) == (1, True)
    assert stage.decide("approve", again["id"], "--digest", again["digest"]).code == 0
    until(lambda: len(stage.mails()) == 3, "three mails")
    (revision,) = stage.json("receipt", "small")["contract"]["amendments"]
    assert (revision["rev"], revision["digest"]) == (2, shown["digest"])
    stage.fine("receipt", "small", "--format", "json", "-o", "r.json")
    assert "verif" in stage.fine("receipt", "verify", "r.json").out
    assert "undo" in stage.fine("show", "small").out
    assert "contract amended, rev 2" in stage.fine("log", "small").out


def test_a_person_at_a_terminal_reads_what_follows_and_types_the_code(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", letters(stage))
    stage.item("approve")
    text = (stage.folder / "small.yaml").read_text(encoding="utf-8")
    (stage.folder / "new.yaml").write_text(text.replace("money: 5 USD", "money: 6 USD"))
    with Terminal(stage, "amend", "small", "new.yaml") as terminal:
        code = terminal.until(r"type (\w{4}) to amend")[1]
        terminal.type("no")
        assert terminal.end() == 1
        assert "nothing was amended; rev 1 is in force" in terminal.shown
    with Terminal(stage, "amend", "small", "new.yaml", "--because", "more of it") as terminal:
        assert terminal.until(r"type (\w{4}) to amend")[1] == code
        terminal.type(code)
        assert terminal.end() == 0
    assert stage.json("show", "small")["budget_micro_usd"] == 6_000_000
    (event,) = stage.events("small", kinds=["contract.amended"])
    assert (event["body"]["because"], event["actor"].partition(":")[0]) == ("more of it", "human")


def test_what_is_wrong_with_a_new_contract_is_said_with_line_and_column(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", letters(stage))
    stage.item("approve")
    text = (stage.folder / "small.yaml").read_text(encoding="utf-8")
    (stage.folder / "new.yaml").write_text(text.replace("id: small", "id: other").replace("5 USD", "5 EUR", 1))
    wrong = stage.run("amend", "small", "new.yaml", "--dry-run")
    assert wrong.code == 1
    assert 'new.yaml:6:17 budget.money: "5 EUR" is not an amount' in wrong.err
    (stage.folder / "new.yaml").write_text(text.replace("id: small", "id: other"))
    wrong = stage.run("amend", "small", "new.yaml", "--dry-run")
    assert "new.yaml:2:5 id: the mission is small; keep its id" in wrong.complaint
    same = stage.run("amend", "small", "small.yaml", "--dry-run")
    assert (same.code, "nothing would change" in same.complaint) == (1, True)
    assert json.loads(stage.fine("show", "small", "--json").out)["rev"] == 1
