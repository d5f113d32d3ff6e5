"""`cockpit spend`: every charge as a line, or sums by what it was for."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator

from cockpit.cli.desk import NO_MISSIONS, Json, card_of, home_of, open_reader
from cockpit.cli.limits import limit_lines
from cockpit.cli.missions import doer_of, follow, say_now
from cockpit.cli.render import clock, columns, emit, emit_line, money, safe, say
from engine.ledger.reader import Reader

KINDS = ("charge.settled", "charge.corrected", "task.added", "branch.opened")
CLASSES = ("input", "output", "cache_read", "cache_write", "reasoning")


def spend(args: Namespace) -> int:
    """The account, of one mission or of all."""
    home = home_of(args)
    with open_reader(home) as reader:
        if args.mission:
            card_of(reader, args.mission)
        if args.waste:
            return _waste(reader, args)
        if args.follow:
            for line in lines(event for event in follow(reader, args.mission) if event["kind"] in KINDS):
                if args.json:
                    emit_line(_public(line))
                else:
                    say("  ".join(_fields(line)))
                say_now()
            return 0
        found = list(lines(reader.events(args.mission, kinds=KINDS)))
        rows = reader.views("spend", args.mission)
        reserved = sum(row["reserved_micro_usd"] for row in rows)
        total = sum(line["micro_usd"] for line in found)
        if args.json:
            listed = {"by": _sums(found, args.by)} if args.by else {}
            emit(
                {
                    "total_micro_usd": total,
                    "reserved_micro_usd": reserved,
                    "measuring_micro_usd": _measuring(reader, args),
                    "limits": {card["id"]: card.get("limits", []) for card in _cards(reader, args)},
                    "lines": [_public(line) for line in found],
                    **listed,
                }
            )
            return 0
        _text(reader, args, found, total, reserved)
    return 0


def _waste(reader: Reader, args: Namespace) -> int:
    """What came of the money, by how each attempt ended: folded from the events of each mission."""
    from cockpit.cli.receipt import build
    from engine.receipt.waste import beside, costs, lost, words

    slugs = [args.mission] if args.mission else [row["id"] for row in reader.views("card")]
    accounts = {slug: build(reader, slug)["spend"] for slug in slugs}
    if args.json:
        emit([{"mission": s, "total_micro_usd": a["total_micro_usd"], **a["waste"]} for s, a in accounts.items()])
        return 0
    if not accounts:
        say(NO_MISSIONS)
    for place, (slug, account) in enumerate(accounts.items()):
        total, told = account["total_micro_usd"], account["waste"]
        came = lost(told)
        say(*([""] if place else []), f"{safe(slug)}  {money(total)}, of which nothing came {money(came)}")
        say(*(f"  {line}" for line in columns(words(told, total), right=(1, 2, 3))))
        say(*(f"  {money(cost)} per {name}" for name, cost in costs(told, total)))
        say(*(f"  {line}" for line in beside(told)))
    return 0


def _text(reader: Reader, args: Namespace, found: list[Json], total: int, reserved: int) -> None:
    if not reader.views("card"):
        say(NO_MISSIONS)
        return
    if args.by:
        sums = sorted(_sums(found, args.by).items(), key=lambda pair: (-pair[1], pair[0]))
        say(*columns(([safe(name), money(amount)] for name, amount in sums), right=(1,)))
    else:
        say(*columns((_fields(line) for line in found), right=(1,)))
    if not found:
        say("nothing was charged yet")
    budget = sum(_within(card, alone=bool(args.mission)) for card in _cards(reader, args))
    say("", f"total {money(total)} of {money(budget)}, {money(reserved)} reserved")
    if measuring := _measuring(reader, args):
        say(f"beside all missions {money(measuring)} for measuring reviewers")
    for card in _cards(reader, args):
        if limits := limit_lines(card.get("limits", ())):
            say("", "limits" if args.mission else f"limits of {safe(card['id'])}", *limits)


def _within(card: Json, *, alone: bool) -> int:
    """The budget of a mission; among others, what one that is over did cost."""
    over = card.get("ended_at") is not None and not alone
    return int(card["spent_micro_usd" if over else "budget_micro_usd"])


def _measuring(reader: Reader, args: Namespace) -> int:
    """What measuring reviewers has cost: it belongs to no mission."""
    events = () if args.mission else reader.events("home", kinds=["reviewer.measured"])
    return sum(event["body"].get("micro_usd", 0) for event in events)


def _cards(reader: Reader, args: Namespace) -> list[Json]:
    return reader.views("card", args.mission)


def lines(events: Iterable[Json]) -> Iterator[Json]:
    """The charges among events, in the documented shape; `_names` holds the keys of branch and task for people."""
    names: dict[tuple[str, str], str] = {}
    settled: dict[tuple[str, str], Json] = {}
    for event in events:
        slug, body = event["mission"], event["body"]
        if event["kind"] == "branch.opened":
            names[slug, body["branch"]] = body["key"]
        elif event["kind"] == "task.added":
            names[slug, body["task"]] = body["title"]
        elif event["kind"] == "charge.settled":
            settled[slug, body["attempt"]] = body
            yield _line(event, body, names, outcome=body["outcome"], basis=body["basis"])
        elif event["kind"] == "charge.corrected":
            of = {**settled.get((slug, body["attempt"]), {}), "tokens": {}, **body}
            yield _line(event, of, names, outcome="corrected", basis="correction")


def _line(event: Json, body: Json, names: dict[tuple[str, str], str], *, outcome: str, basis: str) -> Json:
    slug, tokens = event["mission"], body.get("tokens") or {}
    task, branch = body.get("task", ""), body.get("branch", "")
    return {
        "seq": event["seq"],
        "at": event["at"],
        "mission": slug,
        "branch": f"{slug}/{branch}" if branch else "",
        "task": f"{slug}/{task}" if task else "",
        "attempt": f"{slug}/{body['attempt']}",
        "role": body.get("role", ""),
        "worker": body.get("worker", ""),
        "model": body.get("model", ""),
        "purpose": body.get("purpose", ""),
        "outcome": outcome,
        "tokens": {name: tokens.get(name, 0) for name in CLASSES},
        "micro_usd": body["micro_usd"],
        "basis": basis,
        "_names": {"branch": names.get((slug, branch), branch), "task": names.get((slug, task), task)},
    }


def _public(line: Json) -> Json:
    return {key: value for key, value in line.items() if key != "_names"}


def _fields(line: Json) -> list[str]:
    who = " ".join(filter(None, [line["role"], doer_of(line["worker"], line["model"])]))
    counts = line["tokens"]
    told, said = sum(counts[name] for name in CLASSES[:1] + CLASSES[2:4]), counts["output"] + counts["reasoning"]
    tokens = f"{told} in, {said} out"
    return [
        clock(line["at"]),
        money(line["micro_usd"]),
        safe(line["attempt"]),
        safe(line["_names"]["task"]),
        safe(who),
        safe(f"{line['purpose']}, {line['outcome']}"),
        tokens if any(counts.values()) else safe(line["basis"]),
    ]


def _sums(found: list[Json], by: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in found:
        name = str(line["_names"].get(by) or line.get(by) or f"no {by}")
        if by in ("branch", "task") and line.get(by):
            name = f"{line[by]} {line['_names'][by]}"
        sums[name] = sums.get(name, 0) + int(line["micro_usd"])
    return sums
