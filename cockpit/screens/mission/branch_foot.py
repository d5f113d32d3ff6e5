"""All that is known of one branch: its judge rules, its evidence, what happens next; as a foot and as a sheet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cockpit.cli.story_line import value
from cockpit.screens.mission.board import lane
from cockpit.screens.mission.interval import estimate, words
from cockpit.screens.mission.quote import labelled
from cockpit.screens.mission.tree import verdict
from cockpit.screens.words import deadline, moment, money, safe
from engine.views.models import AttentionRow, BranchRow, Card, Measure, RuleLine, TaskRow
from widgets.ink import BLANK, Line, Run, Voice, beside, cut, fit, left, wrap
from widgets.marks import count, glyph

Json = Mapping[str, Any]


class Known(NamedTuple):
    """What events tell of a branch beyond its row; empty until it was read."""

    facts: Mapping[str, Mapping[str, str]] = {}
    """Clause to what its rule saw the last time, by name."""
    evidence: Sequence[tuple[str, str, str]] = ()
    """Id, metric and value of each piece, newest first."""


def known(events: Iterable[Json], branch: str) -> Known:
    """What a mission's `evidence.recorded` and `condition.evaluated` events tell of a branch (its short id)."""
    facts: dict[str, Mapping[str, str]] = {}
    evidence: list[tuple[str, str, str]] = []
    for event in events:
        body = event["body"]
        if body.get("branch") != branch:
            continue
        if event["kind"] == "evidence.recorded":
            evidence.append((str(body.get("evidence", "")), str(body.get("metric", "")), value(dict(body))))
        elif event["kind"] == "condition.evaluated" and isinstance(seen := body.get("facts"), dict):
            facts[str(body.get("clause", ""))] = {str(name): str(text) for name, text in seen.items()}
    return Known(facts, tuple(reversed(evidence)))


def saw(rule: RuleLine, seen: Known) -> str:
    """What a rule saw, in the order in which it names it: `4/44, 0.71`; what went wrong, if something did."""
    if rule.detail:
        return rule.detail
    facts = seen.facts.get(rule.clause, {})
    named = [(rule.expression.find(name), name, text) for name, text in facts.items() if name in rule.expression]
    return ", ".join(text for _place, _name, text in sorted(named))


def short(expression: str) -> str:
    """A rule without what every rule begins with."""
    return expression.replace("branch.", "")


def upcoming(
    row: BranchRow, tasks: Iterable[TaskRow], items: Iterable[AttentionRow], card: Card, now: int
) -> list[tuple[str, str]]:
    """State and words of what happens next in a branch, what needs a human first."""
    found = [("needs you", item.title) for item in items if item.branch == row.id]
    own = [task for task in tasks if task.branch == row.id]
    lanes = [(lane(task), task.title) for task in own]
    found += [(where, title) for where, title in lanes if where in {"running", "verifying"}]
    if row.until and row.until > now and row.state not in {"pruned", "kept"}:
        found.append(("waiting", f"window closes {deadline(row.until, now)}, {moment(row.until, now)}"))
    mentioned = [step for step in card.upcoming if row.key in step.text and row.key != "main"]
    found += [("waiting", f"{moment(step.at, now)} {step.text}") for step in mentioned]
    found += [("ready", title) for where, title in lanes if where == "ready"]
    blocked = sum(where in {"waiting", "not executable"} for where, _title in lanes)
    if blocked:
        found.append(("waiting", f"{count(blocked)} task{'' if blocked == 1 else 's'} behind these"))
    return found


_NOTHING = {
    "pruned": "nothing: it is pruned",
    "kept": "nothing: it is kept",
    "parked": "nothing until it is taken up again",
}


def _next_lines(steps: Sequence[tuple[str, str]], row: BranchRow, over: bool, room: int, columns: int) -> list[Line]:
    if not steps:
        told = "judged when its work is done" if row.parent else "others rest on it"
        words = "nothing: the mission is over" if over else _NOTHING.get(row.state, f"nothing by itself: {told}")
        return [(Run(part, "muted"),) for part in wrap(words, max(columns, 8))]
    shown = steps if len(steps) <= room else steps[: room - 1]
    lines: list[Line] = [(glyph(name), Run(f" {safe(text)}", "text")) for name, text in shown]
    if len(shown) < len(steps):
        lines.append((Run(f"  +{len(steps) - len(shown)} more", "muted"),))
    return lines


def _outcome(rule: RuleLine, state: str) -> Run:
    over = state in {"pruned", "kept", "parked"}
    if rule.outcome == "true":
        return Run("true", "bright", bold=True)
    if rule.outcome == "unknown":
        return Run("unknown", "muted" if over else "bright", bold=not over)
    return Run(safe(rule.outcome), "wrong" if rule.outcome == "error" else "muted")


def _rule(rule: RuleLine, seen: Known, state: str, sizes: tuple[int, int]) -> Line:
    told, then = sizes
    return (
        Run(left(cut(safe(short(rule.expression)), told - 2), told), "text"),
        Run(left(cut(safe(rule.then), then - 2), then), "muted"),
        _outcome(rule, state)._replace(text=left(_outcome(rule, state).text, 10)),
        Run(safe(saw(rule, seen)), "muted"),
    )


def foot(
    row: BranchRow,
    seen: Known,
    steps: Sequence[tuple[str, str]],
    now: int,
    columns: int,
    rows: int,
    *,
    over: bool = False,
) -> list[Line]:
    """The selected branch below the tree: its rules and what they saw, its evidence, what happens next; `over`: in a
    mission in which nothing happens any more.
    """
    each = max(rows - 1, 1)
    at = max((rule.at or 0 for rule in row.rules), default=0)
    head: Line = (
        Run(safe(row.key), "accent", bold=True),
        Run("   judge rules", "muted"),
        Run(f", last evaluated {moment(at, now)}" if at else "", "muted"),
    )
    ends = 34 if columns >= 130 else 30
    proof = 32 if columns >= 130 else 0
    size = columns - ends - 4 - (proof + 4 if proof else 0)
    told = min(max(len(short(rule.expression)) for rule in row.rules) + 2 if row.rules else 2, size * 6 // 10)
    shown = row.rules if len(row.rules) <= each else row.rules[: each - 1]
    judged = [fit(_rule(rule, seen, row.state, (told, 8)), size) for rule in shown]
    if len(shown) < len(row.rules):
        judged.append((Run(f"+{len(row.rules) - len(shown)} more rules, ⏎ shows them", "muted"),))
    if not row.rules:
        judged = [(Run("no rule was evaluated yet" if row.parent else "it is not judged", "muted"),)]
    blocks: list[tuple[list[Line], int]] = [([fit(head, size), *judged], size)]
    if proof:
        pieces: list[Line] = [
            fit((Run(left(safe(name), 5), "muted"), Run(f"{safe(metric)} ", "muted"), Run(safe(told_), "text")), proof)
            for name, metric, told_ in seen.evidence[:each]
        ]
        blocks.append(([(Run("evidence", "muted", bold=True),), *(pieces or [(Run("none yet", "muted"),)])], proof))
    blocks.append(([(Run("what happens next", "muted", bold=True),), *_next_lines(steps, row, over, each, ends)], ends))
    return beside(blocks, 4)[:rows]


def measured(found: Measure) -> str:
    """`9.1%, 4 of 44`, `4.9 s, 240 entries`, `unknown until n 20`."""
    mark = estimate(found)
    parts: list[str] = []
    if mark is not None and found.unit == "ratio":
        parts.append(f"{mark.value * 100:.1f}%, {found.k} of {found.n}; 95 %: {mark.low:.1%} to {mark.high:.1%}")
    elif mark is not None:
        parts.append(f"{words(mark.value, found.unit)} ({found.count})")
    else:
        parts.append(f"{found.count} recorded")
    if not found.known:
        parts.append(f"unknown until n {found.min_sample}")
    if found.claimed:
        parts.append("claimed by its worker")
    return ", ".join(parts)


def _window(until: int | None, now: int) -> str:
    if not until:
        return ""
    return f"closes {moment(until, now)}, {deadline(until, now)}" if until > now else f"closed {moment(until, now)}"


def sheet(
    row: BranchRow, seen: Known, steps: Sequence[tuple[str, str]], now: int, columns: int, *, over: bool = False
) -> list[Line]:
    """All that is known of a branch, for a sheet."""
    facts = [
        ("state", f"{row.state}; the rules say {verdict(row)}" if verdict(row) else row.state),
        ("hypothesis", row.hypothesis),
        ("reason", row.reason),
        ("spent", f"{money(row.spent)} of {money(row.budget)}" if row.budget else money(row.spent)),
        ("reserved", f"≤{money(row.reserved)}" if row.reserved else ""),
        ("window", _window(row.until, now)),
    ]
    lines: list[Line] = []
    for label, text in facts:
        if text:
            lines += labelled(label, text, columns)
    if row.evidence:
        lines += [BLANK, (Run("measured", "muted", bold=True),)]
        for found in row.evidence:
            lines += labelled(cut(safe(found.metric), 16), measured(found), columns, indent=18)
    if row.rules:
        lines += [BLANK, (Run("judge rules", "muted", bold=True),)]
        for rule in row.rules:
            lines += _sheet_rule(rule, seen, row.state, columns)
    lines += [BLANK, (Run("what happens next", "muted", bold=True),), *_next_lines(steps, row, over, 12, columns)]
    if seen.evidence:
        lines += [BLANK, (Run("evidence, newest first", "muted", bold=True),)]
        for name, metric, told in seen.evidence:
            voice: Voice = "text"
            lines += labelled(cut(safe(name), 6), f"{metric} {told}", columns, voice=voice, indent=8)
    return [fit(line, columns) for line in lines]


def _sheet_rule(rule: RuleLine, seen: Known, state: str, columns: int) -> list[Line]:
    head: Line = (
        _outcome(rule, state)._replace(text=left(_outcome(rule, state).text, 9)),
        Run(f"{safe(short(rule.expression))}", "text"),
        Run(f"   then {safe(rule.then)}", "muted"),
    )
    detail = saw(rule, seen)
    return [head, *(labelled("", detail, columns, voice="muted", indent=9) if detail else [])]
