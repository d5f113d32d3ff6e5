"""`cockpit doctor --replay`: what was decided, decided again from the ledger alone. Runs no engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cockpit.cli.damage import RESTORE, begun
from cockpit.cli.desk import card_of, open_reader
from cockpit.cli.finding import Finding
from engine.home import Home
from engine.ledger.reader import Reader

EVERY = "*"
"""Stands for all missions."""
MANY = {"items": "times items", "route and package": "routes with their packages"}
"""What is made again, when there are several; of others an s is the plural."""
MOST = 10


def replay(home: Home, mission: str) -> Iterator[Finding]:
    """Every computed decision of a mission, or of all, made again. Raises `BadInputError` for one that is not there."""
    if not begun(home):
        return
    with open_reader(home) as reader:
        if mission != EVERY:
            card_of(reader, mission)
        for slug in [mission] if mission != EVERY else [name for name in reader.missions() if name != "home"]:
            yield from _one(reader, slug)


def _one(reader: Reader, slug: str) -> Iterator[Finding]:
    from cockpit.cli.receipt import build, events_of
    from engine.loop.replay import replay as again
    from engine.values import MissionId, digest

    same: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    wrong = []
    for made in again(MissionId(slug), events_of(reader, slug), reader.blob):
        if made.same:
            same[made.what] += 1
        elif made.same is None:
            lacking[made.why] += 1
        else:
            wrong.append(f"the {made.what} at event {made.height}: {made.why}")
    for line in wrong[:MOST]:
        yield Finding("replay", "fail", f"{slug}: {line}", f"this release decides otherwise, or see {RESTORE}")
    if len(wrong) > MOST:
        yield Finding("replay", "fail", f"{slug}: and {len(wrong) - MOST} more", RESTORE)
    for why, count in lacking.most_common(3):
        yield Finding("replay", "warn", f"{slug}: {count} cannot be made again: {why}", "nothing to mend")
    counted = (f"{count} {what if count == 1 else MANY.get(what, what + 's')}" for what, count in sorted(same.items()))
    told = ", ".join(counted) or "nothing"
    receipt = digest(build(reader, slug))
    yield Finding("replay", "ok", f"{slug}: {told} made again to the byte; receipt {receipt[:16]}")
