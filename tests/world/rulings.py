"""P25: rejections that become rules, what models make of them, and that no draft that breaks one reaches a human.

The human rules in every third seed; what a rule forbids and what a draft says is read here from raw events and blobs,
by a reading of its own.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from engine.ledger.protocol import Event
from engine.state.model import OVER, MissionState
from engine.values import HOME, MissionId, Sha256
from engine.workers.protocol import Handoff

OFTEN = 0.35
"""In so many seeds the human rules."""
REASONS = (
    *("banned word: rehearsed", "banned word: rehearsed", "too long", 'never say "useful"', "wrong tone"),
    *("no exclamation marks", "claims we cannot back", 'always say "call"', "banned words: call, meeting"),
)
SCOPES = ("task", "branch", "mission", "mission", "user", "none")
Submit = Callable[[MissionId, str, dict[str, Any]], Awaitable[str]]


class Ruler:
    """What the human of some seeds makes of rejections, and of rules and learnings later."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.rules = dice.random() < OFTEN

    def rejects(self) -> bool:
        """Whether an approval that would be given is refused, for its reason to become a rule."""
        return self.rules and self._dice.random() < 0.4

    def rejection(self, attention: str) -> dict[str, Any]:
        """A rejection with a rule, mostly."""
        strength = "should" if self._dice.random() < 0.15 else "must"
        told = {"attention": attention, "because": self._dice.choice(REASONS), "rule": self._dice.choice(SCOPES)}
        return {**told, "strength": strength, "undo": self._dice.random() < 0.5}

    def takes_back(self) -> bool:
        """Whether it is taken back at once."""
        return self._dice.random() < 0.3

    async def whim(self, state: MissionState, submit: Submit) -> None:
        """Something about rules or learnings, now and then."""
        if not self.rules or state.contract is None or state.status in OVER or self._dice.random() > 0.12:
            return
        rules = [rule.id for rule in state.rules.values() if not rule.retired]
        learnt = [item.id for item in state.items.values() if item.kind == "learning" and not item.source]
        what = self._dice.choice(["rule", "retire", "promote", "promote", "dismiss", "consolidate", "home"])
        if what == "rule":
            body = {"because": self._dice.choice(REASONS), "verb": "send", "rule": "mission"}
            await submit(state.id, "rule", body)
        elif what == "home":
            await submit(HOME, "rule", {"because": self._dice.choice(REASONS), "verb": "send", "rule": "user"})
        elif what == "retire" and rules and self._dice.random() < 0.4:
            await submit(state.id, "retire", {"id": self._dice.choice(rules), "because": "never mind"})
        elif what in {"promote", "dismiss"} and learnt:
            await submit(state.id, what, {"id": self._dice.choice(learnt), "because": "it is so"})
        elif what == "consolidate":
            await submit(state.id, "consolidate", {"digest": "0" * 64})


def obeyed(handoff: Handoff, package: str, dice: random.Random) -> Handoff:
    """A model's work as one writes it that sometimes heeds the rules of its package and sometimes does not."""
    floor = package.partition("## Rules in force")[2].partition("\n## ")[0]
    if not floor or dice.random() < 0.5:
        return handoff
    words = [word for line in floor.splitlines() if "Never" in line for word in re.findall("“([^”]+)”", line)]
    effects = []
    for effect in handoff.effects:
        subject, body = effect.subject, effect.body
        for word in words:
            subject, body = (re.sub(re.escape(word), "", text, flags=re.IGNORECASE) for text in (subject, body))
        if "At least" not in floor and "at most" in floor:
            body = body[: max(len(body) // 2, 20)]
        effects.append(effect.model_copy(update={"subject": subject.strip(), "body": body}))
    return handoff.model_copy(update={"effects": tuple(effects)})


def ruled(slug: str, events: list[Event], blobs: Mapping[Sha256, bytes]) -> Iterator[str]:
    """P25: whatever is put before a human obeys every must that binds it and that a machine can check."""
    tasks: dict[str, Mapping[str, Any]] = {}
    attempts: dict[str, dict[str, Any]] = {}
    effects: dict[str, Mapping[str, Any]] = {}
    refused: dict[str, set[int]] = {}
    rules: dict[str, Mapping[str, Any]] = {}
    without: set[tuple[str, str]] = set()
    for event in events:
        body = event.body
        match event.kind:
            case "task.added":
                tasks[body["task"]] = body
            case "attempt.dispatched":
                attempts[body["attempt"]] = dict(body)
            case "attempt.delivered":
                attempts[body["attempt"]]["handoff"] = body["handoff"]
            case "effect.refused":
                refused.setdefault(body["attempt"], set()).add(body["index"])
            case "effect.proposed":
                effects[body["effect"]] = body
            case "rule.adopted":
                rules[body["rule"]] = body
                for old in body.get("supersedes", ()):
                    rules.pop(old, None)
                yield from _made_by_a_human(slug, event)
            case "rule.retired":
                rules.pop(body["rule"], None)
            case "rule.excepted":
                without.add((body["rule"], body["task"]))
            case "learning.promoted" if not event.actor.startswith("human:"):
                yield f"P25 {slug}/{body['learning']} was promoted by {event.actor}"
            case "attention.raised" if body["kind"] == "approve":
                for ref in body["refs"]:
                    effect = effects.get(ref)
                    if effect is None or effect.get("replaces") or attempts[effect["attempt"]]["worker"] != "model":
                        continue
                    text = _text(attempts[effect["attempt"]], ref, effects, refused, blobs)
                    for rule in _binding(tasks[effect["task"]], effect, rules, without):
                        if text is not None and (word := _broken(rule["check"], text)):
                            yield f"P25 {slug}/{ref} breaks {rule['rule']} ({word}) and was put before a human"


def _made_by_a_human(slug: str, event: Event) -> Iterator[str]:
    if not event.actor.startswith("human:") and not event.body.get("source", "").startswith("home/"):
        yield f"P25 {slug}/{event.body['rule']} was made by {event.actor}"


def _binding(
    task: Mapping[str, Any],
    effect: Mapping[str, Any],
    rules: Mapping[str, Mapping[str, Any]],
    without: set[tuple[str, str]],
) -> list[Mapping[str, Any]]:
    """The musts that bind an effect, but those that give way to another."""
    found = {
        name: rule
        for name, rule in rules.items()
        if rule.get("branch", "") in {"", effect["branch"]}
        and (not rule.get("tasks") or effect["task"] in rule["tasks"])
        and (not rule.get("roles") or task["role"] in rule["roles"])
        and (not rule.get("verbs") or effect["verb"] in rule["verbs"])
        and (name, effect["task"]) not in without
    }
    over = {old for rule in found.values() for old in rule.get("overrules", ())}
    over |= {name for name, rule in found.items() if not found.keys().isdisjoint(rule.get("yields_to", ()))}
    return [
        rule
        for name, rule in found.items()
        if name not in over and rule.get("strength", "must") == "must" and rule.get("check")
    ]


def _text(
    attempt: Mapping[str, Any],
    ref: str,
    effects: Mapping[str, Mapping[str, Any]],
    refused: Mapping[str, set[int]],
    blobs: Mapping[Sha256, bytes],
) -> str | None:
    """What a model wrote of an effect, from its handoff; None where a person in it was forgotten."""
    said = json.loads(blobs.get(Sha256(attempt["handoff"]), b"null"))
    if said is None:
        return None
    own = [n for n, e in effects.items() if e["attempt"] == attempt["attempt"] and not e.get("replaces")]
    own.sort(key=lambda name: int(name[1:]))
    places = [n for n in range(len(said["effects"])) if n not in refused.get(attempt["attempt"], ())]
    written = said["effects"][places[own.index(ref)]]
    return f"{written['subject']}\n{written['body']}"


def _broken(check: Mapping[str, Any], text: str) -> str:
    """How a text breaks a check, read in the simplest way; empty when it does not."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    if check.get("kind") == "lexicon":
        found = [word for word in check["words"] if word.casefold() in words]
        if check.get("wants"):
            return "" if found else f"without {check['words']}"
        return ", ".join(found)
    if check.get("kind") == "length" and check.get("most") and len(text.split()) > check["most"]:
        return f"{len(text.split())} words"
    if check.get("kind") == "regex" and check.get("pattern") == "!":
        return "!" if "!" in text else ""
    return ""
