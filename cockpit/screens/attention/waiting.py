"""The left side: what waits, in the order of its rank, and below it what was decided today. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cockpit.client import Views, midnight
from cockpit.screens.facts import engine_runs
from cockpit.screens.queue import StillQueue
from cockpit.screens.words import deadline, hour, minutes, need, now_in, safe, span
from engine.views.models import AttentionRow, BranchRow, Card
from widgets.ink import Line, Run, Voice, cut, fit, right, spread, wrap
from widgets.listing import Entry, Shown

NEW = "—new—"
TALL = 4
"""Lines of an entry, the air below it included."""
BURST_MS = 20_000
"""Withdrawals with no longer a pause between them, and nothing else, were one command burst."""
UNDONE = frozenset({"reject", "veto", "withdraw", "stop", "prune", "forget", "suppress"})
"""Decisions that took something out of the way."""


def entries(
    queue: StillQueue,
    rows: Mapping[str, AttentionRow],
    cards: Mapping[str, Card],
    branches: Mapping[str, Mapping[str, BranchRow]],
    wall: int,
    aside: Collection[str] = (),
) -> list[Entry]:
    """The queue; arrivals stand below a line of their own. `aside`: what was put aside for now."""
    out: list[Entry] = []
    fresh = queue.fresh
    for number, name in enumerate((name for name in queue.order if name in rows), start=1):
        if fresh and name == fresh[0]:
            out.append(Entry(NEW, "", 1, selectable=False))
        row = rows[name]
        branch = branches.get(row.mission, {}).get(row.branch)
        card = cards.get(row.mission)
        minute, rehearsed = now_in(card, wall) // 60_000, bool(card and card.rehearsed)
        out.append(Entry(name, (number, row, branch.key if branch else "", minute, rehearsed, name in aside), TALL))
    return out


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """What, where, why it ranks there."""
    if entry.id == NEW:
        return [(Run("new", "muted", bold=True),)]
    number, row, branch, minute, rehearsed, aside = entry.body
    assert isinstance(row, AttentionRow)
    columns = shown.columns
    voice: Voice = "bright" if shown.selected else "text"
    takes = f"{row.takes_minutes}m"
    title = cut(safe(row.title), columns - 4 - len(takes) - 1)
    place = safe(row.mission) + (f" / {safe(branch)}" if branch and branch != "main" else "")
    return [
        spread(
            (Run(right(str(number), 2) + " ", "muted"), Run(title, voice, bold=shown.selected)),
            (Run(takes, "muted"),),
            columns,
            1,
        ),
        fit((Run("   "), Run(cut(("REHEARSED " if rehearsed else "") + place, columns - 3), voice)), columns),
        fit(
            (
                Run("   "),
                Run(cut(("later, " if aside else "") + _pressing(row, minute * 60_000), columns - 3), "muted"),
            ),
            columns,
        ),
    ]


def _pressing(row: AttentionRow, now: int) -> str:
    holds = f"holds {row.holds}" if row.holds else "holds nothing"
    due = f"expires {deadline(row.expires_at, now)}" if row.expires_at else "no deadline"
    return f"{holds}, {due}"


def lid(columns: int) -> Line:
    """The header of the queue."""
    return spread((Run("queue", "muted", bold=True),), (Run("takes", "muted"),), columns)


# -- cleared today


@dataclass(frozen=True, slots=True)
class Cleared:
    """One decision of today; `wall` is when it was made, `focus_ms` how long it took."""

    wall: int
    what: str
    text: str
    focus_ms: int
    mission: str


def cleared(decisions: Iterable[Mapping[str, Any]], titles: Mapping[tuple[str, str], str], wall: int) -> list[Cleared]:
    """Today's decisions from whole events, newest first; the withdrawals of one burst are one line."""
    out: list[Cleared] = []
    start = midnight(wall)
    burst: list[Mapping[str, Any]] = []
    for event in sorted(decisions, key=lambda found: -int(found["seq"])):
        if event["wall"] < start:
            continue
        body, slug = event["body"], event["mission"]
        what = str(body.get("what"))
        focus = int(body.get("focus_ms") or 0)
        if what == "withdraw":
            if burst and burst[-1]["mission"] == slug and abs(burst[-1]["wall"] - event["wall"]) <= BURST_MS:
                burst.append(event)
                out[-1] = replace(out[-1], text=_withdrawn(burst), focus_ms=out[-1].focus_ms + focus)
                continue
            burst = [event]
        else:
            burst = []
        title = titles.get((slug, str(body.get("attention") or "")), "")
        told = _told(what, title, str(body.get("text") or ""), str(body.get("subject") or ""))
        out.append(Cleared(event["wall"], what, told, focus, slug))
    return out


def _withdrawn(burst: Sequence[Mapping[str, Any]]) -> str:
    """`withdrew 12: F1 to F12`, or each by its name where they do not follow each other."""
    names = [safe(str(event["body"].get("subject") or "")) for event in reversed(burst)]
    numbers = [int(name[1:]) for name in names if name[:1] == "F" and name[1:].isdecimal()]
    follows = len(numbers) == len(names) > 2 and sorted(numbers) == list(range(min(numbers), max(numbers) + 1))
    told = f"F{min(numbers)} to F{max(numbers)}" if follows else ", ".join(names)
    return f"withdrew {len(burst)}: {told}"


def _told(what: str, title: str, text: str, subject: str) -> str:
    about, said = safe(" ".join(title.split())), safe(" ".join(text.split()))
    match what:
        case "approve":
            return f"approved {about or safe(subject)}"
        case "answer":
            return f"answered: {said}" if said else f"answered {about}"
        case "reject":
            return f"rejected: {said}" if said else f"rejected {about}"
        case "veto":
            return f"vetoed {safe(subject)}" + (f": {said}" if said else "")
        case "withdraw":
            return f"withdrew {safe(subject)}"
        case "undo":
            return f"took back: {about or safe(subject)}"
    return f"{safe(what)} {safe(subject)}" + (f": {said}" if said else "")


def cleared_lines(found: Sequence[Cleared], columns: int, rows: int) -> list[Line]:
    """`13:22 ✓ approved …`, newest first, at most two lines each."""
    if rows < 3 or not found:
        return []
    used = sum(one.focus_ms for one in found)
    total = f"{len(found)} in {max(used // 60_000, 1)}m" if used else str(len(found))
    out: list[Line] = [spread((Run("cleared today", "muted", bold=True),), (Run(total, "muted"),), columns)]
    for one in found:
        glyph = "✕" if one.what in UNDONE else "✓"
        told = wrap(one.text, max(columns - 8, 4))
        if len(told) > 2:
            told = [told[0], cut(" ".join(told[1:]), max(columns - 8, 4))]
        for place, line in enumerate(told):
            head = f"{hour(one.wall)} {glyph} " if place == 0 else " " * 8
            out.append((Run(head, "past"), Run(line, "past")))
        if len(out) >= rows:
            break
    return out[:rows]


# -- the fact line


def fact(views: Views, wall: int, columns: int, trouble: str, place: tuple[int, int]) -> Line:
    """`cockpit / attention   ⚑ 4 need you  about 9m   42m of 4h 30m of your time used`; `place` is item n of m."""
    rows = list(views.attention.values())
    tail = engine_runs(views, wall, columns, trouble)
    count = len(rows)
    if columns < 100:
        number, total = place
        runs: list[Run] = (
            [Run(f"⚑ {number} of {total}", "needs-you", bold=True)] if total else [Run("attention", "text")]
        )
        if rows and columns >= 60:
            runs.append(Run(f"  about {minutes(rows)}m", "muted"))
        return spread(runs, tail, columns)
    runs = [Run("cockpit", "bright", bold=True), Run("  /  ", "muted"), Run("attention", "text")]
    if rows:
        runs += [Run(f"   ⚑ {need(count)}", "needs-you", bold=True), Run(f"  about {minutes(rows)}m", "muted")]
    used = sum(card.attention_ms for card in views.cards.values())
    whole = sum(card.attention_budget_ms or 0 for card in views.cards.values())
    if whole:
        runs += [Run(f"      {used // 60_000}m", "text"), Run(f" of {span(whole)} of your time used", "muted")]
    return spread(runs, tail, columns)


def folded(queue: StillQueue, rows: Mapping[str, AttentionRow], current: str, columns: int) -> Line:
    """The queue in one line, where there is no room for it: `queue  1 of 4   next: which p95 counts?`."""
    order = [name for name in queue.order if name in rows]
    if current not in order:
        return (Run("queue", "muted", bold=True),)
    place = order.index(current)
    later = next((rows[name] for name in order[place + 1 :]), None)
    head = (Run("queue", "muted", bold=True), Run(f"  {place + 1} of {len(order)}", "text"))
    told: Line = (Run("   then ", "muted"), Run(safe(later.title), "muted")) if later else ()
    new = (Run(f"{len(queue.fresh)} new", "muted"),) if queue.fresh else ()
    return spread((*head, *told), new, columns)


NOTHING = ("nothing needs you", "what needs a human appears here by itself; missions go on meanwhile, 0 shows them")


def nothing(columns: int, rows: int) -> list[Line]:
    """The empty pane."""
    lines = [(Run(NOTHING[0], "bright", bold=True),), *[(Run(part, "muted"),) for part in wrap(NOTHING[1], columns)]]
    return [fit(line, columns) for line in lines][:rows]
