"""What a worker would be told now: the package of a task's next attempt, chosen and compiled by the code that sends it.

A front end hands in the mission's state, a way to read blobs, and what routing knows of models; what comes out is what
`cockpit context` shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from engine.context.candidates import branches_of
from engine.context.found import NOTHING, Found, query_of
from engine.context.pack import DEFAULT_BUDGET, Infeasible, Package, pack, wanted
from engine.governance.choice import assumed_tokens, choose, set_aside
from engine.plan.ready import role_of
from engine.routing.breaker import barred
from engine.routing.catalogue import Candidate
from engine.routing.record import Record, gathered, read
from engine.routing.route import Route
from engine.state.home import HomeState
from engine.state.model import MissionState, Task
from engine.tools.granting import asked_by, given, grants, missing
from engine.tools.granting import told as describe
from engine.values import DAY, Sha256

Recall = Callable[[MissionState, str, Sequence[str]], Found]
"""Gives what fits a query in some branches of a mission."""
ABOUT = ("policy", "floor", "prefix", "query", "others", "next_best")
"""What a manifest says of a package besides its parts."""
MORE = 500
"""Tokens more than the budget, for telling what they would add."""


def preview(
    state: MissionState,
    task_id: str,
    blob: Callable[[Sha256], bytes | None],
    *,
    catalogue: Sequence[Candidate] = (),
    home: HomeState | None = None,
    now: int = 0,
    recall: Recall = lambda _state, _query, _branches: NOTHING,
) -> dict[str, Any]:
    """The package of the next attempt: `{route, digest, tokens, budget, text, included, excluded}`; no `text` if
    infeasible.

    `catalogue` are the configured models, `home` says which of them are in an outage at wall time `now`; the budget is
    that of the model that would be asked. Where nobody would, `route` is empty and the budget the usual one. `aside` is
    what would be set aside for the attempt: `{micro_usd, calls, tools}`, `calls` of its model at most, 0 for none.
    Where something stayed out for want of room, `would_add` lists `{id, tokens}` of what `MORE` tokens would bring in.
    `recall` is the full-text index, asked as the engine asks it.
    What is only known when the attempt starts (the work a reviewer is shown) stands in it as it is now.
    """
    task = state.tasks[task_id]
    found = recall(state, query_of(state, task), branches_of(state, task))
    contents = {sha: content for sha in wanted(state, task, found) if (content := blob(sha)) is not None}
    budget, route, told = max(DEFAULT_BUDGET, task.package), dict[str, Any](), 0
    record = _record(state, blob, now)
    names = given(state, task, role_of(state, task))
    without = missing(state, names)
    held = grants(state, tuple(name for name in names if name not in without))
    tools, asks = describe(state, held, without), asked_by(held)
    while True:
        choice = _choice(state, task, catalogue, home, now, told, record)
        if choice is not None:
            budget = choice.budget
            route = {"name": choice.candidate.name, "because": choice.because}
        package = pack(state, task, contents=contents, budget=budget, tools=tools, found=found, asks=asks)
        if choice is None or isinstance(package, Package) or budget >= max(DEFAULT_BUDGET, task.package):
            break
        budget, route, told = (
            max(DEFAULT_BUDGET, task.package),
            {},
            package.needs,
        )  # too small a window: somebody else is looked for
    if isinstance(package, Infeasible):
        return {
            "route": route,
            "digest": None,
            "tokens": package.needs,
            "budget": package.budget,
            "text": "",
            "included": [],
            "excluded": [],
            "would_add": [],
            "aside": {},
            "infeasible": f"needs {package.needs} tokens, may have {package.budget}",
        }
    manifest = json.loads(package.manifest)
    would_add = []
    if any(row["code"] == "budget" for row in manifest["excluded"]):
        larger = pack(state, task, contents=contents, budget=budget + MORE, tools=tools, found=found, asks=asks)
        would_add = _added(manifest["included"], larger) if isinstance(larger, Package) else []
    return {
        "route": route,
        "digest": package.sha,
        "tokens": package.tokens,
        "budget": package.budget,
        "text": package.text,
        "included": manifest["included"],
        "excluded": manifest["excluded"],
        **{name: manifest[name] for name in ABOUT},
        "would_add": would_add,
        "aside": _aside(state, task, choice, package.tokens),
    }


def _aside(state: MissionState, task: Task, choice: Route | None, tokens: int) -> dict[str, Any]:
    """What would be set aside for the attempt now; empty where nobody would be asked."""
    if choice is None or choice.candidate.worker in {"command", "human"}:
        return {}
    aside = set_aside(state, task, choice, max(tokens, assumed_tokens(state, task)))
    return {"micro_usd": aside.whole.money, "calls": aside.whole.calls, "tools": aside.allowance is not None}


def _choice(
    state: MissionState,
    task: Task,
    catalogue: Sequence[Candidate],
    home: HomeState | None,
    now: int,
    told: int,
    record: Record,
) -> Route | None:
    """Who would be asked now, as far as it is known here."""
    role = role_of(state, task)
    bars = barred(home, catalogue, now) if home is not None else {}
    if role is None:
        return None
    tools = bool(given(state, task, role))
    choice = choose(state, task, role, catalogue=catalogue, barred=bars, told=told, tools=tools, record=record)
    return choice if isinstance(choice, Route) else None


def _record(state: MissionState, blob: Callable[[Sha256], bytes | None], now: int) -> Record:
    """Verified outcomes over all missions as this one's last route knew them; before the first, its own."""
    for attempt in reversed(state.attempts.values()):
        sha = attempt.route.get("record")
        if sha and (content := blob(sha)) is not None:
            return read(content)
    return Record() if state.rehearsed else gathered([state.outcomes.tallies], now // DAY)


def _added(before: list[dict[str, Any]], larger: Package) -> list[dict[str, Any]]:
    known = {(row["id"], row["kind"]) for row in before}
    found = json.loads(larger.manifest)["included"]
    return [{"id": row["id"], "tokens": row["tokens"]} for row in found if (row["id"], row["kind"]) not in known]
