"""What earlier missions left: found by words, the same everywhere; what was tried, and what work really took."""

from __future__ import annotations

from typing import Any

from engine.learnings.index import cited, ranked
from engine.learnings.proven import proven
from engine.learnings.tried import known as known_to_plans
from engine.learnings.tried import of_rows
from engine.ledger import bodies as b
from tests.engine.receipt.story import Story

TEXTS = {
    "L1": "Short mails to bike shops get answers in the morning",
    "L2": "Landing pages with one headline convert better",
    "L3": "Bike shops answer by phone, not by mail",
}


def test_what_shares_the_rarer_words_comes_first() -> None:
    found = ranked(TEXTS, "Find a channel to bike shops: mailing them")
    assert [name for name, _score in found] == ["L3", "L1"]
    assert ranked(TEXTS, "headlines for a landing page")[0][0] == "L2"
    assert ranked(TEXTS, "quantum chemistry") == []


def test_only_ids_that_are_there_are_cited() -> None:
    assert cited("E1 and E9 say so, E1 twice; see A2.1", ["E1", "A2.1", "E2"]) == ("E1", "A2.1")


def test_pruned_branches_are_known_from_their_rows() -> None:
    row: dict[str, Any] = {"id": "gtm/B2", "mission": "gtm", "key": "cold", "hypothesis": "h", "state": "pruned"}
    rows = [row | {"reason": "no"}, row | {"state": "kept"}]
    (one,) = of_rows(rows)
    assert (one.branch, one.line()) == ("B2", "tried as gtm/cold: no")
    assert of_rows(rows, [{"id": "gtm", "rehearsed": True}]) == ()  # what was made up was not tried
    assert len(of_rows(rows, [{"id": "gtm", "rehearsed": False}, {"id": "other", "rehearsed": True}])) == 1


def test_the_plan_linter_hears_of_other_missions_and_of_rules_for_all() -> None:
    row = {"id": "gtm/B2", "mission": "gtm", "key": "cold", "hypothesis": "shops answer mails", "state": "pruned"}
    told = known_to_plans([row | {"reason": "2 of 40"}], ["Never shout"])
    assert [(one.id, one.key, one.because) for one in told.tried] == [("gtm/B2", "cold (gtm)", "2 of 40")]
    assert told.rules == ("Never shout",)


def test_routes_are_told_with_what_they_really_took_and_rehearsals_prove_nothing() -> None:
    story = Story().created().task("T1", "t").attempt("T1", "A1.1").deliver("T1", "A1.1", "B1", 1_500)
    story.task("T2", "u").attempt("T2", "A2.1").add(b.AttemptFailed(attempt="A2.1", because="no"))
    story.settle("T2", "A2.1", "B1", 500, outcome="failed")
    (found,) = proven([story.state()])
    assert found.line() == "writer by m-1: 1 of 2 accepted, 0s and $0.0005 each (median)"
    assert proven([Story().created(rehearsed=True).state()]) == ()
