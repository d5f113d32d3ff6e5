"""Planted bugs of the rehearsal: invented numbers, and a forecast that says more than its runs did."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

PLAYED = "tests/engine/rehearsal/test_play.py"
AROUND = "tests/engine/rehearsal/test_around.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a rehearsal makes up tokens that nobody assumes",
        "P21",
        0,
        (
            Edit(
                "engine/rehearsal/worker.py",
                'self._unknown(f"{job.role}.tokens")\n            return Tokens()',
                'self._unknown(f"{job.role}.tokens")\n            return Tokens(input=4_000, output=800)',
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "a rehearsal forgets the rules of the home",
        "P21",
        0,
        (Edit("engine/rehearsal/play.py", "if self._scene.home:", "if not self._scene.home:"),),
        test=AROUND,
    ),
    Mutant(
        "an outage in a rehearsal bars nobody",
        "P21",
        0,
        (Edit("engine/loop/homestream.py", "or not attempt.model or", 'or attempt.worker != "model" or'),),
        test=AROUND,
    ),
    Mutant(
        "what only an unknown number keeps from happening is called dead",
        "P21",
        0,
        (
            Edit(
                "engine/rehearsal/dead.py",
                "for name in _unknown(metric, leaned))\n            if",
                "for name in ())\n            if",
            ),
        ),
        test=PLAYED,
    ),
    Mutant(
        "a verdict that waits for a human is counted as an ending",
        "P21",
        0,
        (Edit("engine/rehearsal/run.py", 'end: End = "waits" if', 'end: End = "finished" if'),),
        test=PLAYED,
    ),
)
