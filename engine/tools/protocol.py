"""What a tool is to whoever calls it (`Offer`, `Ask`, `Answer`, `Tools`), and what provides one (`Spec`, `Grant`,
`Result`, `Provider`).

The contract names a tool (`browser`), a provider has operations (`fetch`); what a model is offered is called
`browser__fetch`. Everything that comes back from a provider is untrusted text. Every provider passes
tests/engine/tools/contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from engine.governance.labels import Label
from engine.values import Sha256, Value, digest

TEXT_CAP = 100_000
"""Characters of one result that a caller is told; what is longer is cut, and says so."""
SEPARATOR = "__"
OfferName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Json = dict[str, object]


class Spec(Value):
    """One operation of a provider, as the provider describes it. All of its text is untrusted."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    description: Annotated[str, StringConstraints(max_length=20_000)] = ""
    input_schema: Json = Field(default_factory=dict)
    output_schema: Json | None = None
    annotations: Json = Field(default_factory=dict)

    def pin(self, identity: str) -> Sha256:
        """What it is: changes with the provider's identity and with anything that it says, never with key order."""
        return digest({"identity": identity, "spec": self.model_dump(mode="json")})


class Limit(Value):
    """The closed vocabulary of limits on one argument of a tool, as the contract writes it under `limits`."""

    allowed: tuple[str, ...] | None = None
    """`in`."""
    most: int | None = None
    """`max`."""
    max_length: int | None = None
    max_items: int | None = None
    host_in: tuple[str, ...] | None = None
    under: str | None = None
    """A folder, relative to the workspace, that a path may not leave."""


class Grant(Value):
    """The right of one role to use one tool within limits, frozen into an attempt when it is dispatched."""

    tool: str
    """The name that the contract gives the tool: `browser`."""
    kind: Literal["workspace", "state", "http", "command", "mcp", "path"]
    verbs: tuple[str, ...] = ()
    stance: Literal["allow", "ask"] = "ask"
    argv: tuple[str, ...] = ()
    """`command` and `mcp` over stdio: the program and its arguments; for `command` with `{NAME}` placeholders, each
    filled by one argument of the call and never split."""
    url: str = ""
    """`mcp` over streamable HTTP."""
    secret: str = ""
    """A reference (`keyring:NAME`, `env:NAME`) to the bearer token of an HTTP server; never a value."""
    environ: tuple[tuple[str, str], ...] = ()
    """Variables of a stdio server: name and secret reference."""
    path: str = ""
    """`path`: the file in the workspace, laid there read-only."""
    operations: tuple[str, ...] = ()
    """The operations that are granted; empty: every one that is pinned."""
    limits: dict[str, Limit] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Where private data may flow; `local`: it talks to nobody outside this machine."""
    privacy: Literal["public", "private"] = "private"
    """How private what it brings back is."""
    max_calls: int = Field(default=50, ge=0)
    pins: dict[str, Sha256] = Field(default_factory=dict)
    """What each operation was when it was granted."""


class Result(Value):
    """What a call brought back. `text` is at most `TEXT_CAP` characters and untrusted."""

    ok: bool
    text: str = ""
    source: str = ""
    """Where it comes from, derived by us: an address with its status, a path, a command and its exit code."""
    cut: bool = False
    """Whether there was more than could be told."""
    sha: Sha256 | None = None
    """Of everything that came back, cut or not: the evidence of the call."""
    label: Label | None = None
    """What it adds to the context of whoever reads it; None: untrusted, and as private as its grant."""
    pulled: Json | None = None
    """What is recorded of an answer from the mission's own record."""


class ToolDownError(Exception):
    """A provider that cannot be used now: what is wrong, and how it is mended."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}" if mend else what)
        self.what, self.mend = what, mend


class ChangedError(ToolDownError):
    """An operation is not what it was looked at as. `now`: its pin as it is, empty when there is none."""

    def __init__(self, what: str, mend: str, *, now: str = "") -> None:
        super().__init__(what, mend)
        self.now = now


class Provider(Protocol):
    """Runs the operations of one tool for one attempt. Opened before use, closed after; both are safe to repeat.

    Whatever it starts has ended when `close` returns. It never raises for what the other side does, but
    `ToolDownError` when it cannot be used at all.
    """

    @property
    def name(self) -> str:
        """The name the contract gives the tool."""

    @property
    def identity(self) -> str:
        """What it is, beyond what it says of itself: the command and its arguments, the address, the program's hash."""

    async def specs(self) -> tuple[Spec, ...]:
        """Its operations now, in the order of their names; opens it when it is not open. Raises `ToolDownError`."""

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """Run one operation. `key` is unique to the call and may be passed on; a call that takes longer is ended, and
        its result says so. Raises `ToolDownError` when the provider has gone.
        """

    async def close(self) -> None:
        """End everything it started."""


class Offer(Value):
    """An operation that a worker may ask for."""

    name: OfferName
    """`browser__fetch`."""
    tool: str
    operation: str
    description: str = ""
    input_schema: Json = Field(default_factory=dict)


class Ask(Value):
    """A call that a worker wants. `arguments` is the JSON text as it was written: it may be anything."""

    id: Annotated[str, StringConstraints(max_length=200)]
    name: Annotated[str, StringConstraints(max_length=200)]
    arguments: Annotated[str, StringConstraints(max_length=1_000_000)] = "{}"


Verdict = Literal["done", "failed", "refused", "ended"]


class Answer(Value):
    """What became of an `Ask`: `done` and `failed` ran (`text` is untrusted material, to be fenced), `refused` did not
    (`text` is ours: why, and what would be allowed), `ended` means that this attempt gets no more calls.
    """

    id: str
    verdict: Verdict
    text: str = ""
    source: str = ""


class Tools(Protocol):
    """The one door from a worker to its tools. Every call is judged, run, recorded and charged behind it."""

    async def offers(self) -> tuple[Offer, ...]:
        """What this worker may ask for, by name; empty when it has no tools."""

    async def call(self, ask: Ask) -> Answer:
        """Have one call judged and run. Never raises for what a worker asks or a provider does."""


@dataclass(frozen=True, slots=True)
class NoTools:
    """For workers without tools."""

    async def offers(self) -> tuple[Offer, ...]:
        """None."""
        return ()

    async def call(self, ask: Ask) -> Answer:
        """Refused."""
        return Answer(id=ask.id, verdict="refused", text="this worker has no tools")
