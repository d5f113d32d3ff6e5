"""The part of the fold that is about tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ledger import bodies as b
from engine.ledger.protocol import Event
from engine.state.model import MissionState
from engine.state.tools import Begun, Pin, Pull, Tool, Wanted


def tool(s: MissionState, name: str) -> Tool:
    """What is known of a tool; begins with nothing."""
    return s.tools.setdefault(name, Tool(name))


def _probed(s: MissionState, e: b.ToolProbed, ev: Event) -> None:
    it = tool(s, e.tool)
    it.up, it.because, it.mend, it.at, it.until = e.up, e.because, e.mend, ev.at, e.until
    it.looks += 1
    if e.up:
        it.identity, it.listed, it.down_since, it.failures = e.identity, True, 0, 0
    else:
        it.down_since, it.failures = it.down_since or ev.at, it.failures + 1


def _pinned(s: MissionState, e: b.ToolPinned, ev: Event) -> None:
    it = tool(s, e.tool)
    it.pins[e.operation] = Pin(e.pin, e.spec, e.identity, ev.at, e.source)
    it.drift.pop(e.operation, None)


def _unpinned(s: MissionState, e: b.ToolUnpinned, _ev: Event) -> None:
    it = tool(s, e.tool)
    it.pins.pop(e.operation, None)
    it.drift.pop(e.operation, None)


def _drifted(s: MissionState, e: b.ToolDrifted, _ev: Event) -> None:
    it = tool(s, e.tool)
    if e.pin and e.now == e.pin:
        it.drift.pop(e.operation, None)  # it is again what was granted
    else:
        it.drift[e.operation] = e


def _begun(s: MissionState, e: b.ToolBegun, ev: Event) -> None:
    s.begun[e.call] = Begun(e.call, e.attempt, e.task, e.tool, e.operation, ev.at)


def _unanswered(s: MissionState, e: b.ToolUnanswered, _ev: Event) -> None:
    if e.call in s.begun:
        s.unanswered[e.call] = s.begun.pop(e.call)


def _called(s: MissionState, e: b.ToolCalled, _ev: Event) -> None:
    it = tool(s, e.tool)
    s.begun.pop(e.call, None)
    s.unanswered.pop(e.call, None)  # its end came late
    it.calls += 1
    it.failed += not e.ok
    it.used[e.operation] = it.used.get(e.operation, 0) + 1
    if e.wanted in s.wanted:
        s.wanted[e.wanted].state, s.wanted[e.wanted].call = "used", e.call
    attempt = s.attempts.get(e.attempt)
    if attempt is not None:
        attempt.calls += 1
        attempt.label = e.after if attempt.label is None else _worse(attempt.label, e.after)
        if e.unsourced:
            attempt.unsourced = (*attempt.unsourced, f"{e.tool} {e.operation} ({e.call})")


def _pulled(s: MissionState, e: b.ContextPulled, ev: Event) -> None:
    s.pulls[e.call] = Pull(
        call=e.call,
        attempt=e.attempt,
        task=e.task,
        role=e.role,
        branch=s.tasks[e.task].branch,
        operation=e.operation,
        arguments=e.arguments,
        items=tuple(one.id for one in e.items if one.form != "known"),
        untold=tuple((one.id, one.code) for one in e.untold),
        tokens=e.tokens,
        at=ev.at,
    )


def _worse(one: b.Marked, other: b.Marked) -> b.Marked:
    """Calls of one attempt run side by side: each knows what came back before it."""
    order = ("public", "private", "secret")
    return b.Marked(
        integrity="untrusted" if "untrusted" in (one.integrity, other.integrity) else "trusted",
        secrecy=max(one.secrecy, other.secrecy, key=order.index),
        steered_by=tuple(sorted({*one.steered_by, *other.steered_by})),
        holds=tuple(sorted({*one.holds, *other.holds})),
    )


def _refused(s: MissionState, e: b.ToolRefused, _ev: Event) -> None:
    if e.tool in s.terms.tools:
        tool(s, e.tool).refused += 1
    attempt = s.attempts.get(e.attempt)
    if attempt is not None:
        attempt.refusals += 1


def _asked(s: MissionState, e: b.ToolAsked, ev: Event) -> None:
    tool(s, e.tool).asked += 1
    task = s.tasks[e.task]
    s.wanted[e.wanted] = Wanted(
        id=e.wanted,
        attempt=e.attempt,
        task=e.task,
        role=e.role,
        branch=task.branch,
        tool=e.tool,
        operation=e.operation,
        verb=e.verb,
        digest=e.digest,
        content=e.content,
        pin=e.pin,
        clauses=e.clauses,
        hosts=e.hosts,
        before=e.before,
        expires=e.expires,
        at=ev.at,
    )


def _approved(s: MissionState, e: b.ToolApproved, _ev: Event) -> None:
    wanted = s.wanted[e.wanted]
    wanted.state, wanted.expires, wanted.attention = "approved", e.expires, e.attention


def _closed(state: str) -> Callable[[MissionState, Any, Event], None]:
    def apply(s: MissionState, e: Any, _ev: Event) -> None:
        s.wanted[e.wanted].state, s.wanted[e.wanted].because = state, e.because

    return apply


def _attempting(s: MissionState, e: b.ToolAttempting, _ev: Event) -> None:
    wanted = s.wanted[e.wanted]
    wanted.state, wanted.call, wanted.attempt = "attempting", e.call, e.attempt


HANDLERS: dict[type[b.Body], Callable[[MissionState, Any, Event], None]] = {
    b.ToolProbed: _probed,
    b.ToolPinned: _pinned,
    b.ToolUnpinned: _unpinned,
    b.ToolDrifted: _drifted,
    b.ToolBegun: _begun,
    b.ToolUnanswered: _unanswered,
    b.ToolCalled: _called,
    b.ContextPulled: _pulled,
    b.ToolRefused: _refused,
    b.ToolAsked: _asked,
    b.ToolApproved: _approved,
    b.ToolRejected: _closed("rejected"),
    b.ToolExpired: _closed("expired"),
    b.ToolAttempting: _attempting,
}
