"""`cockpit tools`: what a mission's tools are, whether they can be used, and what was done with them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator

from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.render import block, code, columns, emit, safe, say, state
from engine.values import MissionId

STATES = {"up": "accepted", "down": "waiting", "drifted": "needs you", "unknown": "ready", "connector": "ready"}
WORDS = {
    "up": "available",
    "down": "missing",
    "drifted": "changed",
    "unknown": "not looked at yet",
    "connector": "carries effects",
}
"""How its availability is said in one line."""
STANCES = {"ask": "asks", "allow": "allowed", "deny": "denied"}


def tools(args: Namespace) -> int:
    """The tools of a mission."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.views.tools import tool_rows

    with open_reader(home_of(args)) as reader:
        card_of(reader, args.mission)
        rows = tool_rows(fold(MissionId(args.mission), events_of(reader, args.mission)))
    if args.json:
        emit(rows)
        return 0
    if not rows:
        say("this mission's contract names no tools")
    for row in rows:
        say(*_lines(row))
    return 0


def brief(rows: Iterable[Json]) -> list[str]:
    """A line for each tool: whether it can be used, what was pinned, whether it asks, who is given it."""
    return columns((_brief(row) for row in rows), indent="  ")


def _brief(row: Json) -> list[str]:
    pins, away = row["pinned"], row["because"]
    return [
        safe(row["tool"]),
        state(STATES[row["availability"]], WORDS[row["availability"]]),
        f"{pins} pinned" if pins else "nothing pinned" if row["availability"] != "connector" else "—",
        STANCES.get(row["stance"], safe(row["stance"])),
        row["need"],
        safe(", ".join(row["roles"])) or "nobody",
        safe("; ".join(part for part in (away, row["mend"]) if part)),
    ]


def _lines(row: Json) -> Iterator[str]:
    away = f": {safe(row['because'])}" if row["because"] else ""
    yield f"{safe(row['tool'])}  {state(STATES[row['availability']])} {row['availability']}{away}"
    if row["mend"]:
        yield f"  {safe(row['mend'])}"
    who, verbs = safe(", ".join(row["roles"])) or "nobody", safe(", ".join(row["verbs"])) or "verbs undeclared"
    facts = [
        ["provided by", safe(row["way"]) + (f" ({safe(row['identity'])[:100]})" if row["identity"] else "")],
        ["terms", f"{row['need']}, {row['stance']}; {verbs}; for {who}"],
    ]
    if row["hosts"]:
        facts.append(["hosts", safe(", ".join(row["hosts"]))])
    if row["availability"] != "connector":
        used = f"{row['calls']} calls, {row['failed']} failed, {row['refused']} refused, {row['asked']} asked about"
        facts.append(["use", used + (f"; {row['without']} attempts without it" if row["without"] else "")])
    yield from columns(facts, indent="  ")
    listed = [[safe(one["operation"]), code(one["pin"]), f"{one['calls']} calls"] for one in row["operations"]]
    yield from columns(listed, indent="    ")
    for drift in row["drift"]:
        yield from block(f"{drift['operation']}: {drift['how']}, not used before you accept it (cockpit attention)")
