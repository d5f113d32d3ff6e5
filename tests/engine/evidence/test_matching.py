"""Which effect a message answers: references before addresses, and never one that was sent later."""

from __future__ import annotations

from typing import Any

import pytest

from engine.effects.addresses import person
from engine.evidence.inbound import inbound
from engine.evidence.matching import SKEW, Sent, match
from engine.values import HOUR
from tests.engine.evidence import samples
from tests.engine.evidence.samples import mail

AT = 1_763_000_000_000


def sent(number: int, to: str = "bob@example.org", at_ms: int = AT - 1_000) -> Sent:
    return Sent(f"gtm/F{number}", "gtm/B1", f"<sent-{number}@sender.example>", person(to), at_ms)


def effect(raw: bytes, *items: Sent) -> str:
    found = match(inbound(raw), items)
    return found.effect if found else ""


def test_a_reference_wins_over_the_sender() -> None:
    raw = mail("yes", In_Reply_To="<sent-2@sender.example>")
    assert effect(raw, sent(1), sent(2, "eve@example.org"), sent(3)) == "gtm/F2"


def test_the_nearest_reference_wins() -> None:
    raw = mail("yes", References="<sent-1@sender.example> <sent-2@sender.example> <other@x>")
    assert effect(raw, sent(1), sent(2)) == "gtm/F2"


def test_without_a_known_reference_the_sender_counts() -> None:
    raw = mail("yes", In_Reply_To="<other@x>", sender="BOB@Example.org")
    assert effect(raw, sent(1, "eve@example.org"), sent(2)) == "gtm/F2"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((AT - 2_000, AT - 1_000), "gtm/F2"),
        ((AT - 1_000, AT - 2_000), "gtm/F1"),
        ((AT - 1_000, AT + SKEW + 1), "gtm/F1"),
        ((AT + SKEW, AT + SKEW + 1), "gtm/F1"),
        ((AT + SKEW + 1, AT + SKEW + 1), ""),
    ],
)
def test_the_newest_message_before_the_answer_is_meant(times: tuple[int, int], expected: str) -> None:
    assert effect(mail("yes"), sent(1, at_ms=times[0]), sent(2, at_ms=times[1])) == expected


def test_a_no_counts_although_the_clock_of_its_sender_is_hours_behind() -> None:
    later = sent(1, at_ms=AT + 12 * HOUR)
    assert effect(mail("yes"), later) == ""
    assert effect(mail("stop"), later) == "gtm/F1"
    assert effect(mail("", subject="unsubscribe"), later) == "gtm/F1"
    assert effect(mail("stop"), sent(1, at_ms=AT + 30 * HOUR)) == "", "an old one is about something else"


def test_reports_are_matched_by_what_they_are_about() -> None:
    assert effect(samples.HARD_DSN, sent(1, "eve@example.org"), sent(2)) == "gtm/F1"
    assert effect(samples.MIXED_DSN, sent(1, "eve@elsewhere.example"), sent(2)) == "gtm/F2"
    assert effect(samples.ARF, sent(5), sent(1)) == "gtm/F1"


@pytest.mark.parametrize("raw", [mail("yes", sender=""), mail("yes", sender="carl@example.org"), b""])
def test_a_stranger_answers_nothing(raw: bytes) -> None:
    assert effect(raw, sent(1)) == ""
    assert effect(raw) == ""


def test_our_own_message_in_the_box_answers_nothing() -> None:
    own = mail("Hello", sender="bob@example.org", In_Reply_To="<sent-2@sender.example>")
    own = own.replace(b"<answer@example.org>", b"<sent-1@sender.example>")
    assert effect(own, sent(1), sent(2)) == ""


@pytest.mark.parametrize("message_id", ["", "<>", " "])
def test_an_empty_message_id_matches_nothing(message_id: str) -> None:
    values: dict[str, Any] = {"effect": "gtm/F1", "branch": "b", "person": "p", "at_ms": 0}
    raw = mail("yes", sender="", In_Reply_To=message_id or "<>")
    assert match(inbound(raw), [Sent(message_id=message_id, **values)]) is None
