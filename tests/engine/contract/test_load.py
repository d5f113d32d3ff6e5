# ruff: noqa: E501 - a message stands in one line, as a user sees it
"""Loading is defence: what is refused, in which words, and at which place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.contract.load import load
from engine.contract.model import Contract, stored
from engine.contract.tree import MAX_BYTES, MAX_DEPTH
from tests.engine.contract.sample import GOOD, NAME, changed, good, problems


def said(data: bytes | str) -> list[str]:
    loaded = load(data.encode() if isinstance(data, str) else data, NAME)
    assert (loaded.contract is None) == bool(loaded.errors)
    return [str(problem) for problem in loaded.problems]


def test_the_good_contract_loads_without_a_word() -> None:
    loaded = good()
    assert loaded.problems == ()
    assert isinstance(loaded.contract, Contract)
    assert loaded.contract.budget.money == 500_000_000
    assert loaded.contract.inputs["leads"].privacy == "private"
    assert loaded.contract.cadence[0].for_ == 6 * 86_400_000
    assert len(loaded.digest) == 64


def test_the_stored_form_reads_back_as_the_same_contract() -> None:
    contract = good().contract
    assert contract is not None
    assert stored(contract.normalised()) == contract


def test_a_schema_survives_storing() -> None:
    text = changed(
        "check: {max_words: 90}", "check: {schema: {type: object, required: [a, b], items: [{enum: [1, x]}]}}"
    )
    contract = load(text.encode(), NAME).contract
    assert contract is not None
    assert stored(contract.normalised()) == contract


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "gtm.mission.yaml: is empty; start from a template: cockpit new gtm-channel"),
        (b"   \n\n", "gtm.mission.yaml: is empty; start from a template: cockpit new gtm-channel"),
        (b"# only a comment\n", "gtm.mission.yaml: is empty; start from a template: cockpit new gtm-channel"),
        (b"- a\n- b\n", "gtm.mission.yaml:1:1: is a list, not a contract; begin with a line such as mission: Find a channel"),
        (b"hello", 'gtm.mission.yaml:1:1: is "hello", not a contract; begin with a line such as mission: Find a channel'),
        (b"x" * (MAX_BYTES + 1), "gtm.mission.yaml: is larger than 64 KiB; move long texts into inputs"),
        (b"\xef\xbb\xbfmission: a", "gtm.mission.yaml:1:1: is UTF-8 with a byte order mark, not plain UTF-8; save it as UTF-8 without a mark"),
        ("mission: a".encode("utf-16"), "gtm.mission.yaml:1:1: is UTF-16, not plain UTF-8; save it as UTF-8 without a mark"),
        (b"mission: a\nid: \x00b", "gtm.mission.yaml:2:5: holds a NUL byte; save it as UTF-8 text"),
        (b"mission: caf\xe9", "gtm.mission.yaml:1:13: byte 0xe9 is not UTF-8; save it as UTF-8 text"),
        (b"mission: a\x07b", 'gtm.mission.yaml:1:11: holds a character that YAML refuses: "\\x07"; delete it'),
        (b"%YAML 1.1\n---\nmission: a", "gtm.mission.yaml:1:1: a % directive is refused; delete it"),
        (b"%TAG ! tag:x,2000:\n---\nmission: a", "gtm.mission.yaml:1:1: a % directive is refused; delete it"),
        (b"mission: a\n---\nmission: b", "gtm.mission.yaml:2:1: a second document begins here; keep one mission per file and delete the line ---"),
        (b"mission: a: b", 'gtm.mission.yaml:1:11: is not YAML: mapping values are not allowed here; put text that holds ": " in quotes'),
    ],
)  # fmt: skip
def test_what_is_no_contract_file_is_refused_in_one_line(data: bytes, message: str) -> None:
    assert said(data) == [message]
    assert not load(data, NAME).readable


@pytest.mark.parametrize(
    "data", [b"a:\n\tb: c", b"a: [", b'a: "\\UFFFFFFFF"', b"a: 'x", b"? ", b"a: *", b"}{", b"&a", b"!!"]
)
def test_broken_yaml_is_one_problem_and_no_exception(data: bytes) -> None:
    loaded = load(data, NAME)
    assert loaded.contract is None
    assert loaded.problems


def test_nesting_ends_at_twenty() -> None:
    deep = "a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert said(deep) == ["gtm.mission.yaml:1:23: is nested more than 20 deep; flatten it"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("500 USD", "five hundred", '8:10 budget.money: "five hundred" is not an amount; write 500 USD'),
        ("500 USD", "500", "8:10 budget.money: 500 is not an amount; write 500 USD"),
        ("500 USD", "true", "8:10 budget.money: true is not an amount; write 500 USD"),
        ("500 USD", "1_000", '8:10 budget.money: 1_000 is read as a number by some YAML versions; write 1000, or "1_000" for text'),
        ("expires: 3d", "expires: soon", '14:19 approvals.send.expires: "soon" is not a duration; write 14d, 2h 30m or 90s'),
        ("share: 50%", "share: half", '35:52 plan.branches[0].share: "half" is not a share; write 40%'),
        ("branches: 2", "branches: two", '9:13 budget.branches: "two" is not a whole number; write a number such as 3'),
        ("branches: 2", "branches: 0", "9:13 budget.branches: 0 is too small; at least 1"),
        ("branches: 2", "brnches: 2", '9:3 budget.brnches: "brnches" is not a known key here; did you mean branches?'),
        ("actions:", "actoins:", '10:1 actoins: "actoins" is not a key of a contract; did you mean actions?'),
        ("Find a channel", "yes", None),
        ("Find a channel", "true", '1:10 mission: true is not text; write "true"'),
        ("Find a channel", "2026-11-22", '1:10 mission: 2026-11-22 is read as a date by some YAML versions; write "2026-11-22"'),
        ("Find a channel", "0o17", '1:10 mission: 0o17 is read as a number in another base; write "0o17" for text, or the number in decimal'),
        ("Find a channel", ".nan", '1:10 mission: .nan is not a number that can be compared; write a number, or ".nan" for text'),
        ("Find a channel", "-.inf", '1:10 mission: -.inf is not a number that can be compared; write a number, or "-.inf" for text'),
        ("Find a channel", "007", '1:10 mission: 007 begins with a zero and is read differently by YAML versions; write "007" for text'),
        ("Find a channel", "12", '1:10 mission: 12 is not text; write "12"'),
        ("Find a channel", "", "1:1 mission: is empty; write a text, or delete the key"),
        ("Find a channel", "&x Find", '1:10 mission: anchor "&x" is refused; write the value out'),
        ("Find a channel", "!!str Find", None),
        ("id: gtm", "id: gtm\nid: gtm", '3:1 id: "id" is given twice, first in line 2; keep one of them'),
        ("id: gtm", "id: GTM one", '2:5 id: "GTM one" is not a name; write gtm-one'),
        ("id: gtm", "id: gtm\n1: x", '3:1: the key "1" must be text; put it in quotes'),
        ("id: gtm", "id: gtm\n? [a, b]\n: x", "3:3: a key must be text; write a name, a colon and a value"),
        ("  statement: One channel with signal\n", "", "4:1 target.statement: statement is missing; add statement: what shall be true at the end"),
        ("unit: ratio", "unit: ratoi", '19:22 evidence.reply_rate.unit: "ratoi" is not known here; did you mean ratio?'),
        ("from: inbox", "from: inbox, from_: human", '19:42 evidence.reply_rate.from_: "from_" is not a known key here; did you mean from?'),
        ("  leads: leads.csv", "  Leads List: leads.csv", '17:3 inputs."Leads List": "Leads List" is not a name; write leads-list'),
        ("check: {max_words: 90}", "check: revew", '42:48 plan.tasks[0].criteria[0].check: "revew" is not known here; did you mean review?'),
        ("check: {max_words: 90}", "check: {max_wrds: 90}", '42:49 plan.tasks[0].criteria[0].check.max_wrds: "max_wrds" is not a known key here; did you mean max_words?'),
        ("country: US", "country: usa", '15:19 lawful.country: "usa" is not a country code; write two capital letters such as DE or US'),
        ("every: 2d", "every: 2d, at: 9am", '22:42 cadence[0].at: "9am" is not a time of day; write "09:00"'),
        ("every: 2d", "every: 2d, at: 09:00", None),
        ("{expires: 3d}", "{expires: 3d, people: 6}", "14:31 approvals.send.people: 6 is too large; at most 5"),
        ("roles:\n", "roles: [a]\nskills:\n", "25:1 roles: a list is not a mapping; write key: value lines below it, or {key: value}"),
        ("Find a channel", '"a\\e[31mb"', '1:10 mission: holds the control character "\\x1b"; delete it'),
        ("Find a channel", '"\\uD800"', '1:10 mission: holds the control character "\\ud800"; delete it'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_at_its_place(old: str, new: str, message: str | None) -> None:
    expected = [] if message is None else [f"{NAME}:{message}"]
    if new == "!!str Find":
        expected = [f'{NAME}:1:10 mission: tag "tag:yaml.org,2002:str" is refused; delete the tag']
    lines = said(changed(old, new))
    assert lines[: len(expected)] == expected
    if message is None or "roles:" not in old:
        assert len(lines) == len(expected)


def test_an_alias_is_refused() -> None:
    text = changed("Find a channel", "&x Find").replace("people answer", "*x")
    assert [problem.code for problem in load(text.encode(), NAME).problems] == ["E010", "E010"]


def test_every_problem_is_found_in_one_reading() -> None:
    text = GOOD.replace("500 USD", "lots").replace("unit: score", "unit: scroe").replace("id: gtm", "id: G")
    assert [problem.line for problem in load(text.encode(), NAME).problems] == [2, 8, 20]


def test_a_missing_top_level_field_points_at_the_file_beginning() -> None:
    assert said("mission: a\nbudget: {money: 1 USD}") == [
        f"{NAME}:1:1 target: target is missing; add target: {{statement: ...}}"
    ]


def test_untrusted_text_in_messages_is_escaped_and_cut() -> None:
    line = said(changed("500 USD", '"\\u202e' + "x" * 200 + '"'))[0]
    assert "\u202e" not in line
    assert '"\\u202exxxx' in line
    assert "xxx..." in line
    assert len(line) < 160


@pytest.mark.parametrize(
    "text",
    [
        "[" * MAX_BYTES,
        "{" * MAX_BYTES,
        "? " * (MAX_BYTES // 2),
        "- " * (MAX_BYTES // 2),
        "a: [" + "x, " * 21_000 + "]",
        "".join(f"key{i}: 1\n" for i in range(5_500)),
        "a: " + "9" * 60_000,
        "a: &b [" + "&c x, " * 10_000 + "]",
        "mission: a\ntarget: {statement: a}\nbudget: {money: 1 USD}\nplan: {tasks: [" + "{}, " * 15_000 + "]}",
        "a: '" + "''" * 32_000 + "'",
        "# \n" * 21_000,
    ],
    ids=range(11),
)
def test_nothing_hangs(text: str) -> None:
    start = time.process_time()
    load(text[:MAX_BYTES].encode(), NAME)
    assert time.process_time() - start < 2


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes_never_raise(data: bytes) -> None:
    assert load(data, NAME).contract is None


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(GOOD) - 1),
            st.integers(0, 12),
            st.text(max_size=6)
            | st.sampled_from(["&a ", "*a", "!!x ", "- ", ": ", "[", "{", "}", "\n", "1_0", "~", "? "]),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mangled_contract_never_raises_and_says_where(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, insert in edits:
        text = text[:at] + insert + text[at + cut :]
    loaded = load(text.encode("utf-8", "replace"), NAME)
    lines = text.count("\n") + 2
    assert all(0 <= problem.line <= lines for problem in loaded.problems)
    assert all(str(problem).isprintable() for problem in loaded.problems)


def test_lines_may_end_as_on_windows() -> None:
    assert load(GOOD.replace("\n", "\r\n").encode(), NAME).contract == good().contract


def test_the_smallest_contract_of_the_reference_is_right() -> None:
    reference = (Path(__file__).parents[3] / "docs" / "contract.md").read_text()
    example = reference.split("```yaml\n")[1].split("```")[0]
    assert problems(example) == ()
