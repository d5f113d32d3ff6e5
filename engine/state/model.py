"""The state of one mission, as its events tell it. Everything here is derived; only `engine.state.fold` changes it.

Ids are short (`T12`); front ends put the mission's slug before them. Times are mission time, milliseconds UTC; money is
micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.contract.model import Contract
from engine.ledger.bodies import FileRef, InputRef
from engine.state.knowledge import Artifact, Evidence, Item, Rule
from engine.state.outcomes import Outcomes
from engine.state.outward import Effect, Grant, Outage
from engine.state.record import Amended, Attention, Charge, Decision, Erased, Evaluation, Given, Proposal
from engine.state.standing import Standing
from engine.state.tools import Begun, Pull, Tool, Wanted
from engine.state.work import Attempt, Branch, Check, Counted, RoleUse, Task, Timer
from engine.values import MissionId, Sha256

__all__ = [
    "ALIVE_BRANCH",
    "CONTACTED",
    "FINAL_TASK",
    "LEFT",
    "LIVE_ATTEMPT",
    "OPEN_EFFECT",
    "OVER",
    "Amended",
    "Artifact",
    "Attempt",
    "Attention",
    "Branch",
    "Charge",
    "Check",
    "Counted",
    "Decision",
    "Effect",
    "Erased",
    "Evaluation",
    "Evidence",
    "Given",
    "Grant",
    "Item",
    "Mint",
    "MissionState",
    "Outage",
    "Proposal",
    "RoleUse",
    "Rule",
    "Task",
    "Timer",
    "Tool",
    "Wanted",
    "binds",
]

OVER = frozenset({"finished", "stopped"})
"""Mission states from which nothing follows."""
FINAL_TASK = frozenset({"accepted", "failed", "cancelled"})
LIVE_ATTEMPT = frozenset({"dispatched", "parked"})
OPEN_EFFECT = frozenset({"awaiting", "approved", "attempting", "in_doubt", "expired"})
"""Effects about which something is still to happen."""
LEFT = frozenset({"attempting", "in_doubt", "done"})
"""Effects that reached somebody, or may have."""
CONTACTED = LEFT | {"awaiting", "approved"}
"""Effects that reached somebody, or are about to: nobody else writes to these people first."""
ALIVE_BRANCH = frozenset({"open", "waiting", "parked"})


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
    amendments: list[Amended] = field(default_factory=list)
    erased: dict[str, Erased] = field(default_factory=dict)
    """What was erased because a person asked to be forgotten, by its hash."""
    files: tuple[FileRef, ...] = ()
    """Files of tools and skills, as they were when the mission was created."""
    rehearsed: bool = False
    seed: int = 0
    status: str = "draft"
    because: str = ""
    clause: str = ""
    created_at: int = 0
    started_at: int = 0
    ended_at: int = 0
    last_at: int = 0
    last_wall: int = 0
    """Wall time of the last event."""
    skew: int = 0
    """What a rehearsed mission's clock is ahead of the wall, by its jumps."""
    planned: bool = False
    plan_digest: str = ""
    plan_source: str = ""
    """Who made the plan in force: `contract`, or who proposed the patch that was accepted last."""
    proposals: dict[str, Proposal] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    task_keys: set[str] = field(default_factory=set)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    standing: Standing = field(default_factory=Standing)
    rules: dict[str, Rule] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    checked: dict[str, list[int]] = field(default_factory=dict)
    """When reading the sources of a branch came to an end, by branch."""
    tools: dict[str, Tool] = field(default_factory=dict)
    """What was observed of the contract's tools, by name."""
    wanted: dict[str, Wanted] = field(default_factory=dict)
    """Calls of tools that humans are or were asked about."""
    begun: dict[str, Begun] = field(default_factory=dict)
    """Calls of tools that were begun and have not ended."""
    unanswered: dict[str, Begun] = field(default_factory=dict)
    """Those of which nobody will say any more how they ended."""
    pulls: dict[str, Pull] = field(default_factory=dict)
    """What workers asked of the record beside their packages, by call."""
    outages: dict[str, Outage] = field(default_factory=dict)
    """Connectors that put off what they are given, by name."""
    grants: dict[str, Grant] = field(default_factory=dict)
    attention: dict[str, Attention] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """What attention was about that a human has settled; not raised again."""
    charges: list[Charge] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    latest: dict[tuple[str, str], Evaluation] = field(default_factory=dict)
    attention_ms: int = 0
    """How long humans looked at what they decided."""
    jumps: int = 0
    missed: int = 0
    doubts: int = 0
    spent: int = 0
    reserved: int = 0
    counted: Counted = field(default_factory=Counted)
    roles: dict[str, RoleUse] = field(default_factory=dict)
    """What each role has used over the whole mission."""
    outcomes: Outcomes = field(default_factory=Outcomes)
    """What was found out about attempts of models."""
    neared: set[str] = field(default_factory=set)
    """Caps that were said to be near: `mission::money:5000000`."""
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
    def items(self) -> dict[str, Item]:
        """Curated items by id, oldest first."""
        return self.standing.items

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

    @property
    def used_attempts(self) -> int:
        """Attempts that count against the contract's limit: all but those that ended by no fault of the work."""
        return sum(not attempt.spared for attempt in self.attempts.values())

    def rules_for(self, task: Task) -> list[Rule]:
        """The rules in force for a task, and for a review those of what it judges: without those that the task may do
        without, and those that yield to another one here.
        """
        subject = self.attempts.get(task.subject)
        judged = self.tasks[subject.task] if subject is not None and task.kind in {"review", "judge"} else task
        found = {
            rule.id: rule
            for rule in self.rules.values()
            if rule.in_force(self.last_at)
            and (binds(rule, task) or binds(rule, judged))
            and judged.id not in rule.exceptions
        }
        return [
            rule
            for rule in found.values()
            if not any(rule.id in other.overrules for other in found.values())
            and found.keys().isdisjoint(rule.yields_to)
        ]

    def live(self) -> list[Attempt]:
        """Attempts that have not ended, parked ones included."""
        return [a for a in self.attempts.values() if a.state in LIVE_ATTEMPT]

    def children(self, attempt: str) -> list[Task]:
        """Review tasks about an attempt."""
        return [t for t in self.tasks.values() if t.subject == attempt and t.kind == "review"]


def binds(rule: Rule, task: Task) -> bool:
    """Whether a task is in the scope of a rule; a task keeps the rules of the role that it was planned for."""
    return (
        rule.branch in {"", task.branch}
        and (not rule.roles or not {task.role, task.planned_role}.isdisjoint(rule.roles))
        and (not rule.tasks or task.id in rule.tasks)
        and (not rule.verbs or not set(task.proposes).isdisjoint(rule.verbs))
    )


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
