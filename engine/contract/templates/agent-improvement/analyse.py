"""Failure analysis: sorts the misses of one configuration into named clusters, each with its count and examples.

Every miss belongs to the first cluster that fits, from the most specific to the least:

    same name elsewhere    the first answer has the right name in another module or class (json.dump, pickle.dump)
    right family           the first answer lies in the right module
    near miss              the right answer is among the first five
    short description      the description has too few words to tell anything apart
    generic words          no word of the description is rare
    foreign words          the description shares no stem with what is known about the entry
    far off                none of these

    python analyse.py --dataset out/dataset.jsonl --outcomes out/outcomes.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docfinder import Entry, read_entries, stems

SHORT, RARE = 5, 0.005
"""Fewer stems than this is short; a stem in fewer entries than this share is rare."""
EXAMPLES = 3


@dataclass(frozen=True)
class Miss:
    """A description whose first answer was wrong."""

    entry: Entry
    answers: list[str]

    @property
    def first(self) -> str:
        """What was answered."""
        return self.answers[0] if self.answers else ""

    @property
    def asked(self) -> set[str]:
        """The stems of the description."""
        return set(stems(self.entry.query))


def family(name: str) -> str:
    """The module an entry belongs to, roughly: all but classes and functions."""
    parts = name.split(".")[:-1]
    return ".".join(part for part in parts if part[:1].islower()) or name


def clusters(commonness: Mapping[str, float]) -> dict[str, Callable[[Miss], bool]]:
    """Each cluster's name and test, the most specific first. `commonness`: the share of entries with a stem."""

    def own(name: str) -> str:
        return name.rpartition(".")[2].lower()

    return {
        "same name elsewhere": lambda miss: own(miss.first) == own(miss.entry.name),
        "right family": lambda miss: family(miss.first) == family(miss.entry.name),
        "near miss": lambda miss: miss.entry.name in miss.answers,
        "short description": lambda miss: len(miss.asked) < SHORT,
        "generic words": lambda miss: all(commonness.get(stem, 0) >= RARE for stem in miss.asked),
        "foreign words": lambda miss: not miss.asked & set(stems(f"{miss.entry.name} {miss.entry.text}")),
        "far off": lambda miss: True,
    }


def sort_misses(entries: list[Entry], outcomes: list[dict[str, Any]]) -> dict[str, list[Miss]]:
    """The misses by cluster, the largest cluster first; empty clusters are left out."""
    seen = Counter(stem for entry in entries for stem in set(stems(f"{entry.name} {entry.text}")))
    tests = clusters({stem: count / len(entries) for stem, count in seen.items()})
    by_name = {entry.name: entry for entry in entries}
    sorted_misses: dict[str, list[Miss]] = {name: [] for name in tests}
    for outcome in outcomes:
        if not outcome["hit"]:
            miss = Miss(by_name[outcome["name"]], outcome["answers"])
            sorted_misses[next(name for name, fits in tests.items() if fits(miss))].append(miss)
    return dict(sorted((item for item in sorted_misses.items() if item[1]), key=lambda item: -len(item[1])))


def report(found: Mapping[str, list[Miss]], asked: int, configuration: str) -> str:
    """The clusters as Markdown, with examples."""
    missed = sum(map(len, found.values()))
    lines = [f"# Misses of {configuration}", "", f"{missed} of {asked} descriptions were answered wrongly.", ""]
    for name, misses in found.items():
        lines += [f"## {name}: {len(misses)} of {missed}", ""]
        for miss in misses[:EXAMPLES]:
            lines.append(f"- `{miss.entry.name}` was asked for, `{miss.first or 'nothing'}` was answered:")
            lines.append(f"  {miss.entry.query}")
        families = Counter(family(miss.entry.name) for miss in misses).most_common(3)
        lines += ["", "Most often in " + ", ".join(f"{module} ({count})" for module, count in families) + ".", ""]
    return "\n".join(lines)


def main() -> None:
    """Sort the misses, write the report, and say what was learnt."""
    parser = argparse.ArgumentParser(description="Name the clusters of misses of one configuration.")
    parser.add_argument("--dataset", type=Path, required=True, help="made by dataset.py")
    parser.add_argument("--outcomes", type=Path, required=True, help="outcomes.jsonl of evaluate.py")
    parser.add_argument("--configuration", default="this configuration", help="its name, for the report")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    outcomes = [json.loads(line) for line in given.outcomes.read_text(encoding="utf-8").splitlines()]
    found = sort_misses(read_entries(given.dataset), outcomes)
    missed = sum(map(len, found.values()))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "misses.md").write_text(report(found, len(outcomes), given.configuration), encoding="utf-8")
    named = [f"{name}: {len(misses)}" for name, misses in found.items()]
    examples = {name: f"{misses[0].entry.name}, answered {misses[0].first}" for name, misses in found.items()}
    answer = {
        "summary": f"{missed} misses of {given.configuration} in {len(found)} clusters; " + "; ".join(named),
        "evidence": {"misses": missed, "miss_clusters": "; ".join(named) or "none"},
        "artifacts": ["misses.md"],
        "learnings": [
            f"{given.configuration}: {len(misses)} of {missed} misses are '{name}' ({examples[name]})"
            for name, misses in list(found.items())[:3]
        ],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
