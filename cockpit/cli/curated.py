"""`cockpit state`: what a mission knows: decisions, assumptions, questions, evidence, artifacts, rules, learnings."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.missions import head
from cockpit.cli.render import columns, emit, safe, say
from cockpit.cli.story_line import value
from engine.ledger.reader import Reader

KINDS = (
    "item.recorded",
    "item.retracted",
    "evidence.recorded",
    "artifact.produced",
    "rule.adopted",
    "rule.retired",
    "learning.recorded",
    "learning.promoted",
    "learning.dismissed",
)
SECTIONS = ("decision", "assumption", "question", "claim", "learning", "rule", "evidence", "artifact")


def state(args: Namespace) -> int:
    """A mission's curated state."""
    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        items = list(curated(reader, args.mission))
    if args.json:
        emit(items)
        return 0
    say(head(card, 0)[0])
    for section in SECTIONS:
        inside = [item for item in items if item["kind"] == section]
        if inside:
            say("", section, *columns((_line(item) for item in inside), indent="  "))
    if not items:
        say("nothing is recorded yet; it comes with the first accepted work")
    return 0


def curated(reader: Reader, slug: str) -> Iterator[Json]:
    """Every item with its standing, in the order of recording."""
    items: dict[str, Json] = {}
    for event in reader.events(slug, kinds=KINDS):
        take(items, event)
    yield from items.values()


def take(items: dict[str, Json], event: Json) -> None:
    """What an event of `KINDS` makes of the items so far, by their short ids."""
    body = event["body"]
    match event["kind"]:
        case "item.recorded":
            known = {name: body[name] for name in ("trust", "privacy") if name in body}
            origin = body.get("origin", "worker")
            _put(items, event, body["item"], body["kind"], body["text"], origin=origin, **known)
            for old in body.get("supersedes", []):
                if old in items:
                    items[old] |= {"status": "superseded", "because": f"by {body['item']}"}
        case "item.retracted":
            if body["item"] in items:
                items[body["item"]] |= {"status": "retracted", "because": body["because"]}
        case "evidence.recorded":
            text = f"{body['metric']} = {value(body)}"
            about = [body["about"]] if body.get("about") else []
            _put(
                items, event, body["evidence"], "evidence", text,
                origin=body["source"], grade=body["grade"], rests_on=about, note=body.get("note", ""),
            )  # fmt: skip
        case "artifact.produced":
            text = f"{body['name']} ({body['bytes']} bytes)"
            _put(items, event, body["artifact"], "artifact", text, sha=body["sha"])
        case "rule.adopted":
            rests = [body["origin"]] if body.get("origin") else []
            origin = body.get("source") or body.get("origin", "")
            _put(items, event, body["rule"], "rule", body["text"], origin=origin, rests_on=rests)
            for old in body.get("supersedes", []):
                _over(items, old, "superseded", f"by {body['rule']}")
        case "rule.retired":
            _over(items, body["rule"], "retired", body["because"])
        case "learning.promoted":
            _over(items, body["learning"], "active", "")
        case "learning.dismissed":
            _over(items, body["learning"], "dismissed", body.get("because", ""))
        case "learning.recorded":
            rests = list(body.get("evidence", []))
            _put(
                items, event, body["learning"], "learning", body["text"], rests_on=rests, origin=body.get("source", "")
            )
            if body.get("status") == "proposed":
                _over(items, body["learning"], "proposed", "no human has promoted it")


def _over(items: dict[str, Json], short: str, status: str, because: str) -> None:
    if short in items:
        items[short] |= {"status": status, "because": because}


def _put(items: dict[str, Json], event: Json, short: str, kind: str, text: str, **more: Any) -> None:
    body, slug = event["body"], event["mission"]
    branch = f"{slug}/{body['branch']}" if body.get("branch") else ""
    made = {name: f"{slug}/{body[name]}" for name in ("task", "attempt") if body.get(name)}
    items[short] = {
        "id": f"{slug}/{short}",
        "kind": kind,
        "text": text,
        "branch": branch,
        "at": event["at"],
        "status": "active",
        "because": "",
        **made,
        **more,
    }


def _line(item: Json) -> list[str]:
    standing = "" if item["status"] == "active" else f"{item['status']} {item['because']}"
    notes = ", ".join(filter(None, [item.get("grade"), item.get("origin"), standing]))
    return [safe(item["id"].rpartition("/")[2]), safe(item["text"]), safe(notes)]
