"""What the rows of the gateway and of looks at tools mean: from one row to the facts that follow. Pure.

What a call did is recorded whatever has become of its attempt: it ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.governance.clauses import tool_clauses, verb_of
from engine.ledger import bodies as b
from engine.ledger.protocol import Result
from engine.loop.amending import ask_about_denied
from engine.state.model import OVER, Mint, MissionState, Tool
from engine.values import MINUTE, digest

BACKOFF = (MINUTE // 2, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE)
"""How long a tool that is down is left alone, by how often in a row it was."""


def absorb_tool(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    """The facts of one row of a gateway."""
    body = result.body
    match body.get("said"):
        case "called":
            called = b.ToolCalled.model_validate(_only(b.ToolCalled, body))
            return (called, pulled_by(called, tupled(body["pulled"]))) if body.get("pulled") else (called,)
        case "begun":
            return (b.ToolBegun.model_validate(_only(b.ToolBegun, body)),)
        case "refused":
            return _refused(state, b.ToolRefused.model_validate(_only(b.ToolRefused, body)))
        case "asked":
            return _asked(state, body)
        case "claimed":
            return _claimed(state, body)
        case "down":
            return (_down(state, str(body["tool"]), str(body.get("because", "")), str(body.get("mend", ""))),)
        case "drifted":
            return _drifted(state, str(body["tool"]), str(body.get("identity", "")), body.get("drift", []))
        case _:
            return ()


def pulled_by(called: b.ToolCalled | b.ContextPulled, noted: Mapping[str, Any]) -> b.ContextPulled:
    """What a call of the state tool was told, beside who asked for what."""
    names = ("call", "attempt", "task", "role", "tool", "operation", "arguments")
    return b.ContextPulled.model_validate({name: getattr(called, name) for name in names} | dict(noted))


def absorb_look(state: MissionState, result: Result) -> tuple[b.Body, ...]:
    """The facts of one look at a tool: whether it can be used, and what its operations are."""
    body = result.body
    name = str(body["tool"])
    if not body.get("up"):
        return (_down(state, name, str(body.get("because", "")), str(body.get("mend", ""))),)
    known, identity = state.tools.get(name, Tool(name)), str(body.get("identity", ""))
    specs = [spec for spec in body.get("specs", []) if _granted(state, name, str(spec["operation"]))]
    up = b.ToolProbed(
        tool=name, up=True, identity=identity, operations=tuple(str(spec["operation"]) for spec in body["specs"])
    )
    back = _resolved(state, f"tool:{name}:", "moot: it can be used again")
    if known.listed:
        return (up, *back, *_compared(state, known, identity, specs, str(body.get("told", ""))))
    pinned = tuple(
        b.ToolPinned.model_validate({**_pinned_fields(spec), "tool": name, "identity": identity, "instead_of": ""})
        for spec in specs
        if spec["operation"] not in known.pins
    )
    if not known.pins:
        return (up, *back, *pinned)
    granted = [spec for spec in specs if spec["operation"] in known.pins]  # to other missions, before this one looked
    return (up, *back, *pinned, *_compared(state, known, identity, granted, str(body.get("told", ""))))


def _pinned_fields(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {key: spec[key] for key in ("operation", "pin", "spec", "description")}


def _granted(state: MissionState, name: str, operation: str) -> bool:
    tool = state.terms.tools.get(name)
    return tool is not None and (not tool.operations or operation in tool.operations)


def _down(state: MissionState, name: str, because: str, mend: str) -> b.ToolProbed:
    failures = state.tools.get(name, Tool(name)).failures
    until = state.last_at + BACKOFF[min(failures, len(BACKOFF) - 1)]
    return b.ToolProbed(tool=name, up=False, because=because[:2_000], mend=mend[:2_000], until=until)


def _compared(
    state: MissionState, known: Tool, identity: str, specs: list[Mapping[str, Any]], told: str
) -> tuple[b.Body, ...]:
    """How what a tool offers now differs from what was granted, each difference once; and one question about all."""
    now = {str(spec["operation"]): spec for spec in specs}
    rows: list[dict[str, Any]] = []
    for operation, spec in sorted(now.items()):
        pin = known.pins.get(operation)
        if pin is None or pin.pin != spec["pin"]:
            how, old = ("new", "") if pin is None else ("changed", pin.pin)
            rows.append({"operation": operation, "how": how, "pin": old, "now": spec["pin"], "spec": spec["spec"]})
    for operation, pin in sorted(known.pins.items()):
        if operation not in now:
            rows.append({"operation": operation, "how": "gone", "pin": pin.pin, "now": "", "spec": None})
    drifted = _drifted(state, known.name, identity, rows)
    differs = {row["operation"] for row in rows}
    healed = tuple(
        b.ToolDrifted(tool=known.name, operation=op, how="changed", pin=drift.pin, now=drift.pin, identity=identity)
        for op, drift in known.drift.items()
        if op not in differs and drift.pin
    )
    about = f"drift:{known.name}:"
    if not rows:
        return (*healed, *_resolved(state, about, "moot: it is again what was granted"))
    mark = about + digest([[row["operation"], row["now"]] for row in rows])[:16]
    if mark in state.asked:
        return (*drifted, *healed)
    return (
        *drifted,
        *healed,
        *_resolved(state, about, "moot: it has changed again"),
        _ask(state, known, rows, mark, told),
    )


def _ask(state: MissionState, known: Tool, rows: list[dict[str, Any]], about: str, told: str) -> b.AttentionRaised:
    words = {"new": "new, not granted", "changed": "changed", "gone": "gone"}
    lines = [f"{row['operation']}: {words[row['how']]}" for row in rows[:20]]
    return b.AttentionRaised(
        attention=Mint(state)("Q"),
        kind="tool",
        title=f"{known.name} is not what was granted: accept the change?",
        detail="\n".join([*lines, "", told]).strip()[:8_000],
        choices=("accept", "deny"),
        about=about,
    )


def _drifted(state: MissionState, name: str, identity: str, rows: Any) -> tuple[b.Body, ...]:
    known = state.tools.get(name, Tool(name)).drift
    found = []
    for row in rows:
        old = known.get(str(row["operation"]))
        if old is None or (old.how, old.now) != (row["how"], row["now"]):
            fields = {key: row[key] for key in ("operation", "how", "pin", "now", "spec")}
            found.append(b.ToolDrifted.model_validate({**fields, "tool": name, "identity": identity}))
    return tuple(found)


def _refused(state: MissionState, refused: b.ToolRefused) -> tuple[b.Body, ...]:
    """A verb of a tool that the contract neither allows nor restricts is asked about, as one of a proposal is."""
    task, attempt = state.tasks.get(refused.task), state.attempts.get(refused.attempt)
    verbs = [code.removeprefix("verb:") for code in refused.codes if code.startswith("verb:")]
    if not verbs or task is None or attempt is None or state.status in OVER:
        return (refused,)
    denied = [
        b.EffectRefused(task=task.id, attempt=attempt.id, index=0, verb=verb, code="denied", because=refused.because)
        for verb in verbs
    ]
    return (refused, *ask_about_denied(state, task, attempt, denied, Mint(state)))


def _asked(state: MissionState, body: Mapping[str, Any]) -> tuple[b.Body, ...]:
    """A human is asked, once for the same bytes, however many attempts want them."""
    task = state.tasks.get(str(body["task"]))
    open_ = {wanted.digest for wanted in state.wanted.values() if wanted.state in {"awaiting", "approved"}}
    if state.status in OVER or task is None or body["digest"] in open_:
        return ()
    mint, tool = Mint(state), str(body["tool"])
    verb = verb_of(state.terms, tool)
    wanted = b.ToolAsked.model_validate(
        {
            **_only(b.ToolAsked, body),
            "wanted": mint("W"),
            "verb": verb,
            "clauses": tool_clauses(state.terms, tool),
            "expires": state.last_at + state.terms.terms(verb).expires,
        }
    )
    where = f" to {', '.join(wanted.hosts[:3])}" if wanted.hosts else ""
    raised = b.AttentionRaised(
        attention=mint("Q"),
        kind="approve",
        title=f"{tool} {wanted.operation}{where}: run this call?"[:300],
        branch=task.branch,
        task=task.id,
        attempt=wanted.attempt,
        refs=(wanted.wanted,),
        detail=str(body.get("reason", ""))[:2_000],
        expires=wanted.expires,
        about=f"call:{wanted.wanted}",
    )
    return (wanted, raised)


def _claimed(state: MissionState, body: Mapping[str, Any]) -> tuple[b.Body, ...]:
    wanted = state.wanted.get(str(body["wanted"]))
    if wanted is None or wanted.state != "approved":
        return ()
    return (b.ToolAttempting(wanted=wanted.id, call=str(body["call"]), attempt=str(body["attempt"])),)


def _resolved(state: MissionState, about: str, how: str) -> tuple[b.Body, ...]:
    return tuple(
        b.AttentionResolved(attention=item.id, how=how)
        for item in state.attention.values()
        if item.about.startswith(about)
    )


def _only(body: type[b.Body], said: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that belong to a body, lists as the tuples that it wants."""
    return {name: tupled(value) for name, value in said.items() if name in body.model_fields and value is not None}


def tupled(value: Any) -> Any:
    """JSON arrays as the tuples that strict validation wants."""
    if isinstance(value, (list, tuple)):
        return tuple(tupled(part) for part in value)
    return {key: tupled(part) for key, part in value.items()} if isinstance(value, Mapping) else value
