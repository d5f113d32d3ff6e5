"""The tools of a mission as they stand: what the contract says of each, what was observed, and what was done with it.
Pure.
"""

from __future__ import annotations

from typing import Any

from engine.state.model import MissionState, Tool
from engine.tools.granting import holds


def tool_rows(state: MissionState) -> list[dict[str, Any]]:
    """One row for each tool of the contract, in its order."""
    return [_row(state, name) for name in state.terms.tools]


def tool_lines(state: MissionState) -> list[dict[str, Any]]:
    """What a mission's card says of each tool: whether it can be used, what was pinned, whether it asks, for whom."""
    return [
        {
            "tool": name,
            "availability": availability(state, name),
            "pinned": len(known.pins),
            "stance": tool.stance,
            "need": tool.need,
            "roles": [role for role in state.terms.roles if holds(state.terms, role, name)],
            "because": known.because if known.up is False else "",
            "mend": known.mend if known.up is False else "",
        }
        for name, tool, known in (
            (name, tool, state.tools.get(name, Tool(name))) for name, tool in state.terms.tools.items()
        )
    ]


def availability(state: MissionState, name: str) -> str:
    """`unknown`, `up`, `down`, `drifted`, or `connector` for what carries effects and is called by nobody."""
    if state.terms.tools[name].connector is not None:
        return "connector"
    known = state.tools.get(name, Tool(name))
    if known.up is None:
        return "unknown"
    if not known.up:
        return "down"
    return "drifted" if any(drift.how != "new" for drift in known.drift.values()) else "up"


def _row(state: MissionState, name: str) -> dict[str, Any]:
    tool, known = state.terms.tools[name], state.tools.get(name, Tool(name))
    way = next(way for way in ("connector", "builtin", "mcp", "command", "path") if getattr(tool, way) is not None)
    return {
        "tool": name,
        "way": way if way in {"mcp", "command", "path"} else f"{way} {getattr(tool, way)}",
        "need": tool.need,
        "stance": tool.stance,
        "verbs": list(tool.verbs),
        "hosts": list(tool.hosts),
        "roles": [role for role in state.terms.roles if holds(state.terms, role, name)],
        "availability": availability(state, name),
        "because": known.because if known.up is False else "",
        "mend": known.mend if known.up is False else "",
        "identity": known.identity,
        "operations": [
            {"operation": operation, "pin": pin.pin, "spec": pin.spec, "calls": known.used.get(operation, 0)}
            for operation, pin in sorted(known.pins.items())
        ],
        "drift": [
            {"operation": drift.operation, "how": drift.how, "pin": drift.pin, "now": drift.now, "spec": drift.spec}
            for drift in known.drift.values()
        ],
        "calls": known.calls,
        "failed": known.failed,
        "refused": known.refused,
        "asked": known.asked,
        "unknown": sum(one.tool == name for one in state.unanswered.values()),
        "without": sum(name in attempt.without for attempt in state.attempts.values()),
        "fallbacks": sum(f"{name} cannot be used" in task.because for task in state.tasks.values() if task.fallen_back),
    }
