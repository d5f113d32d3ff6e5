"""P21 and T8: every state of small missions. None rests with something that nothing would free, and from each its end
can be reached.
"""

from __future__ import annotations

import pytest

from tests.world.states import Explorer, Setting

HEAD = """mission: Small
id: sim
target: {{statement: something}}
budget: {{money: "{money}", branches: 2, attempts: {attempts}{more}}}
actions: {{allowed: [draft, research, review], restricted: [send]}}
approvals: {{send: {{expires: 1d, undo: 10s}}}}
lawful: {{country: US, basis: business contact, source: leads.csv}}
inputs: {{leads: leads.csv}}
tools: {{mail: {{need: required, verbs: [send], connector: sink}}}}
roles:
  writer: {{worker: rehearsed, tier: cheap}}
  clerk: {{worker: model}}
  reviewer: {{worker: rehearsed, tier: standard}}
"""
SHORT = "{text: short, check: {max_words: 60}}"


def terms(plan: str, money: str = "100 USD", attempts: int = 2, more: str = "") -> str:
    return HEAD.format(money=money, attempts=attempts, more=more) + plan.replace("SHORT", SHORT)


REVIEW = """
plan:
  tasks:
    - {id: write, role: writer, budget: 90 USD, fallback: human, verify: [checks, review],
       criteria: [SHORT, {text: kind, check: review}]}
"""
CHAIN = """
plan:
  tasks:
    - {id: first, role: clerk, budget: 2 USD, attempts: 1, criteria: [SHORT]}
    - {id: second, role: writer, needs: [first], budget: 2 USD, attempts: 1, fallback: writer, criteria: [SHORT]}
"""
TIGHT = """
plan:
  tasks:
    - {id: first, role: writer, budget: 0.03 USD, attempts: 2, criteria: [SHORT]}
    - {id: second, role: clerk, needs: [first], budget: 0.01 USD, attempts: 1, fallback: writer,
       verify: [checks, human], criteria: [{text: short, check: human}]}
"""
SEND = """
evidence: {reply_rate: {unit: ratio, from: inbox, min_sample: 1}}
cadence: [{check: reply_rate, every: 1d, after: send, for: 2d}]
judge:
  - {when: branch.reply_rate >= 0.5, then: keep, because: people answer}
plan:
  branches: [{id: cold, hypothesis: people answer, share: 50%}]
  tasks:
    - {id: write, branch: cold, role: writer, context: [leads], proposes: [send], budget: 2 USD, attempts: 1,
       criteria: [SHORT]}
"""
MISSIONS = {
    "review": terms(REVIEW, attempts=5),
    "chain": terms(CHAIN, attempts=4, more=", time: 5d"),
    "tight": terms(TIGHT, "0.04 USD", attempts=4),
    "send": terms(SEND, attempts=4),
}
LIMIT, THOROUGH = 250, 15_000


@pytest.mark.parametrize("name", MISSIONS)
def test_p21_in_no_state_is_anything_stuck(name: str, request: pytest.FixtureRequest) -> None:
    """With deaths, pauses, prunings and outages: the nearest states, or 15,000 of each mission."""
    limit = THOROUGH if request.config.getoption("--thorough") else LIMIT
    found = Explorer(Setting(MISSIONS[name]), limit).explore()
    print(f"{name}: {found.states} states, {found.acts} acts, {len(found.stuck)} stuck, {len(found.endless)} endless")
    assert found.states == limit
    assert (found.stuck, found.endless) == ([], [])


def test_p21_a_sending_that_nobody_can_ask_about(request: pytest.FixtureRequest) -> None:
    """The same over a connector without look-ups: doubts go to a human."""
    limit = THOROUGH if request.config.getoption("--thorough") else LIMIT
    found = Explorer(Setting(MISSIONS["send"], delivery="blind"), limit).explore()
    assert (found.stuck, found.endless) == ([], [])
    assert "effect.doubted" in found.kinds


@pytest.mark.parametrize(
    ("contract", "states"),
    [
        pytest.param(terms(REVIEW), 100, id="review"),
        pytest.param(terms(TIGHT, "0.04 USD"), 200, id="tight"),
        pytest.param(terms(CHAIN, more=", time: 5d"), 1_000, id="chain", marks=pytest.mark.thorough),
    ],
)
def test_t8_an_end_can_be_reached_from_every_state(contract: str, states: int) -> None:
    """All states there are, none left out: from each a way leads to the end without anybody saying stop."""
    found = Explorer(Setting(contract, whims=0), 4_000).explore()
    assert found.whole
    assert found.states >= states
    assert (found.stuck, found.endless) == ([], [])
