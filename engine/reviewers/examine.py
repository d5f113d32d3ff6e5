"""A reviewer before its seeded artifacts: each asked about once, within a budget, until all are answered or it is down.

Whatever ends it early, what was answered until then stays, and so does what it cost. Everything impure is handed in:
the worker that asks the model, clock and sleep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.context.tokens import tokens
from engine.ledger import bodies as b
from engine.ledger.bodies.reviewing import GOOD
from engine.reviewers.artifacts import DEFECTS, Seeded
from engine.reviewers.case import Case
from engine.routing.breaker import MENDED
from engine.routing.catalogue import Candidate
from engine.routing.measured import EXAM, Measured
from engine.state.fold_work import OUTAGE
from engine.tools.protocol import NoTools
from engine.values import MINUTE, SECOND, Sha256, Tokens, money, sha256
from engine.workers.model.instructions import overhead
from engine.workers.protocol import AttemptJob, Ending, Failed, Finished, Note, Worker

LASTING: frozenset[str] = MENDED | {"reconfigured", "broken_install"}
"""Faults that no waiting heals."""
SILENT: frozenset[str] = OUTAGE | LASTING
"""Faults by which nobody answered; every other one is an answer that nobody can use."""
PASSING: frozenset[str] = OUTAGE - LASTING
TRIES = 3
"""So often one artifact is asked about while nobody answers."""
DOWN = 2
"""After so many artifacts in a row about which nobody answers, it is down."""
LONGEST_WAIT = MINUTE
"""A provider that asks for more patience than this is not waited for."""
Outcome = Literal["passed", "sent back", "unusable", "unanswered"]
Sleep = Callable[[int], Awaitable[None]]


class Desk:
    """What a worker may touch here: blobs in memory, time, and no tools. `sleep` takes milliseconds."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep, self._blobs = sleep, dict[Sha256, bytes]()

    @property
    def workspace(self) -> Path:
        """None is made: a review without tools writes no file."""
        raise NotImplementedError("a review writes no file")

    @property
    def tools(self) -> NoTools:
        """None."""
        return NoTools()

    async def put(self, content: bytes) -> Sha256:
        """Keep content for as long as this lasts."""
        self._blobs[sha256(content)] = content
        return sha256(content)

    async def blob(self, sha: Sha256) -> bytes:
        """Content by hash. Raises KeyError."""
        return self._blobs[sha]

    async def sleep(self, ms: int) -> None:
        """Let time pass."""
        await self._sleep(ms)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one artifact. `why`: the reviewer's words, or what makes them no review."""

    kind: str
    outcome: Outcome
    why: str = ""

    @property
    def right(self) -> bool:
        """Whether a good one was passed, or a bad one sent back."""
        return self.outcome == ("passed" if self.kind == GOOD else "sent back")


@dataclass(slots=True)
class Purse:
    """What all reviewers together may still cost, in micro-dollars; None: without limit."""

    left: int | None = None

    def reserve(self, most: int) -> bool:
        """Set aside what one artifact may cost; False when that is not there."""
        if self.left is None:
            return True
        if most > self.left:
            return False
        self.left -= most
        return True

    def settle(self, most: int, cost: int) -> None:
        """Give back what it did not cost."""
        if self.left is not None:
            self.left += most - cost


@dataclass(slots=True)
class Examined:
    """What is known of one reviewer so far; complete once `stopped` stays empty and everything is answered."""

    reviewer: Candidate
    model: str
    seed: int
    planned: int
    answers: list[Answered] = field(default_factory=list)
    stopped: str = ""
    usage: Tokens = field(default_factory=Tokens)
    calls: int = 0
    micro_usd: int = 0
    unknown: bool = False
    """Whether of some call nobody knows what it used."""
    took: int = 0
    """Milliseconds."""

    def counts(self) -> tuple[b.DefectCount, ...]:
        """Answers by kind, the good ones first; what was not answered, or in no usable way, is in none of them."""
        found = []
        for kind in (GOOD, *DEFECTS):
            of_kind = [one for one in self.answers if one.kind == kind and one.outcome in {"passed", "sent back"}]
            if of_kind:
                back = sum(one.outcome == "sent back" for one in of_kind)
                found.append(b.DefectCount(kind=kind, sent_back=back, n=len(of_kind)))
        return tuple(found)

    @property
    def unusable(self) -> int:
        """Answers of which no review could be made."""
        return sum(one.outcome == "unusable" for one in self.answers)

    @property
    def told(self) -> b.ReviewerMeasured:
        """The fact that is kept."""
        return b.ReviewerMeasured(
            name=self.reviewer.name,
            setup=self.reviewer.setup,
            model=self.model,
            exam=EXAM,
            seed=self.seed,
            kinds=self.counts(),
            unusable=self.unusable,
            planned=self.planned,
            stopped=self.stopped[:500],
            usage=self.usage,
            calls=self.calls,
            micro_usd=self.micro_usd,
            basis="free" if self.reviewer.free else "at_most" if self.unknown else "reported",
            took=self.took,
        )

    def measured(self) -> Measured:
        """What these answers alone amount to."""
        told = self.told
        caught, bad = told.asked(good=False)
        alarms, good = told.asked(good=True)
        return Measured(told.name, told.setup, caught, bad, alarms, good, told.unusable)


def most(reviewer: Candidate, case: Case) -> int:
    """Micro-dollars that asking about one artifact may cost at most."""
    return reviewer.worst(_tokens(case.job, reviewer))


def typical(reviewer: Candidate, cases: Sequence[Case]) -> int:
    """Micro-dollars that asking about all of them usually costs: each told once, and answered in some hundred words."""
    if reviewer.free:
        return 0
    told = sum(_tokens(case.job, reviewer) + reviewer.frame // 3 for case in cases)
    said = len(cases) * min(600, reviewer.max_output // 8)
    return reviewer.price.cost(Tokens(input=told, output=said), len(cases))


def _tokens(job: AttemptJob, reviewer: Candidate) -> int:
    return tokens(job.package) + max(0, overhead(job) - reviewer.frame)


async def examine(
    found: Examined,
    artifacts: Sequence[tuple[Seeded, Case]],
    worker: Worker,
    *,
    clock: Callable[[], int],
    sleep: Sleep,
    purse: Purse,
    parallel: int = 1,
    progress: Callable[[Examined], None] = lambda _found: None,
) -> None:
    """Ask about every artifact, and write into `found` what comes of it: whoever cancels this keeps what was answered.

    `clock` tells milliseconds, `sleep` takes them; so many artifacts are asked about side by side.
    """
    began, waiting, settled = clock(), list(reversed(artifacts)), asyncio.Event()
    silent = under_way = 0

    async def one_after_the_other() -> None:
        nonlocal silent, under_way
        while waiting and not found.stopped:
            one, case = waiting.pop()
            bound = most(found.reviewer, case)
            while not found.stopped and not purse.reserve(bound):
                if under_way:
                    settled.clear()
                    await settled.wait()  # what is under way rarely costs what was set aside for it
                else:
                    found.stopped = f"the budget is used up: one more artifact may cost {money(bound)}"
            if found.stopped:
                return
            under_way += 1
            try:
                ended = await _asked(found, case, worker, sleep, bound, purse)
            finally:
                under_way -= 1
                settled.set()
            answered = _answered(one, case, ended)
            found.answers.append(answered)
            found.took = max(0, clock() - began)
            silent = silent + 1 if answered.outcome == "unanswered" else 0
            if isinstance(ended, Failed) and ended.fault in LASTING:
                found.stopped = found.stopped or f"it cannot be asked: {answered.why}"
            elif silent >= DOWN:
                found.stopped = found.stopped or f"it is down: {answered.why}"
            progress(found)

    async with asyncio.TaskGroup() as group:
        for _ in range(max(1, parallel)):
            group.create_task(one_after_the_other())


def _answered(one: Seeded, case: Case, ended: Ending) -> Answered:
    if isinstance(ended, Finished):
        outcome, why = case.judged(ended.handoff)
        return Answered(one.kind, outcome, why)
    if isinstance(ended, Failed) and ended.fault not in SILENT:
        return Answered(one.kind, "unusable", ended.reason)
    reason = ended.reason if isinstance(ended, Failed) else "it was not answered"
    return Answered(one.kind, "unanswered", reason)


async def _asked(found: Examined, case: Case, worker: Worker, sleep: Sleep, bound: int, purse: Purse) -> Ending:
    """How one artifact's review ended, asked again while nobody answers. `bound` is set aside for it; every try is paid
    for, or counted at its most where nobody knows, and another one follows only where that much is there again.
    """
    aside, spent, ended, over = bound, 0, None, False
    try:
        for number in range(TRIES):
            if number:
                await sleep(_wait(ended, number))
            ended = None
            async with aclosing(worker.run(case.job, Desk(sleep))) as events:  # type: ignore[type-var]
                async for event in events:
                    ended = event if not isinstance(event, Note) else ended
            ended = ended or Failed(reason="it ended without a word", fault="host_lost", usage=None)
            cost = _charge(found, ended, bound)
            spent += cost
            again = isinstance(ended, Failed) and ended.fault in PASSING and ended.retry_after_ms <= LONGEST_WAIT
            if not again or number + 1 == TRIES or not purse.reserve(cost):
                break
            aside += cost
        over = True
        return ended or Failed(reason="it was never asked")
    finally:
        if not over and not found.reviewer.free:  # cancelled in the middle: what is under way may have been paid for
            found.micro_usd, found.unknown, spent = found.micro_usd + bound, True, spent + bound
        purse.settle(aside, spent)


def _wait(ended: Ending | None, number: int) -> int:
    asked = ended.retry_after_ms if isinstance(ended, Failed) else 0
    return min(LONGEST_WAIT, max(asked, SECOND << (number - 1)))


def _charge(found: Examined, ended: Ending, bound: int) -> int:
    """Add what a try used, and return what it cost in micro-dollars."""
    calls = 1 if ended.calls is None else ended.calls
    found.calls += calls
    if ended.usage is not None:
        found.usage = found.usage + ended.usage
        cost = 0 if found.reviewer.free else found.reviewer.price.cost(ended.usage, calls)
    else:
        cost, found.unknown = bound, found.unknown or not found.reviewer.free
    found.micro_usd += cost
    return cost
