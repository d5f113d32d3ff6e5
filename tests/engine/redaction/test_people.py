from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.redaction.people import MOST_CHARACTERS, for_people, without_quotes
from tests.engine.modelhost.bench import KEY


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("The server had an error", "The server had an error"),
        ("\n\n  first \nsecond", "first"),
        ("litellm.RateLimitError: RateLimitError: OpenAIException - slow down", "slow down"),
        ("litellm.Timeout: Timeout Error: OpenAIException - took long", "took long"),
        ("litellm.APIError: OpenAIException - busy Original exception: APIError: busy", "busy"),
        ("\x1b[31mred\x1b[0m and \x07bell\u202e", "red and bell"),
        ("\x1b]0;title\x07text", "text"),
        ("a\tb\u00a0c", "a b c"),
        ("", ""),
        ("\x00\x1b[2J\n", ""),
        ("max_tokens: 500 is too large", "max_tokens: 500 is too large"),
        ("no gpt-4o-mini-2024-07-18 at /v1/chat/completions", "no gpt-4o-mini-2024-07-18 at /v1/chat/completions"),
    ],
)  # fmt: skip
def test_a_line_for_people_is_the_first_readable_one(text: str, line: str) -> None:
    assert for_people(text) == line


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcd1234",
        "sk-proj-****wxyz",
        "gsk_0123456789abcdef",
        "AIzaSyA1234567890abcdef",
        "Bearer something-short",
        "api_key=hunter2",
        "api key: hunter2",
        "d41d8cd98f00b204e9800998ecf8427e",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ1234567890+/==",
    ],
)
def test_what_looks_like_a_key_is_hidden(secret: str) -> None:
    line = for_people(f"provider said: {secret} is wrong")
    assert not any(part in line for part in ("abcd", "wxyz", "0123", "1234", "something", "hunter2", "d41d"))
    assert "[hidden]" in line
    assert line.endswith("is wrong")


@pytest.mark.parametrize("echo", [KEY, KEY[:10] + "…", "..." + KEY[-8:], f"'{KEY}'", KEY.removeprefix("sk-")])
def test_the_key_of_the_call_is_hidden_even_when_it_is_shortened(echo: str) -> None:
    line = for_people(f"wrong key {echo} given", (KEY,))
    assert KEY[3:11] not in line
    assert KEY[-8:] not in line
    assert line.startswith("wrong key")


def test_a_key_of_any_form_is_hidden() -> None:
    assert for_people("the key open sesame is wrong", ("open sesame",)) == "the key [hidden] is wrong"


@given(st.text(max_size=2_000))
def test_any_text_becomes_one_short_printable_line(text: str) -> None:
    line = for_people(text, (KEY,))
    assert len(line) <= MOST_CHARACTERS
    assert line == line.strip()
    assert all(c.isprintable() for c in line)


def test_what_was_told_is_not_told_again_with_a_failure() -> None:
    prompt = "Write to Ada Lovelace,\n ada@example.org, about the launch."
    line = "500: {'input': 'Write to Ada Lovelace, ada@example.org, about the launch.'}"
    assert without_quotes(line, ["Be brief.", prompt]) == "500: {'input': '[hidden]'}"
    assert without_quotes("The model does not exist", [prompt]) == "The model does not exist"


def test_the_failure_of_an_earlier_attempt_may_be_told_again() -> None:
    package = "## Earlier attempts\n- A3.1: north-1: its provider reports an error: The server had an error\n\n## Task"
    assert without_quotes("The server had an error", [package]) == "The server had an error"
    quoted = package.replace("- A3.1", "| - A3.1")
    assert without_quotes("The server had an error", [quoted]) == "[hidden]"
