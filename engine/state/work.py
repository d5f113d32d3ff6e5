"""The work of a mission: branches, tasks, attempts, and the timers and readings that move them.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.contract.planned import Criterion
from engine.ledger.bodies import Marked, VerdictGiven
from engine.values import Sha256, Tokens


@dataclass(slots=True)
class Counted:
    """Tokens and calls of models that were used, and those that are set aside."""

    tokens: int = 0
    calls: int = 0
    tokens_aside: int = 0
    calls_aside: int = 0


@dataclass(slots=True)
class RoleUse:
    """What all attempts of a role have used together."""

    spent: int = 0
    reserved: int = 0
    counted: Counted = field(default_factory=Counted)


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
    tokens: int | None = None
    """Limits of its own on tokens and calls; None: what its parent leaves."""
    calls: int | None = None
    counted: Counted = field(default_factory=Counted)


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
    held: str = ""
    """Which model it waits for, and why: `haiku: throttled`; empty when it waits for none."""
    held_until: int = 0
    waits_since: int = 0
    """Since when models that it needs are in an outage; 0 when they are not, as far as it is known here."""
    told: int = 0
    """Estimated tokens that must be told, where that was found to be more than some model leaves room for."""
    tools: tuple[str, ...] = ()
    """The tools that its plan names; empty: all that its role is given."""
    once: str = ""
    """`kept`: it begins when its branch is kept."""
    local: bool = False
    """Whether it fell back from a role that asks for a local model: so does its fallback then."""
    outdated: bool = False
    """Whether its contract was amended while an attempt ran: its new terms count from the next attempt on."""
    tokens: int | None = None
    """Limits of its own on tokens and calls; None: none."""
    calls: int | None = None
    counted: Counted = field(default_factory=Counted)
    package: int = 0
    """Estimated tokens that a human gave its package; 0: the usual."""
    planned_role: str = ""
    """The role that it was planned for, whoever took it over since."""
    not_before: int = 0
    """Before then it is not begun: a human may still take back what sent it back."""

    def wants(self, stage: str) -> bool:
        """Whether its results have to pass a stage that a contract may ask for: `review`, `duel` or `human`."""
        return stage in self.verify or any(criterion.check == stage for criterion in self.criteria)


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
    counted: Counted = field(default_factory=Counted)
    latency: int = 0
    ended_at: int = 0
    because: str = ""
    retryable: bool = True
    fault: str = ""
    """What the model or its provider did, when that is why it failed."""
    spared: bool = False
    """It ended by no fault of the work, and counts against no limit of attempts."""
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
    rev: int = 1
    """The revision of the contract it began under."""
    tools: tuple[str, ...] = ()
    """Tools that it was given."""
    without: tuple[str, ...] = ()
    """Tools that its contract grants it and that could not be used then."""
    label: Marked | None = None
    """What its context carries, as far as it is known; None: nobody noted it."""
    calls: int = 0
    refusals: int = 0
    unsourced: tuple[str, ...] = ()
    """Calls that promised evidence and left no source."""
    outcome: str = ""
    """What was found out about it: `good`, `bad`, or nothing."""
    counted_as: tuple[str, str, str, int] = ("", "", "", 0)
    """Role, model, setup and day under which the outcome counts."""


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
