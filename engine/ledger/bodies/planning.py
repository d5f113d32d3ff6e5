"""Bodies of events about a proposed plan: the patch, what was found and what it may cost when it was proposed."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Facts, Micro
from engine.values import Sha256, Value


class PlanChange(Value):
    """One change as a person reads it, with its reason."""

    do: Literal["add", "replace", "prune"]
    kind: Literal["branch", "task"]
    name: str
    lines: tuple[str, ...] = ()
    because: str = ""


class PlanFinding(Value):
    """One finding of a linter about the plan as it would be."""

    code: str
    where: str
    what: str
    mend: str = ""


class RolePrice(Value):
    """What the tasks of one role may cost that are still to be done; None: unknown."""

    role: str
    tasks: int
    p50: Micro | None = None
    p90: Micro | None = None
    most: Micro = 0
    basis: str = ""
    n: int = 0


class PlanPrice(Value):
    """What the plan may cost in all, what has ended included: half of the time no more, nine times of ten no more, at
    most. None: something in it is unknown.
    """

    p50: Micro | None = None
    p90: Micro | None = None
    most: Micro = 0
    roles: tuple[RolePrice, ...] = ()


class PlanProposed(Body):
    """Somebody proposes to change the plan. Nothing follows from it until it is accepted."""

    KIND = "plan.proposed"
    proposal: str
    by: str
    task: str = ""
    """The planner's task; empty for a person's proposal."""
    attempt: str = ""
    base: Sha256
    """Digest of the plan that it changes."""
    digest: Sha256
    """Digest of that and of the patch: what a decision is bound to."""
    patch: Facts
    because: str
    changes: tuple[PlanChange, ...] = ()
    findings: tuple[PlanFinding, ...] = ()
    price: PlanPrice = PlanPrice()
    replaces: str = ""
    """The proposal that a person edited into this one."""
    policy: str = "plan/1"
    """By which release of linter and price it was judged."""


class PlanRejected(Body):
    """A proposal leads to nothing: a person said no, edited it, or it came too late."""

    KIND = "plan.rejected"
    proposal: str
    because: str
