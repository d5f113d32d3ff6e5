"""The fold of the home stream: what belongs to no mission. The do-not-contact list, which models fail, the rules for
all missions, and the learnings that humans vouched for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.fold_knowledge import rule_of
from engine.state.knowledge import Rule
from engine.values import Sha256


@dataclass(frozen=True, slots=True)
class Suppression:
    """One person who must not be contacted. `address` names a blob that may have been erased."""

    person: str
    because: str
    address: Sha256 | None
    at: int


@dataclass(frozen=True, slots=True)
class Health:
    """A model that failed: so many times in a row since `since`, and not to be asked before `until` (0: it may be)."""

    name: str
    provider: str
    fault: str
    because: str
    failures: int
    since: int
    until: int
    setup: str
    source: str
    """The job that failed last."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """What an operation of somebody else's tool was when a mission granted it last."""

    tool: str
    """What that mission calls the tool."""
    operation: str
    pin: Sha256
    spec: Sha256
    identity: str
    description: Sha256
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider whose models failed, one after the other or in turns."""

    provider: str
    fault: str
    failures: int
    models: frozenset[str]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """A learning that a human vouched for. `source`: where it was learnt, `gtm/L2`; evidence ids are full."""

    id: str
    text: str
    source: str
    evidence: tuple[str, ...]
    at: int
    dismissed: bool = False

    @property
    def mission(self) -> str:
        """The mission in which it was learnt."""
        return self.source.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a model did with the seeded artifacts of one seed: `caught` of `bad`, `alarms` in `good`."""

    model: str
    caught: int
    bad: int
    alarms: int
    good: int
    unusable: int
    planned: int
    stopped: str
    micro_usd: int
    at: int
    """Wall time in milliseconds."""


@dataclass(slots=True)
class HomeState:
    """The home stream, folded."""

    height: int = 0
    suppressed: dict[str, Suppression] = field(default_factory=dict)
    models: dict[str, Health] = field(default_factory=dict)
    """Models that failed since they answered last, by name."""
    providers: dict[str, Outage] = field(default_factory=dict)

    erased: frozenset[str] = frozenset()
    """Content of no mission that was erased."""
    rules: dict[str, Rule] = field(default_factory=dict)
    """Rules for all missions, retired ones too."""
    learnings: dict[str, Learnt] = field(default_factory=dict)
    pins: dict[str, dict[str, Pinned]] = field(default_factory=dict)
    """What tools were when they were granted: by the way they are reached, then by operation."""
    reviewers: dict[tuple[str, str, str, int], Reviewed] = field(default_factory=dict)
    """What was measured of reviewers: by name, setup, exam and seed."""

    def copy(self) -> HomeState:
        """The same, to be changed apart from this one."""
        rules = {name: replace(rule) for name, rule in self.rules.items()}
        return HomeState(
            self.height,
            dict(self.suppressed),
            dict(self.models),
            dict(self.providers),
            self.erased,
            rules,
            dict(self.learnings),
            {way: dict(pins) for way, pins in self.pins.items()},
            dict(self.reviewers),
        )


def evolve_home(state: HomeState, event: Event) -> HomeState:
    """Apply one event of the home stream."""
    body = b.decode(event)
    if isinstance(body, b.ContactSuppressed):
        state.suppressed[body.person] = Suppression(body.person, body.because, body.address, event.at)
    elif isinstance(body, b.ContactRestored):
        state.suppressed.pop(body.person, None)
    elif isinstance(body, b.BlobErased):
        state.erased |= {body.blob}
    elif isinstance(body, b.ModelUnavailable):
        _unavailable(state, body, event.at)
    elif isinstance(body, b.ModelRecovered):
        state.models.pop(body.name, None)
        state.providers.pop(body.provider, None)
    elif isinstance(body, b.RuleAdopted):
        state.rules[body.rule] = rule_of(body, event)
    elif isinstance(body, b.RuleRetired):
        if body.rule in state.rules:
            state.rules[body.rule].retired = body.because
    elif isinstance(body, b.LearningRecorded):
        state.learnings[body.learning] = Learnt(body.learning, body.text, body.source, body.evidence, event.at)
    elif isinstance(body, b.LearningDismissed):
        if body.learning in state.learnings:
            state.learnings[body.learning] = replace(state.learnings[body.learning], dismissed=True)
    elif isinstance(body, b.LearningPromoted) and body.learning in state.learnings:
        state.learnings[body.learning] = replace(state.learnings[body.learning], dismissed=False)
    elif isinstance(body, b.ToolPinned):
        pinned = Pinned(
            body.tool, body.operation, body.pin, body.spec, body.identity, body.description, body.source, event.at
        )
        state.pins.setdefault(body.way, {})[body.operation] = pinned
    elif isinstance(body, b.ReviewerMeasured):
        _reviewed(state, body, event.wall)
    elif isinstance(body, b.ToolUnpinned):
        state.pins.get(body.way, {}).pop(body.operation, None)
    state.height = event.height
    return state


def _reviewed(state: HomeState, body: b.ReviewerMeasured, at: int) -> None:
    """The same artifacts asked about again replace what was known of them, unless fewer of them were answered."""
    row = Reviewed(
        body.model,
        *body.asked(good=False),
        *body.asked(good=True),
        body.unusable,
        body.planned,
        body.stopped,
        body.micro_usd,
        at,
    )
    key = (body.name, body.setup, body.exam, body.seed)
    known = state.reviewers.get(key)
    if known is None or row.bad + row.good + row.unusable >= known.bad + known.good + known.unusable:
        state.reviewers[key] = row


def _unavailable(state: HomeState, body: b.ModelUnavailable, at: int) -> None:
    known = state.models.get(body.name)
    state.models[body.name] = Health(
        body.name,
        body.provider,
        body.fault,
        body.because,
        body.failures,
        min(known.since, at) if known is not None and body.failures > 1 else at,
        body.until,
        body.setup,
        body.source,
    )
    if body.provider and body.provider_failures:
        over = state.providers.get(body.provider)
        state.providers[body.provider] = Outage(
            body.provider,
            body.fault,
            body.provider_failures,
            (over.models if over else frozenset()) | {body.name},
            min(over.since, at) if over else at,
            body.provider_until or (over.until if over else 0),
        )
