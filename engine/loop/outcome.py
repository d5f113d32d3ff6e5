"""What handling a command gives, and the refusal it may end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.contract.problems import Problem, escape
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.state.model import Attention, MissionState
from engine.values import Sha256

FOCUS_MS = 10 * 60_000
"""An item counts for no more human time than this."""


class RefusedError(Exception):
    """The command cannot be followed. `str()` is the answer: `what; mend`, shown as it is.

    `mend` says what the one who asked can do now, with the command or the key: there is no refusal without one.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what, self.mend = what, mend


def inactive(state: MissionState) -> RefusedError:
    """The refusal of what only an active mission takes."""
    if state.status == "paused":
        return RefusedError("the mission is paused", f"go on first: cockpit resume {state.id}")
    return RefusedError(f"the mission is {state.status}", f"cockpit receipt {state.id} tells what came of it")


def refused_contract(problem: Problem) -> RefusedError:
    """The refusal of a contract, by the first thing that is wrong with it."""
    where, mend = problem.where, problem.hint or f"mend the file, then cockpit check {escape(problem.file)}"
    return RefusedError(f"{where}: {problem.message}", mend)


def changed(state: MissionState, then: str = "decide") -> RefusedError:
    """The refusal of a decision about bytes that are not the ones that were shown."""
    return RefusedError("it changed since it was shown", f"look again, then {then}: cockpit attention {state.id}")


def no_such_effect(state: MissionState) -> RefusedError:
    """The refusal of a name that is no effect of the mission, or none that is still to be decided."""
    return RefusedError("there is no such effect", f"cockpit attention {state.id} lists what waits")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Facts and blobs to record, and the answer for the front end."""

    bodies: tuple[b.Body, ...] = ()
    answer: Answer = Answer("done")
    blobs: Mapping[Sha256, bytes] = field(default_factory=dict)


def attention_of(state: MissionState, command: Command) -> Attention:
    """The attention item a command is about. Raises RefusedError when it is not open."""
    name = str(command.body.get("attention", "")).split("/")[-1]
    item = state.attention.get(name)
    if item is None:
        raise RefusedError(
            f"{name or 'it'} is not waiting for a decision any more",
            f"cockpit attention {state.id} lists what does, and cockpit log {state.id} what became of it",
        )
    return item


def because_of(command: Command) -> str:
    """The reason that a command gives. Raises RefusedError when it gives none."""
    because = str(command.body.get("because", "")).strip()
    if not because:
        raise RefusedError("it needs a reason", "say it: --because TEXT")
    return because[:1900]


def decision(
    item: Attention,
    command: Command,
    now: int,
    what: str,
    *,
    digest: str = "",
    text: str = "",
    excepted: tuple[str, ...] = (),
) -> b.DecisionMade:
    """The record of a human's decision about an attention item."""
    return b.DecisionMade(
        attention=item.id,
        what=what,
        subject=item.refs[0] if len(item.refs) == 1 else item.id,
        digest=digest,
        text=text,
        excepted=excepted,
        waited=max(0, now - item.at),
        scripted=bool(command.body.get("scripted")),
    )


def with_focus(outcome: Outcome, state: MissionState, command: Command) -> Outcome:
    """The outcome with the human time that the front end measured (`focus_ms`), capped over all decisions of an item.

    What is no number of milliseconds counts as none.
    """
    told = command.body.get("focus_ms")
    if not isinstance(told, int) or isinstance(told, bool) or told <= 0:
        return outcome
    bodies = tuple(
        body.model_copy(update={"focus_ms": min(told, _left(state, body.attention))})
        if isinstance(body, b.DecisionMade)
        else body
        for body in outcome.bodies
    )
    return replace(outcome, bodies=bodies)


def _left(state: MissionState, item: str) -> int:
    used = sum(made.focus_ms for made in state.decisions if item and made.attention == item)
    return max(FOCUS_MS - used, 0)
