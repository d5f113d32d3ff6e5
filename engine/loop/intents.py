"""What `decide` may want. Facts are recorded as they are; everything else names what `enact` has to prepare first."""

from __future__ import annotations

from dataclasses import dataclass

from engine.context.found import NOTHING, Found
from engine.context.pack import POLICY
from engine.ledger.bodies import Body
from engine.routing.route import Route


@dataclass(frozen=True, slots=True)
class Record:
    """Facts that follow from the state alone."""

    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Compile the package of a ready task, reserve its worst case, and give it to the routed worker."""

    task: str
    route: Route
    found: Found = NOTHING
    """What the full-text index gives for it: whoever has one looks before this is enacted."""
    policy: str = POLICY


@dataclass(frozen=True, slots=True)
class Verify:
    """Run the deterministic checks of a delivered attempt, or read the verdict of a delivered review. When they pass,
    what its handoff says is taken down as proposed.
    """

    attempt: str


@dataclass(frozen=True, slots=True)
class TakeDown:
    """Take down as proposed what the handoff of an attempt says whose checks have passed."""

    attempt: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Every stage said yes: the task is accepted and its handoff becomes state."""

    attempt: str


@dataclass(frozen=True, slots=True)
class Propose:
    """Make canonical bytes of the effects an accepted attempt proposes."""

    attempt: str


@dataclass(frozen=True, slots=True)
class Send:
    """Mark approved effects as attempting, durably, then hand them to their connector."""

    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask the connector whether an effect left before its engine died."""

    effect: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read the sources of a check that was started."""

    check: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """Check what waits for a human by a rule that came after it was written."""

    rule: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """See whether a tool can be used and what it offers now."""

    tool: str
    job: str


Intent = Record | Dispatch | Verify | TakeDown | Accept | Propose | Send | Lookup | Read | Recheck | Look
