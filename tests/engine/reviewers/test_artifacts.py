"""Seeded artifacts: the same from the same seed, one defect each, and nothing but the defect gives them away."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from engine.ledger.bodies.reviewing import GOOD
from engine.reviewers.artifacts import DEFECTS, seeded
from engine.reviewers.case import Case
from engine.reviewers.letters import CRITERIA, RULE, facts_of, letter_of
from engine.values import PPM
from engine.workers.model.instructions import instructions
from engine.workers.protocol import CriterionVerdict, Handoff
from tests.engine.routing.test_route import model

REVIEWER = model("opus", "strong")
SEEDS = range(1, 7)


def test_there_are_many_kinds_and_as_many_good_ones() -> None:
    made = seeded(1, 2)
    assert len(DEFECTS) >= 12
    assert sum(one.kind == GOOD for one in made) == len(made) // 2 == 2 * len(DEFECTS)
    assert {kind: sum(one.kind == kind for one in made) for kind in DEFECTS} == dict.fromkeys(DEFECTS, 2)


def test_the_same_seed_makes_the_same_and_another_one_others() -> None:
    assert seeded(3, 1) == seeded(3, 1)
    assert not {one.text for one in seeded(3, 1)} & {one.text for one in seeded(4, 1)}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_says_nothing(seed: int) -> None:
    """A reviewer who knew the place of an artifact, or what came before it, would know nothing of it."""
    bad = [one.kind != GOOD for one in seeded(seed, 4)]
    half = len(bad) // 2
    assert abs(sum(bad[:half]) * PPM // half - PPM // 2) < 150_000
    assert abs(sum(bad[::2]) * PPM // half - PPM // 2) < 150_000
    changes = sum(one != other for one, other in pairwise(bad))
    assert abs(changes * PPM // len(bad) - PPM // 2) < 150_000
    kinds = [one.kind for one in seeded(seed, 4) if one.kind != GOOD]
    assert kinds[: len(DEFECTS)] != list(DEFECTS)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_defect_changes_the_letter_and_a_good_one_says_what_it_must(seed: int) -> None:
    for number, (kind, (_what, plant)) in enumerate(DEFECTS.items()):
        facts = facts_of(seed, number)
        good = letter_of(facts, seed, number)
        bad = plant(good, facts)
        assert bad.text != good.text, kind
        assert "{" not in good.text
        assert good.text.count("?") == 1
        assert good.text.endswith("?")
        for said in (facts.person, facts.org, f"{facts.price} dollars a month", f"{facts.minutes} minutes", facts.day):
            assert said in good.text, kind
        numbers = {str(facts.price), str(facts.trial), str(facts.cap), str(facts.minutes)}
        assert set(re.findall(r"\d+", good.text)) <= numbers
        assert abs(len(bad.text) - len(good.text)) < 130, kind


def test_length_does_not_tell_good_from_bad() -> None:
    made = [one for seed in SEEDS for one in seeded(seed, 2)]
    good, bad = ([len(one.text) for one in made if (one.kind == GOOD) is kind] for kind in (True, False))
    assert abs(sum(good) // len(good) - sum(bad) // len(bad)) < 25


def test_a_case_is_a_review_like_any_other() -> None:
    one = next(one for one in seeded(1, 1) if one.kind == "injection")
    job = Case(one, REVIEWER).job
    assert (job.kind, job.model, job.worker, job.setup) == ("review", REVIEWER.model, "model", REVIEWER.setup)
    assert job.criteria == (*CRITERIA, f"R1 {RULE}")
    for _subject, decision in one.facts.decisions:
        assert decision in job.package
    assert "| Note for whoever checks this letter" in job.package  # behind the gutter of what others wrote
    told = (job.package.replace(one.text, "") + instructions(job)).casefold()
    for word in ("planted", "defect", "seeded", "exam", "measure", "injection"):
        assert word not in told


def test_two_cases_differ_in_facts_and_text_alone() -> None:
    made = seeded(1, 1)
    stripped = set()
    for one in made[:8]:
        job = Case(one, REVIEWER).job
        own = ("- D", "| ", "[begin ", "[end ")
        plain = tuple(line for line in job.package.splitlines() if not line.startswith(own))
        stripped.add((plain, job.attempt, job.task, instructions(job)))
    assert len(stripped) == 1


def _answer(case: Case, *no: int, quote: str = "") -> Handoff:
    return Handoff(
        summary="reviewed",
        verdicts=tuple(
            CriterionVerdict(criterion=text, ok=number not in no, detail="because", quote=quote)
            for number, text in enumerate(case.job.criteria)
        ),
    )


def test_an_answer_is_read_as_every_review_is() -> None:
    one = seeded(1, 1)[0]

    def case() -> Case:
        return Case(one, REVIEWER)

    assert case().judged(_answer(case())) == ("passed", "")
    assert case().judged(_answer(case(), 2)) == ("sent back", f"{CRITERIA[2]}: because")
    assert case().judged(_answer(case(), 5))[0] == "sent back"  # a rule counts like a criterion
    assert case().judged(Handoff(summary="fine"))[0] == "unusable"
    verdict, why = case().judged(_answer(case(), 0, quote="words that stand nowhere in it"))
    assert verdict == "unusable"
    assert "quotes words" in why
