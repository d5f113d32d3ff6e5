"""What an answer to an attention item means, by what the item is about. Pure."""

from __future__ import annotations

from collections.abc import Collection

from engine.amending.patch_text import read
from engine.effects.compose import counted
from engine.errors import BadInputError
from engine.evidence.values import parse_value
from engine.governance.money import settle
from engine.judge.windows import window_clause, window_timers
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.about_tools import about_tool
from engine.loop.amending import settle_verb
from engine.loop.decide import items
from engine.loop.decide.caps import raised, skipped, wants_raise
from engine.loop.handoffs import promised_metrics
from engine.loop.outcome import Outcome, RefusedError, decision
from engine.loop.proposals import answered as plan_answered
from engine.loop.rulings import EXCEPT, breaks, excepted, settle_conflict, unjudged
from engine.plan.ending import end_branch, end_mission
from engine.state.model import OVER, Attempt, Attention, Effect, Mint, MissionState, Task
from engine.values import Tokens, canonical, sha256
from engine.verify import duel
from engine.verify.ladder import reviewed_criteria
from engine.workers.protocol import CriterionVerdict, EvidenceOut, Handoff

YES = frozenset({"accept", "yes", "y", "ok", "accepted"})
NO = frozenset({"reject", "no", "n", "rejected"})


def name_of(state: MissionState, name: str) -> str:
    """A local id from `gtm/F3` or `F3`."""
    return name.removeprefix(f"{state.id}/")


def answer_attention(state: MissionState, item: Attention, command: Command, now: int, text: str) -> Outcome:
    """The facts that follow from an answer. Raises RefusedError when the answer is none of the choices."""
    word = text.split(":", maxsplit=1)[0].strip().casefold()
    made = decision(item, command, now, "answer", text=text[:2000])
    resolved = b.AttentionResolved(attention=item.id, how=f"answered: {text[:200]}")
    known = word in item.choices or (item.kind == "review" and word in YES | NO) or wants_raise(item, text)
    if item.choices and not known:
        raise RefusedError(
            f"{item.id} does not take that answer",
            f"answer one of: {', '.join(item.choices)}; a reason may follow a colon",
        )
    if item.about.startswith("parked:"):
        return _end_parked(state, item, text, made)
    if item.about.startswith(("human:", "duel:")):
        return Outcome((made, _human_verdict(state, item, command, text, word), resolved))
    if wants_raise(item, text):
        follows = raised(state, item, text, now, command.actor)
    else:
        follows = _follow(state, item, word, now, command.actor, text)
    return Outcome((made, *(body for body in follows if not _resolves(body, item)), resolved))


def _resolves(body: b.Body, item: Attention) -> bool:
    return isinstance(body, b.AttentionResolved) and body.attention == item.id


def _follow(state: MissionState, item: Attention, word: str, now: int, who: str, text: str) -> tuple[b.Body, ...]:
    about = item.about.split(":")[0]
    if word == "stop":
        return end_mission(state, "stop", f"{who} answered stop: {item.title}", "human")
    if word == "finish":
        return end_mission(state, "finish", f"{who} said it is finished", "human")
    if about == "doubt":
        outcome = "sent" if word == "sent" else "not_sent"
        settled = tuple(
            b.EffectSettled.model_validate({"effect": ref, "outcome": outcome, "by": who}) for ref in item.refs
        )
        return (*settled, *_ask_again(state, item, now)) if word == "send again" else settled
    if about in {"expired", "refused"}:
        return (
            _renew(state, item, now)
            if word == "ask again"
            else tuple(
                b.EffectWithdrawn(effect=ref, because=f"dropped by {who}")
                for ref in item.refs
                if state.effects[ref].state in {"expired", "failed"}
            )
        )
    if about == "sender":
        task = state.tasks.get(item.task)
        again = word == "write again" and task is not None and task.state == "accepted"
        return (b.TaskRetried(task=item.task, because=f"{who} said to write it again"),) if again else ()
    if about == "rules":
        return settle_conflict(state, item.about, word, who)
    if about == "judge":
        return _judge(state, item, word, now, who)
    if about == "denied":
        return settle_verb(state, item, word, now, who)
    if about == items.CONFLICT:
        return items.settled(state, item.about.partition(":")[2], word, who)
    if about in {"fault", "outage", "ran"}:
        return ()
    if about in {"plan", "unplanned"}:
        return plan_answered(state, item, word, text.partition(":")[2].strip(), who)
    if about in {"tool", "drift"}:
        return about_tool(state, item, word, who)
    if about == "overrun":
        return (b.MissionResumed(because=f"{who} said to go on"),) if state.status == "paused" else ()
    return _about_task(state, item, word, who)


def _about_task(state: MissionState, item: Attention, word: str, who: str) -> tuple[b.Body, ...]:
    about, _, names = item.about.partition(":")
    if word == "skip" and about == "cap":
        return skipped(state, item, who)
    if word == "skip" and about in {"exhausted", "attempts"}:
        meant = (state.tasks[name] for name in names.split(",") if name in state.tasks)
        return tuple(b.TaskCancelled(task=t.id, because=f"skipped by {who}") for t in meant if t.state == "open")
    if about == "route":
        return _about_role(state, item, word, who)
    task = state.tasks.get(item.task)
    if task is None or task.state not in {"open", "failed"}:
        return ()
    if word == "raise":
        needs = int(item.about.split(":")[3])
        larger = -(-needs * 5 // 4000) * 1000
        more = b.TaskRaised(task=task.id, package=larger, because=f"{who} gave its package more room")
        return (more, b.TaskRetried(task=task.id, because=f"{who} said raise"))
    if word == "retry":
        return (b.TaskRetried(task=task.id, attempts=2, because=f"{who} said retry"),)
    if word == EXCEPT:
        return (*excepted(state, task, who), b.TaskRetried(task=task.id, because=f"{who} made an exception"))
    if word == "human":
        return (b.TaskRetried(task=task.id, role="human", because=f"a human takes it over, said {who}"),)
    if word == "skip":
        return (b.TaskCancelled(task=task.id, because=f"skipped by {who}"),)
    return ()


def _about_role(state: MissionState, item: Attention, word: str, who: str) -> tuple[b.Body, ...]:
    """What becomes of all tasks of a role that wait for the same. Raises RefusedError while the only one runs."""
    role = item.about.split(":")[1]
    waiting = [
        t for t in state.tasks.values() if t.role == role and t.state == "open" and (t.held or t.id in item.refs)
    ]
    tried = [name for name in item.refs if name in state.tasks and state.tasks[name].state == "running"]
    if tried and not waiting:
        raise RefusedError(f"{', '.join(tried)} is being tried again just now", "answer when that has failed")
    if word == "human":
        because = f"a human takes it over, said {who}"
        return tuple(b.TaskRetried(task=t.id, role="human", because=because) for t in waiting)
    return tuple(b.TaskCancelled(task=t.id, because=f"skipped by {who}") for t in waiting)


def _judge(state: MissionState, item: Attention, word: str, now: int, who: str) -> tuple[b.Body, ...]:
    branch = state.branches[item.branch]
    if branch.state not in {"open", "waiting"}:
        return ()
    if word == "extend":
        found = window_clause(state, branch)
        if found is None:
            raise RefusedError("this branch has no window to extend", "answer keep or prune")
        extended = b.BranchExtended(
            branch=branch.id, until=now + found[2], because=f"{who} said extend", clause="human"
        )
        return (extended, *window_timers(state, Mint(state), branch, found, now))
    return end_branch(state, branch, word, f"{who} said {word}", "human")


def _renew(state: MissionState, item: Attention, now: int) -> tuple[b.Body, ...]:
    return asked_for(state, [e for e in _of(state, item) if e.state in {"expired", "failed"}], now)


def _ask_again(state: MissionState, item: Attention, now: int) -> tuple[b.Body, ...]:
    """It was not sent, says a human, and is to be: the same bytes are asked about once more, for the approval that it
    left under was used up by that.
    """
    if state.status in OVER:
        raise RefusedError(f"the mission is {state.status}, and sends nothing again", "answer sent or not sent")
    return asked_for(state, _of(state, item), now)


def _of(state: MissionState, item: Attention) -> list[Effect]:
    return [state.effects[ref] for ref in item.refs]


def asked_for(
    state: MissionState, effects: list[Effect], now: int, without: Collection[str] = ()
) -> tuple[b.Body, ...]:
    """The same bytes are asked about once more, but those that break a rule which came since; rules `without` go.

    Raises `RefusedError` when all of them do, or nobody has looked yet.
    """
    if not effects:
        return ()
    if any((new := unjudged(state, effect.attempt, (effect,))) and new[0].id not in without for effect in effects):
        raise RefusedError("a rule came into force since it was written", "it is held to it now; answer then")
    bad = {effect.id: rule for effect in effects if (rule := breaks(state, effect)) and rule.id not in without}
    effects = [effect for effect in effects if effect.id not in bad]
    if not effects:
        name, rule = next(iter(bad.items()))
        raise RefusedError(f"{name} breaks {rule.id}: {rule.text}", f"drop it, or cockpit rules retire {rule.id}")
    expires = now + state.terms.terms(effects[0].verb).expires
    raised = b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="approve",
        title=f"{effects[0].verb} {counted(effects[0].url, len(effects))} via {effects[0].connector}",
        branch=effects[0].branch,
        task=effects[0].task,
        refs=tuple(e.id for e in effects),
        expires=expires,
        about=f"again:{effects[0].batch}:{now}",
    )
    return (*(b.EffectRenewed(effect=e.id, expires=expires) for e in effects), raised)


def _human_verdict(state: MissionState, item: Attention, command: Command, text: str, word: str) -> b.VerdictGiven:
    attempt = state.attempts[item.attempt]
    ok = word in YES
    line = b.VerdictLine(
        criterion="a human accepts it",
        ok=ok,
        detail="" if ok else text.partition(":")[2].strip() or text,
        by=command.actor,
    )
    stage = "duel" if item.about.startswith("duel:") else "human"
    told = {"task": attempt.task, "attempt": attempt.id, "stage": stage, "by": command.actor, "ok": ok}
    return b.VerdictGiven.model_validate({**told, "lines": (line,)})


def _end_parked(state: MissionState, item: Attention, text: str, made: b.DecisionMade) -> Outcome:
    """The answer ends the attempt that waited for it: it becomes the handoff of the human who gave it."""
    attempt = state.attempts[item.attempt]
    if attempt.state != "parked":
        raise RefusedError(f"{attempt.id} does not wait any more", f"cockpit why {attempt.id} tells what became of it")
    handoff = _human_handoff(state, state.tasks[attempt.task], attempt, text)
    content = canonical(handoff.model_dump(mode="json"))
    sha = sha256(content)
    bodies = (
        made,
        b.AttemptDelivered(attempt=attempt.id, handoff=sha, summary=handoff.summary),
        settle(state, attempt, Tokens() if attempt.worker == "human" else None, "useful"),
        b.AttentionResolved(attention=item.id, how="answered"),
    )
    return Outcome(bodies, Answer("done", ids=(attempt.id,)), {sha: content})


def _measured(state: MissionState, metric: str, text: str) -> EvidenceOut:
    """A human's number in the metric's own form; what is none stays text and fails the check that asks for it."""
    try:
        return EvidenceOut(metric=metric, value=parse_value(state.terms.evidence[metric].unit, text, where=metric))
    except (BadInputError, KeyError):
        return EvidenceOut(metric=metric, value=text)


def _human_handoff(state: MissionState, task: Task, attempt: Attempt, text: str) -> Handoff:
    if task.kind in {"review", "judge"}:
        subject = state.attempts[task.subject]
        word, _, detail = text.partition(":")
        ok = word.strip().casefold() in YES
        asked = reviewed_criteria(state, state.tasks[subject.task])
        asked = duel.asked(asked) if task.kind == "judge" else asked
        verdicts = tuple(CriterionVerdict(criterion=c, ok=ok, detail=detail.strip()[:2000]) for c in asked)
        return Handoff(summary=text[:2000], verdicts=verdicts)
    if task.kind == "plan":
        return Handoff(summary=text[:2000], patch=read(text.encode("utf-8", "replace"), "your patch").stored())
    promised = promised_metrics(state, task)
    if len(promised) == 1:
        return Handoff(summary=text[:2000], evidence=(_measured(state, promised[0], text.strip()[:200]),))
    return Handoff(
        summary=text[:2000], decisions=(f"{attempt.question[:300]} → {text[:1500]}",) if attempt.question else ()
    )
