"""The agent-improvement template: its scripts for real, in child processes, and the arithmetic a verdict rests on."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from math import comb
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.contract
from engine.contract.load import read
from engine.contract.model import Contract

FOLDER = Path(engine.contract.__file__).parent / "templates" / "agent-improvement"


def script(name: str) -> ModuleType:
    """A script of the template as a module."""
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location(f"agent_improvement_{name}", FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(FOLDER))


evaluate, dataset, analyse = script("evaluate"), script("dataset"), script("analyse")


def run(folder: Path, name: str, *arguments: str) -> dict[str, object]:
    """What a script answered: run as a command worker runs it, with its files in `out/` of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-B", str(FOLDER / f"{name}.py"), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def contract() -> Contract:
    loaded = read(FOLDER / "mission.yaml")
    assert loaded.problems == ()
    assert loaded.contract is not None
    return loaded.contract


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A small dataset and what was said about it."""
    folder = tmp_path_factory.mktemp("dataset")
    answer = run(folder, "dataset", "--seed", "3", "--queries", "60")
    return folder / "out" / "dataset.jsonl", answer


class TestArithmetic:
    """Intervals against published values, and the promise that noise is not accepted."""

    @pytest.mark.parametrize(
        ("k", "n", "low", "high"),
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3 (score without continuity correction)
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_wilsons_interval_has_its_published_values(self, k: int, n: int, low: float, high: float) -> None:
        assert evaluate.wilson(k, n) == pytest.approx((low, high), abs=5e-5)

    def test_wilsons_interval_of_nothing_is_everything(self) -> None:
        assert evaluate.wilson(0, 0) == (0.0, 1.0)

    @pytest.mark.parametrize(
        ("k", "n", "low"),
        # the exact method: Newcombe 1998, table I, method 5; and n of n, where it is the n-th root of the tail
        [(81, 263, 0.2527), (15, 148, 0.0578), (1, 29, 0.0009), (0, 20, 0.0), (20, 20, 0.025 ** (1 / 20))],
    )
    def test_the_exact_lower_bound_has_its_published_values(self, k: int, n: int, low: float) -> None:
        assert evaluate.clopper_pearson_low(k, n) == pytest.approx(low, abs=5e-5)

    @given(st.lists(st.booleans(), min_size=1, max_size=300))
    def test_a_configuration_compared_with_itself_is_never_accepted(self, hits: list[bool]) -> None:
        assert evaluate.margin(hits, hits) == (0.0, 0.0, 0.0)

    @pytest.mark.parametrize("differ", [*range(1, 31), 60])
    def test_noise_is_accepted_at_most_once_in_forty(self, differ: int) -> None:
        """Of equally good configurations: the exact chance of a margin_low above zero, over all that can happen."""
        accepted = 0
        for won in range(differ + 1):
            new, old = [True] * won + [False] * (differ - won), [False] * won + [True] * (differ - won)
            if evaluate.margin(new, old)[1] > 0:
                accepted += comb(differ, won)
        assert accepted / 2**differ <= 0.025

    @given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=200))
    def test_the_margin_lies_in_its_interval_and_turns_round_with_the_sides(
        self, pairs: list[tuple[bool, bool]]
    ) -> None:
        new, old = [a for a, _ in pairs], [b for _, b in pairs]
        middle, low, high = evaluate.margin(new, old)
        assert -1 <= low <= middle <= high <= 1
        assert evaluate.margin(old, new) == pytest.approx((-middle, -high, -low))

    def test_a_large_margin_is_accepted(self) -> None:
        assert evaluate.margin([True] * 60 + [False] * 40, [True] * 30 + [False] * 70)[1] > 0.2

    def test_the_percentile_is_the_nearest_rank(self) -> None:
        assert evaluate.percentile([float(i) for i in range(1, 21)], 0.95) == 19.0
        assert evaluate.percentile([7.0], 0.95) == 7.0


class TestDataset:
    """Thousands of entries, the asked sentence held out, the same every time."""

    def test_it_has_thousands_of_entries_and_says_so(self, made: tuple[Path, dict[str, object]]) -> None:
        rows = made[0].read_text(encoding="utf-8").splitlines()
        assert len(rows) > 2_000
        assert made[1]["evidence"] == {"entries": len(rows), "queries": 60}
        assert made[1]["artifacts"] == ["dataset.jsonl"]

    def test_the_same_seed_makes_the_same_dataset_and_another_asks_for_others(
        self, made: tuple[Path, dict[str, object]], tmp_path: Path
    ) -> None:
        for seed, same in (("3", True), ("4", False)):
            run(tmp_path / seed, "dataset", "--seed", seed, "--queries", "60")
            again = (tmp_path / seed / "out" / "dataset.jsonl").read_bytes()
            assert (again == made[0].read_bytes()) is same

    def test_neither_the_description_nor_the_name_can_be_copied(self, made: tuple[Path, dict[str, object]]) -> None:
        asked = [row for row in map(json.loads, made[0].read_text(encoding="utf-8").splitlines()) if row["query"]]
        assert len(asked) == 60
        for row in asked:
            assert row["query"] not in row["text"]
            own = row["name"].rpartition(".")[2]
            assert not re.search(rf"(?<!\w){re.escape(own)}(?!\w)", row["query"], re.IGNORECASE)

    def test_a_docstring_is_split_after_its_first_sentence(self) -> None:
        assert dataset.split("sin(x, /)\n--\n\nno") == ("--", "no")
        assert dataset.split("Return x. It is\nsmall.") == ("Return x.", "It is small.")
        assert dataset.split("f(a) -> int\n\nCount a,\nquickly.\n\nRaises.") == ("Count a, quickly.", "Raises.")


class TestMeasuring:
    """The scripts as commands of the contract's roles."""

    def test_a_candidate_is_measured_against_the_baseline(
        self, made: tuple[Path, dict[str, object]], tmp_path: Path
    ) -> None:
        asked = ("--dataset", str(made[0]), "--sample", "60")
        base = run(tmp_path / "base", "evaluate", *asked, "--ranker", "overlap")
        outcomes = tmp_path / "base" / "out" / "outcomes.jsonl"
        better = run(tmp_path / "new", "evaluate", *asked, "--ranker", "bm25-names", "--baseline", str(outcomes))
        itself = run(tmp_path / "same", "evaluate", *asked, "--ranker", "overlap", "--baseline", str(outcomes))
        produced = {task.id: set(task.produces) for task in contract().plan.tasks}
        assert _evidence(base).keys() == produced["baseline"]
        assert _evidence(better).keys() == produced["evaluate"]
        accuracy = _evidence(base)["accuracy"]
        assert isinstance(accuracy, dict)
        hits = [json.loads(line)["hit"] for line in outcomes.read_text().splitlines()]
        assert (accuracy["k"], accuracy["n"]) == (sum(hits), 60)
        assert _evidence(itself)["margin_low"] == "0.0000"

    @pytest.mark.parametrize("ranker", ["overlap", "jaccard", "bm25", "bm25-names", "fuzzy"])
    def test_everything_but_the_latency_is_the_same_every_time(
        self, made: tuple[Path, dict[str, object]], tmp_path: Path, ranker: str
    ) -> None:
        sample = "1" if ranker == "fuzzy" else "60"  # it takes a second for each
        answers = []
        for attempt in ("1", "2"):
            said = run(
                tmp_path / attempt, "evaluate", "--dataset", str(made[0]), "--ranker", ranker, "--sample", sample
            )
            evidence = {
                metric: value for metric, value in _evidence(said).items() if metric not in {"p95_ms", "cpu_ms"}
            }
            answers.append((evidence, (tmp_path / attempt / "out" / "outcomes.jsonl").read_bytes()))
        assert answers[0] == answers[1]

    def test_every_miss_is_in_one_named_cluster(self, made: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
        run(tmp_path, "evaluate", "--dataset", str(made[0]), "--ranker", "bm25", "--sample", "60")
        outcomes = tmp_path / "out" / "outcomes.jsonl"
        arguments = ("--dataset", str(made[0]), "--outcomes", str(outcomes), "--configuration", "bm25")
        said = run(tmp_path, "analyse", *arguments)
        missed = sum(not json.loads(line)["hit"] for line in outcomes.read_text().splitlines())
        evidence = _evidence(said)
        assert evidence["misses"] == missed
        counts = [int(cluster.rpartition(": ")[2]) for cluster in str(evidence["miss_clusters"]).split("; ")]
        assert sum(counts) == missed
        assert counts == sorted(counts, reverse=True)
        assert said["learnings"]
        assert f"{missed} of 60" in (tmp_path / "out" / "misses.md").read_text(encoding="utf-8")

    def test_the_best_of_what_was_kept_is_accepted(self, made: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
        asked = ("--dataset", str(made[0]), "--sample", "60")
        for ranker in ("overlap", "bm25", "bm25-names"):
            run(tmp_path / ranker, "evaluate", *asked, "--ranker", ranker)
        base, kept = str(tmp_path / "overlap" / "out" / "outcomes.jsonl"), tmp_path / "kept" / "out"
        for ranker in ("bm25", "bm25-names"):
            found = str(tmp_path / ranker / "out" / "outcomes.jsonl")
            given_in = ("--configuration", ranker, "--outcomes", found, "--baseline", base)
            assert run(tmp_path / "kept", "accept", "candidate", *given_in)["artifacts"] == [f"{ranker}.json"]
        told = {path.stem: json.loads(path.read_text()) for path in kept.glob("*.json")}
        best = max(told, key=lambda name: float(told[name]["margin_low"]))
        said = run(tmp_path / "choice", "accept", "choose", "--among", str(kept / "bm25.json"))
        assert said["evidence"] == {"accepted": best}
        assert json.loads((tmp_path / "choice" / "out" / "accepted.json").read_text()) == told[best]

    @pytest.mark.parametrize("name", ["dataset", "docfinder", "evaluate", "analyse", "accept"])
    def test_every_script_explains_itself(self, name: str) -> None:
        done = subprocess.run(
            [sys.executable, "-B", str(FOLDER / f"{name}.py"), "--help"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("usage:")


class TestContract:
    """The mission file is right as it stands."""

    def test_it_has_a_baseline_and_at_least_three_candidates_with_known_rankers(self) -> None:
        plan = contract().plan
        rankers = [branch.with_["ranker"] for branch in plan.branches]
        assert len(set(rankers)) == len(rankers) >= 3
        assert {*rankers, "overlap"} <= evaluate.RANKERS.keys()

    def test_every_placeholder_of_a_task_is_given(self) -> None:
        terms = contract()
        for task in terms.plan.tasks:
            command = terms.roles[task.role].command
            assert command is not None
            branches = terms.plan.branches if task.each else (None,)
            for branch in branches:
                given_with = task.with_ | (branch.with_ if branch else {})
                for kind, name in re.findall(r"\{(\w+)\.([\w-]+)\}", " ".join(command)):
                    there = {"input": task.context, "artifact": task.needs, "with": given_with}[kind]
                    assert name in there, (task.id, kind, name)

    def test_scripts_that_import_another_get_it_too(self) -> None:
        terms = contract()
        assert {task.id for task in terms.plan.tasks if "docfinder" not in task.context} == {"dataset"}
        assert all((FOLDER / given_input.path).is_file() for given_input in terms.inputs.values())


def _evidence(answer: dict[str, object]) -> dict[str, object]:
    evidence = answer["evidence"]
    assert isinstance(evidence, dict)
    return evidence
