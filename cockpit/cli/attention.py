"""The queue, and an item as it must be seen before it is decided: the exact bytes behind the gutter."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from cockpit.cli.desk import Json, home_of, mission_now, open_reader
from cockpit.cli.exact import Seen, look, named, source_of
from cockpit.cli.missions import public
from cockpit.cli.render import (
    GUTTER,
    block,
    code,
    columns,
    deadline,
    emit,
    mark,
    money,
    rehearsed,
    safe,
    say,
    span,
    state,
)
from engine.ledger.reader import Reader


def queue(args: Namespace) -> int:
    """Everything that needs a human, most urgent first."""
    with open_reader(home_of(args)) as reader:
        rows = sorted(reader.views("attention"), key=lambda row: (-row["rank"], row["raised_at"], row["id"]))
        if args.json:
            emit([public(row) | {"mission": row["mission"]} for row in rows])
        elif not rows:
            say("nothing needs you; cockpit ls shows the missions")
        else:
            cards = {card["id"]: card for card in reader.views("card")}
            for row in rows:
                say(*_entry(reader, row, cards.get(row["mission"], {})), "")
            minutes = sum(row.get("takes_minutes", 0) for row in rows)
            need = "1 item needs" if len(rows) == 1 else f"{len(rows)} items need"
            say(f"{need} you, about {minutes} {'minute' if minutes == 1 else 'minutes'}")
    return 0


def _entry(reader: Reader, row: Json, card: Json) -> Iterator[str]:
    now = mission_now(reader, row["mission"])
    where = safe(row["mission"]) + (f" / {safe(_branch_key(reader, row))}" if row.get("branch") else "")
    yield f"{state('needs you')}: {safe(row['id'])} {rehearsed(card)}{safe(row['kind'])}: {safe(row['title'])}"
    facts = [where, f"waits {span(max(now - row['raised_at'], 0))}"]
    if row["holds"]:
        facts.insert(1, f"blocks {row['holds']} {'task' if row['holds'] == 1 else 'tasks'}")
    if row.get("expires_at"):
        facts.append(f"expires {deadline(row['expires_at'], now)}")
    yield f"  {' · '.join(facts)}"
    yield f"  rank {row['rank']}: {safe(row['why'])}"
    if row.get("plan"):
        yield from _plan_entry(row)
    elif row.get("detail") and not row.get("items"):  # what stands in items is shown by approving, to the byte
        yield f"  {mark(GUTTER)} {safe(' '.join(str(row['detail']).split()))[:300]}"
    for choice in choices(row):
        yield f"  {choice}"
    yield f"  {how(row)}"


def _plan_entry(row: Json) -> Iterator[str]:
    """A proposed plan in the queue: what changes and why, what was found, what it may cost."""
    from cockpit.cli.plan import change_lines, finding_lines, price_lines

    told = row["plan"]
    yield f"  {mark(GUTTER)} {safe(told['because'])}"
    for line in (*change_lines(told["changes"]), *finding_lines(told["findings"]), *price_lines(told["price"])):
        yield f"  {mark(GUTTER)} {line}"


def _branch_key(reader: Reader, row: Json) -> str:
    known = {other["id"]: other.get("key", "") for other in reader.views("branch", row["mission"])}
    return str(known.get(row["branch"], row["branch"]))


def choices(row: Json) -> list[str]:
    """The choices of an item, numbered."""
    return [f"{number}) {safe(choice)}" for number, choice in enumerate(row.get("choices") or [], start=1)]


def how(row: Json) -> str:
    """The command that settles an item."""
    if row["kind"] == "approve":
        count = len(row.get("items", []))
        noun = "1 item" if count == 1 else f"{count} items"
        said = f", {yes(row)}" if row.get("people", 1) > 1 else ""
        return f"{noun}, digest {code(row['digest'])}{said}: cockpit approve {safe(row['id'])} (shows the exact bytes)"
    if row.get("plan"):
        from cockpit.cli.plan import settles

        return settles(row)
    return f"cockpit answer {safe(row['id'])} TEXT"


def yes(row: Json) -> str:
    """Who said yes of the people who have to: `1 of 2 · ada`."""
    said = row.get("said_yes") or []
    return " · ".join([f"{len(said)} of {row['people']} said yes", *(safe(who) for who in said)])


def seen(reader: Reader, row: Json) -> list[Seen]:
    """The effects of an item, from the stored bytes that would be sent."""
    wanted = {short for short, _digest in named(row)}
    sources = dict(source_of(short) for short in wanted)
    events = {
        event["body"][sources[event["kind"]]]: event["body"]
        for event in (reader.events(row["mission"], kinds=list(sources)) if sources else ())
        if event["body"][sources[event["kind"]]] in wanted
    }
    return [look(short, digest, events.get(short), reader.blob) for short, digest in named(row)]


def sheet(
    reader: Reader, row: Json, effects: list[Seen], excepted: set[str], *, most: int | None = None
) -> Iterator[str]:
    """An approval as a person must see it before deciding; `most` limits how many items are written out."""
    now = mission_now(reader, row["mission"])
    terms = _contract(reader, row["mission"])
    verb = next((str(effect.event.get("verb")) for effect in effects if effect.event), "")
    card = next((card for card in reader.views("card", row["mission"])), {})
    yield f"{state('needs you')}: {safe(row['id'])} {rehearsed(card)}{safe(row['title'])}"
    lawful = terms.get("lawful") or {}
    undo = (terms.get("approvals") or {}).get(verb, {}).get("undo", 10_000)
    call = next((effect.event for effect in effects if "wanted" in effect.event), None)
    facts = [
        ["clause", f"actions.restricted: {safe(', '.join((terms.get('actions') or {}).get('restricted', [])))}"],
        ["digest", code(row["digest"])],
        ["expires", f"{deadline(row.get('expires_at'), now)} · undo {span(undo)} after approval"],
        ["reviewer", _reviews(reader, row, effects)],
    ]
    if call is not None:
        facts = [
            ["clause", f"tools.{safe(call['tool'])}"],
            ["why", safe(str(row.get("detail", "")))],
            ["digest", code(row["digest"])],
            ["expires", f"{deadline(row.get('expires_at'), now)} · runs at once, once; it cannot be taken back"],
            ["for", f"{safe(call['task'])} {safe(call['role'])}, attempt {safe(call['attempt'])}"],
        ]
        lawful = {}
    if row.get("people", 1) > 1:
        facts.insert(2, ["people", yes(row)])
    if lawful:
        facts.append(["lawful", safe(" · ".join(str(lawful.get(key, "")) for key in ("country", "basis", "source")))])
    fields = sorted({field for effect in effects for field in effect.event.get("fields", [])})
    if fields:
        facts.append(["private", safe(", ".join(fields))])
    yield from columns(facts, indent="  ")
    shown = effects if most is None else effects[:most]
    for place, effect in enumerate(shown, start=1):
        veto = "  VETOED" if effect.effect in excepted else ""
        yield ""
        yield f"item {place} of {len(effects)}  {safe(effect.effect)}{veto}"
        if not effect.intact:
            yield "! these bytes are not those that the digest was made of"
        if effect.event.get("replaces"):
            yield f"edited by a human, in the place of {safe(effect.event['replaces'])}"
        if effect.sender:
            yield f"{mark(GUTTER)} From     {safe(effect.sender)}"
        yield f"{mark(GUTTER)} To       {safe(effect.to)}"
        if effect.subject:
            yield f"{mark(GUTTER)} {'Call   ' if call is not None else 'Subject'}  {safe(effect.subject)}"
        if effect.micro_usd:
            yield f"{mark(GUTTER)} Amount   {money(effect.micro_usd)}"
        yield mark(GUTTER)
        yield from block(effect.text.rstrip("\r\n"))
    if len(shown) < len(effects):
        yield ""
        rest = effects[len(shown) :]
        yield f"and {len(rest)} more like this: {safe(', '.join(effect.to for effect in rest))}"


def _contract(reader: Reader, slug: str) -> Json:
    found: Json = {}
    for event in reader.events(slug, kinds=["mission.created", "contract.amended"]):
        found = event["body"].get("contract", found)
    return found


def _reviews(reader: Reader, row: Json, effects: list[Seen]) -> str:
    attempts = {effect.event.get("attempt") for effect in effects}
    said = []
    for event in reader.events(row["mission"], kinds=["verdict.given"]):
        body = event["body"]
        if body["attempt"] in attempts:
            lines = body.get("lines", [])
            held = sum(bool(line.get("ok")) for line in lines)
            verdict = mark("✓") if body["ok"] else mark("!")
            said.append(f"{verdict} {safe(body['stage'])} {held} of {len(lines)} by {safe(body['by'])}")
    return " · ".join(dict.fromkeys(said)) or "none"
