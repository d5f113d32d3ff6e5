"""What one attempt may spend over several calls of its model: set aside when it is dispatched, looked at before each
call. Pure; integer micro-dollars, and one token for every byte that is sent, which no tokenizer exceeds.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from engine.routing.catalogue import DENSE, Candidate
from engine.values import MICRO, Price, Value

CALLS = 16
"""Calls of its model that an attempt with tools may make."""
PART = 4
"""A task without a budget of its own gets at most one part in so many of what is left, so that others can begin too;
one with a budget, one for each attempt that it has left: an attempt that is lost costs all that was set aside for it.
"""
TOLD = 6_000
"""Tokens set aside in every call for the descriptions of tools."""
BROUGHT = 4_000
"""Tokens that the results of one round are assumed to have, where money and room are set aside; whether more fit is
looked at when they are there.
"""


class Allowance(Value):
    """What an attempt with tools may spend: frozen when it is dispatched. `calls` are those of its model; `tokens`, of
    all classes, None where nothing limits them.
    """

    micro_usd: int = Field(ge=0)
    price: Price
    free: bool = False
    calls: int = Field(default=CALLS, ge=1)
    tokens: int | None = None


def dearest(price: Price, told: int, said: int) -> int:
    """The most that one call may cost which is told so many tokens and may say so many."""
    read, written = max(price.input, price.cache_write, price.cache_read), max(price.output, price.reasoning)
    return -(-(told * read + said * written) // MICRO) + price.per_call


def equipped(candidate: Candidate) -> Candidate:
    """A candidate as an attempt with tools has it: every call is told more, and leaves less room for the package."""
    return replace(candidate, frame=candidate.frame + TOLD + BROUGHT) if candidate.worker == "model" else candidate


def wished(candidate: Candidate, package_tokens: int, calls: int = CALLS) -> tuple[int, int]:
    """What all the calls of an attempt may cost and how many tokens they may use, if each is told of everything before
    it that its window can hold. `candidate` is `equipped`.
    """
    many, few = DENSE if candidate.dense else (1, 1)
    first = -(-package_tokens * many // few) + candidate.frame
    grown = (first + before * (candidate.max_output + BROUGHT) for before in range(calls))
    told = [min(size, candidate.window) if candidate.window else size for size in grown]
    cost = sum(dearest(candidate.price, size, candidate.max_output) for size in told) + candidate.fixed
    return 0 if candidate.free else cost, sum(told) + calls * candidate.max_output


def allowance(
    candidate: Candidate,
    package_tokens: int,
    *,
    left: int,
    part: int = 1,
    tokens: int | None = None,
    calls: int | None = None,
) -> Allowance:
    """What to set aside for an attempt with tools: what it may wish for, but at most one `part` of what is `left` for
    its task, in `tokens` and `calls` too where they are limited. Never less than an answer and its mending need, which
    must be left. `candidate` is `equipped`.
    """
    most = CALLS if calls is None else min(CALLS, max(candidate.rounds, calls // part))
    cost, used = wished(candidate, package_tokens, most)
    least = candidate.worst(package_tokens), wished(candidate, package_tokens, candidate.rounds)[1]
    return Allowance(
        micro_usd=0 if candidate.free else min(max(least[0], min(cost, left // part)), max(left, 0)),
        price=candidate.price,
        free=candidate.free,
        calls=most,
        tokens=None if tokens is None else min(max(least[1], min(used, tokens // part)), max(tokens, 0)),
    )
