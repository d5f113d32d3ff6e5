"""The state of one mission, as its events tell it. Everything here is derived; only `engine.state.fold` changes it.

Ids are short (`T12`); front ends put the mission's slug before them. Times are mission time, milliseconds UTC; money is
micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.contract.model import Contract, Criterion
from engine.ledger.bodies import InputRef, VerdictGiven
from engine.values import MissionId, Ratio, Sha256, Tokens

OVER = frozenset({"finished", "stopped"})
"""Mission states from which nothing follows."""
FINAL_TASK = frozenset({"accepted", "failed", "cancelled"})
LIVE_ATTEMPT = frozenset({"dispatched", "parked"})
OPEN_EFFECT = frozenset({"awaiting", "approved", "attempting", "in_doubt", "expired"})
"""Effects about which something is still to happen."""
ALIVE_BRANCH = frozenset({"open", "waiting", "parked"})


@dataclass(slots=True)
class Branch:
    """One experiment; `main` is the root and is never judged."""

    id: str
    key: str
    parent: str
    hypothesis: str
    budget: int | None
    params: dict[str, str]
    opened_at: int
    state: str = "open"
    because: str = ""
    clause: str = ""
    until: int = 0
    windows: int = 0
    released: int = 0
    spent: int = 0
    reserved: int = 0
    judged_at: int = 0
    """Height of the last event that the branch's rules have seen."""


@dataclass(slots=True)
class Task:
    """A node of the work graph. `state`: open, running, verifying, accepted, failed, cancelled."""

    id: str
    key: str
    branch: str
    kind: str
    title: str
    role: str
    verb: str
    needs: tuple[str, ...]
    context: tuple[str, ...]
    proposes: tuple[str, ...]
    produces: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    budget: int
    allowed: int
    verify: tuple[str, ...]
    reviewer: str
    fallback: str
    params: dict[str, str]
    subject: str
    metric: str
    state: str = "open"
    because: str = ""
    attempts: list[str] = field(default_factory=list)
    accepted: str = ""
    spent: int = 0
    reserved: int = 0
    fallen_back: bool = False


@dataclass(slots=True)
class Attempt:
    """One run of a task. `state`: dispatched, parked, delivered, failed, lost, cancelled."""

    id: str
    task: str
    role: str
    worker: str
    model: str
    family: str
    at: int
    epoch: int
    timeout: int
    state: str = "dispatched"
    reserved: int = 0
    spent: int = 0
    settled: bool = False
    tokens: Tokens = Tokens()
    latency: int = 0
    ended_at: int = 0
    because: str = ""
    retryable: bool = True
    package: Sha256 | None = None
    manifest: Sha256 | None = None
    package_tokens: int = 0
    route: dict[str, Any] = field(default_factory=dict)
    handoff: Sha256 | None = None
    summary: str = ""
    proposals: int = 0
    proposed: int = 0
    question: str = ""
    verdicts: list[VerdictGiven] = field(default_factory=list)
    superseded: bool = False


@dataclass(slots=True)
class Effect:
    """One canonical outward action and where it stands."""

    id: str
    batch: str
    verb: str
    connector: str
    digest: Sha256
    content: Sha256
    body: Sha256
    branch: str
    task: str
    attempt: str
    persons: tuple[str, ...]
    message_id: str
    source: str
    fields: tuple[str, ...]
    clauses: Sha256
    expires: int
    template: str
    proposed_at: int
    state: str = "awaiting"
    approval: str = ""
    """Digest that a human approved; empty again once it was used up or has died."""
    attention: str = ""
    """The attention item whose decision approved it."""
    not_before: int = 0
    n: int = 0
    key: str = ""
    reference: str = ""
    because: str = ""
    ended_at: int = 0


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
    """One piece of curated state. `status`: active, superseded, retracted."""

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


@dataclass(slots=True)
class Rule:
    """A standing constraint born from a rejection or written by a human."""

    id: str
    text: str
    branch: str
    roles: tuple[str, ...]
    origin: str
    at: int


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


@dataclass(slots=True)
class Timer:
    """A durable timer."""

    id: str
    due: int
    purpose: str
    branch: str
    cadence: int


@dataclass(slots=True)
class Check:
    """A reading of a source that has not ended yet."""

    id: str
    branch: str
    metrics: tuple[str, ...]
    epoch: int


@dataclass(slots=True)
class Attention:
    """One thing that needs a human."""

    id: str
    kind: str
    title: str
    branch: str
    task: str
    attempt: str
    refs: tuple[str, ...]
    detail: str
    choices: tuple[str, ...]
    expires: int
    about: str
    at: int


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the account."""

    height: int
    at: int
    attempt: str
    task: str
    branch: str
    role: str
    worker: str
    model: str
    purpose: str
    outcome: str
    tokens: Tokens
    micro_usd: int
    basis: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a human decided, and with what before their eyes."""

    height: int
    at: int
    actor: str
    attention: str
    what: str
    subject: str
    digest: str
    text: str
    excepted: tuple[str, ...]
    waited: int
    scripted: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A condition with the facts it saw."""

    height: int
    at: int
    clause: str
    branch: str
    expression: str
    facts: dict[str, str]
    outcome: str
    detail: str


@dataclass(slots=True)
class MissionState:
    """One mission, folded."""

    id: MissionId
    height: int = 0
    head: str = ""
    title: str = ""
    rev: int = 0
    contract: Contract | None = None
    source: Sha256 | None = None
    inputs: dict[str, InputRef] = field(default_factory=dict)
    rehearsed: bool = False
    seed: int = 0
    status: str = "draft"
    because: str = ""
    clause: str = ""
    created_at: int = 0
    started_at: int = 0
    ended_at: int = 0
    last_at: int = 0
    skew: int = 0
    """What a rehearsed mission's clock is ahead of the wall, by its jumps."""
    planned: bool = False
    plan_digest: str = ""
    branches: dict[str, Branch] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    task_keys: set[str] = field(default_factory=set)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    items: dict[str, Item] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    attention: dict[str, Attention] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """What attention was about that a human has settled; not raised again."""
    charges: list[Charge] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    latest: dict[tuple[str, str], Evaluation] = field(default_factory=dict)
    jumps: int = 0
    missed: int = 0
    doubts: int = 0
    spent: int = 0
    reserved: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    opaque: int = 0
    """Events of a later release, kept and not understood."""

    @property
    def terms(self) -> Contract:
        """The contract in force; a mission without one does not exist."""
        if self.contract is None:
            raise RuntimeError(f"{self.id} has no contract")
        return self.contract

    @property
    def active(self) -> bool:
        """Whether new work may begin."""
        return self.status == "active"

    def branch(self, key: str) -> Branch | None:
        """A branch by its id or its key."""
        return self.branches.get(key) or next((b for b in self.branches.values() if b.key == key), None)

    @property
    def asked(self) -> set[str]:
        """What attention is about now, or was about and is settled: none of it is raised again."""
        return {item.about for item in self.attention.values()} | self.settled

    def rules_for(self, task: Task) -> list[Rule]:
        """The rules in force for a task: those of its branch, or of the mission, that name its role or none."""
        return [
            rule
            for rule in self.rules.values()
            if rule.branch in {"", task.branch} and (not rule.roles or task.role in rule.roles)
        ]

    def live(self) -> list[Attempt]:
        """Attempts that have not ended, parked ones included."""
        return [a for a in self.attempts.values() if a.state in LIVE_ATTEMPT]

    def children(self, attempt: str) -> list[Task]:
        """Review tasks about an attempt."""
        return [t for t in self.tasks.values() if t.subject == attempt and t.kind == "review"]


class Mint:
    """New ids for a group of facts that are recorded together: continues the fold's counters."""

    def __init__(self, state: MissionState) -> None:
        self._counters = dict(state.counters)
        self._attempts: dict[str, int] = {}

    def __call__(self, letter: str) -> str:
        """The next id of a kind: `T13`."""
        self._counters[letter] = self._counters.get(letter, 0) + 1
        return f"{letter}{self._counters[letter]}"

    def attempt(self, task: Task) -> str:
        """The next attempt of a task: `A13.2`."""
        count = self._attempts[task.id] = self._attempts.get(task.id, len(task.attempts)) + 1
        return f"A{task.id[1:]}.{count}"
