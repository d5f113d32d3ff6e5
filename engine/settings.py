"""config.toml: who sends and how, which models there are, what the screen looks like. One schema.

A value that cannot be used is an error that names its place; docs/configuration.md is generated from what stands here.
Secrets never stand in the file: `password` and `key` hold references (`keyring:NAME`, `env:NAME`).
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from engine.contract.units import parse_duration
from engine.effects.mail import Identity
from engine.errors import BadInputError
from engine.governance.courtesy import Limits
from engine.routing.catalogue import Candidate
from engine.values import MICRO, Price

REHEARSED_IDENTITY = Identity(
    name="Rehearsal", address="rehearsal@cockpit.invalid", postal="no street, a rehearsal sends nothing"
)
"""Who rehearsed effects come from when nobody is configured: an address that cannot exist (RFC 2606)."""

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)
_REFERENCE = re.compile(r"(keyring|env):[A-Za-z0-9][A-Za-z0-9._@-]{0,99}", re.ASCII)
LOCAL_PREFIXES = ("ollama", "ollama_chat", "hosted_vllm", "llamafile", "lm_studio")
"""First parts of a litellm name that stand for a server of one's own."""


def _time(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _dollars(value: object) -> object:
    """Dollars per million tokens, written as a number or a text, as micro-dollars. Exact."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("a price is a number of dollars, such as 3 or 0.25")  # noqa: TRY004 (pydantic wants it)
    try:
        micro = Decimal(str(value)) * MICRO
    except ArithmeticError:
        raise ValueError("a price is a number of dollars, such as 3 or 0.25") from None
    if not micro.is_finite() or micro != micro.to_integral_value() or not 0 <= micro <= 10_000 * MICRO:
        raise ValueError("a price is between 0 and 10000 dollars, with at most six decimals")
    return int(micro)


Time = Annotated[int, BeforeValidator(_time), Field(ge=0)]
"""A duration, in milliseconds: `90s`, `2h`."""
Dollars = Annotated[int, BeforeValidator(_dollars)]
Reference = Annotated[str, Field(pattern=f"^({_REFERENCE.pattern})?$")]
"""Where a secret is kept: `keyring:NAME` or `env:NAME`; empty for none."""
Port = Annotated[int, Field(ge=1, le=65_535)]
Security = Literal["tls", "starttls", "none"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(_Section):
    host: str = Field(min_length=1, max_length=253)
    security: Security = "tls"
    user: str = ""
    password: Reference = ""
    ca_file: str = ""
    """A file of further certificates to trust, for a server of one's own."""
    timeout: Time = 30_000

    @model_validator(mode="after")
    def _not_in_the_clear(self) -> _Server:
        if self.security == "none" and not loopback(self.host):
            raise ValueError(f'security = "none" is for this machine only; {self.host} needs tls or starttls')
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        return self


class ImapSent(_Server):
    """`[mail.smtp.sent]`: the IMAP folder into which the mail server itself copies what it sent. Makes sending
    `lookup`.
    """

    port: Port = 993
    folder: str = "Sent"


class Smtp(_Server):
    """`[mail.smtp]`: how mail leaves. Without it there is no connector `smtp`."""

    port: Port = 465
    sent: ImapSent | None = None


class MailInbox(_Section):
    """`[mail.inbox]`: where replies come in, read and never changed. Without it, the maildir `inbox` of the home."""

    kind: Literal["maildir", "mbox", "imap"]
    path: str = ""
    """Of a maildir or mbox."""
    host: str = ""
    port: Port = 993
    security: Security = "tls"
    user: str = ""
    password: Reference = ""
    ca_file: str = ""
    folder: str = "INBOX"
    timeout: Time = 30_000

    @model_validator(mode="after")
    def _complete(self) -> MailInbox:
        if self.kind == "imap" and not self.host:
            raise ValueError("an imap inbox needs a host")
        if self.kind != "imap" and not self.path:
            raise ValueError(f"a {self.kind} inbox needs a path")
        if self.kind == "imap" and self.security == "none" and not loopback(self.host):
            raise ValueError(f'security = "none" is for this machine only; {self.host} needs tls or starttls')
        return self


class Pace(_Section):
    """`[mail.limits]`: how much contact there may be, over all missions (24 hours, rolling)."""

    per_day: int = Field(default=50, ge=0, le=100_000)
    per_domain_day: int = Field(default=5, ge=0, le=100_000)
    gap: Time = 0
    """Time between two contacts."""
    follow_ups: bool = False
    """Whether the branch that wrote to a person first may write to the same person again."""
    hours: str = ""
    """Hours of the day at which people may be contacted, in the mission's zone: `08:00-20:00`; empty for any."""
    bounces: str = "5%"
    """Share of hard bounces, of at least 20 messages, at which a mission's contacts pause and you are asked."""
    complaints: int = Field(default=1, ge=1)
    """Number of complaints at which a mission's contacts pause and you are asked."""

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        if value and _minutes(value) is None:
            raise ValueError("hours are written 08:00-20:00, the second later than the first")
        return value

    @field_validator("bounces")
    @classmethod
    def _bounces(cls, value: str) -> str:
        found = _SHARE.fullmatch(value)
        if found is None or not 0 < Decimal(found[1]) <= 100:
            raise ValueError("a share is written 5%")
        return value

    def limits(self) -> Limits:
        """The limits as the engine applies them."""
        found = _SHARE.fullmatch(self.bounces)
        assert found is not None
        return Limits(
            per_day=self.per_day,
            per_domain_day=self.per_domain_day,
            gap_ms=self.gap,
            follow_ups=self.follow_ups,
            hours=_minutes(self.hours),
            bounce_ppm=int(Decimal(found[1]) * 10_000),
            complaints=self.complaints,
        )


def _minutes(hours: str) -> tuple[int, int] | None:
    found = _HOURS.fullmatch(hours)
    if found is None:
        return None
    first = int(found[1]) * 60 + int(found[2])
    last = int(found[3] or found[5]) * 60 + int(found[4] or found[6])
    return (first, last) if first < last else None


class Mail(Identity):
    """`[mail]`: who writes, verified by being written here, and the ways in and out."""

    smtp: Smtp | None = None
    inbox: MailInbox | None = None
    limits: Pace = Pace()

    @property
    def identity(self) -> Identity:
        """The sender alone."""
        return Identity(name=self.name, address=self.address, reply_to=self.reply_to, postal=self.postal)


class Prices(_Section):
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


class Model(_Section):
    """`[models.NAME]`: a model that tasks may be given to, with a `price` or declared `free`; nothing is guessed."""

    model: str = Field(min_length=3, max_length=200)
    """What litellm calls it: `anthropic/…`, `ollama_chat/…`, `openai/NAME` for any OpenAI-compatible endpoint."""
    endpoint: str = ""
    """`api_base`: the address of an endpoint of one's own, or of a compatible provider."""
    provider: str = ""
    """Whose outage is an outage of this model; the endpoint's host, else the first part of `model`."""
    tier: Literal["cheap", "standard", "strong"] = "standard"
    family: str = ""
    """Who trained it, for reviews by another family; the provider when empty."""
    privacy: Literal["hosted", "local"] = "hosted"
    capabilities: tuple[Literal["tools", "json", "vision"], ...] = ("json",)
    """What it can do besides text; `json`: answers in JSON mode when asked."""
    window: int = Field(default=128_000, ge=1_000, le=100_000_000)
    """Tokens of context, the reply included."""
    max_output: int = Field(default=8_000, ge=100, le=1_000_000)
    """The most tokens of one reply."""
    price: Prices | None = None
    free: bool = False
    key: Reference = ""
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
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
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
        return self

    @property
    def host(self) -> str:
        """What fails together: the provider of this model."""
        return self.provider or (urlsplit(self.endpoint).netloc if self.endpoint else self.model.partition("/")[0])

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
        )


class EngineSettings(_Section):
    """`[engine]`."""

    autostart: bool = True
    """Whether commands and the cockpit start an engine in the background when none lives."""


class Screen(_Section):
    """`[screen]`."""

    theme: str = "dark"
    """`dark`, `light`, `high-contrast`, `ansi`, or the name of a file in the folder `themes` beside config.toml."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Other keys for bindings, by their id: `{"bridge.spend" = "S"}`."""


class Settings(_Section):
    """The whole file; empty when there is none."""

    mail: Mail | None = None
    models: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")], Model] = Field(default_factory=dict)
    engine: EngineSettings = EngineSettings()
    screen: Screen = Screen()

    @property
    def identity(self) -> Identity | None:
        """Who sends; None when nobody is configured."""
        return self.mail.identity if self.mail else None

    @property
    def limits(self) -> Limits:
        """How much contact there may be."""
        return self.mail.limits.limits() if self.mail else Limits()

    @property
    def catalogue(self) -> tuple[Candidate, ...]:
        """The configured models as routing sees them, in the order of their names."""
        return tuple(self.models[name].candidate(name) for name in sorted(self.models))


def load_settings(path: Path) -> Settings:
    """Read config.toml. Raises BadInputError with the place of what cannot be used."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            str(path), f"cannot be read ({error})", "make it a readable UTF-8 file, or remove it"
        ) from None
    try:
        return Settings.model_validate(tomllib.loads(text, parse_float=Decimal))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadInputError(f"{path} [{where}]", first["msg"], "see docs/configuration.md") from None
        raise BadInputError(str(path), f"is not TOML: {error}", "see docs/configuration.md") from None
