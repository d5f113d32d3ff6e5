"""Arguments that a model wrote are read strictly, and within bounds."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tools.parsing import BadAskError, parse

BAD = {
    "no JSON": "{",
    "half": '{"url": "https://',
    "trailing": "{} {}",
    "list": "[]",
    "text": '"url"',
    "null": "null",
    "twice": '{"a": 1, "a": 2}',
    "twice inside": '{"x": {"a": 1, "a": 2}}',
    "nan": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
    "huge": '{"a": 1e999}',
    "beyond": '{"a": 9007199254740993}',
    "long number": '{"a": ' + "9" * 100_000 + "}",
    "deep": '{"a": ' + "[" * 60 + "]" * 60 + "}",
    "very deep": "[" * 100_000,
    "surrogate": '{"a": "\\ud800"}',
    "surrogate key": '{"\\udfff": 1}',
    "large": '{"a": "' + "x" * 300_000 + '"}',
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_read(what: str) -> None:
    with pytest.raises(BadAskError):
        parse(BAD[what])


def test_what_is_read() -> None:
    assert parse("") == parse("{}") == {}
    assert parse('{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}


@given(st.text(max_size=200))
def test_it_reads_or_says_why_not(text: str) -> None:
    with contextlib.suppress(BadAskError):
        assert isinstance(parse(text), dict)
