"""Planting a bug: copy the engine and its world, apply the patch, play, and see whether the world notices.

`python -m tests.mutants.plant` plays all of them; `--find 150` looks for the first seed that catches each.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.world.sim import fast_folder

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240
"""Seconds after which a mutant that neither ended nor was noticed is given up."""


def plant(mutant: Mutant, folder: Path) -> None:
    """Copy what the world needs into `folder` and apply the patch. Raises ValueError when it does not fit any more.

    What is compiled comes along, since compiling costs more than most of the tests; of what is patched it goes.
    """
    if mutant.test:
        for name in ("engine", "cockpit", "widgets", "themes", "docs", "tests"):
            shutil.copytree(ROOT / name, folder / name)
        (folder / "snapshots").symlink_to(ROOT / "snapshots")
        shutil.copy2(ROOT / "pyproject.toml", folder / "pyproject.toml")
    else:
        shutil.copytree(ROOT / "engine", folder / "engine")
        shutil.copytree(ROOT / "tests" / "world", folder / "tests" / "world")
        shutil.copy2(ROOT / "tests" / "__init__.py", folder / "tests" / "__init__.py")
    for edit in mutant.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        if (count := text.count(edit.old)) != 1:
            raise ValueError(f"{mutant.name}: its text stands {count} times in {edit.file}: {edit.old!r}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()


def caught(mutant: Mutant, *, start: int | None = None, seeds: int | None = None) -> list[str]:
    """What the world says about a mutant: the sentences that begin with its promise. An exception is no finding."""
    with tempfile.TemporaryDirectory(prefix="cockpit-mutant-", dir=fast_folder()) as name:
        folder = Path(name)
        plant(mutant, folder)
        if mutant.test:
            return _noticed(mutant, folder)
        first, count = mutant.start if start is None else start, mutant.seeds if seeds is None else seeds
        asked = ["--until", mutant.promise, "--start", str(first), "--seeds", str(count)]
        environ = os.environ | {"PYTHONPATH": str(folder)}
        played = subprocess.run(
            [sys.executable, "-m", "tests.world", *asked],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if "violations" not in played.stdout:
        raise RuntimeError(f"{mutant.name}: the world did not play: {played.stderr[-2000:]}")
    named = re.compile(rf"seed \d+: {mutant.promise}\b(?! the engine raised)")
    return [line for line in played.stdout.splitlines() if named.match(line)]


def _noticed(mutant: Mutant, folder: Path) -> list[str]:
    """The first test of its file that fails."""
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", mutant.test],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if played.returncode not in (0, 1):
        raise RuntimeError(f"{mutant.name}: its tests did not run: {played.stdout[-2000:]}")
    return [line for line in played.stdout.splitlines() if line.startswith("FAILED ")]


def main() -> int:
    """Play the mutants whose name contains NAME, or all; 1 when one survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.plant")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--find", type=int, metavar="SEEDS", help="look through so many seeds from 0")
    given = parser.parse_args()
    survived = 0
    for mutant in MUTANTS:
        if given.name not in mutant.name:
            continue
        began = time.perf_counter()
        try:
            said = caught(mutant) if given.find is None else caught(mutant, start=0, seeds=given.find)
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            said = []
            print(error)
        survived += not said
        spent = time.perf_counter() - began
        print(f"{mutant.promise:4}{mutant.name}: {said[0] if said else 'SURVIVED'} ({spent:.1f} s)", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
