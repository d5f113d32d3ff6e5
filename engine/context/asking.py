"""The end of a package for a role that may ask for more: what it does not tell, and how to ask for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.context.floor import Excluded
from engine.context.parts import Part, Told, whole

RESERVED = 150
"""Estimated tokens of a package that are kept for it."""
_IDS = 12
"""Ids that are named."""
_ASKABLE = ("budget", "rank", "unrelated")
"""Why something stays out that may be asked for, in the order in which it is named."""


def asking(tool: str, chosen: Iterable[Told], excluded: Excluded, others: Mapping[str, int]) -> Part | None:
    """What is told of what a package leaves out; None where nothing is left out. `tool` is what the contract calls the
    tool that is asked.
    """
    names = [one.part.id for one in chosen if one.form == "pointer" and one.part.cap]
    for code in _ASKABLE:
        names += _best(row for row in excluded if row["code"] == code)
    left = len(names) + others.get("unrelated", 0)
    if not left:
        return None
    shown = f", such as {', '.join(names[:_IDS])}" if names else ""
    text = (
        f"{left} more thing{'' if left == 1 else 's'} of this mission's record{shown}.\n"
        f'Where the task needs one, ask: {tool}__get {{"id": "..."}}, or {tool}__search {{"query": "words"}}.'
    )
    return whole("asking", "tools", "Not told here", text, "what may be asked for")


def _best(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Ids of passages and items, the best score first, then the newest; one with a space is a question about one."""
    found = [(int(str(row.get("score", 0))), place, str(row["id"])) for place, row in enumerate(rows)]
    return [name for _score, _place, name in sorted(found, reverse=True) if " " not in name]
