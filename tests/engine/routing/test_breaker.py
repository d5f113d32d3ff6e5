"""What an attempt's end says about its model, and who cannot be asked because of it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.routing.breaker import FIRST, LONG, LONGEST, THROTTLED, THROTTLED_MOST, Bar, Ended, barred, learnt
from engine.routing.catalogue import Candidate
from engine.state.home import HomeState, evolve_home
from engine.values import DAY, HOME, HOUR, MINUTE, SECOND, Sha256
from engine.workers.protocol import Failed

ADA = Candidate("ada", "model", model="ada", provider="north")
BOB = Candidate("bob", "model", model="bob", provider="north")
CLEO = Candidate("cleo", "model", model="cleo", provider="south")
EVERYBODY = (ADA, BOB, CLEO)
NOW = 1_800_000_000_000
ACCIDENTS = ("provider_error", "unreachable", "timeout", "stalled", "cut", "garbled", "no_answer", "key_late")
MENDS = ("key_refused", "key_missing", "not_found")
CONTENT = ("too_long", "too_much", "refused", "unusable")
SILENT = ("broken_install", "host_lost", "reconfigured", "")


class House:
    """A home stream that hears of attempts. `at` is the wall clock."""

    def __init__(self) -> None:
        self.state, self.at, self._jobs = HomeState(), NOW, 0
        self.told: list[b.Body] = []

    def hear(
        self, who: Candidate, fault: str = "", *, good: bool = False, began: int | None = None, **more: Any
    ) -> Any:
        """An attempt ended now; it began now too, unless a test says otherwise. What was recorded, if anything."""
        self._jobs += 1
        given: dict[str, Any] = {"job": f"gtm/A{self._jobs}", "setup": who.setup, "because": f"{who.name} {fault}"}
        ended = Ended(at=self.at if began is None else began, good=good, fault=fault, **(given | more))
        bodies = learnt(self.state, who, ended, self.at)
        assert len(bodies) <= 1
        for body in bodies:
            self.record(body)
        return bodies[0] if bodies else None

    def record(self, body: b.Body) -> None:
        new, none = body.event(at=self.at), Sha256("")
        height = self.state.height + 1
        event = Event(height, HOME, height, new.kind, 1, new.body, none, "", none, self.at, self.at, "engine", 1)
        self.told.append(body)
        evolve_home(self.state, event)

    def out(self, *trying: tuple[str, int]) -> dict[str, Bar]:
        tried: dict[str, list[int]] = {}
        for name, at in trying:
            tried.setdefault(name, []).append(at)
        return barred(self.state, EVERYBODY, self.at, tried)

    def pause(self, ms: int) -> House:
        self.at += ms
        return self


@pytest.mark.parametrize("fault", ACCIDENTS)
def test_one_accident_bars_nobody_and_a_second_in_a_row_bars_the_model(fault: str) -> None:
    house = House()
    house.hear(ADA, fault)
    assert house.out() == {}
    house.hear(ADA, fault)
    assert list(house.out()) == ["ada"]
    assert house.out()["ada"].until == house.at + FIRST
    assert bool(house.out()["ada"].mend) is (fault == "key_late"), "somebody may unlock the keyring"


def test_a_good_answer_in_between_forgets_the_accident() -> None:
    house = House()
    house.hear(ADA, "cut")
    assert isinstance(house.hear(ADA, good=True), b.ModelRecovered)
    house.hear(ADA, "cut")
    assert house.out() == {}


@pytest.mark.parametrize(
    ("said", "until"), [(0, THROTTLED), (2_000, 2_000), (THROTTLED_MOST, HOUR), (10 * HOUR, THROTTLED_MOST)]
)
def test_a_throttled_model_is_left_alone_as_long_as_it_says(said: int, until: int) -> None:
    house = House()
    house.hear(ADA, "throttled", retry_after=said)
    assert house.out()["ada"] == Bar("throttled", NOW + until, NOW)
    assert house.pause(until).out() == {}


@pytest.mark.parametrize("fault", MENDS)
def test_what_somebody_has_to_mend_bars_at_once_and_names_the_mend(fault: str) -> None:
    house = House()
    house.hear(ADA, fault, because="ada needs the key keyring:north: set it with cockpit keys")
    bar = house.out()["ada"]
    assert bar.until == NOW + LONGEST
    assert "keyring:north" in bar.mend
    assert list(house.out()) == ["ada"]
    assert house.pause(LONGEST).out() == {}


@pytest.mark.parametrize("fault", CONTENT)
def test_a_fault_of_the_answer_is_no_outage_and_says_that_somebody_is_there(fault: str) -> None:
    house = House()
    for _ in range(5):
        assert house.hear(ADA, fault) is None
    house.hear(ADA, "cut")
    assert isinstance(house.hear(ADA, fault), b.ModelRecovered)


@pytest.mark.parametrize("fault", SILENT)
def test_a_fault_of_this_machine_says_nothing_of_the_model(fault: str) -> None:
    house = House()
    house.hear(ADA, "cut")
    for _ in range(5):
        assert house.hear(ADA, fault) is None
    house.hear(ADA, "cut")
    assert list(house.out()) == ["ada"]


def test_every_fault_is_one_the_breaker_knows_how_to_take() -> None:
    known = {*ACCIDENTS, *MENDS, *CONTENT, *SILENT, "throttled"}
    assert known == set(Failed.model_fields["fault"].annotation.__args__)  # type: ignore[union-attr]


def test_each_failed_probe_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    house, waits = House(), []
    house.hear(ADA, "unreachable")
    for _ in range(8):
        house.hear(ADA, "unreachable")
        waits.append(house.out()["ada"].until - house.at)
        house.pause(waits[-1])
    assert [wait // SECOND for wait in waits] == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_throttled_model_that_does_not_say_how_long_is_left_alone_for_longer_and_longer() -> None:
    house, waits = House(), []
    for _ in range(7):
        house.hear(ADA, "throttled")
        waits.append(house.out()["ada"].until - house.at)
        house.pause(waits[-1])
    assert [wait // MINUTE for wait in waits] == [1, 2, 4, 8, 15, 15, 15]


def test_who_says_to_come_back_at_once_for_ever_is_not_believed_for_ever() -> None:
    house, waits = House(), []
    for _ in range(12):
        house.hear(ADA, "throttled", retry_after=SECOND)
        waits.append(house.out()["ada"].until - house.at)
        house.pause(waits[-1])
    assert [wait // SECOND for wait in waits] == [1, 1, 1, 1, 30, 60, 120, 240, 480, 900, 900, 900]


@pytest.mark.parametrize("fault", ["unreachable", "throttled", "key_missing"])
def test_a_bar_that_a_wrong_clock_has_set_bars_nobody(fault: str) -> None:
    house = House()
    house.at += 300 * DAY
    for _ in range(2):
        house.hear(ADA, fault)
        house.hear(BOB, fault)
    assert sorted(house.out()) == ["ada", "bob"]
    house.at -= 300 * DAY
    assert house.out() == {}
    told = house.hear(ADA, fault)
    assert told is not None, "and what comes next is heard"
    assert 0 < house.out()["ada"].until - house.at <= HOUR
    assert house.out()["ada"].since <= house.at


def test_after_the_wait_one_attempt_is_the_probe_and_nobody_is_sent_along() -> None:
    house = House()
    house.hear(ADA, "unreachable")
    house.hear(ADA, "unreachable")
    house.pause(FIRST)
    assert house.out() == {}
    bar = house.out(("ada", house.at))["ada"]
    assert (bar.tried, bar.words) == (True, "not reachable; it is being tried again")
    assert isinstance(house.pause(1).hear(ADA, good=True), b.ModelRecovered)
    assert house.out(("ada", house.at)) == {}


def test_an_attempt_from_before_the_outage_is_no_probe() -> None:
    house = House()
    house.hear(ADA, "unreachable")
    house.hear(ADA, "unreachable")
    house.pause(FIRST)
    assert house.out(("ada", NOW)) == {}


@pytest.mark.parametrize("good", [True, False])
def test_attempts_from_before_the_outage_do_not_tell_how_it_goes_on(good: bool) -> None:
    house = House()
    house.hear(ADA, "unreachable")
    house.hear(ADA, "unreachable")
    before = house.out()
    assert house.pause(SECOND).hear(ADA, "" if good else "unreachable", good=good, began=NOW) is None
    assert house.out() == before


def test_three_failures_over_a_provider_bar_all_of_it_and_nobody_elses() -> None:
    house = House()
    for who in (ADA, BOB, ADA):
        house.hear(who, "provider_error")
    assert sorted(house.out()) == ["ada", "bob"]
    assert house.out()["bob"].reason.startswith("north: ")
    assert "cleo" not in house.out()


def test_one_models_failures_alone_do_not_condemn_its_provider() -> None:
    house = House()
    for _ in range(4):
        house.hear(ADA, "provider_error")
        house.pause(LONGEST)
    house.hear(ADA, "provider_error")
    assert list(house.out()) == ["ada"]


def test_a_sibling_that_answers_clears_the_provider() -> None:
    house = House()
    for who in (ADA, BOB, ADA):
        house.hear(who, "provider_error")
    house.pause(LONGEST)
    assert isinstance(house.hear(BOB, good=True), b.ModelRecovered)
    assert house.state.providers == {}
    assert house.out() == {}


def test_throttling_and_keys_are_not_held_against_the_provider() -> None:
    house = House()
    for fault in ("throttled", "key_refused", "not_found", "key_late"):
        house.hear(ADA, fault)
        house.hear(BOB, fault)
        house.pause(HOUR)
    assert house.state.providers == {}


def test_a_provider_has_one_probe_too() -> None:
    house = House()
    for who in (ADA, BOB, ADA):
        house.hear(who, "unreachable")
    house.pause(LONGEST)
    assert sorted(house.out(("ada", house.at))) == ["ada", "bob"]


def test_a_changed_configuration_is_tried_at_once() -> None:
    house = House()
    house.hear(ADA, "key_refused")
    mended = Candidate("ada", "model", model="ada", provider="north", setup="other")
    assert barred(house.state, (mended,), house.at) == {}
    assert house.hear(mended, "key_refused", setup="") is None, "the attempt ran over the old configuration"
    told = house.hear(mended, "unreachable")
    assert (told.failures, told.until) == (1, 0)


def test_the_same_job_counts_once() -> None:
    house = House()
    for _ in range(3):
        house.hear(ADA, "cut", job="gtm/A1.1")
    assert house.state.models["ada"].failures == 1


def test_what_is_said_again_after_it_was_cleared_clears_nothing_twice() -> None:
    house = House()
    house.hear(ADA, "cut")
    assert house.hear(ADA, good=True)
    assert house.hear(ADA, good=True) is None


def test_an_outage_remembers_when_it_began() -> None:
    house = House()
    house.hear(ADA, "throttled")
    for _ in range(20):
        house.pause(LONGEST)
        house.hear(ADA, "throttled")
    bar = house.out()["ada"]
    assert (bar.since, bar.long, bar.until - bar.since >= LONG) == (NOW, True, True)
    house.pause(LONGEST)
    assert house.out(("ada", house.at))["ada"].long, "nor does it become short while it is being tried"
    house.hear(ADA, good=True)
    house.hear(ADA, "throttled")
    assert not house.out()["ada"].long


def test_a_bar_says_when_it_ends() -> None:
    assert Bar("throttled", 50_580_000).words == "throttled until 14:03 UTC"
    assert Bar("being tried").words == "being tried"
