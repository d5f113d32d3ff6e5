"""A mission's record as the attempts of this engine ask for it: answered from a state that is durable, through the
full-text index, and told so that it can be answered again from the ledger alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from engine.context.candidates import branches_of
from engine.context.found import NOTHING, Found
from engine.context.pulling import LOOKED, Pulled, Wish, needed, pull
from engine.governance.labels import Label
from engine.governance.told import of_package
from engine.ledger import bodies as b
from engine.loop.runner import Runner
from engine.state.model import MissionState
from engine.tools.protocol import Json, ToolDownError
from engine.tools.state import Drawn
from engine.values import Sha256, sha256

POLL = 20
TRIES = 250
"""So often the record is looked at again while it is being written."""


@dataclass(frozen=True, slots=True)
class RecordShelf:
    """What one attempt may ask of its mission. `clean` hides secrets of this installation."""

    runner: Callable[[], Runner | None]
    attempt: str
    blob: Callable[[Sha256], Awaitable[bytes | None]]
    put: Callable[[bytes], Awaitable[Sha256]]
    sleep: Callable[[int], Awaitable[None]]
    clean: Callable[[str], str]

    async def pull(self, wish: Wish, room: int) -> Drawn:
        """The answer as the mission durably stands. Raises `ToolDownError`."""
        for _ in range(TRIES):
            runner = self.runner()
            if runner is None or self.attempt not in runner.state.attempts:
                raise ToolDownError("the mission is not at hand", "ask again")
            if runner.durable and (drawn := await self._drawn(runner, wish, room)) is not None:
                return drawn
            await self.sleep(POLL)
        raise ToolDownError("the mission's record is being written", "ask again in a moment")

    async def _drawn(self, runner: Runner, wish: Wish, room: int) -> Drawn | None:
        """None when the record changed hands meanwhile: then it is looked at anew."""
        task = runner.state.tasks[runner.state.attempts[self.attempt].task]
        found = NOTHING
        if wish.operation == "search":
            found = await runner.recalled(wish.query, branches_of(runner.state, task), LOOKED)
        contents: dict[Sha256, bytes] = {}
        asked: set[Sha256] = set()
        while missing := needed(runner.state, self.attempt, wish, found) - asked:
            for sha in sorted(missing):
                asked.add(sha)
                if (content := await self.blob(sha)) is not None:
                    contents[sha] = content
        searched = None if found is NOTHING else await self.put(found.encoded())
        if not runner.durable or needed(runner.state, self.attempt, wish, found) - asked:
            return None
        state, height = runner.state, runner.state.height  # from here on nothing is waited for
        made = pull(state, self.attempt, wish, found=found, contents=contents, room=room)
        if hidden := {one.id for one in made.items if self.clean(one.text) != one.text}:
            made = pull(state, self.attempt, wish, found=found, contents=contents, room=room, withheld=hidden)
        label, noted = labelled(state, made), told_of(made, height=height, room=room, found=searched)
        if self.clean(made.text) != made.text:
            raise ToolDownError("the answer holds a secret of this installation", "ask for something else")
        await self.put(made.text.encode())
        return Drawn(made.text, made.tokens, bool(made.items), label, height, noted)


def labelled(state: MissionState, made: Pulled) -> Label:
    """What an answer adds to the context of whoever reads it: by where each thing in it is from."""
    named = [(one.id, one.kind) for one in made.items] + [(one.id, one.kind) for one in made.untold if one.kind]
    return of_package(state, named, ())


def told_of(made: Pulled, *, height: int, room: int, found: Sha256 | None) -> Json:
    """What is recorded of an answer, beside who asked for what."""
    return {
        "found": found,
        "answer": sha256(made.text.encode()),
        "height": height,
        "room": room,
        "tokens": made.tokens,
        "items": [
            {"id": t.id, "kind": t.kind, "form": t.form, "status": t.status, "tokens": t.tokens, "sha": t.sha}
            for t in made.items
        ],
        "untold": [{"id": one.id, "code": one.code} for one in made.untold],
    }


def answered(
    state: MissionState, said: b.ContextPulled, wish: Wish, found: Found, contents: Mapping[Sha256, bytes]
) -> Pulled:
    """The same answer once more, from what was recorded with it."""
    withheld = {one.id for one in said.untold if one.code == "secret"}
    return pull(state, said.attempt, wish, found=found, contents=contents, room=said.room, withheld=withheld)
