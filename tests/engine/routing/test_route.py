"""Who is chosen, and why nobody else was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.model import Role
from engine.routing.catalogue import COMMAND, HUMAN, REHEARSED, TIERS, Candidate
from engine.routing.route import NoRoute, Route, candidates, route
from engine.values import MICRO, Price

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
        (Role(), model("x", window=1_500), {}, "window"),
        (Role(tier="strong"), model("x"), {}, "tier"),
        (Role(), model("x", family="same"), {"avoid_family": "same"}, "family"),
        (Role(), model("x"), {"barred": frozenset({"x"})}, "breaker"),
        (Role(), model("x"), {"left": 1_999}, "budget"),
    ],
)
def test_no_filter_is_relaxed(role: Role, candidate: Candidate, more: dict[str, Any], reason: str) -> None:
    choice = chosen([candidate], role, **more)
    assert isinstance(choice, NoRoute)
    assert why(choice, "x").startswith(f"{reason}: ")
    assert choice.budget is (reason == "budget")
    assert reason in choice.because


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


def test_nobody_configured_is_said_so() -> None:
    choice = chosen([])
    assert isinstance(choice, NoRoute)
    assert choice.because == "no worker of this kind is configured"
    assert not choice.budget


def test_humans_and_commands_cost_nothing_and_pass_always() -> None:
    for only in (HUMAN, COMMAND):
        choice = chosen([only], Role(tier="strong", privacy="local"), left=0, barred=frozenset({only.name}))
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
    st.sampled_from([0, 1_500, 50_000]),
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
    assert best.worst(1_000) <= left
    assert TIERS.index(best.tier) >= TIERS.index(role.tier)
    assert best.local or role.privacy == "any"
    assert not avoid or best.family != avoid
    assert not best.window or best.window >= 2_000


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
