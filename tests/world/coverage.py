"""What a history contained, so that a world in which nothing happens is noticed."""

from __future__ import annotations

from collections import Counter

from tests.world.sim import History

EVENTS = {
    "effect.doubted": "an effect in doubt",
    "effect.rejected": "an effect rejected",
    "effect.expired": "an effect expired",
    "effect.renewed": "an effect asked for again",
    "effect.withdrawn": "an effect withdrawn",
    "effect.failed": "an effect refused by the sink",
    "effect.refused": "a proposal refused",
    "attempt.lost": "an attempt lost",
    "attempt.superseded": "a late result superseded",
    "attempt.failed": "an attempt failed",
    "attempt.cancelled": "an attempt cancelled",
    "charge.corrected": "a charge corrected",
    "mission.paused": "a mission paused",
    "mission.resumed": "a mission resumed",
    "mission.finished": "a mission finished",
    "mission.stopped": "a mission stopped",
    "branch.kept": "a branch kept",
    "branch.pruned": "a branch pruned",
    "contact.suppressed": "a person suppressed",
    "check.ended": "replies read",
}
SPECIAL = (
    "a delivery",
    "an approval with exceptions",
    "a stale approval refused",
    "a loss by look-up settled",
    "an unknown usage charged",
    "a retry",
    "a fallback",
    "an exhausted budget",
    "two missions",
    "a proposal refused because another mission wrote first",
    "an engine fenced",
    "a suppression that withdrew what waited",
)
WANTED = (*EVENTS.values(), *SPECIAL)


def happened(history: History) -> Counter[str]:
    """How often each notable thing happened; also `died PLACE` and `froze PLACE` for ends of lives."""
    seen: Counter[str] = Counter()
    for told in history.missions.values():
        for event in told.events:
            body = event.body
            seen[EVENTS.get(event.kind, "")] += 1
            seen["an approval with exceptions"] += bool(event.kind == "decision.made" and body.get("excepted"))
            seen["a loss by look-up settled"] += event.kind == "effect.settled" and body["by"] == "lookup"
            seen["an unknown usage charged"] += event.kind == "charge.settled" and body["basis"] == "reservation"
            seen["a retry"] += event.kind == "charge.settled" and body["purpose"] == "retry"
            seen["a fallback"] += bool(event.kind == "task.retried" and body.get("role"))
            first = (
                event.kind in {"effect.refused", "effect.withdrawn"} and "wrote to this person first" in body["because"]
            )
            seen["a proposal refused because another mission wrote first"] += first and len(history.missions) > 1
            dropped = event.kind == "effect.withdrawn" and "do-not-contact" in body["because"]
            seen["a suppression that withdrew what waited"] += dropped
        seen["an exhausted budget"] += "budget is exhausted" in told.state.because
    seen["a person suppressed"] += sum(event.kind == "contact.suppressed" for event in history.home_events)
    seen["a delivery"] += len(history.sink.deliveries)
    seen["two missions"] += len(history.missions) > 1
    stale = [k for k, a in history.answers.items() if k.startswith("approve") and a == "refused"]
    seen["a stale approval refused"] += len(set(stale) - set(history.human.wrong))
    for life in history.lives:
        if life.place:
            seen[f"{'froze' if life.frozen else 'died'} {life.place}"] += 1
            seen["an engine fenced"] += life.frozen and not life.place.endswith("release")
    del seen[""]
    return seen
