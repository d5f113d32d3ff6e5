"""Bodies of events about what stands beyond one task: rules that humans made, and learnings that workers proposed.

The same kinds stand in a mission and in the home stream, where the rules and learnings of all missions are kept.
"""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Ms
from engine.values import BlobRef, Sha256, Value


class RuleCheck(Value):
    """How it is found out whether a text obeys a rule. `rubric`: not by a machine, a reviewer is asked.

    `regex` and `lexicon` forbid what they name, or with `wants` ask for it; `length` counts words; `schema` is a JSON
    Schema as text; `citation` asks that every figure stands beside the id of some evidence.
    """

    kind: Literal["rubric", "regex", "lexicon", "length", "schema", "citation"] = "rubric"
    pattern: str = ""
    """An RE2 pattern, or the text of a JSON Schema."""
    words: tuple[str, ...] = ()
    wants: bool = False
    most: int = 0
    """At most so many words; 0: no such limit."""
    least: int = 0


class RuleAdopted(Body):
    """A standing constraint, in force from now on for what its scope names. Only humans make rules."""

    KIND = "rule.adopted"
    rule: str
    text: str
    branch: str = ""
    roles: tuple[str, ...] = ()
    origin: str = ""
    """The decision it was born from."""
    tasks: tuple[str, ...] = ()
    """The tasks that it binds; empty: every task of its branch and roles."""
    verbs: tuple[str, ...] = ()
    """It binds what is proposed with these verbs; empty: all work."""
    strength: Literal["must", "should"] = "must"
    """`must` sends a draft back; `should` is told, checked and shown."""
    check: RuleCheck = RuleCheck()
    downgraded: str = ""
    """Why a check that was wanted is not used; empty when it is, or when none was wanted."""
    rationale: str = ""
    rejected: Sha256 | None = None
    """Digest of what was rejected."""
    examples: tuple[BlobRef, ...] = ()
    """The rejected texts, as blobs: whatever replaces this rule must fail on them too."""
    wide: bool = False
    """Whether it is meant for all missions of this user: the home stream then keeps it."""
    source: str = ""
    """In a mission, the rule of the home stream that it stands for; there, the one it was made as: `gtm/R5`."""
    review_after: int = 0
    """So many checks without a violation suggest to retire it; 0: the usual number."""
    expires: Ms = 0
    """From then on it binds nobody; 0: it does not expire."""
    supersedes: tuple[str, ...] = ()
    overrules: tuple[str, ...] = ()
    """Rules that say the opposite and yield to it where both would bind."""
    yields_to: tuple[str, ...] = ()
    """Rules that say the opposite and to which it yields."""


class RuleRetired(Body):
    """A rule binds nobody any more."""

    KIND = "rule.retired"
    rule: str
    because: str


class RuleExcepted(Body):
    """A human lets one task do without a rule."""

    KIND = "rule.excepted"
    rule: str
    task: str
    because: str


class RuleJudged(Body):
    """What waited for a human when a rule was made is checked by it, too."""

    KIND = "rule.judged"
    rule: str
    effects: tuple[str, ...]
    """Effects that were looked at."""
    broken: tuple[str, ...] = ()
    """Those of them that break it."""


class LearningRecorded(Body):
    KIND = "learning.recorded"
    learning: str
    text: str
    branch: str
    evidence: tuple[str, ...] = ()
    status: Literal["active", "proposed"] = "active"
    """`proposed`: a worker said it, and no human has vouched for it yet; it is told to nobody."""
    task: str = ""
    attempt: str = ""
    source: str = ""
    """In a mission, the learning of the home stream that it was offered from; there, the one it was: `gtm/L2`."""
    score: int = 0
    """How well it fits what the mission is about, where it was offered."""


class LearningPromoted(Body):
    """A human vouches for a learning: it is told to workers, and offered to later missions."""

    KIND = "learning.promoted"
    learning: str
    because: str = ""


class LearningDismissed(Body):
    """A human says that a learning is none."""

    KIND = "learning.dismissed"
    learning: str
    because: str = ""
