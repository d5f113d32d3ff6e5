"""What a decision may know besides the mission's own state: values handed in, so that deciding stays pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.effects.mail import Identity
from engine.effects.protocol import Destination
from engine.governance.courtesy import Contact, Limits
from engine.redaction import Redactor
from engine.routing.breaker import Bar
from engine.routing.catalogue import Candidate
from engine.routing.record import Record
from engine.state.home import HomeState
from engine.values import MissionId


class Slots(NamedTuple):
    """How many attempts of one mission run side by side. Commands compete for the machine and are counted apart;
    everything else mostly waits for somebody's answer. What waits for a human takes none.
    """

    commands: int = 2
    others: int = 6


class SetUp(NamedTuple):
    """What is configured, as an engine reads it once in every tick."""

    identity: Identity | None
    catalogue: tuple[Candidate, ...]
    limits: Limits
    connectors: frozenset[tuple[str, Destination]]
    slots: Slots = Slots()


@dataclass(frozen=True, slots=True)
class World:
    """The surroundings of one decision."""

    home: HomeState = field(default_factory=HomeState)
    alive: frozenset[str] = frozenset()
    """Ids of the jobs that this engine is running."""
    epoch: int = 0
    wall: int = 0
    """What the clock of this machine shows, in milliseconds UTC; 0 where nobody looked."""
    catalogue: tuple[Candidate, ...] = ()
    identity: Identity | None = None
    connectors: Mapping[str, str] = field(default_factory=dict)
    """Connectors that exist here and what each declares: dedup, lookup or blind."""
    destinations: Mapping[str, Destination] = field(default_factory=dict)
    """Where those go that carry no mail."""
    contacted: Mapping[str, str] = field(default_factory=dict)
    """Who was or is about to be contacted by other missions, rehearsals left out: person to `mission/branch`."""
    limits: Limits = Limits()
    """How much contact there may be, over all missions."""
    recent: tuple[Contact, ...] = ()
    """Contacts of the last day at least that other missions made, or may have made."""
    barred: Mapping[str, Bar] = field(default_factory=dict)
    """Models of the catalogue that cannot be asked now, by name."""
    record: Record | None = None
    """Verified outcomes of models, over all missions; None: from before they were counted."""
    redactor: Redactor = field(default_factory=Redactor)
    """Knows the secrets of this run, so that no package tells one."""
    slots: Slots = Slots()


def attempt_job(mission: MissionId, attempt: str) -> str:
    """The job that runs an attempt."""
    return f"{mission}/{attempt}"


def effect_job(mission: MissionId, effect: str, n: int) -> str:
    """The job that delivers an effect for the n-th time: once, unless a look-up proved that it never left."""
    return f"{mission}/{effect}.{n}"


def lookup_job(mission: MissionId, effect: str, n: int, epoch: int) -> str:
    """The job that asks a connector whether an effect left; one per engine that has to ask."""
    return f"{mission}/{effect}.{n}?{epoch}"


def look_job(mission: MissionId, tool: str, n: int) -> str:
    """The job that looks at a tool for the n-th time."""
    return f"{mission}/look.{tool}.{n}"


def check_job(mission: MissionId, check: str) -> str:
    """The job that reads a source of evidence."""
    return f"{mission}/{check}"
