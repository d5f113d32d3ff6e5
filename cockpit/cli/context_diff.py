"""What changed between two packages: what came, what went and why, what is told in another form. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from cockpit.cli.desk import Json


def changes(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """`{came, went, changed}` from the first package to the second, each with its reason."""
    before = {str(row["id"]): row for row in one["included"]}
    after = {str(row["id"]): row for row in other["included"]}
    was_out = {str(row["id"]): row for row in one["excluded"]}
    is_out = {str(row["id"]): row for row in other["excluded"]}
    came = [
        {**_part(row), "why": str(row.get("reason", "")), "before": _why(was_out.get(name), "it was not there yet")}
        for name, row in after.items()
        if name not in before
    ]
    went = [
        {**_part(row), "why": _why(is_out.get(name), "it is no candidate any more")}
        for name, row in before.items()
        if name not in after
    ]
    changed = [
        {**_part(after[name]), "was": {"form": row.get("form", ""), "tokens": row.get("tokens", 0)}}
        for name, row in before.items()
        if name in after
        and (row.get("form"), row.get("tokens")) != (after[name].get("form"), after[name].get("tokens"))
    ]
    return {"came": came, "went": went, "changed": changed}


def _part(row: Mapping[str, Any]) -> Json:
    return {key: row.get(key, "") for key in ("id", "kind", "form", "tokens")}


def _why(row: Json | None, otherwise: str) -> str:
    return f"{row.get('code', '')}: {row.get('detail', '')}".strip(": ") if row is not None else otherwise


def told(found: Json) -> list[str]:
    """The changes as lines: `+` for what came, `-` for what went, `~` for another form."""
    lines = [
        f"+ {row['id']}  {row['kind']}, {row['form']}, {row['tokens']} tokens: {row['why']} (before: {row['before']})"
        for row in found["came"]
    ]
    lines += [f"- {row['id']}  {row['kind']}, {row['tokens']} tokens: {row['why']}" for row in found["went"]]
    lines += [
        f"~ {row['id']}  {row['kind']}: {row['was']['form']} of {row['was']['tokens']} tokens, "
        f"now {row['form']} of {row['tokens']}"
        for row in found["changed"]
    ]
    return lines


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """All of it as lines: the names, what came, went and changed, then the texts; empty when they are equal."""
    names = [f"--- {one['attempt']}", f"+++ {other['attempt']}"]
    parts = told(changes(one, other))
    text: list[str] = []
    if one["text"] is not None and other["text"] is not None:
        text = list(difflib.unified_diff(one["text"].splitlines(), other["text"].splitlines(), lineterm=""))[2:]
    if not parts and not text:
        return []
    counts = f"@@ {one['tokens']} tokens before, {other['tokens']} now @@"
    return [*names, counts, *parts, *text]
