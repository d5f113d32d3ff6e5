"""Small contracts to rehearse, as text, and how they become scenes: nothing on the disk is needed."""

from __future__ import annotations

from pathlib import Path

from engine.contract.load import load
from engine.rehearsal.forecast import Basis
from engine.rehearsal.inforce import Standing
from engine.rehearsal.missing import Machine
from engine.rehearsal.past import Past
from engine.rehearsal.play import Scene
from engine.rehearsal.prepare import Given, prepare
from engine.settings import Settings
from engine.settings.whole import read_settings
from engine.values import sha256

ROWS = [f"P{n},p{n}@c{n}.example,{'cold' if n % 2 else 'warm'}\n" for n in range(8)]
LEADS = ("name,email,channel\n" + "".join(ROWS)).encode()
MODELS = """
[mail]
name = "Ada"
address = "ada@yours.example"
postal = "1 Example Street"
[models.swift]
model = "acme/swift"
tier = "strong"
price = {input = 1, output = 5}
[models.other]
model = "zeta/other"
tier = "strong"
price = {input = 2, output = 6}
"""
ASSUME = """\
  writer: {tokens_in: 2000, tokens_out: 500, spread: 50%, success: 90%, takes: 2m}
  reviewer: {tokens_in: 1000, tokens_out: 100, success: 95%, takes: 1m}
  human: {answers: 3h, spread: 50%, attention: 2m, approves: 90%}
  reply_rate: {reply: 40%, stop: 10%, bounce: 5%}
  models: {outage: 1%, lasts: 20m}
"""
CONTRACT = """\
mission: Find a channel
id: gtm
target: {{statement: one, met_when: "{met}"}}
budget: {{money: {money}, time: {time}, branches: 2}}
actions: {{allowed: [draft, review, research], restricted: [send]}}
approvals: {{send: {{expires: 3d, undo: 10s}}}}
lawful: {{country: US, basis: business contact, source: leads.csv}}
inputs: {{leads: leads.csv}}
evidence: {{reply_rate: {{unit: ratio, from: inbox, min_sample: 3}}}}
cadence: [{{check: [reply_rate], every: 1d, after: send, for: 3d}}]
tools: {{mail: {{need: required, verbs: [send], connector: maildir}}{tools}}}
roles: {{writer: {{tier: strong, privacy: any{more_role}}}, reviewer: {{tier: strong, different_family_from: writer}}}}
judge:
  - {{when: "branch.reply_rate >= 0.3", then: keep, because: they answer}}
  - {{when: "branch.reply_rate < 0.3", then: prune, because: they do not}}
{judge}\
stop:
  - {{when: "mission.branches.tried >= 2 && mission.branches.alive == 0", then: stop, because: nothing works}}
assume:
{assume}\
plan:
  branches: [{{id: cold, hypothesis: it works, share: 50%}}, {{id: warm, hypothesis: so does this, share: 50%}}]
  tasks:
    - id: write
      each: branch
      role: writer
      context: [leads]
      proposes: [send]
      criteria: [{{text: good, check: review}}]
      verify: [checks, review]
      budget: 10 USD
      attempts: 3
"""


def contract(
    *,
    met: str = "mission.branches.kept >= 1 && mission.branches.alive == 0",
    money: str = "50 USD",
    time: str = "14d",
    tools: str = "",
    more_role: str = "",
    judge: str = "",
    assume: str = ASSUME,
) -> str:
    """The text of a contract with two channels, a review, an approval and a window."""
    return CONTRACT.format(
        met=met, money=money, time=time, tools=tools, more_role=more_role, judge=judge, assume=assume
    )


def staged(
    text: str,
    *,
    settings: str = MODELS,
    past: Past | None = None,
    machine: Machine | None = None,
    home: Standing | None = None,
) -> tuple[Scene, Basis]:
    """A scene of a contract's text with six leads."""
    loaded = load(text.encode(), "gtm.mission.yaml")
    assert loaded.contract is not None, [str(problem) for problem in loaded.problems]
    sha = sha256(LEADS)
    inputs = {"leads": {"sha": sha, "filename": "leads.csv", "bytes": len(LEADS)}}
    given = Given(Path("gtm.mission.yaml"), text.encode(), inputs, {}, {sha: LEADS})
    told = read_settings(settings) if settings else Settings()
    machine = machine or Machine(there=lambda _path: True)
    return prepare(loaded.contract, given, told, past or Past(), machine, home)
