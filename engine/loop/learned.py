"""What humans make of learnings: they vouch for one, or say that it is none; and what then stands in the home stream.
Pure.

What a worker says it has learnt is proposed, and told to nobody, until a human promotes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.outcome import Outcome, RefusedError
from engine.loop.rulings import last_day, uses, written
from engine.rules.carried import carried
from engine.rules.draft import LONGEST
from engine.state.home import HomeState
from engine.state.knowledge import Item
from engine.state.model import MissionState


def _learning(state: MissionState, command: Command) -> Item:
    item = state.items.get(str(command.body.get("id", "")).removeprefix(f"{state.id}/"))
    if item is None or item.kind != "learning":
        raise RefusedError("there is no such learning", "cockpit learnings lists them")
    return item


def _decided(command: Command, what: str, item: Item) -> b.DecisionMade:
    because = str(command.body.get("because", ""))[:1900]
    return b.DecisionMade(what=what, subject=item.id, text=because, scripted=bool(command.body.get("scripted")))


def promote(state: MissionState, command: Command, _now: int) -> Outcome:
    """A human vouches for a learning. Raises RefusedError."""
    item = _learning(state, command)
    if item.source:
        raise RefusedError(f"{item.id} comes from {item.source}, and was promoted there", "nothing is left to do")
    if item.status == "active":
        raise RefusedError(f"{item.id} is active already", "cockpit learnings shows it")
    because = str(command.body.get("because", "")).strip()[:1900]
    bodies = (_decided(command, "promote", item), b.LearningPromoted(learning=item.id, because=because))
    return Outcome(bodies, Answer("done", ids=(item.id,)))


def dismiss(state: MissionState, command: Command, _now: int) -> Outcome:
    """A human says that a learning is none. Raises RefusedError."""
    item = _learning(state, command)
    if item.status == "retracted":
        raise RefusedError(f"{item.id} was dismissed already", "cockpit learnings lists those that were not")
    because = str(command.body.get("because", "")).strip()[:1900]
    bodies = (_decided(command, "dismiss", item), b.LearningDismissed(learning=item.id, because=because))
    return Outcome(bodies, Answer("done", ids=(item.id,)))


def for_home(state: MissionState, home: HomeState) -> tuple[b.Body, ...]:
    """What a mission's decisions mean for all others and the home stream does not say yet: rules for all missions, and
    learnings that were promoted or dismissed. What is rehearsed means nothing for others.

    Told again after a crash, it counts once: each entry names what it comes from.
    """
    if state.rehearsed or state.contract is None:
        return ()
    out: list[b.Body] = []
    rules = {rule.source: rule for rule in home.rules.values()}
    learnt = {one.source: one for one in home.learnings.values()}
    numbers = {"R": _last(home.rules), "L": _last(home.learnings)}

    def mint(letter: str) -> str:
        numbers[letter] += 1
        return f"{letter}{numbers[letter]}"

    for rule in state.rules.values():
        name = f"{state.id}/{rule.id}"
        if rule.wide and not rule.source and not rule.retired and name not in rules:
            out.append(carried(rule, mint("R"), source=name, origin=rule.origin, wide=True))
        elif rule.wide and not rule.source and rule.retired and name in rules and not rules[name].retired:
            out.append(b.RuleRetired(rule=rules[name].id, because=f"{name}: {rule.retired}"))
    for item in state.items.values():
        name = f"{state.id}/{item.id}"
        if item.kind != "learning" or item.source:
            continue
        if item.status == "active" and item.because and name not in learnt:
            evidence = tuple(f"{state.id}/{one}" for one in item.evidence)
            out.append(
                b.LearningRecorded(learning=mint("L"), text=item.text, branch="", evidence=evidence, source=name)
            )
        elif item.status == "retracted" and name in learnt and not learnt[name].dismissed:
            out.append(b.LearningDismissed(learning=learnt[name].id, because=item.because))
        elif item.status == "active" and name in learnt and learnt[name].dismissed:
            out.append(b.LearningPromoted(learning=learnt[name].id, because=item.because))
    return tuple(out)


def _last(known: Iterable[str]) -> int:
    return max((int(name[1:]) for name in known if name[1:].isdecimal()), default=0)


Told = b.RuleAdopted | b.RuleRetired | b.LearningPromoted | b.LearningDismissed


def at_home(home: HomeState, command: Command, now: int = 0) -> Told:
    """What a command about all missions means. Raises RefusedError."""
    name, because = str(command.body.get("id", "")).rpartition("/")[2], str(command.body.get("because", "")).strip()
    if command.kind == "rule":
        text = " ".join(because.split())[:LONGEST]
        if not text:
            raise RefusedError("a rule needs a text", "write what must hold")
        if any(rule.text == text and not rule.retired for rule in home.rules.values()):
            raise RefusedError("there is such a rule already", "cockpit rules lists it")
        proved, verb = written(command, text), str(command.body.get("verb", ""))
        return b.RuleAdopted(
            rule=f"R{_last(home.rules) + 1}",
            text=proved.text,
            verbs=(verb,) if verb else (),
            strength="should" if command.body.get("strength") == "should" else "must",
            check=proved.check,
            downgraded=proved.downgraded,
            wide=True,
            expires=last_day(command, now),
            review_after=uses(command),
        )
    if command.kind == "retire":
        rule = home.rules.get(name)
        if rule is None or rule.retired:
            raise RefusedError(
                f"{name} binds nobody: {rule.retired}" if rule else "there is no such rule",
                "cockpit rules lists those that bind",
            )
        return b.RuleRetired(rule=name, because=because[:LONGEST] or f"{command.actor} retired it")
    known = home.learnings.get(name)
    if known is None or known.dismissed is (command.kind == "dismiss"):
        raise RefusedError(f"there is no such learning to {command.kind}", "cockpit learnings lists them")
    made = b.LearningDismissed if command.kind == "dismiss" else b.LearningPromoted
    return made(learning=name, because=because[:LONGEST] or f"{command.actor} said {command.kind}")
