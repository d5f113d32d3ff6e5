"""Who decides in the demo: the person at the terminal, or a fixed policy that says so."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from cockpit.cli.attention import seen, sheet
from cockpit.cli.authority import Author
from cockpit.cli.decide import question
from cockpit.cli.desk import Json
from cockpit.cli.exact import Seen
from cockpit.cli.inbox import Order
from cockpit.cli.orders import approval, confirmation, rejection, reply
from cockpit.cli.render import code, safe, say, state
from engine.errors import BadInputError
from engine.ledger.reader import Reader

FIXED = "accept: looks right to me"
"""What the policy says where there is nothing to choose from."""

MOST_TIMES = 3
"""The same question so often gets the last choice instead of the first."""


class Decision(NamedTuple):
    """What is done about an item; `order` None leaves it for later."""

    order: Order | None
    said: str


class Decider(Protocol):
    """Looks at one open item and decides."""

    who: Author

    def decide(self, reader: Reader, row: Json) -> Decision:
        """What to do about it."""


class Policy:
    """Approves everything shown, takes the first choice, and says so. Asked the same again, it changes its mind."""

    def __init__(self) -> None:
        self.who = Author("script:demo", scripted=True)
        self._asked: dict[tuple[str, str], int] = {}

    def decide(self, reader: Reader, row: Json) -> Decision:
        """What the policy does."""
        if row["kind"] == "approve":
            effects = seen(reader, row)
            say(*sheet(reader, row, effects, set(), most=1), "")
            return Decision(approval(row, []), f"approves all {len(effects)} ({code(row['digest'])})")
        again = (row["mission"], re.sub(r"[0-9]+", "", row["title"]))
        self._asked[again] = self._asked.get(again, 0) + 1
        listed = list(row.get("choices") or [])
        text = listed[0 if self._asked[again] < MOST_TIMES else -1] if listed else FIXED
        return Decision(reply(row, text), f'answers "{safe(text)}"')


class Person:
    """Asks whoever sits at the terminal."""

    def __init__(self, who: Author) -> None:
        self.who = who

    def decide(self, reader: Reader, row: Json) -> Decision:
        """What the person wants."""
        return self._approve(reader, row) if row["kind"] == "approve" else self._answer(row)

    def _approve(self, reader: Reader, row: Json) -> Decision:
        effects = seen(reader, row)
        wanted = confirmation(row["digest"], [])
        most: int | None = 1
        while True:
            say("", *sheet(reader, row, effects, set(), most=most), "")
            more = ", Enter to see all of them" if most and len(effects) > 1 else ", Enter for later"
            typed = _input(f"type {wanted} to approve {_count(effects)}, r REASON to reject{more}: ")
            if typed.lower() == wanted:
                return Decision(approval(row, []), f"approves {_count(effects)}")
            if typed[:2].lower() == "r " and typed[2:].strip():
                return Decision(rejection(row, typed[2:].strip()), f"rejects: {safe(typed[2:].strip())}")
            if not typed and most and len(effects) > 1:
                most = None
            elif not typed:
                return Decision(None, "leaves it for later")
            else:
                say(f"that is neither {wanted} nor r REASON")

    def _answer(self, row: Json) -> Decision:
        say("", f"{state('needs you')}: {safe(row['id'])} {safe(row['kind'])}", *question(row), "")
        while True:
            typed = _input("your answer (a number, or a text; Enter for later): ")
            if not typed:
                return Decision(None, "leaves it for later")
            try:
                return Decision(reply(row, typed), f'answers "{safe(typed)}"')
            except BadInputError as error:
                say(safe(str(error)))


def _count(effects: list[Seen]) -> str:
    return "it" if len(effects) == 1 else f"all {len(effects)}"


def _input(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""
