"""A forecast as `rehearse --json` prints it, with something of everything."""

from __future__ import annotations

from typing import Any

DAY = 86_400_000
NEVER, UNDONE = "never held in all 40 runs", "was never done in all 40 runs"


def sample(**changed: Any) -> dict[str, Any]:
    """A forecast of the GTM contract; `changed` replaces keys."""
    return {
        "file": "gtm.mission.yaml",
        "mission": "Find a GTM channel with real signal",
        "rehearsed": True,
        "seed": 1,
        "runs": 40,
        "asked": None,
        "partial": False,
        "money_micro_usd": {
            "p50": 320_000, "p90": 550_000, "reads": "known", "unknown": [], "cap": 500_000_000,
            "spread": {"from": 250_000, "to": 610_000, "counts": [3, 5, 9, 8, 6, 4, 2, 1, 0, 1, 0, 1]},
        },
        "days": {
            "p50": 6.12, "p90": 12.0, "reads": "at least", "unknown": ["writer.takes"], "cap": 14.0,
            "spread": {"from": 2 * DAY, "to": 12 * DAY, "counts": [7, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 9]},
        },
        "approvals": {"p50": 3, "p90": 3},
        "questions": {"p50": 0, "p90": 1},
        "attention_minutes": {"p50": None, "p90": None, "reads": "unknown", "unknown": ["human.attention"], "cap": 120},
        "branches": {
            "tried": {"p50": 3, "p90": 3}, "kept": {"p50": 2, "p90": 3}, "pruned": {"p50": 1, "p90": 2},
            "open": {"p50": 0, "p90": 1},
            "each": [
                {"branch": "cold-email", "kept": 25, "pruned": 10, "open": 5},
                {"branch": "community", "kept": 0, "pruned": 40, "open": 0},
            ],
        },
        "ends": {"finished": 30, "stopped": 4, "waits": 6, "stuck": 0},
        "because": [
            {"end": "finished", "because": "the target is met", "clause": "target.met_when", "runs": 30, "mend": ""},
            {"end": "waits", "because": "your verdict on community: no rule decides", "clause": "", "runs": 6,
             "mend": "add a last rule under judge, such as {when: branch.windows >= 2, then: prune, because: ...}"},
            {"end": "stopped", "because": "no channel shows signal", "clause": "stop[1]", "runs": 4, "mend": ""},
        ],
        "if": [{"taken": "your minutes are not counted", "unknown": ["human.attention"]}],
        "warnings": ["the contract's time is used up in 15 % of runs"],
        "dead_clauses": [
            {"clause": "judge[3]", "text": "branch.reply_quality < 0.3", "why": NEVER, "rests_on": []},
            {"clause": "actions.restricted[1]", "text": "publish", "why": UNDONE, "rests_on": []},
            {"clause": "judge[1]", "text": "branch.booked_calls >= 1", "why": NEVER,
             "rests_on": ["booked_calls.value"]},
        ],
        "missing": [{"model": "a model of tier strong", "needed_by": "writer", "mend": "cockpit setup finds models"}],
        "not_looked_at": ["keyring:acme"],
        "assumptions": [
            {"name": "swift.price", "value": "$1.00 in, $5.00 out, a million tokens", "from": "config.toml", "n": None},
            {"name": "writer.tokens", "value": "4,000 in, 1,500 out ± 30 %", "from": "assume", "n": None},
            {"name": "writer.success", "value": "41 of 44", "from": "measured", "n": 44},
            {"name": "human.attention", "value": "unknown", "from": "unknown", "n": None, "taken": "not counted"},
        ],
        "starts_at": 1_736_150_400_000,
        "zone": "Europe/Berlin",
        **changed,
    }  # fmt: skip
