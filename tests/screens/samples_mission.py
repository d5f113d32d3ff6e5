"""The mission `gtm-signal` in full: its tree of branches as the picture shows it, tasks in every state, a log.

Pure data, on top of the three missions of `samples`.
"""

from __future__ import annotations

from typing import Any

from tests.screens.samples import DIGEST, NOW, branch, card, clock, item, line, task, three, usd
from tests.screens.world import DAY, HOUR, MINUTE, World

Json = dict[str, Any]
SLUG = "gtm-signal"
HOSTILE = (
    "\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred",
    "\u202eabgekehrt\u202c and \u2066isolated\u2069",
    "[/nope] [bold]markup[/bold] [@click=app.quit]click[/]",
    "日本語の題名はとても長くて二倍の幅があります" * 4,
    "x" * 500,
    "two\nlines\tand a tab\r\n",
    "zero\u200bwidth\ufeff and \u00ad soft \U000e0041 tag",
    "e\u0301\u0300 combining and 👩‍👩‍👧 joined",
    "",
)
"""Titles, reasons and words as a hostile worker would write them."""


def rate(metric: str, k: int, n: int, series: str = "", least: int = 20) -> Json:
    """A ratio of a branch; `series` are digits from 0 to 7."""
    return {
        "metric": metric,
        "unit": "ratio",
        "k": k,
        "n": n,
        "count": n,
        "min_sample": least,
        "known": n >= least,
        "series": [int(digit) for digit in series],
    }


def number(metric: str, value: str, unit: str = "score", count: int = 5, least: int = 1) -> Json:
    """Another measure of a branch."""
    return {
        "metric": metric,
        "unit": unit,
        "value": value,
        "count": count,
        "min_sample": least,
        "known": count >= least,
        "series": [],
    }


def rules(*outcomes: str) -> list[Json]:
    """The judge rules of the mission as they were last evaluated."""
    told = (
        ("branch.batches >= 1 && branch.reply_quality < 0.3", "prune"),
        ("branch.reply_rate >= 0.05 && branch.reply_rate_n >= 40", "keep"),
        ("branch.spent_usd >= 200.0", "extend"),
    )
    return [
        {"clause": f"judge[{place}]", "expression": expression, "then": then, "outcome": outcome, "detail": "",
         "at": clock(0, 13, 0)}
        for place, ((expression, then), outcome) in enumerate(zip(told, outcomes, strict=False))
    ]  # fmt: skip


def grown(key: str, place: int, state: str, hypothesis: str, money: tuple[float, float, float], **more: Any) -> Json:
    """A branch that was tried; `money` is spent, reserved and its share in dollars."""
    spent, reserved, share = money
    return branch(
        SLUG, place, key, state, hypothesis,
        spent_micro_usd=usd(spent), reserved_micro_usd=usd(reserved), budget_micro_usd=usd(share), **more,
    )  # fmt: skip


def branches() -> list[Json]:
    """The tree of the picture."""
    return [
        branch(SLUG, 1, "main", "open", "Positioning, leads and shared research", spent_micro_usd=usd(2.02),
               reason="everything branches rest on: D3 D9 D14, E2"),
        grown("cold-email", 2, "open", "Founders answer a short cold email about their own pricing page",
              (24.18, 20, 200), reason="above the bar; judged with its last open child",
              evidence=[rate("reply_rate", 4, 44, "12335766", 40), number("reply_quality", "0.62")],
              rules=rules("false", "unknown", "false")),
        grown("teardown", 3, "open", "Naming one flaw on their page earns an answer", (10.96, 12, 100),
              parent=f"{SLUG}/B2", reason="4 of 22 answered, quality 0.71; batch 2 waits for your approval",
              evidence=[rate("reply_rate", 4, 22, "15436677", 40), number("reply_quality", "0.71")],
              rules=rules("false", "unknown", "false")),
        grown("plain-ask", 4, "pruned", "Asking for 15 minutes is enough", (6.82, 0, 50), parent=f"{SLUG}/B2",
              reason="0 of 22, all of batch 1 judged", evidence=[rate("reply_rate", 0, 22, "00000000")],
              rules=rules("true")),
        grown("linkedin", 5, "waiting", "Second-degree intros answer more often than strangers", (11.62, 0, 150),
              until=NOW + DAY + 4 * HOUR, evidence=[rate("reply_rate", 1, 12, "112233")],
              rules=rules("unknown", "unknown", "false")),
        grown("newsletters", 6, "parked", "A sponsored line in a niche newsletter brings sign-ups", (0.40, 0, 50),
              reason="no sponsor list; opens when tool sponsor_list is there"),
        grown("communities", 7, "pruned", "Founders discuss pricing in open communities", (3.05, 0, 50),
              reason="off-topic: 0 of 40 threads", evidence=[rate("reply_rate", 0, 40, "00000")],
              rules=rules("true")),
    ]  # fmt: skip


def tasks() -> list[Json]:
    """Tasks in every state that a board knows."""
    own = {"branch": f"{SLUG}/B3", "branch_key": "teardown"}
    linkedin = {"branch": f"{SLUG}/B5", "branch_key": "linkedin"}
    main = {"branch": f"{SLUG}/B1", "branch_key": "main"}
    idle = {"attempts": 0, "attempt": "", "since": None}
    return [
        task(SLUG, 1, "enrich 44 leads", "researcher", "anthropic/haiku", "accepted", 0.42, **main),
        task(SLUG, 2, "draft batch 1", "writer", "anthropic/opus", "accepted", 1.31, attempts=2, **own),
        task(SLUG, 3, "review batch 1, 22 of 22", "reviewer", "openai/gpt-5", "accepted", 0.86, **own),
        task(SLUG, 4, "find sponsored newsletters", "researcher", "google/gemini-flash", "failed", 0.0042, attempts=3,
             reason="3 of 3 attempts failed: the tool sponsor_list is not there", **main),
        task(SLUG, 5, "draft plain ask 2", "writer", "anthropic/opus", "cancelled", 0.13,
             reason="plain-ask was pruned: 0 of 22", branch=f"{SLUG}/B4", branch_key="plain-ask"),
        task(SLUG, 7, "send batch 2", "writer", "anthropic/opus", "waiting", 0.98,
             waiting_for=f"you ({SLUG}/Q2, approve)", verb="send", **own),
        task(SLUG, 8, "enrich 25 leads", "researcher", "anthropic/haiku", "running", 0.11, since=NOW - 42_000, **main),
        task(SLUG, 9, "draft DM variants", "writer", "anthropic/opus", "running", -0.42, attempts=2,
             since=NOW - 4 * MINUTE, **linkedin),
        task(SLUG, 10, "score replies", "reviewer", "openai/gpt-5", "verifying", 0.08, since=NOW - 7_000,
             waiting_for="grade (gtm-signal/T12)", **own),
        task(SLUG, 11, "grade E31 for reply_quality", "reviewer", "", "ready", 0, worker="model", **own, **idle),
        task(SLUG, 12, "send DM batch 1", "writer", "", "waiting", 0, waiting_for=f"draft DM variants ({SLUG}/T9)",
             verb="contact", **linkedin, **idle),
        task(SLUG, 13, "say which channel deserves a second batch", "analyst", "", "waiting", 0, **main, **idle,
             waiting_for=f"send DM batch 1 ({SLUG}/T12), score replies ({SLUG}/T10) and 2 more"),
        task(SLUG, 14, "book calls with who answered", "", "", "draft", 0, worker="", **main, **idle,
             missing=["worker", "acceptance criteria", "budget"], waiting_for="missing: worker, ..."),
    ]  # fmt: skip


def gtm() -> World:
    """The three missions, the first of them in full."""
    world = three()
    for name in [key for key in world.views if key[0] in {"task", "branch"} and key[1].startswith(SLUG)]:
        del world.views[name]
    world.view("card", card(
        SLUG, "Find a GTM channel with real signal", spent_micro_usd=usd(41.27), reserved_micro_usd=usd(12),
        budget_micro_usd=usd(500), attention=2, attention_ms=12 * MINUTE, metric="reply_rate",
        started_at=clock(-2, 9, 0), next_wake=clock(0, 14, 30),
        branches=[
            line("cold-email", "open", "9.1%", 44, 24.18, series="12335766"),
            line("teardown", "open", "18.2%", 22, 10.96, series="15436677"),
            line("linkedin", "waiting", "8.3%", 12, 11.62, series="112233"),
        ],
        upcoming=[
            {"at": clock(0, 14, 30), "text": "check reply_rate, cold-email"},
            {"at": clock(2, 14, 0), "text": "judge teardown at n 47"},
        ],
    ))  # fmt: skip
    for row in (*branches(), *tasks()):
        world.view("task" if "role" in row else "branch", row)
    world.view("attention", item(
        SLUG, 2, "approve", "send 25 e-mails", branch=f"{SLUG}/B3", task=f"{SLUG}/T7", digest=DIGEST,
        expires_at=clock(0, 16, 2), raised_at=NOW - 12 * MINUTE, holds=3, takes_minutes=4, rank=76, verb="send",
    ))  # fmt: skip
    world.progress.append((f"{SLUG}/A9.1", SLUG, "variant 3 of 5: the one about seats"))
    _events(world)
    return world


def _events(world: World) -> None:
    world.event(
        SLUG, "contract.amended", clock(-2, 9, 5), "human:you", rev=2,
        contract={"target": {"met_when": "branch.kept >= 1"}, "budget": {"branches": 6}},
    )  # fmt: skip
    for place, (metric, value) in enumerate(
        (
            ("reply_rate", {"k": 1, "n": 22}),
            ("reply_quality", "0.55"),
            ("inbox", "asks for price"),
            ("inbox", "send it"),
        )
    ):
        world.event(
            SLUG, "evidence.recorded", clock(0, 9 + place, 0), branch="B3", evidence=f"E{19 + 4 * place}",
            metric=metric, value=value, grade="checked", source="inbox",
        )  # fmt: skip
    for clause, facts in (
        ("judge[0]", {"branch.batches": "1", "branch.reply_quality": "0.71"}),
        ("judge[1]", {"branch.reply_rate": "4/22", "branch.reply_rate_n": "22"}),
        ("judge[2]", {"branch.spent_usd": "10.96"}),
    ):
        world.event(
            SLUG, "condition.evaluated", clock(0, 13, 0), branch="B3", clause=clause, expression="…", facts=facts,
            outcome="false",
        )  # fmt: skip


def hostile() -> World:
    """The same with names, titles, reasons and words that try to break the screen."""
    world = gtm()
    for place, ((kind, _name), row) in enumerate(list(world.views.items())):
        if row.get("mission") != SLUG:
            continue
        nasty = HOSTILE[place % len(HOSTILE)]
        for field in (
            "title",
            "hypothesis",
            "reason",
            "waiting_for",
            "role",
            "worker",
            "route",
            "branch_key",
            "because",
        ):
            if field in row:
                row[field] = nasty
        if kind == "branch":
            row["key"] = nasty
            for told in row["rules"]:
                told["expression"] = nasty
    world.progress = [(job, mission, HOSTILE[place]) for place, (job, mission, _note) in enumerate(world.progress)]
    for nasty in HOSTILE:
        world.event(SLUG, "branch.pruned", clock(0, 14, 1), branch="B7", because=nasty)
        world.event(SLUG, f"odd.{nasty[:40]}", clock(0, 14, 1), nasty, text=nasty, **{nasty: nasty})
    return world


def crowd(size: int) -> World:
    """One mission with so many tasks, of which a few run."""
    world = gtm()
    for place in range(100, 100 + size):
        state = ("accepted", "waiting", "ready", "accepted")[place % 4] if place % 500 else "running"
        row = task(SLUG, place, f"look at page {place}", "researcher", "anthropic/haiku", state, 0.0031)
        world.view("task", {**row, "waiting_for": "a window" if state == "waiting" else ""})
    return world
