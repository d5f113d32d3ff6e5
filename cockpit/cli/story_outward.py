"""What events about effects, grants and people say."""

from __future__ import annotations

from cockpit.cli.desk import Json
from cockpit.cli.render import clock, safe
from cockpit.cli.story_line import Line, Namer, Teller, because, cut


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


def _contact(state: str, word: str) -> Teller:
    return lambda body, _name, _event: Line(state, f"person {safe(body['person'])[:12]} {word}{because(body)}")


TOLD: dict[str, Teller] = {
    "effect.returned": _effect("needs you", "waits for approval again"),
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
    "outage.ended": lambda body, _name, _event: Line("", f"{cut(body['connector'])} is tried again{because(body)}"),
    "effect.held": _kept_back,
    "effect.done": _done,
    "effect.failed": _effect("failed", "failed"),
    "effect.unanswered": _effect("waiting", "got no clear answer", loud=False),
    "effect.doubted": _effect("in_doubt", "is in doubt"),
    "effect.settled": _doubt_over,
    "contact.suppressed": _contact("rejected", "is never contacted again"),
    "contact.restored": _contact("open", "may be contacted again"),
}
