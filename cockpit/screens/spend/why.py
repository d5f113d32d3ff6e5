"""Why a charge is what it is: the attempt it paid for, its route, its package, and how the amount was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cockpit.client import ChargeLine
from cockpit.screens.mission.quote import labelled, quoted
from cockpit.screens.words import code, moment, money, safe
from widgets.ink import BLANK, Line, Run, Voice, fit, left, spread
from widgets.marks import GLYPHS, count

Json = Mapping[str, Any]
KINDS = ("route.chosen", "package.compiled", "charge.reserved", "verdict.given", "attempt.failed", "attempt.lost")
"""The events that tell it."""
PAGE, PAGES = 64, 16
"""So many events are read back from the charge, at most."""
_BASIS = {
    "reported": "the tokens that the provider counted, at the price of the route",
    "reservation": "nobody knows the usage, so all that was reserved is charged",
    "free": "this worker costs nothing",
    "correction": "late news about a charge that was settled before",
}
_CLASSES = ("read", "wrote", "from the cache", "into the cache", "thought")


@dataclass(frozen=True, slots=True)
class Story:
    """What the ledger tells of one attempt."""

    charge: ChargeLine
    route: Json = field(default_factory=dict)
    package: Json = field(default_factory=dict)
    reserved: int | None = None
    ended: str = ""
    """Why it failed or was lost, in the words of whoever said so."""
    refused: tuple[str, ...] = ()
    """What verification found wrong."""


def gather(charge: ChargeLine, read: Callable[..., Sequence[Json]]) -> Story:
    """The story of a charge; `read` is the client's `events`. It stands shortly before the charge."""
    short, found = charge.attempt.rpartition("/")[2], dict[str, Json]()
    refused: list[str] = []
    before: int | None = charge.seq + 1
    for _page in range(PAGES):
        events = read(charge.mission, kinds=KINDS, limit=PAGE, before=before)
        for event in reversed(events):
            body = event["body"]
            if body.get("attempt") == short:
                found.setdefault(event["kind"], body)
                if event["kind"] == "verdict.given" and not body.get("ok"):
                    refused += [str(line.get("detail", "")) for line in body.get("lines", []) if not line.get("ok")]
        if "route.chosen" in found or len(events) < PAGE:
            break
        before = events[0]["seq"]
    ended = found.get("attempt.failed") or found.get("attempt.lost") or {}
    return Story(
        charge,
        found.get("route.chosen", {}),
        found.get("package.compiled", {}),
        found.get("charge.reserved", {}).get("micro_usd"),
        str(ended.get("because", "")),
        tuple(refused),
    )


def lines(story: Story, now: int, columns: int) -> list[Line]:
    """The story as lines."""
    charge, size = story.charge, max(columns, 20)
    facts = [
        ("amount", money(charge.micro_usd)),
        ("at", moment(charge.at, now)),
        ("task", charge.task_title or charge.task),
        ("for", " by the ".join(filter(None, [charge.purpose, charge.role or charge.worker]))),
        ("outcome", charge.outcome),
        ("basis", _BASIS.get(charge.basis, charge.basis)),
    ]
    if story.reserved is not None:
        facts.append(("reserved", f"≤{money(story.reserved)} before the call"))
    if story.package:
        told = f"{count(story.package.get('tokens', 0))} of {count(story.package.get('budget', 0))} tok"
        facts.append(("package", f"{told}, {code(str(story.package.get('text', '')))}"))
    used = [f"{count(n)} {word}" for n, word in zip(charge.tokens, _CLASSES, strict=True) if n]
    facts.append(("tokens", ", ".join(used) or "not known"))
    out = [line for label, value in facts for line in labelled(label, value, size)]
    out += [BLANK, *_route(story, size)]
    for text in filter(None, [story.ended, *story.refused]):
        out += [BLANK, *quoted(text, size, most=12)]
    return [fit(line, columns) for line in out]


def _route(story: Story, columns: int) -> list[Line]:
    route = story.route
    if not route:
        return [(Run("its route does not stand near this charge", "muted"),)]
    out = labelled("route", str(route.get("name", "")), columns)
    out += labelled("", str(route.get("because", "")), columns, voice="muted")
    for one in route.get("considered", ()):
        good, worst = bool(one.get("passed")), int(one.get("worst_micro_usd") or 0)
        voice: Voice = "text" if good else "past"
        out.append(
            spread(
                (
                    Run(f"{GLYPHS['ok' if good else 'rejected']} ", voice),
                    Run(left(safe(one.get("name", "")), 20), voice),
                    Run(f"  {safe(one.get('why', ''))}", "muted"),
                ),
                (Run(f"≤{money(worst)}" if worst else "", "muted"),),
                columns,
            )
        )
    return out


__all__ = ["Story", "gather", "lines"]
