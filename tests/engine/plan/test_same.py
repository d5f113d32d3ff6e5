"""When a branch repeats one that was given up: in other forms of the same words; and when it only sounds like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.same import alike, apart, repeats, stem
from engine.values import PPM

TRIED = "Founders answer a short cold mail about their pricing page"


@pytest.mark.parametrize(
    "again",
    [
        TRIED,
        "founders answered short, cold e-mails about the prices on their page",
        "A founder answers short cold emails about pricing pages",
        "Short cold mails about their pricing page are answered by founders in Berlin",
    ],
)
def test_the_same_in_other_forms_of_its_words_repeats(again: str) -> None:
    assert repeats("new", again, "cold", TRIED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TRIED, "Old friends like to hear from us again"),
        (TRIED, "Founders read a long public post about their hiring page"),
        (f"{TRIED} in Germany", f"{TRIED} in France"),
        ("Visitors of Home pay 20 dollars for a short course", "Visitors of Home pay 90 dollars for a short course"),
        ("People sign up where the form asks for a phone", "People sign up where the form does not ask for a phone"),
        ("Nobody answers a short cold mail", "Founders answer a short cold mail"),
        ("", "Founders answer"),
    ],
)
def test_what_only_sounds_alike_is_no_repetition(one: str, other: str) -> None:
    assert not repeats("new", one, "cold", other)
    assert not repeats("new", other, "cold", one)


def test_a_branch_of_the_same_name_repeats_with_fewer_of_its_words() -> None:
    looser = "Founders answer a cold mail about their checkout"
    assert not repeats("checkout", looser, "cold-mail", TRIED)
    assert repeats("cold-mails-2", looser, "cold-mail", TRIED)
    assert repeats("cold-mails-2", looser, "gtm/cold-mail (gtm)", TRIED)


def test_endings_do_not_make_another_word() -> None:
    for forms in (
        ("answers", "answered", "answering", "answer"),
        ("replies", "reply", "replied"),
        ("stops", "stopped", "stopping", "stop"),
        ("price", "prices", "pricing"),
    ):
        assert len({stem(form) for form in forms}) == 1, forms
    assert len({stem(word) for word in ("ads", "mail", "page", "post", "news", "form", "friend")}) == 7


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_goes_both_ways_and_a_text_is_like_itself(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one) <= PPM
    assert apart(one, other) == apart(other, one)
    assert not apart(one, one)
