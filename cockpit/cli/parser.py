"""How a call of the command line is read and run. Only argparse is imported; only the called command is built."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from cockpit.cli.commands import COMMANDS, home_option

EPILOG = """\
first steps:
  cockpit demo                            three missions at work, in a throw-away home
  cockpit new gtm-channel -o FILE         write a contract, with sample inputs beside it
  cockpit rehearse FILE                   what it may cost, how long it may take, how it may end; nothing leaves

exit codes: 0 fine, 1 the mission or check says no, 2 usage or bad input, 3 engine or store unavailable
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Knows its width: left to itself, argparse imports shutil for it, for every argument of every call."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width() - 2)


def _width() -> int:
    try:
        return max(int(os.environ.get("COLUMNS") or os.get_terminal_size().columns), 40)
    except (ValueError, OSError):
        return 100


class _Parser(argparse.ArgumentParser):
    """Errors in one line: where, what, how to mend it."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **terms})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a call; ends the process with code 2 when they make no sense."""
    parser = _Parser(
        prog="cockpit",
        description="A terminal cockpit that steers AI work by mission. Without a command it opens its screens.",
        epilog=EPILOG,
    )
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    parser.add_argument("--home", metavar="DIR", help="where everything lives (or COCKPIT_HOME)")
    parser.add_argument("--plain", action="store_true", help="without a command: a dialogue of lines, no screens")
    parser.add_argument("--no-mouse", action="store_true", help="without a command: leave the mouse to the terminal")
    parser.add_argument("--no-engine", action="store_true", help="without a command: start no engine, only look")
    # `prog` is given, because argparse would import a formatter to find it out.
    sub = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, prog="cockpit")
    named = [command for command in COMMANDS if command.name in arguments]
    alone = bool(named) and not arguments[0].startswith("-h") and arguments[0] != "--help"
    for command in named if alone else COMMANDS:
        one = sub.add_parser(command.name, help=command.help, description=f"{command.name}: {command.help}")
        if command in named:
            home_option(one)
            command.arguments(one)
            one.set_defaults(handler=command.handler)
    args = parser.parse_args(arguments)
    if args.version:
        args.command, args.handler = "version", "parser:version"
    elif args.command is None:
        args.handler = "screens:open_cockpit"
    return args


def dispatch(args: argparse.Namespace) -> int:
    """Import the function behind a call and run it."""
    module, _, name = args.handler.partition(":")
    code: int = getattr(import_module(f"cockpit.cli.{module}"), name)(args)
    return code


def version(_args: argparse.Namespace) -> int:
    """Print the version, where something stood before `--version`."""
    from cockpit import __version__
    from cockpit.cli.render import say

    say(f"cockpit {__version__}")
    return 0


def helped() -> int:
    """The help, where nobody sits at a terminal who could use a screen."""
    try:
        parse(["--help"])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def new(args: argparse.Namespace) -> int:
    """Write a contract from a template, or from prose."""
    if args.prose:
        from cockpit.cli import prose

        return prose.new(args)
    from cockpit.cli import contract

    return contract.new(args.template or "", args.out)


def check(args: argparse.Namespace) -> int:
    """Check a contract."""
    from cockpit.cli import contract

    return contract.check(args.file, args.json, args.home)
