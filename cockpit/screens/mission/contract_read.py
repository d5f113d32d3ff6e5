"""The contract in force as it is read: its file line by line, who holds each clause to its word, its revisions.

Pure: from the events of creation and amending, and the bytes of the file. A file of which the bytes are gone is told by
its clauses alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

KINDS = ("mission.created", "contract.amended")
Json = Mapping[str, Any]


class Clause(NamedTuple):
    """One clause that is held to its word: by whom, and what would give it teeth where nobody does."""

    name: str
    coverage: str
    by: str
    teeth: str = ""


class Row(NamedTuple):
    """A line of the file, with the clauses that begin on it; number 0: a clause that stands in no line."""

    number: int
    text: str
    clauses: tuple[Clause, ...] = ()


class Revision(NamedTuple):
    """What a human amended: when, who, why, and each clause before and after."""

    rev: int
    at: int
    actor: str
    because: str
    changes: tuple[tuple[str, str, str], ...]


class Reading(NamedTuple):
    """The contract as it is shown."""

    rev: int
    rows: tuple[Row, ...] = ()
    revisions: tuple[Revision, ...] = ()
    source: str = ""
    """The sha256 of the file."""
    text: str = ""
    """The file; empty when its bytes are gone."""
    on_top: tuple[Revision, ...] = ()
    """Revisions that came from the queue since the file was given: the file does not say what they changed."""

    def counts(self) -> dict[str, int]:
        """How many clauses are enforced, checked and advisory."""
        found = {"enforced": 0, "checked": 0, "advisory": 0}
        for row in self.rows:
            for clause in row.clauses:
                found[clause.coverage] = found.get(clause.coverage, 0) + 1
        return found


def source_of(events: Sequence[Json]) -> str:
    """The sha256 of the file in force."""
    return str(events[-1]["body"].get("source", "")) if events else ""


def read(events: Sequence[Json], data: bytes | None) -> Reading:
    """The contract after these events; `data` are the bytes of `source_of(events)`, None when they are gone."""
    if not events:
        return Reading(0)
    revisions = tuple(_revision(event) for event in events if event["kind"] == "contract.amended")
    body, source = events[-1]["body"], source_of(events)
    held = _clauses(body.get("contract"))
    text = data.decode("utf-8", "replace") if data is not None else ""
    rows = _rows(text, data, held) if data is not None else tuple(Row(0, clause.name, (clause,)) for clause in held)
    given = [event for event in events if event["body"].get("source") == source]
    since = {int(event["body"].get("rev", 1)) for event in given[1:]}
    on_top = tuple(revision for revision in revisions if revision.rev in since)
    return Reading(int(body.get("rev", 1)), rows, revisions, source, text, on_top)


def _revision(event: Json) -> Revision:
    body = event["body"]
    changes = tuple(
        (str(change.get("path", "")), str(change.get("before", "")), str(change.get("after", "")))
        for change in body.get("changes", [])
    )
    return Revision(
        int(body.get("rev", 0)), int(event["at"]), str(event["actor"]), str(body.get("because", "")), changes
    )


def _clauses(body: object) -> list[Clause]:
    from pydantic import ValidationError

    from engine.contract.coverage import coverage
    from engine.contract.model import stored

    try:
        found = coverage(stored(body))
    except ValidationError:  # a contract of a later release
        return []
    return [Clause(one.clause, one.coverage, one.by, one.teeth) for one in found]


def _rows(text: str, data: bytes, held: Sequence[Clause]) -> tuple[Row, ...]:
    from engine.contract.load import load
    from engine.contract.problems import dotted

    positions = load(data, "contract").positions
    lines: dict[str, int] = {}
    for places in (positions.values, positions.keys):
        lines |= {dotted(path): place.line for path, place in places.items()}
    at: dict[int, list[Clause]] = {}
    for clause in held:
        at.setdefault(lines.get(clause.name, 0), []).append(clause)
    file = text.removesuffix("\n").split("\n")
    rows = [Row(number, line, tuple(at.get(number, ()))) for number, line in enumerate(file, 1)]
    return (*rows, *(Row(0, clause.name, (clause,)) for clause in at.get(0, ())))
