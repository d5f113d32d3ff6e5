"""The sections that a contract demands under `receipt:`: which of them this receipt fills, and why not. Pure.

A demand is a few words of a person (`channels tried`). The first rule whose word it contains says where the answer
stands; a demand that no rule knows is reported as not filled rather than passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.contract.model import INWARD, OUTWARD

Receipt = Mapping[str, Any]
Answer = tuple[str, int, str]
"""Where it stands, how much is there, and what to say when nothing is."""


def sections(demands: Iterable[str], receipt: Receipt) -> list[dict[str, Any]]:
    """For each demand: `{section, where, filled, why}`."""
    return [_section(demand, receipt) for demand in demands]


def _section(demand: str, receipt: Receipt) -> dict[str, Any]:
    words = re.findall(r"[a-z]+", demand.lower())
    for stems, rule in _RULES:
        if any(word.startswith(stems) for word in words):
            where, count, empty = rule(receipt)
            return {
                "section": demand,
                "where": where,
                "filled": count > 0,
                "why": f"{count} listed" if count else empty,
            }
    for verb in (*INWARD, *OUTWARD):
        if any(word.startswith(verb.rstrip("e")) for word in words):
            where, count, empty = _verb(receipt, verb)
            return {
                "section": demand,
                "where": where,
                "filled": count > 0,
                "why": f"{count} listed" if count else empty,
            }
    return {"section": demand, "where": "", "filled": False, "why": "no part of a receipt answers to these words"}


def _verb(receipt: Receipt, verb: str) -> Answer:
    if verb in OUTWARD:
        done = sum(e["verb"] == verb and e["state"] == "done" for e in receipt["work"]["effects"])
        return "work.effects", done, f"nothing was done that is called {verb}"
    accepted = sum(t["verb"] == verb and t["state"] == "accepted" for t in receipt["work"]["tasks"])
    return "work.tasks", accepted, f"no task that is called {verb} was accepted"


def _sent(receipt: Receipt) -> Answer:
    done = sum(e["state"] == "done" for e in receipt["work"]["effects"])
    return "work.effects", done, "nothing left the mission"


def _branches(receipt: Receipt) -> Answer:
    tried = [b for b in receipt["work"]["branches"] if b["parent"] or b["hypothesis"]]
    return "work.branches", len(tried), "no branch was opened"


def _items(kind: str) -> Callable[[Receipt], Answer]:
    def rule(receipt: Receipt) -> Answer:
        found = sum(i["kind"] == kind and i["status"] == "active" for i in receipt["work"]["items"])
        return "work.items", found, f"no {kind} was recorded"

    return rule


def _listed(where: str, empty: str) -> Callable[[Receipt], Answer]:
    def rule(receipt: Receipt) -> Answer:
        value: Any = receipt
        for part in where.split("."):
            value = value[part]
        return where, len(value), empty

    return rule


def _next(receipt: Receipt) -> Answer:
    return "next.recommendation", 1 if receipt["next"]["recommendation"] else 0, "nothing is recommended"


_RULES: tuple[tuple[tuple[str, ...], Callable[[Receipt], Answer]], ...] = (
    (("recommend", "next"), _next),
    (("prune", "discard", "dropped"), _listed("pruned", "no branch was pruned")),
    (("learn", "lesson", "rule"), _listed("learnings", "nothing was learned that was written down")),
    (("approv", "decision", "decided"), _listed("decisions", "no human has decided anything")),
    (("channel", "branch", "experiment", "variant", "candidate", "configuration", "hypothes"), _branches),
    (("model", "tool", "worker", "harness", "skill"), _listed("workforce.workers", "nobody has worked")),
    (("cost", "spend", "spent", "money", "price", "token"), _listed("spend.lines", "nothing was charged")),
    (("question",), _items("question")),
    (("assum",), _items("assumption")),
    (
        ("evidence", "metric", "result", "measure", "repl", "conversion"),
        _listed("evidence.entries", "no evidence came"),
    ),
    (("sent",), _sent),
    (("artifact", "file", "patch", "diff", "report"), _listed("artifacts", "no file was made")),
)
