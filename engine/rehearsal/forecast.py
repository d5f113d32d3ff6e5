"""From many runs to a forecast: quantiles, how it ends, what never happened, and what all of it rests on. Pure.

A quantile is a value that occurred (nearest rank). A figure says how it reads: `known`; `at least`, where something
that adds to it is unknown; `unknown`, where nothing of it is known. Under which conditions all of it holds stands in
`if`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from engine.contract.model import Contract
from engine.rehearsal.assumed import CONFIG, INVENTED, UNKNOWN, Line, called
from engine.rehearsal.dead import dead_clauses
from engine.rehearsal.leaning import TAKEN
from engine.rehearsal.missing import Missing
from engine.rehearsal.run import ENDED, ENDS, Run
from engine.routing.catalogue import REHEARSED, Candidate
from engine.values import DAY, MINUTE, money

BINS = 12
"""Bars of a distribution."""
ADDS = {"money": {"tokens"}, "days": {"takes", "answers"}, "attention": {"attention"}}
"""Unknown numbers that would add to a figure."""
_BRANCH = "\0"
"""Stands for the name of a branch, while reasons are compared."""
_RARE = 1_000
"""Shares are told in tenths of a percent."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast is about, beside its runs."""

    file: str
    contract: Contract
    lines: tuple[Line, ...]
    catalogue: tuple[Candidate, ...]
    missing: tuple[Missing, ...]
    unseen: tuple[str, ...] = ()
    base: int = 0
    zone: str = ""


def quantile(values: Sequence[int], percent: int) -> int:
    """The value below or at which so many percent of all lie, by nearest rank. Needs one value at least."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def forecast(
    basis: Basis, runs: Sequence[Run], *, seed: int, asked: int | None = None, partial: bool = False
) -> dict[str, Any]:
    """The shape that `rehearse --json` promises. Needs one run at least. `asked`: how many runs were wanted;
    `partial`: somebody ended it before it had all of its time or runs.
    """
    leaned = frozenset(name for run in runs for name in run.leaned)
    contract, over = basis.contract, [run for run in runs if run.end in ENDED]
    lines = _lines(basis, runs, leaned)
    return {
        "file": basis.file,
        "mission": contract.mission,
        "rehearsed": True,
        "seed": seed,
        "runs": len(runs),
        "asked": asked,
        "partial": partial,
        "money_micro_usd": {
            **_money(runs, leaned, basis.lines),
            "cap": contract.budget.money,
            "spread": _bins([run.spent for run in runs]),
        },
        "days": {
            **_days(over, leaned),
            "cap": _days_of(contract.budget.time) if contract.budget.time else None,
            "spread": _bins([run.time_ms for run in over]),
        },
        "approvals": _both([run.approvals for run in runs]),
        "questions": _both([run.questions for run in runs]),
        "tool_calls": _both([run.calls for run in runs]) if called(contract) else None,
        "attention_minutes": _attention(runs, leaned, contract),
        "branches": _branches(runs),
        "ends": {end: sum(run.end == end for run in runs) for end in ENDS},
        "because": _because(runs),
        "if": _conditions(leaned, lines),
        "warnings": _warnings(contract, runs),
        "dead_clauses": dead_clauses(contract, runs, leaned),
        "missing": [{lack.kind: lack.name, "needed_by": lack.needed_by, "mend": lack.mend} for lack in basis.missing],
        "not_looked_at": list(basis.unseen),
        "assumptions": [
            {"name": line.name, "value": line.value, "from": line.source, "n": line.n}
            | ({"taken": line.taken} if line.taken else {})
            for line in lines
        ],
        "starts_at": basis.base,
        "zone": basis.zone,
    }


def _both(values: Sequence[int]) -> dict[str, Any]:
    return {"p50": quantile(values, 50), "p90": quantile(values, 90)} if values else {"p50": None, "p90": None}


def _reads(leaned: Iterable[str], figure: str) -> dict[str, Any]:
    unknown = sorted(name for name in leaned if name.rpartition(".")[2] in ADDS[figure])
    return {"reads": "at least" if unknown else "known", "unknown": unknown}


def _money(runs: Sequence[Run], leaned: frozenset[str], lines: Sequence[Line]) -> dict[str, Any]:
    reads = _reads(leaned, "money")
    told = [line for line in lines if line.name.endswith(".tokens") and line.source != UNKNOWN]
    if reads["unknown"] and not told:
        return {"p50": None, "p90": None, "reads": "unknown", "unknown": reads["unknown"]}
    return _both([run.spent for run in runs]) | reads


def _days_of(ms: int) -> float:
    return round(ms / DAY, 4)


def _days(over: Sequence[Run], leaned: frozenset[str]) -> dict[str, Any]:
    reads = _reads(leaned, "days")
    if not over:
        return {"p50": None, "p90": None, "reads": "unknown", "unknown": ["it never ends"]}
    both = _both([run.time_ms for run in over])
    return {key: _days_of(value) for key, value in both.items()} | reads


def _attention(runs: Sequence[Run], leaned: frozenset[str], contract: Contract) -> dict[str, Any]:
    reads = _reads(leaned, "attention")
    cap = contract.budget.attention
    limit = {"cap": cap // MINUTE if cap is not None else None}
    if reads["unknown"]:
        return {"p50": None, "p90": None, "reads": "unknown", "unknown": reads["unknown"], **limit}
    both = _both([-(-run.attention_ms // MINUTE) for run in runs])
    return both | reads | limit


def _branches(runs: Sequence[Run]) -> dict[str, Any]:
    each: dict[str, Counter[str]] = {}
    for run in runs:
        for branch in run.branches:
            each.setdefault(branch.key, Counter())[branch.state] += 1
    return {
        "tried": _both([run.tried for run in runs]),
        **{state: _both([run.ended(state) for run in runs]) for state in ("kept", "pruned", "open")},
        "each": [{"branch": key, **{s: found[s] for s in ("kept", "pruned", "open")}} for key, found in each.items()],
    }


def _because(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """How it ended and why, most frequent first; neither a number nor a branch within a reason makes it another
    one, and the branches that it was are named together."""
    found: dict[tuple[str, str], list[tuple[Run, str, str]]] = {}
    for run in runs:
        key = next((branch.key for branch in run.branches if branch.key in run.because), "")
        words = run.because.replace(key, _BRANCH) if key else run.because
        plain = "".join("#" if digit else "".join(part) for digit, part in groupby(words, str.isdigit))
        found.setdefault((run.end, plain), []).append((run, words, key))
    told = []
    for alike in sorted(found.values(), key=lambda alike: -len(alike)):
        first, words, _key = alike[0]
        keys = [key for key, _count in Counter(key for _run, _words, key in alike).most_common()]
        because = words.replace(_BRANCH, " or ".join(keys)) if len(keys) > 1 else first.because
        told.append(
            {"end": first.end, "because": because, "clause": first.clause, "runs": len(alike), "mend": first.mend}
        )
    return told


def _lines(basis: Basis, runs: Sequence[Run], leaned: frozenset[str]) -> list[Line]:
    """The assumptions, those first that the runs met; the prices of whoever was asked."""
    used = {name for run in runs for name in run.models}
    lent = {one.name for one in REHEARSED}
    prices = [
        Line(
            f"{one.name}.price",
            "free" if one.free else f"{money(one.price.input)} in, {money(one.price.output)} out, a million tokens",
            INVENTED if one.name in lent else CONFIG,
            None,
            TAKEN["price"] if one.name in lent else "",
        )
        for one in basis.catalogue
        if one.name in used and one.worker == "rehearsed"
    ]
    needed = [line for line in basis.lines if line.source != UNKNOWN or line.name in leaned]
    return [*prices, *needed]


def _conditions(leaned: frozenset[str], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What was taken in the place of unknown numbers: one condition for each kind."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(leaned):
        kinds.setdefault(name.rpartition(".")[2], []).append(name)
    found = [{"taken": TAKEN[kind], "unknown": names} for kind, names in kinds.items()]
    lent = [line.name for line in lines if line.source == INVENTED]
    return found + ([{"taken": TAKEN["price"], "unknown": lent}] if lent else [])


def _warnings(contract: Contract, runs: Sequence[Run]) -> list[str]:
    """What happens too often to be left unsaid."""
    found: list[str] = []

    def often(what: str, happened: Callable[[Run], bool]) -> None:
        count = sum(happened(run) for run in runs)
        if count:
            found.append(f"{what} in {_share(count, len(runs))} of runs")

    cap = contract.budget
    often(f"the money of {money(cap.money)} does not suffice", lambda run: "mission money" in run.caps)
    often("the contract's time is used up", lambda run: "mission time" in run.caps)
    often("your minutes are used up, and proposals wait", lambda run: "mission attention" in run.caps)
    for name in sorted({name for run in runs for name in run.caps} - _TOLD):
        level, dimension = name.split(" ")
        enough = "does not suffice" if dimension == "money" else "do not suffice"
        often(f"the {dimension} of a {level} {enough}", partial(_capped, name))
    often("an approval expires before you give it", lambda run: run.expired > 0)
    for reason, count in Counter(reason for run in runs for reason in run.refused).most_common(3):
        found.append(f"a proposal is refused in {_share(count, len(runs))} of runs: {reason}")
    return found


_TOLD = frozenset({"mission money", "mission time", "mission attention"})


def _capped(name: str, run: Run) -> bool:
    return name in run.caps


def _share(k: int, n: int) -> str:
    return f"{k * 100 / n:.0f} %" if k * _RARE >= n else "fewer than 0.1 %"


def _bins(values: Sequence[int]) -> Mapping[str, Any]:
    """How values are spread, in bars of equal width from the least to the most."""
    if not values:
        return {"from": None, "to": None, "counts": []}
    least, most = min(values), max(values)
    counts = [0] * (BINS if most > least else 1)
    for value in values:
        counts[min(len(counts) - 1, (value - least) * len(counts) // max(1, most - least))] += 1
    return {"from": least, "to": most, "counts": counts}
