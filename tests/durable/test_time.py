"""P19: whatever the clocks do, ticks come as expected, what was missed is caught up once and said, sleep is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from cockpit.cli.story import Names, tell
from cockpit.client import Client
from cockpit.screens.facts import engine_runs
from engine.contract.model import Cadence
from engine.judge.cadence import next_slot, slots_after
from engine.ledger import bodies as b
from engine.ledger.reader import Reader
from engine.loop.clocks import Clocks, jump
from engine.values import DAY, HOUR, MINUTE, SECOND, Sha256
from tests.builders import approved, drafted
from tests.durable.living import NOON, Living


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def cadence(every: str, at: str | None) -> Cadence:
    return Cadence.model_validate({"check": ["m"], "every": every, "at": at}, strict=False)


class Slot(NamedTuple):
    """After a moment (UTC), a cadence in a zone comes next at a moment (UTC)."""

    name: str
    every: str
    at: str | None
    zone: str
    after: str
    slot: str


BERLIN, NEW_YORK, APIA, LORD_HOWE = "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"
SLOTS = (
    Slot("an ordinary day", "1d", "09:00", BERLIN, "2026-06-01T07:00", "2026-06-02T07:00"),
    Slot("the day before the gap", "1d", "09:00", BERLIN, "2026-03-28T08:00", "2026-03-29T07:00"),
    Slot("the day after the gap", "1d", "09:00", BERLIN, "2026-03-29T07:00", "2026-03-30T07:00"),
    Slot("within the gap", "1d", "02:30", BERLIN, "2026-03-28T01:30", "2026-03-29T01:30"),
    Slot("after a slot that the gap moved", "1d", "02:30", BERLIN, "2026-03-29T01:30", "2026-03-30T00:30"),
    Slot("at the end of the gap", "1d", "03:00", BERLIN, "2026-03-28T02:00", "2026-03-29T01:00"),
    Slot("before the gap", "1d", "01:59", BERLIN, "2026-03-28T00:59", "2026-03-29T00:59"),
    Slot("the day before the fold", "1d", "09:00", BERLIN, "2026-10-24T07:00", "2026-10-25T08:00"),
    Slot("within the fold, the first time", "1d", "02:30", BERLIN, "2026-10-24T00:30", "2026-10-25T00:30"),
    Slot("within the fold, not the second time", "1d", "02:30", BERLIN, "2026-10-25T00:30", "2026-10-26T01:30"),
    Slot("the second 02:30 is no slot", "1d", "02:30", BERLIN, "2026-10-25T01:30", "2026-10-26T01:30"),
    Slot("two days over the gap", "2d", "09:00", BERLIN, "2026-03-28T08:00", "2026-03-30T07:00"),
    Slot("a week over the fold", "7d", "09:00", BERLIN, "2026-10-20T07:00", "2026-10-27T08:00"),
    Slot("an interval over the gap", "6h", None, BERLIN, "2026-03-28T23:00", "2026-03-29T05:00"),
    Slot("an interval over the fold", "6h", None, BERLIN, "2026-10-24T22:00", "2026-10-25T04:00"),
    Slot("a day without a time of day over the gap", "1d", None, BERLIN, "2026-03-28T12:00", "2026-03-29T12:00"),
    Slot("an interval keeps no time of day", "6h", "09:00", BERLIN, "2026-06-01T00:00", "2026-06-01T06:00"),
    Slot("a gap elsewhere", "1d", "02:30", NEW_YORK, "2026-03-07T07:30", "2026-03-08T07:30"),
    Slot("a fold elsewhere", "1d", "01:30", NEW_YORK, "2026-10-31T05:30", "2026-11-01T05:30"),
    Slot("a gap of half an hour", "1d", "02:15", LORD_HOWE, "2026-10-02T15:45", "2026-10-03T15:45"),
    Slot("a day that a zone left out", "1d", "09:00", APIA, "2011-12-29T19:00", "2011-12-30T19:00"),
    Slot("a zone without daylight saving", "1d", "09:00", "Asia/Kolkata", "2026-03-28T03:30", "2026-03-29T03:30"),
    Slot("no zone", "1d", "09:00", "", "2026-03-28T09:00", "2026-03-29T09:00"),
    Slot("into a leap day", "1d", "09:00", "UTC", "2028-02-28T09:00", "2028-02-29T09:00"),
    Slot("out of a leap day", "1d", "09:00", "UTC", "2028-02-29T09:00", "2028-03-01T09:00"),
    Slot("a year without one", "1d", "09:00", "UTC", "2026-02-28T09:00", "2026-03-01T09:00"),
    Slot("a century without one", "1d", "09:00", "UTC", "2100-02-28T09:00", "2100-03-01T09:00"),
    Slot("the end of a month", "1d", "09:00", "UTC", "2026-04-30T09:00", "2026-05-01T09:00"),
    Slot("thirty days from the end of a month", "30d", "09:00", "UTC", "2026-01-31T09:00", "2026-03-02T09:00"),
    Slot("the end of a year", "1d", "09:00", "UTC", "2026-12-31T09:00", "2027-01-01T09:00"),
    Slot("midnight", "1d", "00:00", BERLIN, "2026-06-01T22:00", "2026-06-02T22:00"),
    Slot("from one zone, read in another", "1d", "09:00", NEW_YORK, "2026-06-01T07:00", "2026-06-02T13:00"),
    Slot("moved east", "1d", "09:00", "Asia/Tokyo", "2026-06-01T07:00", "2026-06-02T00:00"),
)


@pytest.mark.parametrize("case", SLOTS, ids=[case.name for case in SLOTS])
def test_p19_the_next_tick_is_the_expected_one(case: Slot) -> None:
    assert next_slot(utc(case.after), cadence(case.every, case.at), case.zone or None) == utc(case.slot)


class Away(NamedTuple):
    """A slot was due, somebody looked only at `now`: so many more were missed, and the next one is then."""

    name: str
    every: str
    at: str | None
    due: str
    now: str
    missed: int
    following: str


AWAY = (
    Away("in time", "1d", "09:00", "2026-06-01T07:00", "2026-06-01T07:00", 0, "2026-06-02T07:00"),
    Away("eight hours of sleep", "1d", "09:00", "2026-06-01T07:00", "2026-06-01T15:00", 0, "2026-06-02T07:00"),
    Away("eight hours of an hourly look", "1h", None, "2026-06-01T07:00", "2026-06-01T15:00", 8, "2026-06-01T16:00"),
    Away("a weekend", "1d", "09:00", "2026-06-05T07:00", "2026-06-08T06:00", 2, "2026-06-08T07:00"),
    Away("a weekend over the gap", "1d", "09:00", "2026-03-27T08:00", "2026-03-30T08:00", 3, "2026-03-31T07:00"),
    Away("a weekend over the fold", "1d", "09:00", "2026-10-23T07:00", "2026-10-26T07:59", 2, "2026-10-26T08:00"),
    Away("a year ahead", "1d", "09:00", "2026-06-01T07:00", "2027-06-01T07:00", 365, "2027-06-02T07:00"),
    Away("a clock that was set back", "1d", "09:00", "2026-06-02T07:00", "2026-06-01T07:00", 0, "2026-06-03T07:00"),
)


@pytest.mark.parametrize("case", AWAY, ids=[case.name for case in AWAY])
def test_p19_what_was_missed_is_counted_and_caught_up_once(case: Away) -> None:
    missed, following = slots_after(utc(case.due), utc(case.now), cadence(case.every, case.at), BERLIN)
    assert (missed, following) == (case.missed, utc(case.following))
    assert following > utc(case.now)


JUMPS = {
    "time passes": (Clocks(10 * MINUTE, 10 * MINUTE, 10 * MINUTE), None),
    "eight hours of sleep": (Clocks(8 * HOUR, 8 * HOUR, SECOND), (0, 8 * HOUR - SECOND)),
    "a nap is no sleep": (Clocks(MINUTE, MINUTE, SECOND), None),
    "a year ahead": (Clocks(365 * DAY, SECOND, SECOND), (365 * DAY - SECOND, 0)),
    "a day back": (Clocks(-DAY, SECOND, SECOND), (-DAY - SECOND, 0)),
    "a correction of seconds": (Clocks(31 * SECOND, SECOND, SECOND), None),
    "asleep, and the clock set": (Clocks(9 * HOUR, 8 * HOUR, 0), (HOUR, 8 * HOUR)),
}


@pytest.mark.parametrize("name", JUMPS)
def test_p19_sleep_is_told_from_a_clock_that_was_set(name: str) -> None:
    now, told = JUMPS[name]
    found = jump(Clocks(0, 0, 0), now)
    assert (None if found is None else (found.by, found.slept)) == told
    assert jump(None, now) is None


def test_p19_there_are_forty_cases() -> None:
    assert len(SLOTS) + len(AWAY) + len(JUMPS) >= 40


@pytest.mark.parametrize(("back", "voided"), [(0, False), (30 * SECOND, False), (2 * MINUTE, True), (DAY, True)])
def test_p19_an_approval_dies_when_the_clock_was_set_back_before_it(back: int, voided: bool) -> None:
    play = approved()
    play.base = replace(play.base, wall=play.at - back)
    play.go()
    states = {effect.state for effect in play.state().effects.values()}
    assert states == ({"expired"} if voided else {"approved"})
    if voided:
        item = play.asked(about="expired:")
        assert "the clock of this machine was set back by" in item.detail


CONTRACT = """\
mission: Write, then look every day
id: daily
target:
  statement: Somebody answers.
  met_when: mission.branches.kept >= 1
budget: {money: 5 USD, time: 60d, attempts: 60}
zone: UTC
actions:
  allowed: [draft, review]
  restricted: [send]
approvals:
  send: {expires: 5d, undo: 1s, batch: 10}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs:
  leads: leads.csv
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 1}
cadence:
  - {check: reply_rate, every: 1d, at: "09:00", after: send, for: 14d}
tools:
  mail: {need: required, stance: ask, verbs: [send], connector: maildir}
roles:
  writer: {worker: rehearsed, tier: cheap}
  reviewer: {worker: rehearsed, tier: strong}
judge:
  - {when: branch.reply_rate >= 0.5, then: keep, because: people answer}
stop:
  - {when: mission.exhausted, then: stop, because: the budget is exhausted}
plan:
  branches:
    - {id: mail, hypothesis: mail works, share: 100%}
  tasks:
    - id: write
      each: branch
      role: writer
      verb: draft
      context: [leads]
      proposes: [send]
      criteria: [{text: is polite, check: review}]
      verify: [checks, review]
      reviewer: reviewer
"""
LEADS = "name,company,email\nMaya Lind,Northwind,maya@northwind.example\n"


async def test_p19_a_sleeping_engine_catches_up_once_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "daily.yaml").write_text(CONTRACT)
    (tmp_path / "leads.csv").write_text(LEADS)
    slept = 0
    one = Living(tmp_path / "home")
    one.steady = lambda: (one.now, one.now - slept)
    async with one:
        slug = await one.begin(tmp_path / "daily.yaml", rehearse=False)
        await one.work(lambda: bool(one.state(slug).timers))
        before = one.state(slug).height
        slept = 3 * DAY + 8 * HOUR
        one.now += slept
        await one.engine.tick()
        await one.work(lambda: not one.state(slug).checks, decide=False)
        with Reader.open(one.home.ledger) as reader:
            new = [event for event in reader.events(slug) if event["height"] > before]
            home = list(reader.events("home", kinds=["clock.jump"]))
            lines = [tell(event, Names()) for event in new]
        kinds = [event["kind"] for event in new]
        assert kinds.count("check.started") == 1, "however many slots have passed, one look catches up"
        (missed,) = (event for event in new if event["kind"] == "timer.missed")
        assert missed["body"]["slots"] == 2, "the first of three slots is the one that is caught up"
        assert any("2 looks at reply_rate missed while nothing ran; one look now catches up" in line for line in lines)
        assert [event["body"] for event in home] == [{"slept": slept}]
        assert one.state(slug).missed == 2
        due = min(timer.due for timer in one.state(slug).timers.values())
        assert datetime.fromtimestamp(due / 1000, UTC).strftime("%H:%M") == "09:00"
        assert one.now < due <= one.now + DAY
        await one.engine.beat()
        client = Client(one.home, clock=lambda: one.now)
        client.pull()
        header = "".join(run.text for run in engine_runs(client.views, one.now + HOUR, 120, ""))
        client.close()
    assert "engine live, slept 3d 8h" in header


async def test_p19_a_clock_that_is_set_back_stops_no_window_and_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "daily.yaml").write_text(CONTRACT)
    (tmp_path / "leads.csv").write_text(LEADS)
    one = Living(tmp_path / "home")
    passed = 0
    one.steady = lambda: (passed, passed)
    async with one:
        slug = await one.begin(tmp_path / "daily.yaml", rehearse=False)
        await one.work(lambda: any(e.state == "approved" for e in one.state(slug).effects.values()))
        one.now -= DAY
        await one.engine.tick()
        assert {effect.state for effect in one.state(slug).effects.values()} == {"expired"}
        with Reader.open(one.home.ledger) as reader:
            (told,) = reader.events("home", kinds=["clock.jump"])
        assert told["body"]["by"] == -DAY
        await one.work(lambda: any(e.state == "done" for e in one.state(slug).effects.values()))
        runner = one.engine.runners[next(iter(one.engine.runners))]
        began = runner.now
        one.now += 10 * MINUTE
        assert runner.now == began + 10 * MINUTE, "mission time goes on where it was"
    assert began >= NOON


def test_p19_some_of_several_people_who_said_yes_are_asked_again() -> None:
    play = drafted()
    item = play.asked("approve")
    effect = play.state().effects[item.refs[0]]
    play.record(
        b.ApprovalGiven(
            attention=item.id, digest=Sha256(play.shown(item.id)), clauses=effect.clauses, person="human:ada", people=2
        )
    )
    play.base = replace(play.base, wall=play.at - DAY)
    play.go()
    again = play.asked("approve")
    assert (again.id != item.id, again.refs, again.given) == (True, item.refs, [])
