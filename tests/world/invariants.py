"""What must hold of every history: read from raw events, results and the sink, not from the engine's opinion.

A violation is a sentence that begins with the promise it breaks: `P1`, `P2`, `P3`, `P4`, `P6`, `P8`, `P12`, `P13`,
`P20`, `P21`, `P22`, `P23`, `P25`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.effects.canonical import parse
from engine.effects.mail import person
from engine.ledger import chain
from engine.ledger.protocol import Event
from engine.loop.decide.pace import SANDBOX
from engine.receipt.account import reconcile
from engine.receipt.build import build, integrity
from engine.receipt.verify import verify
from engine.routing.catalogue import REHEARSED
from engine.state.model import MissionState
from engine.values import MissionId, Tokens
from tests.world.approvals import approved, clauses, granted, once
from tests.world.books import Books
from tests.world.decided import decided
from tests.world.models import LOCAL
from tests.world.pace import IN_FLIGHT, unkind
from tests.world.rulings import ruled
from tests.world.sim import BASE, History, Told
from tests.world.tooled import bounded

SLACK = 2_000
"""Milliseconds that may lie between what is learnt of a model and what is recorded of the attempt."""
PRICES = {candidate.model: candidate.price for candidate in REHEARSED}


def violations(history: History) -> list[str]:
    """Everything that does not hold."""
    found = [*_ends(history), *approved(history), *clauses(history), *granted(history), *once(history)]
    found += [*_courtesy(history), *_shown(history), *_outages(history), *_throttled(history), *_tools(history)]
    found += [f"P21 nothing would have freed {sentence}" for sentence in history.stuck]
    found += decided(history)
    for name, told in history.missions.items():
        found += [*_money(name, told), *_accounts(told), *_charges(history, name, told)]
        found += [*_halted(history, name, told), *ruled(name, told.events, history.blobs)]
    return [f"seed {history.seed}: {sentence}" for sentence in found]


def _ends(history: History) -> Iterator[str]:
    """P12: every mission comes to its end, nothing of it still runs, and only one engine ever leads."""
    for name, told in history.missions.items():
        if not history.finished:
            open_ = [item.title for item in told.state.attention.values()]
            yield f"P12 {name} never came to its end: {told.state.status}, {open_}"
        for attempt in told.state.attempts.values():
            if attempt.state in {"dispatched", "parked"}:
                yield f"P12 {name}/{attempt.id} is still {attempt.state} after the end"
            if attempt.state == "lost" and len(history.lives) == 1:
                yield f"P12 {name}/{attempt.id} was called lost although its engine lived"
        yield from (f"P12 {name}/{check} was started and its sources were never read" for check in told.state.checks)
        epochs = [event.epoch for event in told.events]
        if epochs != sorted(epochs):
            yield f"P12 in {name} an engine went on writing after another one led"
    yield from (f"P12 a frozen engine did not step down: {how}" for how in history.unfenced)
    yield from (f"P12 {key} was never answered" for key, answer in history.answers.items() if answer == "none")


def of(events: list[Event], *kinds: str) -> Iterator[Event]:
    """The events of some kinds."""
    return (event for event in events if event.kind in kinds)


def _money(name: MissionId, told: Told) -> Iterator[str]:
    """P6: at every height what is settled and set aside stays within every cap, on all levels, in money, tokens and
    calls; an unknown usage costs its reservation.
    """
    books = Books()
    for event in told.events:
        yield from (f"P6 {name}: {sentence}" for sentence in books.take(event))
    if books.aside:
        yield f"P6 reservations of {name} were never settled: {sorted(books.aside)}"


def _charges(history: History, name: MissionId, told: Told) -> Iterator[str]:
    """P6, P13: every attempt costs what its worker said it used, and its reservation where nobody said so."""
    reserved = {e.body["attempt"]: int(e.body["micro_usd"]) for e in of(told.events, "charge.reserved")}
    charged: Counter[str] = Counter()
    for event in of(told.events, "charge.settled", "charge.corrected"):
        charged[event.body["attempt"]] += int(event.body["micro_usd"])
    for attempt in told.state.attempts.values():
        if attempt.worker not in {"rehearsed", "model"}:
            continue
        usage, price = _used(history, f"{name}/{attempt.id}"), PRICES.get(attempt.model)
        if price is None:
            wall = next(e.wall for e in of(told.events, "attempt.dispatched") if e.body["attempt"] == attempt.id)
            price = history.vendors.price(attempt.model, (wall - BASE) / 1000)
            if usage is not None and charged[attempt.id] != price.cost(usage):  # its route was chosen a moment before
                price = history.vendors.price(attempt.model, (wall - BASE - SLACK) / 1000)
        due = reserved[attempt.id] if usage is None else price.cost(usage)
        if charged[attempt.id] != due:
            promise, why = ("P6", "of unknown usage") if usage is None else ("P13", f"that used {due}")
            held = reserved[attempt.id]
            yield f"{promise} {name}/{attempt.id} {why} was charged {charged[attempt.id]}, {held} was reserved"


def _used(history: History, job: str) -> Tokens | None:
    """What an attempt used: for a model by the vendors' own bills, else as its worker said. None: nobody knows."""
    result = history.results.get(job, {})
    if job in history.vendors.bills and result.get("end") in {"handoff", "failed"}:
        total = Tokens()
        for bill in history.vendors.bills[job]:
            if bill is None:
                return None
            total += bill
        return total
    usage = result.get("usage")
    return None if usage is None else Tokens.model_validate(usage)


def _shown(history: History) -> Iterator[str]:
    """P8: work of a role that asks for a local model is shown to no other, whatever outage there is."""
    for attempt, role, model in history.vendors.shown:
        terms = history.setting.missions[MissionId(attempt.partition("/")[0])]
        if role in terms.local and model not in LOCAL:
            yield f"P8 {attempt} of the local role {role} was shown to {model}"


def _tools(history: History) -> Iterator[str]:
    """P4: no call of a tool arrives twice, and each that ran and was answered is in the log of its mission."""
    counted = Counter(history.web.arrived)
    yield from (f"P4 the call {key} of a tool arrived {count} times" for key, count in counted.items() if count > 1)
    told = {
        f"{name}/{event.body['call']}"
        for name, one in history.missions.items()
        for event in of(one.events, "tool.begun", "tool.attempting")
    }
    yield from (
        f"P12 the call {key} of a tool arrived, and no event says that it began" for key in counted.keys() - told
    )
    for name, one in history.missions.items():
        yield from bounded(one.events)
        yield from (f"P12 of the call {name}/{call} nothing is said after its beginning" for call in one.state.begun)
    ran = sum(  # what the record answers reaches nobody outside
        event.kind == "tool.called" and event.body["tool"] != "record"
        for told in history.missions.values()
        for event in told.events
    )
    if ran > len(counted):
        yield f"P13 {ran} calls of tools are recorded, and {len(counted)} arrived"


def _outages(history: History) -> Iterator[str]:
    """P21: nobody is sent to a model that is known not to answer, and every outage is over or known to the end."""
    shut: dict[str, tuple[int, int]] = {}
    news = [(e.seq, e) for e in history.home_events] + [(e.seq, e) for t in history.missions.values() for e in t.events]
    for _, event in sorted(news, key=lambda row: row[0]):
        if event.kind == "model.unavailable":
            shut[str(event.body["name"])] = event.wall, int(event.body.get("until", 0))
        elif event.kind == "model.recovered":
            shut.pop(str(event.body["name"]), None)
        elif event.kind == "attempt.dispatched" and event.body["worker"] == "model":
            since, until = shut.get(str(event.body["model"]), (0, 0))
            if since <= event.wall < until:
                yield f"P21 {event.mission}/{event.body['attempt']} was sent to {event.body['model']} in its outage"


def _throttled(history: History) -> Iterator[str]:
    """P21: whoever says "not before" is not asked before, by no mission."""
    began: dict[str, tuple[str, int]] = {}
    quiet: dict[str, tuple[int, int]] = {}
    for event in sorted((e for t in history.missions.values() for e in t.events), key=lambda e: e.seq):
        job = f"{event.mission}/{event.body.get('attempt')}"
        if event.kind == "attempt.dispatched" and event.body["worker"] == "model":
            model = str(event.body["model"])
            began[job] = model, event.wall
            since, until = quiet.get(model, (0, 0))
            if since <= event.wall < until:
                yield f"P21 {job} asked {model}, which had said to wait"
        elif event.kind == "attempt.failed" and event.body.get("fault") == "throttled":
            model, at = began[job]
            if at >= quiet.get(model, (0, 0))[1]:  # what began before the first refusal tells nothing new
                wait = int(history.results[job]["retry_after_ms"]) or 60_000
                heard = at + int(event.body.get("latency", 0))  # an engine that died in between records it later
                quiet[model] = heard, heard + min(wait, 3_600_000) - SLACK


BEGINS = ("attempt.dispatched", "charge.reserved", "effect.attempting")


def _halted(history: History, name: MissionId, told: Told) -> Iterator[str]:
    """P20: from the moment of a stop on nothing of a mission begins, no call and no sending; in a pause nothing new is
    handed out.
    """
    status, ended = "active", 0
    for event in told.events:
        if event.kind in BEGINS and status != "active":
            yield f"P20 {event.kind} of {name} at height {event.height}, and the mission was {status}"
        if event.kind in {"mission.paused", "mission.resumed", "mission.stopped", "mission.finished"}:
            status = {"resumed": "active"}.get(event.kind.partition(".")[2], event.kind.partition(".")[2])
            ended = event.wall if status in {"stopped", "finished"} else ended
    if not ended:
        return
    calls = ((f"a call of {attempt}", attempt, at + BASE) for attempt, at in history.vendors.began)
    sendings = ((f"the sending of {key}", key, at) for key, at in history.sink.began)
    for what, whose, at in (*calls, *sendings):
        if whose.partition("/")[0] == name and at > ended:
            yield f"P20 {what} began {at - ended} ms after the mission was {status}"


def _accounts(told: Told) -> Iterator[str]:
    """P13: the receipt adds up, every attempt was charged once, and events alone give the state the engine had."""
    state = told.state
    yield from (f"P13 {fault}" for fault in chain.faults(told.events))
    receipt = build(state, integrity(told.events))
    yield from (f"P13 {fault}" for fault in reconcile(receipt))
    yield from (f"P13 {difference}" for difference in verify(receipt, told.events))
    settled = Counter(str(e.body["attempt"]) for e in of(told.events, "charge.settled"))
    for event in of(told.events, "attempt.dispatched"):
        if settled[event.body["attempt"]] != 1:
            yield f"P13 {event.body['attempt']} was charged {settled[event.body['attempt']]} times"
    total = sum(int(e.body["micro_usd"]) for e in of(told.events, "charge.settled", "charge.corrected"))
    if total != state.spent:
        yield f"P13 the charges sum to {total}, the state says {state.spent}"
    yield from _reservations(state)
    if told.live is not None:
        told.live.head = state.head
        if told.live != state:
            yield "P13 the state rebuilt from events is not the one the engine had"


def _reservations(state: MissionState) -> Iterator[str]:
    """P13: when nothing runs, nothing is reserved, on any level."""
    held = {"the mission": state.reserved}
    held |= {branch.id: branch.reserved for branch in state.branches.values()}
    held |= {task.id: task.reserved for task in state.tasks.values()}
    yield from (f"P13 {amount} are still reserved for {whom}" for whom, amount in held.items() if amount)


def _courtesy(history: History) -> Iterator[str]:
    """P23: nobody is contacted after the do-not-contact list has their name, nor twice over all missions, nor faster
    than the limits say.
    """
    suppressed: dict[str, Event] = {}
    for event in of(history.home_events, "contact.suppressed"):
        suppressed.setdefault(str(event.body["person"]), event)
    for delivery in history.sink.deliveries:
        for whom in delivery.persons:
            if whom in suppressed and delivery.wall > suppressed[whom].wall + IN_FLIGHT:
                late = delivery.wall - suppressed[whom].wall
                yield f"P23 {delivery.key} reached somebody {late} ms after they said stop"
    reached: dict[tuple[str, str], list[str]] = {}
    for delivery in history.sink.deliveries:  # what goes to the sandbox reaches nobody, and counts for its own mission
        where = delivery.key.partition("/")[0] if parse(delivery.content).connector == SANDBOX else ""
        for whom in delivery.persons:
            reached.setdefault((whom, where), []).append(delivery.key)
    for (whom, _where), keys in reached.items():
        if len(set(keys)) > 1:
            yield f"P23 {whom} was contacted {len(keys)} times: {', '.join(sorted(set(keys)))}"
    if history.setting.limits is not None:
        said = ((d.wall, parse(d.content)) for d in history.sink.deliveries)
        real = ((wall, one.envelope.rcpt_to[0].partition("@")[2]) for wall, one in said if one.connector != SANDBOX)
        yield from unkind(real, history.setting.limits)
    stopped = {message.key: person(message.sender) for message in history.mail.messages if message.kind == "stop"}
    for name, told in history.missions.items():
        for event in of(told.events, "evidence.recorded"):
            stop = stopped.get(event.body.get("key", ""))
            if stop and (stop not in suppressed or suppressed[stop].seq > event.seq):
                yield f"P23 {name} read that somebody said stop, and they were not on the list first"


def outcome(history: History) -> dict[str, Any]:
    """What P12 compares: the result without times, ids of attempts, lost attempts with their charges, and doubts."""
    (told,) = history.missions.values()
    state = told.state
    lost = sum(charge.micro_usd for charge in state.charges if charge.outcome == "lost")
    return {
        "mission": (state.status, state.because),
        "tasks": sorted((t.key, state.branches[t.branch].key, t.kind, t.state) for t in state.tasks.values()),
        "branches": sorted((br.key, br.state, br.because) for br in state.branches.values()),
        "sent": sorted(d.persons for d in history.sink.deliveries),
        "evidence": sorted(
            (e.metric, e.message, e.person, state.branches[e.branch].key) for e in state.evidence.values()
        ),
        "artifacts": sorted((a.name, a.sha) for a in state.artifacts.values()),
        "spent": state.spent - lost,
        "started": state.started_at >= BASE,
    }
