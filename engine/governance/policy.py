"""May this call of a tool run? The verdict is the greatest of all findings on ALLOW < ASK < DENY. Pure.

No grant is a denial, any error is a denial, and the order of rights and rules means nothing. What a tool does is said
by the operator, with verbs, never by the tool's server: a tool without verbs is taken to do everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from engine.governance.arguments import Bound, misfits
from engine.governance.destinations import NOWHERE, among, destinations
from engine.governance.labels import Label

POLICY = "tools/1"
FINAL = frozenset({"spend", "publish", "deploy", "merge", "delete"})
"""Verbs of which nothing can be taken back."""
Reach = Literal["none", "hosts", "open"]
"""Whom a tool can talk to: nobody, the hosts that its arguments name, or whomever it likes."""


class Verdict(IntEnum):
    """The greatest one wins."""

    ALLOW = 0
    ASK = 1
    DENY = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says, in a word for machines and a sentence for people."""

    verdict: Verdict
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Right:
    """A grant, as it is judged: the right of one role to use one tool within limits."""

    role: str
    tool: str
    stance: Literal["allow", "ask", "deny"] = "ask"
    verbs: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    """Those that are granted; empty: every one that was pinned."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """What each operation was when it was granted."""
    bounds: Mapping[str, Mapping[str, Bound]] = field(default_factory=dict)
    """Limits on arguments by operation; `*` holds for all."""
    hosts: frozenset[str] = frozenset()
    reach: Reach = "open"
    max_calls: int = 50


@dataclass(frozen=True, slots=True)
class Call:
    """What is wanted. `roles` are all on whose behalf it is: each must hold the right. `origin`: who wants it; a server
    that wants something of us (sampling, elicitation) gets nothing.
    """

    roles: tuple[str, ...]
    tool: str
    operation: str
    arguments: object
    schema: Mapping[str, object] = field(default_factory=dict)
    pin: str = ""
    """What the operation is now; empty: the provider does not list it."""
    origin: Literal["worker", "server"] = "worker"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand when a call is judged."""

    up: bool = True
    running: bool = True
    """Whether the mission is active."""
    reservable: bool = True
    made: int = 0
    """Calls of this tool that this attempt has made."""
    allowed: frozenset[str] = frozenset()
    restricted: frozenset[str] = frozenset()
    outward: frozenset[str] = frozenset()
    """Verbs of the contract that leave the mission."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and every finding that led to it, the gravest first."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    hosts: tuple[str, ...] = ()
    """Where the arguments would go, as far as they say."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The findings in words for machines."""
        return tuple(finding.code for finding in self.findings)

    def reason(self) -> str:
        """The gravest findings as one sentence."""
        return "; ".join(f.text for f in self.findings if f.verdict is self.verdict) or "it is granted"


def judge(call: Call, rights: Sequence[Right], label: Label, standing: Standing) -> Judgement:
    """The verdict about a call. Never raises."""
    try:
        found = set(_findings(call, rights, label, standing))
        hosts = tuple(sorted(destinations(call.arguments)))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong while judging is a denial
        found, hosts = {Finding(Verdict.DENY, f"error:{type(error).__name__}", "it could not be judged")}, ()
    if not found:
        found = {Finding(Verdict.DENY, "no-grant", "nothing grants it")}
    ordered = sorted(found, key=lambda finding: (-finding.verdict, finding.code, finding.text))
    return Judgement(ordered[0].verdict, tuple(ordered), hosts)


def _findings(call: Call, rights: Sequence[Right], label: Label, standing: Standing) -> Iterator[Finding]:
    if call.origin != "worker":
        yield Finding(Verdict.DENY, "server-asks", "a tool's server may ask nothing of this mission")
        return
    mine = [right for right in rights if right.tool == call.tool and right.role in call.roles]
    lacking = sorted(set(call.roles) - {right.role for right in mine})
    if not call.roles or lacking:
        whose = f" by {', '.join(lacking)}" if lacking and len(call.roles) > 1 else ""
        yield Finding(Verdict.DENY, "no-grant", f"{call.tool} is not granted{whose}")
        return
    for right in mine:
        yield from _granted(call, right)
        yield from _verbs(right, standing)
        yield from _flows(call, right, label, standing)
        if standing.made >= right.max_calls:
            yield Finding(Verdict.DENY, "calls", f"this attempt may call {call.tool} {right.max_calls} times")
    if not standing.up:
        yield Finding(Verdict.DENY, "unavailable", f"{call.tool} cannot be used now")
    if not standing.running:
        yield Finding(Verdict.DENY, "not-running", "the mission does not run now; try again when it does")
    if not standing.reservable:
        yield Finding(Verdict.DENY, "budget", "nothing is left to reserve for it; try again when there is")


def _granted(call: Call, right: Right) -> Iterator[Finding]:
    if right.stance == "deny":
        yield Finding(Verdict.DENY, "denied", f"the contract denies {right.tool}")
    elif right.stance == "ask":
        yield Finding(Verdict.ASK, "stance", f"the contract says that {right.tool} asks")
    else:
        yield Finding(Verdict.ALLOW, "granted", f"{right.tool} is granted")
    pin = right.pins.get(call.operation, "")
    if (right.operations and call.operation not in right.operations) or not pin:
        yield Finding(Verdict.DENY, "not-granted", f"{call.operation[:60]} is no granted operation of {right.tool}")
    elif pin != call.pin:
        yield Finding(Verdict.DENY, "drifted", f"{right.tool} is not what it was when it was granted")
    bounds = {**right.bounds.get("*", {}), **right.bounds.get(call.operation, {})}
    for wrong in misfits(call.arguments, call.schema, bounds):
        yield Finding(Verdict.DENY, "arguments", wrong)


def _verbs(right: Right, standing: Standing) -> Iterator[Finding]:
    if not right.verbs:
        yield Finding(Verdict.ASK, "undeclared", f"the contract does not say what {right.tool} does")
    for verb in right.verbs:
        leaves = verb in standing.outward
        if verb in standing.restricted:
            yield Finding(Verdict.ASK, f"restricted:{verb}", f"{verb} is restricted: a human approves each one")
        elif verb not in standing.allowed or leaves:
            yield Finding(Verdict.DENY, f"verb:{verb}", f"the contract does not allow to {verb}")
        if verb in FINAL:
            yield Finding(Verdict.ASK, "irreversible", f"{verb} cannot be taken back")


def _flows(call: Call, right: Right, label: Label, standing: Standing) -> Iterator[Finding]:
    """What the context may do through a tool: whoever steers it, and what could leave by it."""
    acts = not right.verbs or bool(right.verbs & standing.outward)
    if acts and label.untrusted:
        by = ", ".join(label.steered_by) or "text from outside"
        yield Finding(Verdict.ASK, "steered", f"what asks for it has read {by}")
    if not (acts or goes_out(right)):
        return
    if label.secrecy == "secret":
        yield Finding(Verdict.DENY, "secret-out", "its context holds a secret, and secrets never leave")
    elif label.secrecy == "private":
        away = strangers(call.arguments, right)
        if away:
            held = ", ".join(label.holds) or "private items"
            read = f", asked for after reading {', '.join(label.steered_by)}" if label.steered_by else ""
            yield Finding(Verdict.ASK, "private-out", f"{held} could leave to {', '.join(away)}{read}")


def goes_out(right: Right) -> bool:
    """Whether anything that a call is given may leave this machine."""
    return right.reach == "hosts" or (right.reach == "open" and right.hosts != frozenset({NOWHERE}))


def strangers(arguments: object, right: Right) -> tuple[str, ...]:
    """Where a call may go that is not among the hosts of its grant. Of a tool that can talk to anybody, and names
    nobody, that is anywhere.
    """
    named = destinations(arguments)
    away = tuple(sorted(name for name in named if not among(name, right.hosts)))
    if away:
        return tuple("an address that cannot be read" if name == "?" else name for name in away)
    if right.reach == "open" and not right.hosts:
        return ("an unknown place",)
    return ("an unknown place",) if right.reach == "hosts" and not named else ()
