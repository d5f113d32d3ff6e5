"""What every lint rule shares: the contract, where its clauses stand, what this version provides, what was found."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.contract.model import INWARD, OUTWARD, Contract, Role
from engine.contract.planned import PlannedTask
from engine.contract.problems import Path as Where
from engine.contract.problems import Positions, Problem, shown, suggestion

MAX_INPUT = 16 * 1024 * 1024
ASK, STOP, HUMAN = "ask", "stop", "human"
MODELS = "models"
"""Under this name stands what is assumed of whoever provides models."""
PRODUCERS = ("inbox", "command", "human", "csv")
"""Producers of evidence that are no roles."""
CONTACT = frozenset({"send", "contact"})
_SUGGESTIONS = 60


@dataclass(frozen=True, slots=True)
class Provided:
    """What this version can run: connectors, kinds of workers, and whether tools may come from servers or commands."""

    connectors: frozenset[str] = frozenset({"maildir", "smtp", "folder"})
    workers: frozenset[str] = frozenset({"rehearsed", "command", "human", "model"})
    mcp: bool = True
    command_tools: bool = True
    file_tools: bool = True
    builtins: frozenset[str] = frozenset({"workspace", "http", "state"})
    """Tools that need nothing but this program."""
    skills: bool = True
    attention: bool = True
    """Whether proposals are held back when the attention budget is used up."""


@dataclass
class Case:
    """One contract under examination."""

    contract: Contract
    positions: Positions
    base: Path | None
    provided: Provided
    found: list[Problem] = field(default_factory=list)
    suggested: int = 0

    def add(
        self,
        code: str,
        path: Where,
        message: str,
        hint: str,
        *,
        key: bool = False,
        within: tuple[int, int] | None = None,
    ) -> None:
        """Record a problem; a code that begins with W is a warning."""
        self.found.append(self.positions.problem(path, message, hint, code=code, key=key, within=within))

    def near(self, word: str, known: Iterable[str], otherwise: str = "look at its spelling") -> str:
        """A hint for an unknown word. Looking is dear: a file full of unknown words gets hints for the first, and
        `otherwise` for the rest, and where nothing is known.
        """
        self.suggested += 1
        return (suggestion(word, known) if self.suggested <= _SUGGESTIONS else "") or otherwise

    @cached_property
    def verbs(self) -> frozenset[str]:
        """Every verb of this contract's vocabulary."""
        return frozenset((*INWARD, *OUTWARD, *self.contract.verbs))

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The declared roles, and `human`, who is in every contract."""
        return {HUMAN: Role(worker="human"), **self.contract.roles}

    @cached_property
    def tasks(self) -> dict[str, PlannedTask]:
        """The planned tasks by id; of two with one id, the first."""
        found: dict[str, PlannedTask] = {}
        for task in self.contract.plan.tasks:
            found.setdefault(task.id, task)
        return found

    @cached_property
    def artifacts(self) -> frozenset[str]:
        """What `{artifact.NAME}` may stand for: a task (its first artifact), or an artifact that one produces."""
        return frozenset({*self.tasks, *(name for task in self.tasks.values() for name in task.produces)})

    @cached_property
    def proposed(self) -> frozenset[str]:
        """Every verb that some task proposes."""
        return frozenset(verb for task in self.contract.plan.tasks for verb in task.proposes)

    @cached_property
    def carried(self) -> frozenset[str]:
        """Every verb that a tool with a connector carries."""
        tools = self.contract.tools.values()
        return frozenset(verb for tool in tools if tool.connector and tool.stance != "deny" for verb in tool.verbs)

    def verb(self, path: Where, verb: str) -> bool:
        """Whether a verb is known; records it when not."""
        if verb in self.verbs:
            return True
        hint = self.near(verb, self.verbs)
        hint = hint if hint.endswith("?") else f"{hint} or declare it under verbs:".strip()
        self.add("E201", path, f"{shown(verb)} is not a verb", hint)
        return False

    def role(self, path: Where, role: str) -> bool:
        """Whether a role is declared; records it when not."""
        if role in self.roles:
            return True
        self.add("E211", path, f"{shown(role)} is not a role", self.near(role, self.roles, "declare it under roles:"))
        return False

    def fallback(self, path: Where, name: str) -> None:
        """A fallback is `ask`, `stop`, `human` or a role."""
        if name not in (ASK, STOP) and name not in self.roles:
            hint = self.near(name, (ASK, STOP, *self.roles))
            self.add("E227", path, f"{shown(name)} is not a fallback", hint)

    def file(self, path: Where, name: str, *, folder: bool = False) -> None:
        """A file the contract names must be there, regular, readable in size, and beside the contract."""
        if self.base is None:
            return
        place = self.base / name
        try:
            kind = place.stat()
            inside = place.resolve().is_relative_to(self.base.resolve())
        except FileNotFoundError:
            self.add("E231", path, f"{shown(name)} does not exist", "put it beside the contract, or mend the path")
            return
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            self.add("E231", path, f"{shown(name)} cannot be read ({reason.lower()})", "mend the path")
            return
        wanted = stat.S_ISDIR(kind.st_mode) if folder else stat.S_ISREG(kind.st_mode)
        if not wanted:
            what = "a directory" if stat.S_ISDIR(kind.st_mode) else "not a regular file"
            self.add("E231", path, f"{shown(name)} is {'not a folder' if folder else what}", "mend the path")
        elif not folder and kind.st_size > MAX_INPUT:
            self.add("E232", path, f"{shown(name)} is larger than 16 MiB", "give an extract")
        elif not inside:
            self.add("W233", path, f"{shown(name)} lies outside the contract's folder", "copy it beside the contract")
