"""The receipt for people: complete, and deaf to whatever workers and pages wrote into it."""

from __future__ import annotations

import copy
import re
import unicodedata
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.receipt.render import markdown
from engine.receipt.text import safe, share, wilson
from tests.engine.receipt.story import Story, finished, waiting_for_approval

HOSTILE = [
    "<script>alert(1)</script>",
    "a | b | c",
    "`code` and ```fence",
    "# heading",
    "- item",
    "1. item",
    "=====",
    "[click](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "https://evil.example",
    "www.evil.example",
    "line one\n\n# line two\r\n| x |",
    "red \x1b[31m text \x9b2J",
    "tfel ot thgir \u202e",
    "zero\u200bwidth",
    "**bold** _it_ ~~no~~ $x$",
    "&lt;b&gt;",
    "tail \\",
]


def test_the_receipt_tells_the_whole_story() -> None:
    text = markdown(finished().receipt())
    for heading in ("What next", "Branches", "Evidence", "Sent", "Spend", "Work", "Decisions", "Learnings", "Contract"):
        assert f"\n## {heading}\n" in text
    assert text.startswith(
        "# Find a channel\n\n**The mission finished**: a channel was kept. Of 2 branches, 1 was kept"
    )
    assert "2 of 4 · 50.0% (15.0–85.0%)" in text
    assert "0 of 40 · 0.0% (0.0–8.8%)" in text
    assert re.search(r"\| \*\*total\*\* +\| +\$0\.05 \|", text)
    assert "$0.0042" in text
    assert "human:ada" in text
    assert "adds up to the micro-dollar" in text
    assert finished().events[-1].hash in text
    assert "REHEARSED" not in text


def test_a_rehearsed_mission_says_so_in_its_title() -> None:
    assert markdown(finished(rehearsed=True).receipt()).startswith("# Find a channel — REHEARSED\n")


@pytest.mark.parametrize("story", [Story().created(), waiting_for_approval()])
def test_a_receipt_so_far_renders(story: Story) -> None:
    text = markdown(story.receipt())
    assert "\n\n\n" not in text
    assert text.endswith("\n")


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    block: list[int] = []
    for line in [*markdown(finished().receipt()).splitlines(), ""]:
        if line.startswith("|"):
            block.append(len(re.findall(r"(?<!\\)\|", line)))
        elif block:
            assert len(set(block)) == 1
            block = []


def test_a_receipt_that_does_not_add_up_says_so_at_its_foot() -> None:
    receipt = finished().receipt()
    receipt["spend"]["total_micro_usd"] += 1
    assert "does not add up" in markdown(receipt)


def texts(value: Any, payload: str) -> Any:
    """The receipt with every text that somebody else may have written replaced."""
    free = {
        "text",
        "title",
        "summary",
        "reason",
        "because",
        "hypothesis",
        "note",
        "name",
        "key",
        "target",
        "why",
        "who",
    }
    if isinstance(value, dict):
        return {k: payload if k in free and isinstance(v, str) else texts(v, payload) for k, v in value.items()}
    return [texts(part, payload) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("payload", HOSTILE)
def test_text_of_others_cannot_act_as_structure(payload: str) -> None:
    plain = copy.deepcopy(finished().receipt())
    calm, hostile = markdown(texts(plain, "calm")), markdown(texts(plain, payload))
    assert len(hostile.splitlines()) == len(calm.splitlines())
    for ours, theirs in zip(calm.splitlines(), hostile.splitlines(), strict=True):
        assert len(re.findall(r"(?<!\\)\|", ours)) == len(re.findall(r"(?<!\\)\|", theirs))
        assert re.match(r"#*", ours)[0] == re.match(r"#*", theirs)[0]  # type: ignore[index]
    assert not re.search(r"<|(?<!\\)`|(?<!\\)[\[\]]|://|www\.e", hostile)
    assert not [c for c in hostile if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"}]


@given(st.text(max_size=60))
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    shown = safe(text)
    assert not re.search(r"[<>\n\r\x1b]", shown)
    assert not re.match(r"[#+=:-]|\d+[.)](\s|$)", shown)
    assert not re.search(r"(?<!\\)(\\\\)*[`|*\[\]]", shown)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} for c in shown)


def test_plain_text_stays_as_it_is() -> None:
    for text in ("A calm sentence, with 12.5% and a reply_rate (n=3).", "0.625", "gtm/T12", "naïve café 日本"):
        assert safe(text) == text
    assert safe("x" * 3000).endswith("x…")


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_is_wilsons(k: int, n: int) -> None:
    k = min(k, n)
    found = wilson(k, n)
    assert found is not None
    z, p = 1.959964, k / n
    centre, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    for shown, exact in zip(found, ((centre - half), (centre + half)), strict=True):
        assert abs(shown - 1000 * exact / (1 + z * z / n)) <= 0.501
    assert found[0] <= Fraction(1000 * k, n) + 1
    assert found[1] >= Fraction(1000 * k, n) - 1


@pytest.mark.parametrize(("k", "n"), [(1, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_has_no_interval(k: int, n: int) -> None:
    assert wilson(k, n) is None
    assert share(k, n) == f"{k} of {n}"
