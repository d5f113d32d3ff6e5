"""Sample view rows of the size and kind of the pictures: three missions, their branches and tasks, and what needs you.

Pure data. It is 14:02 on a Wednesday.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.screens.world import DAY, HOUR, MINUTE, World

Json = dict[str, Any]
NOW = int(datetime(2026, 11, 25, 14, 2, tzinfo=UTC).timestamp()) * 1000
DIGEST = "a3f91c07" + "5e" * 28


def usd(dollars: float) -> int:
    """Micro-dollars."""
    return round(dollars * 1_000_000)


def clock(day: int, hour: int, minute: int) -> int:
    """A moment; `day` counts from today."""
    midnight = NOW - NOW % DAY
    return midnight + day * DAY + hour * HOUR + minute * MINUTE


def card(slug: str, title: str, **more: Any) -> Json:
    """A card."""
    base: Json = {
        "id": slug,
        "mission": slug,
        "title": title,
        "state": "active",
        "rehearsed": False,
        "rev": 1,
        "phase": "running",
        "spent_micro_usd": 0,
        "reserved_micro_usd": 0,
        "budget_micro_usd": usd(100),
        "attention": 0,
        "held": False,
        "attention_ms": 0,
        "attention_budget_ms": 2 * HOUR,
        "next_wake": None,
        "because": "",
        "started_at": NOW - 2 * DAY,
        "ended_at": None,
        "time_ms": 14 * DAY,
        "now": NOW,
        "skew": 0,
        "metric": "",
        "branches": [],
        "upcoming": [],
    }
    return {**base, **more}


def line(key: str, state: str, figure: str, n: int | None, spent: float, said: str = "", series: str = "") -> Json:
    """A branch on a card; `series` are digits from 0 to 7."""
    return {
        "key": key,
        "state": state,
        "line": said,
        "until": NOW + DAY + 4 * HOUR if state == "waiting" else None,
        "figure": figure,
        "n": n,
        "series": [int(digit) for digit in series],
        "spent_micro_usd": usd(spent),
    }


def task(slug: str, number: int, title: str, role: str, route: str, state: str, cost: float, **more: Any) -> Json:
    """A row of the work graph; what runs has its cost reserved."""
    reserved = state in {"running", "verifying"} and cost < 0
    base: Json = {
        "id": f"{slug}/T{number}",
        "mission": slug,
        "branch": f"{slug}/B2",
        "branch_key": "cold-email" if slug == "gtm-signal" else "main",
        "key": f"t{number}",
        "title": title,
        "role": role,
        "kind": "review" if role == "reviewer" else "work",
        "verb": "draft",
        "state": state,
        "waiting_for": "",
        "worker": "model",
        "route": route,
        "missing": [],
        "spent_micro_usd": 0 if reserved else usd(cost),
        "reserved_micro_usd": usd(-cost) if reserved else 0,
        "budget_micro_usd": usd(2),
        "attempts": 1,
        "allowed": 3,
        "reason": "",
        "attempt": f"{slug}/A{number}.1",
        "since": NOW - 4 * MINUTE,
    }
    return {**base, **more}


def item(slug: str, number: int, kind: str, title: str, **more: Any) -> Json:
    """A row of the queue."""
    base: Json = {
        "id": f"{slug}/Q{number}",
        "kind": kind,
        "mission": slug,
        "branch": "",
        "task": "",
        "title": title,
        "digest": "",
        "expires_at": None,
        "raised_at": NOW - 3 * MINUTE,
        "holds": 0,
        "takes_minutes": 2,
        "rank": 0,
        "why": "nothing waits for it yet",
        "detail": "",
        "choices": [],
        "items": [],
        "verb": "",
    }
    return {**base, **more}


def branch(slug: str, number: int, key: str, state: str, hypothesis: str, **more: Any) -> Json:
    """A row of the branch tree."""
    base: Json = {
        "id": f"{slug}/B{number}",
        "mission": slug,
        "key": key,
        "parent": f"{slug}/B1" if number > 1 else "",
        "hypothesis": hypothesis,
        "state": state,
        "reason": "",
        "spent_micro_usd": 0,
        "reserved_micro_usd": 0,
        "budget_micro_usd": None,
        "until": None,
        "evidence": [],
        "rules": [],
    }
    return {**base, **more}


def measure(metric: str, k: int, n: int, series: str = "") -> Json:
    """A ratio of a branch."""
    return {
        "metric": metric,
        "unit": "ratio",
        "k": k,
        "n": n,
        "value": "",
        "count": n,
        "min_sample": 40,
        "known": n >= 40,
        "series": [int(digit) for digit in series],
    }


def three() -> World:
    """The three missions of the pictures."""
    world = World()
    _gtm(world)
    _hero(world)
    _latency(world)
    _queue(world)
    for slug, total, reserved, budget in (
        ("gtm-signal", 41.27, 1.20, 500),
        ("homepage-hero", 6.38, 0, 120),
        ("agent-latency", 28.93, 0.80, 180),
    ):
        row = {"id": slug, "mission": slug, "by": {}, "total_micro_usd": usd(total)}
        world.view("spend", row | {"reserved_micro_usd": usd(reserved), "budget_micro_usd": usd(budget)})
    _charges(world)
    world.progress.append(("gtm-signal/A8.1", "gtm-signal", "reading lead 14 of 25"))
    return world


def _gtm(world: World) -> None:
    slug = "gtm-signal"
    world.view("card", card(
        slug, "Find a GTM channel with real signal", spent_micro_usd=usd(41.27), reserved_micro_usd=usd(12),
        budget_micro_usd=usd(500), attention=2, attention_ms=12 * MINUTE, metric="reply_rate",
        started_at=clock(-2, 9, 0), next_wake=clock(0, 14, 30),
        branches=[
            line("cold-email", "open", "9.1%", 44, 24.18, series="12335766"),
            line("linkedin", "waiting", "8.3%", 12, 11.62, series="112233"),
            line("newsletters", "parked", "", None, 0.40, "no list"),
            line("communities", "pruned", "", 40, 3.05, "off-topic 0 of 40"),
        ],
        upcoming=[
            {"at": clock(0, 14, 30), "text": "check reply_rate, cold-email"},
            {"at": clock(1, 18, 2), "text": "window of linkedin closes"},
            {"at": clock(2, 14, 0), "text": "check reply_rate, teardown"},
        ],
    ))  # fmt: skip
    world.view("branch", branch(slug, 1, "main", "open", ""))
    world.view("branch", branch(slug, 2, "cold-email", "open", "A short teardown of their pricing page earns replies.",
                                spent_micro_usd=usd(24.18), budget_micro_usd=usd(120),
                                evidence=[measure("reply_rate", 4, 44, "12335766")]))  # fmt: skip
    world.view("branch", branch(slug, 3, "linkedin", "waiting", "Founders answer a direct message from a peer.",
                                spent_micro_usd=usd(11.62), budget_micro_usd=usd(80), until=clock(1, 18, 2),
                                evidence=[measure("reply_rate", 1, 12, "112233")]))  # fmt: skip
    world.view("branch", branch(slug, 4, "newsletters", "parked", "A mention in a newsletter brings sign-ups.",
                                spent_micro_usd=usd(0.40), reason="no list"))  # fmt: skip
    world.view("branch", branch(slug, 5, "communities", "pruned", "Threads about pricing draw people in.",
                                spent_micro_usd=usd(3.05), reason="off-topic 0 of 40",
                                evidence=[measure("reply_rate", 0, 40, "1111")]))  # fmt: skip
    world.view("task", task(slug, 1, "enrich 44 leads", "researcher", "anthropic/haiku", "accepted", 0.42))
    world.view("task", task(slug, 7, "send batch 2", "writer", "", "waiting", 0, waiting_for="approval", attempts=0,
                            verb="send"))  # fmt: skip
    world.view("task", task(slug, 8, "enrich 25 leads", "researcher", "anthropic/haiku", "running", 0.11))
    world.view("task", task(slug, 9, "draft DM variants", "writer", "anthropic/opus", "running", -0.02,
                            branch=f"{slug}/B3", branch_key="linkedin"))  # fmt: skip
    world.view("task", task(slug, 10, "score replies", "reviewer", "openai/gpt-5", "verifying", 0.08))
    world.event(slug, "mission.created", clock(-2, 9, 0), title="Find a GTM channel with real signal", contract={})
    world.event(slug, "decision.made", clock(-2, 10, 12), "human:you", what="approve", attention="Q1")
    world.event(slug, "branch.pruned", clock(0, 9, 44), branch="B5", because="off-topic 0 of 40")
    world.event(slug, "task.accepted", clock(0, 11, 20), task="T10")
    world.event(slug, "task.accepted", clock(0, 13, 51), task="T1")


def _hero(world: World) -> None:
    slug = "homepage-hero"
    world.view("card", card(
        slug, "Lift home page sign-ups by 15%", phase="waiting", spent_micro_usd=usd(6.38), budget_micro_usd=usd(120),
        attention_ms=4 * MINUTE, attention_budget_ms=HOUR, time_ms=7 * DAY, metric="sign_ups",
        started_at=clock(-1, 9, 0), next_wake=clock(0, 23, 20),
        branches=[
            line("price-first", "waiting", "4.6%", 812, 2.10, series="23344555"),
            line("demo-video", "waiting", "3.9%", 797, 3.02, series="33343433"),
            line("control", "waiting", "3.7%", 805, 0, series="32333322"),
        ],
        upcoming=[
            {"at": clock(0, 23, 20), "text": "check sign_ups, price-first"},
            {"at": clock(1, 9, 0), "text": "window of demo-video closes"},
        ],
    ))  # fmt: skip
    for number, key in enumerate(("main", "price-first", "demo-video", "control"), start=1):
        world.view("branch", branch(slug, number, key, "open" if number == 1 else "waiting", f"{key} is understood."))
    world.view("task", task(slug, 1, "collect visits", "runner", "", "waiting", 0, waiting_for="window"))
    world.event(slug, "mission.created", clock(-1, 9, 0), title="Lift home page sign-ups by 15%", contract={})
    world.event(slug, "decision.made", clock(-1, 16, 40), "human:you", what="approve", attention="Q1")
    world.event(slug, "check.ended", clock(0, 8, 0), branch="B2", found=3)
    world.event(slug, "check.ended", clock(0, 12, 0), branch="B2", found=3)


def _latency(world: World) -> None:
    slug = "agent-latency"
    world.view("card", card(
        slug, "Cut p95 of the support agent below 4 s", phase="needs you", held=True, spent_micro_usd=usd(28.93),
        reserved_micro_usd=usd(0.80), budget_micro_usd=usd(180), attention=2, attention_ms=26 * MINUTE,
        attention_budget_ms=90 * MINUTE, time_ms=10 * DAY, metric="p95", started_at=clock(-4, 9, 0),
        branches=[
            line("prompt-cache", "open", "4.9 s", 240, 9.47, series="77655544"),
            line("small-router", "open", "5.3 s", 180, 11.80, series="77665555"),
            line("streaming", "pruned", "7.1 s", 90, 4.06, "7.1 s of 7.2 s"),
        ],
        upcoming=[
            {"at": clock(0, 15, 10), "text": "check p95, small-router"},
            {"at": clock(1, 10, 0), "text": "check p95, prompt-cache"},
        ],
    ))  # fmt: skip
    for number, key in enumerate(("main", "prompt-cache", "small-router", "streaming"), start=1):
        state = "pruned" if key == "streaming" else "open"
        world.view("branch", branch(slug, number, key, state, f"{key} saves a second."))
    world.view("task", task(slug, 3, "replay 200 tickets", "runner", "command", "running", 0.34, worker="command"))
    world.view("task", task(slug, 4, "verify cache hits", "reviewer", "openai/gpt-5", "verifying", 0.05))
    world.view("task", task(slug, 2, "replay 200 tickets", "runner", "command", "accepted", 2.12, worker="command"))
    world.event(slug, "mission.created", clock(-4, 9, 0), title="Cut p95 of the support agent below 4 s", contract={})
    world.event(slug, "branch.pruned", clock(-1, 18, 30), branch="B4", because="7.1 s of 7.2 s")
    world.event(slug, "task.accepted", clock(0, 11, 48), task="T2")
    world.event(slug, "task.failed", clock(0, 12, 6), task="T4", because="browser drifted")


def _queue(world: World) -> None:
    world.view("attention", item(
        "gtm-signal", 2, "approve", "send 25 e-mails", branch="gtm-signal/B2", task="gtm-signal/T7", digest=DIGEST,
        expires_at=clock(0, 16, 2), raised_at=NOW - 12 * MINUTE, holds=3, takes_minutes=4, rank=76, verb="send",
        why="holds 3 tasks (30) · expires in 2h (46)",
        items=[{"id": f"gtm-signal/F{n}", "digest": f"{n:02d}" * 32, "preview": f"send via smtp, {n} of 25"}
               for n in range(1, 26)],
    ))  # fmt: skip
    world.view("attention", item(
        "agent-latency", 5, "answer", "which p95 counts?", raised_at=NOW - 3 * MINUTE, holds=5, takes_minutes=1,
        rank=50, why="holds 5 tasks (50)", choices=["over all tickets", "over answered tickets"],
        detail="Two tickets time out on purpose. Do they count?",
    ))  # fmt: skip
    world.view("attention", item(
        "gtm-signal", 3, "review", "one reply, two readings: K. Osei", branch="gtm-signal/B3", rank=20,
        expires_at=NOW + DAY + 4 * HOUR, raised_at=NOW - 41 * MINUTE, why="expires in 1d 4h (20)",
    ))  # fmt: skip
    world.view("attention", item(
        "agent-latency", 4, "tool", "browser tool drifted", branch="agent-latency/B2", holds=1, rank=11,
        raised_at=NOW - HOUR - 56 * MINUTE, why="holds 1 task (10) · waits since 1h (1)",
    ))  # fmt: skip


def _charges(world: World) -> None:
    for number, (hours, dollars) in enumerate(
        ((7, 0.60), (6, 1.10), (5, 0.90), (4, 1.30), (3, 2.60), (2, 3.40), (1, 2.32), (0, 1.84)), start=1
    ):
        world.event(
            "gtm-signal", "charge.settled", NOW - hours * HOUR - MINUTE, attempt=f"A{number}.1", task="T1",
            branch="B2", role="researcher", worker="model", model="anthropic/haiku", purpose="work", outcome="useful",
            tokens={"input": 1200 * number, "output": 300}, micro_usd=usd(dollars), basis="reported",
        )  # fmt: skip
