"""What the website experiment's commands run: the baseline of today's page, a variant as a page, its measurements.

    python experiment.py baseline --visits visits.csv
    python experiment.py build --page page.html --headline TEXT --lead TEXT
    python experiment.py results analytics.csv > results.csv      # by hand, when new figures came

The first two print one JSON object, as a command of a mission does, and leave their files in `out/`. The third turns an
export of your analytics (columns: variant, visitors, trials) into evidence for `cockpit evidence import`.
Standard library alone.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import re
import sys
from math import sqrt
from pathlib import Path

OUT = Path("out")
SLOTS = {"headline": r"(<h1[^>]*>).*?(</h1>)", "lead": r'(<p class="lead"[^>]*>).*?(</p>)'}
Z = 1.959964


def main() -> int:
    """Run what was asked; 0 when it could be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(dest="command", required=True)
    baseline = sub.add_parser("baseline", help="how the page does today, from its visits by week")
    baseline.add_argument("--visits", type=Path, required=True)
    build = sub.add_parser("build", help="the page with another headline")
    build.add_argument("--page", type=Path, required=True)
    build.add_argument("--headline", required=True)
    build.add_argument("--lead", required=True)
    results = sub.add_parser("results", help="evidence from an export of the analytics")
    results.add_argument("analytics", type=Path)
    given = parser.parse_args()
    if given.command == "results":
        return _results(given.analytics)
    answer = _baseline(given.visits) if given.command == "baseline" else _build(given.page, given.headline, given.lead)
    print(json.dumps(answer))
    return 0


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of k of n (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = k / n, Z * Z
    centre, half = p + z2 / (2 * n), Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        raise SystemExit(f"{path}: needs a line of columns with {', '.join(columns)}; missing: {', '.join(missing)}")
    return rows


def _baseline(path: Path) -> dict[str, object]:
    rows = _rows(path, ("visitors", "trials_started"))
    visitors, trials = (sum(int(row[name]) for row in rows) for name in ("visitors", "trials_started"))
    low, high = wilson(trials, visitors)
    weekly = visitors // len(rows)
    told = f"today {trials} of {visitors} visitors start a trial ({low:.2%} to {high:.2%}), {weekly} visitors a week"
    return {
        "summary": told,
        "evidence": {"baseline_rate": {"k": trials, "n": visitors}, "weekly_visitors": weekly},
        "claims": [told],
    }


def _build(page: Path, headline: str, lead: str) -> dict[str, object]:
    text = page.read_text(encoding="utf-8")
    for slot, said in (("headline", headline), ("lead", lead)):
        text, count = re.subn(SLOTS[slot], lambda m, said=said: m[1] + html.escape(said) + m[2], text, flags=re.S)
        if count != 1:
            raise SystemExit(f"{page}: holds {count} places for the {slot}, and must hold one: {SLOTS[slot]}")
    OUT.mkdir(exist_ok=True)
    (OUT / "variant.html").write_text(text, encoding="utf-8")
    words = len(headline.split())
    return {
        "summary": f"{words} words: {headline}",
        "evidence": {"headline_words": words, "page_bytes": len(text.encode())},
        "artifacts": ["variant.html"],
        "effects": [{"verb": "publish", "path": f"{_slug(headline)}.html", "artifact": "variant.html"}],
        "decisions": [f"the headline of this variant is: {headline}"],
    }


def _slug(headline: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", headline.lower())[:5])


def _results(path: Path) -> int:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("metric", "value", "branch", "note"))
    for row in _rows(path, ("variant", "visitors", "trials")):
        low, high = wilson(int(row["trials"]), int(row["visitors"]))
        value = f"{int(row['trials'])}/{int(row['visitors'])}"
        writer.writerow(("trial_rate", value, row["variant"], f"analytics, {low:.2%} to {high:.2%}"))
        writer.writerow(("trial_rate_low", f"{low:.4f}", row["variant"], "lower end of the 95 % interval"))
        writer.writerow(("trial_rate_high", f"{high:.4f}", row["variant"], "upper end of the 95 % interval"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
