"""The contract as types: what the file promises, after it was read, in the units of `engine.contract.units`.

One frozen model per clause. The same models read the file a person wrote (through `engine.contract.load`) and the
normalised form that `mission.created` stores (`Contract.model_validate(body, context={"stored": True})`).
What the fields mean is written in docs/contract.md; what enforces them, in `engine.contract.coverage`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from engine.contract.clauses import (
    Amount,
    Argument,
    Argv,
    Cap,
    Clause,
    Clock,
    Count,
    Expression,
    Name,
    Names,
    Need,
    Operations,
    Privacy,
    Stance,
    Text,
    Texts,
    Tier,
    Unit,
    Variable,
    WorkerKind,
)
from engine.contract.planned import Plan, Planning
from engine.contract.units import DecimalText, Duration, Money, Share
from engine.values import DAY

INWARD = ("research", "read", "draft", "enrich", "analyze", "prepare", "build", "test", "review")
OUTWARD = ("send", "publish", "spend", "contact", "deploy", "merge", "delete")


class Target(Clause):
    """What the mission is for, and the condition under which it is met."""

    statement: Text
    met_when: Expression | None = None


class Budget(Clause):
    """Every limit of the mission. `time` is calendar time; a pause does not stop it. Tokens and calls are those of
    models.
    """

    money: Money
    tokens: Count | None = None
    calls: Count | None = None
    time: Duration | None = None
    branches: int = Field(default=8, ge=1, le=200)
    attention: Duration | None = None
    attempts: int = Field(default=500, ge=1, le=100_000)


class Actions(Clause):
    """Verbs that may be done, and verbs that wait for an approval of their exact bytes. All others are denied."""

    allowed: Names = ()
    restricted: Names = ()


class Standing(Clause):
    """A standing yes: so many uses, so much money, to these hosts, until the end of a day."""

    count: int = Field(ge=1, le=1_000)
    money: Money = 0
    hosts: Texts = ()
    until: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


class ApprovalTerms(Clause):
    """How a restricted verb is approved: how many people, for how long, with how long an undo, in how large a batch."""

    people: int = Field(default=1, ge=1, le=5)
    expires: Duration = DAY
    undo: Duration = 10_000
    batch: int = Field(default=50, ge=1, le=50)
    standing: Standing | None = None


class Lawful(Clause):
    """On what ground people are contacted: shown at every approval of `send` and `contact`."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    basis: Text
    source: Text


class Input(Clause):
    """A file given to tasks by name, read-only, by hash."""

    path: Text
    privacy: Privacy = "private"
    trust: Literal["trusted", "untrusted"] = "untrusted"


class Metric(Clause):
    """A kind of evidence: its unit, its producer, and the sample below which it is unknown."""

    unit: Unit
    from_: Name = Field(alias="from")
    min_sample: int = Field(default=1, ge=1, le=1_000_000)


class Cadence(Clause):
    """When evidence is looked at: every so often, at a time of day, for a window that an outward verb opens."""

    check: Names
    every: Duration = Field(ge=1000)
    at: Clock | None = None
    after: Name | None = None
    for_: Duration | None = Field(default=None, alias="for")


class McpServer(Clause):
    """An MCP server: over stdio, its version pinned by its command, or over HTTP. Secrets are references only."""

    command: Argv | None = None
    url: Text | None = None
    token: Text | None = None
    """`keyring:NAME` or `env:NAME`: the bearer token of a server over HTTP."""
    env: dict[Variable, Text] = Field(default_factory=dict)
    """Variables that a server over stdio is given, each a reference."""


class ArgumentLimit(Clause):
    """The closed vocabulary of limits on one argument of a tool."""

    in_: Texts | None = Field(default=None, alias="in")
    max: int | None = None
    max_length: int | None = Field(default=None, ge=0)
    max_items: int | None = Field(default=None, ge=0)
    host_in: Texts | None = None
    under: Text | None = None


class Tool(Clause):
    """A capability and the terms on which it may be used. Exactly one of connector, path, command, mcp, builtin
    provides it.
    """

    need: Need = "optional"
    stance: Stance = "ask"
    verbs: Names = ()
    roles: Names = ()
    connector: Name | None = None
    path: Text | None = None
    command: Argv | None = None
    mcp: McpServer | None = None
    builtin: Literal["workspace", "http", "state"] | None = None
    operations: Operations = ()
    """Those that are granted; empty: every one that was there when the tool was looked at first."""
    hosts: Texts = ()
    """Where private data may flow; `local`: the tool talks to nobody outside this machine."""
    privacy: Literal["public", "private"] | None = None
    """How private what it brings back is; None: pages of the web are public, everything else is private."""
    calls: int = Field(default=50, ge=1, le=10_000)
    """How often one attempt may use it."""
    limits: dict[Argument, ArgumentLimit] = Field(default_factory=dict)
    evidence: Texts = ()
    fallback: Name = "ask"


class Skill(Clause):
    """An Agent Skills folder given to named roles."""

    path: Text
    roles: Names


class Role(Clause):
    """Who is asked: the kind of worker, its tier and privacy, and for `command` workers the argv template.

    Placeholders in `command`, each replaced inside one argv item and never split: `{python}`, `{input.NAME}`,
    `{artifact.TASK}`, `{with.NAME}` (of the task, then of its branch), `{branch}`, `{seed}`, `{package}`. A command has
    no network unless `network` says so, and of the user's home sees only what `sees` names, read-only.
    """

    worker: WorkerKind = "model"
    tier: Tier = "standard"
    privacy: Literal["any", "local"] = "any"
    different_family_from: Name | None = None
    tools: Names = ()
    skills: Names = ()
    command: Argv | None = None
    network: bool = False
    sees: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    timeout: Duration = Field(default=600_000, ge=1_000)
    budget: Amount = Cap()
    """What all attempts of this role may use together."""


class JudgeRule(Clause):
    """What becomes of a branch when a condition holds."""

    when: Expression
    then: Literal["keep", "extend", "prune"]
    because: Text


class StopRule(Clause):
    """What becomes of the mission when a condition holds."""

    when: Expression
    then: Literal["finish", "stop"]
    because: Text


class Assumption(Clause):
    """Numbers that nothing has measured yet, for rehearsals; their source is the contract. What is left out is unknown.

    Of a role: what an attempt uses, how often it succeeds and how long it takes. Of `human`, who decides: when, at what
    cost of attention, and how often with a yes. Of a metric: how many reply, or its value and the sample that one check
    brings. Of a tool: how often an attempt calls it. Of `models`, whoever provides them: how much of the time they are
    away, and for how long.
    """

    tokens_in: int | None = Field(default=None, ge=0)
    tokens_out: int | None = Field(default=None, ge=0)
    success: Share | None = None
    takes: Duration | None = None
    answers: Duration | None = None
    """How long until a human decides."""
    attention: Duration | None = None
    """A human's own time for one decision."""
    approves: Share | None = None
    """How often a human says yes to what asks for an approval."""
    reply: Share | None = None
    stop: Share | None = None
    """How many of those who reply ask to be left alone."""
    bounce: Share | None = None
    """How many addresses are wrong."""
    calls: int | None = Field(default=None, ge=0, le=1_000)
    """How often one attempt calls a tool."""
    outage: Share | None = None
    """How much of the time the models of a provider cannot be asked."""
    lasts: Duration | None = None
    """How long such an outage lasts."""
    value: DecimalText | None = None
    sample: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """Of how many a ratio is taken, at each check."""
    spread: Share | None = None
    """By how much the amounts beside it vary to either side, evenly."""


def _input(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class Contract(Clause):
    """The operating boundary of one mission."""

    mission: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")] | None = None
    zone: Annotated[str, StringConstraints(max_length=60)] | None = None
    target: Target
    budget: Budget
    actions: Actions = Actions()
    verbs: dict[Name, Literal["inward", "outward"]] = Field(default_factory=dict)
    approvals: dict[Name, ApprovalTerms] = Field(default_factory=dict)
    lawful: Lawful | None = None
    inputs: dict[Name, Annotated[Input, BeforeValidator(_input)]] = Field(default_factory=dict)
    evidence: dict[Name, Metric] = Field(default_factory=dict)
    cadence: tuple[Cadence, ...] = ()
    tools: dict[Name, Tool] = Field(default_factory=dict)
    skills: dict[Name, Skill] = Field(default_factory=dict)
    roles: dict[Name, Role] = Field(default_factory=dict)
    judge: tuple[JudgeRule, ...] = ()
    stop: tuple[StopRule, ...] = ()
    receipt: Texts = ()
    assume: dict[Name, Assumption] = Field(default_factory=dict)
    plan: Plan = Field(default_factory=Plan)
    planning: Planning = Planning()

    def outward(self, verb: str) -> bool:
        """Whether a verb leaves the mission: one of the seven, or declared so under `verbs`."""
        return verb in OUTWARD or self.verbs.get(verb) == "outward"

    def terms(self, verb: str) -> ApprovalTerms:
        """How a verb is approved here."""
        return self.approvals.get(verb, ApprovalTerms())

    def normalised(self) -> dict[str, object]:
        """The JSON form that `mission.created` stores and that `stored` validation reads back, without defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def stored(body: object) -> Contract:
    """A contract from the normalised form in the ledger."""
    return Contract.model_validate(body, strict=False, context={"stored": True})
