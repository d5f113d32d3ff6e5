"""When a key may decide, as a table and as properties. No real time passes here."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.screens.attention import arming
from cockpit.screens.attention.arming import Arming
from cockpit.screens.attention.focus import Focus


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def _made(digest: str = "d") -> tuple[Arming, Clock]:
    clock = Clock()
    arm = Arming(clock)
    arm.drawn(digest)
    return arm, clock


def _press(arm: Arming, clock: Clock, after: float, digest: str = "d") -> str:
    clock.now += after
    arm.key()
    return arm.press("approve", digest)


@pytest.mark.parametrize(
    ("after", "digest", "said"),
    [
        (0.0, "d", arming.EARLY),
        (0.49, "d", arming.EARLY),
        (0.51, "d", ""),
        (60.0, "d", ""),
        (0.6, "another", arming.CHANGED),
        (0.6, "", arming.CHANGED),
    ],
)
def test_a_key_arms_half_a_second_after_the_bytes_of_this_item(after: float, digest: str, said: str) -> None:
    arm, clock = _made()
    assert _press(arm, clock, after, digest) == said


@pytest.mark.parametrize(("gap", "said"), [(0.0, arming.FAST), (0.14, arming.FAST), (0.16, "")])
def test_a_key_right_after_another_decides_nothing(gap: float, said: str) -> None:
    arm, clock = _made()
    clock.now += 5
    arm.key()
    assert _press(arm, clock, gap) == said


def test_a_held_decision_is_made_once_and_after_a_silence() -> None:
    arm, clock = _made()
    assert _press(arm, clock, 1) == ""
    assert arm.settled("approve", "d") == "wait"
    clock.now += 0.2
    assert arm.settled("reject", "d") == "no"
    assert _press(arm, clock, 1) == ""
    clock.now += 0.2
    assert arm.settled("approve", "d") == "yes"
    assert arm.settled("approve", "d") == "no"


def test_any_key_in_the_silence_spoils_it() -> None:
    arm, clock = _made()
    assert _press(arm, clock, 1) == ""
    clock.now += 0.05
    assert arm.key()
    clock.now += 5
    assert arm.settled("approve", "d") == "no"


@pytest.mark.parametrize("what", ["swapped", "hidden", "redrawn"])
def test_an_item_that_changes_in_the_silence_is_not_decided(what: str) -> None:
    arm, clock = _made()
    assert _press(arm, clock, 1) == ""
    if what == "hidden":
        arm.hidden()
    elif what == "redrawn":
        arm.drawn("other")
    clock.now += 1
    assert arm.settled("approve", "other" if what == "swapped" else "d") == "no"


def test_drawing_the_same_bytes_again_does_not_begin_anew() -> None:
    arm, clock = _made()
    clock.now += 0.4
    arm.drawn("d")
    assert _press(arm, clock, 0.2) == ""


def test_what_is_not_on_the_screen_cannot_be_decided() -> None:
    arm, clock = _made()
    arm.hidden()
    assert _press(arm, clock, 9) == arming.HIDDEN
    arm.drawn("d")
    assert _press(arm, clock, 0.3) == arming.EARLY


def test_a_key_counts_from_when_it_was_pressed_not_from_when_it_was_handled() -> None:
    arm, clock = _made()
    clock.now += 0.9
    arm.key(lag=0.7)
    assert arm.press("approve", "d") == arming.EARLY


def test_a_paste_takes_another_look() -> None:
    arm, clock = _made()
    clock.now += 9
    arm.pasted()
    assert _press(arm, clock, 0.3) == arming.EARLY
    assert _press(arm, clock, 0.6) == ""


def test_a_burst_locks_and_only_unlocking_and_another_look_help() -> None:
    arm, clock = _made()
    clock.now += 5
    said = [_press(arm, clock, 0.3) for _n in range(4)]
    assert said[0] == ""
    assert said[3] == arming.LOCKED
    assert arm.locked
    assert not arm.armed("d")
    assert _press(arm, clock, 60) == arming.LOCKED
    arm.unlock()
    assert _press(arm, clock, 0.3) == arming.EARLY
    assert _press(arm, clock, 0.5) == ""


KEYS = st.lists(st.tuples(st.floats(0, 2), st.sampled_from("ajx")), max_size=40)


@given(KEYS)
def test_whatever_is_typed_a_decision_has_silence_on_both_sides_and_a_look_before(
    keys: list[tuple[float, str]],
) -> None:
    arm, clock = _made()
    times: list[tuple[float, str]] = []
    for gap, key in keys:
        before = clock.now
        while clock.now < before + gap:  # the pane asks again and again, as its timer does
            clock.now = min(clock.now + 0.05, before + gap)
            if arm.settled("approve", "d") == "yes":
                at = times[-1][0]
                assert times[-1][1] == "a"
                assert clock.now - at >= arming.QUIET_S
                assert at - 100.0 >= arming.DRAWN_S
                assert len(times) < 2 or at - times[-2][0] >= arming.QUIET_S
        times.append((clock.now, key))
        arm.key()
        if key == "a":
            arm.press("approve", "d")


@given(st.integers(2, 30), st.floats(0, 0.1))
def test_key_repeat_never_decides_more_than_the_press_that_began_it(count: int, every: float) -> None:
    arm, clock = _made()
    clock.now += 1
    made = 0
    for _n in range(count):
        arm.key()
        arm.press("approve", "d")
        clock.now += every
        made += arm.settled("approve", "d") == "yes"
    assert made == 0


def test_time_with_an_item_is_time_with_activity() -> None:
    clock = Clock()
    focus = Focus(clock)
    focus.begin("Q1")
    for gap in (10, 50, 61, 5):
        clock.now += gap
        focus.key()
    assert focus.ms("Q1") == 65_000
    focus.begin("Q2")
    clock.now += 3
    assert (focus.ms("Q2"), focus.ms("Q1")) == (3_000, 65_000)
    focus.leave()
    clock.now += 9
    focus.begin("Q1")
    clock.now += 1
    assert focus.ms("Q1") == 66_000
