"""The whole of config.toml, and how it is read."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from engine.effects.mail import Identity
from engine.errors import BadInputError
from engine.governance.courtesy import Limits
from engine.routing.catalogue import Candidate
from engine.secrets import NAME
from engine.secrets.program import Program
from engine.settings.connectors import BUILT_IN, Mcp, Outlet, Webhook
from engine.settings.fields import WRITTEN, Section
from engine.settings.mail import Mail
from engine.settings.models import Model
from engine.settings.programs import SecretProgram

REHEARSED_IDENTITY = Identity(
    name="Rehearsal", address="rehearsal@cockpit.invalid", postal="no street, a rehearsal sends nothing"
)
"""Who rehearsed effects come from when nobody is configured: an address that cannot exist (RFC 2606)."""


class EngineSettings(Section):
    """`[engine]`."""

    autostart: bool = True
    """Whether commands and the cockpit start an engine in the background when none lives."""
    parallel: int = Field(default=6, ge=1, le=20)
    """How many attempts of one mission run side by side, commands and humans not counted. Caps hold at any number"""
    commands: int = Field(default=2, ge=1, le=20)
    """How many commands of one mission run side by side: they compete for the machine"""


class Screen(Section):
    """`[screen]`."""

    theme: str = Field(default="dark", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    """`dark`, `light`, `high-contrast`, `ansi`, or the name of a file in the folder `themes` beside config.toml."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Other keys for bindings, by their id: `{"app.spend" = "S"}`."""


class Settings(Section):
    """The whole file; empty when there is none."""

    mail: Mail | None = None
    models: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")], Model] = Field(default_factory=dict)
    secrets: dict[Annotated[str, Field(pattern=rf"^{NAME}$")], SecretProgram] = Field(default_factory=dict)
    connectors: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")], Outlet] = Field(default_factory=dict)
    engine: EngineSettings = EngineSettings()
    screen: Screen = Screen()

    @field_validator("connectors")
    @classmethod
    def _free_names(cls, value: dict[str, Outlet]) -> dict[str, Outlet]:
        if taken := sorted(set(BUILT_IN) & value.keys()):
            raise ValueError(f"{taken[0]} is built in; choose another name")
        return value

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

    def program(self, name: str) -> Program | None:
        """The program behind `command:NAME`; None when there is none."""
        given = self.secrets.get(name)
        return given.program if given else None

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Every place that names a secret, and the reference that stands there."""
        found = [(f"models.{name}.key", model.key) for name, model in sorted(self.models.items())]
        if self.mail and (smtp := self.mail.smtp):
            found += [("mail.smtp.password", smtp.password)]
            found += [("mail.smtp.sent.password", smtp.sent.password)] if smtp.sent else []
        if self.mail and self.mail.inbox:
            found += [("mail.inbox.password", self.mail.inbox.password)]
        for name, one in sorted(self.connectors.items()):
            if isinstance(one, Webhook | Mcp):
                found.append((f"connectors.{name}.secret", one.secret))
            if isinstance(one, Mcp):
                found += [(f"connectors.{name}.env.{key}", reference) for key, reference in sorted(one.env.items())]
        return tuple((place, reference) for place, reference in found if reference)


def load_settings(path: Path) -> Settings:
    """Read config.toml; a missing one is empty. Raises BadInputError with the place of what cannot be used."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({type(error).__name__})"
        raise BadInputError(str(path), what, "make it a readable UTF-8 file, or remove it") from None
    return read_settings(text, str(path))


def read_settings(text: str, where: str = "config.toml") -> Settings:
    """The settings that a text says. Raises BadInputError with the first place that cannot be used."""
    settings, faults = judge_settings(text, where)
    if settings is None:
        raise faults[0]
    return settings


def judge_settings(text: str, where: str = "config.toml") -> tuple[Settings | None, tuple[BadInputError, ...]]:
    """The settings, or everything that cannot be used, each with its place."""
    try:
        return Settings.model_validate(tomllib.loads(text, parse_float=Decimal), context=WRITTEN), ()
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False, include_context=False)
        return None, tuple(_fault(where, one["loc"], _SAID.get(one["type"], one["msg"])) for one in told)
    except (RecursionError, ValueError, ArithmeticError) as error:
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deep, or a number out of range"
        return None, (BadInputError(where, f"is not TOML: {said}", "see docs/configuration.md"),)


_SAID = {
    "extra_forbidden": "there is no such key",
    "missing": "is missing",
    "model_type": "is a table",
    "dict_type": "is a table",
}
"""What pydantic says otherwise, by its kind of error."""


def _fault(where: str, place: tuple[int | str, ...], said: str) -> BadInputError:
    steps = [str(part) for part in place]
    if steps[-1:] == ["[key]"]:
        small = "a model is named in small letters, digits and . _ - (at most 40)"
        steps, said = steps[:-1], small if steps[0] == "models" else "a secret is named in letters, digits and . _ @ -"
    what = said.removeprefix("Value error, ")
    return BadInputError(f"{where} [{'.'.join(steps)}]", what, "see docs/configuration.md")
