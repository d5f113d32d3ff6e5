"""Missions of models whose tools cost what their results take to be told, fail, hang, go down, and ask a human.

Beside the pages of the web there is a server that finds (`crm`, allowed, few calls) and one that publishes (`press`,
each call approved). Caps are tight: what tools bring back uses allowances up.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from engine.context.pulling import MOST
from engine.ledger.protocol import Event
from tests.world.missions import SIM, Setting, Terms
from tests.world.tools import TERMS

ASKS = 5
"""Answers from the mission's record that one attempt may ask for."""
LIMIT = 3
"""Calls of the finding server that one attempt may make."""
WORK = 5


def tooled(seed: int) -> Setting:
    """Tasks alike for models with three tools; how tight money, tokens and calls are is drawn from the seed."""
    dice = random.Random(f"tooled {seed}")
    money, own = dice.choice([("0.30", "0.05"), ("0.80", "0.15"), ("5", "0.15")])
    counts = dice.choice(["", ", tokens: 1500000", ", calls: 40"])
    tasks = "".join(
        f'    - {{id: t{n}, role: researcher, verb: research, budget: "{own} USD", attempts: 2, fallback: ask, '
        "criteria: [{text: is short, check: {max_words: 300}}]}\n"
        for n in range(WORK)
    )
    text = f"""mission: Tooled {seed}
id: sim
target: {{statement: everything was looked at}}
budget: {{money: "{money} USD", time: 60d{counts}}}
actions: {{allowed: [draft, read, research, review], restricted: [publish]}}
approvals: {{publish: {{expires: 2h}}}}
roles:
  writer: {{worker: rehearsed, tier: cheap}}
  researcher: {{worker: model, tier: cheap, timeout: 10m}}
tools:
  {TERMS}
  record: {{builtin: state, need: optional, stance: allow, verbs: [read], roles: [researcher], calls: {ASKS}}}
  crm: {{mcp: {{command: [crm]}}, need: optional, stance: allow, verbs: [research], roles: [researcher],
    hosts: [local], calls: {LIMIT}}}
  press: {{mcp: {{command: [press]}}, need: optional, stance: ask, verbs: [publish], roles: [researcher],
    hosts: [local], calls: 4}}
plan:
  tasks:
{tasks}"""
    return Setting({SIM: Terms(text.encode(), 0)}, b"name\n", "lookup")


def bounded(events: list[Event]) -> Iterator[str]:
    """P6, P3: no attempt makes more calls of a tool than it may, and a call that asks has a human's yes of its own."""
    tool_of: dict[str, str] = {}
    asked: dict[str, str] = {}
    for event in events:
        body = event.body
        if event.kind == "tool.asked":
            asked[str(body["wanted"])] = "asked"
        elif event.kind == "tool.approved":
            asked[str(body["wanted"])] = "approved"
        elif event.kind == "tool.attempting":
            if asked.get(str(body["wanted"])) != "approved":
                yield f"P3 the call {body['call']} was begun, and {body['wanted']} was {asked.get(body['wanted'])}"
            asked[str(body["wanted"])] = "used"
        elif event.kind == "tool.begun":
            tool_of[str(body["call"])] = str(body["tool"])
            if body["tool"] == "press":
                yield f"P8 the call {body['call']} publishes, and nobody was asked"
    yield from _asked(events)
    made = Counter((call.partition("#")[0], tool) for call, tool in tool_of.items())
    yield from (
        f"P6 {attempt} called {tool} {count} times"
        for (attempt, tool), count in made.items()
        if tool == "crm" and count > LIMIT
    )


def _asked(events: list[Event]) -> Iterator[str]:
    """P22, P6: every answer from the record is a fact of its own beside its call, and they are few and small."""
    called = {event.body["call"]: event.body for event in events if event.kind == "tool.called"}
    pulled = {event.body["call"]: event.body for event in events if event.kind == "context.pulled"}
    yield from (f"P22 the answer {name} belongs to no call" for name in pulled if name not in called)
    for name, body in called.items():
        told = pulled.get(name, {})
        if body["tool"] == "record" and body.get("ok") and not told.get("items"):
            yield f"P22 the call {name} was told something, and nobody recorded what"
        if told and told["answer"] != body["result"]:
            yield f"P22 what {name} was told is not what is recorded"
    counts, sizes = Counter[str](), Counter[str]()
    for body in pulled.values():
        counts[str(body["attempt"])] += 1
        sizes[str(body["attempt"])] += int(body["tokens"])
    yield from (f"P6 {attempt} asked {count} times" for attempt, count in counts.items() if count > ASKS)
    yield from (f"P6 {attempt} was told {size} tokens" for attempt, size in sizes.items() if size > MOST)
