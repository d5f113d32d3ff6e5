"""`cockpit context`: the package that an attempt received, exactly, and why each thing was in or out."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from cockpit.cli.context_diff import changes, differences
from cockpit.cli.desk import Json, card_of, fits, home_of, open_reader, wall_ms
from cockpit.cli.pulled import pulls
from cockpit.cli.render import block, code, columns, emit, money, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Reader


def context(args: Namespace) -> int:
    """What a worker received."""
    home = home_of(args)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        found = _packages(reader, args.mission)
        if args.diff:
            return _diff(args, found)
        if args.task is None:
            return _list(args, reader, found)
        package = (_next(reader, args, home) if args.next else None) or _pick(
            found, args.task, args.mission, lambda: _next(reader, args, home)
        )
        if args.json:
            emit({key: value for key, value in package.items() if key not in ("task",)})
        else:
            _print(package)
    return 0


def _packages(reader: Reader, slug: str) -> list[Json]:
    """Every package of a mission, oldest first, in the documented shape."""
    routes = {e["body"]["attempt"]: e["body"] for e in reader.events(slug, kinds=["route.chosen"])}
    reserved = {e["body"]["attempt"]: e["body"] for e in reader.events(slug, kinds=["charge.reserved"])}
    events, later = (list(reader.events(slug, kinds=[kind])) for kind in ("package.compiled", "context.pulled"))
    return [
        packaged(event, routes.get(event["body"]["attempt"], {}), reader.blob)
        | {"aside": _reserved(reserved.get(event["body"]["attempt"], {}))}
        | {"pulled": pulls(later, event["body"]["attempt"], reader.blob)}
        for event in events
    ]


def _reserved(body: Json) -> Json:
    """What was set aside for an attempt."""
    return {key: body[key] for key in ("micro_usd", "calls") if key in body}


def packaged(event: Mapping[str, Any], route: Json, blob: Callable[[str], bytes | None]) -> Json:
    """A `package.compiled` event with its blobs, in the documented shape; `text` None where it was erased."""
    slug, body = event["mission"], event["body"]
    text, manifest = blob(body["text"]), _manifest(blob(body["manifest"]))
    return {
        "attempt": f"{slug}/{body['attempt']}",
        "task": f"{slug}/{body['task']}",
        "digest": body["text"],
        "tokens": body["tokens"],
        "budget": body["budget"],
        "route": route,
        "text": text.decode("utf-8", "replace") if text is not None else None,
        "included": manifest.get("included", []),
        "excluded": manifest.get("excluded", []),
        **{
            key: manifest[key]
            for key in ("policy", "floor", "prefix", "query", "others", "next_best")
            if key in manifest
        },
    }


def _manifest(data: bytes | None) -> Json:
    try:
        manifest: Json = json.loads(data or b"{}")
    except ValueError:
        return {}
    return manifest


def _next(reader: Reader, args: Namespace, home: Home) -> Json | None:
    """What the next attempt of a task would receive now; None when there is no such task."""
    from cockpit.cli.receipt import events_of
    from engine.recall.index import recall
    from engine.settings import load_settings
    from engine.state.fold import fold
    from engine.state.home import HomeState, evolve_home
    from engine.values import HOME, MissionId
    from engine.views.preview import preview

    slug = args.mission
    name = args.task.removeprefix(f"{slug}/").partition("/")[0]
    row = next((row for row in reader.views("task", slug) if fits(row["id"], name) or row["key"] == name), None)
    if row is None:
        return None
    state = fold(MissionId(slug), events_of(reader, slug))
    task = state.tasks[row["id"].partition("/")[2]]
    house = HomeState()
    for event in events_of(reader, HOME):
        evolve_home(house, event)
    try:
        models = load_settings(home.config).catalogue
    except BadInputError:  # an engine then knows no models either; check and doctor say what is wrong
        models = ()
    ask = recall(reader.blob)
    made = preview(state, task.id, reader.blob, catalogue=models, home=house, now=wall_ms(), recall=ask)
    return {"attempt": f"{slug}/{task.id}/next", "task": f"{slug}/{task.id}", **made}


def _pick(found: list[Json], text: str, slug: str, ahead: Callable[[], Json | None] = lambda: None) -> Json:
    """The package of an attempt, or the latest one of a task; before the first, what it would receive now.

    Raises `SaysNoError`.
    """
    inner = text.removeprefix(f"{slug}/")
    task, _, attempt = inner.partition("/")
    wanted = attempt or task
    for package in reversed(found):
        if fits(package["attempt"], wanted) or (not attempt and fits(package["task"], task)):
            return package
    if not attempt and (made := ahead()):
        return made
    what = "no worker received a package for it yet" if found else "no worker received anything yet"
    raise SaysNoError(text, what, f"cockpit context {slug} lists the packages")


def _list(args: Namespace, reader: Reader, found: list[Json]) -> int:
    if args.json:
        keys = ("attempt", "task", "digest", "tokens", "budget")
        emit([{key: package[key] for key in keys} for package in found])
    elif not found:
        say(f"no worker received anything yet; cockpit board {safe(args.mission)}")
    else:
        titles = {row["id"]: row["title"] for row in reader.views("task", args.mission)}
        rows = (
            [
                safe(p["attempt"]),
                f"{p['tokens']} of {p['budget']} tokens",
                code(p["digest"]),
                safe(titles.get(p["task"], p["task"])),
            ]
            for p in found
        )
        say(*columns(rows, right=(1,)))
    return 0


def _print(package: Json) -> None:
    route = package["route"]
    size = f"{package['tokens']} of {package['budget']} tokens"
    say(f"{safe(package['attempt'])}  digest {code(package['digest'])}  {size}")
    if route:
        say(f"route {safe(route.get('name'))}: {safe(route.get('because'))}")
    if aside := package.get("aside"):
        say(f"set aside {_set_aside(aside)}")
    say("", "in")
    fields = ("id", "kind", "form", "tokens", "reason")
    rows = ([safe(part.get(field, "")) for field in fields] for part in package["included"])
    say(*columns(rows, right=(3,), indent="  "))
    if package["excluded"]:
        say("", "out")
        out = (
            [safe(p["id"]), safe(p["kind"]), safe(p["code"]), safe(p.get("detail", ""))] for p in package["excluded"]
        )
        say(*columns(out, indent="  "))
    if others := package.get("others"):
        counted = ", ".join(f"{count} {safe(code)}" for code, count in others.items())
        say(f"  and items that were not looked at: {counted}")
    if package.get("pulled"):
        _print_pulled(package["pulled"])
    say("", *(block(package["text"].rstrip("\n")) if package["text"] is not None else ["the text was erased"]))


def _print_pulled(pulled: list[Json]) -> None:
    """What the worker asked for later, and what it was told."""
    say("", "pulled later, when the worker asked for it")
    rows = []
    for one in pulled:
        told = [f"{item['id']}{' (known)' if item['form'] == 'known' else ''}" for item in one["items"]]
        told += [f"not {item['id']} ({item['code']})" for item in one["untold"]]
        call = one["call"].rpartition("#")[2]
        rows.append([safe(call), safe(one["asked"]), safe(", ".join(told) or "nothing"), f"{one['tokens']} tokens"])
    say(*columns(rows, right=(3,), indent="  "))
    for one in pulled:
        call = safe(one["call"].rpartition("#")[2])
        text = one["text"]
        say(
            "", f"  {call}", *(f"  {line}" for line in (block(text) if text is not None else ["the answer was erased"]))
        )


def _set_aside(aside: Json) -> str:
    """`$0.12 for at most 16 calls of its model`."""
    amount, calls = money(int(aside["micro_usd"])), int(aside.get("calls", 0))
    most = f" for at most {calls} call{'' if calls == 1 else 's'} of its model" if calls else ""
    return f"{amount}{most}" + (", with tools: an allowance, looked at before each call" if aside.get("tools") else "")


def _diff(args: Namespace, found: list[Json]) -> int:
    one, other = (_pick(found, text, args.mission) for text in args.diff)
    lines = differences(one, other)
    if args.json:
        emit({"a": one["attempt"], "b": other["attempt"], **changes(one, other), "diff": lines})
    else:
        say(*(safe(line) for line in lines or ["the packages are equal"]))
    return 0
