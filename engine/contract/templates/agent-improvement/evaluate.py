"""Measures one configuration of the agent on the held-out descriptions of a dataset.

Accuracy is the share of descriptions whose first answer is right, with its 95% Wilson interval. Latency is measured for
each description; p95 is the nearest-rank percentile. Against a baseline's outcomes on the same descriptions, the margin
is the difference in accuracy, and its 95% interval is exact: of the m descriptions that only one of the two got right,
the candidate's share is binomial (McNemar's test), and Clopper and Pearson's interval of that share is scaled to all n.
`margin_low` above zero means that the improvement is larger than the noise of this sample.

    python evaluate.py --dataset out/dataset.jsonl --ranker overlap
    python evaluate.py --dataset out/dataset.jsonl --ranker bm25 --baseline baseline/outcomes.jsonl
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docfinder import RANKERS, Entry, best, read_entries

Z = 1.959964
"""The 97.5% point of the normal distribution."""


def wilson(k: int, n: int, z: float = Z) -> tuple[float, float]:
    """The Wilson score interval of k of n (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, widened = k / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / widened
    half = z / widened * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def at_least(k: int, n: int, p: float) -> float:
    """The probability of k or more successes in n trials with chance p."""
    if k <= 0 or p >= 1:
        return 1.0
    if p <= 0:
        return 0.0
    logs = (
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
        for i in range(k, n + 1)
    )
    return min(1.0, math.fsum(map(math.exp, logs)))


def clopper_pearson_low(k: int, n: int, tail: float = 0.025) -> float:
    """The chance at which k or more of n would happen with probability `tail`: nothing lower explains k (1934)."""
    if k == 0:
        return 0.0
    low, high = 0.0, k / n
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(k, n, middle) < tail else (low, middle)
    return low


def margin(candidate: Sequence[bool], baseline: Sequence[bool]) -> tuple[float, float, float]:
    """Difference in accuracy on the same descriptions, and its exact 95% interval; zeros where they never differ."""
    n = min(len(candidate), len(baseline))
    pairs = list(zip(candidate[:n], baseline[:n], strict=True))
    won = sum(new and not old for new, old in pairs)
    lost = sum(old and not new for new, old in pairs)
    differ = won + lost
    if not differ:
        return 0.0, 0.0, 0.0
    scale = differ / n
    lowest, highest = clopper_pearson_low(won, differ), 1 - clopper_pearson_low(lost, differ)
    return (won - lost) / n, scale * (2 * lowest - 1), scale * (2 * highest - 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def measure(entries: list[Entry], ranker: str, sample: int) -> tuple[list[dict[str, Any]], list[float], float]:
    """One outcome and one latency (ms) for each of the first `sample` descriptions; and what one costs, in ms of CPU."""
    asked = [(number, entry) for number, entry in enumerate(entries) if entry.query][:sample]
    rank = RANKERS[ranker](entries)
    best(rank, asked[0][1].query)  # once before the clock runs
    outcomes, latencies = [], []
    spent = time.process_time()
    for done, (number, entry) in enumerate(asked, 1):
        started = time.perf_counter()
        answers = best(rank, entry.query)
        latencies.append(1000 * (time.perf_counter() - started))
        names = [entries[answer].name for answer in answers]
        outcomes.append({"name": entry.name, "hit": answers[:1] == [number], "answers": names})
        if done % 100 == 0:
            print(f"progress: {done} of {len(asked)} descriptions", file=sys.stderr, flush=True)
    return outcomes, latencies, 1000 * (time.process_time() - spent) / len(asked)


def paired(outcomes: list[dict[str, Any]], baseline: list[dict[str, Any]]) -> tuple[float, float, float]:
    """The margin over a baseline; descriptions are matched by the entry they ask for."""
    before = {outcome["name"]: outcome["hit"] for outcome in baseline}
    both = [outcome for outcome in outcomes if outcome["name"] in before]
    return margin([outcome["hit"] for outcome in both], [before[outcome["name"]] for outcome in both])


def main() -> None:
    """Measure, write the outcomes, and say what was measured."""
    parser = argparse.ArgumentParser(description="Measure one configuration of the agent.")
    parser.add_argument("--dataset", type=Path, required=True, help="made by dataset.py")
    parser.add_argument("--ranker", choices=RANKERS, required=True, help="the configuration")
    parser.add_argument("--sample", type=int, default=600, help="how many descriptions to ask, from the first")
    parser.add_argument("--baseline", type=Path, help="outcomes.jsonl of the configuration to compare with")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    outcomes, latencies, cost = measure(read_entries(given.dataset), given.ranker, given.sample)
    k, n = sum(outcome["hit"] for outcome in outcomes), len(outcomes)
    low, high = wilson(k, n)
    p95 = percentile(latencies, 0.95)
    evidence: dict[str, object] = {
        "accuracy": {"k": k, "n": n, "note": f"95% interval {low:.4f} to {high:.4f}"},
        "accuracy_low": f"{low:.4f}",
        "accuracy_high": f"{high:.4f}",
        "p95_ms": f"{p95:.2f}",
        "cpu_ms": f"{cost:.2f}",
    }
    summary = f"{given.ranker}: {k} of {n} right ({100 * low:.1f}% to {100 * high:.1f}%), p95 {p95:.1f} ms"
    if given.baseline:
        lines = given.baseline.read_text(encoding="utf-8").splitlines()
        middle, least, most = paired(outcomes, [json.loads(line) for line in lines])
        evidence["margin"] = {"value": f"{middle:.4f}", "note": f"95% interval {least:.4f} to {most:.4f}, paired"}
        evidence["margin_low"] = f"{least:.4f}"
        summary += f", margin {100 * middle:+.1f} points ({100 * least:+.1f} to {100 * most:+.1f})"
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "outcomes.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(outcome) + "\n" for outcome in outcomes)
    print(json.dumps({"summary": summary, "evidence": evidence, "artifacts": ["outcomes.jsonl"]}))


if __name__ == "__main__":
    main()
