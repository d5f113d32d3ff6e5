"""Which learnings of earlier missions a mission is told: those of the home stream that fit what it is about. Pure."""

from __future__ import annotations

from engine.learnings.index import ranked
from engine.state.home import HomeState, Learnt
from engine.state.model import MissionState

MOST = 5
"""So many learnings of other missions are offered to one."""
FITS = 25
"""Hundredths of a learning's own words that the mission must share, by their weight."""


def about(state: MissionState) -> str:
    """What a mission is about, as one text to search by."""
    terms = state.terms
    branches = (f"{branch.key} {branch.hypothesis}" for branch in state.branches.values() if branch.key != "main")
    tasks = (f"{task.key} {task.title}" for task in state.tasks.values() if task.kind == "work")
    return "\n".join([terms.mission, terms.target.statement, *branches, *tasks])


def offers(state: MissionState, home: HomeState) -> list[tuple[Learnt, int]]:
    """What a mission should be told now that it was not told yet; nothing of its own."""
    told = {item.source for item in state.items.values() if item.source}
    left = MOST - len(told)
    if left <= 0:
        return []
    others = {
        name: learnt
        for name, learnt in home.learnings.items()
        if not learnt.dismissed and learnt.mission != str(state.id)
    }
    texts = {name: learnt.text for name, learnt in others.items()}
    fit = [(others[name], score) for name, score in ranked(texts, about(state), least=FITS, most=MOST)]
    return [(learnt, score) for learnt, score in fit if f"home/{learnt.id}" not in told][:left]
