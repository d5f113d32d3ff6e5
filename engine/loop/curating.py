"""What a human says about curated state: something new, that an item is wrong, or that it holds. Pure."""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.outcome import Outcome, RefusedError
from engine.loop.taken import moment_of, scope_of
from engine.state.model import OVER, Item, Mint, MissionState

LETTERS = {"decision": "D", "assumption": "S", "claim": "C", "question": "U"}
OPEN = frozenset({"proposed", "contested", "active", "suspect", "expired"})


def note(state: MissionState, command: Command, now: int) -> Outcome:
    """Record an item in a human's name; it overrules what workers said, and no worker overrules it."""
    if state.status in OVER:
        raise RefusedError(
            f"the mission is {state.status}, and nothing more is recorded of it",
            f"cockpit state {state.id} shows what is known",
        )
    body = command.body
    kind, text = str(body.get("sort") or "decision"), str(body.get("text", "")).strip()
    if kind not in LETTERS:
        raise RefusedError(f"{kind} is no kind of item", f"say one of {', '.join(LETTERS)}")
    if not text:
        raise RefusedError("it needs a text", "say what holds")
    name = str(body.get("branch") or next(iter(state.branches), ""))
    branch = state.branch(name.removeprefix(f"{state.id}/"))
    if branch is None:
        raise RefusedError(f"there is no branch {name}", f"cockpit branches {state.id} lists them")
    until = str(body.get("until", ""))
    expires = moment_of(until, now)
    if until.strip() and not now < expires:
        raise RefusedError(f"{until} is no time to come", "say 14d, or a date such as 2026-12-31")
    supports = _known(state, _list(body.get("supports")), {**state.items, **state.evidence, **state.artifacts})
    scope = _list(body.get("scope"))
    if len(scope_of(scope)) != len(set(scope)):
        raise RefusedError("the scope cannot be read", "write key:value, such as role:writer or audience:founders")
    item = Mint(state)(LETTERS[kind])
    recorded = b.ItemRecorded.model_validate(
        {
            "item": item,
            "kind": kind,
            "text": text[:2_000],
            "branch": branch.id,
            "origin": "human",
            "trust": "human",
            "subject": str(body.get("subject") or "")[:200],
            "value": str(body.get("value") or "")[:2_000],
            "scope": scope_of(scope),
            "supports": (supports,) if supports else (),
            "supersedes": _known(state, _list(body.get("supersedes")), dict(state.items)),
            "expires": expires,
            "pin": bool(body.get("pin")),
        }
    )
    return Outcome((_made("note", item, text, command), recorded), Answer("done", ids=(item,)))


def retract(state: MissionState, command: Command, _now: int) -> Outcome:
    """Take an item back."""
    item, because = _item(state, command), _because(command)
    if item.status not in OPEN:
        raise RefusedError(f"{item.id} is {item.status} already", f"cockpit why {item.id} tells since when")
    bodies = (_made("retract", item.id, because, command), b.ItemRetracted(item=item.id, because=because))
    return Outcome(bodies, Answer("done", ids=(item.id,)))


def uphold(state: MissionState, command: Command, _now: int) -> Outcome:
    """An item holds, says a human: what is contested or proposed is in force; what is suspect or expired is said anew,
    resting on their word alone.
    """
    item, because = _item(state, command), _because(command)
    made = _made("uphold", item.id, because, command)
    if item.status in {"contested", "proposed"}:
        return Outcome((made, b.ItemAdopted(item=item.id, because=because)), Answer("done", ids=(item.id,)))
    if item.status not in {"suspect", "expired"} or item.kind not in LETTERS:
        raise RefusedError(f"{item.id} is {item.status}", "uphold what is suspect, expired, contested or proposed")
    name = Mint(state)(LETTERS[item.kind])
    again = b.ItemRecorded.model_validate(
        {
            "item": name,
            "kind": item.kind,
            "text": item.text,
            "branch": item.branch,
            "origin": "human",
            "trust": "human",
            "privacy": item.privacy,
            "supersedes": (item.id,),
            "subject": item.subject,
            "value": item.value,
            "scope": item.scope,
            "pin": item.pin,
            "brief": item.brief,
        }
    )
    return Outcome((made, again), Answer("done", ids=(name,)))


def _item(state: MissionState, command: Command) -> Item:
    name = str(command.body.get("item", "")).removeprefix(f"{state.id}/")
    if (item := state.items.get(name)) is None:
        raise RefusedError(f"there is no item {name or 'without a name'}", f"cockpit state {state.id} lists them")
    return item


def _because(command: Command) -> str:
    because = str(command.body.get("because", "")).strip()
    if not because:
        raise RefusedError("it needs a reason", "say it: --because TEXT")
    return because[:1900]


def _made(what: str, subject: str, text: str, command: Command) -> b.DecisionMade:
    return b.DecisionMade(what=what, subject=subject, text=text[:1900], scripted=bool(command.body.get("scripted")))


def _list(value: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(value or "").split(",") if part.strip())


def _known(state: MissionState, names: tuple[str, ...], among: dict[str, object]) -> tuple[str, ...]:
    short = tuple(dict.fromkeys(name.removeprefix(f"{state.id}/") for name in names))
    if unknown := [name for name in short if name not in among]:
        raise RefusedError(f"{', '.join(unknown)} is not known", f"cockpit state {state.id} lists what is")
    return short
