"""Which clauses judge an effect: those that change its digest, and no others."""

from __future__ import annotations

import pytest

from engine.governance.clauses import clauses_digest, tool_for
from tests.builders import contract
from tests.engine.contract.sample import GOOD

BASE = clauses_digest(contract(GOOD), "send")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("send: {expires: 3d}", "send: {expires: 2d}"),
        ("send: {expires: 3d}", "send: {expires: 3d, undo: 0s}"),
        ("send: {expires: 3d}", "send: {expires: 3d, batch: 2}"),
        ("country: US", "country: DE"),
        ("basis: business contact", "basis: consent"),
        ("source: leads.csv}", "source: a form}"),
        ("lawful: {country: US, basis: business contact, source: leads.csv}\n", ""),
        ("connector: maildir", "connector: smtp"),
        ("need: required, verbs: [send]", "need: required, stance: allow, verbs: [send]"),
        ("verbs: [send], connector: maildir", "verbs: [send], connector: maildir, limits: {to: {max_items: 1}}"),
        ("  mail: {need", "  post: {need"),
        ("restricted: [send]", "restricted: [publish]"),
    ],
)
def test_an_approval_dies_when_a_judging_clause_changes(old: str, new: str) -> None:
    assert old in GOOD
    assert clauses_digest(contract(GOOD.replace(old, new, 1)), "send") != BASE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("money: 500 USD", "money: 900 USD"),
        ("branches: 2\n", "branches: 7\n"),
        ("hypothesis: people answer", "hypothesis: nobody answers"),
        ("max_words: 120", "max_words: 90"),
        ("then: keep", "then: prune"),
        ("met_when: mission.branches.kept >= 1", "met_when: mission.branches.kept >= 2"),
        ("writer: {tier: strong, privacy: any}", "writer: {tier: cheap, privacy: any}"),
        ("every: 2d", "every: 3d"),
        ("allowed: [research, draft, review]", "allowed: [research, draft, review, test]"),
        ("  send: {expires: 3d}", "  send: {expires: 3d}\n  publish: {expires: 1d}"),
    ],
)
def test_raising_the_budget_voids_nothing(old: str, new: str) -> None:
    assert old in GOOD
    assert clauses_digest(contract(GOOD.replace(old, new, 1)), "send") == BASE


def test_each_verb_is_judged_by_its_own_clauses() -> None:
    assert clauses_digest(contract(GOOD), "publish") != BASE


def test_the_first_tool_that_is_not_denied_carries_a_verb() -> None:
    two = GOOD.replace(
        "tools:\n",
        "tools:\n  old: {verbs: [send], connector: smtp, stance: deny}\n  note: {verbs: [send], path: notes}\n",
    )
    found = tool_for(contract(two), "send")
    assert found is not None
    assert (found[0], found[1].connector) == ("mail", "maildir")
    assert tool_for(contract(two), "publish") is None
