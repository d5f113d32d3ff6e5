"""A fabricated ledger for the command line: view rows, events and blobs as an engine would have left them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from engine.home import Home
from engine.ledger.schema import create

Json = dict[str, Any]
DIGEST = "a3f91c07" + "0" * 56


def home_at(path: Path) -> Home:
    """A home with an empty ledger."""
    home = Home.at(path)
    home.ensure()
    create(home.ledger)
    return home


class Ledger:
    """Writes rows without an engine."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._heights: dict[str, int] = {}

    def run(self, statement: str, *values: object) -> None:
        """One statement."""
        conn = sqlite3.connect(self.home.ledger, isolation_level=None)
        try:
            conn.execute(statement, values)
        finally:
            conn.close()

    def view(self, kind: str, id_: str, mission: str, body: Json) -> None:
        """One view row."""
        self.run(
            "INSERT OR REPLACE INTO views SELECT ?, ?, ?, ?, COALESCE(MAX(seq), 0) + 1 FROM views",
            *(kind, id_, mission, json.dumps(body)),
        )

    def drop(self, kind: str, id_: str, mission: str) -> None:
        """Take a view row away, as an engine does."""
        self.run("INSERT INTO gone SELECT ?, ?, ?, COALESCE(MAX(seq), 0) + 1 FROM views", kind, id_, mission)
        self.run("DELETE FROM views WHERE kind = ? AND id = ?", kind, id_)

    def event(self, mission: str, kind: str, body: Json, *, at: int = 1_000, actor: str = "engine") -> None:
        """One event; its hashes are made up."""
        height = self._heights[mission] = self._heights.get(mission, 0) + 1
        self.run(
            "INSERT INTO events(mission, height, kind, version, body, body_hash, prev, hash, at, wall, actor, epoch) "
            "VALUES (?, ?, ?, 1, ?, '', '', '', ?, ?, ?, 1)",
            *(mission, height, kind, json.dumps(body), at, at, actor),
        )

    def blob(self, content: bytes) -> str:
        """One blob; its name."""
        sha = hashlib.sha256(content).hexdigest()
        self.run("INSERT OR IGNORE INTO blobs VALUES (?, ?)", sha, content)
        return sha

    def mission(self, slug: str = "gtm", **more: Any) -> None:
        """A card with one branch and one task."""
        self.view("card", slug, slug, card(slug, **more))
        self.event(slug, "mission.created", {"title": "Find a channel", "contract": {"mission": "Find a channel"}})
        self.event(slug, "branch.opened", {"branch": "B1", "key": "main"})
        self.event(slug, "task.added", {"task": "T1", "key": "draft", "branch": "B1", "title": "draft batch 1"})
        self.view("branch", f"{slug}/B1", slug, {"id": f"{slug}/B1", "key": "main", "parent": "", "hypothesis": "",
                  "state": "open", "reason": "", "spent_micro_usd": 4200, "until": None, "evidence": []})  # fmt: skip
        self.view("task", f"{slug}/T1", slug, {"id": f"{slug}/T1", "branch": f"{slug}/B1", "key": "draft",
                  "title": "draft batch 1", "role": "writer", "kind": "work", "branch_key": "main",
                  "state": "running", "waiting_for": "", "worker": "model",
                  "route": "heron", "missing": [], "spent_micro_usd": 4200})  # fmt: skip

    def question(self, slug: str = "gtm", short: str = "Q4", **more: Any) -> None:
        """An open item."""
        self.view("attention", f"{slug}/{short}", slug, attention(slug, short, **more))


def card(slug: str, **more: Any) -> Json:
    """A card as `engine.views.rows` shapes it."""
    base = {"id": slug, "title": "Find a channel", "state": "active", "rehearsed": False, "rev": 1, "phase": "running",
            "spent_micro_usd": 4200, "reserved_micro_usd": 0, "budget_micro_usd": 500_000_000, "attention": 0,
            "next_wake": None, "because": "", "started_at": 1_000, "ended_at": None, "time_ms": None,
            "branches": []}  # fmt: skip
    return {**base, **more}


def attention(slug: str, short: str, **more: Any) -> Json:
    """An item as `engine.views.queue` shapes it."""
    base = {"id": f"{slug}/{short}", "kind": "approve", "mission": slug, "branch": f"{slug}/B1", "task": f"{slug}/T1",
            "title": "send 2 mails", "digest": DIGEST, "expires_at": None, "raised_at": 1_000, "holds": 1,
            "takes_minutes": 1, "rank": 10, "why": "holds 1 task (10)", "detail": "", "choices": [],
            "items": [{"id": f"{slug}/F1", "digest": "1" * 64, "preview": "send"},
                      {"id": f"{slug}/F3", "digest": "3" * 64, "preview": "send"}]}  # fmt: skip
    return {**base, **more}
