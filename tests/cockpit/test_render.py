"""Plain text: nothing that somebody else wrote steers the terminal, and numbers read alike everywhere."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.cli import render
from engine import values

HOSTILE = "\x1b[2J\x9b31m\u202egnp.exe\u200b\u2066\x07\r\n\x7f\ufeff\U000e0041"
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _clean(text: str) -> bool:
    return not any(unicodedata.category(char) in STEERING or render._INVISIBLE & {ord(char)} for char in text)


@given(st.text(alphabet=st.characters()))
def test_safe_text_holds_nothing_that_steers_or_hides(text: str) -> None:
    assert _clean(render.safe(text))


@given(st.text(alphabet=st.sampled_from(HOSTILE + "ab")))
def test_hostile_characters_are_shown_by_their_number(text: str) -> None:
    shown = render.safe(text)
    assert _clean(shown)
    assert shown.count("<U+") == sum(char not in "ab" and char not in HOSTILE_VISIBLE for char in text)


HOSTILE_VISIBLE = "[2J31mgnp.exe"


def test_ordinary_text_stays_as_it_is() -> None:
    for text in ("Hi Maya, 3 % off?", "Grüße, 東京 – naïve", "non\u00a0breaking"):
        assert render.safe(text) == text


@given(st.text(alphabet=st.characters()))
def test_every_line_of_a_block_stands_behind_the_gutter(text: str) -> None:
    for line in render.block(text):
        assert line.startswith(render.GUTTER)
        assert _clean(line)


def test_json_for_programs_is_ascii_and_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    render.emit({"text": HOSTILE})
    out = capsys.readouterr().out
    assert out.isascii()
    assert not any((ord(char) < 32 and char != "\n") or ord(char) == 127 for char in out)
    assert json.loads(out) == {"text": HOSTILE}


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_money_reads_as_everywhere_else(amount: int) -> None:
    assert render.money(amount) == values.money(amount)


@given(st.integers(min_value=1_000, max_value=10**12))
def test_spans_read_as_everywhere_else(ms: int) -> None:
    assert render.span(ms) == values.duration(ms)


def test_columns_align_numbers_right_and_count_wide_characters_twice() -> None:
    lines = render.columns([["東京", "$1.00"], ["a", "$12.00"]], right=(1,))
    assert lines == ["東京   $1.00", "a     $12.00"]


def test_a_state_is_glyph_and_word_also_where_only_ascii_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render.state("needs you") == "⚑ needs you"
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert render.state("needs you") == "? needs you"


@pytest.mark.parametrize("hidden", ["\u3164", "\u2800", "\u034f", "\ufe0f", "\u180b", "\U000e0100"])
def test_what_has_no_ink_is_named(hidden: str) -> None:
    assert render.safe(f"a{hidden}b") == f"a<U+{ord(hidden):04X}>b"
