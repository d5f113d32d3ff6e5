"""Everything impure that an engine is given: whoever starts one, or plays one, hands it in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.contract.case import Provided
from engine.effects.mail import Identity
from engine.effects.protocol import Connector, destination_of
from engine.governance.courtesy import Limits
from engine.ledger.protocol import Store
from engine.loop.familiar import nothing_to_learn
from engine.loop.jobs import Sleep, Source
from engine.loop.toolroom import Opener
from engine.loop.world import SetUp, Slots
from engine.redaction import Redactor
from engine.routing.catalogue import Candidate
from engine.values import MissionId
from engine.workers.protocol import Worker

log = logging.getLogger("cockpit.engine")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything impure that an engine is given."""

    store: Store
    clock: Callable[[], int]
    sleep: Sleep
    workers: Mapping[str, Worker]
    connectors: Mapping[str, Connector]
    source: Source
    work: Path
    identity: Callable[[], Identity | None] = lambda: None
    limits: Callable[[], Limits] = Limits
    """How much contact there may be, as it is configured now."""
    slots: Callable[[], Slots] = Slots
    """How many attempts of one mission run side by side, as it is configured now."""
    catalogue: Callable[[], tuple[Candidate, ...]] = tuple
    """The models that are configured now."""
    provided: Provided = field(default_factory=Provided)
    tools: Opener | None = None
    """Opens the provider of a grant; None: this engine has no tools."""
    steady: Callable[[], tuple[int, int]] | None = None
    """Milliseconds that passed, and of these the ones in which the machine was awake; None where nobody can tell."""
    redactor: Redactor = field(default_factory=Redactor)
    """Knows the secrets of this run."""
    learn: Callable[[], Awaitable[None]] = nothing_to_learn
    """Has the redactor know every secret that is configured; called before anything is told to a worker."""
    version: str = "0"
    drawn: bool = True
    """Whether somebody may look at missions through view rows; nobody does in a rehearsal."""
    fault: Callable[[MissionId, Exception], None] = lambda mission, error: log.error(
        "%s: %r", mission, error, exc_info=error
    )
    """Told of an error of the engine itself: one broken mission stops itself, never the others."""

    def set_up(self) -> SetUp:
        """What is configured now."""
        connectors = frozenset((name, destination_of(one)) for name, one in self.connectors.items())
        return SetUp(self.identity(), self.catalogue(), self.limits(), connectors, self.slots())
