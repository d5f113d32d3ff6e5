"""`cockpit state`: what a mission knows and why each thing stands as it does; `note`, `retract`, `uphold` change it."""

from __future__ import annotations

from argparse import Namespace

from cockpit.cli.authority import author
from cockpit.cli.curated import SECTIONS, Curation, curated
from cockpit.cli.desk import Json, branch_id, card_of, home_of, mission_of_id, open_reader, split
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.missions import head
from cockpit.cli.pulled import asked
from cockpit.cli.render import columns, emit, safe, say
from engine.errors import SaysNoError


def state(args: Namespace) -> int:
    """A mission's curated state, or one item with its chain."""
    with open_reader(home_of(args)) as reader:
        card = card_of(reader, args.mission)
        found = curated(reader, args.mission)
        branches = {row["id"]: row for row in reader.views("branch", args.mission)}
        if args.item:
            wishes = [
                {"call": one["call"], "attempt": one["attempt"], "asked": asked(one["operation"], blob)}
                for one in found.pulled(split(args.item)[1])
                for blob in (reader.blob(one["arguments"]),)
            ]
            return _one(args, found, branches, wishes)
    rows = [row for _short, row in found.rows()]
    if args.json:
        emit(rows)
        return 0
    say(head(card, 0)[0])
    shown = [row for row in rows if args.all or row["status"] in {"active", "suspect", "contested"}]
    for section in SECTIONS:
        inside = [row for row in shown if row["kind"] == section]
        if inside:
            say("", section, *columns((_line(row) for row in inside), indent="  "))
    if not rows:
        say("nothing is recorded yet; it comes with the first accepted work")
    elif hidden := len(rows) - len(shown):
        say("", f"{hidden} more do not hold any more, or not yet: cockpit state {safe(args.mission)} --all")
    return 0


def _line(item: Json) -> list[str]:
    standing = "" if item["status"] == "active" else f"{item['status']} {item['because']}".strip()
    notes = ", ".join(filter(None, [item.get("grade"), item.get("origin"), standing]))
    return [safe(item["id"].rpartition("/")[2]), safe(item["text"]), safe(notes)]


def _one(args: Namespace, found: Curation, branches: dict[str, Json], pulled: list[Json]) -> int:
    """One item: its words, why it stands as it does, what it rests on, what rests on it."""
    short = split(args.item)[1]
    row = found.row(short)
    if row is None:
        raise SaysNoError(args.item, "nothing of this id is known", f"cockpit state {args.mission} --all lists it all")
    chain, carries = found.chain(short), found.carries(short)
    current = found.standing.current(short)
    if args.json:
        emit(row | {"chain": chain, "carries": carries, "current": current, "pulled": pulled})
        return 0
    branch = branches.get(row["branch"], {}).get("key") or "the mission"
    say(f"{safe(row['id'])}  {safe(row['kind'])}, {row['status']}", f"  {safe(row['text'])}", "")
    if row["kind"] in {"evidence", "artifact", "rule"}:
        chain = []
    for number, step in enumerate(chain):
        when = f" since #{step['since']}" if step["since"] else f" since #{found.standing.items[step['id']].height}"
        say(f"{'  ' * min(number, 8)}{safe(step['id'])} is {step['status']}{when}: {safe(step['why'])}")
    facts = [
        ("in its place", f"{current}  {_text(found, current)}" if current and current != short else ""),
        ("subject", row.get("subject", "")),
        ("value", row.get("value", "")),
        ("scope", ", ".join(row.get("scope", []))),
        *[("rests on", f"{name}  {_text(found, name)}") for name in row.get("rests_on", [])],
        *[("carries", f"{name}  {_text(found, name)}") for name in carries],
        *[("pulled", f"by {one['attempt']}: {one['asked']}") for one in pulled],
        ("from", ", ".join(filter(None, [row.get("origin"), row.get("task"), row.get("attempt")]))),
        ("where", f"{branch}, recorded at #{row['height']}"),
    ]
    say("", *columns(([label, safe(value)] for label, value in facts if value), indent="  "))
    return 0


def _text(found: Curation, name: str) -> str:
    row = found.row(name)
    if row is None:
        return ""
    standing = "" if row["status"] == "active" else f" ({row['status']})"
    return f"{row['text']}{standing}"


def note(args: Namespace) -> int:
    """Record something as known, in a human's name."""
    home = home_of(args)
    who = author(home)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        branch = branch_id(reader, args.mission, args.branch)
    body: dict[str, object] = {
        "sort": args.kind,
        "text": args.text,
        "subject": args.subject,
        "value": args.value,
        "branch": branch,
        "scope": ",".join(args.scope),
        "supports": ",".join(args.rests_on),
        "supersedes": ",".join(args.supersedes),
        "until": args.until,
        "pin": args.pin,
    }
    order = Order(f"note:{args.mission}:{nonce()}", "note", args.mission, body)
    answer = submit(home, order, who, start_engine=not args.no_engine)
    say(f"recorded {safe(', '.join(answer['ids']))}: {safe(args.text)}")
    return 0


def retract(args: Namespace) -> int:
    """Take an item back: whatever rests on it is suspect from then on."""
    return _about(args, "retract", "is taken back")


def uphold(args: Namespace) -> int:
    """Say that an item is so: one that is suspect, contested or not accepted yet."""
    return _about(args, "uphold", "holds")


def _about(args: Namespace, what: str, said: str) -> int:
    home = home_of(args)
    who = author(home)
    with open_reader(home) as reader:
        kind, field = ("learning.recorded", "learning") if split(args.id)[1][:1] == "L" else ("item.recorded", "item")
        slug, short = mission_of_id(reader, args.id, kind, field)
    order = Order(f"{what}:{slug}/{short}:{nonce()}", what, slug, {"item": short, "because": args.because})
    answer = submit(home, order, who, start_engine=not args.no_engine)
    ids = ", ".join(answer["ids"])
    say(f"{safe(slug)}/{safe(short)} {said}" + (f", as {safe(ids)}" if ids and ids != short else ""))
    return 0
