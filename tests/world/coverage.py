"""What a history contained, so that a world in which nothing happens is noticed."""

from __future__ import annotations

from collections import Counter

from engine.values import MINUTE, MissionId
from tests.world.sim import History, Told

EVENTS = {
    "effect.doubted": "an effect in doubt",
    "effect.rejected": "an effect rejected",
    "effect.expired": "an effect expired",
    "effect.renewed": "an effect asked for again",
    "effect.withdrawn": "an effect withdrawn",
    "effect.failed": "an effect refused by the sink",
    "effect.postponed": "an effect put off",
    "effect.held": "an effect kept back",
    "effect.refused": "a proposal refused",
    "effect.edited": "an effect edited",
    "approval.given": "a first of two approvals",
    "grant.given": "a standing grant",
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
    "contract.amended": "a contract amended",
    "effect.returned": "an approval that died with its clauses",
    "branch.retimed": "a window that was amended",
    "rule.adopted": "a rejection that became a rule",
    "rule.retired": "a rule retired",
    "rule.judged": "what waited held to a new rule",
    "learning.promoted": "a learning promoted",
}
SPECIAL = (
    "a delivery",
    "an approval with exceptions",
    "a use of a standing grant",
    "an approval by two people",
    "a key sent again to a sink that drops doubles",
    "a stale approval refused",
    "a stale amendment refused",
    "a loss by look-up settled",
    "an unknown usage charged",
    "a retry",
    "a fallback",
    "an exhausted budget",
    "two missions",
    "a proposal refused because another mission wrote first",
    "an engine fenced",
    "a suppression that withdrew what waited",
    "a contact that waited for its turn",
    "a model in an outage",
    "a model that came back",
    "work that moved to another model",
    "a task that waited for a model",
    "an answer mended by its model",
    "a model's bill that nobody knows",
    "a model of one's own asked because nobody else may be",
    "a call that a stop ended",
    "a call of a tool",
    "a call of a tool refused",
    "a tool that was down",
    "a call of a tool of unknown outcome",
    "an attempt of many rounds",
    "an attempt stuck in a loop",
    "a cap raised in the queue",
    "a question at a cap on tokens",
    "a question at a cap on calls",
    "a question at a cap of a role",
    "proposals held back for lack of minutes",
    "a draft sent back by a rule",
    "a draft mended after a rule",
    "a rule that nobody obeyed in the queue",
    "a rule made for all missions",
    "a rejection taken back",
    "an approval taken back",
    "a moment of rest at which every task was looked at",
)
WANTED = (*EVENTS.values(), *SPECIAL)


def happened(history: History) -> Counter[str]:
    """How often each notable thing happened; also `died PLACE` and `froze PLACE` for ends of lives."""
    seen: Counter[str] = Counter()
    for told in history.missions.values():
        free: dict[str, int] = {}
        seen["a draft mended after a rule"] += any(rule.fixed for rule in told.state.rules.values())
        for event in told.events:
            body = event.body
            if event.kind == "effect.approved":
                free[body["effect"]] = event.at + 20 * MINUTE
            waited = event.kind == "effect.attempting" and event.at > free[body["effect"]]
            seen["a contact that waited for its turn"] += waited and history.setting.limits is not None
            seen[EVENTS.get(event.kind, "")] += 1
            how = str(body.get("how", "")) if event.kind == "attention.resolved" else ""
            seen["a cap raised in the queue"] += how.startswith("answered: raise")
            about = str(body.get("about", "")) if event.kind == "attention.raised" else ""
            seen["a question at a cap on tokens"] += about.startswith("cap:") and ":tokens:" in about
            seen["a question at a cap on calls"] += about.startswith("cap:") and ":calls:" in about
            seen["a question at a cap of a role"] += about.startswith("cap:role:")
            seen["proposals held back for lack of minutes"] += about.startswith("cap:mission::attention:")
            seen["a use of a standing grant"] += event.kind == "effect.approved" and bool(body.get("grant"))
            seen["an approval by two people"] += event.kind == "effect.approved" and len(body.get("people", ())) == 2
            lines = body.get("lines", ()) if event.kind == "verdict.given" else ()
            seen["a draft sent back by a rule"] += any(line.get("rule") and not line["ok"] for line in lines)
            seen["a rule that nobody obeyed in the queue"] += "make an exception" in body.get("choices", ())
            seen["a rule made for all missions"] += event.kind == "rule.adopted" and "source" in body
            if event.kind == "decision.made" and body["what"] == "undo":
                decided = [e.body["what"] for e in told.events if e.kind == "decision.made"
                           and e.body.get("attention") == body["attention"] and e.height < event.height]  # fmt: skip
                seen["an approval taken back" if decided[-1] == "approve" else "a rejection taken back"] += 1
            again = event.kind == "effect.settled" and bool(body.get("unsure"))
            seen["a key sent again to a sink that drops doubles"] += again
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
    for told in history.missions.values():
        _models(seen, told)
    seen["a model in an outage"] += sum(event.kind == "model.unavailable" for event in history.home_events)
    seen["a model that came back"] += sum(event.kind == "model.recovered" for event in history.home_events)
    for attempt, role, _model in history.vendors.shown:
        terms = history.setting.missions[MissionId(attempt.partition("/")[0])]
        seen["a model of one's own asked because nobody else may be"] += role in terms.local
    for attempt, bills in history.vendors.bills.items():
        good = history.results.get(attempt, {}).get("end") == "handoff"
        seen["an answer mended by its model"] += good and len(bills) == 2
        seen["an attempt of many rounds"] += good and len(bills) > 3
        seen["a model's bill that nobody knows"] += good and None in bills
    seen["a call that a stop ended"] += len(history.vendors.aborted)
    seen["a moment of rest at which every task was looked at"] += history.rests
    seen["a person suppressed"] += sum(event.kind == "contact.suppressed" for event in history.home_events)
    seen["a delivery"] += len(history.sink.deliveries)
    seen["two missions"] += len(history.missions) > 1
    stale = [k for k, a in history.answers.items() if k.startswith("approve") and a == "refused"]
    seen["a stale amendment refused"] += sum(
        key.startswith("amend") and answer == "refused" for key, answer in history.answers.items()
    )
    seen["a stale approval refused"] += len(set(stale) - set(history.human.wrong))
    for life in history.lives:
        if life.place:
            seen[f"{'froze' if life.frozen else 'died'} {life.place}"] += 1
            seen["an engine fenced"] += life.frozen and not life.place.endswith("release")
    del seen[""]
    return seen


def _models(seen: Counter[str], told: Told) -> None:
    for event in told.events:
        seen["a call of a tool"] += event.kind == "tool.called"
        seen["a call of a tool of unknown outcome"] += event.kind == "tool.unanswered"
        seen["a call of a tool refused"] += event.kind == "tool.refused"
        seen["a tool that was down"] += event.kind == "tool.probed" and not event.body["up"]
        seen["an attempt stuck in a loop"] += event.kind == "attempt.failed" and "in a loop" in event.body["because"]
    seen["a task that waited for a model"] += sum(event.kind == "task.held" for event in told.events)
    for task in told.state.tasks.values():
        on = [told.state.attempts[a] for a in task.attempts if told.state.attempts[a].worker == "model"]
        moved = any(earlier.fault and earlier.model != on[-1].model for earlier in on)
        seen["work that moved to another model"] += moved
