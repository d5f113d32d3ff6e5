"""`cockpit plan`: the plan in force with its findings and its price; asking for another one, or proposing one."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cli.authority import author
from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import code, columns, emit, money, rehearsed, safe, say, state
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.amending.plans import Past, Patch
    from engine.state.model import MissionState

FIELDS = 8
"""Fields that a task needs to be executable."""
MOST = 64 * 1024
"""Bytes of a patch that is read."""
SIGNS = {"add": "+", "replace": "~", "prune": "-"}


def plan(args: Namespace) -> int:
    """Show the plan of a mission, ask its planner for a change, or propose one."""
    home = home_of(args)
    if args.ask is not None and args.propose is not None:
        raise BadInputError("plan", "asks and proposes at once", "give --ask or --propose")
    if args.ask is not None:
        return _ask(args, home)
    if args.propose is not None:
        return _propose(args, home)
    with open_reader(home) as reader:
        card = card_of(reader, args.mission)
        told = _told(reader, home, args.mission)
    if args.json:
        emit(told)
    else:
        say(f"{safe(card['id'])}  {rehearsed(card)}{safe(card['title'])}", *_shown(told, args.mission))
    return 0


def _ask(args: Namespace, home: Home) -> int:
    who = author(home, decides=True)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
    order = Order(f"plan:{args.mission}:{nonce()}", "plan", args.mission, {"because": args.ask})
    answer = submit(home, order, who, start_engine=not args.no_engine)
    name = f"{args.mission}/{answer['ids'][0]}"
    say(f"asked: {safe(name)} proposes a change of the plan; what it proposes waits in cockpit attention")
    return 0


def _propose(args: Namespace, home: Home) -> int:
    from engine.amending.patch_text import read

    who = author(home, decides=True)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
    patch = read(_bytes(args.propose), args.propose)
    answer = submit(home, proposal(args.mission, patch), who, start_engine=not args.no_engine)
    with open_reader(home) as reader:
        row = next(row for row in reader.views("attention", args.mission) if row["id"].endswith(f"/{answer['ids'][1]}"))
    say(*proposed(row), "", settles(row))
    return 0


def proposal(mission: str, patch: Patch, *, item: str = "", digest: str = "") -> Order:
    """The command that proposes a patch, or puts it in the place of one that waits in `item`."""
    text = json.dumps(_as_read(patch))
    body = {"patch": text} | ({"attention": item.rpartition("/")[2], "digest": digest} if item else {})
    told = hashlib.sha256(f"{item}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Order(f"propose:{mission}:{told}:{nonce()}", "propose", mission, body)


def _as_read(patch: Patch) -> Json:
    from engine.amending.patch_text import worded

    return worded(patch)


def _bytes(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(MOST + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise BadInputError(file, f"cannot be read ({error.strerror})", "give a readable file") from None
    if len(data) > MOST:
        raise BadInputError(file, f"is larger than {MOST // 1024} KiB", "give a shorter patch")
    return data


def waiting_patch(reader: Reader, row: Json) -> Patch:
    """The patch that an item asks about. Raises `SaysNoError` when it asks about none."""
    from engine.amending.plans import patch_of

    name = str((row.get("plan") or {}).get("proposal", "")).rpartition("/")[2]
    for event in reader.events(row["mission"], kinds=["plan.proposed"]):
        if event["body"]["proposal"] == name:
            return patch_of(event["body"]["patch"])
    raise SaysNoError(row["id"], "asks about no plan that could be edited", f"cockpit answer {row['id']} TEXT")


# -- what is in force


def state_of(reader: Reader, slug: str) -> MissionState:
    """A mission's state, from its events."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId

    return fold(MissionId(slug), events_of(reader, slug))


def _told(reader: Reader, home: Home, slug: str) -> Json:
    """The plan in force as `--json` shows it."""
    from cockpit.cli.provided import settings_of
    from cockpit.cli.rules import at_home
    from engine.amending.plans import findings, known_of, plan_digest, planned_tasks, price, priced, with_reviewers

    mission = state_of(reader, slug)
    if mission.contract is None:
        raise SaysNoError(slug, "has no contract yet", "wait until its engine has started it")
    pool = settings_of(home).catalogue
    known = with_reviewers(known_of(mission), at_home(reader), pool)
    found = findings(mission.terms, known) if mission.planned else ()
    made = price(mission.terms, known_of(mission, pool), past_of_all(reader, rehearsed=mission.rehearsed))
    waiting = [row for row in reader.views("attention", slug) if row["kind"] == "plan"]
    return {
        "mission": slug,
        "planned": mission.planned,
        "source": mission.plan_source,
        "digest": plan_digest(mission.terms.plan),
        "branches": [
            {"id": b.key, "hypothesis": b.hypothesis, "state": b.state, "budget_micro_usd": b.budget}
            for b in mission.branches.values()
        ],
        "tasks": planned_tasks(mission),
        "findings": [one.model_dump() for one in found],
        "price": priced(made).model_dump(),
        "proposals": [
            {
                "id": f"{slug}/{one.id}",
                "state": one.state,
                "by": one.said.by,
                "because": one.said.because,
                "outcome": one.because,
            }
            for one in mission.proposals.values()
        ],
        "waits": [row["id"] for row in waiting],
    }


def past_of_all(reader: Reader, *, rehearsed: bool) -> Past:
    """What tasks of each role have cost in every mission of this home: rehearsals count for rehearsals alone."""
    from engine.amending.plans import Past

    like = {card["id"] for card in reader.views("card") if bool(card.get("rehearsed")) == rehearsed}
    accepted = {(e["mission"], e["body"]["task"]) for e in reader.events(None, kinds=["task.accepted"])}
    sums: dict[tuple[str, str, str, str], int] = {}
    for event in reader.events(None, kinds=["charge.settled"]):
        body, kind = event["body"], "review" if event["body"]["purpose"] == "review" else "work"
        known = event["mission"] in like and (event["mission"], body["task"]) in accepted
        if known and body["purpose"] in {"work", "retry", "review"}:
            key = (event["mission"], body["task"], body["role"], kind)
            sums[key] = sums.get(key, 0) + body["micro_usd"]
    work: dict[str, list[int]] = {}
    reviews: dict[str, list[int]] = {}
    for (_mission, _task, role, kind), spent in sums.items():
        (reviews if kind == "review" else work).setdefault(role, []).append(spent)
    return Past({role: tuple(v) for role, v in work.items()}, {role: tuple(v) for role, v in reviews.items()})


def _shown(told: Json, slug: str) -> Iterator[str]:
    if not told["planned"]:
        yield "no plan is in force yet" + ("" if told["waits"] or told["proposals"] else "; its planner is asked first")
    else:
        whose = "the contract's own" if told["source"] == "contract" else f"proposed by {safe(told['source'])}"
        yield f"plan {code(told['digest'])}, {whose}"
        yield from ("", "branches", *columns((_branch(row) for row in told["branches"]), indent="  "))
        yield from ("", "tasks", *columns((_task(row) for row in told["tasks"]), right=(5,), indent="  "))
        yield from ("", *finding_lines(told["findings"]), "", *price_lines(told["price"]))
    if told["proposals"]:
        rows = (
            [safe(p["id"]), p["state"], safe(p["by"]), safe(p["outcome"] or p["because"])] for p in told["proposals"]
        )
        yield from ("", "proposals", *columns(rows, indent="  "))
    if told["waits"]:
        yield from ("", f"{', '.join(map(safe, told['waits']))} waits for you: cockpit attention")
    elif told["planned"]:
        yield from ("", f'for another one: cockpit plan {safe(slug)} --ask "why"')


def _branch(row: Mapping[str, object]) -> list[str]:
    budget = row["budget_micro_usd"]
    cap = f"up to {money(budget)}" if isinstance(budget, int) else ""
    return [safe(str(row["id"])), state(str(row["state"])), cap, safe(str(row["hypothesis"]))]


def _task(row: Json) -> list[str]:
    lacking = row["missing"]
    have = f"{FIELDS - len(lacking)}/{FIELDS}" + (f", missing {', '.join(lacking)}" if lacking else "")
    needs = f"after {', '.join(row['needs'])}" if row["needs"] else "first"
    name = safe(row["key"]) if row["branch"] == "main" else f"{safe(row['branch'])}/{safe(row['key'])}"
    return [name, state(row["state"]), safe(row["role"]), safe(needs), have, money(row["budget_micro_usd"])]


# -- a proposal


def proposed(row: Json) -> Iterator[str]:
    """A proposal as it waits in the queue: why, what changes, what was found, what it costs."""
    told = row.get("plan") or {}
    yield f"{state('needs you')}: {safe(row['id'])} {safe(row['title'])}"
    yield f"  {safe(told.get('because', ''))}"
    yield ""
    yield from change_lines(told.get("changes", []))
    yield ""
    yield from finding_lines(told.get("findings", []))
    yield ""
    yield from price_lines(told.get("price", {}))


def settles(row: Json) -> str:
    """The commands that settle a proposal: one with errors can be mended or refused, and not accepted."""
    name = safe(row["id"])
    mends = f"cockpit edit {name} changes it"
    if "accept" in (row.get("choices") or ()):
        return f'cockpit answer {name} accept, or "reject: WHY"; {mends}'
    return f'{mends}, cockpit answer {name} "reject: WHY" refuses it'


def change_lines(changes: list[Json]) -> Iterator[str]:
    """Each change with a sign, its terms and its reason."""
    for change in changes:
        yield f"{SIGNS.get(change['do'], '?')} {change['kind']} {safe(change['name'])}"
        yield from (f"    {safe(line)}" for line in change.get("lines", []))
        yield f"    because {safe(change.get('because', ''))}"


def finding_lines(findings: list[Json]) -> Iterator[str]:
    """How many findings there are, and each of them."""
    errors = sum(one["code"].startswith("E") for one in findings)
    warnings = len(findings) - errors
    if not findings:
        yield "the linter finds nothing wrong with it"
        return
    counted = (
        f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"
    )
    yield f"findings: {counted}"
    for one in findings:
        mend = f"; {safe(one['mend'])}" if one.get("mend") else ""
        yield f"  {safe(one['code'])} {safe(one['where'])}: {safe(one['what'])}{mend}"


def price_lines(price: Json) -> Iterator[str]:
    """What it may cost in all, and by role."""
    half, nine = price.get("p50"), price.get("p90")
    most = money(price.get("most", 0))
    if half is None or nine is None:
        yield f"price: unknown, at most {most}"
    else:
        yield f"price: {money(half)} half of the time, {money(nine)} nine times of ten, at most {most}"
    yield from columns((_role(row) for row in price.get("roles", [])), right=(2, 3, 4), indent="  ")


def _role(row: Json) -> list[str]:
    known = row.get("p50") is not None and row.get("p90") is not None
    basis, count = row.get("basis", ""), row.get("n", 0)
    source = {
        "receipts": f"from {count} before",
        "assumed": "assumed by the contract",
        "free": "costs nothing",
    }.get(basis, "nothing is known of its cost")
    tasks = f"{row['tasks']} {'task' if row['tasks'] == 1 else 'tasks'}"
    figures = [money(row["p50"]), money(row["p90"])] if known else ["unknown", "unknown"]
    return [safe(row["role"]), tasks, *figures, f"at most {money(row.get('most', 0))}", source]
