"""Who may use which tool: from the contract to the grants of one attempt, and to what the policy judges. Pure.

A tool is for the roles that it names; where it names none, for those roles that name it. A task may name fewer.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.contract.model import ArgumentLimit, Contract, Role
from engine.contract.model import Tool as Clause
from engine.governance.arguments import Bound
from engine.governance.destinations import host
from engine.governance.policy import Reach, Right
from engine.state.model import MissionState, Task
from engine.state.tools import Tool
from engine.tools.protocol import Grant, Limit
from engine.values import Sha256

CALLERS = frozenset({"model", "harness"})
"""Kinds of workers that call tools."""


def holds(contract: Contract, role: str, name: str) -> bool:
    """Whether a role is given a tool that workers call."""
    tool = contract.tools.get(name)
    if tool is None or tool.connector is not None or tool.stance == "deny":
        return False
    if tool.roles:
        return role in tool.roles
    terms = contract.roles.get(role)
    return terms is not None and name in terms.tools


def given(state: MissionState, task: Task, role: Role | None) -> tuple[str, ...]:
    """The tools that a task's worker is given when all of them can be used: none where it is no model, or rehearsed."""
    if role is None or role.worker not in CALLERS or state.rehearsed or task.kind == "check":
        return ()
    names = (name for name in state.terms.tools if holds(state.terms, task.role, name))
    return tuple(name for name in names if not task.tools or name in task.tools)


def missing(state: MissionState, names: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these tools cannot be used now, as far as it is known. One that was never looked at is missing."""
    return tuple(name for name in names if not state.tools.get(name, Tool(name)).usable)


def grant(name: str, tool: Clause, pins: Mapping[str, Sha256]) -> Grant:
    """The grant of a tool as its contract has it."""
    server = tool.mcp
    kind = tool.builtin or ("mcp" if server else "command" if tool.command else "path")
    return Grant.model_validate(
        {
            "tool": name,
            "kind": kind,
            "verbs": tool.verbs,
            "stance": "allow" if tool.stance == "allow" else "ask",
            "argv": (server.command if server else tool.command) or (),
            "url": (server.url if server else None) or "",
            "secret": (server.token if server else None) or "",
            "environ": tuple(sorted(server.env.items())) if server else (),
            "path": tool.path.rsplit("/", 1)[-1] if tool.path else "",
            "operations": tool.operations,
            "limits": {argument: _limit(limit) for argument, limit in tool.limits.items()},
            "evidence": tool.evidence,
            "hosts": tool.hosts,
            "privacy": tool.privacy or ("public" if kind == "http" else "private"),
            "max_calls": tool.calls,
            "pins": {k: v for k, v in pins.items() if not tool.operations or k in tool.operations},
        }
    )


def grants(state: MissionState, names: tuple[str, ...]) -> tuple[Grant, ...]:
    """The grants of tools that were looked at, each with what its operations were then."""
    tools = state.terms.tools
    return tuple(
        grant(name, tools[name], {op: pin.pin for op, pin in sorted(state.tools[name].pins.items())}) for name in names
    )


def asked_by(held: tuple[Grant, ...]) -> str:
    """The tool among these by which a worker asks for what its package does not tell; empty where there is none."""
    return next((one.tool for one in held if one.kind == "state"), "")


def told(state: MissionState, held: tuple[Grant, ...], without: tuple[str, ...]) -> tuple[str, ...]:
    """What a worker is told of its tools, and of those that it has to do without: one line each."""
    gone = (f"- {name} is missing: {_why(state.tools.get(name))}. Work without it, and say so." for name in without)
    return (*(_told(state, one) for one in held), *gone)


def _told(state: MissionState, held: Grant) -> str:
    drifted = state.tools[held.tool].drift
    operations = ", ".join(name for name in held.pins if name not in drifted)
    terms = ["what your package does not tell, by id or by words"] if held.kind == "state" else []
    terms += ["each call waits for a human"] if held.stance == "ask" else []
    terms += [f"limited: {', '.join(sorted(held.limits))}"] if held.limits else []
    terms += [f"hosts: {', '.join(held.hosts)}"] if held.hosts else []
    terms += [f"expected to leave: {', '.join(held.evidence)}"] if held.evidence else []
    return f"- {held.tool} ({operations}), at most {held.max_calls} calls" + "".join(f"; {term}" for term in terms)


def _why(tool: Tool | None) -> str:
    return (tool.because if tool is not None else "") or "it cannot be used now"


def _limit(limit: ArgumentLimit) -> Limit:
    return Limit(
        allowed=limit.in_,
        most=limit.max,
        max_length=limit.max_length,
        max_items=limit.max_items,
        host_in=limit.host_in,
        under=limit.under,
    )


def right(held: Grant, role: str) -> Right:
    """A grant as the policy judges it."""
    bounds = {name: Bound(**limit.model_dump()) for name, limit in held.limits.items()}
    hosts = frozenset(held.hosts)
    if held.url:
        hosts |= {host(held.url)}
    return Right(
        role=role,
        tool=held.tool,
        stance=held.stance,
        verbs=frozenset(held.verbs),
        operations=frozenset(held.operations),
        pins=dict(held.pins),
        bounds={"*": bounds},
        hosts=hosts,
        reach=_reach(held),
        max_calls=held.max_calls,
    )


def _reach(held: Grant) -> Reach:
    """Files of the workspace and the mission's record go nowhere, a fetch goes where its address says; of a program
    nobody can tell.
    """
    if held.kind in {"workspace", "state", "path"}:
        return "none"
    return "hosts" if held.kind == "http" else "open"
