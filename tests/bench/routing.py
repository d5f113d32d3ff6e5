"""What routing by verified outcomes brings: `python -m tests.bench.routing`. No model is asked, no clock is read.

Synthetic work: every kind of task is a role, every model succeeds in it with a chance of its own that the policy does
not know, and a verifier finds out about most results, but not about all. Tasks come one after the other; each policy
chooses, verifies, goes on to somebody else after a no, and learns from what the verifier said. Four attempts are
allowed. *good* are tasks whose accepted result really is good, *wrong* those whose accepted result is not.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.contract.model import Role
from engine.routing.catalogue import Candidate
from engine.routing.record import gathered
from engine.routing.route import Route, route
from engine.routing.weighing import Stake
from engine.state.outcomes import Tally, Who
from engine.values import MICRO, Price

TASKS, ATTEMPTS, ROLES, SEEDS = 1_000, 4, 8, 3
VERIFIERS = {
    "finds 95 of 100, costs nothing": (0.95, 0.98, 0),
    "finds 80 of 100, costs a fifth of strong": (0.8, 0.9, 3_750),
    "finds 95 of 100, costs two thirds of strong": (0.95, 0.98, 12_500),
}
"""Share of bad results that are refused, of good ones that are accepted, and micro-dollars of one verification."""


def model(name: str, tier: str, dollars: int) -> Candidate:
    """A model that costs so many dollars per million tokens."""
    price = Price(input=dollars * MICRO, output=dollars * MICRO)
    return Candidate(name, "model", name, name, name, tier, price=price, window=9_000, max_output=1_000, setup="1")


POOL = (model("cheap", "cheap", 1), model("middle", "standard", 5), model("strong", "strong", 25))
CHANCES = {"cheap": (0.35, 0.95), "middle": (0.55, 0.95), "strong": (0.8, 0.97)}
"""From where to where the chance of success of a model lies, by role."""


@dataclass
class Sum:
    """What a policy came to."""

    good: int = 0
    wrong: int = 0
    micro_usd: int = 0
    attempts: int = 0


Choose = Callable[[Stake], Candidate]


def learnt(given: Stake) -> Candidate:
    """route/1 as it is."""
    choice = route(Role(tier="cheap"), POOL, package_tokens=2_000, left=10**12, stake=given)
    assert isinstance(choice, Route)
    return choice.candidate


def tiers(given: Stake) -> Candidate:
    """route/1 without outcomes: the lowest tier, and the next better one after a no."""
    return learnt(replace(given, record=gathered([], 0)))


POLICIES: dict[str, Choose] = {
    "always strong": lambda _given: POOL[2],
    "always cheap": lambda _given: POOL[0],
    "by tier, up after a no": tiers,
    "route/1 with outcomes": learnt,
}


def play(choose: Choose, seed: int, verifier: tuple[float, float, int]) -> Sum:
    """All tasks of a seed under a policy."""
    dice = random.Random(seed)
    roles = [f"role{n}" for n in range(ROLES)]
    chance = {(role, one.name): dice.uniform(*CHANCES[one.name]) for role in roles for one in POOL}
    catches, passes, price = verifier
    tallies: dict[Who, Tally] = {}
    last: dict[str, tuple[str, str]] = {}
    found = Sum()
    for number in range(TASKS):
        role, day = dice.choice(roles), number // 200
        luck = {one.name: random.Random(f"{seed} {number} {one.name}") for one in POOL}
        refuted: frozenset[str] = frozenset()
        record = gathered([tallies], day)
        for attempt in range(ATTEMPTS):
            name, preferred = last.get(role, ("", ""))
            gate = attempt + 1 < ATTEMPTS
            chosen = choose(
                Stake(role, record, verify=price, gate=gate, refuted=refuted, last=name, preferred=preferred)
            )
            good = luck[chosen.name].random() < chance[role, chosen.name]
            said = luck[chosen.name].random() < (passes if good else 1 - catches)
            found.micro_usd += chosen.typical(2_000) + price
            found.attempts += 1
            tally = tallies.setdefault(Who(role, chosen.name, "1", day), Tally())
            tally.good, tally.bad = tally.good + said, tally.bad + (not said)
            if not refuted:
                last[role] = chosen.name, chosen.name
            if said:
                found.good, found.wrong = found.good + good, found.wrong + (not good)
                break
            refuted |= {chosen.name}
    return found


def main() -> None:
    """Print the table."""
    for words, verifier in VERIFIERS.items():
        print(f"verifier: {words}")
        print(f"  {'policy':26}{'good':>8}{'wrong':>8}{'attempts':>10}{'cost':>10}{'per good':>10}")
        base = 0.0
        for name, choose in POLICIES.items():
            sums = [play(choose, seed, verifier) for seed in range(SEEDS)]
            tasks = TASKS * SEEDS
            good, wrong = sum(one.good for one in sums), sum(one.wrong for one in sums)
            cost, tries = sum(one.micro_usd for one in sums), sum(one.attempts for one in sums)
            base = base or cost / good
            print(
                f"  {name:26}{good / tasks:8.3f}{wrong / tasks:8.3f}{tries / tasks:10.2f}"
                f"{cost / tasks / MICRO:10.4f}{cost / good / base:9.2f}x"
            )


if __name__ == "__main__":
    main()
