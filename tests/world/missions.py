"""Contracts of simulated missions, drawn from a seed: how many branches and leads, how tight the money."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from engine.effects.protocol import Delivery
from engine.governance.courtesy import Limits
from engine.loop.world import Slots
from engine.values import MissionId
from tests.world import pace, tools

SIM = MissionId("sim")


@dataclass(frozen=True)
class Setting:
    """What a seed draws: the missions by id, all over the same leads and the same sink."""

    missions: dict[MissionId, Terms]
    leads: bytes
    delivery: Delivery
    limits: Limits | None = None
    """How much contact there may be, where the seed paces it."""
    slots: Slots = Slots()
    """How many attempts run side by side."""


@dataclass(frozen=True)
class Terms:
    """One mission's contract and its cap."""

    contract: bytes
    cap_micro_usd: int
    local: frozenset[str] = frozenset()
    """Roles whose work may be shown to no model but one's own."""


def leads(count: int, branches: int, twice: int = 0) -> bytes:
    """A CSV of people, each on one branch; the first `twice` of them are on the next branch, too."""
    rows = [f"P{n} Example,p{n}@c{n}.example,Company {n},b{n % branches}" for n in range(count)]
    rows += [f"P{n} Example,p{n}@c{n}.example,Company {n},b{(n + 1) % branches}" for n in range(twice)]
    return ("name,email,company,channel\n" + "\n".join(rows) + "\n").encode()


def draw(seed: int, *, calm: bool = False, tiny: bool = False) -> Setting:
    """The setting of a seed. `calm` leaves out what makes two runs differ for other reasons than crashes."""
    dice = random.Random(f"setting {seed}")
    branches = 1 if tiny else dice.choice([1, 2, 2, 3])
    people = 1 if tiny else branches * dice.choice([1, 2, 3])
    twice = 0 if calm else dice.choice([0, 0, 1, 2])
    names = [SIM] if calm or dice.random() < 0.7 else [SIM, MissionId("two")]
    missions = {
        name: _planless(
            _asked(
                _limited(_terms(name, dice, branches, seed, calm=calm), name, seed, calm=calm), name, seed, calm=calm
            ),
            seed,
            calm=calm,
        )
        for name in names
    }
    delivery: Delivery = "lookup" if calm else dice.choice(["lookup", "lookup", "blind", "dedup"])
    limits, people_ = pace.drawn(seed, calm=calm), leads(people, branches, min(twice, people))
    if limits is None:
        return Setting(missions, people_, delivery)
    missions = {name: replace(terms, contract=pace.outward(terms.contract)) for name, terms in missions.items()}
    return Setting(missions, pace.shared(people_), delivery, limits)


def _limited(terms: Terms, name: MissionId, seed: int, *, calm: bool) -> Terms:
    """The same mission, in every fourth seed under caps on tokens, calls, a role or human minutes as well."""
    dice = random.Random(f"limits {seed} {name}")
    if calm or dice.random() > 0.3:
        return terms
    rule = "  - {when: mission.exhausted, then: stop, because: the budget is exhausted}\n"
    text = terms.contract.decode().replace(rule, "")  # it would stop before anybody is asked
    kind = dice.choice(["tokens", "calls", "role", "attention", "attention"])
    if kind == "role":
        budget = dice.choice(["{calls: 3}", "{tokens: 60000}", "0.30 USD"])
        text = text.replace("tier: strong}", f"tier: strong, budget: {budget}}}", 1)
    else:
        given = {"tokens": dice.randrange(20_000, 300_000), "calls": dice.randrange(1, 12), "attention": "20s"}[kind]
        text = text.replace("time: 60d,", f"time: 60d, {kind}: {given},", 1)
    return replace(terms, contract=text.encode())


def _planless(terms: Terms, seed: int, *, calm: bool) -> Terms:
    """In some seeds the contract has no plan: its planner is asked, and may be asked again."""
    dice = random.Random(f"planless {seed}")
    if calm or dice.random() >= 0.1:
        return terms
    clause = dice.choice(["{}", "{replan: [pruned, spare]}", "{accept: {under: 5 USD}, replan: pruned, times: 2}"])
    head = terms.contract.partition(b"plan:\n")[0].replace(b"allowed: [draft,", b"allowed: [analyze, draft,")
    return replace(terms, contract=head + f"planning: {clause}\n".encode())


def _asked(terms: Terms, name: MissionId, seed: int, *, calm: bool) -> Terms:
    """The same mission, its roles worked by models in two of five, and some of them by local ones alone."""
    dice = random.Random(f"models {seed} {name}")
    own = b"bounded by the mission's cap alone" not in terms.contract  # a model's task needs a budget of its own
    if calm or not own or dice.random() < 0.4:
        return terms
    text, local = terms.contract.decode(), set[str]()
    for role in ("writer", "researcher", "reviewer"):
        follows = role == "researcher" and "writer" in local and "fallback: researcher" in text
        if dice.random() < 0.3 or follows:  # a fallback is as private as the role that it takes over from
            local.add(role)
        private = ", privacy: local" if role in local else ""
        text = text.replace(f"  {role}: {{worker: rehearsed, tier", f"  {role}: {{worker: model{private}, tier")
    if random.Random(f"tools {seed} {name}").random() < 0.6:
        text = text.replace("connector: sink}}", f"connector: sink}}\n  {tools.TERMS}").replace(
            "tools: {mailer", "tools:\n  mailer"
        )
    return replace(terms, contract=text.encode(), local=frozenset(local))


def _approvals(name: MissionId, seed: int, *, calm: bool) -> tuple[str, str]:
    """What is said of approvals beyond the usual, and of the leads: two people in one mission of six, a standing yes to
    two mails in one of four, half of the time steered by leads that nobody vouches for.
    """
    dice = random.Random(f"approvals {seed} {name}")
    draw, trusted = dice.random(), dice.random() < 0.6
    leads_ = "{path: leads.csv, trust: trusted}" if trusted else "leads.csv"
    if calm or draw < 0.6:
        return "", "leads.csv"
    if draw < 0.76:
        return ", people: 2", leads_
    return ', standing: {count: 2, until: "2099-12-31"}', leads_


def _terms(name: MissionId, dice: random.Random, branches: int, seed: int, *, calm: bool) -> Terms:
    each = 2_000 if calm else dice.choice([14, 14, 30, 2_000, 2_000])
    shared = calm or dice.random() < 0.6
    cents = each * (branches + 1) if shared else each * 2
    share = f", share: {100 // branches}%" if shared else ""
    own = f'budget: "{each / 100:.2f} USD"' if shared else "# bounded by the mission's cap alone"
    fallback = "ask" if calm else dice.choice(["ask", "stop", "researcher"])
    planned = "\n".join(f"    - {{id: b{n}, hypothesis: people of b{n} answer{share}}}" for n in range(branches))
    verify = "checks" if calm and seed % 2 else dice.choice(["checks", "[checks, review]", "[checks, human]"])
    expires = dice.choice(["1d", "2h"]) if not calm else "5d"
    undo, batch = dice.choice(["0s", "10s"]), dice.choice([2, 50])
    more, trust = _approvals(name, seed, calm=calm)
    text = f"""mission: Simulated {seed}
id: {name}
target: {{statement: a channel answers, met_when: "mission.branches.kept >= 1 && mission.branches.alive == 0"}}
budget: {{money: "{cents / 100:.2f} USD", time: 60d, branches: {branches}}}
actions: {{allowed: [draft, research, review], restricted: [send]}}
approvals: {{send: {{expires: {expires}, undo: {undo}, batch: {batch}{more}}}}}
lawful: {{country: US, basis: business contact, source: leads.csv}}
inputs: {{leads: {trust}}}
evidence:
  reply_rate: {{unit: ratio, from: inbox, min_sample: 1}}
cadence:
  - {{check: reply_rate, every: 1d, after: send, for: 2d}}
tools: {{mailer: {{need: required, stance: ask, verbs: [send], connector: sink}}}}
roles:
  writer: {{worker: rehearsed, tier: strong}}
  researcher: {{worker: rehearsed, tier: cheap}}
  reviewer: {{worker: rehearsed, tier: standard}}
judge:
  - {{when: branch.reply_rate >= 0.5, then: keep, because: people answer}}
  - {{when: branch.reply_rate < 0.5, then: prune, because: too few answer}}
stop:
  - {{when: mission.exhausted, then: stop, because: the budget is exhausted}}
  - when: "mission.branches.tried >= 1 && mission.branches.alive == 0 && mission.branches.kept == 0"
    then: stop
    because: nobody answers
assume:
  writer: {{tokens_in: 3000, tokens_out: 600}}
  researcher: {{tokens_in: 2000, tokens_out: 300}}
  reviewer: {{tokens_in: 1000, tokens_out: 100}}
plan:
  branches:
{planned}
  tasks:
    - id: look
      role: researcher
      verb: research
      context: [leads]
      produces: [notes]
      criteria: [{{text: is short, check: {{max_words: 300}}}}]
      {own}
    - id: write
      each: branch
      role: writer
      verb: draft
      needs: [look]
      context: [leads, look]
      proposes: [send]
      criteria: [{{text: under 120 words, check: {{max_words: 120}}}}, {{text: is kind, check: review}}]
      verify: {verify}
      {own}
      attempts: 3
      fallback: {fallback}
"""
    return Terms(text.encode(), cents * 10_000)
