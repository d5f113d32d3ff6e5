"""A sink that drops doubles is sent the same again; what cannot be sent again any more is in doubt, never forgotten."""

from __future__ import annotations

from dataclasses import replace

from engine.loop.decide.outward import recalled
from engine.loop.decide.pace import contacts
from engine.values import MINUTE, SECOND
from tests.builders import Play, approved

DEDUP = {"maildir": "dedup", "sandbox": "dedup"}


def lost() -> Play:
    """Two mails went out, and the answer about the first was lost."""
    play = approved().wait(10 * SECOND)
    play.base = replace(play.base, connectors=DEDUP)
    play.go()
    return play.result(
        "F1.1", {"effect": "F1", "n": 1, "outcome": "unknown", "said": "cut", "lookup": True}, kind="effect"
    )


def safe_again(play: Play, n: int = 1) -> Play:
    """The sink still knows the key: the same may be sent again."""
    job = next(name for name in play.jobs if "?" in name).partition("/")[2]
    body = {"effect": "F1", "n": n, "outcome": "not_found", "delivery": "dedup", "at": play.at}
    return play.result(job, body, kind="lookup")


def test_the_first_time_it_is_sent_again_at_once_and_then_ever_more_slowly() -> None:
    play = safe_again(lost())
    assert f"{play.mission}/F1.2" in play.jobs
    play.result("F1.2", {"effect": "F1", "n": 2, "outcome": "unknown", "said": "cut", "lookup": True}, kind="effect")
    safe_again(play, 2)
    assert f"{play.mission}/F1.3" not in play.jobs
    play.wait(MINUTE).go()
    assert f"{play.mission}/F1.3" in play.jobs


def test_a_sinks_memory_is_counted_from_the_first_time() -> None:
    play = lost()
    first = play.state().effects["F1"].first_at
    safe_again(play.wait(5 * MINUTE))
    play.result("F1.2", {"effect": "F1", "n": 2, "outcome": "unknown", "said": "cut", "lookup": True}, kind="effect")
    job = next(job for name, job in play.jobs.items() if "?" in name)
    assert play.state().effects["F1"].attempted_at > first
    assert job.body["at"] == first


def test_p4_what_cannot_be_sent_again_any_more_is_in_doubt() -> None:
    play = lost()
    play.base = replace(play.base, connectors={})  # its connector is gone just now, so that it waits
    safe_again(play)
    assert play.state().effects["F1"].state == "approved"
    play.say("withdraw", effect="F1")
    assert play.state().effects["F1"].state == "in_doubt"
    assert play.asked("doubt").refs == ("F1",)
    play.say("stop", because="enough")
    assert play.say("answer", attention=play.asked("doubt").id, text="sent").state == "done"
    assert play.state().effects["F1"].state == "done"


def test_it_cannot_be_edited_into_something_else() -> None:
    play = lost()
    play.base = replace(play.base, connectors={})
    safe_again(play)
    body = {"effect": "F1", "digest": play.state().effects["F1"].digest, "subject": "x", "text": play.keep(b"x")}
    assert "may have arrived already" in play.say("edit", **body).error


def test_an_answer_that_comes_ends_it() -> None:
    play = safe_again(lost())
    play.connected("F1", n=2)
    effect = play.state().effects["F1"]
    assert (effect.state, effect.unsure) == ("done", False)


def kept_back(within: int) -> Play:
    """The sink remembers the key for so long, and the mail cannot leave just now."""
    play = lost()
    play.base = replace(play.base, connectors={})
    job = next(name for name in play.jobs if "?" in name).partition("/")[2]
    told = {"effect": "F1", "n": 1, "outcome": "not_found", "delivery": "dedup", "at": play.at, "within": within}
    return play.result(job, told, kind="lookup")


def test_p4_what_waited_until_its_sink_may_have_forgotten_it_is_not_sent_again() -> None:
    play = kept_back(10 * MINUTE)
    first = play.state().effects["F1"].first_at
    assert play.state().effects["F1"].again_until == first + 10 * MINUTE
    play.wait(9 * MINUTE).go()
    assert play.state().effects["F1"].state == "approved"
    play.wait(2 * MINUTE)
    play.base = replace(play.base, connectors=DEDUP)  # its connector is there again, and too late
    play.go()
    assert play.state().effects["F1"].state == "in_doubt"
    assert f"{play.mission}/F1.2" not in play.jobs
    assert "may have forgotten it" in play.asked("doubt").detail


def test_within_a_sinks_memory_it_is_sent_again() -> None:
    play = kept_back(10 * MINUTE).wait(9 * MINUTE)
    play.base = replace(play.base, connectors=DEDUP)
    play.go()
    assert f"{play.mission}/F1.2" in play.jobs


def test_p4_what_was_handed_out_in_time_and_comes_too_late_is_called_back() -> None:
    play = kept_back(10 * MINUTE).wait(9 * MINUTE)
    play.base = replace(play.base, connectors=DEDUP)
    play.go()
    assert recalled(play.state(), "F1", 2, play.at, play.world) == ""
    assert recalled(play.state(), "F1", 2, play.at + 2 * MINUTE, play.world) == "its sink may have forgotten it"


def test_p23_what_may_have_arrived_counts_as_a_contact_of_others_and_not_against_itself() -> None:
    state = kept_back(10 * MINUTE).state()
    state.effects["F1"].connector = "smtp"  # nothing that goes to the sandbox reaches anybody
    whom = state.effects["F1"].persons[0]
    assert state.effects["F1"].state == "approved"
    assert whom in {contact.person for contact in contacts(state)}
    assert whom not in {contact.person for contact in contacts(state, "F1")}
