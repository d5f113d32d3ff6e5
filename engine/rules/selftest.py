"""A drafted check is proved before it is used: it must fail on what was rejected, and pass what was approved. Pure.

What does not pass becomes a rubric and says why: a check that lets the rejected text through guards nothing, and one
that fails on approved work stops work that is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.ledger.bodies import RuleCheck
from engine.rules.check import breach, fault, said
from engine.rules.draft import Draft

APPROVED = 20
"""So many approved texts, the newest, a check must pass."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A rule with the check that it will have, and what was found out about it."""

    text: str
    check: RuleCheck
    downgraded: str = ""
    """Why no machine will check it although one was to; empty when one does, or none was to."""
    caught: int = 0
    rejected: int = 0
    passed: int = 0
    approved: int = 0

    @property
    def exact(self) -> bool:
        """Whether a machine will check it."""
        return self.check.kind != "rubric"

    def line(self) -> str:
        """The result as people read it: `fails on the rejected text, passes 12 of 12 approved`."""
        if not self.exact:
            return f"not machine-checkable{f': {self.downgraded}' if self.downgraded else ''}; reviewers are asked"
        parts = []
        if self.rejected:
            parts.append(f"fails on {_of(self.caught, self.rejected)} rejected")
        parts.append(f"passes {self.passed} of {self.approved} approved" if self.approved else "nothing approved yet")
        return ", ".join(parts)


def _of(count: int, of: int) -> str:
    return "the one text" if of == 1 else f"{count} of {of} texts"


def prove(made: Draft, rejected: Sequence[str], approved: Sequence[str], evidence: Collection[str] = ()) -> Proof:
    """The rule as it may be used. Without a rejected text (a rule written by hand) only the approved ones speak."""
    check, last = made.check, list(approved)[-APPROVED:]
    if check.kind == "rubric":
        return Proof(made.text, check, made.why, 0, len(rejected), 0, len(last))
    if wrong := fault(check):
        return Proof(made.text, RuleCheck(), wrong, 0, len(rejected), 0, len(last))
    caught = sum(breach(check, text, evidence) is not None for text in rejected)
    passed = sum(breach(check, text, evidence) is None for text in last)
    why = ""
    if rejected and not caught:
        why = f"“{said(check)}” lets the rejected text through"
    elif passed < len(last):
        why = f"“{said(check)}” fails on {len(last) - passed} of {len(last)} approved texts"
    return Proof(made.text, RuleCheck() if why else check, why, caught, len(rejected), passed, len(last))
