"""Lint of `tools:`: who provides one, on which terms it may be used, and whether those terms can be held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.contract.case import Case
from engine.contract.model import ArgumentLimit, McpServer, Tool
from engine.contract.problems import Path, shown
from engine.secrets.protocol import REFERENCE

WAYS = ("connector", "path", "command", "mcp", "builtin")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]|local")
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def rules(case: Case) -> None:
    """Every rule about tools."""
    for name, tool in case.contract.tools.items():
        path = ("tools", name)
        for index, verb in enumerate(tool.verbs):
            case.verb((*path, "verbs", index), verb)
        for index, role in enumerate(tool.roles):
            case.role((*path, "roles", index), role)
        case.fallback((*path, "fallback"), tool.fallback)
        given = [way for way in WAYS if getattr(tool, way) is not None]
        if len(given) != 1:
            said = f"{' and '.join(given)} both provide {name}" if given else f"nothing provides {name}"
            case.add("E221", path, said, f"give exactly one of {', '.join(WAYS)}", key=True)
            continue
        _provider(case, path, name, tool)
        if tool.connector is None:
            _terms(case, path, name, tool)


def granted(case: Case, path: Path, name: str, role: str) -> None:
    """A role's own list names tools that exist and that are for it."""
    tool = case.contract.tools.get(name)
    if tool is None:
        hint = case.near(name, case.contract.tools, "declare it under tools:")
        case.add("E213", path, f"{shown(name)} is not a tool", hint)
    elif tool.roles and role not in tool.roles:
        case.add("E228", path, f"{name} is not for the role {role}", f"add {role} to tools.{name}.roles")


def _provider(case: Case, path: Path, name: str, tool: Tool) -> None:
    if tool.connector is not None and tool.connector not in case.provided.connectors:
        needed = tool.need == "required" or bool(case.proposed.intersection(tool.verbs))
        there = ", ".join(sorted(case.provided.connectors))
        message = f"the connector {shown(tool.connector)} is not provided yet"
        case.add("E222" if needed else "W222", (*path, "connector"), message, f"this version has {there}")
    lacking = {
        "mcp": (tool.mcp is not None and not case.provided.mcp, "MCP servers"),
        "command": (tool.command is not None and not case.provided.command_tools, "command tools"),
        "path": (tool.path is not None and not case.provided.file_tools, "file tools"),
        "builtin": (tool.builtin is not None and tool.builtin not in case.provided.builtins, "built-in tools"),
    }
    for way, (lacks, what) in lacking.items():
        if lacks and tool.need == "required":
            hint = (
                "declare the file under inputs:"
                if way == "path"
                else "give the data as an input, or use a command role"
            )
            case.add("E224", (*path, way), f"{what} are not provided yet, and {name} is required", hint, key=True)
        elif lacks and tool.stance != "deny":
            message = f"{what} are not provided yet; the mission runs without {name}"
            case.add("W224", (*path, way), message, "declare its data under inputs:", key=True)
    if tool.path is not None:
        case.file((*path, "path"), tool.path)
    if tool.mcp is not None:
        _server(case, (*path, "mcp"), tool.mcp)


def _server(case: Case, path: Path, server: McpServer) -> None:
    if (server.command is None) == (server.url is None):
        case.add("E261", path, "a server is started or reached, not both", "give command or url", key=True)
        return
    if server.url is not None:
        _address(case, (*path, "url"), server.url)
        if server.env:
            case.add("E261", (*path, "env"), "nothing is started here that could be given variables", "delete it")
    elif server.token is not None:
        hint = "give it as env: {NAME: keyring:NAME}"
        case.add("E261", (*path, "token"), "a server that is started takes no token", hint)
    references = {"token": server.token} if server.token is not None else {}
    for name, reference in references.items():
        _reference(case, (*path, name), reference)
    for name, reference in server.env.items():
        _reference(case, (*path, "env", name), reference)


def _address(case: Case, path: Path, url: str) -> None:
    try:
        parts = urlsplit(url)
        host, bad = parts.hostname or "", parts.username is not None
    except ValueError:
        host, bad = "", True
        parts = urlsplit("")
    if not host or bad or parts.scheme not in {"https", "http"}:
        case.add("E262", path, f"{shown(url)} is no address of a server", "write https://host/path")
    elif parts.scheme == "http" and host not in _LOOPBACK:
        case.add("E262", path, f"{shown(url)} would be spoken to in the clear", "write https://, or use this machine")


def _reference(case: Case, path: Path, reference: str) -> None:
    if not re.fullmatch(REFERENCE, reference):  # what stands there may be the secret itself: it is not shown
        message = "this is no reference to a secret; a contract never holds the secret itself"
        case.add("E263", path, message, "write keyring:NAME (cockpit keys add NAME) or env:NAME")


def _terms(case: Case, path: Path, name: str, tool: Tool) -> None:
    contract = case.contract
    _hosts(case, path, tool)
    for argument, limit in tool.limits.items():
        _limit(case, (*path, "limits", argument), limit)
    if tool.stance == "deny":
        return
    for index, verb in enumerate(tool.verbs):
        known = verb in contract.actions.allowed or verb in contract.actions.restricted
        if verb in case.verbs and not known:
            where = "restricted" if contract.outward(verb) else "allowed"
            message = f"{verb} is denied here, so every call of {name} is refused"
            case.add("W267", (*path, "verbs", index), message, f"add it to actions.{where}")
    if not tool.verbs:
        message = f"nothing says what {name} does, so every call asks"
        case.add("W264", path, message, "add verbs: [research], or whichever fit", key=True)
    if tool.command is not None:
        _command(case, (*path, "command"), tool)
    holders = {role for role, terms in contract.roles.items() if role in tool.roles or name in terms.tools}
    if not holders:
        message = f"no role is given {name}"
        case.add("W265", path, message, "name its roles: roles: [researcher]", key=True)
    for role in sorted(holders):
        if contract.roles[role].worker not in {"model", "harness", "rehearsed"}:
            message = f"{role} is a {contract.roles[role].worker} role, which calls no tools"
            case.add("W265", path, message, "give it to a model role", key=True)
    if tool.mcp is not None and tool.mcp.command is not None and (starter := _unpinned(tool.mcp.command)):
        message = f"{starter} starts whatever version is newest"
        case.add("W266", (*path, "mcp", "command"), message, "name the version in the command")


def _hosts(case: Case, path: Path, tool: Tool) -> None:
    for index, host in enumerate(tool.hosts):
        if not _HOST.fullmatch(host):
            message = f"{shown(host)} is no host"
            case.add("E264", (*path, "hosts", index), message, "write example.org, *.example.org, or local")
        elif host == "local" and (len(tool.hosts) > 1 or tool.builtin == "http" or (tool.mcp and tool.mcp.url)):
            message = "local says that it talks to nobody, and here it does"
            case.add("E264", (*path, "hosts", index), message, "delete it")


def _limit(case: Case, path: Path, limit: ArgumentLimit) -> None:
    said: Mapping[str, object] = limit.model_dump(by_alias=True, exclude_none=True)
    if not said:
        case.add("E265", path, "nothing is limited here", "write {max: 10} or another limit, or delete it", key=True)
    if limit.in_ == ():
        case.add("E265", path, "an empty list allows nothing", "name what is allowed")
    for host in limit.host_in or ():
        if not _HOST.fullmatch(host) or host == "local":
            case.add("E264", path, f"{shown(host)} is no host", "write example.org or *.example.org", key=True)
    if limit.under is not None and (limit.under.startswith("/") or ".." in limit.under.split("/")):
        message = f"{shown(limit.under)} lies outside the workspace"
        case.add("E265", path, message, "write a folder below it: notes", key=True)


def _command(case: Case, path: Path, tool: Tool) -> None:
    argv = tool.command or ()
    if argv and _PLACE.search(argv[0]):
        case.add("E226", (*path, 0), "the program itself may not be chosen by whoever calls it", "write its name")
    places = {found for part in argv for found in _PLACE.findall(part)}
    for argument in tool.limits:
        if argument not in places:
            message = f"{shown(argument)} is no argument of this command"
            case.add("E226", path, message, f"write {{{argument}}} into it, or delete its limit", key=True)


def _unpinned(command: tuple[str, ...]) -> str:
    """The starter that fetches whatever is newest; empty when a version is named, or nothing is fetched."""
    starter, rest = command[0].rsplit("/", 1)[-1], [part for part in command[1:] if not part.startswith("-")]
    if starter in {"npx", "bunx", "pnpx"} and rest and not re.search(r".@[0-9]", rest[0]):
        return starter
    fetched = starter in {"uvx", "pipx"} and not any(re.search(r"==|@[0-9]", part) for part in command[1:])
    return starter if fetched else ""
