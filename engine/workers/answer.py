"""What a command left behind, read as a handoff: one JSON object on stdout, or plain text with `metric: value` lines.

Everything here distrusts what it reads: the size, the shape, the promised metrics, and the files it is pointed to.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from engine.values import Ratio
from engine.workers.arguments import UnusableError
from engine.workers.protocol import AttemptJob, EvidenceOut, Handoff

ARTIFACT_CAP, ARTIFACTS_CAP = 16 * 2**20, 32
_KEYS = frozenset(
    {"summary", "evidence", "artifacts", "claims", "decisions", "assumptions", "questions", "learnings", "verdicts"}
    | {"effects"}
)
EFFECTS_CAP = 200
"""Effects one attempt may propose."""
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?")
_METRIC_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*[:=]\s*(\S.*?)\s*")
_RATIO = re.compile(r"(\d{1,15})\s*/\s*(\d{1,15})")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A handoff whose artifacts are still files: `files` in the out folder, `text` to be stored as `stdout.txt`."""

    handoff: Handoff
    files: tuple[str, ...] = ()
    text: bytes | None = None


def visible(text: str, limit: int = 300) -> str:
    """`text` in one line, at most `limit` characters, with what a terminal would obey made visible."""
    shown = "".join(_shown(c) for c in text[: limit + 1].replace("\n", " ").replace("\t", " "))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _shown(c: str) -> str:
    if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return c
    return chr(0x2400 + ord(c)) if ord(c) < 0x20 else f"<U+{ord(c):04X}>"


def read(stdout: bytes, job: AttemptJob) -> Answer:
    """The answer on stdout. Raises UnusableError (retryable) when it is not what the job was promised."""
    said = _json_object(stdout.decode("utf-8", errors="replace"))
    answer = _from_text(stdout, job) if said is None else _from_json(said, job)
    units = dict(job.metrics)
    left = {e.metric for e in answer.handoff.evidence}
    if unknown := sorted(left - units.keys()):
        _refuse(f"left evidence nobody asked for: {', '.join(map(visible, unknown))}")
    if missing := [name for name in units if name not in left]:
        _refuse(f"left none of the evidence it promised: {', '.join(missing)}")
    return answer


def collect(out: Path, name: str) -> bytes:
    """The content of a file that lies directly in the out folder. Raises UnusableError for anything else.

    The out folder and the file are opened without following links, and the file must have no second name.
    """
    shown = visible(name, 80)
    if "/" in name or "\\" in name or name in ("", ".", "..") or "\0" in name:
        _refuse(f"names an artifact outside its out folder: {shown}")
    if not _FILE_NAME.fullmatch(name):
        _refuse(f"names an artifact with a name that cannot be kept: {shown}")
    try:
        folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        _refuse(f"named an artifact it did not leave: {shown}")
    except OSError:
        _refuse(f"named an artifact that is not a plain file: {shown}")
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(handle)
        _refuse(f"named an artifact that is not a plain file: {shown}")
    with os.fdopen(handle, "rb") as file:
        content = file.read(ARTIFACT_CAP + 1)
    if len(content) > ARTIFACT_CAP:
        _refuse(f"left an artifact larger than {ARTIFACT_CAP // 2**20} MiB: {shown}")
    return content


def _json_object(text: str) -> dict[str, object] | None:
    """The whole of stdout when it is a JSON object, else the last line that starts like one, else None."""
    lines = [line for line in text.splitlines() if line.startswith("{")]
    for candidate in (text.strip(), *lines[-1:]):
        if candidate.startswith("{"):
            try:
                value = json.loads(
                    candidate, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_no_duplicates
                )
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                return value
    return None


def _no_constant(name: str) -> NoReturn:
    _refuse(f"answered with {name}, which is not a number")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        _refuse("answered with the same key twice in one object")
    return result


def _from_json(said: dict[str, object], job: AttemptJob) -> Answer:
    if unknown := sorted(said.keys() - _KEYS):
        _refuse(f"answered with something nobody reads: {', '.join(visible(k, 40) for k in unknown[:5])}")
    files = said.get("artifacts", [])
    if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
        _refuse("artifacts is not a list of file names")
    if len(files) > ARTIFACTS_CAP or len(set(files)) != len(files):
        _refuse(f"names an artifact twice, or more than {ARTIFACTS_CAP}")
    evidence = _evidence(said.get("evidence", {}), dict(job.metrics))
    body: dict[str, object] = {
        "summary": said.get("summary") or _default_summary(evidence),
        "claims": [{"text": c} if isinstance(c, str) else c for c in _items(said, "claims")],
        "verdicts": _items(said, "verdicts"),
        "effects": _effects(said, job),
    }
    body |= {key: _items(said, key) for key in ("decisions", "assumptions", "questions", "learnings")}
    try:
        # strict, and by way of JSON, so that lists become tuples and nothing else is converted
        handoff = Handoff.model_validate_json(json.dumps(cleaned(body)))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        _refuse(f"answered with {visible(where, 60)} that cannot be used: {visible(first['msg'], 120)}")
    except RecursionError:
        _refuse("answered with something nested too deeply")
    return Answer(handoff.model_copy(update={"evidence": evidence}), tuple(files))


def _effects(said: Mapping[str, object], job: AttemptJob) -> list[object]:
    """Effects are proposed only by a task whose contract says so; the engine makes bytes of them, a human decides."""
    proposed = _items(said, "effects")
    if proposed and not job.proposes:
        _refuse("proposes effects, and its task may propose none")
    if len(proposed) > EFFECTS_CAP:
        _refuse(f"proposes {len(proposed)} effects, at most {EFFECTS_CAP} are read")
    return proposed


def _items(said: Mapping[str, object], key: str) -> list[object]:
    value = said.get(key, [])
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        _refuse(f"{key} is not a list")
    return value


def cleaned(value: object) -> object:
    """The same, with control characters and lone surrogates in its texts made visible."""
    if isinstance(value, str):
        return "".join(c if c in "\n\t" else _shown(c) for c in value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {str(cleaned(key)): cleaned(item) for key, item in value.items()}
    return value


def _default_summary(evidence: tuple[EvidenceOut, ...]) -> str:
    left = ", ".join(e.metric for e in evidence)
    return f"measured {left}" if left else "finished without a summary"


def _evidence(said: object, units: Mapping[str, str]) -> tuple[EvidenceOut, ...]:
    pairs: list[tuple[object, object]]
    if isinstance(said, dict):
        pairs = list(said.items())
    elif isinstance(said, list) and all(isinstance(item, dict) for item in said):
        pairs = [(item.get("metric"), {k: v for k, v in item.items() if k != "metric"}) for item in said]
    else:
        _refuse("evidence is neither an object nor a list of objects")
    result = []
    for metric, value in pairs:
        if not isinstance(metric, str) or metric not in units:
            _refuse(f"left evidence nobody asked for: {visible(str(metric), 60)}")
        note = ""
        if isinstance(value, dict) and "note" in value:
            value = dict(value)  # noqa: PLW2901
            note = str(cleaned(str(value.pop("note"))))[:2_000]
        if isinstance(value, dict) and value.keys() == {"value"}:
            value = value["value"]  # noqa: PLW2901
        result.append(EvidenceOut(metric=metric, value=measured(metric, value, units[metric]), note=note))
    if len({e.metric for e in result}) != len(result):
        _refuse("left two values for one metric")
    return tuple(result)


def measured(metric: str, value: object, unit: str) -> Ratio | str:
    """A value in its metric's unit: a ratio for `ratio`, text for `text`, else a decimal exactly as written."""
    if unit == "ratio":
        if isinstance(value, dict) and value.keys() == {"k", "n"}:
            k, n = value["k"], value["n"]
            if type(k) is int and type(n) is int and 0 <= k <= n < 10**15:
                return Ratio(k=k, n=n)
        _refuse(f"left {metric} as {visible(str(value), 60)}, not as k of n")
    if unit == "text":
        words = str(cleaned(value)) if isinstance(value, str) else ""
        if 0 < len(words) <= 2_000:
            return words
        _refuse(f"left {metric} as something that is not a text of 1 to 2000 characters")
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    plain = _plain(written)
    if not _NUMBER.fullmatch(plain):
        _refuse(f"left {metric} as {visible(str(value), 60)}, not as a number")
    if unit == "count" and not plain.isdigit():
        _refuse(f"left {metric} as {visible(plain, 60)}, not as a count")
    if unit == "ms" and plain.startswith("-"):
        _refuse(f"left {metric} as {visible(plain, 60)}, a negative time")
    return plain


def _plain(written: str) -> str:
    """`1.5e-05` as `0.000015`; everything else as it was written."""
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,30})?[eE][+-]?\d{1,2}", written):
        return written
    try:
        return f"{Decimal(written):f}"
    except InvalidOperation:  # pragma: no cover - the pattern admits only what Decimal reads
        return written


def _from_text(stdout: bytes, job: AttemptJob) -> Answer:
    units, found = dict(job.metrics), {}
    for line in stdout.decode("utf-8", errors="replace").splitlines():
        match = _METRIC_LINE.fullmatch(line[:2_000])
        if match and match[1] in units:
            ratio = _RATIO.fullmatch(match[2])
            value: object = {"k": int(ratio[1]), "n": int(ratio[2])} if ratio else match[2]
            found[match[1]] = EvidenceOut(metric=match[1], value=measured(match[1], value, units[match[1]]))
    evidence = tuple(found.values())
    return Answer(Handoff(summary=_default_summary(evidence), evidence=evidence), text=stdout or None)


def _refuse(reason: str) -> NoReturn:
    raise UnusableError(reason, retryable=True)
