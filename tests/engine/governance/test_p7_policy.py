"""P7: tool policy denies by default, is monotone, and knows no order: as properties, and one test for each row."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.governance.arguments import Bound
from engine.governance.labels import Label, brought_back, join, labelled
from engine.governance.policy import Call, Judgement, Right, Standing, Verdict, judge
from tests.engine.governance.cases import (
    ALLOWED,
    INTEGRITY,
    OUTWARD,
    RESTRICTED,
    SCHEMA,
    SECRECY,
    VERBS,
)

# -- properties

_rights = st.builds(
    Right,
    role=st.sampled_from(["writer", "reviewer"]),
    tool=st.sampled_from(["browser", "mail"]),
    stance=st.sampled_from(["allow", "ask", "deny"]),
    verbs=st.sampled_from(VERBS),
    operations=st.sampled_from([frozenset(), frozenset({"fetch"}), frozenset({"post"})]),
    pins=st.sampled_from([{}, {"fetch": "p1"}, {"fetch": "p2"}]),
    bounds=st.sampled_from([{}, {"*": {"url": Bound(host_in=("docs.example.org",))}}]),
    hosts=st.sampled_from([frozenset(), frozenset({"docs.example.org"}), frozenset({"local"})]),
    reach=st.sampled_from(["none", "hosts", "open"]),
    max_calls=st.integers(0, 3),
)
_labels = st.builds(
    Label,
    integrity=st.sampled_from(INTEGRITY),
    secrecy=st.sampled_from(SECRECY),
    steered_by=st.lists(st.text(max_size=3), max_size=3).map(lambda names: tuple(sorted(set(names)))),
    holds=st.lists(st.text(max_size=3), max_size=3).map(lambda names: tuple(sorted(set(names)))),
)
_standings = st.builds(
    Standing,
    up=st.booleans(),
    running=st.booleans(),
    reservable=st.booleans(),
    made=st.integers(0, 3),
    allowed=st.just(ALLOWED),
    restricted=st.just(RESTRICTED),
    outward=st.just(OUTWARD),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_urls = st.sampled_from(["https://docs.example.org/", "https://elsewhere.example.net/?q=x", "docs.example.org"])
_calls = st.builds(
    Call,
    roles=st.sampled_from([("writer",), ("writer", "reviewer"), ()]),
    tool=st.sampled_from(["browser", "mail", "none"]),
    operation=st.sampled_from(["fetch", "post"]),
    arguments=st.builds(lambda url: {"url": url}, _urls) | _json,
    schema=st.just(SCHEMA) | st.dictionaries(st.sampled_from(["type", "properties", "$ref", "pattern"]), _json),
    pin=st.sampled_from(["p1", "p2", ""]),
)


@settings(max_examples=120, deadline=None)
@given(_calls, st.lists(_rights, max_size=4), _labels, _standings, st.randoms(use_true_random=False))
def test_p7_the_order_of_rights_means_nothing(
    call: Call, rights: list[Right], label: Label, standing: Standing, dice: random.Random
) -> None:
    shuffled = rights[:]
    dice.shuffle(shuffled)
    assert judge(call, rights, label, standing) == judge(call, shuffled, label, standing)


@settings(max_examples=120, deadline=None)
@given(_calls, st.lists(_rights, max_size=4), _labels, _labels, _standings)
def test_p7_a_worse_label_and_a_further_right_never_lower_a_verdict(
    call: Call, rights: list[Right], label: Label, more: Label, standing: Standing
) -> None:
    before = judge(call, rights, label, standing).verdict
    assert before <= judge(call, rights, label | more, standing).verdict
    covered = {right.role for right in rights if right.tool == call.tool}
    if set(call.roles) <= covered:  # one that makes a role a holder at all is what grants
        assert all(before <= judge(call, [*rights, right], label, standing).verdict for right in rights[:1])
        for further in (replace(right, stance="deny") for right in rights):
            assert before <= judge(call, [*rights, further], label, standing).verdict


@settings(max_examples=120, deadline=None)
@given(_calls, _labels, _standings)
def test_p7_without_a_grant_everything_is_denied(call: Call, label: Label, standing: Standing) -> None:
    assert judge(call, [], label, standing).verdict is Verdict.DENY


@settings(max_examples=120, deadline=None)
@given(_labels, _labels, _labels)
def test_p7_joining_labels_knows_no_order_and_never_falls(one: Label, two: Label, three: Label) -> None:
    assert one | two == two | one
    assert (one | two) | three == one | (two | three)
    assert one | one == one
    assert one <= one | two
    assert join([one, two, three]) == join([three, one, two])


def test_p7_an_error_while_judging_is_a_denial() -> None:
    broken = replace(RIGHT, bounds={"*": {"url": "not a bound"}})  # type: ignore[dict-item]
    assert judge(CALL, [broken], Label(), STANDING).verdict is Verdict.DENY


# -- the rows of the table

CALL = Call(("writer",), "browser", "fetch", {"url": "https://docs.example.org/a"}, SCHEMA, "p1")
RIGHT = Right(
    "writer",
    "browser",
    "allow",
    frozenset({"research"}),
    pins={"fetch": "p1"},
    hosts=frozenset({"docs.example.org"}),
    reach="hosts",
)
STANDING = Standing(allowed=ALLOWED, restricted=RESTRICTED, outward=OUTWARD)
UNTRUSTED = labelled("page", trusted=False, secrecy="public")
PRIVATE = labelled("leads", trusted=True, secrecy="private")
SECRET = labelled("plan", trusted=True, secrecy="secret")
AWAY = replace(CALL, arguments={"url": "https://elsewhere.example.net/a"})
SENDING = replace(RIGHT, verbs=frozenset({"send"}))


def verdict(
    call: Call = CALL, right: Right = RIGHT, label: Label | None = None, standing: Standing = STANDING
) -> Judgement:
    """A verdict that differs from the first row's by what is given."""
    return judge(call, [right], label or Label(), standing)


def test_row_1_not_in_the_contract_or_not_granted_to_this_role() -> None:
    assert verdict(replace(CALL, tool="shell")).codes == ("no-grant",)
    assert verdict(replace(CALL, roles=("reviewer",))).codes == ("no-grant",)


def test_row_2_granted_and_within_limits() -> None:
    assert verdict().verdict is Verdict.ALLOW
    assert verdict(label=UNTRUSTED).verdict is Verdict.ALLOW


def test_row_2b_and_3_what_leaves_asks_although_the_stance_allows_it() -> None:
    assert verdict(right=SENDING).verdict is Verdict.ASK
    assert "restricted:send" in verdict(right=SENDING).codes


def test_row_4_what_cannot_be_taken_back_asks() -> None:
    assert "irreversible" in verdict(right=replace(RIGHT, verbs=frozenset({"delete"}))).codes


def test_row_5_outward_from_an_untrusted_context_names_who_steers() -> None:
    said = verdict(right=SENDING, label=UNTRUSTED)
    assert said.verdict is Verdict.ASK
    assert "what asks for it has read page" in said.reason()


def test_row_6_private_data_and_a_host_that_is_not_granted() -> None:
    assert verdict(label=PRIVATE).verdict is Verdict.ALLOW
    said = verdict(AWAY, label=PRIVATE)
    assert said.verdict is Verdict.ASK
    assert said.reason() == "leads could leave to elsewhere.example.net"


def test_row_7_a_secret_never_leaves() -> None:
    assert verdict(label=SECRET).codes[0] == "secret-out"
    assert verdict(AWAY, label=SECRET).verdict is Verdict.DENY


def test_row_8_private_and_untrusted_names_both() -> None:
    said = verdict(AWAY, SENDING, PRIVATE | UNTRUSTED)
    assert said.verdict is Verdict.ASK
    assert "page" in said.reason()
    assert "leads could leave to elsewhere.example.net" in said.reason()


def test_row_9_a_changed_tool_stops() -> None:
    assert verdict(replace(CALL, pin="p2")).codes[0] == "drifted"
    assert verdict(replace(CALL, pin="")).verdict is Verdict.DENY


@pytest.mark.parametrize("obstacle", [{"up": False}, {"running": False}, {"reservable": False}, {"made": 50}])
def test_row_10_and_12_what_cannot_be_used_now(obstacle: dict[str, int]) -> None:
    assert verdict(standing=replace(STANDING, **obstacle)).verdict is Verdict.DENY  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"url": 7},
        {"url": "https://docs.example.org/", "also": 1},
        {"url": "https://docs.example.org/", "depth": float("nan")},
        {"url": "https://docs.example.org/", "depth": True},
        ["https://docs.example.org/"],
        "https://docs.example.org/",
        None,
    ],
)
def test_row_11_arguments_that_do_not_fit(arguments: object) -> None:
    assert verdict(replace(CALL, arguments=arguments)).verdict is Verdict.DENY


def test_row_13_a_deputy_needs_the_right_of_both() -> None:
    both = replace(CALL, roles=("writer", "reviewer"))
    assert verdict(both).verdict is Verdict.DENY
    assert judge(both, [RIGHT, replace(RIGHT, role="reviewer")], Label(), STANDING).verdict is Verdict.ALLOW
    lesser = replace(RIGHT, role="reviewer", bounds={"*": {"url": Bound(host_in=("other.example.org",))}})
    assert judge(both, [RIGHT, lesser], Label(), STANDING).verdict is Verdict.DENY


def test_row_14_a_server_that_asks_something_gets_nothing() -> None:
    assert verdict(replace(CALL, origin="server")).codes == ("server-asks",)


def test_row_15_an_operation_that_was_not_pinned_does_not_exist() -> None:
    assert "not-granted" in verdict(replace(CALL, operation="upload", pin="p9")).codes


def test_row_16_what_a_tool_brought_back_steers_from_then_on() -> None:
    after = Label() | brought_back("browser", "https://elsewhere.example.net/ (200)")
    assert after.untrusted
    assert "browser: https://elsewhere.example.net/ (200)" in verdict(right=SENDING, label=after).reason()


def test_a_tool_that_may_talk_to_anybody_asks_before_private_data_is_given_to_it() -> None:
    server = replace(RIGHT, hosts=frozenset(), reach="open")
    quiet = replace(CALL, arguments={"query": "x"}, schema={"properties": {"query": {}}})
    assert "an unknown place" in verdict(quiet, server, PRIVATE).reason()
    local = replace(server, hosts=frozenset({"local"}))
    assert verdict(quiet, local, PRIVATE).verdict is Verdict.ALLOW
