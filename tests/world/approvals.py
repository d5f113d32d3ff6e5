"""P1 to P4: what arrived at the sink, against the approvals in the ledger and against what the human really said."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from engine.contract.model import stored
from engine.governance.clauses import clauses_digest
from engine.ledger.protocol import Event
from engine.values import MissionId, sha256
from tests.world.outside import Arrival
from tests.world.sim import History, Told

USED = {"effect.done": "it was used up", "effect.failed": "it was used up", "effect.settled": "it was used up"}
DEAD = {
    "effect.expired": "it had expired",
    "effect.renewed": "it was to be asked again",
    "effect.returned": "a clause that judged it had changed",
}
TAKEN_BACK = {
    "effect.rejected": "it was rejected",
    "effect.withdrawn": "it was withdrawn",
    "effect.edited": "it was edited into another one",
}


class _Effect:
    """The events of one effect, in order."""

    def __init__(self) -> None:
        self.attempting: list[Event] = []
        self.approvals: list[Event] = []
        self.ends: list[Event] = []


def _effects(history: History) -> dict[str, _Effect]:
    found: dict[str, _Effect] = defaultdict(_Effect)
    for name, told in history.missions.items():
        for event in told.events:
            effect = found[f"{name}/{event.body.get('effect', '')}"]
            if event.kind == "effect.attempting":
                effect.attempting.append(event)
            elif event.kind == "effect.approved":
                effect.approvals.append(event)
            elif (
                event.kind == "effect.settled" and event.body["outcome"] == "not_sent" and event.body["by"] == "lookup"
            ):
                continue  # proven not to have left: its approval lives on
            elif event.kind in USED | DEAD | TAKEN_BACK:
                effect.ends.append(event)
    return found


def approved(history: History) -> Iterator[str]:
    """P1, P2, P3: what was sent had a live approval of exactly these bytes, which a human had given."""
    effects = _effects(history)
    for name, effect in effects.items():
        for start in effect.attempting:
            yield from _live(name, effect, start)
        needed = _people(history, name)
        for approval in effect.approvals:
            if needed > 1 and not approval.body.get("grant") and len(set(approval.body.get("people", ()))) < needed:
                yield f"P1 {name} was approved by fewer than {needed} people"
    for delivery in history.sink.deliveries:
        name = delivery.key
        if not effects[name].attempting:
            yield f"P1 {name} arrived without being recorded as attempting"
        elif _granted(history, name, effects[name]):
            pass  # what that asks for is checked below
        elif len(history.human.yes.get((name, delivery.digest), ())) < _people(history, name):
            said = any(key == name for key, _ in history.human.allowed)
            yield (
                f"P2 {name}: other bytes arrived than a human approved"
                if said
                else f"P1 {name}: nobody ever approved it"
            )
        if json.loads(delivery.content)["body_sha256"] != sha256(delivery.body):
            yield f"P2 {name}: its body is not the one it names"
    yield from (f"P1 {key} reached the wire before its sending was recorded" for key in history.sink.early)
    for key in history.human.wrong:
        if history.answers[key] == "done":
            yield f"P3 {key} carried a digest that was never shown, and was followed"


def _mission(history: History, name: str) -> Told:
    return history.missions[MissionId(name.partition("/")[0])]


def _people(history: History, name: str) -> int:
    return _mission(history, name).state.terms.terms("send").people


def _granted(history: History, name: str, effect: _Effect) -> bool:
    """Whether an effect was approved by a standing grant."""
    return bool(effect.approvals and effect.approvals[-1].body.get("grant"))


def granted(history: History) -> Iterator[str]:
    """P1: what left under a standing grant left within it: its count, its day, its clauses, and steered by nobody."""
    for slug, told in history.missions.items():
        given = {e.body["grant"]: e for e in told.events if e.kind == "grant.given"}
        revoked = {e.body["grant"]: e.height for e in told.events if e.kind == "grant.revoked"}
        uses: Counter[str] = Counter()
        terms = told.state.terms.approvals.get("send")
        promised = terms.standing.count if terms is not None and terms.standing is not None else 0
        for event in told.events:
            name = str(event.body.get("grant", ""))
            if event.kind != "effect.approved" or not name:
                continue
            uses[name] += 1
            grant, where = given.get(name), f"P1 {slug}/{event.body['effect']} left by {name}"
            if grant is None or grant.height > event.height:
                yield f"{where}, which nobody had given"
                continue
            if uses[name] > grant.body["count"] or sum(uses.values()) > promised:
                yield f"{where}, which was used up"
            if event.at >= grant.body["until"] or revoked.get(name, event.height) < event.height:
                yield f"{where}, which was over"
            if grant.body["clauses"] != event.body["clauses"]:
                yield f"{where}, which was given under other clauses"
            if any(ref.trust != "trusted" for ref in told.state.inputs.values()):
                yield f"{where}, and its context was steered from outside"


def _live(name: str, effect: _Effect, start: Event) -> Iterator[str]:
    """What is wrong with the approval under which a sending started."""
    before = [event for event in effect.approvals if event.height < start.height]
    if not before:
        yield f"P1 {name} was sent without an approval"
        return
    approval = before[-1]
    for end in effect.ends:
        if approval.height < end.height < start.height:
            promise = "P1" if end.kind in TAKEN_BACK else "P3"
            yield f"{promise} {name} was sent under an approval that was over: {(USED | DEAD | TAKEN_BACK)[end.kind]}"
            return
    if approval.body["digest"] != start.body["digest"]:
        yield f"P2 {name}: the bytes that were sent are not those that were approved"
    if start.at >= int(approval.body["expires"]):
        yield f"P3 {name} was sent after its approval had expired"
    if start.at < int(approval.body["not_before"]):
        yield f"P3 {name} was sent within its undo window"


def clauses(history: History) -> Iterator[str]:
    """P3: whatever is sent was approved under exactly the clauses that judge it when it is sent."""
    for name, told in history.missions.items():
        terms, verbs, under = None, dict[str, str](), dict[str, str]()
        for event in told.events:
            body = event.body
            if event.kind in {"mission.created", "contract.amended"}:
                terms = stored(body["contract"])
            elif event.kind == "effect.proposed":
                verbs[body["effect"]] = body["verb"]
            elif event.kind == "effect.approved":
                under[body["effect"]] = body["clauses"]
            elif event.kind == "effect.attempting" and terms is not None:
                effect = body["effect"]
                if under.get(effect) != clauses_digest(terms, verbs[effect]):
                    yield f"P3 {name}/{effect} was sent under an approval whose clauses had changed"


def once(history: History) -> Iterator[str]:
    """P3, P4: nothing arrives twice, and nothing that may have arrived is forgotten."""
    for key, count in Counter(d.key for d in history.sink.deliveries).items():
        if count > 1:
            yield f"P4 {key} arrived {count} times"
    arrived: set[Arrival] = set(history.sink.deliveries)
    keys = {d.key for d in arrived}
    for name, told in history.missions.items():
        asked = {ref for item in told.state.attention.values() if item.kind == "doubt" for ref in item.refs}
        for effect in told.state.effects.values():
            key = f"{name}/{effect.id}"
            if effect.state == "attempting":
                yield f"P4 {key} is neither settled nor asked about"
            if effect.state == "in_doubt" and effect.id not in asked:
                yield f"P4 {key} is in doubt and nobody is asked"
            if effect.state == "done" and key not in keys:
                yield f"P4 {key} is called done and never arrived"
            if key in keys and effect.state not in {"done", "in_doubt"}:
                yield f"P4 {key} arrived and is called {effect.state}"
        done = Counter(str(e.body["effect"]) for e in told.events if e.kind == "effect.done")
        yield from (f"P3 one approval of {name}/{effect} was used {n} times" for effect, n in done.items() if n > 1)
