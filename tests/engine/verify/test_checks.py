"""Deterministic checks: what they read, what they find, and that none of them can hang."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.planned import Criterion
from engine.ledger.bodies import VerdictLine
from engine.values import Ratio, Sha256, measured, sha256
from engine.verify.checks import REGEX_LIMIT, metrics_named, run, texts
from engine.workers.protocol import ArtifactOut, EffectOut, EvidenceOut, Handoff

NOTES, BINARY = b"three little words", b"\xff\x00"
CONTENTS = {sha256(NOTES): NOTES, sha256(BINARY): BINARY}


def criterion(check: Any, text: str = "it holds") -> Criterion:
    return Criterion.model_validate({"text": text, "check": check}, strict=False, context={"stored": True})


def handoff(summary: str = "done", **more: Any) -> Handoff:
    return Handoff.model_validate({"summary": summary, **more})


def artifact(name: str, content: bytes, media: str = "text/plain") -> ArtifactOut:
    return ArtifactOut(name=name, sha=sha256(content), bytes=len(content), media=media)


def line(check: Any, given_: Handoff | str, **more: Any) -> VerdictLine:
    subject = handoff(given_) if isinstance(given_, str) else given_
    (found,) = run([criterion(check)], subject, CONTENTS, **more)
    return found


@pytest.mark.parametrize(
    ("check", "good", "bad", "detail"),
    [
        ({"max_words": 3}, "one two three", "one two three four", "summary: 4 words, at most 3"),
        ({"max_length": 3}, "abc", "abcd", "summary: 4 characters, at most 3"),
        ({"regex": "^h.llo"}, "hello there", "oh hello", "summary: does not match what it must match"),
        ({"schema": {"type": "array", "maxItems": 1}}, "[1]", "[1, 2]", "summary: $: [1, 2] is too long"),
        ({"schema": {"type": "array"}}, "[]", "[", "summary: not JSON"),
        ({"schema": {"properties": {"a": {"enum": ["x"]}}}}, '{"a": "x"}', '{"a": 1}', "summary: $.a: 1 is not one of"),
    ],
)
def test_each_check_says_yes_and_no_and_why(check: Any, good: str, bad: str, detail: str) -> None:
    assert line(check, good) == VerdictLine(criterion="it holds", ok=True, by="engine")
    found = line(check, bad)
    assert not found.ok
    assert found.detail.startswith(detail)


def test_what_leaves_is_what_is_checked() -> None:
    effects = (EffectOut(verb="send", to="a@b.example", subject="Hi", body="one two"),)
    both = handoff("a b c d e f", effects=effects, artifacts=(artifact("n.txt", NOTES),))
    assert texts(both, CONTENTS) == [("effect 1", "Hi\none two")]
    assert line({"max_words": 3}, both).ok


def test_text_artifacts_come_before_the_summary_and_binaries_are_not_read() -> None:
    files = (artifact("n.txt", NOTES), artifact("x.bin", BINARY, "application/zip"), artifact("gone.txt", b"erased"))
    assert texts(handoff(artifacts=files), CONTENTS) == [("n.txt", "three little words")]
    assert texts(handoff("short", artifacts=files[1:]), CONTENTS) == [("summary", "short")]


def test_every_effect_must_hold() -> None:
    effects = tuple(EffectOut(verb="send", to="a@b.example", body=body) for body in ("short", "much too long a text"))
    assert line({"max_words": 2}, handoff(effects=effects)).detail == "effect 2: 5 words, at most 2"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*b$", "(x+x+)+y", "([a-z]+)*0"])
def test_regex_checks_cannot_hang(pattern: str) -> None:
    assert line({"regex": f"^{pattern}"}, "a" * 1_900 + "!").ok in {True, False}


def test_only_so_much_of_a_text_is_matched() -> None:
    long = {sha256(b"x" * REGEX_LIMIT + b"needle"): b"x" * REGEX_LIMIT + b"needle"}
    found = handoff(artifacts=(artifact("n.txt", next(iter(long.values()))),))
    (verdict,) = run([criterion({"regex": "needle"})], found, long)
    assert not verdict.ok


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5_000, '{"a": ' * 50_000])
def test_what_no_parser_reads_is_no_json(text: str) -> None:
    found = handoff(artifacts=(artifact("n.json", text.encode(), "application/json"),))
    (verdict,) = run([criterion({"schema": {"type": "object"}})], found, {sha256(text.encode()): text.encode()})
    assert not verdict.ok


def test_the_patterns_of_a_schema_are_matched_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def backtracks(*_: object) -> None:
        raise AssertionError("a pattern that may take for ever")

    monkeypatch.setattr("re.search", backtracks)
    assert line({"schema": {"pattern": "^(a+)+$"}}, '"aaaa"').ok


@pytest.mark.parametrize("schema", [{"$ref": "#/nope"}, {"$ref": "http://127.0.0.1:9/x"}, {"pattern": "("}])
def test_a_schema_that_does_not_hold_is_a_no_and_never_an_error(schema: dict[str, str]) -> None:
    assert not line({"schema": schema}, '"text"').ok


def test_what_was_promised_must_be_there() -> None:
    given_ = handoff(artifacts=(artifact("notes.md", NOTES),), evidence=(EvidenceOut(metric="score", value="1"),))
    lines = run([], given_, CONTENTS, files=("notes", "plan"), metrics=("score", "speed"))
    assert [(found.criterion, found.ok) for found in lines] == [("produces plan", False), ("evidence for speed", False)]


def test_what_others_decide_is_left_to_them() -> None:
    given_ = [criterion("review"), criterion("human"), criterion({"command": ["true"]})]
    assert run(given_, handoff(), CONTENTS) == ()


def test_of_rehearsed_work_only_lengths_and_promises_are_judged() -> None:
    for check in ({"regex": "never"}, {"schema": {"type": "object"}}):
        found = line(check, "text", rehearsed=True)
        assert found.ok
        assert found.detail == "not judged: the text is rehearsed"
    assert not line({"max_words": 1}, "two words", rehearsed=True).ok
    assert run([], handoff(), {}, files=("x",), rehearsed=True)[0].ok is False


@pytest.mark.parametrize(
    ("expression", "ok", "detail"),
    [
        ("accuracy", True, ""),
        ("accuracy >= 0.75", True, ""),
        ("accuracy > 0.75", False, "accuracy > 0.75 is false"),
        ("accuracy >= 0.5 && p95 < 60.0", True, ""),
        ("speed", False, "no evidence for speed"),
        ("speed > 1.0", False, "speed"),
        ("word > 1.0", False, "condition"),
        ("empty >= 0.0", False, "empty >= 0.0 is unknown"),
    ],
)
def test_a_metric_is_judged_by_the_evidence_that_was_left(expression: str, ok: bool, detail: str) -> None:
    evidence = (
        EvidenceOut(metric="accuracy", value=Ratio(k=3, n=4)),
        EvidenceOut(metric="p95", value="12.5"),
        EvidenceOut(metric="word", value="fine"),
        EvidenceOut(metric="empty", value=Ratio(k=0, n=0)),
    )
    found = line({"metric": expression}, handoff(evidence=evidence))
    assert found.ok is ok
    assert detail in found.detail


def test_the_metrics_of_a_check_are_named() -> None:
    known = {"accuracy", "p95"}
    assert metrics_named("accuracy", known) == ("accuracy",)
    assert metrics_named("p95 < 60.0 && accuracy >= 0.8 && p95 > 0.0", known) == ("p95", "accuracy")


def test_a_measurement_is_shown_as_it_was_made() -> None:
    assert (measured(Ratio(k=31, n=40)), measured("0.350")) == ("31/40", "0.350")


@given(st.text(max_size=300), st.integers(1, 50), st.integers(1, 300))
def test_lengths_are_counted_as_people_count_them(text: str, words: int, length: int) -> None:
    assert line({"max_words": words}, text).ok is (len(text.split()) <= words)
    assert line({"max_length": length}, text).ok is (len(text) <= length)


@given(st.binary(max_size=200))
def test_no_bytes_of_an_artifact_break_a_check(content: bytes) -> None:
    found = handoff(artifacts=(artifact("n.txt", content),))
    contents: dict[Sha256, bytes] = {sha256(content): content}
    checks = [criterion(check) for check in ({"max_words": 3}, {"regex": "a"}, {"schema": {"type": "object"}})]
    assert len(run(checks, found, contents)) == 3
