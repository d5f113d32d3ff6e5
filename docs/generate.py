"""Reference pages made from the code: `python docs/generate.py` writes them, `--check` says which are out of date.

docs/cli.md from the parser's table of commands, docs/events.md from the bodies of events, docs/configuration.md from
the settings, the places of a home and the environment variables. What stands in docstrings stands on the page.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cockpit.cli import authority
from cockpit.cli.parser import COMMANDS, EPILOG, Command
from engine import home, settings
from engine.effects.mail import Identity
from engine.ledger import bodies
from engine.ledger.bodies import mission, outside, work
from engine.ledger.bodies.base import Body
from engine.workers import environment

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/generate.py from the code; change the code, then run it again. -->"
GROUPS = {
    "Contracts and missions": ("demo", "new", "check", "start", "pause", "resume", "stop"),
    "Looking": ("ls", "show", "board", "branches", "state", "log", "why", "spend", "context", "receipt"),
    "Deciding": ("attention", "approve", "reject", "answer", "withdraw", "keep", "prune"),
    "Evidence and people": ("evidence", "suppress", "restore"),
    "The installation": ("engine", "doctor", "token"),
}
EVENTS: tuple[tuple[str, ModuleType], ...] = (
    ("Mission, plan, time and judgement", mission),
    ("Attempts, money, and what they leave behind", work),
    ("Effects, people and decisions", outside),
)
Tool = argparse.ArgumentParser


def pages() -> dict[str, str]:
    """Every generated page: its file name in this folder, and its text."""
    return {"cli.md": cli(), "events.md": events(), "configuration.md": configuration()}


def outdated() -> list[str]:
    """The pages that are not what the code says."""
    return [name for name, text in pages().items() if _read(DOCS / name) != text]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _page(*parts: str) -> str:
    return "\n".join((MADE, *parts)).rstrip("\n") + "\n"


def _prose(text: str) -> list[str]:
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def cli() -> str:
    """The command line."""
    known = {command.name: command for command in COMMANDS}
    placed = [name for names in GROUPS.values() for name in names]
    groups = dict(GROUPS)
    if rest := tuple(name for name in known if name not in placed):
        groups["More"] = rest
    lines = [
        "# The command line",
        "",
        "`cockpit [--home DIR] COMMAND ...`. `--home` stands before or after the command and wins over `COCKPIT_HOME`.",
        "`cockpit --version` prints the version, `cockpit COMMAND --help` the arguments of a command.",
        "",
        "Ids are accepted with the mission's slug (`gtm/Q4`) and, where it is clear which is meant, without it (`Q4`).",
        "Commands that write wait for the engine's answer, and start an engine in the background if none runs.",
        "",
        "```text",
        *EPILOG.strip("\n").split("\n"),
        "```",
    ]
    for title, names in groups.items():
        lines += ["", f"## {title}"]
        for name in names:
            if name in known:
                lines += _command(known[name])
    return _page(*lines)


def _command(command: Command) -> list[str]:
    tool = Tool(prog=f"cockpit {command.name}", add_help=False)
    command.arguments(tool)
    branches = [action for action in tool._actions if isinstance(action, argparse._SubParsersAction)]
    lines = ["", f"### {command.name}", "", f"{command.help[:1].upper()}{command.help[1:]}.", ""]
    if not branches:
        return [*lines, *_usage(tool)]
    for action in branches:
        helps = {choice.dest: choice.help for choice in action._choices_actions}
        for name, inner in action.choices.items():
            inner.prog = f"cockpit {command.name} {name}"
            lines += [f"{command.name} {name}: {helps.get(name) or ''}", "", *_usage(inner), ""]
    return lines[:-1]


def _usage(tool: Tool) -> list[str]:
    actions = [action for action in tool._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    synopsis = " ".join([tool.prog, *(_synopsis(action) for action in actions)])
    lines = ["```text", *textwrap.wrap(synopsis, 100, subsequent_indent="    "), "```"]
    rows = [(f"`{_name(action)}`", _said(action)) for action in actions if action.help or action.choices]
    if rows:
        lines += ["", "| argument | meaning |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows)]
    return lines


def _name(action: argparse.Action) -> str:
    metavar = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    shown = " ".join(metavar) if isinstance(metavar, tuple) else str(metavar)
    if not action.option_strings:
        return shown
    if action.choices is not None:
        shown = "|".join(str(choice) for choice in action.choices)
    return f"{action.option_strings[-1]} {shown}".strip()


def _synopsis(action: argparse.Action) -> str:
    name = _name(action)
    if action.option_strings:
        return name if action.required else f"[{name}]"
    return f"[{name}]" if action.nargs == "?" else name


def _said(action: argparse.Action) -> str:
    said = _cell(str(action.help or ""))
    return said + (" (required)" if action.option_strings and action.required else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def events() -> str:
    """The ledger's kinds of event."""
    lines = [
        "# Events",
        "",
        *_prose(
            "A mission is the list of its events, in order, each bound to the one before by its hash. Nothing is ever "
            "changed: what is true now is computed from them ([architecture](architecture.md)). This page lists every "
            f"kind that this release writes, {len(bodies.REGISTRY)} of them. `cockpit log MISSION --all --json` shows "
            "those of a mission."
        ),
        "",
        *_prose(
            "Beside its body an event has `seq` (its number in the ledger), `mission`, `height` (its number in the "
            "mission), `kind`, `version`, `at` (the mission's own clock) and `wall` (the machine's clock), both in "
            "milliseconds UTC, `actor`, `epoch` (which engine wrote it), `body_hash`, `prev` and `hash`. What belongs "
            "to no mission (people who must not be contacted) is in the stream `home`."
        ),
        "",
        *_prose(
            "Ids in bodies are short (`T3`, `Q4`); money is whole micro-dollars; a sha256 names a blob; a field is "
            "left out of the body when it holds its default. A kind or version that a release does not know is kept "
            "and shown, never dropped."
        ),
    ]
    for title, module in EVENTS:
        notes = _notes(module)
        lines += ["", f"## {title}"]
        for name, model in bodies.REGISTRY.items():
            if model.__module__ == module.__name__:
                lines += _event(name, model, notes.get(model.__name__, {}))
    return _page(*lines)


def _event(name: str, model: type[Body], notes: dict[str, str]) -> list[str]:
    lines = ["", f"### {name}", "", f"version {model.VERSION}"]
    if model.__doc__ and model.__doc__ != Body.__doc__:
        lines[-1] += f". {_cell(inspect.cleandoc(model.__doc__))}"
    fields = {key: field for key, field in model.model_fields.items() if key not in Body.model_fields}
    if fields:
        lines += ["", "| field | type | default | |", "|---|---|---|---|"]
        lines += [
            f"| `{key}` | {_type(field)} | {_default(field)} | {notes.get(key, '')} |" for key, field in fields.items()
        ]
    return lines


def _notes(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class to field to the string that stands below the field, which Python itself forgets."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = dict(_below(node.body))
    return found


def _below(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for one, after in pairwise(body):
        said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(said, str):
            yield one.target.id, _cell(inspect.cleandoc(said))


def _type(field: FieldInfo) -> str:
    return _cell(_named(field.annotation))


def _named(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{choice}`" if choice else "nothing" for choice in args)
    if origin is Annotated:
        return _named(args[0])
    if origin is tuple:
        return f"list of {_named(args[0])}"
    if origin is dict:
        return "mapping"
    if args:
        return " or ".join(_named(arg) for arg in args)
    plain = {"str": "text", "int": "integer", "bool": "yes or no", "dict": "mapping", "NoneType": "nothing"}
    name = str(getattr(kind, "__name__", kind))
    return plain.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, BaseModel):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{part}`" for part in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def configuration() -> str:
    """config.toml, the environment, and the places of a home."""
    said = inspect.cleandoc(settings.__doc__ or "")
    example = re.search(r"```toml\n.*?```", said, re.DOTALL)
    lines = [
        "# Configuration",
        "",
        *_prose(
            "There is one file, `config.toml`, and it may be missing. It is read with one schema, in which an unknown "
            "table or key is an error that names its place."
        ),
        "",
        example.group() if example else "",
    ]
    for table, field in settings._Settings.model_fields.items():
        lines += ["", f"## [{table}]", ""]
        if "Identity" in str(field.annotation):
            lines += [
                inspect.cleandoc(Identity.__doc__ or ""),
                "",
                "| key | type | default | limits |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| `{key}` | {_type(one)} | {_default(one)} | {_limits(one)} |"
                for key, one in Identity.model_fields.items()
            ]
    lines += [
        "",
        "Without `[mail]` nothing can be proposed that writes to people; a rehearsal then uses an invented sender,",
        f"`{settings.REHEARSED_IDENTITY.address}`.",
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
        *_prose(
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
        note = _notes(home)["Home"].get(name, "")
        lines.append(f"| `{_place(getattr(chosen, name))}` | {note} |")
    for name, value in inspect.getmembers(home.Home, lambda one: isinstance(one, property)):
        lines.append(f"| `{_place(getattr(chosen, name))}` | {_cell(inspect.cleandoc(value.__doc__ or ''))} |")
    lines.append("| `DIR/decision.token` | The decision token of this installation, once `cockpit token` made it. |")
    return _page(*lines)


def _place(path: Path) -> str:
    return str(path).removeprefix("/")


def _limits(field: FieldInfo) -> str:
    told = {"min_length": "at least {} characters", "max_length": "at most {} characters"}
    found = []
    for rule in field.metadata:
        for name, words in told.items():
            if (limit := getattr(rule, name, None)) is not None:
                found.append(words.format(limit))
    return ", ".join(found)


def main() -> int:
    """Write the pages, or say which are out of date; 1 when some are."""
    given = argparse.ArgumentParser(prog="docs/generate.py", description=(__doc__ or "").partition("\n")[0])
    given.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a page is out of date")
    stale = outdated()
    if given.parse_args().check:
        sys.stdout.writelines(f"docs/{name} is out of date; python docs/generate.py\n" for name in stale)
        return 1 if stale else 0
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    sys.stdout.writelines(f"docs/{name} written\n" for name in stale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
