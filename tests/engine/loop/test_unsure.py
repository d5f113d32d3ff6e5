"""A sink that drops doubles is sent the same again; what cannot be sent again any more is in doubt, never forgotten."""

from __future__ import annotations

from dataclasses import replace

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
