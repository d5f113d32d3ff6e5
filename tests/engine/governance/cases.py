"""Every combination of what a verdict about a tool depends on, and what it must be, said once more and otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from engine.governance.arguments import Bound
from engine.governance.labels import Integrity, Label, Secrecy
from engine.governance.policy import Call, Reach, Right, Standing, Verdict

SCHEMA = {
    "type": "object",
    "properties": {"url": {"type": "string"}, "depth": {"type": "integer"}},
    "required": ["url"],
}
ARGUMENTS: dict[str, object] = {
    "near": {"url": "https://docs.example.org/a"},
    "away": {"url": "https://elsewhere.example.net/?q=1"},
    "extra": {"url": "https://docs.example.org/a", "note": "x"},
    "missing": {},
    "not a number": {"url": "https://docs.example.org/a", "depth": math.nan},
    "too long": {"url": "https://docs.example.org/" + "a" * 300},
}
FITTING = frozenset({"near", "away"})
VERBS: tuple[frozenset[str], ...] = tuple(
    frozenset(verbs) for verbs in ((), ("research",), ("send",), ("delete",), ("build",), ("research", "send"))
)
ALLOWED, RESTRICTED = frozenset({"research"}), frozenset({"send", "delete"})
GRANTED = (frozenset({"docs.example.org"}), frozenset({"*.example.org"}))
OUTWARD = frozenset({"send", "publish", "spend", "contact", "deploy", "merge", "delete"})
OBSTACLES = ("none", "down", "paused", "broke", "worn out")
SECRECY: tuple[Secrecy, ...] = get_args(Secrecy)
INTEGRITY: tuple[Integrity, ...] = get_args(Integrity)
Stance = Literal["allow", "ask", "deny"]


@dataclass(frozen=True)
class Case:
    """One combination."""

    granted: bool
    stance: Stance
    verbs: frozenset[str]
    reach: Reach
    hosts: frozenset[str]
    pin: str
    arguments: str
    integrity: Integrity
    secrecy: Secrecy
    obstacle: str

    @property
    def label(self) -> Label:
        """The label of its context."""
        return Label(integrity=self.integrity, secrecy=self.secrecy, steered_by=("page",), holds=("leads",))

    def asked(self) -> tuple[Call, list[Right], Label, Standing]:
        """What `judge` is given."""
        call = Call(("writer",), "browser", "fetch", ARGUMENTS[self.arguments], SCHEMA, "p1")
        right = Right(
            role="writer" if self.granted else "reviewer",
            tool="browser",
            stance=self.stance,
            verbs=self.verbs,
            pins={"fetch": self.pin} if self.pin else {},
            bounds={"*": {"url": Bound(max_length=100)}},
            hosts=self.hosts,
            reach=self.reach,
            max_calls=5,
        )
        standing = Standing(
            up=self.obstacle != "down",
            running=self.obstacle != "paused",
            reservable=self.obstacle != "broke",
            made=5 if self.obstacle == "worn out" else 4,
            allowed=ALLOWED,
            restricted=RESTRICTED,
            outward=OUTWARD,
        )
        return call, [right], self.label, standing

    def expected(self) -> Verdict:
        """What the table says of it."""
        acts = not self.verbs or bool(self.verbs & OUTWARD)
        leaves = acts or self.reach == "hosts" or (self.reach == "open" and self.hosts != {"local"})
        near = self.arguments != "away" and self.hosts in GRANTED and "url" in self._given()
        denied = (
            not self.granted
            or self.stance == "deny"
            or self.pin != "p1"
            or self.arguments not in FITTING
            or self.obstacle != "none"
            or bool(self.verbs - ALLOWED - RESTRICTED)
            or (leaves and self.secrecy == "secret")
        )
        asks = (
            self.stance == "ask"
            or not self.verbs
            or bool(self.verbs & RESTRICTED)
            or (acts and self.integrity == "untrusted")
            or (leaves and self.secrecy == "private" and not near)
        )
        return Verdict.DENY if denied else Verdict.ASK if asks else Verdict.ALLOW

    def _given(self) -> dict[str, object]:
        found = ARGUMENTS[self.arguments]
        return found if isinstance(found, dict) else {}


def every(*, wide: bool = False) -> Iterator[Case]:
    """All combinations; `wide` also those of two obstacles' worth of pins and arguments."""
    arguments = tuple(ARGUMENTS) if wide else ("near", "away", "extra")
    pins = ("p1", "p2", "") if wide else ("p1", "p2")
    hosts = (*(GRANTED if wide else GRANTED[:1]), frozenset({"local"}), frozenset[str]())
    for values in product(
        (True, False) if wide else (True,),
        get_args(Stance),
        VERBS,
        get_args(Reach),
        hosts,
        pins,
        arguments,
        INTEGRITY,
        SECRECY,
        OBSTACLES,
    ):
        yield Case(*values)
