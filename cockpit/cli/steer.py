"""Steering missions: `start pause resume stop keep prune suppress unsuppress`."""

from __future__ import annotations

import hashlib
import time
from argparse import Namespace
from pathlib import Path

from cockpit.cli.authority import Author, ask, at_terminal, author
from cockpit.cli.desk import Json, branch_of, card_of, home_of, mission_now, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.missions import POLL_S, head, public, say_now
from cockpit.cli.render import emit, safe, say
from engine.errors import BadInputError, EngineUnavailableError
from engine.home import Home
from engine.ledger.reader import Reader

BEGIN_S = 1.0
"""So long a new mission may be between its first event and its first task at work."""
REST_S = 2.0
"""How long nothing may happen before a waiting mission counts as resting."""


def start(args: Namespace) -> int:
    """Create the mission of a contract and run it."""
    home = home_of(args)
    who = author(home)
    if not 0 <= args.seed <= 2**53 - 1:
        raise BadInputError("--seed", f"{args.seed} is out of range", "give a number from 0 to 9007199254740991")
    if at_terminal() and not (args.rehearse or args.json or args.no_forecast) and not _forecast(home, Path(args.file)):
        say("nothing was started")
        return 0
    slug = begin(home, Path(args.file), who, rehearse=args.rehearse, seed=args.seed, start_engine=not args.no_engine)
    with open_reader(home) as reader:
        card = _card(reader, slug)
        if not args.json:
            say(*head(card, mission_now(reader, slug)), "")
        if args.wait:
            card = _follow(reader, slug, quiet=args.json)
        if args.json:
            emit(public(card))
        else:
            say(_advice(card))
    return 1 if args.wait and card["state"] == "stopped" else 0


def _forecast(home: Home, file: Path) -> bool:
    """Tell in one line how it may go, and ask whether it is to begin."""
    from cockpit.cli.rehearse import brief

    say(f"forecast  {brief(home, file)}", f"          cockpit rehearse {safe(file)} says more")
    return ask("start it? [Y/n] ").casefold() in {"", "y", "yes"}


def begin(home: Home, file: Path, who: Author, *, rehearse: bool, seed: int = 0, start_engine: bool = True) -> str:
    """Check a contract, hand it over with its inputs, and return the new mission's slug.

    Raises `BadInputError` for a file that is no contract at all, `SaysNoError` with every error of the contract, one
    per line, and what `submit` raises.
    """
    from cockpit.cli.gather import gather

    given = gather(home, file, complain=_complain)
    body = {
        "source": hashlib.sha256(given.source).hexdigest(),
        "name": file.name,
        "inputs": given.inputs,
        "files": given.files,
        "rehearse": rehearse,
        "seed": seed,
        "zone": given.zone,
    }
    order = Order(f"start:{body['source']}:{nonce()}", "start", "home", body)
    answer = submit(home, order, who, blobs=given.blobs, start_engine=start_engine)
    return str(answer["ids"][0])


def _complain(line: str) -> None:
    import sys

    say(safe(line), file=sys.stderr)


def _card(reader: Reader, slug: str) -> Json:
    """A new mission's card, when it is under way; the engine writes it in the commit of its answer. A mission that
    waits from its first moment on is given a second to do something.
    """
    began, card = time.monotonic(), None
    while time.monotonic() - began < (5 if card is None else BEGIN_S):
        for card in reader.views("card", slug):
            if card["phase"] != "waiting":
                return card
        time.sleep(POLL_S)
    if card is None:
        raise EngineUnavailableError(slug, "was created, but its card is not there", "cockpit doctor")
    return card


def _follow(reader: Reader, slug: str, *, quiet: bool) -> Json:
    """Tell a mission until it rests; its card then."""
    from cockpit.cli.story import Names, tell

    names, after, since = Names(), 0, time.monotonic()
    while True:
        version = reader.data_version()
        for event in reader.events(slug, after):
            after, since = event["seq"], time.monotonic()
            names.learn(event)
            if not quiet and (line := tell(event, names)):
                say(line)
                say_now()
        card = card_of(reader, slug)
        if rests(reader, card, time.monotonic() - since):
            return card
        while reader.data_version() == version and not rests(reader, card, time.monotonic() - since):
            time.sleep(POLL_S)


def rests(reader: Reader, card: Json, quiet_s: float) -> bool:
    """Whether nothing more happens to a mission by itself: it is over, asks a human, is paused, or waits for a window.

    A rehearsed mission's clock jumps over its windows, so that only an idle engine makes its waiting a rest.
    """
    if card["state"] in ("finished", "stopped"):
        return True
    lease = reader.lease()
    if not lease or not lease["alive"]:
        return quiet_s > REST_S
    if card["phase"] in ("needs you", "paused"):
        return quiet_s > REST_S / 4
    return card["phase"] == "waiting" and quiet_s > REST_S and (not card["rehearsed"] or lease["idle"])


def _advice(card: Json) -> str:
    slug = safe(card["id"])
    match card["phase"]:
        case "finished" | "stopped":
            why = f": {safe(card['because'])}" if card.get("because") else ""
            return f"{card['state']}{why}; cockpit receipt {slug}"
        case "needs you":
            return "it needs you: cockpit attention"
        case "waiting":
            return f"it waits for a window; the engine goes on by itself: cockpit log {slug} --follow"
        case _:
            return f"it is under way: cockpit log {slug} --follow"


def pause(args: Namespace) -> int:
    """Start nothing new in a mission."""
    return _status(args, "pause", "paused")


def resume(args: Namespace) -> int:
    """Go on with a paused mission."""
    return _status(args, "resume", "resumed")


def stop(args: Namespace) -> int:
    """End a mission."""
    return _status(args, "stop", "stopped")


def _status(args: Namespace, verb: str, word: str) -> int:
    home = home_of(args)
    who = author(home)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
    order = Order(f"{verb}:{args.mission}:{nonce()}", verb, args.mission, {"because": args.because})
    submit(home, order, who, start_engine=not args.no_engine)
    say(f"{word} {safe(args.mission)}")
    return 0


def keep(args: Namespace) -> int:
    """Keep a branch."""
    return _judge(args, "keep", "kept")


def prune(args: Namespace) -> int:
    """Prune a branch."""
    return _judge(args, "prune", "pruned")


def _judge(args: Namespace, verb: str, word: str) -> int:
    home = home_of(args)
    who = author(home, decides=True)
    with open_reader(home) as reader:
        card_of(reader, args.mission)
        branch = branch_of(reader, args.mission, args.branch)
    short = str(branch["id"]).rpartition("/")[2]
    body = {"branch": short, "because": args.because}
    submit(
        home, Order(f"{verb}:{branch['id']}:{nonce()}", verb, args.mission, body), who, start_engine=not args.no_engine
    )
    say(f"{word} {safe(branch['id'])} {safe(branch.get('key', ''))}")
    return 0


def suppress(args: Namespace) -> int:
    """Never contact an address again."""
    from engine.effects.addresses import normalise_address, person

    home = home_of(args)
    who = author(home)
    _address(args.address)
    content = normalise_address(args.address).encode("utf-8", "surrogatepass")
    sha = hashlib.sha256(content).hexdigest()
    who_hash = person(args.address)
    body = {"person": who_hash, "address": sha, "because": args.because}
    order = Order(f"suppress:{who_hash}:{nonce()}", "suppress", "home", body)
    submit(home, order, who, blobs={sha: content}, start_engine=not args.no_engine)
    say(f"{safe(args.address)} is never contacted again, in any mission (person {who_hash[:12]})")
    return 0


def unsuppress(args: Namespace) -> int:
    """Allow contact with an address again; only a human does that."""
    from engine.effects.addresses import person

    home = home_of(args)
    who = author(home, decides=True)
    _address(args.address)
    who_hash = person(args.address)
    body = {"person": who_hash, "because": args.because}
    submit(home, Order(f"restore:{who_hash}:{nonce()}", "restore", "home", body), who, start_engine=not args.no_engine)
    say(f"{safe(args.address)} may be contacted again")
    return 0


def _address(text: str) -> None:
    from engine.effects.addresses import AddressError, parse

    try:
        parse(text)
    except AddressError as error:
        raise BadInputError("ADDRESS", f"the address {error}", "give one bare address: name@example.org") from None
