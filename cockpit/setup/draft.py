"""Drafts of tables for config.toml: what may be proposed, how it is written, and how it joins a file. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from cockpit.setup.probe import Answer
from engine.errors import BadInputError
from engine.settings import Settings, read_settings

HEAD = (
    "# Mission Cockpit. What every key means: docs/configuration.md. Secrets never stand here: cockpit keys set NAME\n"
)
UNKNOWN_WINDOW = 8_192
"""Tokens of context that are assumed of a local server that does not say; stands in the file, with a note."""

Scalar = str | int | bool | Decimal
Cell = Scalar | Mapping[str, Scalar] | tuple[str, ...]
WITH_TOOLS = ("json", "tools")
"""The capabilities of a model that may use tools."""


class Table(NamedTuple):
    """One table of config.toml: its path, its keys, and a comment."""

    path: tuple[str, ...]
    cells: Mapping[str, Cell]
    note: str = ""


class Provider(NamedTuple):
    """A provider that is known by the environment variable of its key."""

    variable: str
    title: str
    prefix: str


PROVIDERS = (
    Provider("ANTHROPIC_API_KEY", "Anthropic", "anthropic"),
    Provider("OPENAI_API_KEY", "OpenAI", "openai"),
    Provider("GEMINI_API_KEY", "Google Gemini", "gemini"),
    Provider("MISTRAL_API_KEY", "Mistral", "mistral"),
    Provider("GROQ_API_KEY", "Groq", "groq"),
    Provider("DEEPSEEK_API_KEY", "DeepSeek", "deepseek"),
    Provider("XAI_API_KEY", "xAI", "xai"),
    Provider("COHERE_API_KEY", "Cohere", "cohere_chat"),
    Provider("CEREBRAS_API_KEY", "Cerebras", "cerebras"),
    Provider("TOGETHERAI_API_KEY", "Together AI", "together_ai"),
    Provider("FIREWORKS_AI_API_KEY", "Fireworks AI", "fireworks_ai"),
    Provider("OPENROUTER_API_KEY", "OpenRouter", "openrouter"),
)


def keys_of(environ: Mapping[str, str]) -> list[Provider]:
    """The providers whose key is in the environment. Only looks whether it is there."""
    return [provider for provider in PROVIDERS if environ.get(provider.variable, "").strip()]


def local_models(answers: Iterable[Answer], settings: Settings) -> list[Table]:
    """A table for every model that a local server offers and that is not configured yet."""
    known = {(model.model, model.endpoint.rstrip("/")) for model in settings.models.values()}
    taken = set(settings.models)
    tables = []
    for answer in answers:
        for offered in answer.models:
            name = f"{answer.server.prefix}/{offered.name}"
            if (name, answer.server.address) in known:
                continue
            called = alias(offered.name, taken)
            taken.add(called)
            window = offered.window or UNKNOWN_WINDOW
            cells: dict[str, Cell] = {
                "model": name,
                "endpoint": answer.server.address,
                "privacy": "local",
                "window": window,
                "max_output": min(window // 4, 8_000),
                "free": True,
            }
            cells |= {"capabilities": WITH_TOOLS} if offered.tools else {}
            said = "" if offered.window else "window: not said by the server; correct it if it runs with another"
            tables.append(Table(("models", called), cells, said))
    return tables


def model_table(
    name: str,
    litellm: str,
    *,
    endpoint: str = "",
    key: str = "",
    price: str = "",
    tier: str = "",
    local: bool = False,
    window: int = 0,
    max_output: int = 0,
    tools: bool = False,
) -> Table:
    """A table for one model; no `price` means free. Raises `BadInputError` for what the schema refuses."""
    cells: dict[str, Cell] = {"model": litellm}
    given: dict[str, Cell] = {
        "endpoint": endpoint,
        "tier": tier,
        "privacy": "local" if local else "",
        "window": window,
        "max_output": max_output,
        "key": key,
        "capabilities": WITH_TOOLS if tools else "",
    }
    cells |= {name: cell for name, cell in given.items() if cell}
    cells |= {"price": prices(price)} if price else {"free": True}
    table = Table(("models", name), cells)
    read_settings(written([table]), "model")
    return table


def prices(text: str) -> dict[str, Scalar]:
    """Dollars per million tokens, from `IN,OUT`. Raises `BadInputError`."""
    try:
        put_in, out = (Decimal(part.strip()) for part in text.split(","))
    except (ValueError, InvalidOperation):
        put_in = out = Decimal("NaN")
    if not (put_in.is_finite() and out.is_finite()):
        mend = "write dollars per million tokens, input and output, such as 3,15 or 0.25,1.25"
        raise BadInputError("price", "cannot be read", mend)
    return {"input": put_in, "output": out}


def alias(name: str, taken: Collection[str]) -> str:
    """A short name for a model, from litellm's or the server's: `meta/Llama-3.3:70b` gives `llama-3.3-70b`."""
    last = name.rstrip("/").rpartition("/")[2].lower().removesuffix(".gguf").removesuffix(":latest")
    base = re.sub(r"[^a-z0-9._-]+", "-", last).strip("._-")[:36] or "model"
    free = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(one for one in free if one not in taken)


def written(tables: Sequence[Table]) -> str:
    """The tables as TOML."""
    return "\n".join(_table(table) for table in tables)


def _table(table: Table) -> str:
    lines = [f"[{'.'.join(_key(step) for step in table.path)}]"]
    lines += [f"# {table.note}"] if table.note else []
    lines += [f"{_key(key)} = {_cell(cell)}" for key, cell in table.cells.items()]
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII) else _text(text)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_cell(value)}" for key, value in cell.items()) + " }"
    if isinstance(cell, tuple):
        return "[" + ", ".join(_text(one) for one in cell) + "]"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return format(cell, "f") if isinstance(cell, Decimal) else _text(cell) if isinstance(cell, str) else str(cell)


def _text(text: str) -> str:
    """A basic string: the escapes of JSON are escapes of TOML, which also wants one for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def joined(before: str | None, tables: Sequence[Table], where: str = "config.toml") -> str:
    """The file with new tables at its end; every line that was there stays as it was.

    Raises `BadInputError` when the file cannot be read, or cannot hold the tables.
    """
    if before is not None:
        read_settings(before, where)
    text = HEAD if before is None else before
    if text and not text.endswith("\n"):
        text += "\n"
    after = text + ("\n" if text else "") + written(tables)
    try:
        read_settings(after, where)
    except BadInputError as error:
        raise BadInputError(
            where, f"cannot take the new tables at its end ({error.what})", "add them by hand"
        ) from None
    return after


def difference(before: str | None, after: str, name: str) -> list[str]:
    """What changes, as lines of a unified diff."""
    old = (before or "").splitlines()
    return list(
        difflib.unified_diff(old, after.splitlines(), name if before is not None else "none", name, lineterm="")
    )
