"""`cockpit rules`: what is in force and how it has fared; rules made and retired by hand, and several made one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cockpit.cli.authority import author
from cockpit.cli.desk import Json, card_of, home_of, item_of, mission_of_id, open_reader, split
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import block, clock, columns, emit, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.rules.subject import Subject
    from engine.state.home import HomeState
    from engine.state.model import MissionState

HOME = "home"
"""The stream of what belongs to no mission."""
USAGE = "cockpit rules [MISSION], or rules show ID, add TEXT, retire ID, except ID TASK, consolidate MISSION"


def rules(args: Namespace) -> int:
    """List rules, or do something about them."""
    word, *rest = args.words or [""]
    match word, rest:
        case "show", [name]:
            return _show(args, name)
        case "add", [_, *_]:
            return _add(args, " ".join(rest))
        case "retire", [name]:
            return _retire(args, name)
        case "except", [name, task]:
            return _except(args, name, task)
        case "consolidate", [slug]:
            return _consolidate(args, slug)
        case slug, []:
            return _list(args, slug)
        case _:
            raise BadInputError("rules", f"what is {' '.join(args.words)}?", USAGE)


def folded(reader: Reader, slug: str) -> MissionState:
    """A mission as its events tell it."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId

    return fold(MissionId(slug), events_of(reader, slug))


def at_home(reader: Reader) -> HomeState:
    """What belongs to no mission, as its events tell it."""
    from cockpit.cli.receipt import events_of
    from engine.state.home import HomeState, evolve_home

    state = HomeState()
    for event in events_of(reader, HOME):
        evolve_home(state, event)
    return state


def _streams(reader: Reader, slug: str) -> list[str]:
    if slug == HOME:
        return [HOME]
    if slug:
        return [card_of(reader, slug)["id"]]
    known = {event["mission"] for event in reader.events(None, kinds=["rule.adopted"])}
    return sorted(known, key=lambda name: (name != HOME, name))


def rows_of(reader: Reader, slug: str) -> list[Json]:
    """The rules of a mission, or with `home` those for all missions."""
    from engine.rules.rows import row

    if slug == HOME:
        return [row(rule, HOME, 0) for rule in at_home(reader).rules.values()]
    state = folded(reader, slug)
    return [row(rule, slug, state.last_at) for rule in state.rules.values()]


def _list(args: Namespace, slug: str) -> int:
    with open_reader(home_of(args)) as reader:
        listed = {name: rows_of(reader, name) for name in _streams(reader, slug)}
        if args.json:
            emit([row for rows in listed.values() for row in rows])
            return 0
        if not any(listed.values()):
            say("no rules yet; a rejection makes one: cockpit reject ID --because TEXT, or cockpit rules add TEXT")
            return 0
        for name, rows in listed.items():
            say(*_told(reader, name, rows, everything=args.all))
    return 0


def _told(reader: Reader, slug: str, rows: list[Json], *, everything: bool) -> Iterator[str]:
    from engine.rules.load import load, merges
    from engine.rules.rows import reach, tally

    shown = [row for row in rows if everything or row["status"] == "active"]
    yield f"{safe(slug)}: rules for all missions" if slug == HOME else safe(slug)
    if not shown:
        yield "  none is in force"
    for row in shown:
        strength = "" if row["strength"] == "must" else " (should)"
        past = "" if row["status"] == "active" else f"  {row['status']}: {row['because']}"
        yield f"  {safe(row['id'])}  {safe(row['text'])}{strength}{safe(past)}"
        yield f"      {safe(reach(row))} · {safe(row['checks'])}" + (f" · {tally(row)}" if slug != HOME else "")
        if row["suggests"] and row["status"] == "active":
            yield f"      {safe(row['suggests'])}: cockpit rules retire {safe(row['id'])}"
    if slug == HOME:
        return
    state = folded(reader, slug)
    heavy, gone = load(state), len(rows) - len(shown)
    yield f"  {heavy.line()}" + (f" · {gone} not in force, --all shows them" if gone else "")
    if heavy.heavy:
        yield "  that is more than anybody keeps in mind: retire some, or make several one"
    if found := merges(state.rules.values(), state.last_at):
        count = sum(len(merge.rules) for merge in found)
        yield f"  {count} of them can become {len(found)}: cockpit rules consolidate {safe(slug)}"


def _show(args: Namespace, name: str) -> int:
    with open_reader(home_of(args)) as reader:
        slug, short = mission_of_id(reader, name, "rule.adopted", "rule")
        row = next(row for row in rows_of(reader, slug) if row["id"] == f"{slug}/{short}")
        examples = _examples(reader, slug, short)
    if args.json:
        emit(row | {"examples": examples})
        return 0
    from engine.rules.rows import reach, tally

    facts = [
        ["status", f"{row['status']}{': ' if row['because'] else ''}{safe(row['because'])}"],
        ["scope", safe(reach(row))],
        ["strength", row["strength"]],
        ["check", safe(row["checks"]) + (f" ({safe(row['downgraded'])})" if row["downgraded"] else "")],
        ["because", safe(row["rationale"])],
        ["from", safe(", ".join(filter(None, [row["origin"], row["source"], row["by"]])))],
        ["fared", tally(row) if slug != HOME else "counted in each mission"],
        ["without it", safe(", ".join(row["exceptions"]))],
        ["until", clock(row["expires"]) if row["expires"] else ""],
        ["in place of", safe(", ".join(row["supersedes"]))],
        ["before", safe(", ".join(row["overrules"]))],
        ["after", safe(", ".join(row["yields_to"]))],
        ["suggests", f"{safe(row['suggests'])}: cockpit rules retire {safe(row['id'])}" if row["suggests"] else ""],
    ]
    say(f"{safe(row['id'])}  {safe(row['text'])}", *columns([fact for fact in facts if fact[1]], indent="  "))
    for example in examples:
        say("", "rejected, and what its check must fail on:", *block(example[:2_000]))
    return 0


def _examples(reader: Reader, slug: str, short: str) -> list[str]:
    for event in reader.events(slug, kinds=["rule.adopted"]):
        if event["body"]["rule"] == short:
            found = (reader.blob(sha) for sha in event["body"].get("examples", []))
            return [content.decode("utf-8", "replace") for content in found if content is not None]
    return []


def _add(args: Namespace, text: str) -> int:
    home = home_of(args)
    who = author(home, decides=True)
    scope = args.rule or ("branch" if args.branch else "mission" if args.mission else "user")
    if scope != "user" and not args.mission:
        raise BadInputError("rules add", f"a rule of scope {scope} belongs to a mission", "--mission MISSION")
    body: Json = {"because": text, "rule": scope, "strength": "should" if args.should else "must", "verb": args.verb}
    body |= checked(args.check) | ({"until": args.until} if args.until else {})
    body |= {"review_after": args.review_after} if args.review_after else {}
    body |= {"branch": args.branch, "task": args.task} if scope != "user" else {}
    slug = HOME
    if scope != "user" or args.mission:
        with open_reader(home) as reader:
            slug = card_of(reader, args.mission)["id"]
    answer = submit(home, Order(f"rule:{slug}:{nonce()}", "rule", slug, body), who, start_engine=not args.no_engine)
    with open_reader(home) as reader:
        say(*made(reader, slug, answer["ids"][0]))
    return 0


def checked(text: str | None) -> Json:
    """A check for a command's body, from what was typed. Raises `BadInputError`."""
    if text is None:
        return {}
    from engine.rules.spec import parse

    return {"check": parse(text).model_dump(mode="json")}


def ruling_of(args: Namespace) -> Json:
    """What a rejection says of its rule."""
    found = checked(args.check)
    found |= {"rule": args.rule} if args.rule else {}
    found |= {"until": args.until} if args.until else {}
    found |= {"review_after": args.review_after} if args.review_after else {}
    return found | ({"strength": "should"} if args.should else {})


def dry_run(home: Home, args: Namespace) -> int:
    """The rule that a rejection would become, with its check and what that was found to be worth; nothing changes."""
    from engine.rules.subject import subject_of

    with open_reader(home) as reader:
        if split(args.id)[1].startswith("F"):
            slug, effect = mission_of_id(reader, args.id, "effect.proposed", "effect")
            state = folded(reader, slug)
            subject = subject_of(state, "", effect)
        else:
            row = item_of(reader, args.id)
            state = folded(reader, row["mission"])
            subject = subject_of(state, row["id"])
        if subject is None:
            raise SaysNoError(args.id, "its rejection makes no rule", "its worker is told the reason")
        told = _would(reader, state, subject, ruling_of(args), args.because)
    if args.json:
        emit(told)
    else:
        where = [f"{scope}: {told['scopes'][scope]}" for scope in told["scopes"]]
        say(
            safe(told["text"]),
            f"    {safe(told['checks'])}",
            f"    {safe(told['proof'])}",
            *(f"    {w}" for w in where),
        )
        say("nothing was changed; without --dry-run it is rejected")
    return 0


def _would(reader: Reader, state: MissionState, subject: Subject, ruling: Json, because: str) -> Json:
    from engine.rules.check import said
    from engine.rules.subject import blobs_for, drafted
    from engine.values import Sha256

    contents: dict[Sha256, bytes] = {}
    while missing := blobs_for(state, subject, contents):
        contents |= {sha: reader.blob(sha) or b"" for sha in missing}
    proof, _samples = drafted(state, subject, ruling, because, contents)
    branch = state.branches[subject.branch].key if subject.branch in state.branches else ""
    scopes = {
        "task": f"{subject.task.id} {subject.task.title}" if subject.task else "",
        "branch": f"{subject.task.planned_role if subject.task else 'everybody'} in {branch}",
        "mission": f"all of {state.id}",
        "user": "all missions of yours",
    }
    return {
        "text": proof.text,
        "checks": said(proof.check),
        "check": proof.check.model_dump(mode="json", exclude_defaults=True) or {"kind": "rubric"},
        "exact": proof.exact,
        "proof": proof.line(),
        "downgraded": proof.downgraded,
        "scopes": {name: text for name, text in scopes.items() if text},
        "verbs": list(subject.verbs),
    }


def made(reader: Reader, slug: str, short: str) -> list[str]:
    """A rule that was just made, with what its check was found to be worth."""
    from engine.rules.rows import reach

    row = next((row for row in rows_of(reader, slug) if row["id"] == f"{slug}/{short}"), None)
    if row is None:
        return []
    check = safe(row["checks"]) + (f" ({safe(row['downgraded'])})" if row["downgraded"] else "")
    return [f"{safe(row['id'])}  {safe(row['text'])}", f"    {safe(reach(row))} · {check}"]


def _retire(args: Namespace, name: str) -> int:
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug, short = mission_of_id(reader, name, "rule.adopted", "rule")
    order = Order(f"retire:{slug}/{short}:{nonce()}", "retire", slug, {"id": short, "because": args.because})
    submit(home, order, who, start_engine=not args.no_engine)
    say(f"{safe(slug)}/{safe(short)} binds nobody any more")
    return 0


def _except(args: Namespace, name: str, task: str) -> int:
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug, short = mission_of_id(reader, name, "rule.adopted", "rule")
    body = {"id": short, "task": split(task)[1], "because": args.because}
    order = Order(f"except:{slug}/{short}:{nonce()}", "except", slug, body)
    submit(home, order, who, start_engine=not args.no_engine)
    say(f"{safe(slug)}/{safe(split(task)[1])} does without {safe(short)}")
    return 0


def _consolidate(args: Namespace, slug: str) -> int:
    from engine.rules.load import digest_of, merges

    home = home_of(args)
    with open_reader(home) as reader:
        state = folded(reader, card_of(reader, slug)["id"])
        found = merges(state.rules.values(), state.last_at)
    shown = digest_of(found)
    if args.json and args.yes is None:
        emit({"digest": shown, "merges": [{"rules": merge.rules, "text": merge.text} for merge in found]})
        return 0
    if not found:
        say("no two rules of the same scope can become one")
        return 0
    for merge in found:
        say(*(safe(line) for line in merge.diff(state.rules)), "")
    if args.yes is None:
        say(f"nothing was changed; cockpit rules consolidate {safe(slug)} --yes {shown[:8]} does it")
        return 0
    if not shown.startswith(args.yes.strip().lower()) or len(args.yes.strip()) < 8:
        raise SaysNoError("--yes", "the rules changed since you looked", f"cockpit rules consolidate {slug}")
    who = author(home, decides=True)
    order = Order(f"consolidate:{slug}:{shown}", "consolidate", str(state.id), {"digest": shown})
    answer = submit(home, order, who, start_engine=not args.no_engine)
    say(f"in force now: {safe(', '.join(answer['ids']))}")
    return 0
