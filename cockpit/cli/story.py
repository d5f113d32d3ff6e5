"""Events as sentences: one calm line each, for `log`, for `start --wait` and for the demo.

A bookkeeping event has a line too, shown only when everything is asked for. Bodies come without their defaults, and
events of later releases are named, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from cockpit.cli.desk import Json
from cockpit.cli.render import GLYPHS, clock, mark, money, safe, span
from cockpit.cli.story_tools import TOLD, Said

LONGEST = 110
"""Characters of other people's text on one line."""


class Line(NamedTuple):
    """What one event says. `loud`: worth a line even in a calm telling."""

    state: str
    text: str
    loud: bool = True


class Names:
    """What the ids of a telling mean, learned from the events as they pass."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._reviews: set[tuple[str, str]] = set()

    def learn(self, event: Json) -> None:
        """Take the names that an event gives."""
        body, slug = event["body"], event["mission"]
        match event["kind"]:
            case "branch.opened":
                self._known[slug, body["branch"]] = body["key"]
            case "task.added":
                branch = self.of(slug, body["branch"])
                self._known[slug, body["task"]] = body["title"] if branch == "main" else f"{branch}: {body['title']}"
                if body.get("kind", "work") != "work":
                    self._reviews.add((slug, body["task"]))
            case "attempt.dispatched":
                self._known[slug, body["attempt"]] = self.of(slug, body["task"])
                if (slug, body["task"]) in self._reviews:
                    self._reviews.add((slug, body["attempt"]))

    def of(self, slug: str, short: str) -> str:
        """The name of an id, or the id itself."""
        return self._known.get((slug, short), short)

    def review(self, event: Json) -> bool:
        """Whether an event is about the attempt or task of a review, which its verdict tells better."""
        body, slug = event["body"], event["mission"]
        return any((slug, body.get(field)) in self._reviews for field in ("task", "attempt"))


_TOLD_BY_VERDICT = frozenset({"attempt.dispatched", "attempt.delivered", "task.accepted"})


def tell(event: Json, names: Names, *, everything: bool = False) -> str:
    """`Thu 18:02:11  ✓ draft batch 1: accepted`; empty for what is bookkeeping."""
    line = describe(event, names)
    if not (line.loud or everything):
        return ""
    return f"{clock(event['at'])}  {mark(GLYPHS.get(line.state, '·'))} {line.text}"


def describe(event: Json, names: Names) -> Line:
    """What an event says."""
    teller = _TELLERS.get(event["kind"])
    if teller is None:
        return Line("", safe(event["kind"]), loud=False)
    body = event["body"]

    def name(field: str) -> str:
        return cut(names.of(event["mission"], str(body.get(field, ""))))

    try:
        line = teller(body, name, event)
        quiet = event["kind"] in _TOLD_BY_VERDICT and names.review(event)
        return line._replace(loud=False) if quiet else line
    except (KeyError, TypeError, ValueError):
        return Line("", safe(event["kind"]), loud=False)


def cut(text: object) -> str:
    """Other people's text on our line."""
    shown = safe(" ".join(str(text).split()))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def because(body: Json) -> str:
    """`: the reason`, if there is one."""
    return f": {cut(body['because'])}" if body.get("because") else ""


Namer = Callable[[str], str]
Teller = Callable[[Json, Namer, Json], Line]


def _mission(state: str, word: str) -> Teller:
    return lambda body, _name, _event: Line(state, f"the mission {word}{because(body)}")


def _created(body: Json, _name: Namer, _event: Json) -> Line:
    how = " REHEARSED" if body.get("rehearsed") else ""
    return Line("draft", f"new{how} mission: {cut(body['title'])}")


def _branch(state: str, word: str, *, loud: bool = True) -> Teller:
    return lambda body, name, _event: Line(state, f"branch {name('branch')} {word}{because(body)}", loud)


def _awaits(body: Json, name: Namer, _event: Json) -> Line:
    said = f"branch {name('branch')} waits{because(body)}"
    return Line("waiting", said.replace(" waits: waits for ", " waits for ", 1))


def _opened(body: Json, _name: Namer, _event: Json) -> Line:
    about = f": {cut(body['hypothesis'])}" if body.get("hypothesis") else ""
    return Line("open", f"branch {cut(body['key'])} opened{about}", loud=bool(about))


def _task(state: str, word: str, *, loud: bool = True) -> Teller:
    return lambda body, name, _event: Line(state, f"{name('task')} {word}{because(body)}", loud)


def _attempt(state: str, word: str, *, loud: bool = True) -> Teller:
    return lambda body, name, _event: Line(state, f"{name('attempt')} {word}{because(body)}", loud)


def _dispatched(body: Json, name: Namer, _event: Json) -> Line:
    model = f", {safe(body['model'])}" if body.get("model") else ""
    return Line("running", f"{name('task')} begins ({safe(body['role'])}: {safe(body['worker'])}{model})")


def _delivered(body: Json, name: Namer, _event: Json) -> Line:
    said = f": {cut(body['summary'])}" if body.get("summary") else ""
    return Line("verifying", f"{name('attempt')} delivered{said}")


def _parked(body: Json, name: Namer, _event: Json) -> Line:
    return Line("needs you", f"{name('attempt')} waits for an answer: {cut(body['question'])}", loud=False)


def _settled(body: Json, name: Namer, _event: Json) -> Line:
    outcome = "" if body["outcome"] == "useful" else f", {safe(body['outcome'])}"
    return Line("", f"{name('task')}: {money(body['micro_usd'])} ({safe(body['basis'])}{outcome})", loud=False)


def _item(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"{safe(body['kind'])} {safe(body['item'])}: {cut(body['text'])}", loud=body["kind"] == "decision")


def _rule(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"rule {safe(body['rule'])} is in force: {cut(body['text'])}")


def _artifact(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"artifact {safe(body['name'])} ({body['bytes']} bytes)", loud=False)


def value(body: Json) -> str:
    """A value of evidence: `3 of 40`, `812`, or the kind of a message."""
    told = body.get("value")
    if isinstance(told, dict):
        return f"{told.get('k')} of {told.get('n')}"
    return cut(told) if told is not None else cut(body.get("message") or "to be graded")


def _evidence(body: Json, name: Namer, _event: Json) -> Line:
    where = f"{name('branch')}, {safe(body['grade'])}"
    return Line("", f"evidence {safe(body['metric'])} = {value(body)} ({where})")


def _learning(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"learning {safe(body['learning'])}: {cut(body['text'])}")


def _verdict(body: Json, name: Namer, _event: Json) -> Line:
    lines = body.get("lines", [])
    held = sum(bool(line.get("ok")) for line in lines)
    tally = f", {held} of {len(lines)} hold" if lines else ""
    failed = next((f": {cut(line['criterion'])}" for line in lines if not line.get("ok")), "")
    word = "passed" if body["ok"] else "failed"
    text = f"{name('task')}: {safe(body['stage'])} by {cut(body['by'])} {word}{tally}{failed}"
    return Line("ok" if body["ok"] else "failed", text, not body["ok"] or body["stage"] != "checks")


def _effect(state: str, word: str, *, loud: bool = True) -> Teller:
    return lambda body, _name, _event: Line(state, f"effect {safe(body['effect'])} {word}{because(body)}", loud)


def _proposed(body: Json, _name: Namer, _event: Json) -> Line:
    return Line(
        "", f"effect {safe(body['effect'])} proposed: {safe(body['verb'])} via {safe(body['connector'])}", loud=False
    )


def _refused(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("failed", f"a proposed {safe(body['verb'])} was refused ({safe(body['code'])}){because(body)}")


def _done(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("ok", f"effect {safe(body['effect'])} done: {cut(body['reference'])}")


def _postponed(body: Json, _name: Namer, _event: Json) -> Line:
    at = f", again at {clock(body['until'])}" if body.get("until") else ""
    word = "was put off" if body.get("tried", True) else "was called back"
    return Line("waiting", f"effect {safe(body['effect'])} {word}{at}{because(body)}")


def _kept_back(body: Json, _name: Namer, _event: Json) -> Line:
    listed = body.get("effects", [])
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    noun = "effect" if len(listed) == 1 else "effects"
    who = f"{noun} {safe(', '.join(listed[:3]))}{more}" if listed else "what is approved"
    return Line("waiting", f"{who} kept back until {clock(body['until'])}{because(body)}", loud=bool(listed))


def _doubt_over(body: Json, _name: Namer, _event: Json) -> Line:
    if body.get("unsure"):
        return Line("waiting", f"effect {safe(body['effect'])} may be sent again: its sink drops doubles")
    return Line(
        "ok", f"effect {safe(body['effect'])}: {safe(body['outcome']).replace('_', ' ')}, says {cut(body['by'])}"
    )


def _timer_set(body: Json, name: Namer, event: Json) -> Line:
    return Line(
        "waiting",
        f"{safe(body['purpose'])} of {name('branch')} in {span(max(body['due'] - event['at'], 0))}",
        loud=False,
    )


def _clock(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("waiting", f"nothing to do for {span(body['by'])}: the rehearsed clock jumps there")


def _check_ended(body: Json, _name: Namer, _event: Json) -> Line:
    if body.get("error"):
        return Line("failed", f"a check failed: {cut(body['error'])}")
    return Line("", f"a check found {body['found']}", loud=bool(body["found"]))


def _raised(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("needs you", f"{safe(body['attention'])} {safe(body['kind'])}: {cut(body['title'])}")


def _decision(body: Json, _name: Namer, event: Json) -> Line:
    subject = cut(body.get("attention") or body.get("subject", ""))
    text = f": {cut(body['text'])}" if body.get("text") else ""
    return Line("accepted", f"{safe(event['actor'])} decided: {safe(body['what'])} {subject}{text}")


def _condition(body: Json, name: Namer, _event: Json) -> Line:
    where = f" for {name('branch')}" if body.get("branch") else ""
    more = f"; {cut(body['detail'])}" if body.get("detail") else ""
    said = f"{safe(body['clause'])}{where}: {cut(body['expression'])} is {safe(body['outcome'])}{more}"
    return Line("", said, loud=False)


def _quiet(word: str) -> Teller:
    return lambda _body, _name, _event: Line("", word, loud=False)


def _contact(state: str, word: str) -> Teller:
    return lambda body, _name, _event: Line(state, f"person {safe(body['person'])[:12]} {word}{because(body)}")


def _unavailable(body: Json, _name: Namer, event: Json) -> Line:
    if not body.get("until"):
        return Line("failed", f"model {cut(body['name'])}: {cut(body['because'])}", loud=False)
    away = span(max(body["until"] - event["at"], 0))
    return Line("failed", f"model {cut(body['name'])} is not asked for {away}: {cut(body['because'])}")


def _recovered(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("ok", f"model {cut(body['name'])} answers again{because(body)}")


def _limits(body: Json) -> str:
    """The limits of a task that were raised."""
    found = [money(body["budget"])] if body.get("budget") is not None else []
    found += [f"{body[name]:,} {name}" for name in ("tokens", "calls") if body.get(name) is not None]
    return " and ".join(found)


def _held(body: Json, name: Namer, _event: Json) -> Line:
    more = len(body.get("also") or ())
    who, wait = (f"{name('task')} and {more} more", "wait") if more else (name("task"), "waits")
    if not body.get("because"):
        return Line("", f"{who} {wait} for no model any more", loud=False)
    return Line("waiting", f"{who} {wait} for a model{because(body)}")


def change_line(change: Json) -> str:
    """`budget.money: 500 USD → 600 USD`."""
    sides = (safe(change.get(side, "")) or "—" for side in ("before", "after"))
    return f"{safe(change['path'])}: {' → '.join(sides)}"


def _amended(body: Json, _name: Namer, _event: Json) -> Line:
    paths = [cut(change["path"]) for change in body.get("changes", [])]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return Line("accepted", f"contract amended, rev {body['rev']}: {', '.join(paths[:3])}{more}{because(body)}")


def _tool(say: Callable[[Json], Said], body: Json, _name: Callable[[str], str], _event: Json) -> Line:
    return Line(*say(body))


def _timer_missed(body: Json, name: Namer, _event: Json) -> Line:
    count = int(body["slots"])
    what = f"{count} look{'' if count == 1 else 's'} at {cut(', '.join(body.get('metrics') or ['evidence']))}"
    told = f"{name('branch')}: {what} missed while nothing ran; one look now catches up"
    return Line("waiting", told)


def _clock_jump(body: Json, _name: Namer, _event: Json) -> Line:
    slept, by = int(body.get("slept", 0)), int(body.get("by", 0))
    parts = [f"the machine slept {span(slept)}"] if slept else []
    parts += [f"the clock was set {'forward' if by > 0 else 'back'} by {span(abs(by))}"] if by else []
    return Line("waiting", " and ".join(parts) or "the clock jumped")


_TELLERS: dict[str, Teller] = {
    "mission.created": _created,
    "mission.started": _mission("running", "starts"),
    "contract.amended": _amended,
    "branch.amended": _branch("open", "goes on under other terms"),
    "branch.retimed": _branch("waiting", "has another window"),
    "task.amended": _task("draft", "goes on under other terms"),
    "timer.cleared": _quiet("a timer was cleared"),
    "effect.returned": _effect("needs you", "waits for approval again"),
    "mission.paused": _mission("paused", "pauses"),
    "mission.resumed": _mission("running", "goes on"),
    "mission.stopped": _mission("stopped", "is stopped"),
    "mission.finished": _mission("finished", "is finished"),
    "branch.opened": _opened,
    "branch.waiting": _awaits,
    "branch.extended": _branch("waiting", "gets more time"),
    "branch.kept": _branch("kept", "kept"),
    "branch.pruned": _branch("pruned", "pruned"),
    "plan.accepted": lambda body, _name, _event: Line("accepted", f"plan accepted ({cut(body['source'])})"),
    "task.added": _task("draft", "added", loud=False),
    "task.accepted": _task("accepted", "accepted"),
    "task.failed": _task("failed", "failed"),
    "task.retried": _task("retried", "is tried again"),
    "task.held": _held,
    "task.measured": lambda body, name, _event: Line(
        "", f"{name('task')} needs a window with room for {body['tokens']} tokens", loud=False
    ),
    "task.raised": lambda body, name, _event: Line(
        "raised", f"{name('task')} may use {_limits(body)}{because(body)}", loud=True
    ),
    "task.cancelled": _task("cancelled", "cancelled"),
    "route.chosen": lambda body, _name, _event: Line("", f"route: {cut(body['name'])}{because(body)}", loud=False),
    "package.compiled": lambda body, _name, _event: Line(
        "", f"package of {safe(body['attempt'])}: {body['tokens']} of {body['budget']} tokens", loud=False
    ),
    "charge.reserved": lambda body, _name, _event: Line(
        "", f"{safe(body['attempt'])}: {money(body['micro_usd'])} reserved", loud=False
    ),
    "attempt.dispatched": _dispatched,
    "attempt.delivered": _delivered,
    "attempt.failed": _attempt("failed", "failed"),
    "attempt.parked": _parked,
    "attempt.lost": _attempt("failed", "was lost"),
    "attempt.cancelled": _attempt("cancelled", "was cancelled"),
    "attempt.superseded": _attempt("", "came late", loud=False),
    "charge.settled": _settled,
    "charge.corrected": lambda body, _name, _event: Line(
        "", f"{safe(body['attempt'])}: corrected by {money(body['micro_usd'])}{because(body)}", loud=False
    ),
    "item.recorded": _item,
    "item.retracted": lambda body, _name, _event: Line("", f"{safe(body['item'])} retracted{because(body)}"),
    "rule.adopted": _rule,
    "artifact.produced": _artifact,
    "evidence.recorded": _evidence,
    "learning.recorded": _learning,
    "verdict.given": _verdict,
    "effect.proposed": _proposed,
    "effect.refused": _refused,
    "effect.approved": _effect("accepted", "approved", loud=False),
    "effect.rejected": _effect("rejected", "rejected"),
    "grant.given": lambda body, _name, _event: Line(
        "accepted",
        f"grant {safe(body['grant'])}: {body['count']} × {safe(body['verb'])} may leave without being asked about",
    ),
    "grant.revoked": lambda body, _name, _event: Line("", f"grant {safe(body['grant'])} revoked{because(body)}"),
    "effect.edited": lambda body, _name, _event: Line(
        "", f"effect {safe(body['effect'])} edited into {safe(body['into'])} by {cut(body['by'])}"
    ),
    "approval.given": lambda body, _name, _event: Line(
        "accepted", f"{safe(body['attention'])}: {cut(body['person'])} says yes, {body['people']} people have to"
    ),
    "effect.expired": _effect("failed", "expired"),
    "effect.renewed": _effect("", "asked for again"),
    "effect.withdrawn": _effect("cancelled", "withdrawn"),
    "effect.attempting": _effect("running", "is leaving", loud=False),
    "effect.postponed": _postponed,
    "effect.held": _kept_back,
    "effect.done": _done,
    "effect.failed": _effect("failed", "failed"),
    "effect.unanswered": _effect("waiting", "got no clear answer", loud=False),
    "effect.doubted": _effect("in_doubt", "is in doubt"),
    "effect.settled": _doubt_over,
    "blob.erased": lambda body, _name, _event: Line(
        "", f"{cut(body.get('what') or 'content')} was erased{because(body)}"
    ),
    "timer.set": _timer_set,
    "timer.fired": _quiet("a timer fired"),
    "timer.missed": _timer_missed,
    "clock.jump": _clock_jump,
    "clock.advanced": _clock,
    "check.started": _quiet("looking for evidence"),
    "check.ended": _check_ended,
    "attention.raised": _raised,
    "attention.resolved": lambda body, _name, _event: Line(
        "accepted", f"{safe(body['attention'])} settled: {cut(body['how'])}", loud=False
    ),
    "decision.made": _decision,
    "condition.evaluated": _condition,
    "model.unavailable": _unavailable,
    "model.recovered": _recovered,
    "contact.suppressed": _contact("rejected", "is never contacted again"),
    "contact.restored": _contact("open", "may be contacted again"),
    **{kind: partial(_tool, say) for kind, say in TOLD.items()},
}
