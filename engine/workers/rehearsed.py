"""The rehearsed worker: simulated work, the same for the same seed, and labelled as rehearsed in everything it says.

It reads its package like any worker would: rows of fenced CSV inputs become the recipients of what it proposes.
Usage follows from the package's and the text's length, latency from the seed. Faults come on demand, through
`faults`.
"""

from __future__ import annotations

import csv
import io as text_io
import json
import random
import re
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

from engine.context.tokens import tokens
from engine.values import Tokens
from engine.workers.planning import rehearse
from engine.workers.protocol import (
    ArtifactOut,
    AttemptJob,
    CriterionVerdict,
    EffectOut,
    EvidenceOut,
    Failed,
    Finished,
    Handoff,
    Note,
    WorkerEvent,
    WorkerIO,
)

LABEL = "[rehearsed]"
MAX_EFFECTS = 50
_FENCE = re.compile(
    r"^\[begin (?P<name>.+?) · (?P<label>.+?) · (?P<mark>[0-9a-f]{16})\]\n(?P<body>.*?)\n?\[end (?P=mark)\]$",
    re.MULTILINE | re.DOTALL,
)
_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")

Fault = str
"""`fail`, `broken`, `unknown-usage`, `reject`, `crash`; empty for none."""


class RehearsedWorker:
    """Simulates any role. `pace` scales simulated latency to real waiting; `faults` says what goes wrong in an
    attempt.
    """

    def __init__(
        self, *, pace: Decimal = Decimal("0.02"), faults: Callable[[AttemptJob], Fault] = lambda _job: ""
    ) -> None:
        self._pace, self._faults = pace, faults

    async def run(self, job: AttemptJob, io: WorkerIO) -> AsyncIterator[WorkerEvent]:
        """Think for a while, then hand off."""
        dice = random.Random(job.seed)  # noqa: S311 - simulation, not secrecy
        latency = dice.randrange(2_000, 14_000)
        yield Note(text=f"{LABEL} {job.role} works on {job.key}")
        await io.sleep(int(latency * self._pace))
        fault = self._faults(job)
        if fault == "crash":
            raise RuntimeError("the rehearsed worker was told to crash")
        handoff = await _handoff(job, io, dice, reject=fault == "reject")
        if fault == "fail" or dice.randrange(1_000_000) >= job.success_ppm:
            spent = _usage(job, Handoff(summary=""))
            yield Failed(reason=f"{LABEL} this attempt was to fail", usage=spent, calls=1, latency_ms=latency)
            return
        usage = None if fault == "unknown-usage" else _usage(job, handoff)
        if fault == "broken":
            handoff = Handoff(summary=f"{LABEL} nothing useful")
        yield Finished(handoff=handoff, usage=usage, calls=1, latency_ms=latency)


def _usage(job: AttemptJob, handoff: Handoff) -> Tokens:
    if job.assumed is not None:
        return Tokens(input=job.assumed.input, output=min(job.max_output_tokens, job.assumed.output))
    wrote = sum(tokens(e.subject + e.body) for e in handoff.effects) + sum(a.bytes * 2 // 7 for a in handoff.artifacts)
    return Tokens(input=tokens(job.package), output=min(job.max_output_tokens, wrote + tokens(handoff.summary) + 120))


async def _handoff(job: AttemptJob, io: WorkerIO, dice: random.Random, *, reject: bool) -> Handoff:
    summary = f"{LABEL} {job.role} did {job.key} for {job.branch}"
    if job.kind == "review":
        verdicts = tuple(
            CriterionVerdict(criterion=c, ok=not reject, detail=f"{LABEL} {'does not hold' if reject else 'holds'}")
            for c in job.criteria
        )
        return Handoff(summary=f"{LABEL} reviewed: {'rejected' if reject else 'fine'}", verdicts=verdicts)
    evidence = tuple(
        EvidenceOut(metric=name, value=_value(unit, dice), note=LABEL) for name, unit in job.metrics if unit != "ratio"
    )
    if job.kind == "grade":
        return Handoff(summary=f"{LABEL} graded", evidence=evidence)
    if job.kind == "plan":
        return Handoff(summary=f"{LABEL} proposes a plan", patch=None if reject else rehearse(job.package))
    kinds = dict(job.channels)
    written = [verb for verb in job.proposes if verb not in kinds]
    effects = tuple(_effect(job, row, verb) for verb in written for row in _rows(job.package, job.branch)[:MAX_EFFECTS])
    effects += tuple(_publication(job, verb, kinds[verb]) for verb in job.proposes if verb in kinds)
    artifacts = []
    for name in job.produces:
        content = f"# {name} ({LABEL})\n\n{job.role} for {job.branch}, rehearsed: no model was asked.\n".encode()
        filename = name if "." in name else f"{name}.md"
        artifacts.append(
            ArtifactOut(name=filename, sha=await io.put(content), bytes=len(content), media="text/markdown")
        )
    return Handoff(
        summary=summary,
        decisions=(f"{LABEL} {job.key}: the plain variant was chosen",),
        assumptions=(f"{LABEL} {job.key}: the inputs are current",) if dice.random() < 0.5 else (),
        artifacts=tuple(artifacts),
        effects=effects,
        evidence=evidence,
        learnings=(f"{LABEL} {job.branch}: shorter was easier to review",) if job.proposes else (),
    )


def _value(unit: str, dice: random.Random) -> str:
    if unit == "score":
        return str(Decimal(dice.randrange(40, 95)) / 100)
    return str(dice.randrange(1, 20)) if unit != "text" else f"{LABEL} noted"


def _rows(package: str, branch: str) -> list[dict[str, str]]:
    """Rows with an address, of every CSV that the package quotes; those of the branch alone, where rows name
    branches.
    """
    rows: list[dict[str, str]] = []
    for block in _FENCE.finditer(package):
        body = "\n".join(line.removeprefix("| ") for line in block["body"].splitlines())
        if "@" not in body or "," not in body:
            continue
        try:
            found = [dict(row) for row in csv.DictReader(text_io.StringIO(body), restval="")]
        except csv.Error:
            continue
        rows += [
            {str(k): str(v) for k, v in row.items()}
            for row in found
            if any(_ADDRESS.fullmatch(str(v)) for v in row.values())
        ]
    own = [row for row in rows if branch in row.values()]
    return own or rows


def _publication(job: AttemptJob, verb: str, kind: str) -> EffectOut:
    """What leaves by something else than mail: one file for the branch, or one JSON object."""
    text = f"{LABEL} {job.role} wrote this for {job.branch}: one headline and two short sentences."
    if kind == "files":
        return EffectOut(verb=verb, path=f"{job.branch}/{job.key}.html", body=f"<h1>{text}</h1>\n")
    return EffectOut(verb=verb, body=json.dumps({"text": text}) + "\n")


def _effect(job: AttemptJob, row: dict[str, str], verb: str) -> EffectOut:
    address = next(value for value in row.values() if _ADDRESS.fullmatch(value))
    name = row.get("name", "").split(" ")[0] or "there"
    company = row.get("company", "your team")
    used = tuple(sorted(k for k in ("name", "company", "email") if k in row))
    body = (
        f"Hi {name},\n\n{LABEL} this is where a {job.role} would write to {company}\n"
        f"for {job.branch}: two short sentences and one question.\n\n"
        "Would a ten minute call be useful?\n"
    )
    return EffectOut(verb=verb, to=address, subject=f"{LABEL} A question about {company}", body=body, fields=used)
