"""Conditions: one table of expressions and facts, which a change of the library behind them must not change."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest

from engine.contract import conditions
from engine.contract.conditions import ConditionError, Truth
from engine.values import Ratio
from tests.engine.contract.sample import good

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

FACTS = {
    "mission": {
        "exhausted": False,
        "spent_usd": Decimal("41.27"),
        "spent_share": 0.08,
        "days": 3.5,
        "branches": {"alive": 1, "kept": 1, "pruned": 0, "tried": 2},
        "tasks": {"accepted": 4, "failed": 0, "open": 2},
        "reply_rate": None,
    },
    "branch": {
        "key": "cold-email",
        "sent": 25,
        "batches": 1,
        "reply_rate": Ratio(k=2, n=25),
        "quality": Ratio(k=0, n=0),
    },
}

TABLE = [
    ("true", TRUE),
    ("false", FALSE),
    ("mission.exhausted", FALSE),
    ("!mission.exhausted", TRUE),
    ("mission.branches.kept >= 1", TRUE),
    ("mission.branches.alive == 0 && mission.branches.kept == 0", FALSE),
    ("mission.tasks.accepted > 3 || mission.exhausted", TRUE),
    ("mission.spent_usd > 41", TRUE),
    ("mission.spent_usd > 41.27", FALSE),
    ("mission.spent_share < 1", TRUE),
    ("mission.days >= 3", TRUE),
    ("branch.batches < 1.5", TRUE),
    ("branch.sent == 25.0", TRUE),
    ("branch.reply_rate >= 0.08", TRUE),
    ("branch.reply_rate > 0.08", FALSE),
    ("branch.quality > 0.5", UNKNOWN),
    ("!(branch.quality > 0.5)", UNKNOWN),
    ("mission.reply_rate > 0.1", UNKNOWN),
    ("branch.windows >= 1", UNKNOWN),
    ("false && branch.quality > 0.5", FALSE),
    ("branch.quality > 0.5 && false", FALSE),
    ("true && branch.quality > 0.5", UNKNOWN),
    ("branch.quality > 0.5 && true", UNKNOWN),
    ("true || branch.quality > 0.5", TRUE),
    ("branch.quality > 0.5 || true", TRUE),
    ("false || branch.quality > 0.5", UNKNOWN),
    ("branch.quality > 0.5 || branch.windows > 1", UNKNOWN),
    ("branch.quality > 0.5 && branch.sent > 100", FALSE),
    ("branch.sent >= 20 && (branch.quality > 0.5 || branch.reply_rate >= 0.05)", TRUE),
    ("has(branch.quality)", FALSE),
    ("has(branch.sent)", TRUE),
    ("branch.quality > 0.5 ? true : false", UNKNOWN),
    ("branch.sent > 1 ? true : branch.quality > 0.5", TRUE),
    ("branch.key == 'cold-email'", TRUE),
    ('branch.key in ["community", "cold-email"]', TRUE),
    ("branch.key.startsWith('cold')", TRUE),
    ("branch.key.matches('^(a+)+$')", FALSE),
    ("size(branch.key) == 10", TRUE),
    ("branch.sent == '25'", FALSE),
    ("branch.sent - 5 * 4 == 5 // a comment", TRUE),
    ("-branch.sent < 0", TRUE),
    ("mission.branches.kept >= 1 &&\n  mission.days > 3", TRUE),
]


@pytest.mark.parametrize(("text", "truth"), TABLE, ids=[text for text, _ in TABLE])
def test_what_a_condition_says(text: str, truth: Truth) -> None:
    assert conditions.compile(text).evaluate(FACTS) is truth


@pytest.mark.parametrize(
    "text", ["branch.sent", "'yes'", "branch.sent > 'a'", "1 / 0 == 1", "branch.key > 1", "int('a') == 1"]
)
def test_what_is_neither_true_nor_false_is_an_error(text: str) -> None:
    with pytest.raises(ConditionError):
        conditions.compile(text).evaluate(FACTS)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            "mission.branches.kept >=",
            "is not a condition: mismatched input '<EOF>'; write a comparison such as branch.sent >= 10",
            (1, 25),
        ),
        ("branch.sent >= 1 and true", '"and" is not known; a fact begins with mission. or branch.', (1, 18)),
        ("brnch.sent >= 1", '"brnch" is not known; a fact begins with mission. or branch.', (1, 1)),
        (
            "[1].all(branch, branch > 0)",
            "all() is not used in conditions; facts are single values; compare them",
            (1, 5),
        ),
        ("branch.keys.map(x, x)", "map() is not used in conditions; facts are single values; compare them", (1, 13)),
        ("mission['branches'].kept > 1", "[ ] on a fact is not used in conditions; write the path with dots", (1, 8)),
        ("{'a': 1}.a == 1", '"{" is not used in conditions; delete it', (1, 1)),
        ("branch.sent = 1", '"=" is not used in conditions; delete it', (1, 13)),
        ("timestamp('x') == 1", '"timestamp" is not a known function; did you mean int?', (1, 1)),
        (".mission.exhausted", '"mission" follows what is not a fact; write the path with dots', (1, 2)),
        ("true && " * 70 + "true", "is longer than 500 characters; split it into several rules", (1, 1)),
        ("(" * 100 + "true" + ")" * 100, None, None),
    ],
)
def test_what_does_not_compile(text: str, message: str | None, place: tuple[int, int] | None) -> None:
    with pytest.raises(ConditionError) as caught:
        conditions.compile(text)
    if message is not None:
        assert str(caught.value) == f"condition: {message}" or caught.value.mend.startswith("known:")
        assert (caught.value.line, caught.value.column) == place


def test_the_paths_a_condition_reads() -> None:
    condition = conditions.compile(
        "branch.reply_rate > 0.1 && mission.branches.kept > 0 && branch.reply_rate < 'branch.x'.size()"
    )
    assert condition.paths == ("branch.reply_rate", "mission.branches.kept")
    assert conditions.compile("branch.key.startsWith('a')").paths == ("branch.key",)


def test_facts_may_be_given_with_dotted_names() -> None:
    assert conditions.compile("mission.branches.kept >= 1").evaluate({"mission.branches.kept": 1}) is TRUE
    assert conditions.compile("branch.sent > 1").evaluate({}) is UNKNOWN


def test_a_mistyped_fact_is_an_error_and_never_unknown() -> None:
    contract = good().contract
    assert contract is not None
    known = conditions.facts_known(contract)
    assert {"branch.reply_rate", "branch.reply_rate_n", "mission.quality", "mission.tasks.open", "branch.key"} <= known
    found = conditions.check(conditions.compile("branch.reply_rat > 0.1"), known)
    assert [str(error) for error in found] == [
        'condition: "branch.reply_rat" is not a fact; did you mean branch.reply_rate?'
    ]
    found = conditions.check(conditions.compile("mission.branches > 1"), known)
    assert found[0].what == "mission.branches is a group of facts, not a fact"


def test_a_check_over_metrics_reads_them_by_name() -> None:
    condition = conditions.compile("accuracy >= 0.8 || forced", ("accuracy", "forced"))
    assert condition.evaluate({"accuracy": Decimal("0.81")}) is TRUE
    assert condition.evaluate({"accuracy": 0.2}) is UNKNOWN
    assert condition.evaluate({"accuracy": 0.2, "forced": False}) is FALSE


def test_the_library_is_imported_only_when_a_condition_is_compiled() -> None:
    code = "import engine.contract.conditions, engine.contract.load, sys; sys.exit('cel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
