"""Bodies of events about effects, decisions of humans, people who must not be contacted, and models in an outage."""

from __future__ import annotations

from typing import Literal

from engine.ledger.bodies.base import Body, Micro, Ms
from engine.values import BlobRef, Sha256


class EffectProposed(Body):
    KIND = "effect.proposed"
    effect: str
    batch: str
    verb: str
    connector: str
    digest: Sha256
    content: BlobRef
    """The canonical bytes, as a blob; their own sha256."""
    body: BlobRef
    """The exact body, as a blob."""
    branch: str
    task: str
    attempt: str
    persons: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """A mark of each person's mail domain, in the same order; empty in older ledgers."""
    message_id: str = ""
    source: str = ""
    """Which declared input names the destination; empty: none does."""
    fields: tuple[str, ...] = ()
    clauses: Sha256
    expires: Ms
    template: str = ""
    identity: str = ""
    """A digest of the sender identity it was written under; empty in older ledgers."""
    replaces: str = ""
    """The effect that a human edited into this one; empty for what a worker wrote."""
    url: str = ""
    """Where it goes, for what is no mail."""
    host: str = ""
    micro_usd: Micro = 0
    """What it spends outside."""


class EffectEdited(Body):
    """A human wrote other bytes: the old effect is over, the new one awaits an approval of its own."""

    KIND = "effect.edited"
    effect: str
    into: str
    by: str


class EffectRefused(Body):
    """A proposal that the engine did not turn into an effect, and why."""

    KIND = "effect.refused"
    task: str
    attempt: str
    index: int
    verb: str
    code: str
    because: str


class EffectApproved(Body):
    KIND = "effect.approved"
    effect: str
    attention: str
    digest: Sha256
    clauses: Sha256
    batch_digest: Sha256
    not_before: Ms
    expires: Ms
    people: tuple[str, ...] = ()
    """Who said yes to it, where the contract asks for several; the last of them is the event's actor."""
    grant: str = ""
    """The standing grant that this is a use of; empty for a decision of its own."""


class GrantGiven(Body):
    """A standing yes to effects that are still to come: so many, of one verb, as they leave now, until then."""

    KIND = "grant.given"
    grant: str
    verb: str
    count: int
    micro_usd: Micro = 0
    """What they may spend together; 0: nothing."""
    hosts: tuple[str, ...] = ()
    """Where they may go; empty: wherever the connector goes."""
    until: Ms
    clauses: Sha256
    setup: str = ""
    """How they leave, as an effect notes it: under another sender or configuration the grant says nothing."""
    source: Literal["human", "contract"]
    because: str = ""


class GrantRevoked(Body):
    KIND = "grant.revoked"
    grant: str
    because: str


class ApprovalGiven(Body):
    """One of several people said yes to what was shown; it is approved when enough others said so too."""

    KIND = "approval.given"
    attention: str
    digest: Sha256
    """Of the batch that was said yes to: a yes to another one does not count."""
    clauses: Sha256
    person: str
    people: int
    """So many are needed."""


class EffectRejected(Body):
    KIND = "effect.rejected"
    effect: str
    attention: str
    because: str
    digest: Sha256


class EffectExpired(Body):
    KIND = "effect.expired"
    effect: str


class EffectRenewed(Body):
    """A human asked for the same bytes again: they had expired, or a decision about them was taken back."""

    KIND = "effect.renewed"
    effect: str
    expires: Ms


class EffectWithdrawn(Body):
    KIND = "effect.withdrawn"
    effect: str
    because: str


class EffectAttempting(Body):
    """Durable before the wire: after this, only the connector's answer, a look-up or a human settles the effect."""

    KIND = "effect.attempting"
    effect: str
    key: str
    n: int
    digest: Sha256


class EffectPostponed(Body):
    """It certainly did not leave, and its approval lives on: it goes back to what is approved."""

    KIND = "effect.postponed"
    effect: str
    because: str
    until: Ms = 0
    """Before then it is not tried again; 0: as soon as nothing holds it."""
    tried: bool = True
    """Whether its connector was asked; False: it was called back before."""
    whole: bool = False
    """Whether the connector would refuse every other effect too: then all of them wait, until then."""
    mend: bool = False
    """Whether time does not heal it: all effects of the connector wait for a human."""


class OutageEnded(Body):
    """What a connector said no under is not configured any more: it is tried again, and nobody is asked about it."""

    KIND = "outage.ended"
    connector: str
    because: str


class EffectHeld(Body):
    """What keeps approved effects back, each time it changes; `effects` are those it begins to keep back."""

    KIND = "effect.held"
    because: str
    until: Ms
    """When they, and all that are kept back by the same, may be looked at again."""
    effects: tuple[str, ...] = ()


class EffectDone(Body):
    KIND = "effect.done"
    effect: str
    reference: str


class EffectFailed(Body):
    KIND = "effect.failed"
    effect: str
    because: str


class EffectUnanswered(Body):
    """Its connector gave no clear answer, and can be asked: it is looked up."""

    KIND = "effect.unanswered"
    effect: str
    because: str


class EffectDoubted(Body):
    KIND = "effect.doubted"
    effect: str
    because: str


class EffectSettled(Body):
    """A doubt is over: by look-up or by a human, never by a retry."""

    KIND = "effect.settled"
    effect: str
    outcome: Literal["sent", "not_sent"]
    by: str
    reference: str = ""
    until: Ms = 0
    """Before then it is not sent again, where a look-up proved that it may be; 0: at once."""
    unsure: bool = False
    """Whether it may have arrived all the same: its sink drops doubles, which is why it may be sent again."""
    last: Ms = 0
    """From then on it may not be sent again, since its sink may have forgotten it; 0: it may at any time."""


class AttentionRaised(Body):
    KIND = "attention.raised"
    attention: str
    kind: Literal["approve", "answer", "review", "conflict", "doubt", "budget", "tool", "plan"]
    title: str
    branch: str = ""
    task: str = ""
    attempt: str = ""
    refs: tuple[str, ...] = ()
    detail: str = ""
    choices: tuple[str, ...] = ()
    expires: Ms = 0
    about: str = ""
    """What this is about, so that it is raised once: `mission.exhausted`, `branch:B2:judge`."""


class AttentionResolved(Body):
    KIND = "attention.resolved"
    attention: str
    how: str


class DecisionMade(Body):
    """What a human decided, with what was on screen: its digest, and how long it had waited."""

    KIND = "decision.made"
    attention: str = ""
    what: str
    subject: str
    digest: str = ""
    text: str = ""
    excepted: tuple[str, ...] = ()
    waited: Ms = 0
    scripted: bool = False
    focus_ms: Ms = 0
    """How long the item had focus with activity, capped."""
    opened: int | None = None
    """How many of its items were looked at, as the front end counted them; None where nobody counted."""


class ContactSuppressed(Body):
    KIND = "contact.suppressed"
    person: str
    because: str
    address: BlobRef | None = None
    """The address as a blob, so that it can be shown and erased."""
    source: str = ""


class ContactRestored(Body):
    KIND = "contact.restored"
    person: str
    because: str


class BlobErased(Body):
    """Content was erased for good, for a person asked to be forgotten; the chain, which holds hashes, stays valid."""

    KIND = "blob.erased"
    blob: Sha256
    what: str = ""
    """What it was: `input leads`, `package of A3.1`."""
    because: str
    instead: BlobRef | None = None
    """A copy without what was said of the person, which goes on in its place."""


class ModelUnavailable(Body):
    """A model failed, and may not be asked before `until`; `until` 0: the failure is only counted yet."""

    KIND = "model.unavailable"
    name: str
    provider: str = ""
    fault: str
    because: str
    until: Ms = 0
    failures: int
    """Failures in a row."""
    setup: str = ""
    source: str = ""
    """The job that failed: the same job is never counted twice."""
    provider_failures: int = 0
    """Failures in a row over all models of the provider, this one included; 0: it is not the provider's."""
    provider_until: Ms = 0
    """Before then no model of this provider may be asked; 0: the provider is not to blame yet."""


class ModelRecovered(Body):
    """A model answered, or what kept it from answering was mended."""

    KIND = "model.recovered"
    name: str
    provider: str = ""
    because: str = ""
