"""The mission `gtm-signal` with what it knows and a contract that was amended twice: by a file, and in the queue."""

from __future__ import annotations

import json
from typing import Any

from engine.contract.load import load
from engine.values import canonical
from tests.screens.samples import NOW, clock, usd
from tests.screens.samples_mission import HOSTILE, SLUG, gtm
from tests.screens.world import World

FILE = """\
mission: Find a GTM channel with real signal
id: gtm-signal
zone: UTC
target:
  statement: Identify one channel with enough qualified replies to justify a second batch.
  met_when: mission.branches.kept >= 1
budget: {money: 500 USD, time: 14d, branches: 6, attention: 2h}
actions:
  allowed: [research, draft, review]
  restricted: [send]                # each one waits for an approval of its exact bytes
approvals:
  send: {expires: 1d, undo: 30s, batch: 25}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs:
  leads: leads.csv
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 20}
  notes: {unit: text, from: human}
tools:
  mail: {need: required, verbs: [send], connector: maildir}
roles:
  writer: {tier: strong, privacy: any}
  reviewer: {tier: strong, different_family_from: writer, privacy: any}
judge:
  - {when: branch.reply_rate >= 0.08, then: keep, because: enough of them answered}
stop:
  - {when: mission.exhausted, then: stop, because: the budget is exhausted}
receipt: [what was learned, cost]
plan:
  branches:
    - {id: cold-email, hypothesis: Founders answer a short cold email, share: 40%}
  tasks:
    - id: write
      each: branch
      role: writer
      context: [leads]
      proposes: [send]
      criteria: [{text: under 120 words, check: {max_words: 120}}, {text: names their pricing page, check: review}]
      budget: 2 USD
      verify: [checks, review]
"""

Json = dict[str, Any]

AMENDMENT: Json = {
    "mission": SLUG,
    "rev": {"before": 3, "after": 4},
    "digest": "7e57" + "0" * 60,
    "changes": [
        {"path": "approvals.send.undo", "before": "30s", "after": "1m"},
        {"path": "budget.money", "before": "650 USD", "after": "700 USD"},
        {"path": "plan.tasks.write.criteria[0].check.max_words", "before": "120", "after": "90"},
    ],
    "consequences": [
        {"kind": "effects", "grave": True,
         "text": "approvals that die, for a clause that judged them changed: 2 (F31, F32); they wait for you again"},
        {"kind": "work", "grave": False,
         "text": "run under rev 3 to the end, and under the new terms if tried again: 1 (T9 draft DM variants)"},
        {"kind": "work", "grave": False, "text": "accepted tasks, which stay as they are: 3"},
        {"kind": "budget", "grave": False, "text": "$646.73 left of $700.00"},
        {"kind": "budget", "grave": False, "text": "cold-email may spend $280.00, before $260.00"},
    ],
    "inputs_kept": ["leads"],
    "warnings": [],
}  # fmt: skip


def contract() -> Json:
    """The contract in force, as an event holds it."""
    found = load(FILE.encode(), "gtm.mission.yaml").contract
    assert found is not None
    stored: Json = json.loads(canonical(found.normalised()))
    return stored


def known() -> World:
    """The mission, its curated state and its contract."""
    world = gtm()
    world.events = [event for event in world.events if event[1] != "contract.amended"]
    world.views["card", SLUG]["rev"] = 3
    source = world.blob(FILE.encode())
    _item(world, clock(-1, 10, 4), "D3", "decision", "Write to founders, not to heads of marketing", "B1",
          task="T1", attempt="A1.1")  # fmt: skip
    _item(world, clock(-1, 10, 4), "D9", "decision", "Leads come from the directory that the human gave", "B1",
          origin="human", trust="human")  # fmt: skip
    _item(world, clock(-1, 10, 4), "D14", "decision", "One flaw, one number, one question; nothing else", "B3",
          task="T2", attempt="A2.2", supersedes=["D3"])  # fmt: skip
    _item(world, clock(-1, 10, 5), "S2", "assumption", "Founders read their own mail before nine", "B1")
    world.event(SLUG, "item.retracted", clock(0, 8, 0), item="S2", because="half of the answers came after ten")
    _item(world, clock(0, 9, 30), "O1", "question", "May an intro name the person who made it?", "B5")
    world.event(SLUG, "rule.adopted", clock(0, 9, 40), rule="R5", text="Never mention their investors",
                branch="B3", origin="Q1", roles=[])  # fmt: skip
    world.event(SLUG, "learning.recorded", clock(0, 13, 5), learning="L2", branch="B3",
                text="Naming one flaw on their page doubles the replies", evidence=["E19", "E23"])  # fmt: skip
    world.event(SLUG, "artifact.produced", clock(0, 13, 6), artifact="P4", name="batch-2.md", sha=source, bytes=8_412,
                media="text/markdown", task="T2", attempt="A2.2")  # fmt: skip
    amended: list[Json] = [
        {"path": "approvals.send.undo", "before": "10s", "after": "30s"},
        {"path": "budget.branches", "before": "3", "after": "6"},
    ]
    world.event(SLUG, "contract.amended", clock(0, 10, 2), "human:you", rev=2, contract=contract(), source=source,
                changes=amended, because="three channels are not enough")  # fmt: skip
    raised = contract()
    raised["budget"]["money"] = usd(650)
    world.event(SLUG, "contract.amended", clock(0, 13, 40), "human:you", rev=3, contract=raised, source=source,
                changes=[{"path": "budget.money", "before": "500 USD", "after": "650 USD"}],
                because="human:you said raise to 650 USD")  # fmt: skip
    return world


def _item(world: World, at: int, name: str, kind: str, text: str, branch: str, **more: Any) -> None:
    known = {"origin": "worker", "trust": "worker", "privacy": "private"}
    body = {"item": name, "kind": kind, "text": text, "branch": branch, **known, **more}
    world.events.append((SLUG, "item.recorded", body, at, "engine"))


def hostile_state() -> World:
    """The same with words that try to break the screen."""
    world = known()
    for place, nasty in enumerate(HOSTILE):
        _item(world, NOW, f"D{50 + place}", "decision", nasty, "B1", origin=nasty, trust=nasty)
        world.event(SLUG, "item.retracted", NOW, item=f"D{50 + place}", because=nasty)
    changes = [{"path": nasty, "before": nasty, "after": nasty} for nasty in HOSTILE]
    source = world.blob("\n".join(HOSTILE).encode("utf-8", "surrogatepass"))
    world.event(SLUG, "contract.amended", NOW, HOSTILE[0], rev=4, contract=contract(), source=source, changes=changes,
                because=HOSTILE[1])  # fmt: skip
    return world
