"""`cockpit learnings`: what missions learnt, searched; what is proposed is promoted or dismissed by a human."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from cockpit.cli.authority import author
from cockpit.cli.desk import Json, card_of, home_of, mission_of_id, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import emit, safe, say
from cockpit.cli.rules import HOME, at_home, folded
from engine.errors import BadInputError
from engine.ledger.reader import Reader

USAGE = "cockpit learnings [MISSION] [--search TEXT], or learnings promote ID, dismiss ID"


def learnings(args: Namespace) -> int:
    """List or search learnings, or say what is one."""
    word, *rest = args.words or [""]
    match word, rest:
        case (("promote" | "dismiss"), [name]):
            return _say(args, word, name)
        case slug, []:
            return _list(args, slug)
        case _:
            raise BadInputError("learnings", f"what is {' '.join(args.words)}?", USAGE)


def _say(args: Namespace, word: str, name: str) -> int:
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug, short = mission_of_id(reader, name, "learning.recorded", "learning")
    body = {"id": short, "because": args.because}
    submit(home, Order(f"{word}:{slug}/{short}:{nonce()}", word, slug, body), who, start_engine=not args.no_engine)
    does = "is told to workers, and offered to later missions" if word == "promote" else "is told to nobody"
    say(f"{safe(slug)}/{safe(short)} {does}")
    return 0


def rows_of(reader: Reader, slug: str = "") -> list[Json]:
    """Every learning of a mission, or of all and of the home stream: promoted ones once, where they were learnt."""
    streams = [slug] if slug else sorted({e["mission"] for e in reader.events(None, kinds=["learning.recorded"])})
    found: list[Json] = []
    for name in streams:
        if name == HOME:
            continue
        for item in folded(reader, name).items.values():
            if item.kind == "learning" and (slug or not item.source):
                found.append(
                    {
                        "id": f"{name}/{item.id}",
                        "text": item.text,
                        "status": {"retracted": "dismissed"}.get(item.status, item.status),
                        "because": item.because,
                        "evidence": [one if "/" in one else f"{name}/{one}" for one in item.evidence],
                        "source": item.source,
                        "at": item.at,
                    }
                )
    return found


def _list(args: Namespace, slug: str) -> int:
    with open_reader(home_of(args)) as reader:
        name = card_of(reader, slug)["id"] if slug else ""
        rows = rows_of(reader, name)
        more = _also(reader, args.search or "") if not name else {}
        gone = {learnt.source for learnt in at_home(reader).learnings.values() if learnt.dismissed}
    if args.search:
        rows = _found(rows, args.search)
    if args.json:
        emit({"learnings": rows, **more})
        return 0
    if not rows:
        say("nothing was found" if args.search else "no learnings yet; workers propose them with what they deliver")
    for row in rows:
        status = "dismissed" if row["id"] in gone else row["status"]
        rests = f", rests on {', '.join(row['evidence'])}" if row["evidence"] else ""
        whence = f", from {row['source']}" if row["source"] else ""
        say(f"{safe(row['id'])}  {safe(row['text'])}", f"    {safe(status)}{safe(rests)}{safe(whence)}")
    if waiting := [row for row in rows if row["status"] == "proposed"]:
        first = safe(waiting[0]["id"])
        say("", f"proposed: {len(waiting)}; cockpit learnings promote {first} has it told, dismiss {first} not")
    for title in ("tried", "routes"):
        if lines := [row["line"] for row in more.get(title, [])]:
            say("", {"tried": "tried and given up", "routes": "routes that were used"}[title])
            say(*(f"  {safe(line)}" for line in lines))
    return 0


def _found(rows: list[Json], query: str) -> list[Json]:
    from engine.learnings.index import ranked

    known = {row["id"]: row for row in rows}
    return [known[name] | {"score": fit} for name, fit in ranked({r["id"]: r["text"] for r in rows}, query)]


def _also(reader: Reader, query: str) -> dict[str, Any]:
    """What was tried before and given up, and what work really took, over all missions."""
    from engine.learnings.index import ranked
    from engine.learnings.proven import proven
    from engine.learnings.tried import of_rows

    tried = {f"{one.mission}/{one.branch}": one for one in of_rows(reader.views("branch"), reader.views("card"))}
    if query:
        texts = {name: f"{one.key} {one.hypothesis} {one.because}" for name, one in tried.items()}
        tried = {name: tried[name] for name, _fit in ranked(texts, query)}
    states = [] if query else [folded(reader, card["id"]) for card in reader.views("card")]
    return {
        "tried": [{"id": name, "hypothesis": one.hypothesis, "line": one.line()} for name, one in tried.items()],
        "routes": [{"role": one.role, "name": one.name, "line": one.line()} for one in proven(states)],
    }
