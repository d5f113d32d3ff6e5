"""Reading missions: `ls show board branches log`."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator

from cockpit.cli.desk import NO_MISSIONS, Json, card_of, home_of, mission_now, open_reader
from cockpit.cli.limits import limit_lines
from cockpit.cli.render import clock, columns, deadline, emit, emit_line, money, rehearsed, safe, say, span, state
from engine.ledger.reader import Reader

LANES = ("running", "verifying", "waiting", "ready", "draft", "failed", "accepted", "cancelled")
POLL_S = 0.05
"""How often a follower looks whether anything was committed."""


def ls(args: Namespace) -> int:
    """The missions."""
    with open_reader(home_of(args)) as reader:
        cards = reader.views("card")
        if args.json:
            emit([public(card) for card in cards])
        elif not cards:
            say(NO_MISSIONS)
        else:
            say(*columns((_line(reader, card) for card in cards), right=(2, 3)))
    return 0


def public(row: Json) -> Json:
    """A view row as `--json` shows it: whoever reads it knows the mission from the id."""
    return {key: value for key, value in row.items() if key != "mission"}


def _line(reader: Reader, card: Json) -> list[str]:
    wake = card.get("next_wake")
    return [
        safe(card["id"]),
        state(card["phase"]),
        money(card["spent_micro_usd"]),
        f"of {money(card['budget_micro_usd'])}",
        f"needs you: {card['attention']}" if card["attention"] else "—",
        f"next {deadline(wake, mission_now(reader, card['id']))}" if wake else "—",
        rehearsed(card) + safe(card["title"]),
    ]


def show(args: Namespace) -> int:
    """One mission, with its limits, branches, tasks and tools."""
    from cockpit.cli.tools import brief

    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        branches = reader.views("branch", args.mission)
        tasks = reader.views("task", args.mission)
        if args.json:
            emit(
                {
                    **public(card),
                    "contract": _contract(reader, args.mission),
                    "amendments": [e["body"] for e in reader.events(args.mission, kinds=["contract.amended"])],
                    "branches": [public(row) for row in branches],
                    "tasks": [public(row) for row in tasks],
                }
            )
            return 0
        say(*head(card, mission_now(reader, args.mission)))
        if limits := limit_lines(card.get("limits", ())):
            say("", "limits", *limits)
        if amended := _amendments(reader, args.mission):
            say("", "amended", *amended)
        say("", "branches")
        say(*_branch_lines(reader, args.mission, branches), "", "tasks")
        say(*_task_lines(tasks))
        if tools := brief(card.get("tools", ())):
            say("", "tools", *tools)
        if files := _files(reader, args.mission):
            say("", files)
        if card["attention"]:
            need = "1 item needs" if card["attention"] == 1 else f"{card['attention']} items need"
            say("", f"{need} you: cockpit attention")
    return 0


def _files(reader: Reader, slug: str) -> str:
    """How many files it has to show."""
    from cockpit.cli.made import STANDING, made

    count = sum(one.stands for one in made(reader.events(slug, kinds=STANDING)))
    return f"{count} file{'' if count == 1 else 's'} made: cockpit artifacts {safe(slug)}" if count else ""


def _contract(reader: Reader, slug: str) -> Json:
    found: Json = {}
    for event in reader.events(slug, kinds=["mission.created", "contract.amended"]):
        found = event["body"].get("contract", found)
    return found


def _amendments(reader: Reader, slug: str) -> list[str]:
    """Every revision that a person made: when, who, and which clauses."""
    from cockpit.cli.story_line import change_line

    rows = []
    for event in reader.events(slug, kinds=["contract.amended"]):
        body = event["body"]
        changed = "; ".join(change_line(change) for change in body.get("changes", []))
        because = f" ({safe(body['because'])})" if body.get("because") else ""
        rows.append([f"rev {body['rev']}", clock(event["at"]), safe(event["actor"]), changed + because])
    return columns(rows, indent="  ")


def head(card: Json, now: int) -> list[str]:
    """The facts of a mission, one per line."""
    lines = [f"{safe(card['id'])}  {rehearsed(card)}{safe(card['title'])}"]
    facts = [["state", state(card["phase"]) + (f": {safe(card['because'])}" if card.get("because") else "")]]
    reserved = f", {money(card['reserved_micro_usd'])} reserved" if card.get("reserved_micro_usd") else ""
    facts.append(["money", f"{money(card['spent_micro_usd'])} of {money(card['budget_micro_usd'])}{reserved}"])
    if card.get("started_at"):
        passed = span((card.get("ended_at") or now) - card["started_at"])
        facts.append(["time", passed + (f" of {span(card['time_ms'])}" if card.get("time_ms") else "")])
    facts += [["near", safe(near["words"])] for near in card.get("near", [])]
    if card.get("next_wake"):
        facts.append(["next", deadline(card["next_wake"], now)])
    facts.append(["contract", f"rev {card['rev']}"])
    return [*lines, *columns(facts, indent="  ")]


def _branch_lines(reader: Reader, slug: str, rows: list[Json]) -> list[str]:
    now = mission_now(reader, slug)
    return columns((_branch_line(row, rows, now) for row in rows), right=(3,), indent="  ") or ["  none yet"]


def _branch_line(row: Json, rows: list[Json], now: int) -> list[str]:
    depth, parent = 0, row.get("parent")
    parents = {other["id"]: other.get("parent") for other in rows}
    while parent and depth < 20:
        depth, parent = depth + 1, parents.get(parent)
    until = f" {deadline(row['until'], now)}" if row.get("until") and row["state"] == "waiting" else ""
    proven, claimed = (
        " · ".join(figure(entry) for entry in row.get("evidence", []) if bool(entry.get("claimed")) is told)
        for told in (False, True)
    )
    return [
        safe(str(row["id"]).rpartition("/")[2]),
        "  " * depth + safe(row.get("key", "")),
        state(row["state"]) + until,
        money(row["spent_micro_usd"]),
        safe(proven or ("no proof yet" if claimed else "no evidence yet")),
        safe(f"claimed: {claimed}" if claimed else ""),
        safe(row.get("reason") or row.get("hypothesis") or ""),
    ]


def figure(entry: Json) -> str:
    """`reply_rate 4 of 44`, `p95 812 (n=3)`; with what it needs where the sample is below its minimum."""
    known = "" if entry.get("known", True) else f" (needs {entry.get('min_sample')})"
    if "k" in entry:
        return f"{entry['metric']} {entry['k']} of {entry['n']}{known}"
    value = entry.get("value")
    return (
        f"{entry['metric']} {value} (n={entry.get('count')}){known}"
        if value
        else f"{entry['metric']} {entry.get('count')}"
    )


def _task_lines(rows: list[Json]) -> list[str]:
    return columns((_task_line(row) for row in rows), right=(4,), indent="  ") or ["  none yet"]


def _named(row: Json) -> str:
    """A task's title, with the branch it belongs to where there are several of its kind."""
    key = row.get("branch_key", "main")
    return row["title"] if key == "main" else f"{key}: {row['title']}"


def _task_line(row: Json) -> list[str]:
    doer = doer_of(row.get("worker"), row.get("route"))
    return [
        safe(str(row["id"]).rpartition("/")[2]),
        state(row["state"]),
        safe(_named(row)),
        safe(f"{row['role']}{f' ({doer})' if doer else ''}"),
        money(row["spent_micro_usd"]),
        safe(_waits(row)),
    ]


def _waits(row: Json) -> str:
    """What would free a task, in words; of one that has ended, why it did."""
    if row.get("waiting_for"):
        return f"waits for {row['waiting_for']}"
    if row["state"] == "running":
        return f"waits for its worker ({row['attempt']})" if row.get("attempt") else "waits for its worker"
    return "waits for its turn" if row["state"] == "ready" else row.get("reason") or ""


def doer_of(worker: str | None, model: str | None) -> str:
    """Who does it, said once: `rehearsed/swift`, not `rehearsed rehearsed/swift`."""
    said = worker if not (model or "").startswith(f"{worker}/") else ""
    return " ".join(filter(None, [said, model if model != worker else ""]))


def board(args: Namespace) -> int:
    """A mission's tasks by state."""
    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        rows = reader.views("task", args.mission)
    if args.json:
        emit([public(row) for row in rows])
        return 0
    say(f"{safe(card['id'])}  {rehearsed(card)}{safe(card['title'])}")
    lanes = [*LANES, *sorted({row["state"] for row in rows} - set(LANES))]
    for lane in lanes:
        inside = [row for row in rows if row["state"] == lane]
        if inside:
            say("", f"{state(lane)} ({len(inside)})", *_task_lines(inside))
    if not rows:
        say("no tasks yet; the plan comes when the mission starts")
    return 0


def branches(args: Namespace) -> int:
    """A mission's experiments."""
    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        rows = reader.views("branch", args.mission)
        if args.json:
            emit([public(row) for row in rows])
        else:
            say(
                f"{safe(card['id'])}  {rehearsed(card)}{safe(card['title'])}",
                *_branch_lines(reader, args.mission, rows),
            )
    return 0


def log(args: Namespace) -> int:
    """What happened in a mission."""
    from cockpit.cli.story import Names, tell

    with open_reader(home_of(args)) as reader:
        card_of(reader, args.mission)
        names = Names()
        for event in follow(reader, args.mission) if args.follow else reader.events(args.mission):
            names.learn(event)
            if args.json:
                emit_line(event)
            elif line := tell(event, names, everything=args.all):
                say(line)
            if args.follow:
                say_now()
    return 0


def follow(reader: Reader, mission: str | None, after: int = 0) -> Iterator[Json]:
    """Events from `after` on, then those to come, for ever."""
    while True:
        version = reader.data_version()
        for event in reader.events(mission, after):
            after = event["seq"]
            yield event
        while reader.data_version() == version:
            time.sleep(POLL_S)


def say_now() -> None:
    """What was printed is seen at once, also in a pipe."""
    import sys

    sys.stdout.flush()
