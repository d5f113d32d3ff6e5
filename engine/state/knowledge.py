"""What a mission knows and made: evidence, curated items, rules, artifacts.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ledger.bodies import RuleCheck
from engine.values import Ratio, Sha256

BRIEF = 160
"""Characters of an item in brief."""


@dataclass(slots=True)
class Evidence:
    """One measurement or message."""

    id: str
    metric: str
    branch: str
    source: str
    grade: str
    value: Ratio | str | None
    task: str
    attempt: str
    about: str
    person: str
    message: str
    blob: Sha256 | None
    key: str
    note: str
    at: int


@dataclass(slots=True)
class Item:
    """One piece of curated state. `status`: proposed, contested, active, suspect, superseded, retracted, expired."""

    id: str
    kind: str
    text: str
    branch: str
    task: str
    attempt: str
    origin: str
    trust: str
    privacy: str
    at: int
    status: str = "active"
    because: str = ""
    """Why it does not hold: a reason, or the id of what replaced it or fell under it."""
    evidence: tuple[str, ...] = ()
    """What a learning rests on."""
    source: str = ""
    """Where a learning stands in the home stream, when it was offered from there."""
    subject: str = ""
    value: str = ""
    scope: tuple[str, ...] = ()
    """Where it holds, as `role:writer` or `audience:founders`; empty: everywhere in its branch."""
    supports: tuple[tuple[str, ...], ...] = ()
    """What it rests on: justifications, of which one has to stand whole."""
    supersedes: tuple[str, ...] = ()
    holds_from: int = 0
    """Since when it is so; 0: since it was recorded."""
    expires: int = 0
    pin: bool = False
    brief: str = ""
    cause: str = ""
    """The item because of which it does not hold."""
    since: int = 0
    """Height of the event that brought it into its status; 0: as recorded."""
    height: int = 0
    order: int = 0
    upheld: bool = False
    """Whether a human said that it is so, whoever said it first."""

    @property
    def short(self) -> str:
        """It in at most 160 characters."""
        text = " ".join((self.brief or self.text).split())
        return text if len(text) <= BRIEF else text[: BRIEF - 1] + "…"


@dataclass(slots=True)
class Rule:
    """A standing constraint born from a rejection or written by a human, and how it has fared."""

    id: str
    text: str
    branch: str
    roles: tuple[str, ...]
    origin: str
    at: int
    tasks: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    strength: str = "must"
    check: RuleCheck = RuleCheck()
    downgraded: str = ""
    """Why no machine checks it although one was to."""
    rationale: str = ""
    rejected: Sha256 | None = None
    examples: tuple[Sha256, ...] = ()
    wide: bool = False
    """Whether it is meant for all missions."""
    source: str = ""
    """The rule that it stands for: in a mission one of the home stream, there one of a mission."""
    review_after: int = 0
    expires: int = 0
    supersedes: tuple[str, ...] = ()
    overrules: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    actor: str = ""
    retired: str = ""
    """Why it binds nobody any more; empty while it is in force."""
    exceptions: set[str] = field(default_factory=set)
    """Tasks that may do without it."""
    judged: set[str] = field(default_factory=set)
    """Effects that waited when it was made and were looked at since."""
    broken_by: set[str] = field(default_factory=set)
    """Those of them that break it."""
    broken_in: set[str] = field(default_factory=set)
    """Tasks whose last check found it broken."""
    checked: int = 0
    violated: int = 0
    fixed: int = 0
    overridden: int = 0
    quiet: int = 0
    """Checks since it was broken last."""

    def in_force(self, now: int) -> bool:
        """Whether it binds anybody at a moment."""
        return not self.retired and not (self.expires and now >= self.expires)

    @property
    def scope(self) -> str:
        """How far it reaches, in one word: `task`, `branch`, `mission` or `user`."""
        return "user" if self.wide or self.source else "task" if self.tasks else "branch" if self.branch else "mission"

    def exact(self) -> bool:
        """Whether a machine can check it."""
        return self.check.kind != "rubric"


@dataclass(slots=True)
class Artifact:
    """A file a worker made."""

    id: str
    name: str
    sha: Sha256
    bytes: int
    media: str
    task: str
    attempt: str
