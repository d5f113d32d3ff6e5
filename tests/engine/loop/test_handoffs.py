"""What a handoff becomes: verdicts, items, evidence, artifacts, and what the next worker gets of them."""

from __future__ import annotations

import pytest

from engine.values import Ratio
from engine.workers.protocol import Claim, EvidenceOut, Handoff
from tests.builders import Play, mails, terms

MEASURED = "evidence: {rate: {unit: ratio, from: writer}, score: {unit: score, from: writer}}"
PLAN = """\
  tasks:
    - {id: look, role: writer, produces: [notes, rate], criteria: [{text: x, check: {max_words: 90}}], budget: 1 USD}
    - {id: next, role: writer, needs: [look], context: [look, leads], criteria: [{text: x, check: {max_words: 90}}],
       budget: 1 USD}
"""


AGAIN = """\
  tasks:
    - {id: look, role: writer, proposes: [send], context: [leads], criteria: [{text: x, check: {max_words: 9}}],
       budget: 1 USD}
    - {id: next, role: writer, needs: [look], criteria: [{text: x, check: {max_words: 90}}], budget: 1 USD}
"""


def play() -> Play:
    return Play(terms(PLAN, more=MEASURED)).go()


def looked(of: Play, **more: object) -> Handoff:
    given: dict[str, object] = {
        "summary": "looked",
        "artifacts": (of.artifact("notes.md", b"three shops"),),
        "evidence": (EvidenceOut(metric="rate", value=Ratio(k=3, n=4)),),
    }
    return Handoff.model_validate(given | more)


def fault(of: Play) -> str:
    """The first line of the first attempt's verdict that says no."""
    lines = of.state().attempts["A1.1"].verdicts[0].lines
    return next(f"{line.criterion}: {line.detail}" for line in lines if not line.ok)


def test_an_accepted_handoff_becomes_state() -> None:
    played = play()
    said = looked(
        played,
        decisions=("red",),
        assumptions=("open on Sundays",),
        questions=("how many?",),
        claims=(Claim(text="it is cheap"),),
        learnings=("ask early",),
    )
    played.hand_off("A1.1", said)
    state = played.state()
    assert {item.id: (item.kind, item.text) for item in state.items.values()} == {
        "D1": ("decision", "red"),
        "S1": ("assumption", "open on Sundays"),
        "U1": ("question", "how many?"),
        "C1": ("claim", "it is cheap"),
        "L1": ("learning", "ask early"),
    }
    assert (state.evidence["E1"].value, state.evidence["E1"].grade) == (Ratio(k=3, n=4), "claimed")
    assert state.artifacts["P1"].name == "notes.md"


def test_nothing_of_a_handoff_counts_before_it_is_accepted() -> None:
    played = play()
    played.hand_off("A1.1", looked(played, summary="word " * 91, artifacts=(), decisions=("red",)))
    state = played.state()
    assert not state.items
    assert not state.evidence
    assert "gtm/A1.2" in played.jobs


def test_the_next_worker_gets_the_files_of_what_it_needs() -> None:
    played = play()
    played.hand_off("A1.1", looked(played))
    job = played.job("A2.1")
    assert [(file["name"], file["filename"]) for file in job["artifacts"]] == [("look/notes.md", "P1-notes.md")]
    assert [file["filename"] for file in job["inputs"]] == ["leads.csv"]
    assert "| three shops" in job["package"]
    assert "Bob,bob@post.example" in job["package"]


@pytest.mark.parametrize(
    ("evidence", "why"),
    [
        ((), "evidence for rate: the handoff leaves none"),
        ((EvidenceOut(metric="rate", value="0.75"),), "evidence rate: is no ratio"),
        ((EvidenceOut(metric="rate", value=Ratio(k=5, n=4)),), "evidence rate: is no ratio"),
        ((EvidenceOut(metric="rate", value=Ratio(k=1, n=4)), EvidenceOut(metric="score", value="7")), "is no score"),
        ((EvidenceOut(metric="rate", value=Ratio(k=1, n=4)), EvidenceOut(metric="score", value="NaN")), "is no score"),
        ((EvidenceOut(metric="rate", value=Ratio(k=1, n=4)), EvidenceOut(metric="moon", value="7")), "no such metric"),
    ],
)
def test_evidence_that_was_promised_and_is_none_fails_verification(evidence: tuple[EvidenceOut, ...], why: str) -> None:
    played = play()
    played.hand_off("A1.1", looked(played, evidence=evidence))
    assert not played.state().evidence
    assert why in fault(played)


def test_a_file_that_was_promised_must_be_there() -> None:
    played = play()
    played.hand_off("A1.1", looked(played, artifacts=()))
    assert fault(played) == "produces notes: the handoff has no such artifact"


def test_the_same_attempt_draws_the_same_dice_and_a_loss_draws_none() -> None:
    first, second = play(), play()
    assert first.job("A1.1")["seed"] == second.job("A1.1")["seed"]
    second.jobs.clear()
    second.go()
    assert second.job("A1.2")["seed"] == first.job("A1.1")["seed"]
    first.fail("A1.1")
    assert first.job("A1.2")["seed"] != second.job("A1.2")["seed"]


def test_what_was_done_again_is_told_once() -> None:
    played = Play(terms(AGAIN)).go()
    first = Handoff(summary="x", artifacts=(played.artifact("notes.md", b"old"),), effects=mails("bob").effects)
    played.hand_off("A1.1", first)
    played.say("reject", attention=played.asked("approve").id, because="be kind")
    played.fail("A2.1")
    second = first.model_copy(update={"artifacts": (played.artifact("notes.md", b"new"),)})
    played.hand_off("A1.2", second)
    assert [file["filename"] for file in played.job("A2.2")["artifacts"]] == ["P2-notes.md"]
