"""Worlds at the edges: nothing, one, nine, a thousand, what is over, what is rehearsed, and very long names."""

from __future__ import annotations

from tests.screens.samples import NOW, branch, card, item, line, measure, task, three, usd
from tests.screens.world import DAY, HOUR, MINUTE, World

LONG = "a-name-that-somebody-thought-would-never-be-this-long-but-then-it-was-and-it-still-goes-on-and-on"
WIDE = "漢字の長い題名はいつも二倍の幅を取る、それでも列は揃う、数字は右に立つ"


def one() -> World:
    """One mission that has just begun: no branches, one task, nothing that needs anybody."""
    world = World()
    world.view("card", card("first-steps", "See whether anybody answers", started_at=NOW - 5 * MINUTE))
    world.view("branch", branch("first-steps", 1, "main", "open", ""))
    world.view("task", task("first-steps", 1, "find 10 names", "researcher", "", "running", -0.02))
    world.event("first-steps", "mission.created", NOW - 5 * MINUTE, title="See whether anybody answers", contract={})
    return world


def nine() -> World:
    """Nine missions in all states; two are rehearsed."""
    world = World()
    states = (
        ("active", "running"), ("active", "verifying"), ("active", "waiting"), ("active", "needs you"),
        ("paused", "paused"), ("finished", "finished"), ("stopped", "stopped"), ("draft", "draft"),
        ("active", "running"),
    )  # fmt: skip
    for number, (state, phase) in enumerate(states, start=1):
        slug = f"mission-{number}"
        over = state in {"finished", "stopped"}
        world.view("card", card(
            slug, f"The {number}. of nine missions", state=state, phase=phase, rehearsed=number in {2, 6},
            spent_micro_usd=usd(number * 11.11), reserved_micro_usd=usd(3) if phase == "running" else 0,
            attention=1 if phase == "needs you" else 0, held=phase == "needs you",
            next_wake=NOW + number * HOUR if phase == "waiting" else None, metric="reply_rate",
            because="the target was met" if state == "finished" else "stopped by you" if state == "stopped" else "",
            started_at=None if state == "draft" else NOW - number * DAY, ended_at=NOW - HOUR if over else None,
            branches=[line("way-a", "kept" if over else "open", "9.1%", 44, 4, series="1234567"),
                      line("way-b", "pruned", "", 40, 1, "0 of 40")],
        ))  # fmt: skip
        world.view("branch", branch(slug, 1, "main", "open", ""))
        world.view("branch", branch(slug, 2, "way-a", "open", "It works.", evidence=[measure("reply_rate", 4, 44)]))
        world.view("task", task(slug, 1, "draft", "writer", "anthropic/opus", "accepted" if over else "running", 0.5))
        world.event(slug, "mission.created", NOW - number * DAY, title=f"The {number}. of nine missions", contract={})
        if phase == "needs you":
            world.view("attention", item(slug, 1, "budget", "95% of the money is spent", takes_minutes=1, rank=30))
    return world


def crowd(count: int = 1_000) -> World:
    """The three missions, and a thousand items that need somebody."""
    world = three()
    for number in range(10, 10 + count):
        world.view("attention", item(
            "gtm-signal", number, "approve", f"send letter {number}", rank=number % 50, raised_at=NOW - number * MINUTE,
            branch="gtm-signal/B2", expires_at=NOW + number * MINUTE, takes_minutes=1, holds=number % 4,
        ))  # fmt: skip
    return world


def odd() -> World:
    """Names as long and as wide as they get, money in the millions, all of it nearly spent."""
    world = World()
    for slug, title in (("x" * 40, LONG), ("wide", WIDE * 3), ("plain", "A mission like others")):
        world.view("card", card(
            slug, title, spent_micro_usd=usd(1_234_567.89), budget_micro_usd=usd(1_250_000), attention=1,
            attention_ms=119 * MINUTE, metric="a_metric_with_a_very_long_name", rehearsed=slug == "wide",
            branches=[line(LONG, "open", "100.0%", 123_456, 999_999.99, series="7" * 16),
                      line(WIDE, "pruned", "", 1, 0.0042, WIDE * 2), line("b", "waiting", "", None, 0, "")],
            upcoming=[{"at": NOW + DAY, "text": f"check {LONG}, {WIDE}"}],
        ))  # fmt: skip
        world.view("branch", branch(slug, 1, "main", "open", ""))
        world.view("branch", branch(slug, 2, LONG, "open", WIDE * 4))
        world.view("task", task(slug, 1, LONG, "a-role-of-some-length", f"{LONG}/{LONG}", "running", 123_456.78))
        world.view("task", task(slug, 2, WIDE, "writer", "m", "waiting", 0.0042, waiting_for=WIDE))
        world.view("attention", item(slug, 1, "answer", f"{WIDE} {LONG}", detail=WIDE * 5, why=f"{LONG} (10)",
                                     branch=f"{slug}/B2", takes_minutes=1_000, holds=12_345))  # fmt: skip
        world.event(slug, "task.accepted", NOW - DAY, task="T1")
        world.event(slug, "branch.pruned", NOW - DAY, branch="B2", because=WIDE * 3)
    return world
