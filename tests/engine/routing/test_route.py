"""Who is chosen, and why nobody else was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.context.tokens import tokens
from engine.contract.model import Role
from engine.routing.breaker import Bar
from engine.routing.catalogue import COMMAND, HUMAN, REHEARSED, TIERS, Candidate
from engine.routing.route import LEAST, PACKAGE, NoRoute, Route, candidates, route
from engine.values import MICRO, Price, Tokens

RICH = 10**12


def model(name: str, tier: str = "standard", *, dollars: int = 1, **more: Any) -> Candidate:
    """A candidate that costs `dollars` per million tokens of either class."""
    price = Price(input=dollars * MICRO, output=dollars * MICRO)
    fields: dict[str, Any] = {"worker": "model", "model": name, "family": name, "max_output": 1_000, "window": 100_000}
    return Candidate(name=name, tier=tier, price=price, **(fields | more))


def chosen(pool: list[Candidate], role: Role | None = None, *, left: int = RICH, **more: Any) -> Route | NoRoute:
    return route(role or Role(tier="cheap"), pool, package_tokens=1_000, left=left, **more)


def name(choice: Route | NoRoute) -> str:
    return choice.candidate.name if isinstance(choice, Route) else ""


def why(choice: Route | NoRoute, of: str) -> str:
    return next(c.why for c in choice.considered if c.name == of)


def test_the_cheapest_within_the_tier_wins() -> None:
    pool = [model("dear", dollars=9), model("fair", dollars=2), model("strong", "strong", dollars=1)]
    choice = chosen(pool, Role(tier="standard"))
    assert name(choice) == "fair"
    assert isinstance(choice, Route)
    assert choice.because == "cheapest of 3 that pass in tier standard"


def test_the_lowest_tier_that_will_do_is_preferred_to_a_cheaper_price() -> None:
    assert name(chosen([model("big", "strong", dollars=1), model("small", "cheap", dollars=9)])) == "small"


def test_equal_prices_are_decided_by_name() -> None:
    assert name(chosen([model("b"), model("a"), model("c")])) == "a"
    assert name(chosen([model("c"), model("b"), model("a")])) == "a"


@pytest.mark.parametrize(
    ("role", "candidate", "more", "reason"),
    [
        (Role(privacy="local"), model("x"), {}, "privacy"),
        (Role(), model("x", window=1_499), {}, "window"),
        (Role(), model("x", window=4_000), {"needs": 3_001}, "window"),
        (Role(tier="strong"), model("x"), {}, "tier"),
        (Role(), model("x", family="same"), {"avoid_family": "same"}, "family"),
        (Role(), model("x"), {"barred": {"x": Bar("throttled", 90_000)}}, "breaker"),
        (Role(), model("x"), {"left": 1_999}, "budget"),
        (Role(), model("x"), {"tools": True}, "tools"),
    ],
)
def test_no_filter_is_relaxed(role: Role, candidate: Candidate, more: dict[str, Any], reason: str) -> None:
    choice = chosen([candidate], role, **more)
    assert isinstance(choice, NoRoute)
    assert why(choice, "x").startswith(f"{reason}: ")
    assert choice.budget is (reason == "budget")
    assert reason in choice.because


def test_a_role_with_tools_gets_somebody_who_declares_that_it_can_use_them() -> None:
    pool = [model("cheap", dollars=1), model("handy", dollars=5, tools=True)]
    assert name(chosen(pool)) == "cheap"
    choice = chosen(pool, tools=True)
    assert name(choice) == "handy"
    assert why(choice, "cheap") == "tools: does not declare the capability"
    assert name(route(Role(worker="human"), [HUMAN], package_tokens=9, left=0, tools=True)) == "human"
    assert all(candidate.tools for candidate in REHEARSED)


def test_the_first_filter_that_fails_is_the_reason() -> None:
    role = Role(privacy="local", tier="strong")
    assert why(chosen([model("x", window=10)], role, left=0), "x").startswith("privacy")


def test_a_private_role_never_leaves_the_machine() -> None:
    pool = [*REHEARSED, model("cloud", "strong", dollars=0), model("home", "strong", dollars=99, local=True)]
    for left in (0, 100, RICH):
        for tier in ("cheap", "standard", "strong"):
            choice = chosen(pool, Role.model_validate({"privacy": "local", "tier": tier}), left=left)
            assert isinstance(choice, NoRoute) or choice.candidate.local


def test_what_may_be_spent_to_the_last_micro_dollar_is_enough() -> None:
    assert name(chosen([model("x")], left=2_000)) == "x"
    assert name(chosen([model("x")], left=1_999)) == ""


def test_whoever_is_barred_is_waited_for_and_never_replaced_by_somebody_who_does_not_pass() -> None:
    home, cloud = model("home", local=True), model("cloud")
    bars = {"home": Bar("throttled", 3_600_000)}
    choice = chosen([home, cloud], Role(privacy="local"), barred=bars)
    assert isinstance(choice, NoRoute)
    assert why(choice, "home") == "breaker: throttled until 01:00 UTC"
    assert why(choice, "cloud").startswith("privacy")
    assert [name for name, _ in choice.waits] == ["home"]


def test_the_next_that_passes_is_chosen_while_the_cheapest_is_barred() -> None:
    pool = [model("dear", dollars=9), model("fair", dollars=2)]
    assert name(chosen(pool, barred={"fair": Bar("not reachable", 1)})) == "dear"


def test_money_is_not_short_while_somebody_who_may_be_paid_is_only_barred() -> None:
    choice = chosen([model("dear", dollars=9), model("fair")], left=2_000, barred={"fair": Bar("throttled", 1)})
    assert isinstance(choice, NoRoute)
    assert not choice.budget


def test_who_comes_back_first_is_waited_for_first() -> None:
    bars = {"a": Bar("x", 9_000), "b": Bar("x", 4_000), "c": Bar("x", 4_000)}
    choice = chosen([model("a"), model("c"), model("b")], barred=bars)
    assert isinstance(choice, NoRoute)
    assert [name for name, _ in choice.waits] == ["b", "c", "a"]


def test_a_small_window_gets_a_small_package_and_is_chosen() -> None:
    small = model("x", window=8_192, frame=3_000, max_output=2_048)
    choice = route(Role(), [small], package_tokens=PACKAGE, left=RICH)
    assert isinstance(choice, Route)
    assert choice.budget == 8_192 - 3_000 - 2_048
    assert choice.considered[0].worst_micro_usd == small.worst(choice.budget) < small.worst(PACKAGE)
    large = route(Role(), [model("x")], package_tokens=PACKAGE, left=RICH)
    assert isinstance(large, Route)
    assert large.budget == PACKAGE


def test_a_window_that_leaves_no_room_is_a_reason_with_its_numbers() -> None:
    choice = chosen([model("x", window=2_400, frame=500)], needs=950)
    assert why(choice, "x") == "window: 950 tokens must be told, 2400 leave 900 beside frame and reply"
    assert name(chosen([model("x", window=2_400, frame=500), model("y", dollars=9)], needs=950)) == "y"


@pytest.mark.parametrize(
    ("cache", "reasoning"), [({"cache_read": 5 * MICRO}, 0), ({"cache_write": 5 * MICRO}, 0), ({}, 9 * MICRO)]
)
def test_what_is_reserved_is_enough_in_whatever_class_the_provider_counts(
    cache: dict[str, int], reasoning: int
) -> None:
    price = Price(input=MICRO, output=2 * MICRO, reasoning=reasoning, **cache)
    who = replace(model("x", rounds=2, frame=100, max_output=400), price=price)
    told, said = 2 * (1_000 + 100) + 400, 2 * 400
    for usage in (
        Tokens(input=told, output=said),
        Tokens(cache_read=told, reasoning=said),
        Tokens(cache_write=told, output=said),
    ):
        assert price.cost(usage) <= who.worst(1_000)


@pytest.mark.parametrize("text", ["1,0,2,0\n" * 300, "0.4711,0.08\n" * 200, "9f86d081" * 90, "ሀሁሂ" * 100, "a"])
def test_no_text_has_more_tokens_than_are_reserved_for(text: str) -> None:
    who = model("x", dollars=1, dense=True, max_output=0)
    assert who.worst(tokens(text)) >= len(text.encode()), "a token is one byte at least, and tables come close to it"


def test_what_a_model_is_told_beside_its_package_counts_too() -> None:
    assert model("x", frame=500).worst(1_000) == model("x").worst(1_500)
    twice = model("x", frame=500, rounds=2)
    assert twice.worst(1_000) == 2 * 1_500 + 1_000 + 2 * 1_000
    assert why(chosen([model("x", window=1_999, frame=500)]), "x").startswith("window")


def test_nobody_configured_is_said_so() -> None:
    choice = chosen([])
    assert isinstance(choice, NoRoute)
    assert choice.because == "no worker of this kind is configured"
    assert not choice.budget


def test_humans_and_commands_cost_nothing_and_pass_always() -> None:
    for only in (HUMAN, COMMAND):
        choice = chosen([only], Role(tier="strong", privacy="local"), left=0, barred={only.name: Bar("gone")})
        assert isinstance(choice, Route)
        assert choice.because == f"the role is worked by a {only.worker}"


@pytest.mark.parametrize(
    ("role", "rehearsed", "pool"),
    [
        (Role(worker="command", command=("true",)), True, (COMMAND,)),
        (Role(worker="human"), True, (HUMAN,)),
        (Role(worker="rehearsed"), False, REHEARSED),
        (Role(), True, REHEARSED),
        (Role(worker="harness"), True, REHEARSED),
        (Role(), False, ()),
    ],
)
def test_a_rehearsal_asks_no_real_model(role: Role, rehearsed: bool, pool: tuple[Candidate, ...]) -> None:
    assert candidates(role, rehearsed=rehearsed, catalogue=()) == pool


def test_a_role_gets_workers_of_its_kind_alone() -> None:
    catalogue = (model("m"), model("h", worker="harness"))
    assert candidates(Role(), rehearsed=False, catalogue=catalogue) == catalogue[:1]


def test_rehearsed_candidates_say_what_they_are() -> None:
    assert all(c.name.startswith("rehearsed/") and c.worker == "rehearsed" for c in REHEARSED)
    assert {c.tier for c in REHEARSED} == set(TIERS)
    assert len({c.family for c in REHEARSED}) > 1


def test_the_worst_case_is_the_dearest_reading_and_the_longest_answer() -> None:
    price = Price(input=MICRO, output=2 * MICRO, cache_write=3 * MICRO, reasoning=5 * MICRO, per_call=7)
    dear = Candidate("x", "model", price=price, max_output=10, fixed=11)
    assert dear.worst(100) == 300 + 50 + 7 + 11
    assert Candidate("x", "model", price=Price(input=1), max_output=0).worst(1) == 1
    assert HUMAN.worst(10**9) == 0


people = st.builds(
    lambda n, tier, dollars, local, family, window: model(
        f"m{n}", tier, dollars=dollars, local=local, family=family, window=window
    ),
    st.integers(0, 30),
    st.sampled_from(TIERS),
    st.integers(0, 20),
    st.booleans(),
    st.sampled_from(["north", "south"]),
    st.sampled_from([0, 1_200, 1_700, 50_000]),
)
roles = st.builds(
    lambda tier, privacy: Role.model_validate({"tier": tier, "privacy": privacy}),
    st.sampled_from(TIERS),
    st.sampled_from(["any", "local"]),
)
pools = st.lists(people, max_size=8, unique_by=lambda c: c.name)
amounts = st.integers(0, 50_000)


@given(pools, roles, amounts, st.sampled_from(["", "north"]))
def test_the_chosen_one_passed_and_everybody_was_considered(
    pool: list[Candidate], role: Role, left: int, avoid: str
) -> None:
    choice = route(role, pool, package_tokens=1_000, left=left, avoid_family=avoid)
    assert [c.name for c in choice.considered] == [c.name for c in pool]
    passed = {c.name for c in choice.considered if c.passed}
    if isinstance(choice, NoRoute):
        assert not passed
        return
    best = choice.candidate
    assert best.name in passed
    assert best.worst(choice.budget) <= left
    assert TIERS.index(best.tier) >= TIERS.index(role.tier)
    assert best.local or role.privacy == "any"
    assert not avoid or best.family != avoid
    assert choice.budget == (min(1_000, best.window - 1_000) if best.window else 1_000) >= LEAST


@given(pools, roles, amounts, st.integers(0, 50_000))
def test_more_money_never_loses_a_route(pool: list[Candidate], role: Role, left: int, more: int) -> None:
    poor = route(role, pool, package_tokens=1_000, left=left)
    rich = route(role, pool, package_tokens=1_000, left=left + more)
    if isinstance(poor, Route):
        assert isinstance(rich, Route)
        rank = [TIERS.index(r.candidate.tier) for r in (rich, poor)]
        assert rank[0] <= rank[1]


@given(pools, roles, amounts, st.randoms())
def test_the_order_of_the_catalogue_changes_nothing(pool: list[Candidate], role: Role, left: int, dice: Any) -> None:
    shuffled = pool[:]
    dice.shuffle(shuffled)
    assert name(chosen(pool, role, left=left)) == name(chosen(shuffled, role, left=left))
