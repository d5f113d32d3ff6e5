"""What events about a mission as a whole say: its contract, branches and time, what it asks and what was decided."""

from __future__ import annotations

from cockpit.cli.desk import Json
from cockpit.cli.render import safe, span
from cockpit.cli.story_line import Line, Namer, Teller, because, cut, quiet


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


def _plan_proposed(body: Json, _name: Namer, _event: Json) -> Line:
    counts = {do: sum(one["do"] == do for one in body.get("changes", [])) for do in ("add", "replace", "prune")}
    told = ", ".join(f"{do}s {count}" for do, count in counts.items() if count) or "changes nothing"
    errors = sum(one["code"].startswith("E") for one in body.get("findings", []))
    wrong = f", with {errors} {'error' if errors == 1 else 'errors'}" if errors else ""
    return Line(
        "proposed", f"{cut(body['by'])} proposes plan {safe(body['proposal'])}, which {told}{wrong}{because(body)}"
    )


def _plan_accepted(body: Json, _name: Namer, _event: Json) -> Line:
    whose = f"{safe(body['proposal'])} of {cut(body['source'])}" if body.get("proposal") else cut(body["source"])
    by = f" by {cut(body['by'])}" if body.get("by") else ""
    return Line("accepted", f"plan accepted ({whose}){by}")


def _decision(body: Json, _name: Namer, event: Json) -> Line:
    subject = cut(body.get("attention") or body.get("subject", ""))
    text = f": {cut(body['text'])}" if body.get("text") else ""
    return Line("accepted", f"{safe(event['actor'])} decided: {safe(body['what'])} {subject}{text}")


def _condition(body: Json, name: Namer, _event: Json) -> Line:
    where = f" for {name('branch')}" if body.get("branch") else ""
    more = f"; {cut(body['detail'])}" if body.get("detail") else ""
    said = f"{safe(body['clause'])}{where}: {cut(body['expression'])} is {safe(body['outcome'])}{more}"
    return Line("", said, loud=False)


def _amended(body: Json, _name: Namer, _event: Json) -> Line:
    paths = [cut(change["path"]) for change in body.get("changes", [])]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return Line("accepted", f"contract amended, rev {body['rev']}: {', '.join(paths[:3])}{more}{because(body)}")


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


TOLD: dict[str, Teller] = {
    "mission.created": _created,
    "mission.started": _mission("running", "starts"),
    "contract.amended": _amended,
    "branch.amended": _branch("open", "goes on under other terms"),
    "branch.retimed": _branch("waiting", "has another window"),
    "timer.cleared": quiet("a timer was cleared"),
    "mission.paused": _mission("paused", "pauses"),
    "mission.resumed": _mission("running", "goes on"),
    "mission.stopped": _mission("stopped", "is stopped"),
    "mission.finished": _mission("finished", "is finished"),
    "branch.opened": _opened,
    "branch.waiting": _awaits,
    "branch.extended": _branch("waiting", "gets more time"),
    "branch.kept": _branch("kept", "kept"),
    "branch.pruned": _branch("pruned", "pruned"),
    "plan.accepted": _plan_accepted,
    "plan.proposed": _plan_proposed,
    "plan.rejected": lambda body, _name, _event: Line(
        "rejected", f"plan {safe(body['proposal'])} rejected{because(body)}"
    ),
    "blob.erased": lambda body, _name, _event: Line(
        "", f"{cut(body.get('what') or 'content')} was erased{because(body)}"
    ),
    "timer.set": _timer_set,
    "timer.fired": quiet("a timer fired"),
    "timer.missed": _timer_missed,
    "clock.jump": _clock_jump,
    "clock.advanced": _clock,
    "check.started": quiet("looking for evidence"),
    "check.ended": _check_ended,
    "attention.raised": _raised,
    "attention.resolved": lambda body, _name, _event: Line(
        "accepted", f"{safe(body['attention'])} settled: {cut(body['how'])}", loud=False
    ),
    "decision.made": _decision,
    "condition.evaluated": _condition,
}
