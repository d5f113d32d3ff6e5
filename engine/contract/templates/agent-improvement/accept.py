"""Write down a configuration that was kept, and choose the one that is accepted.

    python accept.py candidate --configuration bm25 --outcomes outcomes.jsonl --baseline baseline.jsonl
    python accept.py choose --among bm25.json          # with every other candidate in the same folder

Accepted is the one whose margin over the baseline is largest at the lower end of its interval. Standard library alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from evaluate import paired


def main() -> None:
    """Write the file, and say what stands in it."""
    parser = argparse.ArgumentParser(description="Write down a candidate, or choose among those that were kept.")
    sub = parser.add_subparsers(dest="command", required=True)
    candidate = sub.add_parser("candidate", help="a configuration that was kept")
    candidate.add_argument("--configuration", required=True)
    candidate.add_argument("--outcomes", type=Path, required=True)
    candidate.add_argument("--baseline", type=Path, required=True)
    choose = sub.add_parser("choose", help="the best of them")
    choose.add_argument("--among", type=Path, required=True, help="one of the candidates' files")
    given = parser.parse_args()
    out = Path("out")
    out.mkdir(exist_ok=True)
    if given.command == "candidate":
        answer = _candidate(out, given.configuration, given.outcomes, given.baseline)
    else:
        answer = _choose(out, sorted(given.among.parent.glob("*.json")))
    print(json.dumps(answer))


def _read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _candidate(out: Path, name: str, outcomes: Path, baseline: Path) -> dict[str, object]:
    found = _read(outcomes)
    middle, low, high = paired(found, _read(baseline))
    told = {
        "configuration": {"ranker": name},
        "right": sum(bool(outcome["hit"]) for outcome in found),
        "of": len(found),
        "margin": f"{middle:.4f}",
        "margin_low": f"{low:.4f}",
        "margin_high": f"{high:.4f}",
    }
    (out / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return {"summary": f"{name} can be accepted: {_said(told)}", "artifacts": [f"{name}.json"]}


def _choose(out: Path, files: list[Path]) -> dict[str, object]:
    told = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    ranked = sorted(told, key=lambda each: (-float(each["margin_low"]), each["configuration"]["ranker"]))
    best = ranked[0]
    name = best["configuration"]["ranker"]
    (out / "accepted.json").write_text(json.dumps(best, indent=2) + "\n", encoding="utf-8")
    others = "".join(f"; {other['configuration']['ranker']}: {_said(other)}" for other in ranked[1:])
    return {
        "summary": f"accepted {name}: {_said(best)}{others}",
        "evidence": {"accepted": name},
        "artifacts": ["accepted.json"],
        "decisions": [f"the accepted configuration is {name}, of {len(ranked)} that beat the baseline"],
    }


def _said(told: dict[str, object]) -> str:
    margin, low, high = (100 * float(str(told[name])) for name in ("margin", "margin_low", "margin_high"))
    return f"{told['right']} of {told['of']} right, margin {margin:+.1f} points ({low:+.1f} to {high:+.1f})"


if __name__ == "__main__":
    main()
