"""Amending a mission that is under way: the command `amend`, and verbs that the queue settles. Pure, given the contents
of blobs.

The command is bound to the digest that the preview showed: what changed since is refused, and looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.amending.planned import same_terms
from engine.amending.proposal import propose
from engine.amending.single import amended, faults, with_verb
from engine.context.fence import visible
from engine.contract.case import Provided
from engine.contract.model import INWARD, Contract
from engine.errors import CockpitError
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.outcome import Outcome, RefusedError, changed, refused_contract
from engine.redaction import Redactor
from engine.state.model import OVER, Attempt, Attention, Mint, MissionState, Task
from engine.values import Sha256


def amend(
    state: MissionState,
    command: Command,
    now: int,
    *,
    contents: Mapping[Sha256, bytes | None],
    provided: Provided,
    redactor: Redactor | None = None,
) -> Outcome:
    """The facts of an amendment, or the refusal with the first of its reasons."""
    try:
        return _amend(state, command, now, contents, provided, redactor)
    except (RefusedError, CockpitError) as refusal:
        return Outcome(answer=Answer("refused", str(refusal)))


def _amend(
    state: MissionState,
    command: Command,
    now: int,
    contents: Mapping[Sha256, bytes | None],
    provided: Provided,
    redactor: Redactor | None,
) -> Outcome:
    if state.contract is None:
        raise RefusedError(f"there is no mission {command.mission}", "cockpit ls lists them")
    body = command.body
    name = str(body.get("name", "contract"))
    data = contents.get(Sha256(str(body.get("source", ""))))
    if data is None:
        raise RefusedError(f"{name}: its bytes were not given", f"ask again: cockpit amend {state.id} FILE")
    inputs = {}
    for key, ref in body.get("inputs", {}).items():
        content = contents.get(Sha256(str(ref.get("sha", ""))))
        if content is None:
            raise RefusedError(
                f"inputs.{key}: its bytes were not given",
                f"put the file where the contract says, then cockpit amend {state.id} FILE",
            )
        inputs[str(key)] = content
    because = str(body.get("because", ""))
    files = {}
    for key, ref in body.get("files", {}).items():
        content = contents.get(Sha256(str(ref.get("sha", ""))))
        if content is None:
            raise RefusedError(
                f"{str(key)[:100]}: its bytes were not given", f"ask again: cockpit amend {state.id} FILE"
            )
        files[str(key)] = content
    proposal = propose(
        state, data, name, inputs, now, because=because, provided=provided, files=files, redactor=redactor
    )
    if proposal.amendment is None:
        raise refused_contract(proposal.errors[0])
    amendment = proposal.amendment
    if body.get("digest") != amendment.digest:
        raise changed(state)
    made = b.DecisionMade(
        what="amend",
        subject=str(state.id),
        digest=amendment.digest,
        text=because or "; ".join(change.path for change in amendment.changes)[:1900],
        scripted=bool(body.get("scripted")),
    )
    return Outcome((made, *amendment.bodies), Answer("done", ids=(f"rev {amendment.rev}",)))


def ask_about_denied(
    state: MissionState, task: Task, attempt: Attempt, refused: Sequence[b.Body], mint: Mint
) -> list[b.Body]:
    """A verb that the contract neither allows nor restricts is denied, and a human hears of it, once for each verb. The
    contract can be amended in the answer, where that is enough to let it pass.
    """
    asked = state.asked
    verbs = {body.verb for body in refused if isinstance(body, b.EffectRefused) and body.code == "denied"}
    return [_ask(state, task, attempt, verb, mint) for verb in sorted(verbs) if f"denied:{verb}" not in asked]


def _ask(state: MissionState, task: Task, attempt: Attempt, verb: str, mint: Mint) -> b.AttentionRaised:
    way = _way(state.terms, verb)
    wrong = faults(state, _settled(state.terms, verb, way, task)) if way else ()
    if way and not wrong:
        then = "each one then waits for your approval" if way == "restrict" else "nobody asks again then"
        detail = f"{way}: the contract is amended, {then}, and the task is done again"
    elif way:
        detail = f"it cannot be {way}ed as the contract is: {wrong[0]}; cockpit amend takes a new one"
    else:
        detail = "refused; it is no verb of the contract"
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="answer",
        title=f"{task.title} wants to {visible(verb)[:40]}, which its contract does not let it propose",
        branch=task.branch,
        task=task.id,
        attempt=attempt.id,
        detail=detail[:2000],
        choices=(way, "refuse", "stop") if way and not wrong else ("refuse", "stop"),
        about=f"denied:{verb}",
    )


def _way(contract: Contract, verb: str) -> str:
    if contract.outward(verb):
        return "restrict"
    return "allow" if verb in INWARD or verb in contract.verbs else ""


def _settled(contract: Contract, verb: str, way: str, task: Task) -> Contract:
    return with_verb(contract, verb, "restrict" if way == "restrict" else "allow", task.key)


def settle_verb(state: MissionState, item: Attention, word: str, now: int, who: str) -> tuple[b.Body, ...]:
    """The amendment that an answer about a denied verb asks for, and the task that wanted it done again.

    Raises `SaysNoError` where the contract cannot be held then.
    """
    verb, task = item.about.partition(":")[2], state.tasks.get(item.task)
    if word not in {"allow", "restrict"} or task is None or state.status in OVER:
        return ()
    contract = _settled(state.terms, verb, word, task)
    bodies = amended(state, contract, now, because=f"{who} said to {word} {verb}")
    if task.state != "accepted":
        return bodies
    proposes = tuple(dict.fromkeys((*task.proposes, verb))) if word == "restrict" else task.proposes
    again = b.TaskRetried(task=task.id, because=f"it may {verb} now")
    return (*bodies, same_terms(task, proposes=proposes), again)
