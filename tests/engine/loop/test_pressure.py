"""Nothing is drafted faster than the human clears what waits for them."""

from __future__ import annotations

from engine.views.liveness import would_free
from tests.builders import Play, mails, terms

PEOPLE = 7


def plan(count: int = PEOPLE) -> str:
    task = "budget: 2 USD, criteria: [{text: short, check: {max_words: 60}}]"
    return "  tasks:\n" + "".join(
        f"    - {{id: w{n}, role: writer, context: [leads], proposes: [send], {task}}}\n" for n in range(count)
    )


def drafting(play: Play) -> list[str]:
    return [a.id for a in play.state().attempts.values() if a.state == "dispatched"]


def waiting(play: Play) -> int:
    return sum(item.kind == "approve" for item in play.state().attention.values())


def test_no_more_is_drafted_while_five_tasks_wait_for_a_decision() -> None:
    play = Play(terms(plan())).go()
    for number, person in enumerate(("bob", "eve", "carl"), 1):
        play.hand_off(f"A{number}.1", mails(person))
    assert waiting(play) == 3
    assert len(drafting(play)) + waiting(play) == 6  # they were begun while nothing waited
    assert not play.state().tasks["T7"].attempts
    freed = would_free(play.state(), play.state().tasks["T7"])
    assert freed.by in {"human", "turn"}


def test_a_decision_lets_the_next_draft_begin() -> None:
    play = Play(terms(plan())).go()
    for number, person in enumerate(("bob", "eve", "carl"), 1):
        play.hand_off(f"A{number}.1", mails(person))
    for number in (4, 5, 6):
        play.fail(f"A{number}.1")
        play.fail(f"A{number}.2")
    assert "T7" in {play.state().attempts[a].task for a in drafting(play)}


def test_minutes_that_what_waits_will_take_count_against_the_budget() -> None:
    text = terms(plan(2)).replace("branches: 3}", "branches: 3, attention: 2m}")
    text = text.replace("id: w1, role: writer,", "id: w1, role: writer, needs: [w0],")
    play = Play(text).go()
    play.hand_off("A1.1", mails("bob"))
    assert waiting(play) == 1
    assert not play.state().tasks["T2"].attempts
    assert would_free(play.state(), play.state().tasks["T2"]).by == "human"
    assert play.yes(play.asked("approve").id).state == "done"
    play.go()
    assert play.state().tasks["T2"].attempts


def test_what_was_sent_back_is_written_again_at_once() -> None:
    text = terms(plan(1)).replace("branches: 3}", "branches: 3, attention: 2m}")
    play = Play(text).go()
    play.hand_off("A1.1", mails("bob"))
    item = play.asked("approve")
    play.say("reject", attention=item.id, digest=play.shown(item.id), because="too long")
    assert play.state().tasks["T1"].state in {"open", "running"}
