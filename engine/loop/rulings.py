"""What humans make of rejections: rules with their scope and their check; and what they do with rules later. Pure,
given the contents of the blobs that `blobs_for` names.

Only a human's command makes a rule. What a worker wrote is used to prove the check, and is kept as an example by its
hash; no word of it becomes part of a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.governance.standing import end_of
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.outcome import Outcome, RefusedError, inactive
from engine.rules.check import breach
from engine.rules.conflict import conflicts
from engine.rules.draft import LONGEST
from engine.rules.load import Merge, digest_of, merges
from engine.rules.selftest import Proof, prove
from engine.rules.subject import SCOPES, Subject, by_hand, drafted
from engine.rules.subject import blobs_for as wanted
from engine.rules.subject import subject_of as rejected
from engine.rules.texts import Contents, Samples
from engine.state.knowledge import Rule
from engine.state.model import OVER, Attempt, Effect, Mint, MissionState, Task
from engine.values import Sha256, sha256

MENDING = 2
"""Further attempts that a task gets after a rejection, to mend what a check finds."""


def tries(task: Task) -> int:
    """How many attempts a task is given after a rejection, so that it has one to write again and `MENDING` to mend."""
    return max(1, len(task.attempts) + 1 + MENDING - max(task.allowed, len(task.attempts)))


@dataclass(frozen=True, slots=True)
class Born:
    """A rule as it comes into force: facts and blobs, its id, and what its check was found to be worth."""

    bodies: tuple[b.Body, ...] = ()
    blobs: Mapping[Sha256, bytes] = field(default_factory=dict)
    rule: str = ""
    proof: Proof | None = None


def subject_of(state: MissionState, command: Command) -> Subject | None:
    """What a command is about that may make a rule; None for everything else."""
    body = command.body
    if command.kind == "rule":
        branch = state.branch(str(body.get("branch", "")))
        return Subject("", None, branch.id if branch else "", verb=str(body.get("verb", "")))
    if command.kind != "reject":
        return None
    return rejected(state, str(body.get("attention", "")), str(body.get("effect", "")))


def blobs_for(state: MissionState, command: Command, known: Contents) -> set[Sha256]:
    """Blobs that a rule of this command is proved on, as far as they are still missing: asked until none is."""
    if command.kind == "consolidate":
        merged = {name for merge in consolidation(state)[0] for name in merge.rules}
        return {sha for name in merged for sha in state.rules[name].examples} - known.keys()
    subject = subject_of(state, command)
    if subject is None or command.body.get("rule") == "none":
        return set()
    return wanted(state, subject, known)


def born(state: MissionState, subject: Subject, command: Command, because: str, mint: Mint, contents: Contents) -> Born:
    """The rule that a rejection becomes; nothing when the human wants none, or when it is in force already."""
    scope = str(command.body.get("rule") or "branch")
    if scope == "none":
        return Born()
    if scope not in SCOPES:
        raise RefusedError("a rule has no such scope", f"say one of {', '.join(SCOPES)}, or none")
    if scope == "task" and subject.task is None:
        raise RefusedError("it belongs to no task", "say a wider scope")
    proved, found = drafted(state, subject, command.body, because, contents)
    task, reach = subject.task, subject.reach(scope)
    blobs = {sha256(text.encode()): text.encode() for text in found.rejected[:3]}
    made = b.RuleAdopted(
        rule=mint("R"),
        text=proved.text,
        branch=reach,
        roles=(task.planned_role,) if scope == "branch" and task is not None else (),
        tasks=(task.id,) if scope == "task" and task is not None else (),
        verbs=() if scope == "task" else subject.verbs,
        origin=subject.origin,
        strength="should" if command.body.get("strength") == "should" else "must",
        check=proved.check,
        downgraded=proved.downgraded,
        rationale=because if because != proved.text else "",
        rejected=subject.digest,
        examples=tuple(blobs),
        wide=scope == "user",
        expires=last_day(command, state.last_at, state.terms.zone),
        review_after=uses(command),
    )
    if (same := _same(state, made)) is not None:
        return Born((), {}, same.id, proved)
    return Born(with_conflicts(state, made, mint), blobs, made.rule, proved)


def last_day(command: Command, now: int, zone: str | None = None) -> int:
    """The end of the last day on which a rule binds; 0: there is none. Raises RefusedError."""
    day = str(command.body.get("until") or "")
    try:
        moment = end_of(day, zone) if day else 0
    except ValueError:
        raise RefusedError("--until is no day", "write one such as 2026-12-31") from None
    if day and moment <= now:
        raise RefusedError("--until is past", "write a day to come")
    return moment


def uses(command: Command) -> int:
    """So many checks without a violation suggest to retire the rule; 0: the usual number."""
    told = command.body.get("review_after")
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= 1_000_000 else 0


def written(command: Command, text: str) -> Proof:
    """A rule that a human writes where no text was rejected and none approved."""
    return prove(by_hand(command.body, text, Samples()), (), ())


def _same(state: MissionState, made: b.RuleAdopted) -> Rule | None:
    """A rule in force that says and binds the same already."""
    return next(
        (
            rule
            for rule in state.rules.values()
            if rule.in_force(state.last_at)
            and (rule.text, rule.branch, rule.roles, rule.tasks, rule.verbs, rule.check, rule.strength, rule.wide)
            == (made.text, made.branch, made.roles, made.tasks, made.verbs, made.check, made.strength, made.wide)
        ),
        None,
    )


def with_conflicts(state: MissionState, made: b.RuleAdopted, mint: Mint) -> tuple[b.Body, ...]:
    """A rule, which others yield to it or the other way round, and the question where nobody but a human can say."""
    new = as_rule(made, state.last_at + 1)
    found = list(conflicts(new, state.rules.values(), state.last_at))
    made = made.model_copy(
        update={
            "overrules": tuple(c.other for c in found if c.winner == new.id),
            "yields_to": tuple(c.other for c in found if c.winner == c.other),
        }
    )
    asked = (
        b.AttentionRaised(
            attention=mint("Q"),
            kind="conflict",
            title=f"{new.id} and {clash.other} cannot both be obeyed: which holds?",
            branch=new.branch,
            refs=(new.id, clash.other),
            detail=f"{clash.why}. {new.id}: {new.text} {clash.other}: {state.rules[clash.other].text}"[:2000],
            choices=("keep the newer", "keep the older", "keep both"),
            about=f"rules:{clash.other}:{new.id}",
        )
        for clash in found
        if not clash.winner and state.status not in OVER
    )
    return (made, *asked)


def as_rule(made: b.RuleAdopted, at: int) -> Rule:
    """A rule that is still to be recorded, as the fold will see it."""
    given = {name: getattr(made, name) for name in b.RuleAdopted.model_fields if name != "rule"}
    return Rule(id=made.rule, at=at, **given)


def settle_conflict(state: MissionState, about: str, word: str, who: str) -> tuple[b.Body, ...]:
    """What follows from an answer about two rules."""
    older, newer = about.split(":")[1:3]
    gone = {"keep the newer": older, "keep the older": newer}.get(word, "")
    if not gone or gone not in state.rules or state.rules[gone].retired:
        return ()
    return (b.RuleRetired(rule=gone, because=f"{who} said: {word} of {older} and {newer}"),)


def unseen(state: MissionState, attempt: Attempt) -> list[Rule]:
    """The rules for a machine that came after what an attempt delivered was checked; none for humans and rehearsals."""
    task = state.tasks[attempt.task]
    if attempt.worker in {"human", "rehearsed"} or task.kind != "work" or not state.rules:
        return []
    seen = {line.rule for verdict in attempt.verdicts for line in verdict.lines}
    return [rule for rule in state.rules_for(task) if rule.exact() and rule.id not in seen]


def unjudged(state: MissionState, attempt: str, effects: Iterable[Effect]) -> tuple[Rule, tuple[str, ...]] | None:
    """The first must that came after an attempt was checked and that these effects of it were not all held to yet, and
    which were not. What a human wrote is a human's.
    """
    written = [effect.id for effect in effects if not effect.replaces]
    for rule in unseen(state, state.attempts[attempt]) if written else ():
        late = tuple(name for name in written if name not in rule.judged)
        if late and rule.strength == "must":
            return rule, late
    return None


def breaks(state: MissionState, effect: Effect) -> Rule | None:
    """A rule in force that came after an effect was written, and that it was found to break."""
    bound = state.rules_for(state.tasks[effect.task])
    return next((rule for rule in bound if effect.id in rule.broken_by), None)


EXCEPT = "make an exception"
"""The answer that lets a task do without the rules that it broke in the end."""


def broken_by(state: MissionState, task: Task) -> tuple[str, ...]:
    """The rules that the last attempt of a task broke, when nothing else was wrong with it."""
    last = state.attempts[task.attempts[-1]] if task.attempts else None
    lines = [line for verdict in (last.verdicts if last else ()) for line in verdict.lines if not line.ok]
    return tuple(dict.fromkeys(line.rule for line in lines)) if all(line.rule for line in lines) else ()


def excepted(state: MissionState, task: Task, who: str) -> tuple[b.Body, ...]:
    """A task may do without the rules that its last attempt broke."""
    because = f"{who} made an exception for {task.id}"
    return tuple(b.RuleExcepted(rule=rule, task=task.id, because=because) for rule in broken_by(state, task))


# -- commands about rules


def add(state: MissionState, command: Command, _now: int, contents: Contents) -> Outcome:
    """A rule that a human writes without a rejection."""
    subject = subject_of(state, command)
    text = " ".join(str(command.body.get("because", "")).split())[:LONGEST]
    if not text:
        raise RefusedError("a rule needs a text", "write what must hold")
    named = str(command.body.get("branch", ""))
    if subject is None or (named and not subject.branch):
        raise RefusedError(f"there is no branch {named[:80]}", f"cockpit branches {state.id} lists them")
    if state.status in OVER:
        raise inactive(state)
    scope = str(command.body.get("rule") or ("branch" if named else "mission"))
    if scope == "task":
        task = state.tasks.get(str(command.body.get("task", "")).removeprefix(f"{state.id}/"))
        if task is None:
            raise RefusedError("there is no such task", f"cockpit board {state.id} lists them")
        subject = Subject("", task, task.branch)
    told = Command(command.key, command.kind, command.mission, {**command.body, "rule": scope}, command.actor)
    made = born(state, subject, told, text, Mint(state), contents)
    decided = b.DecisionMade(what="rule", subject=made.rule, text=text, scripted=bool(command.body.get("scripted")))
    return Outcome((decided, *made.bodies), Answer("done", ids=(made.rule,)), made.blobs)


def _known(state: MissionState, command: Command) -> Rule:
    rule = state.rules.get(str(command.body.get("id", "")).removeprefix(f"{state.id}/"))
    if rule is None:
        raise RefusedError("there is no such rule", "cockpit rules lists them")
    if rule.retired:
        raise RefusedError(f"{rule.id} binds nobody any more: {rule.retired}", "cockpit rules lists those that do")
    return rule


def retire(state: MissionState, command: Command, _now: int) -> Outcome:
    """A human takes a rule out of force."""
    rule = _known(state, command)
    because = str(command.body.get("because", "")).strip()[:LONGEST] or f"{command.actor} retired it"
    made = b.DecisionMade(what="retire", subject=rule.id, text=because, scripted=bool(command.body.get("scripted")))
    return Outcome((made, b.RuleRetired(rule=rule.id, because=because)), Answer("done", ids=(rule.id,)))


def make_exception(state: MissionState, command: Command, _now: int) -> Outcome:
    """A human lets one task do without a rule."""
    rule = _known(state, command)
    task = state.tasks.get(str(command.body.get("task", "")).removeprefix(f"{state.id}/"))
    if task is None:
        raise RefusedError("there is no such task", f"cockpit board {state.id} lists them")
    if task.id in rule.exceptions:
        raise RefusedError(f"{task.id} does without {rule.id} already", "nothing is left to do")
    because = str(command.body.get("because", "")).strip()[:LONGEST] or f"{command.actor} made an exception"
    told = bool(command.body.get("scripted"))
    made = b.DecisionMade(what="except", subject=rule.id, text=f"{task.id}: {because}", scripted=told)
    return Outcome((made, b.RuleExcepted(rule=rule.id, task=task.id, because=because)), Answer("done", ids=(rule.id,)))


def consolidation(state: MissionState) -> tuple[list[Merge], Sha256]:
    """How the rules of a mission could be fewer, and the digest that a yes is bound to."""
    found = merges(state.rules.values(), state.last_at)
    return found, digest_of(found)


def consolidate(state: MissionState, command: Command, _now: int, contents: Contents) -> Outcome:
    """Several rules become one, as it was shown; the new one must fail on every text that the old ones came from."""
    found, shown = consolidation(state)
    if not found:
        raise RefusedError("no two rules can become one", "nothing is left to do; cockpit rules lists them")
    if not shown.startswith(str(command.body.get("digest", ""))) or len(str(command.body.get("digest", ""))) < 8:
        raise RefusedError("the rules changed since it was shown", "look again, then decide: cockpit rules")
    mint, bodies = Mint(state), list[b.Body]()
    for merge in found:
        old = [state.rules[name] for name in merge.rules]
        first = old[-1]
        examples = tuple(dict.fromkeys(sha for rule in old for sha in rule.examples))
        if older := _let_through(merge, examples, contents, state):
            raise RefusedError(
                f"“{merge.text}” lets a text through that {older} was made for",
                "nothing was changed; keep both, or retire one",
            )
        bodies.append(
            b.RuleAdopted(
                rule=mint("R"),
                text=merge.text,
                branch=first.branch,
                roles=first.roles,
                tasks=first.tasks,
                verbs=first.verbs,
                strength="should" if first.strength == "should" else "must",
                check=merge.check,
                rationale=f"stands for {', '.join(merge.rules)}",
                examples=examples[:20],
                wide=first.wide,
                supersedes=merge.rules,
            )
        )
    names = tuple(body.rule for body in bodies if isinstance(body, b.RuleAdopted))
    made = b.DecisionMade(
        what="consolidate", subject=names[0], digest=shown, scripted=bool(command.body.get("scripted"))
    )
    return Outcome((made, *bodies), Answer("done", ids=names))


def _let_through(merge: Merge, examples: Sequence[Sha256], contents: Contents, state: MissionState) -> str:
    if merge.check.kind == "rubric":
        return ""
    for sha in examples:
        text = contents.get(sha, b"").decode("utf-8", "replace")
        if text and breach(merge.check, text, state.evidence) is None:
            return next(name for name in merge.rules if sha in state.rules[name].examples)
    return ""


__all__ = ["MENDING", "SCOPES", "Born", "Subject", "add", "blobs_for", "born", "consolidate", "retire", "subject_of"]
