"""Deterministic checks of a handoff against its task's criteria. Pure, and bounded: no check may hang.

A check reads the texts that matter: the bodies of proposed effects if there are any, else the text artifacts, else
the summary.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import re2

from engine.contract import conditions
from engine.contract.planned import Check, Criterion
from engine.ledger.bodies import VerdictLine
from engine.values import Ratio, Sha256
from engine.verify import schemas
from engine.workers.protocol import EffectOut, Handoff

REGEX_LIMIT = 20_000
"""Characters of one text that a regular expression is run over."""


def texts(handoff: Handoff, contents: Mapping[Sha256, bytes]) -> list[tuple[str, str]]:
    """Label and text of everything a check looks at."""
    if handoff.effects:
        return [(f"effect {index + 1}", _text(e, handoff, contents)) for index, e in enumerate(handoff.effects)]
    return _artifacts(handoff, contents) or [("summary", handoff.summary)]


def _artifacts(handoff: Handoff, contents: Mapping[Sha256, bytes]) -> list[tuple[str, str]]:
    found = []
    for artifact in handoff.artifacts:
        data = contents.get(artifact.sha)
        if data is not None and artifact.media.startswith(("text/", "application/json")):
            found.append((artifact.name, data.decode("utf-8", "replace")))
    return found


def drafts(handoff: Handoff, contents: Mapping[Sha256, bytes], verbs: Collection[str] = ()) -> list[tuple[str, str]]:
    """Label and text of what a human would see of a handoff: what it proposes (with some verbs, or with any), and with
    any also its text artifacts.
    """
    written = texts(handoff, contents)
    if not handoff.effects:
        return [] if verbs else written
    chosen = zip(handoff.effects, written, strict=True)
    found = [labelled for effect, labelled in chosen if not verbs or effect.verb in verbs]
    return found if verbs else [*found, *_artifacts(handoff, contents)]


def _text(effect: EffectOut, handoff: Handoff, contents: Mapping[Sha256, bytes]) -> str:
    """What an effect says: its own text, or that of the artifact it names."""
    if not effect.artifact:
        return f"{effect.subject}\n{effect.body}"
    named = next((artifact.sha for artifact in handoff.artifacts if artifact.name == effect.artifact), None)
    return contents.get(named, b"").decode("utf-8", "replace") if named is not None else ""


def run(
    criteria: Sequence[Criterion],
    handoff: Handoff,
    contents: Mapping[Sha256, bytes],
    *,
    files: Sequence[str] = (),
    metrics: Sequence[str] = (),
    rehearsed: bool = False,
) -> tuple[VerdictLine, ...]:
    """One line per deterministic criterion, and one per promise (an effect, an artifact, evidence) that was not kept.

    Simulated text says nothing about content: of `rehearsed` work, only lengths and promises are judged, and the
    line says so.
    """
    subjects = texts(handoff, contents)
    lines = [
        _line(criterion.text, criterion.check, subjects, handoff, rehearsed=rehearsed)
        for criterion in criteria
        if isinstance(criterion.check, Check) and criterion.check.command is None
    ]
    made = {artifact.name for artifact in handoff.artifacts}
    lines += [
        VerdictLine(criterion=f"produces {name}", ok=False, detail="the handoff has no such artifact", by="engine")
        for name in files
        if name not in made and not any(artifact.startswith(f"{name}.") for artifact in made)
    ]
    left = {evidence.metric for evidence in handoff.evidence}
    lines += [
        VerdictLine(criterion=f"evidence for {name}", ok=False, detail="the handoff leaves none", by="engine")
        for name in metrics
        if name not in left
    ]
    return tuple(lines)


def _line(
    text: str, check: Check, subjects: Sequence[tuple[str, str]], handoff: Handoff, *, rehearsed: bool
) -> VerdictLine:
    if rehearsed and (check.regex is not None or check.schema_ is not None):
        return VerdictLine(criterion=text, ok=True, detail="not judged: the text is rehearsed", by="rehearsal")
    if check.metric is not None:
        fault = _metric_fault(check.metric, handoff)
        return VerdictLine(criterion=text, ok=not fault, detail=fault, by="engine")
    for label, subject in subjects:
        if fault := _fault(check, subject):
            return VerdictLine(criterion=text, ok=False, detail=f"{label}: {fault}", by="engine")
    return VerdictLine(criterion=text, ok=True, by="engine")


def metrics_named(expression: str, known: Collection[str]) -> tuple[str, ...]:
    """The metrics that a `metric:` check reads: `accuracy`, or those of `accuracy >= 0.8 && p95_ms < 60.0`."""
    return conditions.compile(expression, frozenset(known)).paths


def _metric_fault(expression: str, handoff: Handoff) -> str:
    """A bare name asks that evidence was left; a condition asks that it holds over the evidence that was left."""
    left = {evidence.metric: evidence.value for evidence in handoff.evidence}
    if expression.isidentifier() or expression in left:
        return "" if expression in left else f"no evidence for {expression}"
    try:
        condition = conditions.compile(expression, frozenset(left))
        truth = condition.evaluate(
            {name: value if isinstance(value, Ratio) else _number(value) for name, value in left.items()}
        )
    except conditions.ConditionError as error:
        return str(error)[:200]
    return "" if truth is conditions.Truth.TRUE else f"{expression} is {truth.name.lower()}"


def _number(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


def _fault(check: Check, text: str) -> str:
    if check.max_words is not None and (count := len(text.split())) > check.max_words:
        return f"{count} words, at most {check.max_words}"
    if check.max_length is not None and len(text) > check.max_length:
        return f"{len(text)} characters, at most {check.max_length}"
    if check.regex is not None and not re2.search(check.regex, text[:REGEX_LIMIT]):
        return "does not match what it must match"
    if check.schema_ is not None:
        return schemas.fault(check.schema_, text)
    return ""
