"""A model's answer, read as a handoff. Everything here distrusts the text: its size, its depth, its shape, its names.

What does not fit is a list of errors, each a place and what is wrong there, without more than a few words of the text
itself: they go back to the model once, and into the ledger.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, NoReturn

from pydantic import Field, StringConstraints, ValidationError

from engine.plan.patch import of_tree, sentences
from engine.values import Value
from engine.workers.answer import ARTIFACTS_CAP, EFFECTS_CAP, cleaned, measured, visible
from engine.workers.arguments import UnusableError
from engine.workers.protocol import AttemptJob, Claim, CriterionVerdict, EffectOut, EvidenceOut, Handoff, Line, Said

MOST_CHARACTERS = 400_000
"""Of one answer; more is not looked at."""
MOST_DEPTH = 8
PATCH_DEPTH = 16
"""A patch of a plan holds tasks, these criteria, and these checks and schemas."""
MOST_ERRORS = 12
ITEMS_CAP = 100
_FENCED = re.compile(r"```[A-Za-z]{0,10}\s{0,20}(?=\{\s{0,200}[\"}])")
_OBJECT = re.compile(r"\{(?=\s{0,200}[\"}])")

_Items = Annotated[tuple[Line, ...], Field(max_length=ITEMS_CAP)]
_Said = Annotated[tuple[Line | Said, ...], Field(max_length=ITEMS_CAP)]


class UnfitError(Exception):
    """An answer that cannot be used: why, as lines to send back. `cut`: it ended before it was complete."""

    def __init__(self, errors: list[str], *, cut: bool = False) -> None:
        super().__init__(errors[0])
        self.errors, self.cut = errors[:MOST_ERRORS], cut


class TextOut(Value):
    """A file that a model writes into its answer."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    media: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}/[a-z0-9.+-]{1,60}$")] = "text/plain"
    text: Annotated[str, StringConstraints(max_length=300_000)]


class _Measured(Value):
    metric: Line
    value: object
    note: Line = ""


class _Judged(Value):
    criterion: int | Line
    ok: bool
    detail: Line = ""
    quote: Line = ""


class _Answer(Value):
    """The shape of an answer, of whatever kind of job."""

    summary: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    claims: Annotated[tuple[Line | Claim, ...], Field(max_length=ITEMS_CAP)] = ()
    decisions: _Said = ()
    assumptions: _Said = ()
    questions: _Said = ()
    learnings: _Items = ()
    artifacts: Annotated[tuple[TextOut, ...], Field(max_length=ARTIFACTS_CAP)] = ()
    evidence: Annotated[tuple[_Measured, ...], Field(max_length=ITEMS_CAP)] = ()
    effects: Annotated[tuple[EffectOut, ...], Field(max_length=EFFECTS_CAP)] = ()
    verdicts: Annotated[tuple[_Judged, ...], Field(max_length=2 * ITEMS_CAP)] = ()
    patch: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A handoff whose artifacts are still texts."""

    handoff: Handoff
    artifacts: tuple[TextOut, ...]


_KINDS: dict[str, frozenset[str]] = {
    "review": frozenset({"summary", "verdicts"}),
    "grade": frozenset({"summary", "evidence"}),
    "plan": frozenset({"summary", "patch"}),
}
"""What an answer may hold, where the job is no ordinary work."""


def read(text: str, job: AttemptJob) -> Read:
    """The handoff in an answer. Raises UnfitError."""
    said = _object(text, PATCH_DEPTH if job.kind == "plan" else MOST_DEPTH)
    try:
        # strict, and by way of JSON, so that lists become tuples and nothing else is converted
        answer = _Answer.model_validate_json(json.dumps(cleaned(_plain_lines(said))))
    except ValidationError as problem:
        raise UnfitError([_sentence(dict(error)) for error in problem.errors()[:MOST_ERRORS]]) from None
    errors: list[str] = list(_misplaced(answer, job))
    evidence = _evidence(answer, job, errors)
    verdicts = _verdicts(answer, job, errors)
    patch = _patch(answer, job, errors)
    if errors:
        raise UnfitError(errors)
    handoff = Handoff(
        summary=answer.summary,
        claims=tuple(c if isinstance(c, Claim) else Claim(text=c) for c in answer.claims),
        decisions=answer.decisions,
        assumptions=answer.assumptions,
        questions=answer.questions,
        learnings=answer.learnings,
        evidence=evidence,
        effects=answer.effects,
        verdicts=verdicts,
        patch=patch,
    )
    return Read(handoff, answer.artifacts)


def _object(text: str, depth: int) -> dict[str, Any]:
    """The JSON object in a text: all of it, or the one that begins the first fence, or the first one at all."""
    if len(text) > MOST_CHARACTERS:
        raise UnfitError([f"the answer is longer than {MOST_CHARACTERS} characters"])
    found = text.find("{") if text.lstrip().startswith("{") else -1
    if found < 0:
        match = _FENCED.search(text) or _OBJECT.search(text)
        if match is None:
            raise UnfitError(["the answer holds no JSON object"], cut="{" not in text)
        found = match.end() if match[0].startswith("`") else match.start()
    decoder = json.JSONDecoder(
        parse_float=str, parse_constant=_no_constant, object_pairs_hook=_no_duplicates, strict=False
    )
    try:
        value, end = decoder.raw_decode(text, found)
    except json.JSONDecodeError as problem:
        cut = problem.pos >= len(text.rstrip()) - 1 or problem.msg.startswith("Unterminated")
        place = f"line {problem.lineno}, column {problem.colno}"
        raise UnfitError([f"the answer is not JSON: {problem.msg} at {place}"], cut=cut) from None
    except RecursionError:
        raise UnfitError(["the answer is nested too deeply"]) from None
    except ValueError:
        raise UnfitError(["the answer holds a number that cannot be read"]) from None
    if _deep(value, depth):
        raise UnfitError(["the answer is nested too deeply"])
    if _OBJECT.search(text, end):
        raise UnfitError(["there is more than one JSON object in the answer"])
    return dict(value)


def _no_constant(name: str) -> NoReturn:
    raise UnfitError([f"{name} is not a number"])


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise UnfitError(["the same key stands twice in one object"])
    return result


def _deep(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _plain_lines(value: object) -> object:
    """The same, with line breaks as one character."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, list):
        return [_plain_lines(item) for item in value]
    return {key: _plain_lines(item) for key, item in value.items()} if isinstance(value, dict) else value


def _sentence(error: dict[str, Any]) -> str:
    """One error of the schema as a line; what stood there is not repeated."""
    where = ".".join(str(part) for part in error["loc"])
    what = "is not known here" if error["type"] == "extra_forbidden" else str(error["msg"])
    return f"{visible(where, 80)}: {visible(what, 120)}"


def _misplaced(answer: _Answer, job: AttemptJob) -> Iterator[str]:
    allowed = _KINDS.get(job.kind, frozenset(_Answer.model_fields) - {"verdicts", "patch"})
    for name in _Answer.model_fields:
        if name not in allowed and getattr(answer, name):
            yield f"{name}: this task asks for none"
    for number, effect in enumerate(answer.effects):
        if effect.verb not in job.proposes and "effects" in allowed:
            may = f"it may propose {', '.join(job.proposes)}" if job.proposes else "it may propose nothing"
            yield f"effects.{number}.verb: {visible(effect.verb, 40)} is not for this task; {visible(may, 200)}"
    names = [artifact.name for artifact in answer.artifacts]
    if len(set(names)) != len(names):
        yield "artifacts: two have the same name"


def _evidence(answer: _Answer, job: AttemptJob, errors: list[str]) -> tuple[EvidenceOut, ...]:
    units = dict(job.metrics)
    if job.kind == "review":
        return ()
    found: dict[str, EvidenceOut] = {}
    for number, given in enumerate(answer.evidence):
        if given.metric not in units:
            errors.append(f"evidence.{number}.metric: nobody asked for {visible(given.metric, 60)}")
        elif given.metric in found:
            errors.append(f"evidence.{number}.metric: {given.metric} stands there twice")
        else:
            try:
                value = measured(given.metric, given.value, units[given.metric])
                if units[given.metric] == "score" and not 0 <= Decimal(str(value)) <= 1:
                    errors.append(f"evidence.{number}.value: a score is a number from 0 to 1")
                found[given.metric] = EvidenceOut(metric=given.metric, value=value, note=given.note)
            except UnusableError as problem:
                errors.append(f"evidence.{number}.value: {problem.reason}")
    if not errors:
        errors += [f"evidence: {name} is missing" for name in units if name not in found]
    return tuple(found.values())


def _verdicts(answer: _Answer, job: AttemptJob, errors: list[str]) -> tuple[CriterionVerdict, ...]:
    if job.kind != "review":
        return ()
    found: dict[str, CriterionVerdict] = {}
    for number, given in enumerate(answer.verdicts):
        criterion = _criterion(given.criterion, job)
        if criterion is None:
            errors.append(f"verdicts.{number}.criterion: is none of those asked about")
        elif criterion in found:
            errors.append(f"verdicts.{number}.criterion: it has a verdict already")
        else:
            found[criterion] = CriterionVerdict(
                criterion=criterion, ok=given.ok, detail=given.detail, quote=given.quote
            )
    errors += [
        f"verdicts: nothing is said about criterion {number}"
        for number, criterion in enumerate(job.criteria, 1)
        if criterion not in found
    ]
    return tuple(found.values())


def _patch(answer: _Answer, job: AttemptJob, errors: list[str]) -> dict[str, object] | None:
    """A planner's patch, as it is stored."""
    if job.kind != "plan":
        return None
    if answer.patch is None:
        errors.append("patch: is missing")
        return None
    try:
        return of_tree(answer.patch).stored()
    except ValidationError as problem:
        errors += [f"patch.{visible(line, 200)}" for line in sentences(problem, MOST_ERRORS)]
        return None


def _criterion(given: int | str, job: AttemptJob) -> str | None:
    """The criterion that is meant, by its number or by its words."""
    if isinstance(given, str):
        if given in job.criteria:
            return given
        if not re.fullmatch(r"[0-9]{1,4}\.?", given):
            return None
        given = int(given.rstrip("."))
    return job.criteria[given - 1] if 1 <= given <= len(job.criteria) else None
