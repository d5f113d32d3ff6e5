"""The fold of the home stream: what belongs to no mission. Today the do-not-contact list and when people were
contacted last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.values import Sha256


@dataclass(frozen=True, slots=True)
class Suppression:
    """One person who must not be contacted. `address` names a blob that may have been erased."""

    person: str
    because: str
    address: Sha256 | None
    at: int


@dataclass(slots=True)
class HomeState:
    """The home stream, folded."""

    height: int = 0
    suppressed: dict[str, Suppression] = field(default_factory=dict)


def evolve_home(state: HomeState, event: Event) -> HomeState:
    """Apply one event of the home stream."""
    body = b.decode(event)
    if isinstance(body, b.ContactSuppressed):
        state.suppressed[body.person] = Suppression(body.person, body.because, body.address, event.at)
    elif isinstance(body, b.ContactRestored):
        state.suppressed.pop(body.person, None)
    state.height = event.height
    return state
