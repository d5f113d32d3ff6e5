"""`cockpit demo`: three missions at work in a throw-away home, told line by line, ending in verified receipts."""

from __future__ import annotations

import os
import signal
import time
from argparse import Namespace

from cockpit.cli.authority import Author, at_terminal, author
from cockpit.cli.desk import Json, mission_now
from cockpit.cli.inbox import Order, submit
from cockpit.cli.missions import say_now
from cockpit.cli.render import mark, safe, say
from cockpit.demo.close import ending, mails, receipts
from cockpit.demo.desk import Decider, Person, Policy
from cockpit.demo.stage import PLAYS, EngineProcess, make_home, start_missions, write_contracts
from cockpit.demo.teller import Teller
from engine.errors import EngineUnavailableError, SaysNoError
from engine.home import Home
from engine.ledger.reader import Reader

LIMIT_S = 600.0
"""The demo ends after this time, that for which it waits for a person not counted."""
BEAT_S = 0.3
"""How long events are gathered before they are told."""
LATER_S = 30.0
"""When an item that a person left for later is shown again."""
LONG_MS = 10 * 60_000
"""A window longer than this is not waited for."""
QUIET_S = 3.0
OVER = ("finished", "stopped")


def run(args: Namespace) -> int:
    """The whole demo; 0 when every mission came to rest and every receipt verifies."""
    scripted = args.script or not at_terminal()
    home = make_home(args.home)
    who = author(home)
    if not scripted and not args.plain and os.environ.get("TERM", "") not in {"", "dumb"}:
        return _screens(home, who)
    decider: Decider = Policy() if scripted else Person(who)
    _introduce(home, asked=not scripted, forced=scripted and not args.script)
    engine = EngineProcess(home)
    # A closed window and a polite end are Ctrl-C too: the demo's engine ends with its window.
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        plays = start_missions(home, write_contracts(home), decider.who)
        show = _Show(home, engine, decider, list(plays))
        try:
            show.run()
            return _close(home, show.reader, list(plays))
        finally:
            show.reader.close()
    except KeyboardInterrupt:
        say(
            "",
            f"ended by you; nothing is lost: cockpit --home {home.root} ls, cockpit --home {home.root} engine goes on",
        )
        return 130
    finally:
        engine.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def _screens(home: Home, who: Author) -> int:
    """The demo on the screens: its engine and its missions begin once the first picture is there."""
    from cockpit.cli.screens import show

    engines: list[EngineProcess] = []

    def begin() -> None:
        engines.append(EngineProcess(home))
        start_missions(home, write_contracts(home), who)

    try:
        code = show(home, who, start=begin)
    finally:
        for engine in engines:
            engine.end()
    say(f"The demo's engine has ended with its window. Everything is in {home.root}:")
    say(f"cockpit --home {home.root} opens it again and goes on; rm -r {home.root} removes it.")
    return code


def _introduce(home: Home, *, asked: bool, forced: bool) -> None:
    person = "You are asked when a mission needs you; a mail leaves only if you approve its exact bytes."
    policy = "Nobody is asked: a policy approves what is shown and takes the first choice, recorded as script:demo."
    say(
        "This is Mission Cockpit: you steer AI work by mission, a contract with limits, instead of by chat.",
        f"Three missions now run side by side under one engine, in a throw-away home: {home.root}",
        *(f"  {'REHEARSED' if play.rehearse else 'REAL     '}  {play.template}: {play.about}" for play in PLAYS),
        "Every line below is an event of the ledger. No model is called, rehearsed money is made up, nothing is sent.",
        person if asked else policy,
        *(["(Input is no terminal, so this is --script.)"] if forced else []),
        "",
    )
    say_now()


class _Show:
    """The front end of the demo: tells events, puts questions, knows when everything rests."""

    def __init__(self, home: Home, engine: EngineProcess, decider: Decider, slugs: list[str]) -> None:
        self._home, self._engine, self._decider, self._slugs = home, engine, decider, slugs
        self.reader = Reader.open(home.ledger)
        self._teller = Teller()
        self._after = 0
        self._later: dict[str, float] = {}
        self._waited = 0.0

    def run(self) -> None:
        """Until every mission rests. Raises `SaysNoError` at the time limit, `EngineUnavailableError` alone."""
        begun = quiet = time.monotonic()
        while True:
            moved = self._tell()
            moved |= self._decide()
            quiet = time.monotonic() if moved else quiet
            if self._rest(time.monotonic() - quiet):
                self._tell()
                return
            if not self._engine.alive:
                raise EngineUnavailableError("demo", "the engine ended", f"{self._home.log} says why")
            if time.monotonic() - begun - self._waited > LIMIT_S:
                unfinished = ", ".join(slug for slug, card in self._cards().items() if card["state"] not in OVER)
                what = f"{unfinished} did not come to rest within {LIMIT_S / 60:.0f} minutes"
                raise SaysNoError("demo", what, f"cockpit --home {self._home.root} ls")
            time.sleep(BEAT_S)

    def _tell(self) -> bool:
        events = list(self.reader.events(after=self._after))
        if events:
            self._after = events[-1]["seq"]
            say(*self._teller.lines(events))
            say_now()
        return bool(events)

    def _decide(self) -> bool:
        moved = False
        rows = sorted(self.reader.views("attention"), key=lambda row: (-row["rank"], row["raised_at"], row["id"]))
        for row in rows:
            if self._later.get(row["id"], 0.0) > time.monotonic():
                continue
            moved |= self._tell()
            before = time.monotonic()
            decision = self._decider.decide(self.reader, row)
            if not self._decider.who.scripted:
                self._waited += time.monotonic() - before
            say(f"          {safe(self._decider.who.actor)} {decision.said}: {safe(row['id'])}")
            self._later[row["id"]] = time.monotonic() + LATER_S
            if decision.order is not None:
                moved |= self._submit(decision.order, row["id"])
            say_now()
        return moved

    def _submit(self, order: Order, item: str) -> bool:
        self.reader.close()  # one connection at a time: the inbox opens its own
        try:
            submit(self._home, order, self._decider.who, start_engine=False)
        except SaysNoError as error:
            say(f"{mark('!')} {safe(str(error))}")
            self._later[item] = time.monotonic() + BEAT_S
            return False
        finally:
            self.reader = Reader.open(self._home.ledger)
        return True

    def _cards(self) -> dict[str, Json]:
        return {card["id"]: card for card in self.reader.views("card") if card["id"] in self._slugs}

    def _rest(self, quiet_s: float) -> bool:
        cards = self._cards()
        return len(cards) == len(self._slugs) and all(self._rests(card, quiet_s) for card in cards.values())

    def _rests(self, card: Json, quiet_s: float) -> bool:
        if card["state"] in OVER:
            return True
        wake = card.get("next_wake") or 0
        long = wake - mission_now(self.reader, card["id"]) > LONG_MS
        return card["phase"] == "waiting" and not card["rehearsed"] and long and quiet_s > QUIET_S


def _close(home: Home, reader: Reader, slugs: list[str]) -> int:
    say("", "how it ended")
    cards = {card["id"]: card for card in reader.views("card")}
    say(*(f"  {ending(cards[slug])}" for slug in slugs), "", "receipts")
    good = True
    for line, ok in receipts(home, reader, slugs):
        say(f"  {line}")
        good &= ok
    say("", *mails(home), "")
    say(f"Look around: cockpit --home {home.root} ls | show {slugs[0]} | log {slugs[0]} | spend | why {slugs[0]}/T1")
    say(f"It is yours to remove: rm -r {home.root}")
    return 0 if good else 1
