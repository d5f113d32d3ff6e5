"""What was rejected, and the rule that a rejection of it would become: the engine and every front end draft it by this.
Pure, given the contents of the blobs that `blobs_for` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.errors import BadInputError
from engine.ledger.bodies import RuleCheck
from engine.rules.check import said
from engine.rules.draft import LONGEST, Draft, draft
from engine.rules.selftest import Proof, prove
from engine.rules.spec import FORMS
from engine.rules.texts import Contents, Samples, approved_like, needed, samples
from engine.state.model import MissionState, Task
from engine.values import Sha256

SCOPES = ("task", "branch", "mission", "user")
"""How far a rule may reach: this task, its role in its branch, the mission, all missions of this user."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was rejected: by which decision, of which task, and which effects or which attempt."""

    origin: str
    task: Task | None
    branch: str
    effects: tuple[str, ...] = ()
    attempt: str = ""
    verb: str = ""
    digest: Sha256 | None = None

    @property
    def verbs(self) -> tuple[str, ...]:
        """What its rules are about, where it was something to be sent."""
        return (self.verb,) if self.verb else ()

    def reach(self, scope: str) -> str:
        """The branch that a rule of some scope is bound to; empty: the whole mission."""
        return self.branch if scope in {"branch", "task"} else ""


def subject_of(state: MissionState, attention: str, effect: str = "") -> Subject | None:
    """What an open item, or one effect of it, is about; None where its rejection can make no rule."""
    one = state.effects.get(effect.removeprefix(f"{state.id}/"))
    if one is not None:
        return Subject(one.id, state.tasks.get(one.task), one.branch, (one.id,), "", one.verb, one.digest)
    item = state.attention.get(attention.rpartition("/")[2])
    if item is None:
        return None
    waiting = tuple(r for r in item.refs if r in state.effects and state.effects[r].state == "awaiting")
    if item.kind == "approve" and waiting:
        first = state.effects[waiting[0]]
        return Subject(item.id, state.tasks.get(item.task), item.branch, waiting, "", first.verb, first.digest)
    if item.about.startswith("human:") and item.attempt in state.attempts:
        task = state.tasks[state.attempts[item.attempt].task]
        return Subject(item.id, task, task.branch, (), item.attempt, "", state.attempts[item.attempt].handoff)
    return None


def blobs_for(state: MissionState, subject: Subject, known: Contents) -> set[Sha256]:
    """Blobs that a rule about it is proved on, as far as they are still missing: asked until none is."""
    like = [effect.id for effect in approved_like(state, subject.verb, "")] if subject.verb else []
    return needed(state, [*subject.effects, *like], [subject.attempt] if subject.attempt else [], known)


def drafted(
    state: MissionState, subject: Subject, told: Mapping[str, Any], because: str, contents: Contents
) -> tuple[Proof, Samples]:
    """The rule as its reason asks for it, or as the human changed its `check` or `text`; proved in any case, on the
    samples that come with it. Raises BadInputError.
    """
    found = samples(
        state,
        subject.effects,
        subject.attempt,
        subject.verb,
        subject.reach(str(told.get("rule") or "branch")),
        contents,
    )
    return prove(by_hand(told, because, found), found.rejected, found.approved, state.evidence), found


def by_hand(told: Mapping[str, Any], because: str, found: Samples) -> Draft:
    """The draft of a reason, with the check and the text that a human gave instead. Raises BadInputError."""
    made, text = draft(because, found.rejected, found.approved), told.get("text")
    if told.get("check") is not None:
        check = _check(told["check"])
        made = Draft(because if check.kind == "rubric" else f"{because.rstrip('.')}: {said(check)}", check)
    if isinstance(text, str) and text.strip():
        made = Draft(" ".join(text.split())[:LONGEST], made.check, made.why)
    return made


def _check(told: object) -> RuleCheck:
    try:
        given = dict(told) if isinstance(told, Mapping) else {"kind": told}
        return RuleCheck.model_validate({k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})
    except ValidationError:
        raise BadInputError("rule", "its check is none", f"one of {FORMS}") from None
