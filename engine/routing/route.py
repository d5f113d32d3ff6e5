"""route/1: hard filters in a fixed order, then whoever the contract's tier or verified outcomes speak for. Pure, and it
explains itself.

No filter is ever relaxed: when none is left, the answer is `NoRoute` with what each candidate failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.contract.model import Role
from engine.ledger.bodies import Considered
from engine.routing.breaker import Bar
from engine.routing.catalogue import COMMAND, HUMAN, REHEARSED, TIERS, Candidate
from engine.routing.weighing import Passed, Stake, Weighed, default, default_words, weigh
from engine.values import money

POLICY = "route/1"
PACKAGE = 12_000
"""Estimated tokens that a package may have, where the window leaves room for them."""
LEAST = 500
"""Tokens that every package needs; whose window leaves less is not chosen."""


@dataclass(frozen=True, slots=True)
class Route:
    """The choice, its reason, and everybody that was considered."""

    candidate: Candidate
    because: str
    considered: tuple[Considered, ...]
    budget: int = 0
    """Estimated tokens that its package may have."""
    tools: bool = False
    """Whether it was chosen for work with tools."""
    prefers: str = ""
    """Whom verified outcomes prefer, where they decide; it may have to be so twice before something is changed."""


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Nobody may run this now. `budget` says that money alone stands in the way of somebody, and nobody is merely in an
    outage.
    """

    because: str
    budget: bool
    considered: tuple[Considered, ...]
    waits: tuple[tuple[str, Bar], ...] = ()
    """Who passes every filter and cannot be asked now, the first that can be asked again first."""
    short: tuple[tuple[str, int], ...] = ()
    """What the one that needs least money would need, where a budget alone stands in its way: `money`, `tokens` or
    `calls`, and how much.
    """


def candidates(role: Role, *, rehearsed: bool, catalogue: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Who could be asked at all: by the kind of worker, and rehearsed ones in a rehearsal alone. A catalogue may hold
    stand-ins, rehearsed workers on the terms of what is configured: then a rehearsal asks them, and nobody else.
    """
    stand_ins = tuple(c for c in catalogue if c.worker == "rehearsed") if rehearsed else ()
    if role.worker == "command":
        return tuple(c for c in stand_ins if c.name == COMMAND.name) or (COMMAND,)
    if role.worker == "human":
        return (HUMAN,)
    if role.worker == "rehearsed" or rehearsed:
        return tuple(c for c in stand_ins if c.name != COMMAND.name) or REHEARSED
    return tuple(c for c in catalogue if c.worker == role.worker)


def route(
    role: Role,
    pool: Sequence[Candidate],
    *,
    package_tokens: int,
    left: int,
    tokens: int | None = None,
    calls: int | None = None,
    beside: int = 0,
    needs: int = 0,
    tools: bool = False,
    avoid_family: str = "",
    barred: Mapping[str, Bar] | None = None,
    stake: Stake | None = None,
) -> Route | NoRoute:
    """Choose among `pool`. A package may have `package_tokens`, fewer where the window of a candidate is smaller, but
    never fewer than it `needs`; `beside` may be added to it. `tools`: its worker is to use some. `left`, `tokens` and
    `calls` are what may be reserved, None being without limit; `barred` are candidates that cannot be asked now, by
    name. Without a `stake` the contract's tier alone decides, as it did before outcomes were counted.

    Being barred is looked at last: whoever passes everything else is waited for, never replaced by somebody who
    does not.
    """
    considered: list[Considered] = []
    passed: list[Passed] = []
    waits: list[tuple[str, Bar]] = []
    short: list[tuple[int, tuple[tuple[str, int], ...]]] = []
    for candidate in pool:
        room = candidate.room(package_tokens)
        size = max(room + beside, needs)
        worst = candidate.worst(size)
        why = _first_failure(role, candidate, max(needs, LEAST), avoid_family, tools=tools)
        if not why and (lacking := _lacking(candidate, size, worst, left, tokens, calls)):
            why = "; ".join(words for _need, words in lacking)
            short.append((worst, tuple(need for need, _words in lacking)))
        bar = (barred or {}).get(candidate.name)
        if not why and bar is not None and candidate.worker not in {"command", "human"}:
            why = f"breaker: {bar.words}"
            waits.append((candidate.name, bar))
        considered.append(
            Considered(name=candidate.name, passed=not why, why=why or "passes every filter", worst_micro_usd=worst)
        )
        if not why:
            passed.append(Passed(candidate, worst, candidate.typical(size)))
    if not passed:
        reasons = "; ".join(f"{c.name}: {c.why}" for c in considered) or "no worker of this kind is configured"
        waits.sort(key=lambda row: (row[1].until, row[0]))
        least = min(short, default=(0, ()))[1] if not waits else ()
        return NoRoute(reasons, bool(least), tuple(considered), tuple(waits), least)
    made = _weighed(passed, stake)
    best = made.candidate
    told = tuple(
        one.model_copy(update=made.told(one.name)) if one.passed and one.name in made.words else one
        for one in considered
    )
    return Route(best, made.because, told, best.room(package_tokens), tools, made.prefers)


def _weighed(passed: Sequence[Passed], stake: Stake | None) -> Weighed:
    usual = default(passed).candidate
    if usual.worker in {"command", "human"}:
        return Weighed(usual, f"the role is worked by a {usual.worker}", {})
    if stake is None:
        return Weighed(usual, default_words(passed, usual), {})
    return weigh(passed, stake)


def _lacking(
    candidate: Candidate, size: int, worst: int, left: int, tokens: int | None, calls: int | None
) -> list[tuple[tuple[str, int], str]]:
    """What of a budget does not suffice for a package of a size: how much would be needed, and a sentence."""
    found = []
    if worst > left:
        found.append((("money", worst), f"budget: may cost {money(worst)}, {money(left)} is left"))
    most = candidate.most_tokens(size)
    if tokens is not None and most > tokens:
        found.append((("tokens", most), f"budget: may use {most:,} tokens, {tokens:,} are left"))
    if calls is not None and candidate.calls > calls:
        found.append((("calls", candidate.calls), f"budget: may make {candidate.calls} calls, {calls} are left"))
    return found


def _first_failure(role: Role, candidate: Candidate, tokens: int, avoid_family: str, *, tools: bool) -> str:
    if candidate.worker in {"command", "human"}:
        return ""
    if role.privacy == "local" and not candidate.local:
        return "privacy: the role asks for a local model"
    if tools and not candidate.tools:
        return "tools: does not declare the capability"
    if (room := candidate.room(tokens)) < tokens:
        return f"window: {tokens} tokens must be told, {candidate.window} leave {max(0, room)} beside frame and reply"
    if TIERS.index(candidate.tier) < TIERS.index(role.tier):
        return f"tier: {candidate.tier} is below {role.tier}"
    if avoid_family and candidate.family == avoid_family:
        return f"family: {candidate.family} wrote what is to be reviewed"
    return ""
