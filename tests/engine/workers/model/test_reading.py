"""Reading a model's answer: what is found in it, what is refused, and how little of it is repeated."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values import Ratio
from engine.workers.model.reading import MOST_CHARACTERS, MOST_ERRORS, UnfitError, read
from engine.workers.protocol import AttemptJob, Handoff
from tests.engine.workers.model.scripted import FINE, asked, said

SENDING = asked(proposes=("send",))
REVIEW = asked(kind="review", criteria=("is kind", "R1 no prices"))
MAIL = {"verb": "send", "to": "bob@a.example", "body": "Hi"}


def handoff(text: str, work: AttemptJob | None = None) -> Handoff:
    return read(text, work or asked()).handoff


def errors(text: str, work: AttemptJob | None = None) -> list[str]:
    with pytest.raises(UnfitError) as found:
        read(text, work or asked())
    assert len(found.value.errors) <= MOST_ERRORS
    assert all(harmless(error) and len(error) < 400 for error in found.value.errors)
    return found.value.errors


def harmless(text: str) -> bool:
    """One line, with nothing in it that a terminal would obey."""
    return not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in text)


@pytest.mark.parametrize(
    "text",
    [
        FINE,
        f"\n  {FINE}\n",
        f"```json\n{FINE}\n```",
        f"Here you are:\n\n```\n{FINE}\n```\nAnything else?",
        f"I looked at {{name}} and {{}}.\n{FINE}".replace("{}", "{ x }"),
        f"Sure! {FINE} I hope that helps.",
        f"```python\nprint()\n```\n```json\n{FINE}\n```",
        FINE.replace("looked", "looked\n\tagain"),
    ],
)
def test_the_object_is_found_where_models_put_it(text: str) -> None:
    assert handoff(text).summary.startswith("I looked")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "no JSON object"),
        ("I would rather not.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"summary": "x"', "not JSON"),
        ('{"summary": "x" "claims": []}', "not JSON: Expecting ',' delimiter at line 1, column 17"),
        ('{"summary": "x", "summary": "y"}', "the same key stands twice"),
        ('{"summary": "x", "artifacts": [{"name": "a", "name": "b"}]}', "the same key stands twice"),
        ('{"summary": NaN}', "NaN is not a number"),
        ('{"summary": "x", "claims": ' + "[" * 9 + "]" * 9 + "}", "nested too deeply"),
        ('{"summary": ' + "[" * 100_000, "nested too deeply"),
        ('{"summary": ' + "9" * 5_000 + "}", "a number that cannot be read"),
        (FINE + FINE, "more than one JSON object"),
        (f"```json\n{FINE}\n```\n```json\n{FINE}\n```", "more than one JSON object"),
        ("{" + " " * MOST_CHARACTERS + "}", "longer than"),
        ("{}", "summary: Field required"),
        ('{"summary": ""}', "summary: String should have at least 1 character"),
        (said(thoughts="hm"), "thoughts: is not known here"),
        (said(claims=["x" * 3_000]), "claims.0"),
        (said(decisions="one"), "decisions: Input should be a valid array"),
        (said(learnings=["x"] * 101), "learnings: Tuple should have at most 100 items"),
        (said(artifacts=[{"name": "../a", "text": ""}]), "artifacts.0.name: String should match"),
        (said(artifacts=[{"name": "a b", "text": ""}]), "artifacts.0.name: String should match"),
        (said(artifacts=[{"name": "a", "text": "", "media": "x"}]), "artifacts.0.media"),
        (said(artifacts=[{"name": "a", "text": "", "sha": "f" * 64}]), "artifacts.0.sha: is not known here"),
        (said(artifacts=[{"name": "a", "text": ""}] * 2), "artifacts: two have the same name"),
        (said(artifacts=[{"name": f"a{n}", "text": ""} for n in range(33)]), "artifacts: Tuple should have at most"),
        (said(verdicts=[{"criterion": 1, "ok": True}]), "verdicts: this task asks for none"),
        (said(effects=[MAIL]), "effects.0.verb: send is not for this task; it may propose nothing"),
        (said(evidence=[{"metric": "x", "value": 1}]), "evidence.0.metric: nobody asked for x"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(text: str, error: str) -> None:
    assert error in errors(text)[0]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = errors(said(claims=[1], effects="x", more=1))
    assert len(found) >= 3


@pytest.mark.parametrize("verb", ["delete", "SEND", "send ", "spend"])
def test_a_verb_that_the_task_may_not_propose_is_refused(verb: str) -> None:
    found = errors(said(effects=[MAIL, MAIL | {"verb": verb}]), SENDING)
    assert found == [f"effects.1.verb: {verb} is not for this task; it may propose send"]
    assert len(handoff(said(effects=[MAIL]), SENDING).effects) == 1


def test_a_sender_of_its_own_is_refused() -> None:
    assert "effects.0.from: is not known here" in errors(said(effects=[MAIL | {"from": "boss@a.example"}]), SENDING)[0]


def test_evidence_is_read_in_the_unit_of_its_metric() -> None:
    units = (("rate", "ratio"), ("size", "count"), ("quality", "score"), ("words", "text"), ("slow", "ms"))
    values = {"rate": {"k": 3, "n": 40}, "size": 12, "quality": 0.820, "words": "kind", "slow": "1.5e3"}
    evidence = [{"metric": metric, "value": value} for metric, value in values.items()]
    found = handoff(said(evidence=evidence), asked(metrics=units)).evidence
    assert {e.metric: e.value for e in found} == {
        "rate": Ratio(k=3, n=40),
        "size": "12",
        "quality": "0.82",
        "words": "kind",
        "slow": "1500",
    }


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("ratio", "3/40"),
        ("ratio", {"k": 5, "n": 4}),
        ("ratio", {"k": True, "n": 4}),
        ("count", 1.5),
        ("count", -1),
        ("score", 1.2),
        ("score", "high"),
        ("score", None),
        ("text", ""),
        ("text", ["a"]),
        ("ms", -1),
    ],
)
def test_a_value_that_is_not_in_its_unit_is_refused(unit: str, value: Any) -> None:
    found = errors(said(evidence=[{"metric": "m", "value": value}]), asked(metrics=(("m", unit),)))
    assert found[0].startswith("evidence.0.value: ")


def test_a_metric_that_was_promised_and_is_missing_or_twice_is_said() -> None:
    work = asked(metrics=(("m", "count"),))
    assert errors(said(), work) == ["evidence: m is missing"]
    twice = [{"metric": "m", "value": 1}, {"metric": "m", "value": 2}]
    assert errors(said(evidence=twice), work) == ["evidence.1.metric: m stands there twice"]


def test_a_review_answers_by_number_or_by_words() -> None:
    lines = [{"criterion": 1, "ok": True, "detail": "friendly"}, {"criterion": "R1 no prices", "ok": False}]
    found = handoff(said(verdicts=lines), REVIEW).verdicts
    assert [(v.criterion, v.ok, v.detail) for v in found] == [
        ("is kind", True, "friendly"),
        ("R1 no prices", False, ""),
    ]
    numbers = [{"criterion": "1.", "ok": True}, {"criterion": "2", "ok": True}]
    assert [v.criterion for v in handoff(said(verdicts=numbers), REVIEW).verdicts] == ["is kind", "R1 no prices"]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([{"criterion": 1, "ok": True}], "verdicts: nothing is said about criterion 2"),
        ([{"criterion": n, "ok": True} for n in (1, 2, 3)], "verdicts.2.criterion: is none of those asked about"),
        ([{"criterion": n, "ok": True} for n in (1, 2, 1)], "verdicts.2.criterion: it has a verdict already"),
        ([{"criterion": n, "ok": True} for n in (1, 2, 0)], "verdicts.2.criterion: is none"),
        ([{"criterion": True, "ok": True}], "verdicts.0.criterion"),
        ([{"criterion": 1, "ok": "yes"}], "verdicts.0.ok: Input should be a valid boolean"),
    ],
)
def test_a_review_answers_for_each_criterion_once(lines: list[Any], error: str) -> None:
    assert errors(said(verdicts=lines), REVIEW)[0].startswith(error)


@pytest.mark.parametrize("key", ["effects", "artifacts", "evidence", "claims", "decisions"])
def test_a_review_leaves_verdicts_and_nothing_else(key: str) -> None:
    lines = [{"criterion": n, "ok": True} for n in (1, 2)]
    some: dict[str, list[Any]] = {
        "effects": [MAIL],
        "artifacts": [{"name": "a", "text": ""}],
        "evidence": [{"metric": "m", "value": 1}],
    }
    found = errors(said(verdicts=lines, **{key: some.get(key, ["x"])}), REVIEW)
    assert found == [f"{key}: this task asks for none"]
    assert handoff(said(verdicts=lines, **{key: []}), REVIEW)


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    text = json.dumps({"summary": "\x1b[2J\u202egone\ud800", "decisions": ["a\r\nb\u0000"]})
    found = handoff(text)
    assert found.summary == "␛[2J<U+202E>gone<U+D800>"
    assert found.decisions == ("a\nb␀",)


def test_an_artifact_is_stored_as_it_can_be_written() -> None:
    text = json.dumps({"summary": "x", "artifacts": [{"name": "a.txt", "text": "\udfff\u2028ok\n"}]})
    assert read(text, asked()).artifacts[0].text.encode().decode() == "<U+DFFF><U+2028>ok\n"


@pytest.mark.parametrize("text", ['{"summary": "cut', '{"summary": "x", ', '{"summary": "x"', "{", "thinking"])
def test_what_ended_too_early_is_known_as_such(text: str) -> None:
    with pytest.raises(UnfitError) as found:
        read(text, asked())
    assert found.value.cut


@pytest.mark.parametrize("text", ['{"summary" "x"} and more text', '{"summary": 1}', '{"a": 1, }  . . .'])
def test_what_is_complete_and_wrong_is_not_called_cut(text: str) -> None:
    with pytest.raises(UnfitError) as found:
        read(text, asked())
    assert not found.value.cut


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def tried(text: str, work: AttemptJob) -> Handoff | list[str]:
    try:
        return handoff(text, work)
    except UnfitError as unfit:
        return unfit.errors


@given(st.text(max_size=300) | json_values.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert tried(text, asked())


keys = st.sampled_from(["summary", "claims", "effects", "evidence", "artifacts", "verdicts", "x"])


@given(st.dictionaries(keys, json_values, max_size=6).map(json.dumps), st.sampled_from([SENDING, REVIEW]))
def test_any_object_is_read_or_refused(text: str, work: AttemptJob) -> None:
    found = tried(text, work)
    if isinstance(found, Handoff):
        assert all(effect.verb == "send" for effect in found.effects)
    else:
        assert all(harmless(error) for error in found)
