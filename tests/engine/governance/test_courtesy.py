"""Who may be written to, how often, and when."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.model import Lawful
from engine.governance.courtesy import (
    Allowed,
    Contact,
    Held,
    History,
    Limits,
    Recipient,
    Refused,
    Verdict,
    contact_verdict,
)
from engine.values import DAY, HOUR, MINUTE

NOW = 1_763_000_000_000
BOB, EVE, CARL = Recipient("bob", "a.example"), Recipient("eve", "a.example"), Recipient("carl", "b.example")
LAWFUL = Lawful(country="DE", basis="business contact", source="leads.csv")


def verdict(*recipients: Recipient, verb: str = "send", **changes: Any) -> Verdict:
    given: dict[str, Any] = {
        "branch": "gtm/B1",
        "now_ms": NOW,
        "history": History(),
        "identity": True,
        "lawful": LAWFUL,
    }
    return contact_verdict(recipients or (BOB,), verb, **(given | changes))


def contacts(*ages: int, domain: str = "z.example") -> tuple[Contact, ...]:
    return tuple(Contact(f"p{number}", domain, NOW - age) for number, age in enumerate(ages))


def test_a_first_contact_is_allowed() -> None:
    assert verdict() == Allowed()
    assert verdict(verb="contact") == Allowed()


def test_other_verbs_are_none_of_its_business() -> None:
    history = History(suppressed=frozenset({"bob"}))
    assert verdict(verb="deploy", history=history, identity=False, lawful=None) == Allowed()


@pytest.mark.parametrize("verb", ["send", "contact"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"identity": False}, "no-identity"),
        ({"lawful": None}, "no-lawful"),
        ({"history": History(suppressed=frozenset({"bob"}))}, "suppressed"),
        ({"history": History(first={"bob": "gtm/B2"})}, "contacted"),
        ({"history": History(first={"bob": "ops/B1"}), "limits": Limits(follow_ups=True)}, "contacted"),
        ({"history": History(first={"bob": "gtm/B1"})}, "contacted"),
        ({"limits": Limits(per_day=0)}, "over-limit"),
        ({"limits": Limits(per_domain_day=0)}, "over-limit"),
    ],
)
def test_what_may_never_be_sent_is_refused(verb: str, changes: dict[str, Any], code: str) -> None:
    refused = verdict(verb=verb, **changes)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_an_effect_without_recipients_is_refused() -> None:
    refused = contact_verdict((), "send", branch="b", now_ms=NOW, history=History(), identity=True, lawful=LAWFUL)
    assert isinstance(refused, Refused)
    assert refused.code == "no-recipient"


def test_one_suppressed_person_refuses_the_whole_effect() -> None:
    assert isinstance(verdict(CARL, EVE, BOB, history=History(suppressed=frozenset({"bob"}))), Refused)


def test_the_branch_that_wrote_first_may_follow_up_when_the_limits_say_so() -> None:
    assert verdict(history=History(first={"bob": "gtm/B1"}), limits=Limits(follow_ups=True)) == Allowed()


def test_suppression_wins_over_a_limit_that_only_holds() -> None:
    history = History(suppressed=frozenset({"bob"}), recent=contacts(*range(60)))
    assert isinstance(verdict(history=history), Refused)


@pytest.mark.parametrize(
    ("recent", "limits", "until"),
    [
        (contacts(MINUTE), Limits(gap_ms=MINUTE), None),
        (contacts(MINUTE - 1), Limits(gap_ms=MINUTE), NOW + 1),
        (contacts(1, 2), Limits(per_day=2), NOW - 2 + DAY),
        (contacts(1, DAY), Limits(per_day=2), None),
        (contacts(1, DAY - 1), Limits(per_day=2), NOW + 1),
        (contacts(1, 2, 3, 4), Limits(per_day=2), NOW - 2 + DAY),
        (contacts(HOUR, 2 * HOUR, domain="a.example"), Limits(per_domain_day=2), NOW - 2 * HOUR + DAY),
        (contacts(HOUR, 2 * HOUR, domain="b.example"), Limits(per_domain_day=2), None),
        (contacts(-HOUR), Limits(per_day=1), NOW + HOUR + DAY),
    ],
)
def test_a_limit_holds_until_it_has_room(recent: tuple[Contact, ...], limits: Limits, until: int | None) -> None:
    held = verdict(history=History(recent=recent), limits=limits)
    assert (held.until_ms if isinstance(held, Held) else None) == until


def test_the_longest_hold_is_given_with_its_reason() -> None:
    recent = contacts(HOUR, domain="a.example")
    held = verdict(history=History(recent=recent), limits=Limits(gap_ms=2 * HOUR, per_domain_day=1))
    assert held == Held(NOW - HOUR + DAY, "1 contacts a day at a.example")


def test_a_person_named_twice_counts_once() -> None:
    assert verdict(BOB, BOB, limits=Limits(per_day=1)) == Allowed()
    refused = verdict(BOB, EVE, limits=Limits(per_domain_day=1))
    assert isinstance(refused, Refused)
    assert refused.code == "over-limit"


ages = st.lists(st.integers(-DAY, 2 * DAY), max_size=12)


@given(
    ages,
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([0, 1, HOUR, DAY]),
    st.sets(st.sampled_from([BOB, EVE, CARL]), min_size=1),
)
def test_waiting_until_a_hold_ends_is_enough(
    past: list[int], per_day: int, per_domain: int, gap: int, recipients: set[Recipient]
) -> None:
    history = History(recent=contacts(*past, domain="a.example"))
    limits = Limits(per_day=per_day, per_domain_day=per_domain, gap_ms=gap)
    first = verdict(*recipients, history=history, limits=limits)
    if isinstance(first, Held):
        assert first.until_ms > NOW
        assert verdict(*recipients, history=history, limits=limits, now_ms=first.until_ms) == Allowed()
        assert isinstance(verdict(*recipients, history=history, limits=limits, now_ms=first.until_ms - 1), Held)


@given(st.lists(st.integers(0, DAY * 3), max_size=30), st.integers(1, 5))
def test_no_day_ever_holds_more_than_its_limit(times: list[int], limit: int) -> None:
    made: list[Contact] = []
    for number, at in enumerate(sorted(times)):
        one = Recipient(f"p{number}", "a.example")
        history = History(recent=tuple(made))
        if verdict(one, history=history, limits=Limits(per_day=limit, per_domain_day=99), now_ms=at) == Allowed():
            made.append(Contact(one.person, one.domain, at))
    for contact in made:
        assert sum(contact.at_ms <= other.at_ms < contact.at_ms + DAY for other in made) <= limit
