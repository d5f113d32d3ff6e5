"""Standing grants: `grant grants revoke`. A grant is a decision, made where decisions are made."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from cockpit.cli.authority import author
from cockpit.cli.desk import card_of, home_of, mission_now, mission_of_id, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import columns, deadline, emit, money, safe, say
from engine.ledger.reader import Reader

Json = dict[str, Any]


def give(args: Namespace) -> int:
    """Give a standing grant."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug = card_of(reader, args.mission)["id"]
    body = {
        "verb": args.verb,
        "count": args.count,
        "money": args.money,
        "hosts": args.hosts,
        "until": args.until,
        "because": args.because,
    }
    answer = submit(home, Order(f"grant:{slug}:{nonce()}", "grant", slug, body), who, start_engine=not args.no_engine)
    name = f"{slug}/{answer['ids'][0]}"
    say(f"{safe(name)} is given: {args.count} × {safe(args.verb)} until the end of {safe(args.until)}")
    say("what somebody outside may have steered is asked about all the same;")
    say(f"cockpit grants shows what is left, cockpit revoke {safe(name)} takes it back")
    return 0


def revoke(args: Namespace) -> int:
    """Take a standing grant back."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug, short = mission_of_id(reader, args.id, "grant.given", "grant")
    order = Order(f"revoke:{slug}/{short}:{nonce()}", "revoke", slug, {"grant": short, "because": args.because})
    answer = submit(home, order, who, start_engine=not args.no_engine)
    back = f"; withdrawn with it: {safe(', '.join(answer['ids']))}" if answer["ids"] else ""
    say(f"revoked {safe(slug)}/{safe(short)}{back}")
    return 0


def listed(args: Namespace) -> int:
    """Every standing grant with the uses that are left."""
    with open_reader(home_of(args)) as reader:
        slugs = [card_of(reader, args.mission)["id"]] if args.mission else [s for s in reader.missions() if s != "home"]
        rows = [row for slug in slugs for row in _rows(reader, slug)]
        if args.json:
            emit(rows)
        elif not rows:
            say("no standing grants; every effect is asked about")
        else:
            say(*columns((_line(reader, row) for row in rows), right=()))
    return 0


def _rows(reader: Reader, slug: str) -> list[Json]:
    """The grants of a mission, from its events."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId

    if not any(True for _event in reader.events(slug, kinds=["grant.given"])):
        return []
    state = fold(MissionId(slug), events_of(reader, slug))
    now = mission_now(reader, slug)
    return [
        {
            "id": f"{slug}/{grant.id}",
            "verb": grant.verb,
            "count": grant.count,
            "used": grant.used,
            "left": max(grant.count - grant.used, 0),
            "micro_usd": grant.micro_usd,
            "spent_micro_usd": grant.spent,
            "hosts": list(grant.hosts),
            "until": grant.until,
            "state": "revoked"
            if grant.revoked
            else "expired"
            if now >= grant.until
            else "used_up"
            if grant.used >= grant.count
            else "live",
            "source": grant.source,
            "by": grant.actor,
            "because": grant.because,
        }
        for grant in state.grants.values()
    ]


def _line(reader: Reader, row: Json) -> list[str]:
    now = mission_now(reader, row["id"].partition("/")[0])
    spends = f"{money(row['spent_micro_usd'])} of {money(row['micro_usd'])}" if row["micro_usd"] else "no money"
    return [
        safe(row["id"]),
        safe(row["state"]).replace("_", " "),
        f"{row['left']} of {row['count']} × {safe(row['verb'])} left",
        spends,
        safe(", ".join(row["hosts"])) or "any host",
        f"until {deadline(row['until'], now)}",
        f"by {safe(row['by'] if row['source'] == 'human' else 'the contract')}",
    ]
