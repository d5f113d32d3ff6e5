"""A plan as a graph: every task in every branch it belongs to, what it needs, and what stands before it. Pure.

Ancestors are bit sets, so that a thousand tasks take some milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from engine.contract.model import Contract
from engine.contract.planned import PlannedTask
from engine.plan.unfold import MAIN, Place, places


@dataclass(frozen=True)
class Graph:
    """The unfolded plan. `nodes` are its places in order; `needs` and `order` speak of their numbers."""

    contract: Contract
    nodes: tuple[Place, ...]
    tasks: tuple[PlannedTask, ...]
    needs: tuple[tuple[int, ...], ...]
    index: dict[str, int]
    """Where a task stands in the contract's list, by its id; of two with one id, the first."""
    named: dict[str, tuple[int, ...]]
    """The nodes of a task."""
    outside: frozenset[str]
    """Branches that tasks name and nobody plans."""

    @cached_property
    def order(self) -> tuple[int, ...] | None:
        """Every node after what it needs; None where tasks wait for each other."""
        waiting = [len(need) for need in self.needs]
        after: list[list[int]] = [[] for _ in self.nodes]
        for node, needs in enumerate(self.needs):
            for need in needs:
                after[need].append(node)
        found = [node for node, count in enumerate(waiting) if not count]
        for node in found:  # grows while it is read
            for then in after[node]:
                waiting[then] -= 1
                if not waiting[then]:
                    found.append(then)
        return tuple(found) if len(found) == len(self.nodes) else None

    @cached_property
    def ring(self) -> tuple[str, ...]:
        """One circle of tasks that wait for each other, each before what it waits for; empty where there is none."""
        if self.order is not None:
            return ()
        state = [0] * len(self.nodes)
        for start in range(len(self.nodes)):
            path: list[int] = []
            stack: list[tuple[int, int]] = [(start, 0)]
            while stack:
                node, place = stack.pop()
                if not place:
                    if state[node]:
                        continue
                    state[node] = 1
                    path.append(node)
                if place < len(self.needs[node]):
                    stack.append((node, place + 1))
                    then = self.needs[node][place]
                    if state[then] == 1:
                        return tuple(self.nodes[n][0] for n in [*path[path.index(then) :], then])
                    stack.append((then, 0))
                else:
                    state[node] = 2
                    path.pop()
        return ()  # pragma: no cover - without an order there is a circle

    @cached_property
    def before(self) -> tuple[int, ...]:
        """The ancestors of each node, as a set of bits; nothing where there is no order."""
        found = [0] * len(self.nodes)
        for node in self.order or ():
            reached = 0
            for need in self.needs[node]:
                reached |= found[need] | 1 << need
            found[node] = reached
        return tuple(found)

    @cached_property
    def after(self) -> tuple[int, ...]:
        """How many nodes need each one."""
        found = [0] * len(self.nodes)
        for needs in self.needs:
            for need in needs:
                found[need] += 1
        return tuple(found)

    @cached_property
    def above(self) -> dict[str, frozenset[str]]:
        """Each branch with all that it grew from, `main` included."""
        found: dict[str, frozenset[str]] = {MAIN: frozenset({MAIN})}
        for branch in self.contract.plan.branches:
            found[branch.id] = found.get(branch.parent or MAIN, frozenset({MAIN})) | {branch.id}
        return found

    def each(self) -> Iterator[tuple[int, Place, PlannedTask]]:
        """Every node with its number, place and task."""
        for node, (place, task) in enumerate(zip(self.nodes, self.tasks, strict=True)):
            yield node, place, task


def graph(contract: Contract) -> Graph:
    """The graph of a contract's plan. Needs that are no task are left out: another rule names them."""
    found = places(contract)
    nodes, tasks = tuple(found), tuple(found.values())
    number = {place: node for node, place in enumerate(nodes)}
    named: dict[str, list[int]] = defaultdict(list)
    for node, (name, _branch) in enumerate(nodes):
        named[name].append(node)
    needs: list[tuple[int, ...]] = []
    for (_name, key), task in found.items():
        mine: list[int] = []
        for need in task.needs:
            near = number.get((need, key), number.get((need, MAIN)))
            mine += [near] if near is not None else named.get(need, [])
        needs.append(tuple(dict.fromkeys(mine)))
    index: dict[str, int] = {}
    for place, task in enumerate(contract.plan.tasks):
        index.setdefault(task.id, place)
    planned = {MAIN, *(branch.id for branch in contract.plan.branches)}
    return Graph(
        contract,
        nodes,
        tasks,
        tuple(needs),
        index,
        {name: tuple(numbers) for name, numbers in named.items()},
        frozenset(key for _name, key in nodes if key not in planned),
    )
