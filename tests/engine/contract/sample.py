"""A small contract that is right in every respect, and ways to make it wrong in one."""

from __future__ import annotations

from pathlib import Path

from engine.contract.lint import Provided, lint
from engine.contract.load import Loaded, load
from engine.contract.problems import Problem

NAME = "gtm.mission.yaml"

GOOD = """\
mission: Find a channel
id: gtm
zone: Europe/Berlin
target:
  statement: One channel with signal
  met_when: mission.branches.kept >= 1
budget:
  money: 500 USD
  branches: 2
actions:
  allowed: [research, draft, review]
  restricted: [send]
approvals:
  send: {expires: 3d}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs:
  leads: leads.csv
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 4}
  quality: {unit: score, from: reviewer}
cadence:
  - {check: [reply_rate], every: 2d, after: send, for: 6d}
tools:
  mail: {need: required, verbs: [send], connector: maildir}
roles:
  writer: {tier: strong, privacy: any}
  reviewer: {tier: strong, different_family_from: writer}
  script: {worker: command, command: ["{python}", "run.py", "{with.angle}"]}
judge:
  - {when: branch.reply_rate >= 0.1, then: keep, because: enough replies}
stop:
  - {when: mission.exhausted, then: stop, because: no money left}
plan:
  branches:
    - {id: cold, hypothesis: people answer, share: 50%, with: {angle: price}}
    - {id: warm, hypothesis: friends answer, share: 50%, with: {angle: plan}}
  tasks:
    - id: look
      role: writer
      verb: research
      context: [leads]
      criteria: [{text: says something, check: {max_words: 90}}]
      budget: 2 USD
    - id: write
      each: branch
      role: writer
      needs: [look]
      context: [leads, look, rules]
      proposes: [send]
      criteria: [{text: short, check: {max_words: 120}}, {text: kind, check: review}]
      verify: [checks, review]
      budget: 10 USD
    - id: run
      each: branch
      role: script
      verb: review
      criteria: [{text: ran, check: human}]
"""


def problems(text: str) -> tuple[Problem, ...]:
    """What loading and linting say of a text."""
    loaded = load(text.encode(), NAME)
    if loaded.contract is None:
        return loaded.problems
    return loaded.problems + lint(loaded.contract, loaded.positions)


def changed(old: str, new: str) -> str:
    """The good contract with one passage replaced; the passage must be there."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def good() -> Loaded:
    """The good contract, loaded."""
    return load(GOOD.encode(), NAME)


def linted(text: str, base: Path | None = None, provided: Provided | None = None) -> tuple[Problem, ...]:
    """Lint of a text that must load."""
    loaded = load(text.encode(), NAME)
    assert loaded.contract is not None, [str(problem) for problem in loaded.problems]
    return lint(loaded.contract, loaded.positions, base=base, provided=provided)
