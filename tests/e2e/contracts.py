"""Small contracts for whole-program tests, and the commands that work in them."""

from __future__ import annotations

import textwrap

from tests.e2e.stage import Stage

CONFIG = """\
[mail]
name = "Ada Example"
address = "ada@yours.example"
postal = "1 Example Street, Example Town"
"""

LEADS = """\
name,company,email
Maya Lind,Northwind,maya@northwind.example
Tom Reyes,Acme,tom@acme.example
Ada Berg,Initech,ada@initech.example
"""

WORK = """\
import json, pathlib, sys, time
time.sleep(float(sys.argv[1]))
pathlib.Path("out/table.md").write_text("one\\n")
print(json.dumps({"summary": "measured", "evidence": {"size": 12}, "artifacts": ["table.md"]}))
"""

WRITE = """\
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
effects = [
    {"verb": "send", "to": row["email"], "subject": f"A question for {row['company']}",
     "body": f"Hi {row['name'].split()[0]},\\n\\nwould a short call be useful?", "fields": ["name", "company"]}
    for row in rows
]
print(json.dumps({"summary": f"wrote {len(effects)} letters", "effects": effects}))
"""

LETTERS = """\
mission: Measure, then write to three people
id: small
target:
  statement: Everything planned is done and every mail has left.
  met_when: mission.tasks.open == 0 && mission.effects.done >= 3
budget: {money: 5 USD, time: 1d, attempts: 60}
actions:
  allowed: [test, draft, review, analyze]
  restricted: [send]
approvals:
  send: {expires: 1d, undo: 1s, batch: 10}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs:
  work: {path: work.py, privacy: public, trust: trusted}
  write: {path: write.py, privacy: public, trust: trusted}
  leads: leads.csv
evidence:
  size: {unit: count, from: command}
tools:
  mail: {need: required, stance: ask, verbs: [send], connector: maildir}
roles:
  measurer: {worker: command, command: ["{python}", "{input.work}", "0.3"], timeout: 30s}
  writer: {worker: command, command: ["{python}", "{input.write}", "{input.leads}"], timeout: 30s}
  reviewer: {worker: rehearsed, tier: strong}
stop:
  - {when: mission.exhausted, then: stop, because: the budget is exhausted}
plan:
  tasks:
    - id: measure
      role: measurer
      verb: test
      context: [work]
      produces: [size]
      criteria: [{text: leaves a size, check: {metric: size}}]
    - id: again
      role: measurer
      verb: test
      needs: [measure]
      context: [work]
      produces: [size]
      criteria: [{text: leaves a size, check: {metric: size}}]
    - id: letter
      role: writer
      verb: draft
      needs: [measure]
      context: [leads, write, measure]
      proposes: [send]
      criteria: [{text: asks one question, check: review}]
      verify: [checks, review]
      budget: 1 USD
"""
"""Commands measure and write in a mission that is not rehearsed: its mails leave into a local maildir."""

ONE_COMMAND = """\
mission: Run one command
id: {name}
target:
  statement: The command did what it promised.
  met_when: mission.tasks.accepted >= 1
budget: {{money: 1 USD, time: 1d, attempts: 10}}
actions: {{allowed: [test]}}
inputs:
  work: {{path: work.py, privacy: public, trust: trusted}}
evidence:
  size: {{unit: count, from: command}}
roles:
  measurer: {{worker: command, command: ["{{python}}", "{{input.work}}"], timeout: {timeout}}}
stop:
  - {{when: mission.exhausted, then: stop, because: the budget is exhausted}}
plan:
  tasks:
    - id: measure
      role: measurer
      verb: test
      context: [work]
      produces: [size]
      attempts: 1
      criteria: [{{text: leaves a size, check: {{metric: size}}}}]
"""


def letters(stage: Stage) -> str:
    """Write the mission with mails into the stage's folder; the name of its file."""
    stage.home.ensure()
    stage.home.config.write_text(CONFIG)
    stage.write("work.py", WORK)
    stage.write("write.py", WRITE)
    stage.write("leads.csv", LEADS)
    return stage.write("small.yaml", LETTERS).name


def one_command(stage: Stage, program: str, timeout: str = "20s", name: str = "one") -> str:
    """Write a mission of one command that runs this program; the name of its file."""
    stage.write("work.py", textwrap.dedent(program))
    return stage.write(f"{name}.yaml", ONE_COMMAND.format(timeout=timeout, name=name)).name
