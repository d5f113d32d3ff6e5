"""From the file that a human gives to the amendment it asks for, or to every reason why not. Pure, given the bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.amending.amendment import Amendment, amend, objections
from engine.amending.files import MAX_INPUT, Given, amended_files, by_owner, owners
from engine.contract.case import Provided
from engine.contract.lint import lint
from engine.contract.load import load
from engine.contract.model import Contract
from engine.contract.problems import Problem
from engine.errors import BadInputError
from engine.ledger.bodies import InputRef
from engine.redaction import Redactor
from engine.state.model import MissionState
from engine.values import sha256


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a file asks for. `amendment` is None when a problem is an error."""

    problems: tuple[Problem, ...]
    amendment: Amendment | None
    kept: tuple[str, ...] = ()
    """Inputs, tools and skills whose files were not given, and stay as the mission has them."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps this from being an amendment."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def propose(
    state: MissionState,
    data: bytes,
    name: str,
    inputs: Mapping[str, bytes],
    now: int,
    *,
    because: str = "",
    provided: Provided | None = None,
    files: Given | None = None,
    redactor: Redactor | None = None,
) -> Proposal:
    """Read a contract file as an amendment of a mission. `inputs` are the contents of the input files that were found,
    by the names that the contract gives them, and `files` those of tools and skills (`skills/NAME/PATH`); what is not
    there stays as it is, if the mission has it. `redactor` knows secrets, which no contract may hold.

    Raises `BadInputError` for a file that nobody gave, and what `amend` raises.
    """
    loaded = load(data, name, redactor)
    if loaded.contract is None:
        return Proposal(loaded.problems, None)
    contract = loaded.contract
    problems = (
        *loaded.problems,
        *lint(contract, loaded.positions, provided=provided),
        *objections(state, contract, loaded.positions),
    )
    if any(problem.severity == "error" for problem in problems):
        return Proposal(problems, None)
    refs = references(state, contract, inputs)
    taken, given = amended_files(state, contract, files or {}), by_owner(files or {})
    kept = [name for name in contract.inputs if name not in inputs]
    kept += [owner for owner in owners(contract) if owner not in given]
    amendment = amend(state, contract, sha256(data), refs, now, because=because, files=taken)
    return Proposal(problems, amendment, tuple(kept))


def references(state: MissionState, contract: Contract, contents: Mapping[str, bytes]) -> dict[str, InputRef]:
    """The inputs of an amended contract. Raises `BadInputError` for one that nobody gave, and for one too large."""
    found: dict[str, InputRef] = {}
    for name, declared in contract.inputs.items():
        labels = {"privacy": declared.privacy, "trust": declared.trust}
        data, known = contents.get(name), state.inputs.get(name)
        filename = plain_name(declared.path, name)
        if data is not None and len(data) > MAX_INPUT:
            raise BadInputError(f"inputs.{name}", f"{declared.path} is larger than 16 MiB", "give an extract")
        if data is not None:
            found[name] = InputRef(name=name, filename=filename, sha=sha256(data), bytes=len(data), **labels)
        elif known is not None and known.filename == filename:
            found[name] = known.model_copy(update=labels)
        else:
            raise BadInputError(f"inputs.{name}", f"{declared.path} was not given", "put it beside the contract")
    return found


def plain_name(path: str, name: str) -> str:
    """The last part of a path, if it is a plain file name; else the input's own name."""
    last = path.rsplit("/", 1)[-1]
    return last if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", last) else name
