"""What becomes of effects whose judging clauses changed: they wait for a human again, or cannot leave any more. Pure.

An approval binds to the digest of the clauses that judged the effect, not to the revision: what no change touches
lives on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from engine.contract.model import Contract
from engine.effects.compose import counted
from engine.governance.clauses import clauses_digest, tool_for
from engine.ledger import bodies as b
from engine.state.model import Effect, Mint, MissionState
from engine.values import Sha256

WAITS = frozenset({"awaiting", "approved"})
_REVIVED = frozenset({"expired", "failed"})
"""Effects that a human may ask for again with the same bytes."""
SANDBOX = "sandbox"


def touched(state: MissionState, contract: Contract) -> list[Effect]:
    """Effects that wait, were approved, or may be asked for again, and that other clauses would judge now."""
    digests: dict[str, Sha256] = {}
    found = []
    for effect in state.effects.values():
        if effect.state in WAITS | _REVIVED:
            if effect.verb not in digests:
                digests[effect.verb] = clauses_digest(contract, effect.verb)
            if digests[effect.verb] != effect.clauses:
                found.append(effect)
    return found


def barred(effect: Effect, contract: Contract) -> str:
    """Why an effect cannot leave under a contract at all, whoever approves it; empty when it can."""
    if effect.verb not in contract.actions.restricted:
        return f"the contract does not let it {effect.verb} any more"
    found = tool_for(contract, effect.verb)
    if found is None:
        return f"no tool of the contract carries {effect.verb} any more"
    if effect.connector not in {found[1].connector, SANDBOX}:
        return (
            f"the contract gives {effect.verb} to {found[1].connector} now, and these bytes are for {effect.connector}"
        )
    return ""


def reconsider(
    state: MissionState, contract: Contract, mint: Mint, now: int, because: str, *, but: Collection[str] = ()
) -> Iterator[b.Body]:
    """The facts for all effects (`but` those) that other clauses judge now, and the questions that follow from them."""
    found = [effect for effect in touched(state, contract) if effect.id not in but]
    gone = [effect for effect in found if barred(effect, contract) and effect.state != "failed"]
    back = [effect for effect in found if not barred(effect, contract)]
    for effect in gone:
        yield b.EffectWithdrawn(effect=effect.id, because=barred(effect, contract))
    for effect in back:
        digest, expires = clauses_digest(contract, effect.verb), now + contract.terms(effect.verb).expires
        yield b.EffectReturned(effect=effect.id, clauses=digest, expires=expires, because=because)
    lost = {effect.id for effect in gone}
    moved = lost | {effect.id for effect in back if effect.state in WAITS}
    for item in state.attention.values():
        asks_again = item.about.partition(":")[0] == "expired" and lost.issuperset(item.refs)
        if asks_again or (item.kind == "approve" and moved.intersection(item.refs)):
            yield b.AttentionResolved(attention=item.id, how="moot: a clause that judges it has changed")
    asked = [effect for effect in back if effect.state in WAITS]
    for group in _batches(asked, contract):
        yield _approval(group, mint, contract, now, because)
    for group in _batches(gone, contract):
        yield _rewrite(state, group, mint, barred(group[0], contract))


def _batches(effects: Iterable[Effect], contract: Contract) -> Iterator[Sequence[Effect]]:
    groups: dict[str, list[Effect]] = {}
    for effect in effects:
        groups.setdefault(effect.batch, []).append(effect)
    for group in groups.values():
        size = contract.terms(group[0].verb).batch
        yield from (group[start : start + size] for start in range(0, len(group), size))


def _approval(group: Sequence[Effect], mint: Mint, contract: Contract, now: int, because: str) -> b.AttentionRaised:
    first = group[0]
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="approve",
        title=f"{first.verb} {counted(first.url, len(group))} via {first.connector}",
        branch=first.branch,
        task=first.task,
        attempt=first.attempt,
        refs=tuple(effect.id for effect in group),
        detail=because,
        expires=now + contract.terms(first.verb).expires,
        about=f"again:{first.batch}:{now}:{first.id}",
    )


def _rewrite(state: MissionState, group: Sequence[Effect], mint: Mint, why: str) -> b.AttentionRaised:
    first = group[0]
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="answer",
        title=f"{len(group)} × {first.verb} withdrawn: write again, or drop?",
        branch=first.branch,
        task=first.task,
        refs=tuple(effect.id for effect in group),
        detail=why,
        choices=("write again", "drop"),
        about=f"sender:{first.batch}:{state.rev}:{first.id}",
    )
