"""What leaves a mission: effects, standing grants, and connectors that take nothing now.

Ids are short (`T12`); times are mission time, milliseconds UTC; money is micro-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import Sha256


@dataclass(slots=True)
class Effect:
    """One canonical outward action and where it stands."""

    id: str
    batch: str
    verb: str
    connector: str
    digest: Sha256
    content: Sha256
    body: Sha256
    branch: str
    task: str
    attempt: str
    persons: tuple[str, ...]
    domains: tuple[str, ...]
    """A mark of each person's mail domain, in the same order."""
    message_id: str
    source: str
    fields: tuple[str, ...]
    clauses: Sha256
    expires: int
    template: str
    identity: str
    """A digest of the sender identity it was written under; empty: unknown."""
    proposed_at: int
    replaces: str = ""
    """The effect that a human edited into this one."""
    url: str = ""
    """Where it goes, for what is no mail."""
    host: str = ""
    micro_usd: int = 0
    """What it spends outside."""
    grant: str = ""
    """The standing grant that approved it."""
    unanswered: int = 0
    """How often in a row its connector gave no clear answer, not counting an engine's death."""
    unsure: bool = False
    """Whether it may have arrived although it is to be sent again: its sink drops doubles."""
    again_until: int = 0
    """From then on what is unsure is not sent again: its sink may have forgotten it; 0: at any time."""
    first_at: int = 0
    """When it was first handed to its connector under its present approval."""
    state: str = "awaiting"
    approval: str = ""
    """Digest that a human approved; empty again once it was used up or has died."""
    attention: str = ""
    """The attention item whose decision approved it, or rejected it."""
    not_before: int = 0
    n: int = 0
    attempted_at: int = 0
    """When it was last handed to its connector."""
    postponed: int = 0
    """How often its connector put it off, for reasons of its own."""
    held: str = ""
    """What keeps it back although it is approved, as it was last noted; empty: nothing that was noted."""
    held_until: int = 0
    key: str = ""
    reference: str = ""
    because: str = ""
    ended_at: int = 0


@dataclass(slots=True)
class Grant:
    """A standing yes to effects that are still to come."""

    id: str
    verb: str
    count: int
    micro_usd: int
    hosts: tuple[str, ...]
    until: int
    clauses: Sha256
    setup: str
    source: str
    because: str
    actor: str
    at: int
    used: int = 0
    spent: int = 0
    revoked: bool = False


@dataclass(slots=True)
class Outage:
    """A connector that puts off what it is given, from the first time until something arrives again."""

    since: int
    because: str = ""
    at: int = 0
    """When it last refused everything."""
    failures: int = 0
    """How often in a row it refused everything."""
    until: int = 0
    """Before then it is given nothing."""
    mend: bool = False
    """Whether it is given nothing before a human says so."""
    setup: str = ""
    """How it was configured when it said so, as a mark; empty: unknown."""
