"""Who of those that pass every filter is chosen: by the contract's tier, or by verified outcomes once there are some.

Where a bad result is found out and somebody better may be asked next, the least expected cost of a success decides: a
cheap model goes first exactly where its price and that of its verification are made up by how often it succeeds.
Where nothing finds out, only those are compared that are about as good as the best. Nobody is tried out by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.routing.catalogue import TIERS, Candidate
from engine.routing.record import Record, Standing
from engine.values import PPM, Ratio, money

CLOSE, WIDE = 30_000, 100_000
"""How far from the best, in millionths of attempts, one may be where nothing finds out about a bad result: of work
whose quality is all that counts, and of work that is plain.
"""
PLAIN_VERBS = frozenset({"read", "research", "enrich", "test"})


@dataclass(frozen=True, slots=True)
class Stake:
    """What a choice rests on beside the filters."""

    role: str = ""
    record: Record = Record()
    verify: int = 0
    """Micro-dollars that verifying one result is expected to cost."""
    gate: bool = False
    """Whether a bad result is found out, and another attempt may follow."""
    caught: int = PPM
    alarms: int = 0
    """In millionths: how much of what is bad the gate sends back, and how much of what is good."""
    finder: str = ""
    """Who finds out, where it is a reviewer that was measured; empty where it is a check."""
    tolerance: int = CLOSE
    refuted: frozenset[str] = frozenset()
    """Who has tried this task and was found wanting."""
    before: str = ""
    """Who has the task already, and was not found wanting."""
    last: str = ""
    """Who was given the role's last task; what a no led to, or an outage, does not count."""
    preferred: str = ""
    """Whom the numbers preferred then."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One that passes every filter. `worst` is what its attempt may cost at most, `typical` what one usually would."""

    candidate: Candidate
    worst: int
    typical: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.candidate.name

    @property
    def tier(self) -> int:
        """The place of its tier."""
        return TIERS.index(self.candidate.tier)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The choice, a line that says why, and for each of them what the numbers say."""

    candidate: Candidate
    because: str
    words: Mapping[str, str]
    prefers: str = ""
    """Whom the numbers prefer, where outcomes decide."""
    expected: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, Standing] = field(default_factory=dict)

    def told(self, name: str) -> dict[str, Any]:
        """What is kept of one of them."""
        seen = self.known.get(name)
        verified = Ratio(k=seen.good, n=seen.n) if seen is not None and seen.n else None
        return {"why": self.words[name], "expected_micro_usd": self.expected.get(name, 0), "verified": verified}


def default(passed: Sequence[Passed]) -> Passed:
    """Without outcomes: the lowest tier that will do, in it the cheapest."""
    return min(passed, key=lambda one: (one.tier, one.worst, one.name))


def default_words(passed: Sequence[Passed], chosen: Candidate) -> str:
    """Why it is the default."""
    if len(passed) == 1:
        return "the only one that passes"
    return f"cheapest of {len(passed)} that pass in tier {chosen.tier}"


def weigh(passed: Sequence[Passed], stake: Stake) -> Weighed:
    """Choose among those that pass; there is at least one."""
    known = {one.name: stake.record.standing(stake.role, one.candidate) for one in passed}
    return replace(_weighed(passed, known, stake), known=known)


def _weighed(passed: Sequence[Passed], known: Mapping[str, Standing], stake: Stake) -> Weighed:
    usual = default(passed)
    plain = {name: f"passes every filter{f'; {seen.words}' if seen.n else ''}" for name, seen in known.items()}
    if hop := _hop(passed, known, stake):
        return hop
    kept = next((one for one in passed if one.name == stake.before), None)
    if kept is not None and kept.tier == usual.tier and kept.name != usual.name:
        return Weighed(kept.candidate, "it has this task already", plain)
    seen = known[usual.name]
    if len(passed) == 1 or not any(known[one.name].known for one in passed if one.tier == usual.tier):
        few = f"; {seen.words}, too few to go by" if seen.n and len(passed) > 1 else ""
        return Weighed(usual.candidate, f"{default_words(passed, usual.candidate)}{few}", plain, usual.name)
    return _by_outcomes(passed, known, stake)


def _hop(passed: Sequence[Passed], known: Mapping[str, Standing], stake: Stake) -> Weighed | None:
    """After a no: the least expected cost among those that are better than whoever was found wanting."""
    wanting = [one for one in passed if one.name in stake.refuted]
    if not wanting:
        return None
    bar, tier = max(known[one.name].quality for one in wanting), max(one.tier for one in wanting)
    better = [
        one
        for one in passed
        if one.name not in stake.refuted
        and (known[one.name].quality > bar or (one.tier > tier and not known[one.name].known))
    ]
    if not better:
        return None
    expected = {one.name: _success(one, known, stake) for one in better}
    best = min(better, key=lambda one: (expected[one.name], one.tier, one.name))
    failed = ", ".join(sorted(one.name for one in wanting))
    words = {one.name: "was found wanting on this task" for one in wanting} | _words(
        [one for one in passed if one.name not in stake.refuted], known, expected, best
    )
    return Weighed(best.candidate, f"{failed} was found wanting; the next that is better", words, expected=expected)


def _by_outcomes(passed: Sequence[Passed], known: Mapping[str, Standing], stake: Stake) -> Weighed:
    if stake.gate:
        expected = {one.name: _cascade(one, passed, known, stake)[0] for one in passed}
        fit = list(passed)
    else:
        expected = {one.name: _success(one, known, stake) for one in passed}
        bar = max(known[one.name].quality for one in passed) - stake.tolerance
        fit = [one for one in passed if known[one.name].quality >= bar]
    best = min(fit, key=lambda one: (expected[one.name], one.tier, one.name))
    chosen, stays = best, ""
    last = next((one for one in fit if one.name == stake.last), None)
    if last is not None and last is not best and stake.preferred != best.name:
        chosen, stays = last, f"; {best.name} is preferred since this task alone, so nothing is changed yet"
    words = _words(passed, known, expected, chosen)
    words |= {one.name: f"{words[one.name]}; not good enough beside the best" for one in passed if one not in fit}
    seen = known[chosen.name]
    what = "least expected cost of a success" if stake.gate else f"cheapest of {len(fit)} that are good enough"
    told = f"{what}, {money(expected[chosen.name])}: {seen.words} as {stake.role} ({seen.interval} likely)"
    after = _cascade(chosen, passed, known, stake)[1] if stake.gate else None
    left = f"what {stake.finder} sends back" if stake.finder else "what fails"
    going = f"; {left} goes on to {after.name}" if after is not None else ""
    return Weighed(chosen.candidate, told + going + stays, words, best.name, expected)


def _cost(one: Passed, known: Mapping[str, Standing], stake: Stake) -> int:
    """What one verified attempt is expected to cost."""
    seen = known[one.name].cost
    return (one.typical if seen is None else seen) + stake.verify


def _success(one: Passed, known: Mapping[str, Standing], stake: Stake) -> int:
    """What a success costs, tried until there is one."""
    return _cost(one, known, stake) * PPM // max(1, known[one.name].quality)


def _cascade(
    one: Passed, passed: Sequence[Passed], known: Mapping[str, Standing], stake: Stake
) -> tuple[int, Passed | None]:
    """What a success costs when what is sent back goes on to somebody better, and to whom. A bad result that the gate
    lets through is no success, and a good one that it sends back is paid for twice.
    """
    quality = known[one.name].quality
    better = [other for other in passed if known[other.name].quality > quality]
    if not better:
        return _success(one, known, stake), None
    after = min(better, key=lambda other: (_success(other, known, stake), other.tier, other.name))
    failing = PPM - quality
    back = (failing * stake.caught + quality * stake.alarms) // PPM
    good = PPM - failing * (PPM - stake.caught) // PPM
    whole = _cost(one, known, stake) + back * _success(after, known, stake) // PPM
    return whole * PPM // max(1, good), after


def _words(
    passed: Sequence[Passed], known: Mapping[str, Standing], expected: Mapping[str, int], chosen: Passed
) -> dict[str, str]:
    """`$0.0210 a success (+$0.0169); verified 12 of 12`."""
    found = {}
    for one in passed:
        if one.name not in expected:
            found[one.name] = f"passes every filter; {known[one.name].words}"
            continue
        more = expected[one.name] - expected[chosen.name]
        beside = f" ({'+' if more > 0 else ''}{money(more)})" if more else ""
        found[one.name] = f"{money(expected[one.name])} a success{beside}; {known[one.name].words}"
    return found
