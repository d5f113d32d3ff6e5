"""What stands beyond one mission comes into it, and what waits for a human is held to rules that came later. Pure.

Rules for all missions and learnings of others become facts of this one, so that packages, verdicts and receipts
follow from its own events alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.learnings.offer import offers
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Recheck, Record
from engine.loop.rulings import tries, unjudged, with_conflicts
from engine.loop.world import World
from engine.rules.carried import carried
from engine.rules.check import breach
from engine.rules.texts import Contents, of_effects
from engine.state.model import Effect, Mint, MissionState


def from_home(state: MissionState, _now: int, world: World) -> Iterator[Intent]:
    """Take over the rules for all missions, let go of those that were retired, and hear what others learnt."""
    mint, out = Mint(state), list[b.Body]()
    ours = {rule.source: rule for rule in state.rules.values() if rule.source}
    for rule in world.home.rules.values():
        name = f"home/{rule.id}"
        made_here = rule.source.startswith(f"{state.id}/")
        own = state.rules.get(rule.source.rpartition("/")[2]) if made_here else ours.get(name)
        if rule.in_force(state.last_at) and own is None and not made_here:
            out += with_conflicts(state, carried(rule, mint("R"), source=name, origin=rule.source), mint)
        elif rule.retired and own is not None and not own.retired:
            out.append(b.RuleRetired(rule=own.id, because=f"{name}: {rule.retired}"))
    if state.planned:
        out += [
            b.LearningRecorded(
                learning=mint("L"),
                text=learnt.text,
                branch=next(iter(state.branches), ""),
                evidence=learnt.evidence,
                source=f"home/{learnt.id}",
                score=score,
            )
            for learnt, score in offers(state, world.home)
        ]
    told = {item.source: item for item in state.items.values() if item.source and item.status == "active"}
    out += [
        b.LearningDismissed(learning=told[f"home/{learnt.id}"].id, because="it was dismissed where it was learnt")
        for learnt in world.home.learnings.values()
        if learnt.dismissed and f"home/{learnt.id}" in told
    ]
    if out:
        yield Record(tuple(out))


HELD = frozenset({"awaiting", "expired", "failed", "unknown"})
"""Effects that wait for a human, or that a human may ask about again."""


def hold_to_rules(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """What was written before a rule and waits for a human, or may again, is held to it before anybody approves it."""
    waiting: dict[str, list[Effect]] = {}
    for effect in state.effects.values():
        if effect.state in HELD:
            waiting.setdefault(effect.attempt, []).append(effect)
    for attempt, effects in waiting.items():
        if (found := unjudged(state, attempt, effects)) is not None:
            rule, late = found
            yield Recheck(rule.id, late)
            return


def recheck(state: MissionState, rule: str, effects: tuple[str, ...], contents: Contents) -> tuple[b.Body, ...]:
    """What was found of effects that waited: what breaks the rule is taken back with all that its attempt proposed and
    that still waits, and written again.
    """
    known, told = state.rules[rule], of_effects(state, effects, contents)
    found = {name: breach(known.check, text, state.evidence) for name, text in told.items()}
    broken = tuple(name for name in effects if found.get(name) is not None)
    out: list[b.Body] = [b.RuleJudged(rule=rule, effects=effects, broken=broken)]
    waiting = [name for name in broken if state.effects[name].state == "awaiting"]
    for attempt in dict.fromkeys(state.effects[name].attempt for name in waiting):
        first = next(name for name in waiting if state.effects[name].attempt == attempt)
        wrong = found[first]
        because = f"{rule} came into force: {wrong.why if wrong is not None else ''}"
        out += [
            b.EffectWithdrawn(effect=effect.id, because=because)
            for effect in state.effects.values()
            if effect.attempt == attempt and effect.state == "awaiting"
        ]
        task = state.tasks[state.effects[first].task]
        if task.state == "accepted":
            out.append(b.TaskRetried(task=task.id, attempts=tries(task), because=because))
    return tuple(out)
