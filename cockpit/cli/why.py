"""`cockpit why`: what led to something, from the events that name it."""

from __future__ import annotations

import re
from argparse import Namespace

from cockpit.cli.desk import Json, card_of, fits, home_of, open_reader, split
from cockpit.cli.render import GLYPHS, block, clock, emit, mark, safe, say
from cockpit.cli.story import Names, describe
from cockpit.cli.story_line import change_line
from engine.errors import BadInputError, SaysNoError
from engine.ledger.reader import Reader

_ID = re.compile(r"[A-Z][0-9]+(\.[0-9]+)?")
_WORDS = (
    ("rank", "rank"),
    ("why", "because"),
    ("waiting_for", "waits for"),
    ("reason", "reason"),
    ("because", "reason"),
)
LONG = 80
"""A reason that is longer than this is cut in a line of the story, and told whole below it."""
SHOWN = 4_000
"""Characters of an answer that are shown."""
_ROWS = {"Q": "attention", "T": "task", "B": "branch"}


def why(args: Namespace) -> int:
    """Why it is as it is."""
    with open_reader(home_of(args)) as reader:
        slug, short = split(args.id)
        if not _ID.fullmatch(short):
            slug, short = args.id, ""
            card_of(reader, slug)
        events, names = _about(reader, slug, short, args.id)
        row = _row(reader, events[0]["mission"], short) if short else card_of(reader, slug)
        if row.get("state") == "ready":
            row = {**row, "waiting_for": _turn(reader, events[0]["mission"], short)}
        answers = {sha: reader.blob(sha) for event in events if (sha := _unusable(event))}
    if args.json:
        emit({"id": f"{events[0]['mission']}/{short}" if short else slug, "row": row, "events": events})
        return 0
    say(*_standing(row))
    for event in events:
        line = describe(event, names)
        say(f"{clock(event['at'])}  {mark(GLYPHS.get(line.state, '·'))} {line.text}", *_details(event))
        if sha := _unusable(event):
            say(*_answered(answers[sha]))
    return 0


def _about(reader: Reader, slug: str, short: str, text: str) -> tuple[list[Json], Names]:
    """The events that name an id: of one mission, or of the only one that knows it."""
    names, found = Names(), []
    for event in reader.events(slug or None):
        names.learn(event)
        if _names(event, short):
            found.append(event)
    missions = list(dict.fromkeys(event["mission"] for event in found))
    if len(missions) > 1:
        raise BadInputError(
            text, "is there in several missions", f"say {' or '.join(f'{m}/{short}' for m in missions)}"
        )
    if not found:
        raise SaysNoError(text, "nothing is known of it", "cockpit log MISSION --all")
    return found, names


def _names(event: Json, short: str) -> bool:
    body = event["body"]
    if not short:
        kind = event["kind"]
        whole = kind.startswith("mission.") or kind in ("contract.amended", "decision.made", "clock.advanced")
        return whole or (kind == "condition.evaluated" and not body.get("branch"))
    if any(isinstance(told, str) and told == short for told in body.values()):
        return True
    listed = [told for told in body.values() if isinstance(told, list)]
    if any(isinstance(one, dict) and one.get("rule") == short for told in listed for one in told):
        return True
    return any(short in told for told in listed)


def _row(reader: Reader, slug: str, short: str) -> Json:
    if short[0] == "R":
        from cockpit.cli.rules import rows_of
        from engine.rules.rows import reach, tally

        found = next((row for row in rows_of(reader, slug) if row["id"] == f"{slug}/{short}"), {})
        return {**found, "reach": reach(found), "fared": tally(found)} if found else {}
    kind = _ROWS.get(short[0])
    rows = reader.views(kind, slug) if kind else []
    return next((row for row in rows if fits(row["id"], short)), {})


def _turn(reader: Reader, slug: str, short: str) -> str:
    """What a task waits for that is ready, and that nobody has taken yet."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId
    from engine.views.liveness import would_free

    state = fold(MissionId(slug), events_of(reader, slug))
    return would_free(state, state.tasks[short]).words


def _standing(row: Json) -> list[str]:
    lines = []
    for field, word in (
        ("rank", "rank"),
        ("why", "because"),
        ("waiting_for", "waits for"),
        ("reason", "reason"),
        ("because", "reason"),
        ("reach", "binds"),
        ("checks", "check"),
        ("downgraded", "no machine checks it"),
        ("fared", "fared"),
    ):
        if row.get(field):
            lines.append(f"{word}: {safe(row[field])}")
    if row.get("detail"):
        lines.append(f"about: {safe(row['detail'])}")
    return [*lines, ""] if lines else []


def _details(event: Json) -> list[str]:
    """What an event of choice or judgement saw."""
    body = event["body"]
    match event["kind"]:
        case "route.chosen":
            because = safe(body.get("because"))
            whole = [f"    {because}"] if len(because) > LONG else []
            return [*whole, *_considered(body.get("considered", []), body.get("name"))]
        case "verdict.given":
            return [_seen(one.get("ok"), one.get("criterion"), one.get("detail", "")) for one in body.get("lines", [])]
        case "contract.amended":
            return [f"    {change_line(one)}" for one in body.get("changes", [])]
        case "plan.proposed":
            from cockpit.cli.plan import change_lines, finding_lines, price_lines

            told = (change_lines(body.get("changes", [])), finding_lines(body.get("findings", [])))
            return [f"    {line}" for lines in (*told, price_lines(body.get("price", {}))) for line in lines]
        case "condition.evaluated":
            return [f"    {safe(name)} = {safe(told)}" for name, told in sorted(body.get("facts", {}).items())]
    return []


def _unusable(event: Json) -> str:
    """The hash of an answer that could not be used."""
    return str(event["body"].get("answer") or "") if event["kind"] == "attempt.failed" else ""


def _answered(content: bytes | None) -> list[str]:
    """What a model said that could not be used."""
    if content is None:
        return ["    what it answered was erased"]
    text = content.decode("utf-8", "replace").rstrip("\n")
    return ["    what it answered:", *block(text[:SHOWN] + (" …" if len(text) > SHOWN else ""))]


def _considered(listed: list[Json], chosen: object) -> list[str]:
    """Whom a route considered: the chosen one, the others that pass by what a success would cost, then the rest."""
    ranked = sorted(
        listed,
        key=lambda one: (one.get("name") != chosen, not one.get("passed"), one.get("expected_micro_usd") or 0),
    )
    marks = ["→" if one.get("name") == chosen else "+" if one.get("passed") else "-" for one in ranked]
    told = (f"{safe(one.get('name'))}: {safe(one.get('why'))}" for one in ranked)
    return [f"    {mark(sign)} {text}" for sign, text in zip(marks, told, strict=True)]


def _seen(good: object, name: object, why: object) -> str:
    return f"    {'+' if good else '-'} {safe(name)}: {safe(why)}"
