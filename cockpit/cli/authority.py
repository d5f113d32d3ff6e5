"""Who may decide (decision 21): a human at a terminal, or a script that holds this installation's decision token.

Under an attempt's environment every writing command is refused: workers never decide.
"""

from __future__ import annotations

import getpass
import hmac
import os
import secrets
import sys
from collections.abc import Mapping
from typing import NamedTuple

from engine.errors import BadInputError, SaysNoError, StoreError
from engine.home import Home

TOKEN = "COCKPIT_DECISION_TOKEN"  # noqa: S105 (the name of a variable)
ATTEMPT = "COCKPIT_ATTEMPT"


class Author(NamedTuple):
    """Who stands behind a command. `scripted` is recorded with the decision."""

    actor: str
    scripted: bool

    @property
    def person(self) -> str:
        """Who that is, at a terminal or by a script."""
        return self.actor.partition(":")[2] or self.actor


def at_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def author(home: Home, environ: Mapping[str, str] | None = None, *, decides: bool = False) -> Author:
    """Who gives this command. Raises `SaysNoError` inside an attempt, and for decisions that nobody may make so."""
    environ = os.environ if environ is None else environ
    if environ.get(ATTEMPT):
        raise SaysNoError("cockpit", "a worker cannot change a mission", "propose it in the handoff")
    given = environ.get(TOKEN)
    if given:
        if not hmac.compare_digest(given.strip().encode(), token(home).encode()):
            raise SaysNoError(TOKEN, "is not the token of this installation", "cockpit token prints it at a terminal")
        return Author(f"script:{user()}", scripted=True)
    if at_terminal():
        return Author(f"human:{user()}", scripted=False)
    if decides:
        raise SaysNoError(
            "cockpit", "a decision needs a person at a terminal", f"or a script with {TOKEN} (cockpit token prints it)"
        )
    return Author(f"script:{user()}", scripted=True)


def user() -> str:
    """The name of the system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"


def token(home: Home) -> str:
    """This installation's decision token; made (0600) when it is needed first. Raises `StoreError`."""
    path = home.root / "decision.token"
    try:
        if not path.exists():
            home.ensure()
            fresh = home.root / f".decision.token.{secrets.token_hex(4)}"
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        if path.stat().st_mode & 0o077:
            raise StoreError(str(path), "may be read by others", f"chmod 600 {path}, or remove it to get a new one")
        content = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise StoreError(str(path), f"cannot be used ({error})", "remove it to get a new one") from error
    if len(content) < 32:
        raise StoreError(str(path), "holds no token", "remove it to get a new one")
    return content


def ask(question: str) -> str:
    """A line from the person at the terminal. Raises `BadInputError` where there is none."""
    if not at_terminal():
        raise BadInputError("cockpit", "there is nobody to ask", "give every argument")
    try:
        return input(question).strip()
    except EOFError:
        return ""
