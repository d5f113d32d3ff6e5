"""All rows of one mission, kept from commit to commit: a commit computes again only what its facts can have changed.

`Board(state).rows` is the whole truth about a state; a board that was kept, and told of every step by `after`, holds
the same rows, byte for byte. The test that plays whole histories compares the two after every commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from engine.ledger import bodies as b
from engine.state.model import MissionState
from engine.views.branches import Leading, branch_row
from engine.views.cards import card_row
from engine.views.graph import Graph
from engine.views.measures import Measures
from engine.views.queue import attention_row, holds, hour
from engine.views.tasks import ASKS, task_row

Key = tuple[str, str]
Row = dict[str, Any]

_NOTHING = (
    b.RouteChosen,
    b.PackageCompiled,
    b.ItemAdopted,
    b.ItemExpired,
    b.ItemRecorded,
    b.ItemRetracted,
    b.RuleAdopted,
    b.RuleRetired,
    b.RuleExcepted,
    b.RuleJudged,
    b.LearningRecorded,
    b.LearningPromoted,
    b.LearningDismissed,
    b.ArtifactProduced,
    b.EffectRefused,
    b.EffectHeld,
    b.TimerSet,
    b.TimerFired,
    b.TimerMissed,
    b.ClockAdvanced,
    b.DecisionMade,
    b.GrantGiven,
    b.GrantRevoked,
    b.PlanAccepted,
    b.BudgetNeared,
    b.ToolBegun,
    b.ToolUnanswered,
    b.ContextPulled,
    b.PlanProposed,
    b.PlanRejected,
)
"""Facts that change no row but the card, which is made anew at every commit."""
_TASK = (b.TaskAccepted, b.TaskFailed, b.TaskCancelled, b.TaskRestored, b.TaskRetried, b.TaskMeasured, b.TaskRaised)
_ATTEMPT = (
    b.ChargeReserved,
    b.AttemptDispatched,
    b.AttemptDelivered,
    b.AttemptParked,
    b.AttemptFailed,
    b.AttemptLost,
    b.AttemptCancelled,
    b.AttemptSuperseded,
    b.VerdictGiven,
    b.ChargeSettled,
    b.ChargeCorrected,
)
_BRANCH = (b.BranchOpened, b.BranchWaiting, b.BranchExtended, b.BranchKept, b.BranchPruned)
_EFFECT = (
    b.EffectProposed,
    b.EffectEdited,
    b.EffectApproved,
    b.EffectRejected,
    b.EffectExpired,
    b.EffectRenewed,
    b.EffectWithdrawn,
    b.EffectAttempting,
    b.EffectPostponed,
    b.EffectDone,
    b.EffectFailed,
    b.EffectDoubted,
    b.EffectUnanswered,
    b.EffectSettled,
)


class Board:
    """The rows of one mission. The state is the one that was given, evolved in place by whoever owns it."""

    def __init__(self, state: MissionState) -> None:
        self._state = state
        self.rows: dict[Key, Row] = {}
        self._written: dict[Key, None] = {}
        self._fill()

    def after(self, bodies: Sequence[b.Body]) -> list[tuple[Key, Row | None]]:
        """The rows that differ after these facts, which the state has taken in; None for one that went."""
        self._written = {}
        before = self.rows
        if self._mark(bodies):
            self._draw()
        else:  # facts that reach everywhere, or that this release does not know
            self.rows = {}
            self._fill()
            changed = [key for key, row in self.rows.items() if before.get(key) != row]
            self._written = dict.fromkeys([*changed, *(key for key in before if key not in self.rows)])
        return [(key, self.rows.get(key)) for key in self._written]

    # -- which rows to make

    def _fill(self) -> None:
        state = self._state
        self._graph, self._measures, self._leading = Graph(state), Measures(state), Leading(state.terms)
        self._shown: Counter[str] = Counter()
        self._asking = 0
        self._lacking: dict[str, None] = {}
        self._attention: dict[str, Row] = {}
        self._checks = {check.id: check.branch for check in state.checks.values()}
        self._charged = 0
        self._sums = {name: Counter[str]() for name in ("branch", "model", "role", "purpose", "outcome")}
        self._hour = hour(state)
        self._ended = False
        self._tasks = dict.fromkeys(state.tasks)
        self._branches = dict.fromkeys(state.branches)
        self._items = dict.fromkeys(state.attention)
        self._draw()

    def _mark(self, bodies: Iterable[b.Body]) -> bool:
        """Note what these facts can have changed; False when that is anything."""
        self._tasks, self._branches, self._items = {}, {}, {}
        self._ended = False
        for body in bodies:
            match body:
                case b.TaskAdded():
                    self._tasks.update(self._lacking)  # one may have waited for this name
                    self._task(body.task)
                case b.TaskHeld():
                    for name in (body.task, *body.also):
                        self._task(name)
                case _ if isinstance(body, _TASK):
                    self._task(body.task)
                case _ if isinstance(body, _ATTEMPT):
                    self._task(self._state.attempts[body.attempt].task)
                case _ if isinstance(body, _BRANCH):
                    self._branches[body.branch] = None
                    self._tasks.update(dict.fromkeys(self._graph.branch(body.branch)))
                case _ if isinstance(body, _EFFECT):
                    self._items.update(dict.fromkeys(self._graph.effect(body.effect)))
                    if isinstance(body, (b.EffectDone, b.EffectSettled)):
                        self._measures.effect(body.effect)
                case b.EvidenceRecorded():
                    self._measures.evidence(body.evidence)
                case b.CheckStarted():
                    self._checks[body.check] = body.branch
                case b.CheckEnded():
                    if (branch := self._checks.pop(body.check, None)) is not None:
                        self._measures.check(branch)
                case b.ConditionEvaluated():
                    if body.branch:
                        self._branches[body.branch] = None
                case b.ApprovalGiven():
                    self._items[body.attention] = None
                case b.AttentionRaised() | b.AttentionResolved():
                    self._items[body.attention] = None
                    self._tasks.update(dict.fromkeys(self._graph.attention(body.attention)))
                case _ if not isinstance(body, _NOTHING):
                    return False
        return True

    def _task(self, name: str) -> None:
        touched, ended = self._graph.task(name)
        self._tasks.update(dict.fromkeys(touched))
        self._branches[self._state.tasks[name].branch] = None
        self._ended |= ended

    # -- making them

    def _draw(self) -> None:
        state = self._state
        if self._measures.refresh():
            self._branches = dict.fromkeys(state.branches)  # they share one scale
        for name in self._tasks:
            self._put_task(name)
        for name in self._branches:
            self._put("branch", self._graph.full(name), branch_row(state, self._measures, state.branches[name]))
        if self._hour != (now := hour(state)):
            self._hour = now
            self._items = dict.fromkeys([*state.attention, *self._items])
        elif self._ended:
            held = {name: self._attention[name]["holds"] for name in state.attention if name in self._attention}
            found = {name: holds(state, self._graph, state.attention[name]) for name in held}
            self._items.update(dict.fromkeys(name for name in held if found[name] != held[name]))
        for name in self._items:
            self._put_item(name)
        if self._charged < len(state.charges) or ("spend", str(state.id)) not in self.rows or self._money():
            self._put("spend", str(state.id), self._spend())
        card = card_row(
            state,
            self._graph,
            self._measures,
            self._leading,
            shown=self._shown,
            asking=self._asking,
            attention=self._attention.values(),
        )
        self._put("card", str(state.id), card)

    def _put(self, kind: str, id_: str, row: Row) -> bool:
        if self.rows.get((kind, id_)) == row:
            return False
        self.rows[kind, id_] = row
        self._written[kind, id_] = None
        return True

    def _put_task(self, name: str) -> None:
        row = task_row(self._state, self._graph, self._state.tasks[name])
        old = self.rows.get(("task", row["id"]))
        if not self._put("task", row["id"], row):
            return
        if old is not None:
            self._shown[old["state"]] -= 1
            self._asking -= old["waiting_for"].startswith(ASKS)
        self._shown[row["state"]] += 1
        self._asking += row["waiting_for"].startswith(ASKS)
        if row["missing"]:
            self._lacking[name] = None
        else:
            self._lacking.pop(name, None)

    def _put_item(self, name: str) -> None:
        key = ("attention", self._graph.full(name))
        item = self._state.attention.get(name)
        if item is not None:
            row = self._attention[name] = attention_row(self._state, self._graph, item)
            self._put(*key, row)
        elif self.rows.pop(key, None) is not None:
            del self._attention[name]
            self._written[key] = None

    def _money(self) -> bool:
        """Whether a sum changed without a charge: a reservation did."""
        row = self.rows["spend", str(self._state.id)]
        return bool(row["reserved_micro_usd"] != self._state.reserved)

    def _spend(self) -> Row:
        state = self._state
        for charge in state.charges[self._charged :]:
            self._sums["branch"][state.branches[charge.branch].key] += charge.micro_usd
            self._sums["model"][charge.model or "no model"] += charge.micro_usd
            self._sums["role"][charge.role] += charge.micro_usd
            self._sums["purpose"][charge.purpose] += charge.micro_usd
            self._sums["outcome"][charge.outcome] += charge.micro_usd
        self._charged = len(state.charges)
        return {
            "total_micro_usd": state.spent,
            "reserved_micro_usd": state.reserved,
            "budget_micro_usd": state.terms.budget.money,
            "by": {name: dict(counted) for name, counted in self._sums.items()},
        }
