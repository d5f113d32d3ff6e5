"""The bridge as lines: one column a mission, every section on the same row in every column. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit.client import Happening
from cockpit.screens.words import day_of, deadline, moment, money, now_in, phase_runs, safe, span, title
from engine.views.models import AttentionRow, BranchLine, Card, TaskRow
from widgets.ink import BLANK, Line, Run, beside, cells, cut, fit, left, right, rule, spread, width, wrap
from widgets.marks import bar, count, glyph, percent, spark

GUTTER = 3
COLUMN = 50
"""The width at which a column of the bridge is complete."""
WIDEST = 76
"""Where there are few missions their columns grow no wider: nobody reads along longer lines."""
MOST_NOW = 6
"""Lines of what goes on now."""
_ASKED = {
    "approve": "your approval",
    "answer": "your answer",
    "review": "your review",
    "conflict": "your word",
    "doubt": "in doubt",
    "budget": "your budget",
    "tool": "mend",
    "plan": "your plan",
}
_BUSY = {"running": 0, "verifying": 1, "ready": 2, "waiting": 3}


@dataclass(frozen=True, slots=True)
class Mission:
    """All that the bridge shows of one mission."""

    number: int
    card: Card
    tasks: tuple[TaskRow, ...]
    asked: tuple[AttentionRow, ...]
    past: tuple[Happening, ...]
    """Newest first."""


def per_screen(columns: int) -> int:
    """How many missions stand side by side."""
    return max(1, min(4, (columns + GUTTER) // (COLUMN + GUTTER)))


def board(missions: Sequence[Mission], wall: int, columns: int, rows: int, lit: int | None) -> list[Line]:
    """The columns of these missions; `lit` is the place of the one that has the focus."""
    across = max(1, min(per_screen(columns), len(missions)))
    size = min((columns - GUTTER * (across - 1)) // across, WIDEST)
    rooms = _rooms(missions, rows)
    facts = figures(missions, wall)
    blocks = [
        (_column(mission, wall, size, rooms, facts, lit=lit == place), size) for place, mission in enumerate(missions)
    ]
    return beside(blocks, GUTTER)[:rows]


def _rooms(missions: Sequence[Mission], rows: int) -> dict[str, int]:
    """How many lines each section gets: what it needs, and less of the less urgent when there is too little."""
    wanted = {
        "branches": max((len(alive(m.card)) for m in missions), default=0),
        "now": max((len(_now(m)) for m in missions), default=0),
        "next": max((len(m.card.upcoming) for m in missions), default=0),
        "past": max((len(m.past) for m in missions), default=0),
    }
    rooms = {
        "branches": min(max(wanted["branches"], 1), 6),
        "now": min(max(wanted["now"], 1), MOST_NOW),
        "next": min(wanted["next"], 4),
        "past": min(wanted["past"], 8),
    }
    free = rows - 7 - sum(2 + room for room in rooms.values())
    for name, least in (("past", 2), ("next", 1), ("now", 3), ("branches", 3), ("past", 0), ("next", 0), ("now", 1)):
        while free < 0 and rooms[name] > least:
            rooms[name] -= 1
            free += 1 if rooms[name] else 3
    return rooms


def _column(mission: Mission, wall: int, size: int, rooms: Mapping[str, int], facts: int, *, lit: bool) -> list[Line]:
    card = mission.card
    now = now_in(card, wall)
    does = phase_runs(card, wall)
    named = title(card, size - 5 - width(does))
    head = spread((Run(f"{mission.number}  ", "muted"), *named), does, size)
    lines = [rule(size, lit=lit), head, fit((Run("   "), Run(safe(card.title), "muted")), size), BLANK]
    lines += meters(card, wall, size, facts=facts)
    sections = (
        ("branches", _branches(card, now, size, rooms["branches"])),
        ("now", _now(mission)),
        ("next", _next(card, now, size)),
        ("past", _past(mission, now, size)),
    )
    for name, found in sections:
        room = rooms[name]
        if not room:
            continue
        headed = found[1:] if name == "branches" else found
        top: Line = (
            fit(found[0], size)
            if name == "branches"
            else (Run(name, "past" if name == "past" else "muted", bold=True),)
        )
        if name == "now":
            headed = _now_lines(headed, size) if headed else [_idle(card)]
        lines += [BLANK, top, *[fit(line, size) for line in headed[:room]]]
        lines += [BLANK] * (room - min(room, len(headed)))
    return lines


# -- the three bars


def meters(card: Card, wall: int, size: int, *, facts: int, short: bool = False) -> list[Line]:
    """Money, time and human attention on one scale, so that money behind time is seen. `facts` columns for figures."""
    bars = max(6, size - 7 - 3 - facts - 6)
    lines: list[Line] = []
    for name, used, held, whole, text in _measures(card, wall, short=short):
        pressing = whole > 0 and (used + held) * 5 >= whole * 4
        told = Run(right(text, facts), "bright" if pressing else "text", bold=pressing)
        head = Run(left(name, 7), "muted")
        lines.append(
            fit(
                (head, *bar(bars, used, held, whole), Run("   "), told, Run(right(percent(used, whole), 6), "muted")),
                size,
            )
        )
    return lines


def figures(missions: Sequence[Mission], wall: int, *, short: bool = False) -> int:
    """The columns that the figures beside the bars need, so that all bars of a screen share one scale."""
    return max(
        (cells(text) for mission in missions for *_rest, text in _measures(mission.card, wall, short=short)), default=0
    )


def _measures(card: Card, wall: int, *, short: bool) -> list[tuple[str, int, int, int, str]]:
    """Name, used, reserved, whole, and the words, of each of the three."""
    day, days = day_of(card, wall)
    elapsed = (card.ended_at or now_in(card, wall)) - (card.started_at or now_in(card, wall))
    spent, used = money(card.spent), f"{card.attention_ms // 60_000}m"
    if not short:
        spent = f"{spent} of {money(card.budget).removesuffix('.00')}"
        used = f"{used} of {span(card.attention_budget_ms)}" if card.attention_budget_ms else used
    return [
        ("money", card.spent, card.reserved, card.budget, spent),
        ("time", elapsed, 0, card.time_ms or 0, f"day {day} of {days}" if days else f"day {day}"),
        ("you", card.attention_ms, 0, card.attention_budget_ms or 0, used),
    ]


# -- branches


def alive(card: Card) -> list[BranchLine]:
    """Branches that are not the root, those that live before those that are over; as the engine ordered them."""
    over = {"pruned", "parked"}
    return sorted(card.branches, key=lambda branch: branch.state in over)


def _branches(card: Card, now: int, size: int, room: int) -> list[Line]:
    listed = alive(card)
    names = min(max((cells(b.key) for b in listed), default=8), max(8, size // 4))
    metric = safe(card.metric).replace("_", " ")
    samples = max([5, *(cells(sample(branch)) + 2 for branch in listed)])
    spends = max([10, *(cells(money(branch.spent)) + 2 for branch in listed)])
    measured: Line = ()
    if any(branch.figure and not branch.claimed for branch in listed):
        measured = (Run(right(cut(metric, 14), 14), "muted"), Run(right("n", samples), "muted"))
    named = (Run(right("spent", spends), "muted"),) if listed else ()
    out = [spread((Run("branches", "muted", bold=True),), (*measured, *named), size)]
    shown = listed if len(listed) <= room else listed[: room - 1]
    for branch in shown:
        out.append(_branch(branch, now, size, (names, samples, spends)))
    if len(shown) < len(listed):
        out.append((Run(f"  +{len(listed) - len(shown)} more", "past"),))
    if not listed:
        out.append((Run("  one line of work, no branches", "muted"),))
    return out


def sample(branch: BranchLine) -> str:
    """How many were measured."""
    return "—" if branch.n is None else count(branch.n)


def claim(branch: BranchLine) -> str:
    """A figure for which only its worker vouches, in words: it stands in no column of proofs."""
    return f"claimed {branch.figure}" + ("" if branch.n is None else f", n {count(branch.n)}")


def _branch(branch: BranchLine, now: int, size: int, columns: tuple[int, int, int]) -> Line:
    """`columns`: those of names, samples and money."""
    names, samples, spends = columns
    over = branch.state in {"pruned", "parked"}
    name: Line = (glyph(branch.state), Run(f" {left(safe(branch.key), names)}", "past" if over else "text"), Run("  "))
    spent = Run(right(money(branch.spent), spends), "past" if over else "text")
    if over or not branch.figure or branch.claimed:
        said = branch.line if not over else f"{branch.state}, {branch.line}" if branch.line else branch.state
        if branch.figure and not over:
            said = f"◇ {claim(branch)}"
        if branch.state == "waiting" and branch.until:
            said = f"window {deadline(branch.until, now)}"
        room = size - width(name) - spends
        return (*name, Run(left(safe(said), room), "past" if over else "muted"), spent)
    end = (
        Run(right(safe(branch.figure), 8), "bright", bold=True),
        Run(right(sample(branch), samples), "muted"),
        spent,
    )
    room = size - width(name) - width(end)
    line = spark(branch.series, min(8, max(room, 0)), 7)
    return (*name, Run(left(line, max(room, 0)), "muted"), *end)


# -- now, next, past


def _now(mission: Mission) -> list[Line]:
    held = {row.task for row in mission.asked}
    busy = [t for t in mission.tasks if t.state in _BUSY and t.id not in held]
    lines: list[Line] = [
        (
            Run("⚑", "needs-you"),
            Run(f" {safe(row.title)}", "text"),
            Run(_ASKED.get(row.kind, row.kind), "muted"),
            Run(""),
            Run("—", "muted"),
        )
        for row in mission.asked[: max(2, MOST_NOW - len(busy))]
    ]
    for task in sorted(busy, key=lambda t: _BUSY[t.state]):
        if task.state == "waiting":
            lines.append(
                (
                    glyph("waiting"),
                    Run(f" {safe(task.title)}", "text"),
                    Run(safe(task.waiting_for), "muted"),
                    Run(""),
                    Run(money(task.spent), "text"),
                )
            )
        else:
            doer = safe(task.route.rpartition("/")[2] or task.worker)
            cost = Run(f"≤{money(task.reserved)}" if task.reserved and not task.spent else money(task.spent), "text")
            lines.append(
                (
                    glyph(task.state),
                    Run(f" {safe(task.title)}", "text"),
                    Run(safe(task.role), "muted"),
                    Run(doer, "muted"),
                    cost,
                )
            )
    return lines


def _now_lines(lines: Sequence[Line], size: int) -> list[Line]:
    """Glyph, name, who, with what, cost: in columns, the names as wide as they need and the rest allows."""
    longest = max((cells(line[1].text) for line in lines), default=0)
    doers = min(max((cells(line[3].text) for line in lines), default=0), size // 4)
    whos = min(max((cells(line[2].text) for line in lines if line[3].text), default=0), size // 4)
    costs = max([7, *(cells(line[4].text) + 2 for line in lines)])
    names = max(4, min(longest, size - 1 - 2 - costs - max(whos + 2 + doers + 2, min(20, size // 3))))
    rest = size - 1 - names - 2 - costs
    out: list[Line] = []
    for mark, name, who, doer, cost in lines:
        detail = [Run(left(cut(who.text, rest - 2), rest), who.voice)]
        if doer.text:
            behind = max(rest - whos - 2, 0)
            detail = [
                Run(left(cut(who.text, whos), min(whos + 2, rest)), who.voice),
                Run(left(cut(doer.text, behind - 2), behind), doer.voice),
            ]
        shown = Run(left(name.text, names), name.voice)
        out.append((mark, shown, Run("  "), *detail, Run(right(cost.text, costs), cost.voice)))
    return out


def _idle(card: Card) -> Line:
    words = {
        "finished": card.because or "the mission is finished",
        "stopped": card.because or "the mission is stopped",
        "paused": "paused: nothing starts until it is resumed",
        "draft": "not started yet",
    }
    return (Run(f"  {safe(words.get(card.state, 'nothing runs; what is next is below'))}", "muted"),)


def _next(card: Card, now: int, size: int) -> list[Line]:
    lines = []
    for upcoming in card.upcoming:
        away = deadline(upcoming.at, now)
        end: Line = (Run(away, "muted"),)
        lines.append(
            spread(
                (Run(f"{right(moment(upcoming.at, now), 9)}  ", "muted"), Run(safe(upcoming.text), "text")), end, size
            )
        )
    return lines


def _past(mission: Mission, now: int, size: int) -> list[Line]:
    lines = []
    for event in mission.past:
        told: Line = (
            Run(f"{right(moment(event.at, now), 9)}  ", "past"),
            glyph(event.state)._replace(voice="past"),
            Run(f" {_briefly(event)}", "past"),
        )
        cost: Line = (Run(money(event.micro_usd), "past"),) if event.micro_usd else ()
        lines.append(spread(told, cost, size) if cost else fit(told, size))
    return lines


def _briefly(event: Happening) -> str:
    """What happened, without what its glyph and its section say already."""
    if event.kind == "task.accepted":
        return event.text.removesuffix(" accepted")
    return event.text.removeprefix("human:" if event.kind == "decision.made" else "branch ")


HERE = (
    ("N", "a new mission", "a template or a file: checked, rehearsed, then started"),
    ("^p", "every command", "by its name"),
    ("?", "help", "what works here, and what the glyphs mean"),
)
"""What a new home offers on the screens."""
OUTSIDE = (
    ("cockpit demo", "three missions under way in a throw-away home"),
    ("cockpit setup", "looks for keys and local models, and writes config.toml"),
    ("cockpit doctor", "what works on this machine, and how to mend the rest"),
)
"""What it offers at the prompt that one comes back to with `q`."""
UNARMED = "no model is configured yet: rehearsals need none, real work does"


def nothing(columns: int, keys: Mapping[str, str], *, models: bool) -> list[Line]:
    """The bridge of a new home: what to do next, here and at the prompt. `keys`: how they are mapped now; `models`:
    whether any is configured.
    """
    lines: list[Line] = [rule(columns), (Run("no missions yet", "bright", bold=True),), BLANK]
    for key, name, about in HERE:
        head = (Run(left(keys.get(key, key), 4), "accent", bold=True), Run(left(name, 15), "text"))
        lines.append((*head, Run(f"  {about}" if columns >= 58 else "", "muted")))
    lines += [BLANK, (Run("at the prompt", "muted", bold=True), Run("  q closes this", "muted"))]
    told = [pair for pair in OUTSIDE if not models or pair[0] != "cockpit setup"]
    lines += [
        (Run(left(name, 16), "text"), Run(f"   {about}" if columns >= 58 else "", "muted")) for name, about in told
    ]
    if not models:
        lines += [BLANK, *((Run(part, "bright"),) for part in wrap(UNARMED, min(columns, 76)))]
    return [fit(line, columns) for line in lines]
