"""pack/3: the context package of one attempt, compiled from mission state. Pure: same inputs, same bytes, on any
machine.

The floor comes in or the package is infeasible; the rest is taken in order of its score while it fits, in the largest
form that has room. Every candidate that stays out is listed with its reason, all others are counted. Packages of
pack/1 are compiled by `engine.context.first`, as they were; pack/2 told as many items as had room, however little spoke
for them, and knew nothing of what workers had asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.context import first
from engine.context.asking import RESERVED, asking
from engine.context.candidates import Candidates
from engine.context.fill import SPOKEN, Filling, fill, lay_floor
from engine.context.floor import Excluded, handed_over, instructions, material, skill_blobs, upstream
from engine.context.found import NOTHING, Found, verbatim
from engine.context.package import Infeasible, Package
from engine.context.parts import Part, Told, prefix, render, told
from engine.context.tokens import ESTIMATE, tokens
from engine.routing.route import PACKAGE
from engine.state.model import MissionState, Task
from engine.values import Sha256, canonical

POLICY = "pack/3"
SECOND = "pack/2"
SEARCHED = frozenset({SECOND, POLICY})
"""Policies whose packages rest on what the full-text index gave."""
DEFAULT_BUDGET = PACKAGE
"""Tokens a package may have when nothing asks for less."""


def wanted(state: MissionState, task: Task, found: Found = NOTHING) -> frozenset[Sha256]:
    """Blobs whose content `pack` will ask for."""
    shas = {ref.sha for name, ref in state.inputs.items() if name in task.context}
    near = upstream(state, task)
    shas |= {artifact.sha for artifact in state.artifacts.values() if artifact.task in near}
    if task.subject in state.attempts and (handoff := state.attempts[task.subject].handoff):
        shas.add(handoff)
    evidence = state.evidence.get(task.subject)
    if evidence and evidence.blob:
        shas.add(evidence.blob)
    if sources := found.sources():
        shas |= {sha for name, (_branch, sha) in verbatim(state).items() if name in sources}
    return frozenset(shas) | skill_blobs(state, task)


def pack(
    state: MissionState,
    task: Task,
    *,
    contents: Mapping[Sha256, bytes],
    subject: str = "",
    budget: int = DEFAULT_BUDGET,
    secret_ok: bool = False,
    tools: tuple[str, ...] = (),
    found: Found = NOTHING,
    policy: str = POLICY,
    asks: str = "",
) -> Package | Infeasible:
    """Compile the package of a task's next attempt. `subject` is the text a reviewer or grader is asked about, `tools`
    says in one line for each what the worker may use, and what it has to do without; `found` is what the full-text
    index gave for it; `asks` is the tool by which the worker may ask for more, empty where it may not.
    """
    if policy == first.POLICY:
        return first.pack(
            state, task, contents=contents, subject=subject, budget=budget, secret_ok=secret_ok, tools=tools
        )
    excluded: Excluded = []
    base = [told(part) for part in instructions(state, task, subject, tools)]
    candidates = Candidates(state, task, contents, found, excluded, lacked=policy != SECOND)
    floor = [
        *candidates.mandatory(state.standing.pinned, "pinned"),
        *candidates.mandatory(handed_over(state, task), "handed over by a task this one needs"),
        *material(state, task, contents, excluded, secret_ok=secret_ok),
    ]
    used, open_ = tokens(render(base, task)), [one.part.section for one in base]
    filling = Filling(budget - RESERVED if asks else budget, used, open_)
    needs = lay_floor(filling, floor)
    if needs > filling.budget:  # what must be told goes before what may be asked for
        asks, filling = "", Filling(budget, used, open_)
        needs = lay_floor(filling, floor)
    if needs > budget:
        return Infeasible(needs, budget)
    grounded = filling.used
    whole = {one.part.id.partition(" ")[0] for one in filling.chosen if one.form == "full"}
    optional = [part for part in candidates if not _covered(part, whole, excluded)]
    next_best = fill(filling, optional, excluded, most=None if policy == SECOND else SPOKEN)
    others = candidates.others()
    left = asking(asks, filling.chosen, excluded, others) if asks else None
    chosen = [*base, *filling.chosen, *([told(left)] if left is not None else [])]
    text = render(chosen, task)
    manifest = {
        "policy": policy,
        "estimate": ESTIMATE,
        "height": state.height,
        "rev": state.rev,
        "task": task.id,
        "budget": budget,
        "floor": grounded,
        "tokens": tokens(text),
        "query": found.query,
        "prefix": prefix(chosen),
        "included": [_row(one) for one in chosen],
        "excluded": sorted(excluded, key=lambda row: str(row["id"])),
        "others": others,
        "next_best": next_best,
    }
    return Package(text, canonical(manifest), tokens(text), budget)


def _covered(part: Part, whole: set[str], excluded: Excluded) -> bool:
    """Whether the whole source of a passage is in already."""
    source = part.id.partition("#")[0]
    if part.kind != "passage" or source not in whole:
        return False
    excluded.append({"id": part.id, "kind": part.kind, "code": "duplicate", "detail": f"{source} is in whole"})
    return True


def _row(one: Told) -> dict[str, object]:
    part = one.part
    row: dict[str, object] = {
        "id": part.id, "kind": part.kind, "form": one.form, "tokens": one.tokens, "reason": part.reason,
    }  # fmt: skip
    return row | ({"score": part.score, "points": dict(part.points)} if part.points else {})


__all__ = ["DEFAULT_BUDGET", "POLICY", "SEARCHED", "Infeasible", "Package", "pack", "upstream", "wanted"]
