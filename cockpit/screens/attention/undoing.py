"""Taking back what was just approved or rejected: the commands, and what is said of how they ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cockpit.cli.inbox import Order
from cockpit.cli.orders import taken_back
from cockpit.screens.attention.desk import Desk, Undo
from engine.errors import CockpitError

Give = Callable[[Order], Awaitable[Mapping[str, Any]]]


async def take_back(give: Give, desk: Desk, undo: Undo) -> str:
    """Ask the engine: the item waits again, as the same bytes; its new id, or nothing. What the engine refuses is said
    where one looks.
    """
    try:
        answer = await give(taken_back({"id": undo.item, "mission": undo.mission}))
    except (CockpitError, ValueError, OSError) as error:
        desk.say(str(error), "wrong")
        return ""
    rule = ", and its rule binds nobody" if undo.rejected else "; nothing of it leaves"
    desk.say(f"taken back: it waits for you again{rule}", "proven")
    return f"{undo.mission}/{answer['ids'][0]}" if answer.get("ids") else ""
