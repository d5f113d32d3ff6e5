"""docs/configuration.md: config.toml from its schema, the environment, and the places of a home."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cockpit.cli import authority
from docs.wording import cell, default_of, limits_of, notes_of, page, prose, type_of
from engine import home, settings
from engine.containment import environment
from engine.effects import mail as identity
from engine.settings import connectors, fields, mail, models, programs, whole
from engine.values import MICRO, duration

ROOMS: tuple[ModuleType, ...] = (identity, connectors, fields, mail, models, programs, whole)
EXAMPLES = {
    "mail": """\
[mail]
name = "Ada Example"
address = "ada@yours.example"
postal = "1 Example Street, Example Town"
""",
    "mail.smtp": """\
[mail.smtp]
host = "smtp.yours.example"
user = "ada@yours.example"
password = "keyring:mail"
""",
    "mail.smtp.sent": """\
[mail.smtp.sent]
host = "imap.yours.example"
user = "ada@yours.example"
password = "keyring:mail"
folder = "Sent"
""",
    "mail.inbox": """\
[mail.inbox]
kind = "imap"
host = "imap.yours.example"
user = "ada@yours.example"
password = "keyring:mail"
""",
    "mail.limits": """\
[mail.limits]
per_day = 30
gap = "2m"
hours = "08:00-18:00"
bounces = "3%"
""",
    "models.NAME": """\
[models.writer]
model = "openai/NAME-OF-A-MODEL"
key = "keyring:openai"
tier = "strong"
price = { input = 3, output = 15, cache_read = 0.3 }

[models.here]
model = "ollama_chat/llama3.2"
endpoint = "http://127.0.0.1:11434"
privacy = "local"
window = 8192
max_output = 2000
free = true
""",
    "secrets.NAME": """\
[secrets.mail]
argv = ["pass", "show", "work/mail"]
timeout = "20s"
keep = "10m"
""",
    "connectors.NAME, kind webhook": """\
[connectors.site]
kind = "webhook"
url = "https://hooks.yours.example/publish"
secret = "keyring:site"
window = "24h"
""",
    "connectors.NAME, kind files": """\
[connectors.variants]
kind = "files"
folder = "/srv/site/variants"

[connectors.pages]
kind = "files"
repository = "/srv/site"
branch = "published"
folder = "pages"
""",
    "connectors.NAME, kind command": """\
[connectors.deploy]
kind = "command"
argv = ["/usr/local/bin/deploy-page", "--quiet"]
""",
    "connectors.NAME, kind mcp": """\
[connectors.tickets]
kind = "mcp"
argv = ["/usr/local/bin/tickets-server", "--stdio"]
env = {TICKETS_TOKEN = "keyring:tickets"}
operation = "create_ticket"
pin = "5f0d2a1c9b8e7f605142332415061728394a5b6c7d8e9fa0b1c2d3e4f5061728"
""",
    "engine": """\
[engine]
autostart = true
parallel = 12
""",
    "screen": """\
[screen]
theme = "light"
""",
}
"""Table to example; tests/test_docs.py reads all of them, together, with the schema."""


def configuration() -> str:
    """The page."""
    lines = [
        "# Configuration",
        "",
        *prose(
            "There is one file, `config.toml`, and it may be missing. `cockpit setup` writes it, `cockpit doctor` "
            "checks it. It is read with one schema, in which an unknown table or key is an error that names its place."
        ),
        "",
        *prose(
            "Secrets never stand in the file. Where one is needed, a *reference* says where it is kept: `keyring:NAME` "
            "in the system's keyring (`cockpit keys set NAME`), `env:NAME` in the environment that the engine was "
            "started with, `command:NAME` from a program that `[secrets.NAME]` names. A *time* is written with its "
            "unit, `30s`, `2h`. *Dollars* are written `3` or `0.25`, with at most six decimals."
        ),
    ]
    for name, model in tables():
        lines += _table(name, model)
    lines += [
        "",
        *prose(
            "Without `[mail]` nothing can be proposed that writes to people; a rehearsal then uses an invented sender, "
            f"`{settings.REHEARSED_IDENTITY.address}`."
        ),
        "",
        "## Environment variables",
        "",
        "| variable | meaning |",
        "|---|---|",
        f"| `{home.VARIABLE}` | the home: one folder that holds everything below. `--home` wins over it |",
        f"| `{authority.TOKEN}` | lets a script decide ([how](howto/steer-from-scripts.md)) |",
        f"| `{environment.COOKIE_VARIABLE}` | set for commands that are workers: they can change nothing |",
        "| `TZ` | the time zone in which times are shown, and that of a contract without `zone:` |",
        "",
        "## Where things are",
        "",
        *prose(
            "With `--home DIR` or `COCKPIT_HOME=DIR` everything is below `DIR`. Otherwise the ledger and what belongs "
            "to it are in the user's data folder of this system, `config.toml` in the configuration folder and logs in "
            "the log folder (on Linux `~/.local/share/mission-cockpit`, `~/.config/mission-cockpit`, "
            "`~/.local/state/mission-cockpit/log`). Folders are made with mode 0700, files with 0600."
        ),
        "",
        "| place | what it is |",
        "|---|---|",
    ]
    chosen = home.Home.at(Path("/DIR"))
    for name in ("root", "config", "log"):
        note = notes_of(home)["Home"].get(name, "")
        lines.append(f"| `{_place(getattr(chosen, name))}` | {note} |")
    for name, value in inspect.getmembers(home.Home, lambda one: isinstance(one, property)):
        lines.append(f"| `{_place(getattr(chosen, name))}` | {cell(inspect.cleandoc(value.__doc__ or ''))} |")
    lines.append("| `DIR/config.toml.bak` | The one before, once `cockpit setup` wrote a new one. |")
    lines.append("| `DIR/themes` | Themes of your own, one TOML file each. |")
    lines.append("| `DIR/decision.token` | The decision token of this installation, once `cockpit token` made it. |")
    return page(*lines)


def tables() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of the file: its name, and its schema."""
    for name, field in settings.Settings.model_fields.items():
        if name == "connectors":
            for kind in (settings.Webhook, settings.Files, settings.Command, settings.Mcp):
                yield f"connectors.NAME, kind {kind.__name__.lower()}", kind
            continue
        inner = _model(field)
        assert inner is not None
        whole_name = f"{name}.NAME" if inner in (settings.Model, settings.SecretProgram) else name
        yield from _within(whole_name, inner)


def _within(name: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    yield name, model
    for key, field in model.model_fields.items():
        inner = _model(field)
        if inner is not None and inner is not settings.Prices:
            yield from _within(f"{name}.{key}", inner)


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The schema of a field that is a table, or a mapping to tables."""
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _table(name: str, model: type[BaseModel]) -> list[str]:
    said = inspect.cleandoc(model.__doc__ or "").removeprefix(f"`[{name}]`").lstrip(":. ")
    table, comma, kind = name.partition(",")
    lines = ["", f"## [{table}]{comma}{kind}"]
    lines += ["", *prose(said[:1].upper() + said[1:])] if said else []
    if name in EXAMPLES:
        lines += ["", "```toml", *EXAMPLES[name].strip("\n").split("\n"), "```"]
    lines += ["", "| key | type | default | |", "|---|---|---|---|"]
    told, hints = _told(model), get_type_hints(model, include_extras=True)
    for key, field in model.model_fields.items():
        inner = _model(field)
        if inner is settings.Prices:
            lines += [f"| `{key}` | table | {default_of(field)} | {_note(inspect.getdoc(inner) or '')} |"]
            prices = get_type_hints(inner, include_extras=True)
            for one, part in inner.model_fields.items():
                lines.append(f"| `{key}.{one}` | {_kind(prices[one], part)} | {_default(prices[one], part)} |  |")
        elif inner is None:
            limits = "" if hints[key] in (settings.Time, settings.Port) else limits_of(field)
            note = "; ".join(part for part in (told.get(key, "").rstrip("."), limits) if part)
            lines.append(f"| `{key}` | {_kind(hints[key], field)} | {_default(hints[key], field)} | {note} |")
    return lines


def _note(text: str) -> str:
    said = text.removeprefix("`price` of a model: ").rstrip(".")
    return cell(said[:1].upper() + said[1:])


def _told(model: type[BaseModel]) -> dict[str, str]:
    """Field to its note, those of what the model inherits from too."""
    notes = {name: own for room in ROOMS for name, own in notes_of(room).items()}
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        found |= notes.get(kind.__name__, {})
    return found


def _kind(hint: Any, field: FieldInfo) -> str:
    named = {settings.Time: "time", settings.Dollars: "dollars", settings.Reference: "reference", settings.Port: "port"}
    for kind, words in named.items():
        if hint == kind or kind in get_args(hint):
            return words
    return type_of(field)


def _default(hint: Any, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if hint == settings.Time:
        return f"`{duration(value)}`" if value else "none"
    if settings.Dollars in (hint, *get_args(hint)) and isinstance(value, int):
        return f"`{value / MICRO:g}`"
    return default_of(field)


def _place(path: Path) -> str:
    return str(path).removeprefix("/")
