"""`contract(draft)`: the contract file that a reading gives, with what stayed prose as comments at its end. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from engine.contract.prose.draft import Draft
from engine.contract.prose.words import slug

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _/.-]*[A-Za-z0-9.]|[A-Za-z]")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def contract(draft: Draft, source: str, name: str = "") -> str:
    """The file, ready for `cockpit check`. `source` names the text that was read, `name` the mission."""
    lines = [
        f"# Read from {_line(source)} by fixed rules. What was read from which words, and what stayed prose, stands at",
        "# the end. Nothing was added but the shares of branches, and the stop at the end of the budget.",
        f"mission: {_text(draft.mission)}",
        f"id: {_text(slug(name or draft.mission, '-', 30) or 'mission')}",
        "",
        "target:",
        f"  statement: {_text(draft.target)}",
        *([f"  met_when: {draft.met_when}"] if draft.met_when else []),
        "",
        "budget:",
        *(f"  {key}: {draft.budget[key]}" for key in _LIMITS if key in draft.budget),
        "",
        "actions:",
        f"  allowed: [{', '.join(draft.allowed)}]",
        f"  restricted: [{', '.join(draft.restricted)}]",
    ]
    lines += _block("lawful", [f"{key}: {_text(value)}" for key, value in draft.lawful.items()])
    lines += _block("inputs", [f"{_text(key)}: {_text(path)}" for key, path in draft.inputs.items()])
    lines += _block("evidence", [f"{_text(key)}: {_flow(clause)}" for key, clause in draft.evidence.items()])
    lines += _block("cadence", [f"- {_flow(_checked(clause))}" for clause in draft.cadence])
    lines += _block("roles", [f"{_text(key)}: {_flow(clause)}" for key, clause in draft.roles.items()])
    lines += _block("judge", _rules(draft.judge))
    stop = draft.stop
    if not any(when == "mission.exhausted" for when, _then, _because in stop):
        stop = [*stop, ("mission.exhausted", "stop", "the budget is exhausted")]
    lines += _block("stop", _rules(stop))
    if draft.receipt:
        lines += ["", f"receipt: [{', '.join(_text(entry) for entry in draft.receipt)}]"]
    if draft.branches:
        lines += ["", "plan:", "  branches:"]
        for place, (key, hypothesis) in enumerate(draft.branches):
            count = len(draft.branches)
            share = 100 // count + (1 if place < 100 % count else 0)
            lines.append(f"    - {{id: {_text(key)}, hypothesis: {_text(hypothesis)}, share: {share}%}}")
    lines += ["", "# Read from the words:"]
    lines += [f"#   {r.clause}: {_line(r.value)}   (line {r.line}: {_line(r.words)})" for r in draft.read]
    if draft.left:
        lines += ["#", "# Prose that nothing enforces, and what would give it teeth:"]
        lines += [f"#   line {left.line}: {_line(left.words)}   ({_line(left.teeth)})" for left in draft.left]
    return "\n".join(lines) + "\n"


_LIMITS = ("money", "time", "branches", "attention", "attempts", "tokens")


def _block(name: str, entries: Iterable[str]) -> list[str]:
    found = list(entries)
    return ["", f"{name}:", *(f"  {entry}" for entry in found)] if found else []


def _rules(rules: Iterable[tuple[str, str, str]]) -> list[str]:
    return [f"- {{when: {json.dumps(when)}, then: {then}, because: {_text(why)}}}" for when, then, why in rules]


def _checked(clause: Mapping[str, str]) -> dict[str, str]:
    return {**clause, "check": f"[{clause['check']}]"}


def _flow(clause: Mapping[str, str]) -> str:
    shown = (f"{key}: {json.dumps(value) if key == 'at' else value}" for key, value in clause.items())
    return "{" + ", ".join(shown) + "}"


def _text(value: str) -> str:
    """A text as YAML: plain where that is safe, else quoted as JSON, which YAML reads too."""
    if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    return json.dumps(_line(value), ensure_ascii=False)


def _line(value: str) -> str:
    """One line without anything that a terminal or a YAML reader takes for more than text."""
    return "".join(char if char.isprintable() else " " for char in " ".join(value.split()))
