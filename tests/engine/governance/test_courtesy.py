"""Who may be written to, how often, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
    crossings,
    within_hours,
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
        (contacts(-DAY), Limits(gap_ms=MINUTE), NOW + DAY + MINUTE),
        (contacts(-300 * DAY), Limits(per_day=1, per_domain_day=1, gap_ms=MINUTE), None),
    ],
)
def test_a_limit_holds_until_it_has_room(recent: tuple[Contact, ...], limits: Limits, until: int | None) -> None:
    held = verdict(history=History(recent=recent), limits=limits)
    assert (held.until_ms if isinstance(held, Held) else None) == until


def test_the_longest_hold_is_given_with_its_reason() -> None:
    recent = contacts(HOUR, domain="a.example")
    held = verdict(history=History(recent=recent), limits=Limits(gap_ms=2 * HOUR, per_domain_day=1))
    assert held == Held(NOW - HOUR + DAY, "1 contacts a day at one domain")


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


# -- hours


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    """A local time in milliseconds UTC."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp() * 1000)


WORK = (9 * 60, 17 * 60)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-01-15T09:00", "2026-01-15T09:00"),
        ("2026-01-15T16:59:59", "2026-01-15T16:59:59"),
        ("2026-01-15T17:00", "2026-01-16T09:00"),
        ("2026-01-15T08:59:59", "2026-01-15T09:00"),
        ("2026-03-28T18:00", "2026-03-29T09:00"),
        ("2026-10-24T18:00", "2026-10-25T09:00"),
        ("2026-12-31T23:00", "2027-01-01T09:00"),
    ],
)
def test_outside_of_the_hours_a_contact_waits_for_the_next_opening(now: str, opens: str) -> None:
    assert within_hours(at(now), WORK, "Europe/Berlin") == at(opens)


def test_hours_that_a_change_of_clocks_skips_begin_when_it_has_passed() -> None:
    skipped = (2 * 60 + 30, 4 * 60)
    assert within_hours(at("2026-03-29T01:00"), skipped, "Europe/Berlin") == at("2026-03-29T03:00")
    wholly = (2 * 60, 3 * 60)
    assert within_hours(at("2026-03-29T01:00"), wholly, "Europe/Berlin") == at("2026-03-30T02:00")


def test_hours_that_occur_twice_are_open_both_times() -> None:
    twice = (2 * 60, 3 * 60)
    for fold in (0, 1):
        moment = at("2026-10-25T02:30", fold=fold)
        assert within_hours(moment, twice, "Europe/Berlin") == moment


def test_a_limit_that_ends_at_night_holds_until_the_morning() -> None:
    now = at("2026-01-15T16:00")
    recent = (Contact("x", "z.example", now),)
    limits = Limits(gap_ms=2 * HOUR, hours=WORK)
    held = verdict(history=History(recent=recent), limits=limits, now_ms=now, zone="Europe/Berlin")
    assert held == Held(at("2026-01-16T09:00"), "contacts between 09:00 and 17:00 only")


@pytest.mark.parametrize("hours", [(0, 0), (600, 540), (-1, 60), (0, 1441)])
def test_hours_that_are_none_cannot_be_set(hours: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="hours"):
        Limits(hours=hours)


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)


@given(
    st.integers(1_600_000_000_000, 2_000_000_000_000),
    st.integers(0, 1439).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 1440))),
    ZONES,
)
def test_the_opening_is_the_first_moment_whose_clock_shows_the_hours(
    now: int, hours: tuple[int, int], zone: str
) -> None:
    def shows(ms: int) -> bool:
        local = datetime.fromtimestamp(ms // 1000, ZoneInfo(zone))
        return hours[0] <= local.hour * 60 + local.minute < hours[1]

    opens = within_hours(now, hours, zone)
    assert opens >= now
    assert shows(opens)
    if opens > now:
        assert not shows(now)
        assert not shows(opens - 1)
        assert opens - now < 2 * DAY + 2 * HOUR


@given(
    ages,
    st.integers(1, 6),
    st.integers(0, 1380).map(lambda start: (start, start + 60)),
    ZONES,
    st.sampled_from([0, HOUR, DAY]),
)
def test_waiting_until_a_hold_ends_is_enough_with_hours_too(
    past: list[int], per_day: int, hours: tuple[int, int], zone: str, gap: int
) -> None:
    given: dict[str, Any] = {
        "history": History(recent=contacts(*past, domain="a.example")),
        "limits": Limits(per_day=per_day, gap_ms=gap, hours=hours),
        "zone": zone,
    }
    first = verdict(**given)
    if isinstance(first, Held):
        assert first.until_ms > NOW
        assert verdict(**given, now_ms=first.until_ms) == Allowed()


# -- bounces


@pytest.mark.parametrize(
    ("sent", "bounced", "crossed"),
    [
        (range(19), [50], (0, False)),
        (range(20), [], (0, False)),
        (range(20), [50], (1, True)),
        (range(20), [50, 51, 52], (1, True)),
        (range(21), [50], (0, False)),
        ([*range(20), 60], [50], (1, False)),
        ([*range(20), *range(60, 80)], [50, 90], (2, True)),
        ([*range(10), *range(60, 70)], [50], (1, True)),
    ],
)
def test_a_threshold_is_crossed_as_often_as_the_share_rises_to_it(
    sent: Iterable[int], bounced: list[int], crossed: tuple[int, bool]
) -> None:
    assert crossings(sent, bounced, Limits()) == crossed
