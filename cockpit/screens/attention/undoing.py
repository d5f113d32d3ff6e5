"""Taking back what was just approved or rejected: the commands, and what is said of how they ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cockpit.cli.inbox import Order
from cockpit.cli.orders import taken_back, withdrawal
from cockpit.screens.attention.desk import Desk, Undo
from engine.errors import CockpitError

Give = Callable[[Order], Awaitable[object]]


async def take_back(give: Give, desk: Desk, undo: Undo) -> None:
    """Ask the engine; what it refuses is said where one looks."""
    if undo.rejected:
        await _rejection(give, desk, undo)
        return
    back, refused = 0, ""
    for effect in undo.effects:
        try:
            await give(withdrawal(undo.mission, effect))
            back += 1
        except (CockpitError, ValueError, OSError) as error:
            refused = str(error)
    if refused:
        desk.say(f"took back {back} of {len(undo.effects)}; {refused}", "wrong")
    else:
        desk.say(f"took back {back}; nothing of it leaves", "proven")


async def _rejection(give: Give, desk: Desk, undo: Undo) -> None:
    """What was rejected is asked about again, and its rule binds nobody."""
    try:
        await give(taken_back({"id": undo.rejected, "mission": undo.mission}))
    except (CockpitError, ValueError, OSError) as error:
        desk.say(str(error), "wrong")
    else:
        desk.say("taken back; it waits for you again, and its rule binds nobody", "proven")
