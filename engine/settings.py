"""config.toml: who sends, for now. One schema; a value that cannot be used is an error that names its place.

```toml
[mail]
name = "Ada Example"
address = "ada@yours.example"
reply_to = "ada@yours.example"     # optional
postal = "1 Example Street, Example Town"
```
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.effects.mail import Identity
from engine.errors import BadInputError

REHEARSED_IDENTITY = Identity(
    name="Rehearsal", address="rehearsal@cockpit.invalid", postal="no street, a rehearsal sends nothing"
)
"""Who rehearsed effects come from when nobody is configured: an address that cannot exist (RFC 2606)."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    mail: Identity | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says; empty when there is none."""

    identity: Identity | None = None


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
        parsed = _Settings.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInputError(str(path), f"is not TOML: {error}", "see docs/configuration.md") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInputError(f"{path} [{where}]", first["msg"], "see docs/configuration.md") from None
    return Settings(parsed.mail)
