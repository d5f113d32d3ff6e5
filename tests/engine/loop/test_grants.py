"""Standing grants: within their limits, for what nobody outside has steered, counted once, dead with their clauses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.effects.protocol import Destination
from engine.governance.clauses import clauses_digest
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer
from engine.values import HOUR
from engine.workers.protocol import EffectOut, Handoff
from tests.builders import EVERYTHING, WORLD, Play, contract
from tests.engine.contract.sample import linted

URL = "https://hooks.yours.example/publish"
PAGE = Destination("webhook", URL, "a" * 64, "application/json")
PAGES = replace(WORLD, connectors={"blind": "dedup", "sandbox": "lookup"}, destinations={"blind": PAGE})
STANDING = 'standing: {count: 2, money: 5 USD, until: "2099-12-31"}'
TEXT = """\
mission: Publish what was found
id: gtm
zone: Europe/Berlin
target: {statement: Pages are out}
budget: {money: 100 USD}
actions: {allowed: [research, draft, review], restricted: [publish, spend]}
approvals: {publish: {expires: 3d, undo: 10s, MORE}}
inputs: {leads: {path: leads.csv, trust: TRUST}}
tools: {page: {need: required, verbs: [publish, spend], connector: blind}}
roles:
  writer: {worker: command, command: [write]}
plan:
  tasks:
    - {id: write, role: writer, context: [leads], proposes: [publish], budget: 2 USD,
       criteria: [{text: short, check: {max_words: 60}}]}
    - {id: again, role: writer, needs: [write], proposes: [publish], budget: 2 USD,
       criteria: [{text: short, check: {max_words: 60}}]}
"""


def text(more: str = "batch: 10", trust: str = "trusted") -> str:
    """The contract, with more said of approvals."""
    return TEXT.replace("MORE", more).replace("TRUST", trust)


def play(more: str = "batch: 10", trust: str = "trusted") -> Play:
    """The mission, its writer at work."""
    return Play(text(more, trust), world=PAGES).go()


def pages(count: int, amount: str = "") -> Handoff:
    """A handoff that proposes so many publications."""
    effects = tuple(EffectOut(verb="publish", body=f'{{"n": {n}}}', amount=amount) for n in range(count))
    return Handoff(summary="written", effects=effects)


def grant(made: Play, **more: Any) -> Answer:
    """Ada gives a grant for two publications."""
    said: dict[str, Any] = {"verb": "publish", "count": 2, "because": "drafts are fine"}
    return made.say("grant", **(said | more))


def day(made: Play, days: int) -> str:
    """The day so many days from the mission's now."""
    from datetime import UTC, datetime, timedelta

    return (datetime.fromtimestamp(made.at / 1000, UTC) + timedelta(days=days)).date().isoformat()


def states(made: Play) -> list[str]:
    """What became of each effect."""
    return [effect.state for effect in made.state().effects.values()]


def test_so_many_leave_without_being_asked_about_and_the_next_one_is() -> None:
    made = play()
    assert grant(made, until=day(made, 3)).ids == ("N1",)
    made.hand_off("A1.1", pages(3))
    assert states(made) == ["approved", "approved", "awaiting"]
    approved = [e.body for e in made.events if e.kind == "effect.approved"]
    assert [body["grant"] for body in approved] == ["N1", "N1"]
    assert made.state().grants["N1"].used == 2
    assert made.asked("approve").refs == ("F3",)
    made.wait(10_000).go()
    assert len(made.jobs) == 3  # two that leave, and the next task
    made.hand_off("A2.1", pages(1))
    assert states(made)[-1] == "awaiting"


def test_without_a_grant_everything_is_asked_about() -> None:
    made = play()
    made.hand_off("A1.1", pages(2))
    assert states(made) == ["awaiting", "awaiting"]


def test_what_somebody_outside_may_have_steered_is_asked_about() -> None:
    made = play(trust="untrusted")
    grant(made, until=day(made, 3))
    made.hand_off("A1.1", pages(1))
    assert states(made) == ["awaiting"]
    made.yes(made.asked("approve").id)
    made.hand_off("A2.1", pages(1))  # it builds on what was written from the same input
    assert states(made)[-1] == "awaiting"


def test_a_grant_covers_no_more_money_than_it_says() -> None:
    made = play()
    grant(made, until=day(made, 3), money="5 USD", count=5)
    made.hand_off("A1.1", pages(3, amount="2.00 USD"))
    assert states(made) == ["approved", "approved", "awaiting"]
    assert made.state().grants["N1"].spent == 4_000_000
    other = play()
    grant(other, until=day(other, 3), count=5)
    other.hand_off("A1.1", pages(1, amount="0.01 USD"))
    assert states(other) == ["awaiting"]


@pytest.mark.parametrize(("hosts", "wanted"), [(["hooks.yours.example"], "approved"), (["other.example"], "awaiting")])
def test_a_grant_covers_its_hosts_alone(hosts: list[str], wanted: str) -> None:
    made = play()
    grant(made, until=day(made, 3), hosts=hosts)
    made.hand_off("A1.1", pages(1))
    assert states(made) == [wanted]


def test_a_grant_expires_and_what_it_approved_does_not_outlive_it() -> None:
    made = play()
    grant(made, until=day(made, 0))
    until = made.state().grants["N1"].until
    made.hand_off("A1.1", pages(1))
    assert made.state().effects["F1"].expires == until
    late = play()
    grant(late, until=day(late, 0))
    late.at = late.state().grants["N1"].until
    late.hand_off("A1.1", pages(1))
    assert states(late) == ["awaiting"]


def test_a_grant_dies_with_the_clauses_that_judge_its_verb_and_with_another_configuration() -> None:
    made = play()
    grant(made, until=day(made, 3))
    made.base = replace(PAGES, destinations={"blind": replace(PAGE, setup="b" * 64)})
    made.hand_off("A1.1", pages(1))
    assert states(made) == ["awaiting"]
    other = play()
    grant(other, until=day(other, 3))
    other.state().contract = contract(
        text("batch: 10, undo: 20s".replace("undo: 20s", "people: 1")).replace("10s", "30s")
    )
    other.hand_off("A1.1", pages(1))
    assert states(other) == ["awaiting"]


def test_revoking_takes_back_what_has_not_left() -> None:
    made = play()
    grant(made, until=day(made, 3))
    made.hand_off("A1.1", pages(1))
    assert made.say("revoke", grant="N1").ids == ("F1",)
    made.wait(20_000).go()
    assert states(made) == ["withdrawn"]
    assert "revoked already" in made.say("revoke", grant="N1").error
    made.hand_off("A2.1", pages(1))
    assert states(made)[-1] == "awaiting"


def test_a_revoked_grant_sends_nothing_that_came_back_from_the_wire() -> None:
    made = play()
    grant(made, until=day(made, 3))
    made.hand_off("A1.1", pages(1))
    made.wait(10_000).go()
    made.say("revoke", grant="N1")
    made.record(b.EffectPostponed(effect="F1", because="not now")).wait(HOUR).go()
    assert states(made) == ["withdrawn"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"verb": "spend"}, "decided every time"),
        ({"verb": "send"}, "not in actions.restricted"),
        ({"count": 0}, "1 to 1000"),
        ({"count": True}, "1 to 1000"),
        ({"until": "2026-02-30"}, "a day such as"),
        ({"until": "2020-01-01"}, "the end of the grant is past"),
        ({"until": "2099-01-01"}, "a day of the next 366"),
        ({"money": "much"}, "an amount such as"),
    ],
)
def test_what_is_no_grant_is_refused(more: dict[str, Any], said: str) -> None:
    made = play()
    assert said in grant(made, **({"until": day(made, 3)} | more)).error
    assert not made.state().grants


def test_two_people_leave_no_room_for_one_persons_grant() -> None:
    made = play("people: 2")
    assert "needs 2 people" in grant(made, until=day(made, 3)).error


def test_a_contract_grants_what_it_says_once_for_each_wording() -> None:
    made = play(STANDING)
    (given,) = made.state().grants.values()
    assert (given.source, given.count, given.micro_usd) == ("contract", 2, 5_000_000)
    made.hand_off("A1.1", pages(1))
    made.state().contract = contract(text(STANDING).replace("undo: 10s", "undo: 20s"))
    made.go()
    assert [g.count for g in made.state().grants.values()] == [2, 1]
    made.hand_off("A2.1", pages(2))
    assert states(made)[-2:] == ["approved", "awaiting"]


def test_lint_knows_what_may_stand() -> None:
    assert {p.code for p in linted(text(STANDING), provided=EVERYTHING)} == set()
    spends = text().replace("approvals: {", f"approvals: {{spend: {{{STANDING}}}, ")
    assert {p.code for p in linted(spends)} >= {"E208"}
    assert {p.code for p in linted(text(f"people: 2, {STANDING}"))} >= {"E209"}
    assert {p.code for p in linted(text(STANDING.replace("12-31", "02-30")))} >= {"E210"}


def test_p3_the_digest_of_clauses_is_that_of_the_first_release() -> None:
    """What is waiting in a ledger of the first release must not die because this one has more clauses."""
    first = "e04972cb"
    assert clauses_digest(contract(text()), "publish")[:8] == first
