"""`read(data)`: a mission in prose as the clauses that fixed rules find in it, and the words they were found in. Pure.

Nothing is guessed: a figure becomes a clause only where its words say which. What is left over is kept as prose, with
what would give it teeth. Outward verbs that the text does not restrict stay denied, as in every contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from engine.contract.model import INWARD, OUTWARD
from engine.contract.prose import bounds, measures, words
from engine.contract.prose.bounds import NOUNS
from engine.contract.prose.draft import Draft, Read, clause
from engine.contract.prose.sections import Section, split
from engine.errors import BadInputError


def read(data: bytes, where: str, files: Collection[str] = ()) -> Draft:
    """The contract that a text says. `files` are those that lie beside it: an input is read only when it is there.

    Raises `BadInputError` when the text says neither what the mission is for nor what it may cost.
    """
    draft = Draft()
    sections = bounds.by_mood(split(data, where))
    for name, reader in _READERS:
        for section in sections:
            if section.name == name:
                reader(draft, section)
    bounds.inputs(draft, sections, files)
    _settle(draft)
    for section in sections:
        if not section.name:
            teeth = "no clause of a contract is called so; docs/contract.md has the headings that are understood"
            draft.leave(f"{section.heading}: {section.text}", section.line, teeth)
    if not draft.target:
        raise BadInputError(where, "does not say what the mission is for", "write a line: Target: ...")
    if "money" not in draft.budget:
        other = words.other_money(data.decode("utf-8", "replace"))
        what = f"names an amount in another currency ({other})" if other else "names no amount of money"
        raise BadInputError(where, what, "write a line: Budget: $500, two weeks")
    draft.left.sort(key=lambda left: left.line)
    draft.read.sort(key=lambda each: each.line)
    return draft


_TIERS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"review|critic|editor|check", {"tier": "strong"}),
    (r"writ|copy|strateg|plan|design|architect|engineer|developer|lead", {"tier": "strong"}),
    (r"research|extract|enrich|analy|scout|collect", {"tier": "cheap"}),
)
_HUMAN = re.compile(r"(?i)\b(?:human|person|me|myself|founder|owner|i)\b")


def _workers(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for entry in words.listed(part):
            name = words.slug(re.sub(r"\(.*?\)", " ", entry).split(":")[0], "-", 30)
            if not name or len(name.split("-")) > 3:
                draft.leave(entry, line, "a role has a short name: researcher, writer, reviewer")
                continue
            role = {"worker": "human"} if _HUMAN.search(entry) else {}
            if not role:
                role = dict(
                    next((terms for pattern, terms in _TIERS if re.search(pattern, name)), {"tier": "standard"})
                )
                if re.search(r"(?i)\blocal\b", entry):
                    role["privacy"] = "local"
            draft.roles[name] = role
            draft.took(f"roles.{name}", clause(role), entry, line)
    writers = [name for name in draft.roles if "writ" in name]
    if writers and "reviewer" in draft.roles and draft.roles["reviewer"].get("worker") != "human":
        draft.roles["reviewer"]["different_family_from"] = writers[0]


def _receipt(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for entry in words.listed(part):
            draft.receipt.append(entry)
            draft.took("receipt", entry, entry, line)


def _branches(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        name, colon, hypothesis = part.partition(":")
        key = words.slug(name, "-", 30) if colon else words.slug(" ".join(part.split()[:3]), "-", 30)
        if key and key not in {known for known, _text in draft.branches} and len(key.split("-")) <= 5:
            draft.branches.append((key, hypothesis.strip() or part))
            draft.took(f"branches.{key}", hypothesis.strip() or part, part, line)
        else:
            draft.leave(part, line, "a branch is a line: short-name: the hypothesis")


def _tools(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for entry in words.listed(part):
            draft.leave(entry, line, "a tool names what provides it: connector, path, command, mcp or builtin")


def _settle(draft: Draft) -> None:
    """What follows from the clauses together."""
    draft.restricted = [verb for verb in draft.restricted if verb in OUTWARD or verb not in draft.allowed]
    draft.allowed = [verb for verb in draft.allowed if verb in INWARD]
    for verb in [v for v in draft.restricted if v in {"send", "contact"} and not draft.lawful]:
        draft.restricted.remove(verb)
        line = next((each.line for each in draft.read if each.value.split(",")[0] == verb), 1)
        teeth = (
            "stays denied until a line says why you may write to people: Contact basis: US, business contact, leads.csv"
        )
        draft.leave(verb, line, teeth)
        draft.read = [each for each in draft.read if each.value.split(",")[0] != verb]
    for cadence in [c for c in draft.cadence if c.get("after") and c["after"] not in draft.restricted]:
        del cadence["after"]
        cadence.pop("for", None)  # a window is opened by what goes out
        said = next(
            each for each in draft.read if each.clause == "cadence" and f"every {cadence['every']}" in each.value
        )
        draft.read[draft.read.index(said)] = Read("cadence", clause(cadence), said.words, said.line)
    number = int(draft.budget.get("branches", "0"))
    one = re.search(rf"(?i)\b(?P<n>one|two|three|a|an|\d)\b[\w\s-]{{0,30}}?\b(?:{NOUNS})\b", draft.target)
    wanted = words.count(one["n"]) if one else None
    if one and wanted and (number > wanted or len(draft.branches) > wanted):
        draft.met_when = f"mission.branches.kept >= {wanted}"
        line = next(each.line for each in draft.read if each.clause == "target.statement")
        draft.took("target.met_when", draft.met_when, one[0], line)
    if not draft.mission:
        draft.mission = (draft.target.split(". ")[0].rstrip(". ") or draft.target)[:120].strip()


_READERS: tuple[tuple[str, Callable[[Draft, Section], None]], ...] = (
    ("mission", bounds.mission),
    ("target", bounds.target),
    ("budget", bounds.budget),
    ("workers", _workers),
    ("branches", _branches),
    ("allowed", bounds.allowed),
    ("restricted", bounds.restricted),
    ("forbidden", bounds.forbidden),
    ("lawful", bounds.lawful),
    ("evidence", measures.evidence),
    ("cadence", measures.cadence),
    ("judge", measures.rules),
    ("stop", measures.rules),
    ("tools", _tools),
    ("receipt", _receipt),
)
"""In this order: a rule can compare only metrics that are known."""
