"""How packages fare as a mission grows: `python -m tests.bench.context [--items N] [--tasks N]`.

A synthetic mission whose needed items are known by construction: subjects that change their value again and again,
other branches that say the same of their own, decisions that rest on assumptions; more than half is stale. Each task
needs the current word on three subjects, and what one of them rests on. Compared at the same budget with the last
items, with full-text search alone, and with the whole transcript.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.context.candidates import branches_of
from engine.context.found import query_of
from engine.context.pack import Package, pack
from engine.context.tokens import tokens
from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.recall.index import Index
from engine.state.fold import evolve
from engine.state.model import MissionState
from engine.values import MissionId, Sha256
from tests.engine.receipt.story import CONTRACT, PLAN

BUDGET = 4_000
LOG = 220
"""Tokens that each item took to be found: what a transcript holds beside it."""
WORDS = [
    *(
        "pricing",
        "onboarding",
        "retention",
        "outreach",
        "billing",
        "support",
        "hiring",
        "design",
        "security",
        "search",
        "mobile",
        "payments",
    ),
    *(
        "founders",
        "agencies",
        "schools",
        "clinics",
        "shops",
        "studios",
        "banks",
        "farms",
        "hotels",
        "museums",
        "labs",
        "airlines",
    ),
    *(
        "tone",
        "price",
        "channel",
        "deadline",
        "length",
        "audience",
        "currency",
        "weekday",
        "colour",
        "language",
        "margin",
        "owner",
    ),
    *(
        "warranty",
        "shipping",
        "returns",
        "packaging",
        "sampling",
        "training",
        "licensing",
        "hosting",
        "backup",
        "tracing",
        "catering",
        "storage",
    ),
    *(
        "bakeries",
        "theatres",
        "garages",
        "florists",
        "vineyards",
        "choirs",
        "shipyards",
        "libraries",
        "gyms",
        "nurseries",
        "breweries",
        "courts",
    ),
    *("budget", "weight", "format", "region", "season", "volume", "quota", "ratio", "rhythm", "voice", "rank", "scale"),
]
AREAS, THINGS, ASPECTS = (WORDS[n : n + 12] + WORDS[n + 36 : n + 48] for n in (0, 12, 24))


class Grown:
    """A mission of so many items. `gold` are the ids that each task needs."""

    def __init__(self, items: int, tasks: int, seed: int = 7) -> None:
        self.state, self._height, self._dice = MissionState(MissionId("grown")), 0, random.Random(seed)
        self._add(b.MissionCreated(title="grown", contract={**CONTRACT}, source=Sha256("0" * 64)))
        self._add(b.BranchOpened(branch="B1", key="main"))
        self.gold: dict[str, set[str]] = {}
        self._number = 0
        self._branches = [f"B{n}" for n in range(2, 3 + max(1, items // 40))]
        for place, branch in enumerate(self._branches):
            self._add(b.BranchOpened(branch=branch, key=f"trial-{place}", parent="B1", hypothesis="it works"))
        self._fill(items)
        for number in range(1, tasks + 1):
            self._task(number)

    def _add(self, body: b.Body) -> None:
        self._height += 1
        new, none = body.event(at=self._height * 1_000), Sha256("")
        at = self._height * 1_000
        event = Event(0, self.state.id, self._height, new.kind, 1, new.body, none, "", none, at, at, "engine", 1)
        evolve(self.state, event)

    def _fill(self, items: int) -> None:
        dice = self._dice
        for number in range(5):
            self._item("decision", "B1", f"standing order {number}", pin=True)
        subjects = [f"{a} {aspect} for {t}" for a in AREAS for t in THINGS for aspect in ASPECTS]
        dice.shuffle(subjects)
        pool = subjects[: max(12, items // 12)]
        while self._number < items:
            branch = "B1" if dice.random() < 0.4 else dice.choice(self._branches)
            subject = dice.choice(pool if branch == "B1" else pool[:8])
            rests: tuple[tuple[str, ...], ...] = ()
            if dice.random() < 0.3:
                rests = ((self._item("assumption", branch, f"basis of {subject}"),),)
            self._item("decision", branch, subject, rests)

    def _item(self, kind: str, branch: str, subject: str, rests: tuple[tuple[str, ...], ...] = (), **more: bool) -> str:
        self._number += 1
        name, value = f"{'S' if kind == 'assumption' else 'D'}{self._number}", str(self._dice.randrange(1_000, 9_999))
        words = " ".join(self._dice.sample(AREAS + THINGS + ASPECTS, 4))
        text = f"The {subject} is {value}, since the {words} of last week say so"
        self._add(
            b.ItemRecorded.model_validate(
                {"item": name, "kind": kind, "text": text, "branch": branch, "subject": subject, "supports": rests}
                | more
            )
        )
        return name

    def _task(self, number: int) -> None:
        items, branch = self.state.items, self._dice.choice(self._branches)
        holding = [
            i for i in items.values() if i.status == "active" and i.kind == "decision" and i.branch in {"B1", branch}
        ]
        own = {i.subject for i in holding if i.branch == branch}
        telling = [i for i in holding if i.branch == branch or i.subject not in own]
        wanted = self._dice.sample([i for i in telling if not i.pin], 3)
        task = f"T{number}"
        title = f"draft with the {wanted[0].subject}, the {wanted[1].subject} and the {wanted[2].subject}"
        given = {**PLAN, "role": "writer", "verb": "draft", "title": title, "task": task, "key": f"draft-{number}"}
        self._add(b.TaskAdded.model_validate({**given, "branch": branch}))
        needed = {i.id for i in wanted} | {i.id for i in items.values() if i.pin}
        self.gold[task] = needed | {name for i in wanted for part in i.supports for name in part}


@dataclass
class Row:
    """The figures of one way of telling, over all tasks."""

    way: str
    tokens: list[int]
    recall: list[float]
    stale: list[int]


class Plain:
    """Full-text search over everything that was ever said, as it comes without curation."""

    def __init__(self, state: MissionState) -> None:
        self._conn = sqlite3.connect(":memory:")
        self._conn.execute("CREATE VIRTUAL TABLE said USING fts5(text, id UNINDEXED)")
        rows = [(item.text, item.id) for item in state.items.values()]
        self._conn.executemany("INSERT INTO said(text, id) VALUES (?, ?)", rows)

    def search(self, query: str) -> list[str]:
        """Ids, best first."""
        match = " OR ".join(f'"{word}"' for word in query.split())
        found = self._conn.execute("SELECT id FROM said WHERE said MATCH ? ORDER BY rank LIMIT 500", (match,))
        return [row[0] for row in found]


def measured(grown: Grown) -> tuple[list[Row], list[float]]:
    """Every way at the same budget, and how long each package took to search for and compile, in milliseconds."""
    state = grown.state
    index = Index()
    index.update(state, {})
    plain = Plain(state)
    rows = [Row(way, [], [], []) for way in ("package", "last items", "full text alone")]
    took: list[float] = []
    for name, gold in grown.gold.items():
        task = state.tasks[name]
        began = time.process_time()
        found = index.search(query_of(state, task), branches_of(state, task))
        made = pack(state, task, contents={}, budget=BUDGET, found=found)
        took.append((time.process_time() - began) * 1_000)
        assert isinstance(made, Package)
        inside = [row["id"] for row in json.loads(made.manifest)["included"] if row["form"] != "pointer"]
        _note(rows[0], state, made.tokens, inside, gold)
        last = _filled(state, list(state.items)[::-1])
        _note(rows[1], state, _size(state, last), last, gold)
        hits = _filled(state, plain.search(query_of(state, task)))
        _note(rows[2], state, _size(state, hits), hits, gold)
    index.close()
    return rows, took


def _note(row: Row, state: MissionState, size: int, inside: Sequence[str], gold: set[str]) -> None:
    row.tokens.append(size)
    row.recall.append(len(gold & set(inside)) / len(gold))
    row.stale.append(sum(name in state.items and state.items[name].status != "active" for name in inside))


def _filled(state: MissionState, names: Sequence[str]) -> list[str]:
    found, room = [], BUDGET
    for name in names:
        room -= tokens(state.items[name].text) + 4
        if room < 0:
            break
        found.append(name)
    return found


def _size(state: MissionState, names: Sequence[str]) -> int:
    return sum(tokens(state.items[name].text) + 4 for name in names)


def transcript(state: MissionState) -> int:
    """Tokens of everything that was said."""
    return sum(tokens(item.text) + LOG for item in state.items.values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.context")
    parser.add_argument("--items", type=int, default=400, help="items of the mission at 1x (400)")
    parser.add_argument("--tasks", type=int, default=60, help="tasks that are packed at each size (60)")
    args = parser.parse_args()
    print("| size | items (stale) | way | tokens, mean (most) | needed items told | stale items told |")
    print("|---|---|---|---|---|---|")
    for times in (1, 10, 100):
        grown = Grown(args.items * times, args.tasks)
        rows, _took = measured(grown)
        stale = sum(item.status != "active" for item in grown.state.items.values())
        about = f"{len(grown.state.items):,} ({100 * stale // len(grown.state.items)}%)"
        for row in rows:
            told = f"{statistics.mean(row.tokens):,.0f} ({max(row.tokens):,})"
            print(f"| {times}x | {about} | {row.way} | {told} | {statistics.mean(row.recall):.3f} | {sum(row.stale)} |")
        print(f"| {times}x | {about} | transcript | {transcript(grown.state):,} | 1.000 | all |")
    rows, took = measured(Grown(10_000, args.tasks))
    p95 = f"{sorted(took)[len(took) * 95 // 100]:.1f} ms at p95, {statistics.median(took):.1f} ms in the middle"
    print(f"\nProcessor time to search for and compile a package from 10,000 items: {p95}.")


if __name__ == "__main__":
    main()
