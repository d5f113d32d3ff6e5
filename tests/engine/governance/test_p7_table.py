"""P7: every combination of what a verdict about a tool depends on has the verdict of the table, and is monotone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.governance.policy import judge
from tests.engine.governance.cases import OBSTACLES, SECRECY, Case, every

FLOOR = 25_000
"""The figure that the promise names."""


def _hold(cases: list[Case]) -> None:
    verdicts = {case: judge(*case.asked()).verdict for case in cases}
    wrong = [case for case, verdict in verdicts.items() if verdict is not case.expected()]
    assert not wrong, wrong[:3]
    for case, verdict in verdicts.items():
        if case.integrity == "trusted":
            assert verdict <= verdicts[replace(case, integrity="untrusted")], case
        if case.secrecy != "secret":
            worse = SECRECY[SECRECY.index(case.secrecy) + 1]
            assert verdict <= verdicts[replace(case, secrecy=worse)], case
        if case.obstacle == "none":
            assert all(verdict <= verdicts[replace(case, obstacle=name)] for name in OBSTACLES), case


def test_p7_every_combination_has_the_verdict_of_the_table() -> None:
    cases = list(every())
    assert len(cases) >= FLOOR
    _hold(cases)


@pytest.mark.thorough
def test_p7_every_combination_has_the_verdict_of_the_table_thorough() -> None:
    cases = list(every(wide=True))
    assert len(cases) >= 200_000
    _hold(cases)
