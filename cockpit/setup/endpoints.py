"""The questions about a server that has to be named: one with a key on this machine, or one elsewhere, that speaks like
OpenAI. Its key goes into the keyring or stays in the environment, and what it says it has is shown to choose from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from cockpit.cli.render import safe, say
from cockpit.setup.draft import UNKNOWN_WINDOW, Table, alias, model_table
from cockpit.setup.probe import Answer, Offered, State, listed
from cockpit.setup.questions import Asking, Said, free_name, variable
from engine.errors import BadInputError
from engine.settings import Settings
from engine.settings.fields import loopback

Listed = Callable[[str, str], tuple[State, tuple[Offered, ...]]]
"""Address and key to how it answers, and to its models."""
_SHOWN = 20


def ask_servers(
    asking: Asking, answers: Sequence[Answer], values: Callable[[str], str], settings: Settings, said: Said
) -> None:
    """A model of every server on this machine that wants a key, and of one more. `values` gives the value of an
    environment variable.
    """
    for answer in answers:
        if answer.state == "locked" and not _known(settings, answer.server.address):
            say("", f"{answer.server.kind} at {answer.server.address} asks for a key.")
            if asking.yes("Add a model of it?"):
                _ask_model(asking, answer.server.address, answer.server.prefix, values, settings, said)
    say("", "A server elsewhere, or one that was not found, that speaks like OpenAI.")
    question = "Its address, such as https://models.yours.example/v1; empty to skip: "
    if address := asking.until(question, _address):
        _ask_model(asking, address, "openai", values, settings, said)


def _known(settings: Settings, address: str) -> bool:
    return any(model.endpoint.rstrip("/") == address for model in settings.models.values())


def _address(text: str) -> str:
    model_table("a", "openai/a", endpoint=text)
    return text.rstrip("/")


def _ask_model(
    asking: Asking, address: str, prefix: str, values: Callable[[str], str], settings: Settings, said: Said
) -> None:
    host = urlsplit(address).hostname or "server"
    reference, key = _key(asking, host, values, said)
    state, offered = listed(address, key)
    name = asking.until(*_which(state, offered))
    if name is None:
        return
    window = next((one.window for one in offered if one.name == name), 0)
    if not window:
        question = f"Tokens of context that it runs with [{UNKNOWN_WINDOW}] "
        window = asking.until(question, _tokens, str(UNKNOWN_WINDOW)) or UNKNOWN_WINDOW
    local = loopback(host) and asking.yes("Is it a machine of yours, so that private inputs may go there?")
    taken = {*settings.models, *(table.path[1] for table in said.tables if table.path[0] == "models")}
    made = partial(
        _made, alias(name, taken), f"{prefix}/{name}", address=address, key=reference, local=local, window=window
    )
    if (table := asking.priced(made)) is None:
        return
    said.tables.append(table)
    if reference.startswith("keyring:") and key:
        said.secrets.append((reference.partition(":")[2], key))


def _made(name: str, litellm: str, price: str, *, address: str, key: str, local: bool, window: int) -> Table:
    most = min(window // 4, 8_000)
    return model_table(
        name, litellm, endpoint=address, key=key, price=price, local=local, window=window, max_output=most
    )


def _key(asking: Asking, host: str, values: Callable[[str], str], said: Said) -> tuple[str, str]:
    """A reference to its key, and the key: both empty when it needs none."""
    if asking.kept is not None:
        question = "Its key (not shown), or env:NAME for one in the environment; empty for none: "
        value = asking.until(question, _usable, shown=False) or ""
        if not value.startswith("env:"):
            taken = {*asking.kept, *(own for own, _ in said.secrets)}
            return (f"keyring:{free_name(alias(host, ()), taken)}", value) if value else ("", "")
        name = value.removeprefix("env:")
    else:
        name = asking.until("The environment variable that holds its key; empty for none: ", variable) or ""
    if name and not values(name):
        say(f"  {safe(name)} is not set here; the engine reads it when it calls")
    return (f"env:{name}", values(name)) if name else ("", "")


def _usable(text: str) -> str:
    """A key, or the name of its variable behind `env:`. Raises `BadInputError`, without repeating it."""
    key = text.strip()
    if key.startswith("env:"):
        return f"env:{variable(key.removeprefix('env:'))}"
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadInputError("", "that is no key: it holds spaces or letters that no key has", "look at what was pasted")
    return key


def _which(state: State, offered: tuple[Offered, ...]) -> tuple[str, Callable[[str], str]]:
    """The question for a model, and how its answer is understood."""

    def chosen(text: str) -> str:
        if text.isdecimal() and offered:
            if not 1 <= int(text) <= len(offered):
                raise BadInputError("", "that is none of the list", "write a number of it, or a name")
            text = offered[int(text) - 1].name
        model_table("a", f"openai/{text}")
        return text

    if offered:
        say(*(f"  {number}  {safe(one.name)}" for number, one in enumerate(offered[:_SHOWN], 1)))
        return "Which of them? A number or a name, empty to skip: ", chosen
    why = {
        "locked": "it refuses this key",
        "absent": "nobody listens there",
        "silent": "it does not answer",
        "answers": "it lists no models",
    }
    say(f"  {why.get(state, 'what answers there lists no models; many addresses end in /v1')}")
    return "The name of a model of it, empty to skip: ", chosen


def _tokens(text: str) -> int:
    if text.isdecimal() and 1_000 <= int(text) <= 10_000_000:
        return int(text)
    raise BadInputError("", "that is no number of tokens", "write one from 1000 to 10000000")
