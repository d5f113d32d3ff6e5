"""`[models.NAME]`: the models that tasks may be given to, and what they cost."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from engine.routing.catalogue import Candidate
from engine.settings.fields import Dollars, Reference, Section, Time, loopback
from engine.values import Price, digest

LOCAL_PREFIXES = ("ollama", "ollama_chat", "hosted_vllm", "llamafile", "lm_studio")
"""First parts of a litellm name that stand for a server of one's own."""


FRAME = 3_000
"""Tokens set aside for what a model is told beside its package: how to answer, and what it has to mend."""


class Prices(Section):
    """`price` of a model: dollars per million tokens. Cached and reasoning tokens cost what input and output cost,
    unless said otherwise.
    """

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    reasoning: Dollars | None = None

    def price(self) -> Price:
        """Micro-dollars per million tokens."""

        def either(value: int | None, otherwise: int) -> int:
            return otherwise if value is None else value

        return Price(
            input=self.input,
            output=self.output,
            cache_read=either(self.cache_read, self.input),
            cache_write=either(self.cache_write, self.input),
            reasoning=either(self.reasoning, self.output),
        )


class Model(Section):
    """`[models.NAME]`: a model that tasks may be given to, with a `price` or declared `free`; nothing is guessed."""

    model: str = Field(min_length=3, max_length=200)
    """What litellm calls it: `anthropic/…`, `ollama_chat/…`, `openai/NAME` for any OpenAI-compatible endpoint."""
    endpoint: str = ""
    """`api_base`: the address of an endpoint of one's own, or of a compatible provider."""
    provider: str = ""
    """Whose outage is an outage of this model; the endpoint's host, else the first part of `model`."""
    tier: Literal["cheap", "standard", "strong"] = "standard"
    """What it is good enough for; a role asks for a tier."""
    family: str = ""
    """Who trained it, for reviews by another family; the provider when empty."""
    privacy: Literal["hosted", "local"] = "hosted"
    """`local`: on a machine of yours, so that private inputs may go there."""
    capabilities: tuple[Literal["tools", "json", "vision"], ...] = Field(default=("json",), strict=False)
    """What it can do besides text; `json`: answers in JSON mode when asked; `tools`: may work for roles that have
    tools.
    """
    window: int = Field(default=128_000, ge=1_000, le=100_000_000)
    """Tokens of context, the reply included."""
    max_output: int = Field(default=8_000, ge=100, le=1_000_000)
    """The most tokens of one reply."""
    price: Prices | None = None
    free: bool = False
    """Costs nothing per token, such as a server of your own."""
    key: Reference = ""
    """Where the provider's key is kept; empty when the endpoint asks for none."""
    silence: Time = 120_000
    """How long nothing may come before the call is given up."""

    @field_validator("model")
    @classmethod
    def _named(cls, value: str) -> str:
        provider, slash, name = value.partition("/")
        if not slash or not provider or not name or not value.isprintable() or " " in value:
            raise ValueError("is written provider/name, as litellm names it")
        return value

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if (
                parts.scheme not in {"http", "https"}
                or not (parts.hostname and parts.port != 0 and value.isascii() and value.isprintable())
                or " " in value
                or "@" in parts.netloc
                or parts.query
                or parts.fragment
            ):
                raise ValueError("is an address such as http://127.0.0.1:8000/v1, without name, password or query")
            if parts.scheme == "http" and not loopback(parts.hostname):
                raise ValueError("needs https; http is for this machine only")
        return value

    @model_validator(mode="after")
    def _priced(self) -> Model:
        if self.free == (self.price is not None):
            raise ValueError("says either price = {input = …, output = …} or free = true")
        if self.max_output >= self.window:
            raise ValueError("max_output does not fit the window")
        if self.privacy == "local" and not self.endpoint and self.model.partition("/")[0] not in LOCAL_PREFIXES:
            raise ValueError('privacy = "local" needs the endpoint of a server of your own')
        return self

    @property
    def host(self) -> str:
        """What fails together: the provider of this model."""
        return self.provider or (urlsplit(self.endpoint).netloc if self.endpoint else self.model.partition("/")[0])

    @property
    def setup(self) -> str:
        """A digest of how it is reached and how far it is trusted: what was routed for another one is not sent."""
        return digest([self.model, self.endpoint, self.key, self.privacy])[:16]

    def candidate(self, name: str) -> Candidate:
        """The model as routing sees it."""
        return Candidate(
            name=name,
            worker="model",
            model=name,
            family=self.family or self.host,
            provider=self.host,
            tier=self.tier,
            local=self.privacy == "local",
            price=self.price.price() if self.price else Price(),
            free=self.free,
            window=self.window,
            max_output=self.max_output,
            rounds=2,
            frame=FRAME,
            tools="tools" in self.capabilities,
            dense=True,
            setup=self.setup,
        )
