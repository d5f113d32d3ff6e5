"""What must hold of every history, whatever happened. Each check reads the raw events and the sink, not the engine's own opinion.

A violation is a sentence that begins with the promise it breaks: `P1`, `P3`, `P4`, `P6`, `P12`, `P13`, `P23`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from engine.ledger import chain
from engine.ledger.protocol import Event
from engine.receipt.account import reconcile
from engine.receipt.build import build, integrity
from engine.receipt.verify import verify
from engine.values import sha256
from tests.world.sim import BASE, History


def violations(history: History) -> list[str]:
    """Everything that does not hold."""
    found = [*_ends(history), *_approved(history), *_once(history), *_money(history), *_accounts(history), *_courtesy(history)]
    return [f"seed {history.seed}: {sentence}" for sentence in found]


def _ends(history: History) -> Iterator[str]:
    if not history.finished:
        yield f"P12 the mission never came to its end: {history.state.status}, {[a.title for a in history.state.attention.values()]}"
    for attempt in history.state.attempts.values():
        if attempt.state == "dispatched":
            yield f"P12 {attempt.id} is still running after the end"
    if len(history.lives) == 1 and any(a.state == "lost" for a in history.state.attempts.values()):
        yield "P12 an attempt was called lost although its engine lived"
    for key, answer in history.answers.items():
        if answer == "done":
            yield f"P3 {key} carried a digest that was never shown, and was followed"


def _of(events: list[Event], *kinds: str) -> Iterator[Event]:
    return (event for event in events if event.kind in kinds)


def _approved(history: History) -> Iterator[str]:
    """P1, P2, P3: what arrived had a live approval of exactly these bytes when its sending was recorded."""
    attempting: dict[str, list[Event]] = defaultdict(list)
    approvals: dict[str, list[Event]] = defaultdict(list)
    ended: dict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        name = str(event.body.get("effect", ""))
        if event.kind == "effect.attempting":
            attempting[name].append(event)
        elif event.kind == "effect.approved":
            approvals[name].append(event)
        elif event.kind in {"effect.rejected", "effect.withdrawn", "effect.expired", "effect.renewed"}:
            ended[name].append(event)
    for delivery in history.sink.deliveries:
        name = delivery.key.split("/")[-1]
        if not attempting[name]:
            yield f"P1 {name} arrived without being recorded as attempting"
            continue
        for start in attempting[name]:
            live = [a for a in approvals[name] if a.height < start.height and not any(a.height < x.height < start.height for x in ended[name])]
            if not live:
                yield f"P1 {name} was sent without a live approval"
            elif live[-1].body["digest"] != delivery.digest:
                yield f"P2 {name}: the bytes that arrived are not those that were approved"
            elif start.at >= int(live[-1].body["expires"]):
                yield f"P3 {name} was sent after its approval had expired"
            elif start.at < int(live[-1].body["not_before"]):
                yield f"P3 {name} was sent within its undo window"
        said = _content(delivery.content)
        if said["body_sha256"] != sha256(delivery.body):
            yield f"P2 {name}: its body is not the one it names"


def _content(content: bytes) -> dict[str, Any]:
    import json

    parsed: dict[str, Any] = json.loads(content)
    return parsed


def _once(history: History) -> Iterator[str]:
    """P3, P4: nothing arrives twice, and nothing that may have arrived is forgotten."""
    for key, count in Counter(d.key for d in history.sink.deliveries).items():
        if count > 1:
            yield f"P4 {key} arrived {count} times"
    arrived = {d.key.split("/")[-1] for d in history.sink.deliveries}
    for effect in history.state.effects.values():
        if effect.state == "attempting":
            yield f"P4 {effect.id} is neither settled nor asked about"
        if effect.state == "in_doubt" and not any(effect.id in a.refs for a in history.state.attention.values()):
            yield f"P4 {effect.id} is in doubt and nobody is asked"
        if effect.state == "done" and effect.id not in arrived:
            yield f"P4 {effect.id} is called done and never arrived"
        if effect.id in arrived and effect.state not in {"done", "in_doubt"}:
            yield f"P4 {effect.id} arrived and is called {effect.state}"
    doubled = Counter(str(e.body["effect"]) for e in _of(history.events, "effect.done"))
    for effect_id, count in doubled.items():
        if count > 1:
            yield f"P3 one approval of {effect_id} was used {count} times"


def _money(history: History) -> Iterator[str]:
    """P6: at every height, what is settled and reserved stays within the cap; an unknown usage costs its reservation."""
    cap, settled, reserved = history.setting.cap_micro_usd, 0, {}
    for event in history.events:
        if event.kind == "charge.reserved":
            reserved[event.body["attempt"]] = int(event.body["micro_usd"])
        elif event.kind == "charge.settled":
            held = reserved.pop(event.body["attempt"], 0)
            settled += int(event.body["micro_usd"])
            if event.body["basis"] == "reservation" and int(event.body["micro_usd"]) != held:
                yield f"P6 {event.body['attempt']} of unknown usage was charged {event.body['micro_usd']}, {held} was reserved"
        elif event.kind == "charge.corrected":
            settled += int(event.body["micro_usd"])
        if settled + sum(reserved.values()) > cap:
            yield f"P6 {settled} settled and {sum(reserved.values())} reserved pass the cap of {cap} at height {event.height}"
            return
    if reserved:
        yield f"P6 reservations were never settled: {sorted(reserved)}"


def _accounts(history: History) -> Iterator[str]:
    """P13: the receipt adds up, every dispatched attempt was charged once, and events alone give the state the engine had."""
    yield from (f"P13 {fault}" for fault in chain.faults(history.events))
    receipt = build(history.state, integrity(history.events))
    yield from (f"P13 {fault}" for fault in reconcile(receipt))
    yield from (f"P13 {difference}" for difference in verify(receipt, history.events))
    settled = Counter(str(e.body["attempt"]) for e in _of(history.events, "charge.settled"))
    for event in _of(history.events, "attempt.dispatched"):
        count = settled[str(event.body["attempt"])]
        if count != 1 and not (count == 0 and history.state.attempts[event.body["attempt"]].state == "parked"):
            yield f"P13 {event.body['attempt']} was charged {count} times"
    total = sum(int(e.body["micro_usd"]) for e in _of(history.events, "charge.settled", "charge.corrected"))
    if total != history.state.spent:
        yield f"P13 the charges sum to {total}, the state says {history.state.spent}"
    if history.live is not None:
        history.live.head = history.state.head
        if history.live != history.state:
            yield "P13 the state rebuilt from events is not the one the engine had"


def _courtesy(history: History) -> Iterator[str]:
    """P23: nobody is contacted after the do-not-contact list has their name, nor twice."""
    suppressed = {str(e.body["person"]): e.wall for e in _of(history.home_events, "contact.suppressed")}
    for delivery in history.sink.deliveries:
        for person in delivery.persons:
            if person in suppressed and delivery.wall > suppressed[person] + 4_000:
                yield f"P23 {delivery.key} reached somebody {delivery.wall - suppressed[person]} ms after they said stop"
    for person, count in Counter(p for d in history.sink.deliveries for p in d.persons).items():
        if count > 1:
            yield f"P23 {person} was contacted {count} times"


def outcome(history: History) -> dict[str, Any]:
    """What P12 compares: the mission's result without times, ids of attempts, lost attempts with their charges, and doubts."""
    state = history.state
    lost = sum(charge.micro_usd for charge in state.charges if charge.outcome == "lost")
    return {
        "mission": (state.status, state.because),
        "tasks": sorted((t.key, state.branches[t.branch].key, t.kind, t.state) for t in state.tasks.values()),
        "branches": sorted((br.key, br.state, br.because) for br in state.branches.values()),
        "sent": sorted(d.persons for d in history.sink.deliveries),
        "evidence": sorted((e.metric, e.message, e.person, state.branches[e.branch].key) for e in state.evidence.values()),
        "artifacts": sorted((a.name, a.sha) for a in state.artifacts.values()),
        "spent": state.spent - lost,
        "started": state.started_at >= BASE,
    }
