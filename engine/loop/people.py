"""Approvals that need several people: who said yes to what, and who is still missing. Pure.

A person is the user behind a command, at a terminal or by a script of theirs: the same one twice does not count. On one
machine that is a name and no proof, which docs/security.md says too.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.ledger import bodies as b
from engine.loop.outcome import RefusedError
from engine.state.model import Attention, Effect, MissionState, Wanted
from engine.values import Sha256


def person_of(actor: str) -> str:
    """Who gave a command: `ada` for `human:ada` and for `script:ada`."""
    return actor.partition(":")[2] or actor


def needed(state: MissionState, effects: Sequence[Effect | Wanted]) -> int:
    """How many people have to say yes to these effects."""
    return max((state.terms.terms(effect.verb).people for effect in effects), default=1)


def said_yes(item: Attention, digest: str, effects: Sequence[Effect | Wanted]) -> tuple[str, ...]:
    """Who said yes to exactly these effects, under the clauses that judge them, in the order in which they did."""
    clauses = {effect.clauses for effect in effects}
    return tuple(
        dict.fromkeys(given.person for given in item.given if given.digest == digest and {given.clauses} == clauses)
    )


def first_yes(
    state: MissionState, item: Attention, effects: Sequence[Effect | Wanted], digest: Sha256, actor: str
) -> b.ApprovalGiven | tuple[str, ...]:
    """This person's yes, when others have to say it too; everybody who said it, when that is enough. Raises
    RefusedError for a second yes of the same person.
    """
    people, who = needed(state, effects), person_of(actor)
    if people == 1:
        return ()
    before = said_yes(item, digest, effects)
    if who in before:
        missing = people - len(before)
        noun = "one other person has" if missing == 1 else f"{missing} others have"
        raise RefusedError(f"{who} said yes already", f"{noun} to say so too")
    if len(before) + 1 >= people:
        return (*before, who)
    return b.ApprovalGiven(attention=item.id, digest=digest, clauses=effects[0].clauses, person=who, people=people)
