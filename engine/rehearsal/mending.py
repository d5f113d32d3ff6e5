"""What a contract could say so that nobody has to be asked: a rule, an amount, a fallback. Pure."""

from __future__ import annotations

from engine.state.model import Attention, MissionState

AT_REST = "mission.tasks.open == 0 && mission.effects.open == 0"
"""Holds when everything that was planned is done, and nothing waits to leave."""


def mend(state: MissionState, item: Attention) -> str:
    """What would settle a question beforehand; empty where only the person who is asked can."""
    about, _, rest = item.about.partition(":")
    match about:
        case "judge":
            return f"add a last rule under judge, such as {_rule(_had(state, item), 'prune')}"
        case "done":
            return f"let target.met_when hold by then, or add a rule under stop, such as {_rule(AT_REST)}"
        case "time":
            return f"give budget.time more, or add a rule under stop, such as {_rule('mission.days >= 10')}"
        case "cap":
            level, _, _, dimension = (*rest.split(":"), "", "", "", "")[:4]
            more = f"give budget.{dimension} more" if level == "mission" else f"give the {level} more {dimension}"
            return f"{more}, or add a rule under stop, such as {_rule('mission.exhausted')}"
        case "failed":
            return "give the task more attempts, or a fallback"
        case _:
            return ""


def _rule(when: str, then: str = "stop") -> str:
    return f"{{when: {when}, then: {then}, because: ...}}"


def _had(state: MissionState, item: Attention) -> str:
    """A condition that holds once the branch has had what it has had here."""
    branch = state.branches.get(item.branch)
    return f"branch.windows >= {branch.windows}" if branch is not None and branch.windows else "branch.tasks.open == 0"
