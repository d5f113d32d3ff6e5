"""The commands that a mission's screen gives: those of `cockpit keep | prune | pause | resume | stop`."""

from __future__ import annotations

from typing import Literal

from cockpit.cli.inbox import Order, nonce
from engine.views.models import BranchRow, Card

Judging = Literal["keep", "prune"]
Status = Literal["pause", "resume", "stop"]
WORDS = {"keep": "kept", "prune": "pruned", "pause": "paused", "resume": "resumed", "stop": "stopped"}
"""What a command has done when it is through."""
OVER = frozenset({"finished", "stopped"})


def judged(verb: Judging, branch: BranchRow, because: str) -> Order:
    """Keep or prune a branch."""
    body = {"branch": branch.id.rpartition("/")[2], "because": because}
    return Order(f"{verb}:{branch.id}:{nonce()}", verb, branch.mission, body)


def status(verb: Status, mission: str, because: str = "") -> Order:
    """Pause, resume or stop a mission."""
    return Order(f"{verb}:{mission}:{nonce()}", verb, mission, {"because": because})


RULES = {"retire": "retired", "promote": "promoted", "dismiss": "dismissed"}
"""What becomes of a rule or a learning, and how it is called then."""


def ruled(verb: str, item: str, because: str) -> Order:
    """Retire a rule, promote or dismiss a learning."""
    slug, _, short = item.partition("/")
    return Order(f"{verb}:{item}:{nonce()}", verb, slug, {"id": short, "because": because})


def pausing(card: Card) -> Status | None:
    """What `p` does to a mission; None when it can be neither paused nor resumed."""
    if card.state == "paused":
        return "resume"
    return "pause" if card.state == "active" else None


def judgeable(branch: BranchRow, card: Card) -> str:
    """Why a branch cannot be judged by hand; empty when it can."""
    if card.state in OVER:
        return f"the mission is {card.state}"
    if not branch.parent:
        return f"{branch.key} carries the others; stop the mission instead"
    return "" if branch.state in {"open", "waiting"} else f"{branch.key} is {branch.state} already"
