"""What this machine lacks for a contract: models that pass the filters of its roles, tools, keys. Nothing is opened.

Whether a keyring holds a secret is not looked at; a variable of the environment is looked for by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.contract.model import Contract, Role, Tool
from engine.rehearsal.assumed import roles_at_work
from engine.routing.catalogue import COMMAND, REHEARSED, TIERS, Candidate
from engine.settings import Settings
from engine.settings.connectors import BUILT_IN, Files, Mcp, Webhook
from engine.tools.granting import holds

ASKERS = frozenset({"model", "harness"})


@dataclass(frozen=True, slots=True)
class Machine:
    """What is there, as far as a name tells."""

    variables: frozenset[str] = frozenset()
    program: Callable[[str], bool] = lambda _name: True
    there: Callable[[Path], bool] = lambda _path: True


@dataclass(frozen=True, slots=True)
class Missing:
    """A thing that is not there: `tool`, `model` or `key`; who needs it, and how it is mended."""

    kind: str
    name: str
    needed_by: str
    mend: str


def missing(contract: Contract, settings: Settings, machine: Machine, base: Path | None = None) -> tuple[Missing, ...]:
    """Everything that is missing, models first."""
    found = [*_models(contract, settings), *_tools(contract, settings, machine, base)]
    return (*found, *_keys(contract, settings, machine))


def stand_ins(contract: Contract, settings: Settings) -> tuple[Candidate, ...]:
    """Rehearsed workers on the terms of the configured models; where none passes the filters of a role, the rehearsed
    models of its tier, whose price is nobody's.
    """
    own = tuple(replace(one, worker="rehearsed") for one in settings.catalogue)
    tiers = {contract.roles[lack.needed_by].tier for lack in _models(contract, settings)}
    lent = tuple(one for one in REHEARSED if any(TIERS.index(one.tier) >= TIERS.index(tier) for tier in tiers))
    return (*own, *lent, replace(COMMAND, worker="rehearsed", tier="strong"))


def _models(contract: Contract, settings: Settings) -> Iterator[Missing]:
    mend = "cockpit setup finds models, or write a [models.NAME] into config.toml"
    for name in roles_at_work(contract):
        role = contract.roles[name]
        if role.worker not in ASKERS:
            continue
        fitting = [one for one in settings.catalogue if _fits(contract, name, role, one)]
        other = contract.roles.get(role.different_family_from or "")
        if not fitting:
            yield Missing("model", _wanted(contract, name, role), name, mend)
        elif other is not None and other.worker in ASKERS:
            theirs = {
                one.family
                for one in settings.catalogue
                if _fits(contract, role.different_family_from or "", other, one)
            }
            if theirs and theirs == {one.family for one in fitting} and len(theirs) == 1:
                wanted = f"{_wanted(contract, name, role)} of another family than {role.different_family_from}'s"
                yield Missing("model", wanted, name, mend)


def _fits(contract: Contract, name: str, role: Role, one: Candidate) -> bool:
    return (
        TIERS.index(one.tier) >= TIERS.index(role.tier)
        and (role.privacy != "local" or one.local)
        and (one.tools or not _has_tools(contract, name))
    )


def _has_tools(contract: Contract, role: str) -> bool:
    return any(holds(contract, role, name) for name in contract.tools)


def _wanted(contract: Contract, name: str, role: Role) -> str:
    local = ", local" if role.privacy == "local" else ""
    return f"a model of tier {role.tier}{local}{', with tools' if _has_tools(contract, name) else ''}"


def _tools(contract: Contract, settings: Settings, machine: Machine, base: Path | None) -> Iterator[Missing]:
    for name, tool in contract.tools.items():
        users = _users(contract, name, tool)
        if tool.stance == "deny" or not users:
            continue
        if lack := _lack(tool, settings, machine, base):
            yield Missing("tool", name, ", ".join(users), lack)
    for name, skill in contract.skills.items():
        if base is not None and not machine.there(base / skill.path / "SKILL.md"):
            yield Missing("tool", f"skill {name}", ", ".join(skill.roles), f"{skill.path}/SKILL.md is not there")


def _users(contract: Contract, name: str, tool: Tool) -> list[str]:
    """The tasks that propose what a connector carries, or the roles that are given the tool."""
    if tool.connector is not None:
        return [task.id for task in contract.plan.tasks if set(task.proposes) & set(tool.verbs)]
    return [role for role in roles_at_work(contract) if holds(contract, role, name)]


def _lack(tool: Tool, settings: Settings, machine: Machine, base: Path | None) -> str:
    """Why a tool cannot be used here; empty when nothing speaks against it."""
    if tool.connector is not None:
        return _connector_lack(tool, settings, machine)
    if tool.path is not None:
        return "" if base is None or machine.there(base / tool.path) else f"{tool.path} is not there"
    argv = tool.command or (tool.mcp.command if tool.mcp else None)
    if argv and not argv[0].startswith("{") and not machine.program(argv[0]):
        return f"{argv[0]} is not installed, or not on the PATH"
    return ""


def _connector_lack(tool: Tool, settings: Settings, machine: Machine) -> str:
    name = tool.connector or ""
    outlet = settings.connectors.get(name)
    if outlet is None and name not in BUILT_IN:
        return f"config.toml has no [connectors.{name}]"
    if name == "smtp" and (settings.mail is None or settings.mail.smtp is None):
        return "config.toml has no [mail.smtp]"
    if name in {"smtp", "maildir"} and settings.identity is None:
        return "config.toml has no [mail] with a name, an address and a postal address to write as"
    if isinstance(outlet, Files) and not machine.there(Path(outlet.repository or outlet.folder)):
        return f"{outlet.repository or outlet.folder} is not there"
    return ""


def _keys(contract: Contract, settings: Settings, machine: Machine) -> Iterator[Missing]:
    for reference, needed_by in dict.fromkeys(_references(contract, settings)):
        kind, _, name = reference.partition(":")
        if kind == "env" and name not in machine.variables:
            yield Missing("key", reference, needed_by, f"the environment has no {name}")
        elif kind == "command":
            program = settings.secrets.get(name)
            if program is None:
                yield Missing("key", reference, needed_by, f"config.toml has no [secrets.{name}]")


def unseen(contract: Contract, settings: Settings) -> tuple[str, ...]:
    """References to a keyring, which is not looked into: `keyring:NAME`."""
    found = (reference for reference, _needed_by in _references(contract, settings))
    return tuple(dict.fromkeys(reference for reference in found if reference.startswith("keyring:")))


def _references(contract: Contract, settings: Settings) -> Iterable[tuple[str, str]]:
    roles = [(name, contract.roles[name]) for name in roles_at_work(contract) if contract.roles[name].worker in ASKERS]
    for name, model in sorted(settings.models.items()):
        if model.key and any(_fits(contract, role, terms, model.candidate(name)) for role, terms in roles):
            yield model.key, f"model {name}"
    for name, tool in contract.tools.items():
        if tool.stance == "deny" or not _users(contract, name, tool):
            continue
        if tool.connector == "smtp" and settings.mail and settings.mail.smtp and settings.mail.smtp.password:
            yield settings.mail.smtp.password, f"tool {name}"
        outlet = settings.connectors.get(tool.connector or "")
        if isinstance(outlet, Webhook | Mcp) and outlet.secret:
            yield outlet.secret, f"tool {name}"
        if isinstance(outlet, Mcp):
            yield from ((reference, f"tool {name}") for reference in outlet.env.values())
        if tool.mcp is not None:
            yield from ((ref, f"tool {name}") for ref in (tool.mcp.token, *(tool.mcp.env or {}).values()) if ref)
