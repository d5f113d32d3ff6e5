"""The clauses that judge an outward effect, and their digest: an approval dies when one of them changes. Pure."""

from __future__ import annotations

from collections.abc import Collection

from engine.contract.clauses import Clause
from engine.contract.model import Contract, Tool
from engine.values import Sha256, digest


def tool_for(contract: Contract, verb: str) -> tuple[str, Tool] | None:
    """The tool whose connector carries a verb: the first that declares it and is not denied."""
    for name, tool in contract.tools.items():
        if verb in tool.verbs and tool.connector and tool.stance != "deny":
            return name, tool
    return None


def clauses_digest(contract: Contract, verb: str) -> Sha256:
    """Digest of everything in the contract that bears on an effect of this verb, and of nothing else.

    Raising a budget or adding a task changes no digest; another expiry, tool, basis or stance does.
    """
    found = tool_for(contract, verb)
    return digest(
        {
            "verb": verb,
            "outward": contract.outward(verb),
            "restricted": verb in contract.actions.restricted,
            "terms": _told(contract.terms(verb), _TERMS),
            "lawful": contract.lawful.model_dump(mode="json") if contract.lawful else None,
            "tool": {found[0]: _told(found[1], _TOOL)} if found else None,
        }
    )


_TERMS = frozenset({"people", "expires", "undo", "batch"})
_TOOL = frozenset(
    {"need", "stance", "verbs", "roles", "connector", "path", "command", "mcp", "limits", "evidence", "fallback"}
)
"""Fields of the first release, which every digest holds. Later ones are told only where they say something, so that a
new release voids no approval by having more of them."""


def _told(clause: Clause, always: Collection[str]) -> dict[str, object]:
    whole = clause.model_dump(mode="json", by_alias=True)
    said = clause.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {name: value for name, value in whole.items() if name in always or name in said}


def verb_of(contract: Contract, name: str) -> str:
    """The gravest verb of a tool: one that leaves the mission before others, else its first; empty: it says none."""
    tool = contract.tools.get(name)
    verbs = tool.verbs if tool is not None else ()
    return next((verb for verb in verbs if contract.outward(verb)), verbs[0] if verbs else "")


def tool_clauses(contract: Contract, name: str) -> Sha256:
    """Digest of everything in the contract that bears on a call of this tool: an approval dies when it changes."""
    tool = contract.tools.get(name)
    verbs = sorted(tool.verbs) if tool is not None else []
    return digest(
        {
            "tool": {name: tool.model_dump(mode="json", by_alias=True) if tool is not None else None},
            "restricted": [verb for verb in verbs if verb in contract.actions.restricted],
            "allowed": [verb for verb in verbs if verb in contract.actions.allowed],
            "terms": contract.terms(verb_of(contract, name)).model_dump(mode="json"),
        }
    )
