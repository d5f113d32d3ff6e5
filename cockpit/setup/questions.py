"""The questions of `cockpit setup`, at a terminal. An empty answer takes what stands in brackets, or skips.

Nothing is kept or written here: what was said comes back as tables, and secrets beside them, for after the last yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

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
_INBOX_PORTS = {"tls": 993, "starttls": 143, "none": 143}


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

        said.tables += self.until("Which may tasks be given to? Numbers, all, or empty for none: ", chosen) or []

    def provider(self, provider: Provider, value: str, settings: Settings, said: Said) -> None:
        """A model of a provider whose key is in the environment."""
        say("", f"A key for {provider.title} is in {provider.variable}.")
        taken = {*settings.models, *(table.path[1] for table in said.tables if table.path[0] == "models")}

        def named(text: str) -> str:
            full = text if text.startswith(f"{provider.prefix}/") else f"{provider.prefix}/{text}"
            model_table("a", full)
            return full

        litellm = self.until(f"The name of a model of theirs, as in {provider.prefix}/NAME; empty to skip: ", named)
        if litellm is None:
            return
        name, reference = alias(litellm, taken), f"env:{provider.variable}"
        if self.kept is not None:
            kept = free_name(provider.prefix, {*self.kept, *(own for own, _ in said.secrets)})
            if self.yes(f"Keep the key in the keyring too, as keyring:{kept}?"):
                reference = f"keyring:{kept}"
        if (table := self.priced(lambda price: model_table(name, litellm, key=reference, price=price))) is None:
            return
        said.tables.append(table)
        if reference.startswith("keyring:"):
            said.secrets.append((reference.partition(":")[2], value))

    def priced(self, made: Callable[[str], Table]) -> Table | None:
        """A model with what it costs and whether it uses tools; None without a price, for none is guessed."""
        question = "What it costs: dollars per million tokens, INPUT,OUTPUT; or free; empty to skip: "
        table = self.until(question, lambda text: made("" if text.lower() == "free" else text))
        if table is not None and self.yes("Can it use tools, as its provider documents it?"):
            return table._replace(cells={**table.cells, "capabilities": WITH_TOOLS})
        return table

    def yes(self, question: str) -> bool:
        """Whether the answer is yes; nothing is no."""
        return self.ask(f"{question} [y/N] ").lower() in ("y", "yes")

    def mail(self, settings: Settings, said: Said) -> None:
        """Who writes, how mail leaves and where answers come in; what is configured already is not asked."""
        address = settings.mail.address if settings.mail else ""
        if settings.mail is None:
            say("", "Who writes. This stands in every mail; models never change it.")
            table: Table | None = _SOMEBODY
            for key, question in _IDENTITY:
                table = self.until(f"{question}, empty to skip mail: ", partial(_with, table, key)) if table else None
            if table is None:
                return
            said.tables.append(table)
            address = str(table.cells["address"])
        if settings.mail is None or settings.mail.smtp is None:
            say("", "How mail leaves. Without a server, effects that send stay impossible.")
            self._server(Table(("mail", "smtp"), {}), "SMTP", _PORTS, address, said)
        if settings.mail is None or settings.mail.inbox is None:
            say("", "Where answers come in. Without a server, the folder inbox of the home is read.")
            self._server(Table(("mail", "inbox"), {"kind": "imap"}), "IMAP", _INBOX_PORTS, address, said)

    def _server(self, table: Table, kind: str, ports: Mapping[str, int], address: str, said: Said) -> None:
        """One mail server. Each answer is checked when it is given."""
        named = self.until(f"The {kind} server's name, empty to skip: ", partial(_beside, table, "host"))
        secured = self.until("tls, starttls or none? [tls] ", partial(_secured, named), "tls") if named else None
        if secured is None:
            return
        usual = ports[str(secured.cells["security"])]
        table = self.until(f"Port [{usual}] ", partial(_at_port, secured), str(usual)) or secured
        user = self.ask(f"User name, - for none [{safe(address)}] ") or address
        if user != "-":
            table = table._replace(cells={**table.cells, "user": user, "password": self._password(said)})
        said.tables.append(table)

    def _password(self, said: Said) -> str:
        """A reference to the password."""
        used = [str(table.cells["password"]) for table in said.tables if "password" in table.cells]
        if self.kept is not None:
            otherwise = f"use {used[-1]} here too" if used else "name an environment variable instead"
            value = self.hidden(f"Password (not shown), empty to {otherwise}: ")
            if value:
                name = free_name("mail", {*self.kept, *(own for own, _ in said.secrets)})
                said.secrets.append((name, value))
                return f"keyring:{name}"
            if used:
                return used[-1]
        usual = used[-1].partition(":")[2] if used else "SMTP_PASSWORD"
        question = f"The environment variable that will hold the password [{usual}] "
        name = self.until(question, variable, usual) or usual
        if name not in self.environ:
            say(f"  {safe(name)} is not set yet; the engine reads it when it needs it")
        return f"env:{name}"

    def until(
        self, question: str, understood: Callable[[str], T], default: str = "", *, shown: bool = True
    ) -> T | None:
        """Ask until the answer can be used; None for an empty one, or after three that cannot."""
        for _ in range(TRIES):
            text = (self.ask if shown else self.hidden)(question) or default
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


def _beside(table: Table, key: str, cell: Cell) -> Table:
    """The same for a table below `mail`."""
    fuller = table._replace(cells={**table.cells, key: cell})
    read_settings(written([_SOMEBODY, fuller]), "mail")
    return fuller


def _secured(table: Table, text: str) -> Table:
    if text.lower() not in _PORTS:
        raise BadInputError("", "that is no way to protect the line", "write tls, starttls or none")
    return _beside(table, "security", text.lower())


def _at_port(table: Table, text: str) -> Table:
    if text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 65_535:
        return _beside(table, "port", int(text))
    raise BadInputError("", "that is no port", "write a number from 1 to 65535")


def variable(text: str) -> str:
    """The name of an environment variable. Raises `BadInputError`."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", text, re.ASCII):
        return text
    raise BadInputError("", "that is no name of a variable", "write letters, digits and _ only, such as SMTP_PASSWORD")


def free_name(name: str, taken: Collection[str]) -> str:
    """A name under which the keyring keeps nothing yet."""
    return (
        name
        if name not in taken
        else next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)
    )
