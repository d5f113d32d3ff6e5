"""Timers, windows, judging, and the clock of a rehearsal."""

from __future__ import annotations

from typing import Any

from engine.ledger import bodies as b
from engine.loop.decide.judging import EXTENSIONS
from engine.state.model import Evaluation
from engine.values import DAY, HOUR, SECOND
from tests.builders import DRAFT, Play, mails, terms

PLAIN = """\
evidence: {replies: {unit: ratio, from: inbox, min_sample: 2}}
cadence: [{check: replies, every: 1d, after: send, for: 3d}]
"""
JUDGED = (
    PLAIN
    + """\
judge:
  - {when: branch.replies >= 0.5, then: keep, because: people answer}
  - {when: branch.replies == 0.0, then: prune, because: nobody answers}
"""
)


def waiting(more: str = JUDGED, **how: Any) -> Play:
    """Two mails have left; the branch waits for its evidence window."""
    play = Play(terms(DRAFT, more=more), **how).go()
    play.hand_off("A1.1", mails("bob", "eve"))
    play.yes(play.asked("approve").id)
    play.wait(10 * SECOND).go()
    return play.connected("F1").connected("F2")


def replied(play: Play, *effects: str, kind: str = "reply") -> Play:
    """The running check finds a reply to each effect."""
    found = [
        {
            "key": f"m-{name}",
            "kind": kind,
            "effect": name,
            "branch": "B2",
            "person": name,
            "blob": "b" * 64,
            "source": "inbox",
        }
        for name in effects
    ]
    check = next(iter(play.state().checks))
    return play.result(check, {"found": found})


def test_a_branch_waits_for_its_window_after_everything_has_left() -> None:
    play = waiting()
    branch = play.state().branches["B2"]
    assert (branch.state, branch.until, branch.windows) == ("waiting", play.at + 3 * DAY, 1)
    assert {(timer.purpose, timer.due - play.at) for timer in play.state().timers.values()} == {
        ("window", 3 * DAY),
        ("check", DAY),
    }


def test_only_keep_may_fire_before_the_window_closes() -> None:
    play = waiting()
    play.wait(DAY).go()
    replied(play)
    assert play.state().branches["B2"].state == "waiting"
    assert play.state().latest["judge[0]", "B2"].outcome == "false"
    play.wait(DAY).go()
    replied(play, "F1")
    branch = play.state().branches["B2"]
    assert (branch.state, branch.because, branch.clause) == ("kept", "people answer", "judge[0]")
    assert not play.state().timers


def test_what_no_rule_kept_is_pruned_when_the_window_closes() -> None:
    play = waiting()
    for _ in range(3):
        play.wait(DAY).go()
        replied(play)
    branch = play.state().branches["B2"]
    assert (branch.state, branch.clause) == ("pruned", "judge[1]")
    seen: Evaluation = play.state().latest["judge[1]", "B2"]
    assert (seen.facts, seen.outcome) == ({"branch.replies": "0/2"}, "true")


def test_missed_slots_collapse_into_one_check() -> None:
    play = waiting(PLAIN.replace("for: 3d", "for: 9d"))
    play.wait(4 * DAY + HOUR).go()
    assert len(play.state().checks) == 1
    assert play.state().missed == 3
    assert len(play.jobs) == 1


def test_a_late_check_does_not_pass_over_the_next_slot() -> None:
    play = waiting(PLAIN.replace("every: 1d", 'every: 1d, at: "09:00"').replace("for: 3d", "for: 9d"))
    due = min(timer.due for timer in play.state().timers.values() if timer.purpose == "check")
    play.at = due + 23 * HOUR
    play.go()
    assert min(timer.due for timer in play.state().timers.values() if timer.purpose == "check") == due + DAY


def test_when_no_rule_decides_a_human_does() -> None:
    play = waiting(PLAIN)
    for _ in range(3):
        play.wait(DAY).go()
        replied(play)
    item = play.asked("answer")
    assert item.choices == ("keep", "prune", "extend")
    play.say("answer", attention=item.id, text="extend")
    branch = play.state().branches["B2"]
    assert (branch.state, branch.windows, branch.until) == ("waiting", 2, play.at + 3 * DAY)
    for _ in range(3):
        play.wait(DAY).go()
        replied(play)
    play.say("answer", attention=play.asked("answer").id, text="keep: I like it")
    assert play.state().branches["B2"].state == "kept"


def test_a_rule_extends_a_window_only_so_often() -> None:
    play = waiting(PLAIN + "judge: [{when: branch.sent > 0, then: extend, because: more time}]")
    for _ in range(EXTENSIONS):
        assert play.state().branches["B2"].state == "waiting"
        play.wait(3 * DAY).go()
        replied(play)
    assert play.state().branches["B2"].windows == EXTENSIONS
    assert "keep" in play.asked("answer").choices


def test_a_bounce_is_no_delivery_and_an_automatic_answer_no_reply() -> None:
    play = waiting()
    play.wait(DAY).go()
    replied(play, "F1", kind="auto")
    assert play.state().branches["B2"].state == "waiting"
    play.wait(DAY).go()
    replied(play, "F2", kind="bounce")
    assert play.state().latest["judge[0]", "B2"].facts == {"branch.replies": "unknown (1 of 2)"}


def test_a_reply_is_graded_once_by_the_role_that_weighs_it() -> None:
    graded = JUDGED.replace("}\ncadence", ", quality: {unit: score, from: reviewer}}\ncadence", 1).replace(
        "0.5,", "0.9,"
    )
    play = waiting(graded)
    play.wait(DAY).go()
    replied(play, "F1")
    task = play.newest("grade.quality")
    assert (task.kind, task.metric, task.subject, task.role) == ("grade", "quality", "E1", "reviewer")
    assert len([t for t in play.state().tasks.values() if t.kind == "grade"]) == 1


def test_nothing_is_said_twice_about_facts_that_did_not_change() -> None:
    play = waiting(PLAIN + "judge: [{when: branch.replies >= 0.9 || branch.days > 90.0, then: keep, because: x}]")
    play.wait(HOUR).go()
    height = len(play.events)
    play.wait(HOUR).go()
    assert len(play.events) == height


def test_a_rehearsed_clock_jumps_only_when_nothing_runs_and_nobody_is_asked() -> None:
    play = waiting(rehearsed=True)
    assert play.state().jumps == 2  # over the undo window, and to the first look at the inbox
    assert play.state().skew == 10 * SECOND + DAY
    assert play.state().checks
    play = Play(terms(DRAFT, more=JUDGED), rehearsed=True).go()
    assert not play.state().jumps
    play.hand_off("A1.1", mails("bob"))
    assert play.asked("approve")
    assert not play.state().jumps


def test_a_real_missions_clock_never_jumps() -> None:
    assert "clock.advanced" not in waiting().kinds()


def test_the_target_ends_the_mission() -> None:
    met = 'statement: One channel with signal, met_when: "mission.branches.kept >= 1"'
    play = Play(terms(DRAFT, more=JUDGED).replace("statement: One channel with signal", met)).go()
    play.hand_off("A1.1", mails("bob"))
    play.say("keep", branch="cold", because="good enough")
    assert (play.state().status, play.state().clause) == ("finished", "target.met_when")


def test_a_stop_rule_ends_the_mission() -> None:
    none_left = "mission.branches.tried >= 1 && mission.branches.alive == 0"
    play = Play(terms(DRAFT, more=f"stop: [{{when: {none_left}, then: stop, because: none left}}]")).go()
    play.say("prune", branch="cold", because="no")
    assert (play.state().status, play.state().clause, play.state().because) == ("stopped", "stop[0]", "none left")


def test_a_branch_is_not_judged_while_a_human_is_asked_about_its_task() -> None:
    play = Play(terms(DRAFT)).go().fail("A1.1").fail("A1.2")
    assert play.asked().about.startswith("failed:")


def test_a_window_never_opens_for_a_branch_that_sent_nothing() -> None:
    play = Play(terms(DRAFT, more=JUDGED)).go()
    play.hand_off("A1.1", mails("bob"))
    play.say("withdraw", effect="F1")
    assert play.state().branches["B2"].windows == 0
    assert play.asked("answer").choices == ("keep", "prune")


def test_a_timer_of_a_kept_branch_never_fires() -> None:
    play = waiting()
    play.record(b.BranchKept(branch="B2", because="x"))
    play.wait(9 * DAY).go()
    assert not play.state().checks
