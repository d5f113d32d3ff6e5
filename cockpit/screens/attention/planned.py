"""A proposed plan as it is read before it is accepted: what changes and why, what was found, what it may cost. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cockpit.screens.attention.strict import strict
from cockpit.screens.words import money, safe
from widgets.ink import BLANK, Line, Run, Voice, fit, left, right, spread, width, wrap

Json = Mapping[str, Any]
_SIGNS: dict[str, tuple[str, Voice]] = {"add": ("+", "bright"), "replace": ("~", "bright"), "prune": ("-", "muted")}
_BASIS = {"receipts": "from {n} before", "assumed": "assumed by the contract", "free": "costs nothing"}


def plan_lines(plan: Json, size: int) -> list[Line]:
    """The reason, the price and the findings first, then every change with its own reason."""
    out: list[Line] = [*strict(str(plan.get("because", "")), size), BLANK]
    out += _price(plan.get("price") or {}, size)
    out += [BLANK, *_findings(plan.get("findings") or (), size)]
    for change in plan.get("changes") or ():
        out += [BLANK, *_change(change, size)]
    return out


def _label(text: str, more: str = "") -> Line:
    return (Run(text, "muted", bold=True), Run(f"   {more}" if more else "", "muted"))


def _price(price: Json, size: int) -> Iterator[Line]:
    half, nine, most = price.get("p50"), price.get("p90"), money(price.get("most", 0))
    if half is None or nine is None:
        yield fit((*_label("cost"), Run("   unknown", "bright"), Run(f", at most {most}", "text")), size)
    else:
        head = (*_label("cost"), Run(f"   {money(half)} half of the time, {money(nine)} nine times of ten", "bright"))
        tail = Run(f", at most {most}", "text")
        if width(head) + len(tail.text) <= size:
            yield (*head, tail)
        else:
            yield fit(head, size)
            yield fit((Run(f"       at most {most}", "text"),), size)
    for row in price.get("roles") or ():
        known = row.get("p50") is not None and row.get("p90") is not None
        told = f"{money(row['p50'])} … {money(row['p90'])}" if known else "unknown"
        basis = _BASIS.get(str(row.get("basis")), "nothing is known of its cost").format(n=row.get("n", 0))
        tasks = f"{row['tasks']} {'task' if row['tasks'] == 1 else 'tasks'}"
        begin: Line = (Run(f"  {left(safe(row['role']), 14)} {right(tasks, 9)}  ", "text"), Run(told, "bright"))
        yield spread(begin, (Run(basis, "muted"),), size) if size > 60 else fit(begin, size)


def _findings(findings: Any, size: int) -> Iterator[Line]:
    errors = sum(str(one["code"]).startswith("E") for one in findings)
    warnings = len(findings) - errors
    if not findings:
        yield fit((*_label("linter"), Run("   ✓ finds nothing wrong with it", "proven")), size)
        return
    yield _label("linter", f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    for one in findings:
        wrong = str(one["code"]).startswith("E")
        head: Line = (Run("! " if wrong else "· ", "wrong" if wrong else "bright"), Run(safe(one["code"]), "bright"))
        text = f"{one['where']}: {one['what']}" + (f"; {one['mend']}" if one.get("mend") else "")
        for place, line in enumerate(strict(text, max(size - 6, 4))):
            yield (*head, Run(" "), *line) if not place else (Run(" " * 6), *line)


def _change(change: Json, size: int) -> Iterator[Line]:
    sign, voice = _SIGNS.get(str(change.get("do")), ("?", "bright"))
    word = {"add": "new", "replace": "changed", "prune": "given up"}.get(str(change.get("do")), "")
    name = f" {change.get('kind')} {safe(change.get('name', ''))}"
    yield fit((Run(sign, voice, bold=True), Run(name, "bright", bold=True), Run(f"   {word}", "muted")), size)
    for line in change.get("lines") or ():
        yield from ((Run("    "), *part) for part in strict(str(line), max(size - 4, 4)))
    if change.get("because"):
        parts = wrap(safe(f"because {change['because']}"), max(size - 4, 4))
        yield from ((Run("    "), Run(part, "muted")) for part in parts)


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
