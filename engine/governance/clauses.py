"""The clauses that judge an outward effect, and their digest: an approval dies when one of them changes. Pure."""

from __future__ import annotations

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
            "terms": contract.terms(verb).model_dump(mode="json"),
            "lawful": contract.lawful.model_dump(mode="json") if contract.lawful else None,
            "tool": {found[0]: found[1].model_dump(mode="json", by_alias=True)} if found else None,
        }
    )
