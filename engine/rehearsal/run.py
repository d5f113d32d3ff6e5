"""What one rehearsed history came to: counted from the state that its events left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.governance.clauses import tool_for
from engine.judge.facts import read
from engine.state.model import ALIVE_BRANCH, OVER, Attention, MissionState
from engine.tools.granting import holds

End = Literal["finished", "stopped", "waits", "stuck"]
ENDS: tuple[End, ...] = ("finished", "stopped", "waits", "stuck")
"""`waits`: somebody is asked what no number answers; `stuck`: nothing moves, and nobody is asked."""
ENDED: tuple[End, ...] = ("finished", "stopped")


@dataclass(frozen=True, slots=True)
class Held:
    """What a mission that has not ended waits for; `mend`: what in its contract would settle it."""

    words: str
    asked: bool = False
    """Whether a person is asked."""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class BranchEnd:
    """What became of a branch of the plan."""

    key: str
    state: str
    because: str


@dataclass(frozen=True, slots=True)
class Run:
    """One history. Money is micro-dollars, times are milliseconds."""

    seed: int
    end: End
    because: str
    """Why it ended; of one that waits or is stuck, for what."""
    mend: str
    """What in the contract would bring one that waits to its end."""
    clause: str
    spent: int
    time_ms: int
    """From its start to its last fact."""
    attention_ms: int
    approvals: int
    questions: int
    expired: int
    """Approvals that nobody gave in time."""
    branches: tuple[BranchEnd, ...]
    held: tuple[str, ...]
    """Clauses whose condition held at least once: `judge[0]`, `target.met_when`."""
    verbs: tuple[str, ...]
    """Verbs that were done: of tasks that began, of effects that left."""
    tools: tuple[str, ...]
    """Tools that carried an effect, or were given to an attempt."""
    metrics: tuple[str, ...]
    """Metrics that reached their sample, in a branch or in the mission."""
    roles: tuple[str, ...]
    """Roles that were asked."""
    models: tuple[str, ...]
    """Stand-ins that were asked, by the name of their model."""
    caps: tuple[str, ...]
    """Caps under which work waited: `mission money`, `branch time`."""
    refused: tuple[str, ...]
    """Codes and reasons of proposals that were refused."""
    leaned: tuple[str, ...]
    """Unknown numbers that it met."""
    events: int
    calls: int = 0
    """Calls of tools that were made."""

    @property
    def tried(self) -> int:
        """Branches beside `main`."""
        return len(self.branches)

    def ended(self, state: str) -> int:
        """How many branches ended in a state."""
        return sum(branch.state == state for branch in self.branches)


def read_run(
    state: MissionState,
    seed: int,
    *,
    seen: Sequence[Attention],
    held: Iterable[Held],
    leaned: tuple[str, ...],
    calls: int = 0,
) -> Run:
    """A run as its state tells it. `seen` is everything that was asked, `held` what it waits for if it is not over."""
    first = next(iter(held), Held("nothing moves, and nobody is asked"))
    end: End = "waits" if first.asked else "stuck"
    if state.status in OVER:
        end = "finished" if state.status == "finished" else "stopped"
    asked = [item for item in seen if item.kind == "approve"]
    done = [effect for effect in state.effects.values() if effect.state == "done"]
    begun = [state.tasks[attempt.task] for attempt in state.attempts.values()]
    carried = {found[0] for effect in done if (found := tool_for(state.terms, effect.verb)) is not None}
    given = {
        name
        for task in begun
        for name in state.terms.tools
        if holds(state.terms, task.role, name) and (not task.tools or name in task.tools)
    }
    return Run(
        seed=seed,
        end=end,
        because=state.because if end in ENDED else first.words,
        mend="" if end in ENDED else first.mend,
        clause=state.clause,
        spent=state.spent,
        time_ms=max(0, (state.ended_at or state.last_at) - state.started_at),
        attention_ms=state.attention_ms,
        approvals=len(asked),
        questions=len(seen) - len(asked),
        expired=sum(item.about.startswith("expired:") for item in seen),
        branches=tuple(
            BranchEnd(b.key, "open" if b.state in ALIVE_BRANCH else b.state, b.because)
            for b in state.branches.values()
            if b.key != "main"
        ),
        held=tuple(sorted({e.clause for e in state.evaluations if e.outcome == "true"})),
        verbs=tuple(sorted({task.verb for task in begun} | {effect.verb for effect in done})),
        tools=tuple(sorted(carried | given)),
        metrics=tuple(name for name in state.terms.evidence if _known(state, name)),
        roles=tuple(sorted({attempt.role for attempt in state.attempts.values()})),
        models=tuple(sorted({attempt.model for attempt in state.attempts.values() if attempt.model})),
        caps=tuple(sorted({_cap(item) for item in seen if item.about.startswith("cap:") or item.about == "time"})),
        refused=tuple(sorted({f"{row.get('verb', '')}: {row.get('because', '')}" for row in state.refused})),
        leaned=leaned,
        events=state.height,
        calls=calls,
    )


def _known(state: MissionState, name: str) -> bool:
    metric = state.terms.evidence[name]
    return any(read(state, name, branch).known(metric) for branch in (None, *state.branches))


def _cap(item: Attention) -> str:
    """`mission money`, `branch tokens`; the level and the dimension of a cap."""
    parts = item.about.split(":")
    return f"{parts[1]} {parts[3]}" if len(parts) > 3 else "mission time"
