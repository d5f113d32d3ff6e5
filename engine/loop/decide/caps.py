"""At a cap the engine asks: what binds, what was used, what the next task needs, and to what it would be raised. Pure.

After a raise work goes on in place: the same tasks, nothing lost. One question for each cap, whoever waits under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.amending.single import amended, with_branch_cap, with_budget, with_role_cap
from engine.contract.units import parse_duration, parse_money
from engine.governance.nearing import near
from engine.governance.room import Dimension, Limit, amount, room
from engine.ledger import bodies as b
from engine.loop.intents import Intent, Record
from engine.loop.outcome import RefusedError
from engine.loop.world import World
from engine.routing.route import NoRoute
from engine.state.model import FINAL_TASK, Attention, Mint, MissionState, Task
from engine.values import MICRO, MINUTE, PPM, duration

CENT = MICRO // 100
QUARTER = PPM // 4
"""A raise suggests at least so much on top, so that the next task does not ask again."""
_RAISE = re.compile(r"raise(?:\s+to)?\s*:?\s*(?P<amount>.*)", re.IGNORECASE | re.DOTALL)
_COUNT = re.compile(r"([0-9][0-9, _]*)\s*(tokens?|calls?|attempts?)?", re.IGNORECASE)


def binding(state: MissionState, task: Task, choice: NoRoute) -> list[tuple[Limit, int]]:
    """The limits that keep a task from being done by anybody, each with what it would need."""
    space, found = room(state, task), []
    for name, needed in choice.short:
        limit = space.of(name)  # type: ignore[arg-type]
        if limit is not None:
            found.append((limit, needed))
    return found


def questions(state: MissionState, blocked: Sequence[tuple[Task, NoRoute]], mint: Mint) -> Iterator[b.AttentionRaised]:
    """One question for each cap under which tasks wait."""
    caps: dict[tuple[str, str, str], tuple[Limit, list[tuple[Task, int]]]] = {}
    for task, choice in blocked:
        for limit, needed in binding(state, task, choice) if choice.budget else ():
            key = (limit.level, limit.name, limit.dimension)
            caps.setdefault(key, (limit, []))[1].append((task, needed))
    for limit, waiting in caps.values():
        first, needed = waiting[0]
        more = sum(need for _task, need in waiting)
        wanted = _suggested(limit, max(needed, more))
        tasks = tuple(task.id for task, _need in waiting)
        others = f", and {len(tasks) - 1} more wait" if len(tasks) > 1 else ""
        needs = f"{first.title} ({first.id}) may need {amount(limit.dimension, needed)}"
        without = "it" if len(tasks) == 1 else f"{len(tasks)} tasks"
        whose = _whose(state, limit)
        yield _question(
            mint,
            f"{limit.dimension} of {whose} {'does' if limit.dimension == 'money' else 'do'} not suffice: raise, go on "
            f"without {without}, or stop?",
            detail=f"{limit.words}; {needs}{others}. Nothing that runs is touched; after a raise the same work goes on",
            choices=(
                f"raise to {amount(limit.dimension, wanted)}",
                *(("human",) if limit.level == "task" else ()),
                "skip",
                "stop",
            ),
            about=_about(state, f"cap:{limit.level}:{limit.name}:{limit.dimension}:{limit.cap}"),
            tasks=tasks,
            branch=first.branch if limit.level in {"task", "branch"} else "",
        )


def attempts(state: MissionState, mint: Mint) -> Iterator[b.AttentionRaised]:
    """The contract's attempts are used up and work is left."""
    still = tuple(task.id for task in state.tasks.values() if task.state == "open")
    most = state.terms.budget.attempts
    if not still or state.used_attempts < most:
        return
    wanted = state.used_attempts + max(len(still), most // 4, 1)
    yield _question(
        mint,
        f"{state.used_attempts} attempts are used up: raise, go on without what is left, or stop?",
        detail=f"the contract allows {most}; {len(still)} of its tasks are open",
        choices=(f"raise to {wanted}", "skip", "stop"),
        about=_about(state, f"cap:mission::attempts:{most}"),
        tasks=still,
        branch="",
    )


def nearing(state: MissionState, _now: int, _world: World) -> Iterator[Intent]:
    """Caps that are nearly used up are said to be, each once; nothing waits for it and nobody is asked."""
    told = tuple(
        b.BudgetNeared(
            level=one.level,
            branch=one.name if one.level == "branch" else "",
            role=one.name if one.level == "role" else "",
            dimension=one.dimension,
            used=one.used,
            aside=one.aside,
            cap=one.cap,
        )
        for one in near(state)
        if one.key not in state.neared
    )
    if told:
        yield Record(told)


def over_attention(state: MissionState) -> bool:
    """Whether the human minutes of the contract are used up: new proposals wait then, decisions never do."""
    most = state.terms.budget.attention
    return most is not None and state.attention_ms >= most


def attention(state: MissionState, waiting: Sequence[str], mint: Mint) -> Iterator[b.AttentionRaised]:
    """Proposals of these tasks wait, because the human minutes of the contract are used up."""
    most = state.terms.budget.attention
    if most is None or not waiting:
        return
    wanted = _minutes(state.attention_ms + max(most // 4, 10 * MINUTE))
    one = len(waiting) == 1
    yield _question(
        mint,
        f"your minutes for this mission are used up: raise, or go on without the proposals of {len(waiting)} "
        f"task{'' if one else 's'}?",
        detail=f"{duration(state.attention_ms)} of {duration(most)} used; what waits for you already can be decided, "
        "new proposals are held back",
        choices=(f"raise to {wanted // MINUTE}m", "skip", "stop"),
        about=_about(state, f"cap:mission::attention:{most}"),
        tasks=tuple(waiting),
        branch="",
    )


def _question(
    mint: Mint, title: str, *, detail: str, choices: tuple[str, ...], about: str, tasks: tuple[str, ...], branch: str
) -> b.AttentionRaised:
    return b.AttentionRaised(
        attention=mint("Q"),
        kind="budget",
        title=title,
        detail=detail,
        choices=choices,
        about=about,
        task=tasks[0] if len(tasks) == 1 else "",
        refs=tasks,
        branch=branch,
    )


def _about(state: MissionState, cap: str) -> str:
    """A cap that was answered about and still binds is asked about anew."""
    return f"{cap}:{sum(about.startswith(f'{cap}:') for about in state.settled)}"


def _whose(state: MissionState, limit: Limit) -> str:
    if limit.level == "mission":
        return "the mission"
    if limit.level == "branch":
        return f"branch {state.branches[limit.name].key}"
    return f"the role {limit.name}" if limit.level == "role" else state.tasks[limit.name].title


def _suggested(limit: Limit, needed: int) -> int:
    """Enough for what waits and a quarter more than now: whole cents, whole dollars from ten on, whole thousands of
    tokens.
    """
    least = max(limit.used + limit.aside + needed, limit.cap + limit.cap * QUARTER // PPM)
    if limit.dimension == "money":
        step = MICRO if least >= 10 * MICRO else CENT
    else:
        step = 1_000 if limit.dimension == "tokens" else 1
    return -(-least // step) * step


def _minutes(ms: int) -> int:
    return -(-ms // MINUTE) * MINUTE


# -- what an answer means


def wants_raise(item: Attention, text: str) -> bool:
    """Whether an answer to a question about a cap raises it: `raise to $2.25` as offered, or `raise: 5 USD`."""
    return item.about.startswith("cap:") and text.strip().casefold().startswith("raise")


def raised(state: MissionState, item: Attention, text: str, now: int, who: str) -> tuple[b.Body, ...]:
    """The facts of a raise: an amendment, or a larger limit of one task. Raises RefusedError for no amount or one that
    is not more, `SaysNoError` where the contract cannot be held then.
    """
    _cap, level, name, dimension, old, _again = item.about.split(":")
    said = _RAISE.fullmatch(text.strip())
    wanted = _amount(dimension, said["amount"].strip() if said else "") or _offered(dimension, item)
    if wanted <= int(old):
        raise RefusedError(f"{item.id}: it is {_shown(dimension, int(old))} already", "write raise: and more than that")
    because = f"{who} raised it: {item.title}"[:1900]
    if level == "task":
        given = {"money": "budget"}.get(dimension, dimension)
        return (b.TaskRaised.model_validate({"task": name, given: wanted, "because": because}),)
    if level == "mission":
        contract = with_budget(state.terms, **{dimension: wanted})
    elif level == "branch":
        contract = with_branch_cap(state.terms, state.branches[name].key, **{dimension: wanted})
    else:
        contract = with_role_cap(state.terms, name, **{dimension: wanted})
    return amended(state, contract, now, because=because)


def skipped(state: MissionState, item: Attention, who: str) -> tuple[b.Body, ...]:
    """Work goes on without the tasks that wait under a cap; without their proposals, where human minutes bind."""
    meant = [state.tasks[name] for name in item.refs if name in state.tasks]
    if item.about.startswith("cap:mission::attention:"):
        return tuple(
            b.EffectRefused(
                task=task.id, attempt=task.accepted, index=index, verb=verb, code="attention", because=f"{who} went on "
                "without it: no minutes are left to look at it",
            )
            for task in meant
            for index, verb in _unproposed(state, task)
        )  # fmt: skip
    if item.about.startswith("cap:mission::attempts:"):
        meant = [task for task in state.tasks.values() if task.state == "open"]
    return tuple(
        b.TaskCancelled(task=task.id, because=f"skipped by {who}") for task in meant if task.state not in FINAL_TASK
    )


def _unproposed(state: MissionState, task: Task) -> Iterator[tuple[int, str]]:
    attempt = state.attempts.get(task.accepted)
    if attempt is not None:
        verb = task.proposes[0] if task.proposes else "send"
        yield from ((index, verb) for index in range(attempt.proposed, attempt.proposals))


def _offered(dimension: str, item: Attention) -> int:
    return _amount(dimension, item.choices[0].removeprefix("raise to ")) if item.choices else 0


def _amount(dimension: str, text: str) -> int:
    """What a person wrote, in the unit of the dimension; 0 for nothing. Raises RefusedError for what is no amount."""
    plain = text.replace(",", "").strip()
    if not plain:
        return 0
    try:
        if dimension == "money":
            return parse_money(plain.upper().replace("USD", " USD").replace("  ", " "))
        if dimension == "attention":
            return parse_duration(plain)
        if (count := _COUNT.fullmatch(plain)) is not None:
            return int(count[1].replace(" ", "").replace("_", ""))
    except ValueError:
        pass
    example = {"money": "5 USD", "attention": "90m"}.get(dimension, "50000")
    raise RefusedError(f"{text[:60]} is no amount", f"write raise: {example}")


def _shown(dimension: str, value: int) -> str:
    if dimension in {"money", "tokens", "calls"}:
        known: Dimension = dimension  # type: ignore[assignment]
        return amount(known, value)
    return duration(value) if dimension == "attention" else str(value)
