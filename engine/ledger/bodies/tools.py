"""Bodies of events about tools: what they are, what became of each call, and what humans were asked about them."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Ms
from engine.values import BlobRef, Sha256, Value


class Marked(Value):
    """A label as it stood: integrity, confidentiality, what steers, what is held."""

    integrity: Literal["trusted", "untrusted"] = "trusted"
    secrecy: Literal["public", "private", "secret"] = "public"
    steered_by: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


class ToolProbed(Body):
    """Whether a tool could be used when it was looked at, and by which operations."""

    KIND = "tool.probed"
    tool: str
    up: bool
    because: str = ""
    mend: str = ""
    identity: str = ""
    operations: tuple[str, ...] = ()
    until: Ms = 0
    """Of a tool that is down: before then it is not looked at again."""


class ToolPinned(Body):
    """What an operation was when it was granted: at the first look, or when a human accepted a change."""

    KIND = "tool.pinned"
    tool: str
    operation: str
    pin: Sha256
    spec: BlobRef
    """All that it says of itself, as a blob."""
    identity: str
    description: Sha256
    instead_of: str = ""
    """The pin that this one takes the place of."""
    way: str = ""
    """In the home stream: how the tool is reached, as a digest of what contracts say of that."""
    source: str = ""
    """Where it was granted: in the home stream the mission, in a mission `home` for what others had granted before."""


class ToolUnpinned(Body):
    """A human let an operation go: it is granted no more."""

    KIND = "tool.unpinned"
    tool: str
    operation: str
    because: str
    way: str = ""
    source: str = ""


class ToolDrifted(Body):
    """An operation is not what was granted: changed, gone, or new. It cannot be used before a human says so."""

    KIND = "tool.drifted"
    tool: str
    operation: str
    how: Literal["changed", "gone", "new"]
    pin: str = ""
    now: str = ""
    spec: BlobRef | None = None
    identity: str = ""


class ToolBegun(Body):
    """Durable before a call that reaches beyond its attempt's own folder: should its engine end now, this is known."""

    KIND = "tool.begun"
    call: str
    attempt: str
    task: str
    role: str
    tool: str
    operation: str
    arguments: BlobRef
    codes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    before: Marked = Marked()


class ToolUnanswered(Body):
    """A call was begun and nobody will say how it ended: it may have done what was asked of it, or not."""

    KIND = "tool.unanswered"
    call: str
    attempt: str
    tool: str
    operation: str
    because: str


class ToolCalled(Body):
    """A call that ran."""

    KIND = "tool.called"
    call: str
    attempt: str
    task: str
    role: str
    tool: str
    operation: str
    arguments: BlobRef
    """The canonical arguments, as a blob."""
    codes: tuple[str, ...] = ()
    """What the policy found."""
    hosts: tuple[str, ...] = ()
    before: Marked = Marked()
    after: Marked = Marked()
    ok: bool
    source: str = ""
    """Where what came back is from, derived by us."""
    evidence: str = ""
    """sha256 of everything that came back; empty when nobody knows it."""
    result: BlobRef | None = None
    """What was told of it, as a blob."""
    cut: bool = False
    unsourced: bool = False
    """It promised evidence and left none."""
    latency: Ms = 0
    wanted: str = ""
    """The request that a human approved for it."""


class ToolRefused(Body):
    """A call that did not run, and why."""

    KIND = "tool.refused"
    call: str
    attempt: str
    task: str
    role: str
    tool: str
    operation: str
    codes: tuple[str, ...] = ()
    because: str
    arguments: BlobRef | None = None
    before: Marked = Marked()
    wanted: str = ""


class ToolAsked(Body):
    """A call that a human must approve: its canonical bytes as a blob, and what was known when it was wanted."""

    KIND = "tool.asked"
    wanted: str
    attempt: str
    task: str
    role: str
    tool: str
    operation: str
    verb: str = ""
    digest: Sha256
    content: BlobRef
    pin: Sha256
    clauses: Sha256
    codes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    before: Marked = Marked()
    expires: Ms


class ToolApproved(Body):
    """A human approved exactly these bytes, once."""

    KIND = "tool.approved"
    wanted: str
    attention: str
    digest: Sha256
    clauses: Sha256
    expires: Ms
    people: tuple[str, ...] = ()
    """Everybody who said yes, where several had to."""


class ToolRejected(Body):
    KIND = "tool.rejected"
    wanted: str
    attention: str = ""
    because: str


class ToolExpired(Body):
    """Nobody decided in time, or what was approved was not used in time, or what judged it has changed."""

    KIND = "tool.expired"
    wanted: str
    because: str = ""


class ToolAttempting(Body):
    """Durable before the call: an approval is used up, whatever becomes of the call."""

    KIND = "tool.attempting"
    wanted: str
    call: str
    attempt: str
