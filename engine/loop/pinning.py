"""What tools of somebody else were when they were granted, shared by missions through the home stream. Pure.

A tool is the same for two missions when they reach it alike: the same program with the same arguments, or the same
address, whatever they call it. The first look of the later mission is compared with what the earlier one was granted,
so that a change in between is asked about, not taken for the beginning. Our own tools are pinned by their mission.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.contract.model import Tool as Clause
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.world import World
from engine.state.model import MissionState, Tool
from engine.state.tools import Pin
from engine.values import HOME, digest

Known = dict[tuple[str, str], Pin]
"""Pins of a mission, by tool and operation."""


def way(clause: Clause) -> str:
    """How a tool is reached, as a digest; empty for what is ours, and for what carries effects."""
    server = clause.mcp
    argv = server.command if server is not None else clause.command
    url = server.url if server is not None else None
    return digest(["mcp" if server is not None else "command", list(argv or ()), url or ""]) if argv or url else ""


def known(state: MissionState) -> Known:
    """The pins of a mission now."""
    return {(name, op): pin for name, tool in state.tools.items() for op, pin in tool.pins.items()}


def granted_since(state: MissionState, before: Known) -> tuple[b.Body, ...]:
    """What the home stream has to learn: pins that came, and operations that a human let go."""
    now, out = known(state), list[b.Body]()
    for (name, operation), pin in now.items():
        clause = state.terms.tools.get(name)
        reached = way(clause) if clause is not None else ""
        if reached and pin != before.get((name, operation)) and pin.source != HOME:
            out.append(
                b.ToolPinned(
                    tool=name,
                    operation=operation,
                    pin=pin.pin,
                    spec=pin.spec,
                    identity=pin.identity,
                    description=pin.spec,
                    way=reached,
                    source=str(state.id),
                )
            )
    for name, operation in before.keys() - now.keys():
        clause = state.terms.tools.get(name)
        if clause is not None and (reached := way(clause)):
            gone = f"it is gone, and that was accepted in {state.id}"
            out.append(b.ToolUnpinned(tool=name, operation=operation, because=gone, way=reached, source=str(state.id)))
    return tuple(out)


def from_home(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """Before a tool is looked at for the first time, this mission takes over what others were granted of it."""
    if state.rehearsed:
        return
    out = [
        b.ToolPinned(
            tool=name,
            operation=one.operation,
            pin=one.pin,
            spec=one.spec,
            identity=one.identity,
            description=one.description,
            source=HOME,
        )
        for name, clause in state.terms.tools.items()
        if not (it := state.tools.get(name, Tool(name))).listed and not it.pins
        for one in world.home.pins.get(way(clause), {}).values()
        if not clause.operations or one.operation in clause.operations
    ]
    if out:
        yield Record(tuple(out))
