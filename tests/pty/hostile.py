"""A ledger in which every text that somebody else writes is a payload."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from tests.pty.payloads import PAYLOADS
from tests.screens.samples import DIGEST, branch, card, item, line, task, usd
from tests.screens.samples_attention import CONTRACT, mail, propose
from tests.screens.world import DAY, HOUR, MINUTE, World

Json = dict[str, Any]
SLUG = "hostile"


class _Door:
    """A world, for builders that know the signature of the ledger of the command line."""

    def __init__(self, world: World, at: int) -> None:
        self._world, self._at = world, at

    def blob(self, content: bytes) -> str:
        """A blob."""
        return self._world.blob(content)

    def event(self, slug: str, kind: str, body: Json) -> None:
        """An event."""
        self._world.event(slug, kind, self._at, **body)


def hostile(now: int) -> World:
    """One mission with a branch, a task, an item and a log line for every payload, and three more for their titles."""
    world = World()
    words = cycle(PAYLOADS)
    for slug, count in ((SLUG, len(PAYLOADS)), ("second", 2), ("third", 2), ("fourth", 2)):
        _mission(world, slug, words, count, now)
    _batch(world, now)
    return world


def _mission(world: World, slug: str, words: Iterator[str], count: int, now: int) -> None:
    def say() -> str:
        return next(words)

    shown = [line(say(), "open" if n % 2 else "pruned", say(), n, 1, say(), "1234567") for n in range(min(count, 8))]
    world.view("card", card(
        slug, say(), spent_micro_usd=usd(10), attention=3, metric=say(), because=say(), branches=shown, now=now,
        started_at=now - DAY, next_wake=now + HOUR, upcoming=[{"at": now + HOUR, "text": say()} for _ in range(4)],
        rehearsed=slug == "third", state="stopped" if slug == "fourth" else "active",
        phase="stopped" if slug == "fourth" else "running",
    ))  # fmt: skip
    world.event(slug, "mission.created", now - DAY, title=say(), contract=CONTRACT | {"mission": say()})
    world.view("branch", branch(slug, 1, "main", "open", say()))
    for number, text in enumerate(PAYLOADS[:count], start=2):
        world.view("branch", branch(
            slug, number, text, ("open", "waiting", "pruned", "kept", "parked")[number % 5], say(), reason=say(),
            until=now + HOUR, spent_micro_usd=usd(1),
            evidence=[{"metric": say(), "unit": say(), "k": 1, "n": 9, "value": say(), "count": 1, "min_sample": 1,
                       "known": True, "series": [1, 2]}],
            rules=[{"clause": say(), "expression": say(), "then": say(), "outcome": "unknown", "detail": say(),
                    "at": now}],
        ))  # fmt: skip
        states = ("running", "verifying", "waiting", "accepted", "failed", "ready", "draft", "cancelled")
        world.view("task", task(
            slug, number, text, say(), say(), states[number % 8], 0.5, waiting_for=say(), reason=say(), worker=say(),
            branch=f"{slug}/B{number}", branch_key=say(), verb=say(), missing=[say()], key=say(),
        ))  # fmt: skip
        _told(world, slug, number, text, say, now)
    world.view("spend", {"id": slug, "mission": slug, "total_micro_usd": usd(9), "reserved_micro_usd": usd(1),
                         "budget_micro_usd": usd(50), "by": {kind: {say(): usd(1), say(): usd(2)} for kind in
                         ("branch", "worker", "model", "purpose", "outcome", "task")}})  # fmt: skip
    for number, text in enumerate(PAYLOADS[:count], start=20):
        kinds = ("answer", "review", "conflict", "doubt", "budget", "tool", "plan")
        world.view("attention", item(
            slug, number, kinds[number % 7], text, detail=f"{say()}\n{say()}", why=f"{say()} (3) · {say()}",
            choices=[say(), say()], branch=f"{slug}/B2", task=f"{slug}/T2", rank=number % 40,
            items=[{"id": f"{slug}/F1", "digest": DIGEST, "preview": say()}],
        ))  # fmt: skip


def _told(world: World, slug: str, number: int, text: str, say: Callable[[], str], now: int) -> None:
    """Events about a task: what the log, the spend and the context tell."""
    at, attempt, task_id = now - HOUR + number, f"A{number}.1", f"T{number}"
    tokens = {"input": 100, "output": 10}
    manifest = {
        "included": [{"id": say(), "kind": say(), "form": say(), "tokens": 5, "reason": say(), "section": say()}],
        "excluded": [{"id": say(), "kind": say(), "code": say(), "detail": say()}],
    }
    world.event(slug, "attempt.dispatched", at, attempt=attempt, task=task_id, role=say(), worker=say(), model=say())
    world.event(slug, "package.compiled", at, attempt=attempt, task=task_id, tokens=50, budget=100,
                text=world.blob("\n".join((text, say(), say())).encode("utf-8", "surrogatepass")),
                manifest=world.blob(json.dumps(manifest).encode()))  # fmt: skip
    world.event(slug, "attempt.delivered", at, attempt=attempt, summary=text)
    world.event(slug, "verdict.given", at, task=task_id, attempt=attempt, stage=say(), by=say(), ok=False,
                lines=[{"criterion": say(), "ok": False, "detail": say()}])  # fmt: skip
    world.event(slug, "charge.settled", at, attempt=attempt, task=task_id, branch="B2", role=say(), worker=say(),
                model=text, purpose=say(), outcome=say(), tokens=tokens, micro_usd=9, basis=say())  # fmt: skip
    world.event(slug, "task.failed", at, task=task_id, because=text)
    world.event(slug, "decision.made", at, stored(say()), what=say(), attention=say(), text=text)
    world.event(slug, "rule.adopted", at, rule=say(), text=text)
    world.event(slug, "learning.recorded", at, learning=say(), text=say())
    world.event(slug, stored(say()), at, anything=say())
    world.progress.append((f"{slug}/{attempt}", slug, stored(say())))


def stored(text: str) -> str:
    """A text as a column can hold it: a lone surrogate comes only through the escapes of JSON."""
    return text.encode("utf-8", "replace").decode()


def _batch(world: World, now: int) -> None:
    """An approval whose mails are payloads, first in the queue."""
    door = _Door(world, now - MINUTE)
    items = []
    for number, text in enumerate(PAYLOADS, start=1):
        header = "".join(char if char.isprintable() else "?" for char in text)[:60]
        body = f"Hi,\n\n{text}\n{PAYLOADS[-number]}\n"
        message = mail("maya@northwind.example", header, "").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        message += body.encode("utf-8", "surrogatepass")
        digest = propose(door, f"F{number}", "maya@northwind.example", message, slug=SLUG,  # type: ignore[arg-type]
                         fields=[text], source=text)  # fmt: skip
        items.append({"id": f"{SLUG}/F{number}", "digest": digest, "preview": text})
    world.view("attention", item(
        SLUG, 5, "approve", PAYLOADS[12], digest=DIGEST, items=items, rank=999, verb="send", branch=f"{SLUG}/B2",
        task=f"{SLUG}/T2", expires_at=now + HOUR, detail=PAYLOADS[3], why=PAYLOADS[4],
    ))  # fmt: skip
