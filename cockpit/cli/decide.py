"""Decisions: `approve reject answer undo withdraw`, and the token with which scripts may make them."""

from __future__ import annotations

import re
from argparse import Namespace

from cockpit.cli.attention import choices, seen, sheet
from cockpit.cli.authority import Author, ask, at_terminal, author, token
from cockpit.cli.desk import Json, home_of, item_of, mission_of_id, open_reader, split
from cockpit.cli.exact import Seen
from cockpit.cli.inbox import submit
from cockpit.cli.orders import approval, confirmation, refusal, rejection, reply, takeback, taken_back, withdrawal
from cockpit.cli.render import code, safe, say
from cockpit.cli.rules import dry_run, made, ruling_of
from engine.errors import BadInputError, SaysNoError

SHORTEST = 8
"""Digits of a digest that are enough."""
_CHANGED = "the item changed since you looked"


def approve(args: Namespace) -> int:
    """Approve the exact bytes of an item."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        row = item_of(reader, args.id)
        if row["kind"] != "approve":
            raise SaysNoError(
                row["id"], f"asks for {row['kind']}, not for an approval", f"cockpit answer {row['id']} TEXT"
            )
        excepted = excepted_of(row, args.excepted)
        if who.person in row.get("said_yes", []):
            raise SaysNoError(row["id"], f"{who.person} said yes already", "another person has to say so too")
        looked_at = None
        if args.digest is not None:
            check_digest(row, args.digest)
        else:
            if not at_terminal() or who.scripted:
                raise BadInputError("approve", "which bytes?", "--digest D, as cockpit attention shows it")
            effects = seen(reader, row)
            looked_at = len(effects)
            say(*sheet(reader, row, effects, set(excepted)), "")
            _confirm(row, effects, excepted)
    answer = submit(home, approval(row, excepted, looked_at), who, start_engine=not args.no_engine)
    if row.get("people", 1) > 1 and not answer["ids"]:
        said = [*row["said_yes"], who.person]
        say(f"{len(said)} of {row['people']} said yes: {safe(', '.join(said))}; it stays in the queue{_by(who)}")
        return 0
    say(f"approved {len(answer['ids'])} of {len(row['items'])} ({code(row['digest'])}){_by(who)}")
    if answer["ids"] and not answer["ids"][0].startswith("W"):
        say(f"as long as it has not left, cockpit undo {safe(row['id'])} puts it back into the queue")
    return 0


def excepted_of(row: Json, names: list[str]) -> list[str]:
    """The short ids of the items to leave out. Raises `BadInputError` for what is not in the item."""
    there = {item["id"].rpartition("/")[2] for item in row["items"]}
    found = []
    for name in (part for given in names for part in given.split(",") if part):
        short = split(name)[1]
        if short not in there:
            raise BadInputError(name, f"is not among what waits in {row['id']}", f"there is {', '.join(sorted(there))}")
        found.append(short)
    return sorted(set(found))


def check_digest(row: Json, given: str) -> None:
    """Raises unless the digest is that of what the item holds now: all of it, or its first 8 digits or more."""
    digits = re.sub(r"\s", "", given).lower()
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", digits):
        raise BadInputError("--digest", f"needs {SHORTEST} to 64 hexadecimal digits", "cockpit attention shows them")
    if not row["digest"] or not row["digest"].startswith(digits):
        raise SaysNoError(row["id"], _CHANGED, "look again: cockpit attention")


def _confirm(row: Json, effects: list[Seen], excepted: list[str]) -> None:
    if broken := [effect.effect for effect in effects if not effect.intact]:
        raise SaysNoError(
            row["id"], f"the bytes of {', '.join(broken)} are not whole", "reject it, then cockpit doctor"
        )
    wanted = confirmation(row["digest"], excepted)
    count = len(effects) - len(excepted)
    typed = ask(f"type {wanted} to approve {count} of {len(effects)}; anything else leaves it as it is: ")
    if typed.lower() != wanted:
        raise SaysNoError(row["id"], "nothing was approved", "it stays in the queue")


def reject(args: Namespace) -> int:
    """Reject an item or one effect, with the reason that becomes a rule."""
    home = home_of(args)
    if args.dry_run:
        return dry_run(home, args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        if split(args.id)[1].startswith("F"):
            slug, short = mission_of_id(reader, args.id, "effect.proposed", "effect")
            order = refusal(slug, short, args.because, ruling_of(args))
        else:
            row = item_of(reader, args.id)
            slug = row["mission"]
            order = rejection(row, args.because, ruling_of(args))
    answer = submit(home, order, who, start_engine=not args.no_engine)
    born = [name for name in answer["ids"] if name.startswith("R")]
    told = f"; {safe(', '.join(answer['ids']))}" if answer["ids"] else ""
    say(f"rejected {safe(args.id)}{told}{_by(who)}")
    with open_reader(home) as reader:
        for name in born:
            say(*made(reader, slug, name))
    return 0


def answer(args: Namespace) -> int:
    """Answer a question."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        row = item_of(reader, args.id)
    if row["kind"] == "approve":
        raise SaysNoError(
            row["id"], "asks for an approval", f"cockpit approve {row['id']}, or cockpit reject {row['id']}"
        )
    text = args.text
    if text is None:
        if not at_terminal():
            raise BadInputError("answer", "with what?", f"cockpit answer {row['id']} TEXT")
        say(*question(row))
        text = ask("answer: ")
    submit(home, reply(row, text), who, start_engine=not args.no_engine)
    say(f"answered {safe(row['id'])}{_by(who)}")
    return 0


def question(row: Json) -> list[str]:
    """A question as it is put to a person."""
    from cockpit.cli.render import block

    return [safe(row["title"]), *(block(row["detail"]) if row.get("detail") else []), *choices(row)]


def withdraw(args: Namespace) -> int:
    """Take back an effect that has not left."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        if args.batch is not None:
            slug, short = mission_of_id(reader, args.batch, "effect.proposed", "batch")
            order = takeback(slug, short)
        elif args.id is not None:
            slug, short = mission_of_id(reader, args.id, "effect.proposed", "effect")
            order = withdrawal(slug, short)
        else:
            raise BadInputError("withdraw", "what?", "an effect (F7), or --batch G3")
    answer = submit(home, order, who, start_engine=not args.no_engine)
    what = (
        f"{safe(slug)}/{safe(short)}" if args.batch is None else f"{len(answer['ids'])} of {safe(slug)}/{safe(short)}"
    )
    say(f"withdrawn {what}{_by(who)}")
    return 0


def undo(args: Namespace) -> int:
    """Take the last decision about an item back."""
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        slug, short = mission_of_id(reader, args.id, "attention.raised", "attention")
    answer = submit(home, taken_back({"id": f"{slug}/{short}", "mission": slug}), who, start_engine=not args.no_engine)
    say(f"taken back: it waits as {safe(slug)}/{safe(answer['ids'][0])}, with the same bytes{_by(who)}")
    return 0


def print_token(args: Namespace) -> int:
    """Print the decision token; only for a person's eyes."""
    home = home_of(args)
    if author(home, decides=True).scripted:
        raise SaysNoError("token", "is printed for a person only", "unset COCKPIT_DECISION_TOKEN")
    say(token(home))
    return 0


def _by(who: Author) -> str:
    return f", recorded as decided by {who.actor}" if who.scripted else ""
