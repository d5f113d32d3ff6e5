"""From what is wanted to what is recorded: bodies, blobs and jobs of one intent. Pure, given the contents of the
blobs it needs.

`blobs_for` says which blobs an intent needs; `enact` makes the `Step`. Whatever runs afterwards runs because its
job is in the step, and the step is durable before the job starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from engine.context.leaving import secret_in
from engine.context.pack import DEFAULT_BUDGET, SEARCHED, Infeasible, pack, upstream, wanted
from engine.contract.model import Assumption
from engine.governance.choice import Use, assumed_tokens, set_aside
from engine.governance.room import amount, room
from engine.governance.told import marked
from engine.ledger import bodies as b
from engine.ledger.protocol import Job
from engine.loop import planning
from engine.loop.decide.standing import recheck
from engine.loop.decide.work import failed_and_asked
from engine.loop.equipping import equip, looked_at
from engine.loop.handoffs import accept, promised_metrics, taken_down, verify
from engine.loop.intents import (
    Accept,
    Dispatch,
    Intent,
    Look,
    Lookup,
    Propose,
    Read,
    Recheck,
    Record,
    Send,
    TakeDown,
    Verify,
)
from engine.loop.proposing import channels, propose
from engine.loop.subjects import Contents, handoff_of, shown, subject_text
from engine.loop.world import World, attempt_job, check_job, effect_job, lookup_job
from engine.plan.ready import role_of
from engine.routing.catalogue import recorded
from engine.routing.record import recorded as outcomes
from engine.routing.route import candidates
from engine.rules.texts import needed as written
from engine.state.model import Attempt, Mint, MissionState, Task
from engine.values import Sha256, Tokens, digest, sha256
from engine.verify.duel import JUDGE, SECOND, asked
from engine.verify.ladder import reviewed_criteria
from engine.workers.model.instructions import overhead
from engine.workers.protocol import AttemptJob, FileIn


@dataclass(frozen=True, slots=True)
class Step:
    """One durable commit: facts, the blobs they name, and the jobs that start after it."""

    bodies: tuple[b.Body, ...] = ()
    blobs: Mapping[Sha256, bytes] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()


def blobs_for(state: MissionState, intent: Intent, known: Contents) -> frozenset[Sha256]:
    """Blobs that an intent still needs, given those already loaded: asked until nothing is missing."""
    needed: set[Sha256] = set()
    if isinstance(intent, Dispatch):
        task = state.tasks[intent.task]
        needed |= wanted(state, task, intent.found)
        needed |= _shown(state, task, known)
    elif isinstance(intent, Verify | TakeDown | Accept | Propose):
        needed |= {sha for sha in (state.attempts[intent.attempt].handoff,) if sha}
        needed |= _artifacts_of(state, intent.attempt, known)
        if isinstance(intent, Verify):
            needed |= _shown(state, state.tasks[state.attempts[intent.attempt].task], known)
        if _plans(state, intent.attempt) and (pool := state.attempts[intent.attempt].route.get("catalogue")):
            needed.add(pool)
        if isinstance(intent, Propose):
            needed |= {ref.sha for ref in state.inputs.values()}
    elif isinstance(intent, Recheck):
        needed |= written(state, intent.effects, (), known)
    return frozenset(needed - known.keys())


def _shown(state: MissionState, task: Task, known: Contents) -> set[Sha256]:
    """Blobs of the work that a task is about."""
    about = shown(state, task)
    found = {attempt.handoff for attempt in about if attempt.handoff}
    return found.union(*(_artifacts_of(state, attempt.id, known) for attempt in about))


def _plans(state: MissionState, attempt: str) -> bool:
    return state.tasks[state.attempts[attempt].task].kind == "plan"


def _artifacts_of(state: MissionState, attempt: str, known: Contents) -> set[Sha256]:
    if attempt not in state.attempts or state.attempts[attempt].handoff not in known:
        return set()
    return {artifact.sha for artifact in handoff_of(state.attempts[attempt], known).artifacts}


def enact(state: MissionState, intent: Intent, now: int, world: World, contents: Contents) -> Step:
    """The commit that an intent asks for."""
    match intent:
        case Record(bodies):
            return Step(bodies)
        case Dispatch():
            return _dispatch(state, intent, world, contents)
        case Verify(attempt) if _plans(state, attempt):
            return Step(planning.judge(state, state.attempts[attempt], contents))
        case Accept(attempt) if _plans(state, attempt):
            return Step(planning.offer(state, state.attempts[attempt], contents))
        case Verify(attempt):
            return Step(_verify(state, state.attempts[attempt], contents))
        case TakeDown(attempt):
            return Step(taken_down(state, state.attempts[attempt], contents))
        case Accept(attempt):
            return Step(accept(state, state.attempts[attempt], contents))
        case Propose(attempt):
            bodies, blobs = propose(state, state.attempts[attempt], now, world, contents)
            return Step(bodies, blobs)
        case Send(effects):
            return _send(state, effects, now)
        case Lookup(effect):
            return _lookup(state, effect, world)
        case Read(check):
            return _read(state, check)
        case Recheck(rule, effects):
            return Step(recheck(state, rule, effects, contents))
        case Look(tool, job):
            return Step((), {}, (Job(job, "look", state.id, looked_at(state, tool)),))


def _verify(state: MissionState, attempt: Attempt, contents: Contents) -> tuple[b.Body, ...]:
    """Its verdict, and what it says once it has passed its checks."""
    verdict = verify(state, attempt, contents)
    failed = any(isinstance(body, b.VerdictGiven) and not body.ok for body in verdict)
    return verdict if failed else (*verdict, *taken_down(state, attempt, contents))


def _dispatch(state: MissionState, intent: Dispatch, world: World, contents: Contents) -> Step:
    task, candidate = state.tasks[intent.task], intent.route.candidate
    budget = intent.route.budget
    kit = equip(state, task, candidate.worker)
    package = pack(
        state,
        task,
        contents=contents,
        subject=subject_text(state, task, contents),
        budget=budget,
        tools=kit.told,
        found=intent.found,
        policy=intent.policy,
        asks=kit.asks,
    )
    if isinstance(package, Infeasible) and budget < max(DEFAULT_BUDGET, task.package):
        return Step((b.TaskMeasured(task=task.id, tokens=package.needs),))  # another may have the room: route again
    if isinstance(package, Infeasible):
        return _no_room(state, task, package)
    if secret := secret_in(state, task, package.text, contents, world.redactor):
        return _cannot_tell(state, task, f"{secret}, which no worker may be told; take it out there")
    attempt = Mint(state).attempt(task)
    job = _attempt_job(state, task, attempt, intent, package.text, contents, world)
    job = kit.given_to(state, job, package.manifest)
    beside = max(0, overhead(job) - candidate.frame) if candidate.worker == "model" else 0
    aside = set_aside(state, task, intent.route, max(package.tokens, assumed_tokens(state, task)) + beside)
    if lacking := _lacking(state, task, aside.least):
        return _cannot_tell(state, task, lacking)
    job, whole = job.model_copy(update={"allowance": aside.allowance}), aside.whole
    role = role_of(state, task)
    able = candidates(role, rehearsed=state.rehearsed, catalogue=world.catalogue) if role is not None else ()
    pool, names = recorded(able), {one.name for one in able}
    record = outcomes(world.record.of(names)) if world.record is not None else None
    searched = intent.found.encoded()
    bodies = (
        b.AttemptDispatched(
            attempt=attempt,
            task=task.id,
            role=task.role,
            worker=candidate.worker,
            model=candidate.model,
            family=candidate.family,
            timeout=job.timeout_ms,
            tools=kit.names,
            without=kit.without,
            label=marked(job.label),
        ),
        b.RouteChosen(
            attempt=attempt,
            task=task.id,
            name=candidate.name,
            worker=candidate.worker,
            model=candidate.model,
            because=intent.route.because,
            considered=intent.route.considered,
            price=candidate.price,
            free=candidate.free,
            setup=candidate.setup,
            catalogue=sha256(pool),
            barred={name: asdict(bar) for name, bar in sorted(world.barred.items()) if name in names},
            record=None if record is None else sha256(record),
            prefers=intent.route.prefers,
        ),
        b.PackageCompiled(
            attempt=attempt,
            task=task.id,
            text=package.sha,
            manifest=sha256(package.manifest),
            tokens=package.tokens,
            budget=package.budget,
            policy=intent.policy,
            found=sha256(searched) if intent.policy in SEARCHED else None,
        ),
        b.ChargeReserved(attempt=attempt, micro_usd=whole.money, tokens=whole.tokens, calls=whole.calls),
    )
    blobs = {package.sha: package.text.encode(), sha256(package.manifest): package.manifest, sha256(pool): pool}
    if record is not None:
        blobs[sha256(record)] = record
    if intent.policy in SEARCHED:
        blobs[sha256(searched)] = searched
    return Step(bodies, blobs, (Job(attempt_job(state.id, attempt), "attempt", state.id, job.model_dump(mode="json")),))


def _lacking(state: MissionState, task: Task, least: Use) -> str:
    """What of its budget does not suffice for what must be set aside; empty when all does."""
    space = room(state, task)
    for dimension, needed in (("money", least.money), ("tokens", least.tokens), ("calls", least.calls)):
        limit = space.of(dimension)  # type: ignore[arg-type]
        if limit is not None and needed > limit.left:
            is_ = "is" if dimension == "money" else "are"
            needs = amount(limit.dimension, needed)
            return f"it may need {needs} and {amount(limit.dimension, limit.left)} {is_} left: {limit.words}"
    return ""


def _no_room(state: MissionState, task: Task, package: Infeasible) -> Step:
    """What must be told has no room: a human gives more, or the task less to read."""
    because = (
        f"its package needs {package.needs:,} tokens and may have {package.budget:,}: raise it, split the task or give "
        "it less context (cockpit amend), or let its role ask a model with a larger window"
    )
    about = f"failed:{task.id}:room:{package.needs}:{state.height}"
    title = f"{task.title}: its package needs {package.needs:,} tokens, has {package.budget:,}"
    choices = ("raise", "retry", "skip", "stop")
    return Step(failed_and_asked(state, task, "plan", title, because, about, choices))


def _cannot_tell(state: MissionState, task: Task, because: str) -> Step:
    """A task that cannot be given to anybody as it is: it fails, and a human is asked."""
    about = f"failed:{task.id}:dispatch:{len(task.attempts)}:{state.height}"
    return Step(failed_and_asked(state, task, "plan", f"{task.title} cannot be dispatched", because, about))


_KINDS = {SECOND: "work", JUDGE: "review"}
"""Kinds of tasks that are nothing special to whoever does them."""


def _attempt_job(
    state: MissionState, task: Task, attempt: str, intent: Dispatch, text: str, contents: Contents, world: World
) -> AttemptJob:
    role = role_of(state, task)
    branch = state.branches[task.branch]
    candidate = intent.route.candidate
    subject = state.attempts.get(task.subject)
    criteria = tuple(c.text for c in task.criteria)
    if task.kind in {"review", JUDGE} and subject is not None:
        criteria = reviewed_criteria(state, state.tasks[subject.task])
        criteria = asked(criteria) if task.kind == JUDGE else criteria
    evidence = state.terms.evidence
    promised = promised_metrics(state, task)
    asked_in = state.tasks[subject.task] if subject is not None else task
    return AttemptJob(
        attempt=attempt,
        task=task.id,
        key=task.key,
        mission=state.id,
        branch=branch.key,
        role=task.role,
        kind=_KINDS.get(task.kind, task.kind),  # type: ignore[arg-type]
        worker=candidate.worker,  # type: ignore[arg-type]
        model=candidate.model,
        package=text,
        question=_question(state, task, criteria)[:2000],
        criteria=criteria,
        metrics=tuple((name, evidence[name].unit) for name in promised if name in evidence),
        proposes=task.proposes,
        channels=channels(state, task.proposes, world),
        produces=task.produces,
        argv=(role.command if role is not None else None) or (),
        network=role.network if role is not None else False,
        sees=role.sees if role is not None else (),
        params=tuple(sorted({**branch.params, **task.params}.items())),
        inputs=tuple(
            FileIn(name=name, filename=ref.filename, sha=ref.sha)
            for name, ref in state.inputs.items()
            if name in asked_in.context
        ),
        artifacts=_files(state, task, contents),
        timeout_ms=role.timeout if role is not None else 600_000,
        seed=_seed(state, task),
        **_assumed(state, task),  # type: ignore[arg-type]
        max_output_tokens=candidate.max_output,
        setup=candidate.setup,
    )


def _question(state: MissionState, task: Task, criteria: tuple[str, ...]) -> str:
    """What a person is asked who does a task."""
    if task.kind == "plan":
        return f"{task.title}: answer with a patch as YAML, or cockpit plan {state.id} --propose FILE"
    return f"{task.title}: {'; '.join(criteria)}"


def _seed(state: MissionState, task: Task) -> int:
    """What a rehearsed worker draws from: the same for the same work, in whatever order it came."""
    evidence = state.evidence.get(task.subject)
    tries = sum(state.attempts[a].state not in {"lost", "cancelled"} for a in task.attempts)
    about = [state.seed, task.key, state.branches[task.branch].key, evidence.person if evidence else "", tries]
    return int(digest(about)[:12], 16)


def _assumed(state: MissionState, task: Task) -> dict[str, object]:
    """What the contract assumes of a role, for whoever rehearses it."""
    assumed = state.terms.assume.get(task.role)
    if assumed is None:
        return {}
    found: dict[str, object] = {} if assumed.success is None else {"success_ppm": assumed.success}
    if assumed.tokens_in is not None and assumed.tokens_out is not None:
        found["assumed"] = Tokens(input=assumed.tokens_in, output=assumed.tokens_out)
    return found


def _files(state: MissionState, task: Task, contents: Contents) -> tuple[FileIn, ...]:
    """Artifacts laid into the workspace: of the tasks this one may read, and of the attempt it checks."""
    near = upstream(state, task)
    files = [
        FileIn(name=f"{state.tasks[a.task].key}/{a.name}", filename=f"{a.id}-{a.name}", sha=a.sha)
        for a in state.artifacts.values()
        if a.task in near and a.attempt == state.tasks[a.task].accepted
    ]
    about = shown(state, task)
    subject = about[0] if len(about) == 1 else None  # a judge is not told whose is whose, not even by a file's name
    if subject is not None and subject.handoff in contents:
        key = state.tasks[subject.task].key
        files += [
            FileIn(name=f"{key}/{a.name}", filename=a.name, sha=a.sha) for a in handoff_of(subject, contents).artifacts
        ]
    return tuple(files)


def _send(state: MissionState, effects: tuple[str, ...], now: int) -> Step:
    bodies, jobs = [], []
    for name in effects:
        effect = state.effects[name]
        n, key = effect.n + 1, f"{state.id}/{effect.id}"
        bodies.append(b.EffectAttempting(effect=effect.id, key=key, n=n, digest=effect.digest))
        body = {
            "effect": effect.id,
            "n": n,
            "connector": effect.connector,
            "content": effect.content,
            "body": effect.body,
            "key": key,
            "digest": effect.digest,
            "persons": list(effect.persons),
            "verb": effect.verb,
            "at": now,
        }
        jobs.append(Job(effect_job(state.id, effect.id, n), "effect", state.id, body))
    return Step(tuple(bodies), {}, tuple(jobs))


def _lookup(state: MissionState, name: str, world: World) -> Step:
    effect = state.effects[name]
    dedup = world.connectors.get(effect.connector) == "dedup"  # a sink's memory of a key begins with the first time
    body = {
        "effect": effect.id,
        "n": effect.n,
        "connector": effect.connector,
        "key": effect.key,
        "content": effect.content,
        "at": (effect.first_at if dedup else effect.attempted_at) - state.skew,
    }
    return Step((), {}, (Job(lookup_job(state.id, effect.id, effect.n, world.epoch), "lookup", state.id, body),))


def _read(state: MissionState, name: str) -> Step:
    check = state.checks[name]
    sent = [
        {
            "effect": e.id,
            "branch": e.branch,
            "message_id": e.message_id,
            "persons": list(e.persons),
            "at": e.ended_at,
            "digest": e.digest,
        }
        for e in state.effects.values()
        if e.state == "done"
    ]
    replies = next((a for a in state.terms.assume.values() if a.reply is not None), Assumption())
    branch = state.branches[check.branch]
    body = {
        "check": check.id,
        "rehearsed": state.rehearsed,
        "seed": state.seed,
        "sent": sent,
        "known": sorted(state.keys),
        "reply_ppm": replies.reply or 0,
        "stop_ppm": replies.stop or 0,
        "bounce_ppm": replies.bounce or 0,
        "now": state.last_at,
        "until": branch.until,
    }
    return Step((), {}, (Job(check_job(state.id, check.id), "check", state.id, body),))
