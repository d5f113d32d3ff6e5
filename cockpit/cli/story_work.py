"""What events about tasks, attempts, money, evidence and models say."""

from __future__ import annotations

from cockpit.cli.desk import Json
from cockpit.cli.render import money, safe, span
from cockpit.cli.story_line import Line, Namer, Teller, because, cut, value


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
    proposed = ", proposed" if body.get("proposed") else ""
    told = f"{safe(body['kind'])} {safe(body['item'])}{proposed}: {cut(body['text'])}"
    return Line("", told, loud=body["kind"] == "decision")


def _rule(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"rule {safe(body['rule'])} is in force: {cut(body['text'])}")


def _retired(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"rule {safe(body['rule'])} binds nobody any more{because(body)}")


def _excepted(body: Json, name: Namer, _event: Json) -> Line:
    return Line("", f"{name('task')} may do without rule {safe(body['rule'])}{because(body)}")


def _judged(body: Json, _name: Namer, _event: Json) -> Line:
    broken = body.get("broken") or ()
    said = f"{len(broken)} of {len(body['effects'])} that waited break it" if broken else "what waited obeys it"
    return Line("", f"rule {safe(body['rule'])}: {said}", loud=bool(broken))


def _vouched(word: str) -> Teller:
    return lambda body, _name, _event: Line("", f"learning {safe(body['learning'])} was {word}{because(body)}")


def _artifact(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("", f"artifact {safe(body['name'])} ({body['bytes']} bytes)", loud=False)


def _evidence(body: Json, name: Namer, _event: Json) -> Line:
    where = f"{name('branch')}, {safe(body['grade'])}"
    return Line("", f"evidence {safe(body['metric'])} = {value(body)} ({where})")


def _learning(body: Json, _name: Namer, _event: Json) -> Line:
    word = (
        "is proposed"
        if body.get("status") == "proposed"
        else f"from {safe(body['source'])}"
        if body.get("source")
        else ""
    )
    return Line("", f"learning {safe(body['learning'])}{' ' if word else ''}{word}: {cut(body['text'])}")


def _verdict(body: Json, name: Namer, _event: Json) -> Line:
    lines = body.get("lines", [])
    held = sum(bool(line.get("ok")) for line in lines)
    tally = f", {held} of {len(lines)} hold" if lines else ""
    failed = next((f": {cut(line['criterion'])}" for line in lines if not line.get("ok")), "")
    word = "passed" if body["ok"] else "failed"
    text = f"{name('task')}: {safe(body['stage'])} by {cut(body['by'])} {word}{tally}{failed}"
    return Line("ok" if body["ok"] else "failed", text, not body["ok"] or body["stage"] != "checks")


def _unavailable(body: Json, _name: Namer, event: Json) -> Line:
    if not body.get("until"):
        return Line("failed", f"model {cut(body['name'])}: {cut(body['because'])}", loud=False)
    away = span(max(body["until"] - event["at"], 0))
    return Line("failed", f"model {cut(body['name'])} is not asked for {away}: {cut(body['because'])}")


def _recovered(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("ok", f"model {cut(body['name'])} answers again{because(body)}")


def _measured(body: Json, _name: Namer, _event: Json) -> Line:
    answers = sum(one["n"] for one in body.get("kinds") or ())
    ended = f", until {cut(body['stopped'])}" if body.get("stopped") else ""
    return Line("ok", f"model {cut(body['name'])} was measured as a reviewer, {answers} answers{ended}")


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


def _neared(body: Json, name: Namer, _event: Json) -> Line:
    whose = {"branch": f"branch {name('branch')}", "role": f"the role {cut(body.get('role'))}"}
    whole, used, aside = (_amount(body["dimension"], body[part]) for part in ("cap", "used", "aside"))
    share = (body["used"] + body["aside"]) * 100 // max(1, body["cap"])
    held = f" and {aside} set aside" if body["aside"] else ""
    of = f"the {cut(body['dimension'])} of {whose.get(body['level'], 'the mission')}"
    return Line("", f"{share} % of {of}: {used} used{held} of {whole}")


def _amount(dimension: str, amount: int) -> str:
    if dimension == "money":
        return money(amount)
    return span(amount) if dimension == "attention" else f"{amount:,}"


TOLD: dict[str, Teller] = {
    "budget.neared": _neared,
    "task.amended": _task("draft", "goes on under other terms"),
    "task.added": _task("draft", "added", loud=False),
    "task.accepted": _task("accepted", "accepted"),
    "task.failed": _task("failed", "failed"),
    "task.retried": _task("retried", "is tried again"),
    "task.restored": _task("accepted", "is accepted as it was"),
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
    "item.adopted": lambda body, _name, _event: Line("", f"{safe(body['item'])} upheld{because(body)}"),
    "item.expired": lambda body, _name, _event: Line("", f"{safe(body['item'])} expired", loud=False),
    "rule.adopted": _rule,
    "artifact.produced": _artifact,
    "evidence.recorded": _evidence,
    "learning.recorded": _learning,
    "learning.promoted": _vouched("promoted"),
    "learning.dismissed": _vouched("dismissed"),
    "rule.retired": _retired,
    "rule.excepted": _excepted,
    "rule.judged": _judged,
    "verdict.given": _verdict,
    "model.unavailable": _unavailable,
    "model.recovered": _recovered,
    "reviewer.measured": _measured,
}
