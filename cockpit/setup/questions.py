"""The questions of `cockpit setup`, at a terminal. An empty answer takes what stands in brackets, or skips.

Nothing is kept or written here: what was said comes back as tables, and secrets beside them, for after the last yes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from cockpit.cli.render import safe, say
from cockpit.setup.draft import WITH_TOOLS, Cell, Provider, Table, alias, model_table, written
from engine.errors import BadInputError
from engine.settings import Settings, read_settings

T = TypeVar("T")
Ask = Callable[[str], str]
"""Question to answer, shown at the terminal (`hidden`: not shown)."""
TRIES = 3
_IDENTITY = (
    ("name", "Your name, as people will read it"),
    ("address", "Your mail address"),
    ("postal", "Your postal address, which stands below every mail"),
)
_SOMEBODY = Table(("mail",), {"name": "a", "address": "a@example.com", "postal": "12345"})
"""Stands in for what was not answered yet, so that each answer is checked by the schema itself."""
_PORTS = {"tls": 465, "starttls": 587, "none": 25}


@dataclass(slots=True)
class Said:
    """What the person said."""

    tables: list[Table] = field(default_factory=list)
    secrets: list[tuple[str, str]] = field(default_factory=list, repr=False)
    """Name and value, to be kept in the keyring."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask, and what is known."""

    ask: Ask
    hidden: Ask
    environ: Collection[str]
    """The names of variables that are set."""
    kept: Collection[str] | None
    """The names that the keyring keeps; None when there is no keyring that could keep more."""

    def models(self, offered: Sequence[Table], said: Said) -> None:
        """Which of the local models tasks may be given to."""
        if not offered:
            return
        say("", "Models on this machine:")
        say(*(f"  {number}  {safe(table.cells['model'])}" for number, table in enumerate(offered, 1)))

        def chosen(text: str) -> list[Table]:
            if text.lower() == "all":
                return list(offered)
            numbers = [int(part) for part in text.replace(",", " ").split() if part.isdecimal()]
            if not numbers or any(not 1 <= number <= len(offered) for number in numbers):
                raise BadInputError("", "that is none of the list", "write numbers of it, all, or nothing")
            return [offered[number - 1] for number in dict.fromkeys(numbers)]

        said.tables += self._until("Which may tasks be given to? Numbers, all, or empty for none: ", chosen) or []

    def provider(self, provider: Provider, value: str, settings: Settings, said: Said) -> None:
        """A model of a provider whose key is in the environment."""
        say("", f"A key for {provider.title} is in {provider.variable}.")
        taken = {*settings.models, *(table.path[1] for table in said.tables if table.path[0] == "models")}

        def named(text: str) -> str:
            full = text if text.startswith(f"{provider.prefix}/") else f"{provider.prefix}/{text}"
            model_table("a", full)
            return full

        litellm = self._until(f"The name of a model of theirs, as in {provider.prefix}/NAME; empty to skip: ", named)
        if litellm is None:
            return
        name, reference = alias(litellm, taken), f"env:{provider.variable}"
        question = "What it costs: dollars per million tokens, INPUT,OUTPUT; or free; empty to skip: "
        if self.kept is not None:
            kept = _free(provider.prefix, {*self.kept, *(own for own, _ in said.secrets)})
            if self.ask(f"Keep the key in the keyring too, as keyring:{kept}? [y/N] ").lower() in ("y", "yes"):
                reference = f"keyring:{kept}"

        def priced(text: str) -> Table:
            return model_table(name, litellm, key=reference, price="" if text.lower() == "free" else text)

        if (table := self._until(question, priced)) is None:
            return
        if self.ask("Can it use tools, as its provider documents it? [y/N] ").lower() in ("y", "yes"):
            table = table._replace(cells={**table.cells, "capabilities": WITH_TOOLS})
        said.tables.append(table)
        if reference.startswith("keyring:"):
            said.secrets.append((reference.partition(":")[2], value))

    def mail(self, settings: Settings, said: Said) -> None:
        """Who writes, and how mail leaves; what is configured already is not asked."""
        address = settings.mail.address if settings.mail else ""
        if settings.mail is None:
            say("", "Who writes. This stands in every mail; models never change it.")
            table: Table | None = _SOMEBODY
            for key, question in _IDENTITY:
                table = self._until(f"{question}, empty to skip mail: ", partial(_with, table, key)) if table else None
            if table is None:
                return
            said.tables.append(table)
            address = str(table.cells["address"])
        if settings.mail is None or settings.mail.smtp is None:
            self._smtp(address, said)

    def _smtp(self, address: str, said: Said) -> None:
        say("", "How mail leaves. Without a server, effects that send stay impossible.")
        host = self.ask("The SMTP server's name, empty to skip: ")
        if not host:
            return
        security = self._until("tls, starttls or none? [tls] ", _security, "tls")
        port = self._until(f"Port [{_PORTS[security or 'tls']}] ", _port, str(_PORTS[security or "tls"]))
        cells: dict[str, Cell] = {"host": host, "port": port or 0, "security": security or "tls"}
        user = self.ask(f"User name, - for none [{safe(address)}] ") or address
        if user != "-":
            cells |= {"user": user, "password": self._password(said)}
        table = Table(("mail", "smtp"), cells)
        try:
            read_settings(written([_SOMEBODY, table]), "mail")
        except BadInputError as error:
            say(f"  not taken over: {safe(error.where)} {safe(error.what)}")
            said.secrets[:] = [one for one in said.secrets if f"keyring:{one[0]}" != cells.get("password")]
            return
        said.tables.append(table)

    def _password(self, said: Said) -> str:
        """A reference to the password."""
        if self.kept is not None:
            value = self.hidden("Password (not shown), empty to name an environment variable instead: ")
            if value:
                name = _free("mail", {*self.kept, *(own for own, _ in said.secrets)})
                said.secrets.append((name, value))
                return f"keyring:{name}"
        name = self.ask("The environment variable that will hold the password [SMTP_PASSWORD] ") or "SMTP_PASSWORD"
        if name not in self.environ:
            say(f"  {safe(name)} is not set yet; the engine reads it when it sends")
        return f"env:{name}"

    def _until(self, question: str, understood: Callable[[str], T], default: str = "") -> T | None:
        """Ask until the answer can be used; None for an empty one, or after three that cannot."""
        for _ in range(TRIES):
            text = self.ask(question) or default
            if not text:
                return None
            try:
                return understood(text)
            except BadInputError as error:
                say(f"  {safe(error.what)}" + (f"; {safe(error.mend)}" if error.mend else ""))
        say("  skipped")
        return None


def _with(table: Table, key: str, text: str) -> Table:
    """The table with one more answer. Raises `BadInputError` for one that the schema refuses."""
    fuller = table._replace(cells={**table.cells, key: text})
    read_settings(written([fuller]), "mail")
    return fuller


def _security(text: str) -> Literal["tls", "starttls", "none"]:
    for known in ("tls", "starttls", "none"):
        if text.lower() == known:
            return known
    raise BadInputError("", "that is no way to protect the line", "write tls, starttls or none")


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65_535:
        return int(text)
    raise BadInputError("", "that is no port", "write a number from 1 to 65535")


def _free(name: str, taken: Collection[str]) -> str:
    """A name under which the keyring keeps nothing yet."""
    return (
        name
        if name not in taken
        else next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)
    )
