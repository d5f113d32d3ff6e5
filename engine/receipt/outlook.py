"""The section `next`: what plain rules recommend, and what is still open. Pure; no model is asked.

The rules, first match: an open doubt is settled first; a mission that ended goes on with what it kept, as far as that
has not happened yet, or says why it stopped; one that is under way names what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.governance.courtesy import CONTACT_VERBS
from engine.receipt.work import full
from engine.state.model import Branch, MissionState

POLICY = "next/2"
"""next/1 recommended a second batch after the second one too."""


def outlook(state: MissionState) -> dict[str, Any]:
    """`{recommendation, why, kept, open_questions, open_doubts, waiting_for_you}`."""
    kept = [branch for branch in state.branches.values() if branch.state == "kept"]
    doubts = [effect for effect in state.effects.values() if effect.state == "in_doubt"]
    recommendation, why = _recommendation(state, kept, len(doubts))
    return {
        "recommendation": recommendation,
        "why": why,
        "kept": [full(state, branch.id) for branch in kept],
        "open_questions": [
            {"id": full(state, item.id), "text": "(secret)" if item.privacy == "secret" else item.text}
            for item in state.items.values()
            if item.kind == "question" and item.status == "active"
        ],
        "open_doubts": [{"id": full(state, e.id), "verb": e.verb, "reason": e.because} for e in doubts],
        "waiting_for_you": [
            {"id": full(state, item.id), "kind": item.kind, "title": item.title} for item in state.attention.values()
        ],
    }


def _recommendation(state: MissionState, kept: list[Branch], doubts: int) -> tuple[str, str]:
    if doubts:
        things = "a doubt" if doubts == 1 else f"{doubts} doubts"
        return f"settle {things} before anything else", "nobody knows whether it was sent; nothing is sent twice"
    if state.status in {"finished", "stopped"}:
        return _after(state, kept)
    if state.status == "draft":
        return "start the mission", "its contract is recorded and nothing has run"
    if state.status == "paused":
        return "resume or stop the mission", state.because or "it is paused"
    if state.attention:
        count = len(state.attention)
        return f"decide {'one thing' if count == 1 else f'{count} things'}", "the mission waits for it"
    return "let it run", "nothing waits for a human"


def _after(state: MissionState, kept: list[Branch]) -> tuple[str, str]:
    if kept:
        return ", ".join(_steps(state, kept)), "; ".join(
            dict.fromkeys(b.because for b in kept if b.because)
        ) or state.because
    tried = [b for b in state.branches.values() if b.state == "pruned"]
    if tried:
        word = "branch" if len(tried) == 1 else "branches"
        return f"try another hypothesis than the {len(tried)} pruned {word}", state.because
    if state.status == "finished":
        return "use what was made", state.because
    return "decide whether the mission is worth another contract", state.because


def _steps(state: MissionState, kept: list[Branch]) -> Iterator[str]:
    """What follows from each branch that was kept, by the batches that people had of it: the second one after the
    first; after that this contract has no more to say, and another one goes on.
    """
    others: list[str] = []
    for branch in kept:
        sent = {
            effect.task
            for effect in state.effects.values()
            if effect.branch == branch.id and effect.state == "done" and effect.verb in CONTACT_VERBS
        }
        if len(sent) == 1:
            yield f"second batch on {branch.key}"
        elif sent:
            yield f"another mission for {branch.key}, which has had {len(sent)} batches"
        else:
            others.append(branch.key)
    if others:
        yield f"go on with {' and '.join(others)}"
