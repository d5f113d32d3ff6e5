"""The view rows as front ends hold them: frozen values made from what the reader returns. Standard library only.

Rows are written by `engine.views.rows`; these types say what screens may rely on. Money is micro-dollars, times are
mission time in milliseconds UTC or None, ids are full (`gtm/T12`). A row of another release reads as far as it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that will happen by itself: `at` mission time; `text` such as `check reply_rate, cold-email`."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class BranchLine:
    """A branch on a mission's card, best first: its leading figure as text (`9.1%`, `4.9 s`), and its sample."""

    key: str
    state: str
    line: str
    until: int | None
    figure: str
    """Empty while nothing was measured."""
    n: int | None
    series: tuple[int, ...]
    """The leading metric after each check, scaled 0 to 7 over this mission's branches; newest last."""
    spent: int
    claimed: bool = False
    """Whether only its worker vouches for the figure: then it is no proof, and stands in no column of proofs."""


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit that the contract names beside the mission's money, and how it stands."""

    level: str
    """`mission`, `branch` or `role`."""
    name: str
    """Key of the branch, or the role; empty for the mission."""
    dimension: str
    """`money` (micro-dollars), `tokens`, `calls` or `attempts`."""
    cap: int
    used: int
    aside: int
    """Set aside for what runs."""


@dataclass(frozen=True, slots=True)
class Card:
    """One mission on the bridge."""

    id: str
    title: str
    state: str
    phase: str
    rehearsed: bool
    rev: int
    spent: int
    reserved: int
    budget: int
    attention: int
    held: bool
    """Whether most of its ready work waits for a human."""
    attention_ms: int
    """Human time used by decisions so far."""
    attention_budget_ms: int | None
    next_wake: int | None
    because: str
    started_at: int | None
    ended_at: int | None
    time_ms: int | None
    """The contract's calendar time."""
    now: int
    """Mission time of its last event; a rehearsed clock jumps."""
    skew: int
    """Mission time less wall time."""
    metric: str
    """Name of the metric that its branches lead with; empty for none."""
    branches: tuple[BranchLine, ...]
    upcoming: tuple[Upcoming, ...]
    near: tuple[str, ...] = ()
    """Caps that are nearly used up, in words."""
    limits: tuple[Limited, ...] = ()

    @property
    def within(self) -> int:
        """What it may cost by now, in micro-dollars: its budget, or what it did cost once it is over."""
        return self.budget if self.ended_at is None else self.spent

    @classmethod
    def of(cls, row: Json) -> Card:
        """From a `card` row."""
        return cls(
            id=row["id"],
            title=row["title"],
            state=row["state"],
            phase=row["phase"],
            rehearsed=bool(row["rehearsed"]),
            rev=row["rev"],
            spent=row["spent_micro_usd"],
            reserved=row["reserved_micro_usd"],
            budget=row["budget_micro_usd"],
            attention=row["attention"],
            held=bool(row.get("held")),
            attention_ms=row.get("attention_ms", 0),
            attention_budget_ms=row.get("attention_budget_ms"),
            next_wake=row.get("next_wake"),
            because=row.get("because") or "",
            started_at=row.get("started_at"),
            ended_at=row.get("ended_at"),
            time_ms=row.get("time_ms"),
            now=row.get("now") or 0,
            skew=row.get("skew") or 0,
            metric=row.get("metric") or "",
            branches=tuple(
                BranchLine(
                    key=b["key"],
                    state=b["state"],
                    line=b.get("line") or "",
                    until=b.get("until"),
                    figure=b.get("figure") or "",
                    n=b.get("n"),
                    series=tuple(b.get("series") or ()),
                    spent=b.get("spent_micro_usd", 0),
                    claimed=bool(b.get("claimed")),
                )
                for b in row.get("branches", ())
            ),
            upcoming=tuple(Upcoming(u["at"], u["text"]) for u in row.get("upcoming", ())),
            near=tuple(str(n["words"]) for n in row.get("near", ())),
            limits=tuple(
                Limited(one["level"], one["name"], one["dimension"], one["cap"], one["used"], one["aside"])
                for one in row.get("limits", ())
            ),
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of a branch: `k` of `n` for a ratio, else `value` as text; what it is compared with, if anything."""

    metric: str
    unit: str
    k: int | None
    n: int | None
    value: str
    count: int
    min_sample: int
    known: bool
    series: tuple[int, ...]
    claimed: int = 0
    """Entries for which only their worker vouches: then it is no proof, however many there are."""

    @classmethod
    def of(cls, row: Json) -> Measure:
        """From an entry of a branch row's `evidence`."""
        return cls(
            metric=row["metric"],
            unit=row.get("unit") or "",
            k=row.get("k"),
            n=row.get("n"),
            value=str(row.get("value") or ""),
            count=row.get("count", 0),
            min_sample=row.get("min_sample", 1),
            known=bool(row.get("known")),
            series=tuple(row.get("series") or ()),
            claimed=row.get("claimed", 0),
        )


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A judge rule as it was last evaluated for a branch: `outcome` is true, false, unknown or error."""

    clause: str
    expression: str
    then: str
    outcome: str
    detail: str
    at: int | None


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One experiment."""

    id: str
    mission: str
    key: str
    parent: str
    """Full id of its parent; empty for `main`."""
    hypothesis: str
    state: str
    reason: str
    spent: int
    reserved: int
    budget: int | None
    until: int | None
    evidence: tuple[Measure, ...]
    rules: tuple[RuleLine, ...]

    @classmethod
    def of(cls, row: Json) -> BranchRow:
        """From a `branch` row."""
        return cls(
            id=row["id"],
            mission=row["mission"],
            key=row["key"],
            parent=row.get("parent") or "",
            hypothesis=row.get("hypothesis") or "",
            state=row["state"],
            reason=row.get("reason") or "",
            spent=row["spent_micro_usd"],
            reserved=row.get("reserved_micro_usd", 0),
            budget=row.get("budget_micro_usd"),
            until=row.get("until"),
            evidence=tuple(Measure.of(e) for e in row.get("evidence", ())),
            rules=tuple(
                RuleLine(
                    r["clause"], r["expression"], r.get("then", ""), r["outcome"], r.get("detail", ""), r.get("at")
                )
                for r in row.get("rules", ())
            ),
        )


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One node of the work graph."""

    id: str
    mission: str
    branch: str
    branch_key: str
    key: str
    title: str
    role: str
    kind: str
    verb: str
    state: str
    waiting_for: str
    worker: str
    route: str
    missing: tuple[str, ...]
    spent: int
    reserved: int
    budget: int
    attempts: int
    allowed: int
    reason: str
    attempt: str
    """Full id of its latest attempt; empty before the first."""
    since: int | None
    """Mission time at which that attempt was dispatched."""

    @classmethod
    def of(cls, row: Json) -> TaskRow:
        """From a `task` row."""
        return cls(
            id=row["id"],
            mission=row["mission"],
            branch=row["branch"],
            branch_key=row.get("branch_key") or "",
            key=row["key"],
            title=row["title"],
            role=row["role"],
            kind=row["kind"],
            verb=row.get("verb") or "",
            state=row["state"],
            waiting_for=row.get("waiting_for") or "",
            worker=row.get("worker") or "",
            route=row.get("route") or "",
            missing=tuple(row.get("missing", ())),
            spent=row["spent_micro_usd"],
            reserved=row.get("reserved_micro_usd", 0),
            budget=row.get("budget_micro_usd") or 0,
            attempts=row.get("attempts", 0),
            allowed=row.get("allowed", 0),
            reason=row.get("reason") or "",
            attempt=row.get("attempt") or "",
            since=row.get("since"),
        )


@dataclass(frozen=True, slots=True)
class ItemRef:
    """One effect of an attention item."""

    id: str
    digest: str
    preview: str


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """One item of the queue."""

    id: str
    kind: str
    mission: str
    branch: str
    task: str
    title: str
    digest: str
    expires_at: int | None
    raised_at: int
    holds: int
    takes_minutes: int
    rank: int
    why: str
    detail: str
    choices: tuple[str, ...]
    items: tuple[ItemRef, ...]
    verb: str
    """Verb of its effects; empty when it is about none."""
    people: int = 1
    """How many people have to say yes."""
    said_yes: tuple[str, ...] = ()
    """Who has said it to exactly what the item holds now."""
    plan: Json = field(default_factory=dict)
    """Of a proposed plan: `because`, `changes`, `findings`, `price`, as `plan.proposed` recorded them."""

    @classmethod
    def of(cls, row: Json) -> AttentionRow:
        """From an `attention` row."""
        return cls(
            id=row["id"],
            kind=row["kind"],
            mission=row["mission"],
            branch=row.get("branch") or "",
            task=row.get("task") or "",
            title=row["title"],
            digest=row.get("digest") or "",
            expires_at=row.get("expires_at"),
            raised_at=row["raised_at"],
            holds=row.get("holds", 0),
            takes_minutes=row.get("takes_minutes", 0),
            rank=row.get("rank", 0),
            why=row.get("why") or "",
            detail=row.get("detail") or "",
            choices=tuple(row.get("choices") or ()),
            items=tuple(ItemRef(i["id"], i["digest"], i.get("preview", "")) for i in row.get("items", ())),
            verb=row.get("verb") or "",
            people=row.get("people", 1),
            said_yes=tuple(row.get("said_yes") or ()),
            plan=row.get("plan") or {},
        )


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What a mission spent, and by what: names to micro-dollars."""

    mission: str
    total: int
    reserved: int
    budget: int
    by: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, row: Json) -> SpendRow:
        """From a `spend` row."""
        return cls(
            mission=row["mission"],
            total=row["total_micro_usd"],
            reserved=row["reserved_micro_usd"],
            budget=row["budget_micro_usd"],
            by=row.get("by", {}),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """The latest word of something that runs; lossy. `micro_usd` is an estimate."""

    job: str
    mission: str
    note: str
    micro_usd: int
    wall: int
