"""The branches of a mission as a tree in rows: what stands where, and the rails between. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.views.models import BranchRow, Measure

OVER = frozenset({"pruned", "parked"})
"""Branches that are past: they keep their place, in the voice of what is over."""
DEEPEST = 12
"""Levels that are indented; what is deeper stands with these."""


class Leaf(NamedTuple):
    """A branch in its row. `rails`: for each level above whether its line goes on below; `children` whether its own
    line begins; `last` whether it is the last of its parent.
    """

    branch: BranchRow
    rails: tuple[bool, ...]
    children: bool
    last: bool

    @property
    def depth(self) -> int:
        """How deep it stands; 0 for a root."""
        return len(self.rails)

    def stem(self) -> str:
        """What stands before its glyph: `│  ├─ `."""
        if not self.rails:
            return ""
        return "".join("│  " if on else "   " for on in self.rails[:-1]) + ("└─ " if self.last else "├─ ")

    def below(self) -> str:
        """What stands before its further lines, as wide as its stem and its glyph."""
        own = "│ " if self.children else "  "
        return "".join("│  " if on else "   " for on in self.rails) + own

    def after(self) -> str:
        """The rails that go on below all of its lines."""
        return self.below().rstrip()


def leaves(branches: Mapping[str, BranchRow], *, fold: bool = False) -> tuple[list[Leaf], list[BranchRow]]:
    """The tree from its roots on, children in the order in which they were opened; and, with `fold`, the past branches
    that are left out. One that has a living child is never left out.
    """
    inner: dict[str, list[BranchRow]] = {}
    for row in branches.values():
        inner.setdefault(row.parent if row.parent in branches and row.parent != row.id else "", []).append(row)
    folded: list[BranchRow] = []
    alive = _alive(inner) if fold else None

    def kept(name: str) -> list[BranchRow]:
        found = inner.get(name, [])
        if alive is None:
            return found
        folded.extend(row for row in found if row.id not in alive)
        return [row for row in found if row.id in alive]

    out: list[Leaf] = []
    seen: set[str] = set()
    stack: list[tuple[BranchRow, tuple[bool, ...], bool]] = [(row, (), True) for row in reversed(kept(""))]
    while stack:
        row, rails, last = stack.pop()
        if row.id in seen:
            continue
        seen.add(row.id)
        children = kept(row.id)
        out.append(Leaf(row, rails, bool(children), last))
        for place in range(len(children) - 1, -1, -1):
            ends = place == len(children) - 1
            deeper = (*rails, not ends) if len(rails) < DEEPEST else rails
            stack.append((children[place], deeper, ends))
    return out, folded


def _alive(inner: Mapping[str, list[BranchRow]]) -> set[str]:
    """Branches that are not past, and everything above them."""
    parents = {row.id: row.parent for rows in inner.values() for row in rows}
    found: set[str] = set()
    for rows in inner.values():
        for row in rows:
            name = row.id
            while row.state not in OVER and name in parents and name not in found:
                found.add(name)
                name = parents[name]
    return found


def measure(branch: BranchRow, metric: str) -> Measure | None:
    """A branch's measure of a metric."""
    return next((found for found in branch.evidence if found.metric == metric), None)


def verdict(branch: BranchRow) -> str:
    """What the rules say of a branch: the `then` of the first that is true, `unknown` while one may become so, `none`
    when all are false, nothing where there are no rules.
    """
    true = next((rule.then for rule in branch.rules if rule.outcome == "true"), "")
    if true or not branch.rules:
        return true
    outcomes = {rule.outcome for rule in branch.rules}
    return "unknown" if "unknown" in outcomes else "error" if "error" in outcomes else "none"
