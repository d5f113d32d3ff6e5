"""`cockpit forget`: erase a person from a ledger; what goes is listed first, then confirmed by its code."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections import Counter
from typing import TYPE_CHECKING

from cockpit.cli.authority import Author, ask, at_terminal, author
from cockpit.cli.desk import Json, home_of, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import code, columns, emit, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.erasing.found import Found

SHORTEST = 8
PATIENCE_S = 120.0
"""How long the engine may take: it looks through everything that is kept."""


def forget(args: Namespace) -> int:
    """Erase a person."""
    home = home_of(args)
    who = None if args.dry_run else author(home, decides=True)
    address = _address(args.address)
    with open_reader(home) as reader:
        found = look(reader, address)
    digest = digest_of(found)
    if args.json:
        emit({**public(found), "digest": digest})
    else:
        say(*shown(found, args.address, digest))
    if who is None:
        return 0
    if not args.json:
        say("")
    _confirm(args.yes, digest, who)
    content = address.encode("utf-8", "surrogatepass")
    sha = hashlib.sha256(content).hexdigest()
    order = Order(
        f"forget:{found.person}:{nonce()}", "forget", "home", {"person": found.person, "address": sha}, {sha: content}
    )
    answer = submit(home, order, who, start_engine=not args.no_engine, patience_s=PATIENCE_S)
    if not args.json:
        say(f"forgotten: {len(found.blobs)} contents erased; person {found.person[:12]} is never contacted again")
        say(*(safe(note) for note in answer["ids"][2:]))
    return 0


def _address(text: str) -> str:
    from engine.effects.addresses import AddressError, normalise_address, parse

    try:
        parse(text)
    except AddressError as error:
        raise BadInputError("PERSON", f"the address {error}", "give one bare address: name@example.org") from None
    return normalise_address(text)


def look(reader: Reader, address: str) -> Found:
    """What a ledger holds about a person; nothing is changed."""
    from cockpit.cli.receipt import events_of
    from engine.effects.addresses import person
    from engine.erasing.found import look as found
    from engine.erasing.found import theirs
    from engine.erasing.redact import pattern, quotes_of, words_of
    from engine.values import Sha256

    who, events = person(address), events_of(reader, None)
    replies = [reader.blob(sha) for sha in theirs(who, events)]
    words = (*words_of(address), *(quote for reply in replies if reply for quote in quotes_of(reply)))
    named = pattern(words)
    holding = [Sha256(sha) for (sha,) in reader.query("SELECT sha FROM blobs") if named.search(reader.blob(sha) or b"")]
    return found(who, words, events, holding, reader.blob)


def digest_of(found: Found) -> str:
    """What the confirmation is bound to: the person."""
    return hashlib.sha256(f"forget {found.person}".encode()).hexdigest()


def shown(found: Found, address: str, digest: str) -> list[str]:
    """What will be erased, stream by stream, and what cannot be."""
    lines = [f"forget {safe(address)} (person {found.person[:12]})", ""]
    for mission, parts in found.parts.items():
        counted = Counter((part.what.partition(" ")[0], part.instead is not None) for part in parts)
        names: dict[tuple[str, bool], list[str]] = {}
        for part in parts:
            names.setdefault((part.what.partition(" ")[0], part.instead is not None), []).append(part.what)
        rows = []
        for (kind, copied), count in counted.items():
            listed = list(dict.fromkeys(names[kind, copied]))
            more = f" and {len(listed) - 4} more" if len(listed) > 4 else ""
            then = "goes on as a copy without them" if copied else "erased"
            rows.append([str(count), safe(f"{', '.join(listed[:4])}{more}"), then])
        lines += [safe(mission), *columns(rows, right=(0,), indent="  ")]
    if not found.parts:
        lines.append("nothing that is kept names them")
    lines += ["", "what waits for them is withdrawn; they go on the do-not-contact list, as a hash"]
    if found.told:
        lines.append(f"{found.told} events name the address in somebody's words: events are never rewritten")
    if found.leaving:
        lines.append(
            f"being sent to them just now, so that it is refused until that has ended: {', '.join(found.leaving)}"
        )
    lines.append("backups, exports and receipts that were written elsewhere are yours to mend")
    return [*lines, "", f"code {code(digest)}"]


def public(found: Found) -> Json:
    """The same for programs."""
    return {
        "person": found.person,
        "erases": [
            {"mission": str(mission), "what": part.what, "blob": part.blob, "instead": part.instead}
            for mission, parts in found.parts.items()
            for part in parts
        ],
        "events_that_name_them": found.told,
        "being_sent": list(found.leaving),
    }


def _confirm(given: str | None, digest: str, who: Author) -> None:
    if given is not None:
        digits = given.replace(" ", "").lower()
        if len(digits) < SHORTEST or not digest.startswith(digits):
            raise SaysNoError(
                "forget", "that is not the code of this person", "cockpit forget PERSON --dry-run shows it"
            )
        return
    if not at_terminal() or who.scripted:
        raise BadInputError("forget", "it cannot be taken back", "--yes D, as cockpit forget PERSON --dry-run shows it")
    typed = ask(f"this cannot be taken back; type {digest[:4]} to erase it, anything else leaves it: ")
    if typed.lower() != digest[:4]:
        raise SaysNoError("forget", "nothing was erased", "ask again when you are sure")
