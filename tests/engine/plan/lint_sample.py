"""A contract whose plan is right in every respect, and the surroundings that nothing is wrong with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.contract.load import load
from engine.contract.model import Contract
from engine.plan.known import Known, Tried
from engine.routing.catalogue import Candidate

CLEAN = """\
mission: Find a channel
id: gtm
target: {statement: One channel with signal}
budget: {money: 100 USD, time: 14d, branches: 3}
actions: {allowed: [research, draft, analyze, review], restricted: [send]}
approvals: {send: {expires: 3d}}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs: {leads: leads.csv}
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 4}
  speed: {unit: ms, from: command}
cadence:
  - {check: [reply_rate], every: 2d, after: send, for: 6d}
tools:
  mail: {need: required, verbs: [send], connector: maildir}
  web: {need: optional, stance: allow, verbs: [research], roles: [researcher], builtin: http}
roles:
  researcher: {tier: cheap, privacy: any}
  writer: {tier: standard, privacy: any}
  editor: {tier: standard, privacy: any, different_family_from: writer}
  reviewer: {tier: strong, different_family_from: writer}
  script: {worker: command, command: ["{python}", run.py]}
  owner: {worker: human}
judge:
  - {when: branch.reply_rate >= 0.1, then: keep, because: enough replies}
  - {when: branch.speed > 60.0, then: prune, because: too slow}
stop:
  - {when: mission.exhausted, then: stop, because: no money left}
plan:
  branches:
    - {id: cold, hypothesis: Founders answer a short cold mail about their pricing, share: 50%}
    - {id: warm, hypothesis: Old friends like to hear from us again, share: 40%}
  tasks:
    - {id: look, role: researcher, verb: research, context: [leads], produces: [notes.md],
       criteria: [{text: says something, check: {max_words: 90}}], budget: 2 USD}
    - {id: write, each: branch, role: writer, needs: [look], context: [leads, look, rules], proposes: [send],
       criteria: [{text: short, check: {max_words: 120}}, {text: kind, check: review}], verify: [checks, review],
       budget: 10 USD, fallback: editor}
    - {id: time, each: branch, role: script, verb: research, needs: [look], produces: [speed],
       criteria: [{text: leaves a speed, check: {metric: speed}}]}
    - {id: sum, role: researcher, verb: analyze, needs: [write, time], context: [evidence],
       criteria: [{text: one next step, check: review}], budget: 2 USD}
"""

SMALL = Candidate("small", "model", "small", "north", "north", "cheap", window=100_000, max_output=4_000)
PLAIN = Candidate("plain", "model", "plain", "south", "south", "standard", window=100_000, max_output=4_000)
LARGE = Candidate("large", "model", "large", "north", "north", "strong", window=100_000, max_output=4_000)
KNOWN = Known(
    pool=(SMALL, PLAIN, LARGE),
    tried=(Tried("B9", "ads", "Strangers click on a paid banner", "nobody clicked", evidence=2, learned=True),),
    rules=("never mention their investors",),
)


def planned(text: str = CLEAN) -> Contract:
    """A contract that must load; what its own lint says of it is not asked here."""
    loaded = load(text.encode(), "gtm.mission.yaml")
    assert loaded.contract is not None, [str(problem) for problem in loaded.problems]
    return loaded.contract


def swapped(*passages: tuple[str, str]) -> Contract:
    """The clean contract with some passages replaced; each must be there."""
    text = CLEAN
    for old, new in passages:
        assert old in text, old
        text = text.replace(old, new, 1)
    return planned(text)


def knowing(**more: Any) -> Known:
    """The surroundings, but for what is said otherwise."""
    return replace(KNOWN, **more)
