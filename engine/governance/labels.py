"""What a context carries: whether its text can be trusted, and how private it is. Pure.

A label is the join over everything that an attempt was told and everything that its tools brought back; it never falls.
Sources and private items are kept by name, so that a question to a human can say what steers and what could leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from engine.values import Value

Integrity = Literal["trusted", "untrusted"]
Secrecy = Literal["public", "private", "secret"]

NAMED = 40
"""So many names a label keeps of each sort: the first in their order, so that joining in any order gives the same."""
_SECRECY: tuple[Secrecy, ...] = ("public", "private", "secret")


class Label(Value):
    """Integrity and confidentiality of a context. `steered_by`: its untrusted sources. `holds`: its private items."""

    integrity: Integrity = "trusted"
    secrecy: Secrecy = "public"
    steered_by: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()

    @property
    def untrusted(self) -> bool:
        """Whether somebody outside may have written a part of it."""
        return self.integrity == "untrusted"

    def __or__(self, other: Label) -> Label:
        """The join: never lower than either."""
        return Label(
            integrity="untrusted" if self.untrusted or other.untrusted else "trusted",
            secrecy=_SECRECY[max(_SECRECY.index(self.secrecy), _SECRECY.index(other.secrecy))],
            steered_by=_names(self.steered_by, other.steered_by),
            holds=_names(self.holds, other.holds),
        )

    def __le__(self, other: Label) -> bool:
        """Whether this one is nowhere worse than the other."""
        lower = _SECRECY.index(self.secrecy) <= _SECRECY.index(other.secrecy)
        return lower and (other.untrusted or not self.untrusted)

    def short(self) -> str:
        """`untrusted, private`."""
        return f"{self.integrity}, {self.secrecy}"


WORST = Label(integrity="untrusted", secrecy="private")
"""What a context is taken for of which nothing is known."""


def _names(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other})[:NAMED])


def join(labels: Iterable[Label]) -> Label:
    """The label of everything together; of nothing: trusted and public."""
    found = Label()
    for label in labels:
        found |= label
    return found


def labelled(name: str, *, trusted: bool, secrecy: Secrecy) -> Label:
    """The label of one thing by its name."""
    return Label(
        integrity="trusted" if trusted else "untrusted",
        secrecy=secrecy,
        steered_by=() if trusted else (name[:200],),
        holds=() if secrecy == "public" else (name[:200],),
    )


def brought_back(tool: str, source: str, secrecy: Secrecy = "public") -> Label:
    """What a tool's result adds: untrusted, and as private as its grant says."""
    return labelled(f"{tool}: {source}" if source else tool, trusted=False, secrecy=secrecy)
