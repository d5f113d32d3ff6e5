"""Planted bugs of budgets, stopping, and what is never stuck."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

READY = "engine/plan/ready.py"
REST = "engine/loop/decide/rest.py"
WORKING = "engine/loop/decide/work.py"
RUNNER = "engine/loop/runner.py"
ENGINE = "engine/loop/engine.py"
STATES = "tests/world/test_states.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a stop is acknowledged before what runs is ended", "P20", 0,
        (Edit(RUNNER, "                self._called_off()  #", "                pass  #"),),
        test="tests/engine/loop/test_p20_stopping.py",
    ),
    Mutant(
        "what runs goes on after its mission was stopped", "P20", 118,
        (Edit(ENGINE, "(runner.state.status in OVER or task.state == \"cancelled\")", "task.state == \"expired\""),),
    ),
    Mutant(
        "a pause does not keep new work from beginning", "P20", 4,
        (
            Edit("engine/loop/decide/__init__.py", "stages = ALWAYS if state.status in OVER or not state.active else ALWAYS + ACTIVE",
                 "stages = ALWAYS if state.status in OVER else ALWAYS + ACTIVE"),
        ),
    ),
    Mutant(
        "what needs a cancelled task waits for ever", "P21", 0,
        (Edit(READY, 'any(state.tasks[n].state == "cancelled" and', 'any(state.tasks[n].state == "expired" and'),),
        test=STATES,
    ),
    Mutant(
        "a review that was given up is waited for", "P21", 0,
        (Edit(WORKING, "elif all(review.state in FINAL_TASK for review in reviews):", 'elif all(review.state == "expired" for review in reviews):'),),
        test=STATES,
    ),
    Mutant(
        "a question that was raised once is never raised again", "P21", 0,
        (Edit("engine/state/model.py", 'return {item.about for item in self.attention.values()} | self.settled', 'return {item.about for item in self.attention.values()} | self.settled | {"done"}'),),
        test=STATES,
    ),
    Mutant(
        "the budget of a role limits nothing", "P6", 0,
        (Edit("engine/governance/room.py", "    yield from of_role(state, task.role)\n    counted", "    counted"),),
        test="tests/engine/loop/test_p6_caps.py",
    ),
    Mutant(
        "what runs side by side does not know of each other's money", "P6", 0,
        (Edit("engine/governance/room.py", 'yield Limit("mission", "", "money", budget.money, state.spent, state.reserved)', 'yield Limit("mission", "", "money", budget.money, state.spent, 0)'),),
        test="tests/world/test_p6_wide.py",
    ),
    Mutant(
        "what is set aside is not near a cap", "P6", 0,
        (Edit("engine/governance/nearing.py", "_is_near(limit.used + limit.aside, limit.cap)", "_is_near(limit.used, limit.cap)"),),
        test="tests/engine/loop/test_nearing.py",
    ),
    Mutant(
        "a human is asked when a worker's place is free", "P21", 0,
        (Edit(WORKING, '    if worker == "human":\n        return False\n', ""),), test="tests/engine/loop/test_decide_work.py",
    ),
    Mutant(
        "tokens that nobody counted cost nothing", "P6", 0,
        (Edit("engine/governance/money.py", "attempt.counted.tokens_aside if known is None or not asks else known.total", "0 if known is None or not asks else known.total"),),
        test="tests/engine/loop/test_p6_caps.py",
    ),
    Mutant(
        "what has been silent for hours is taken for dead", "P12", 0,
        (
            Edit("engine/loop/decide/recover.py", 'attempt.state == "dispatched" and attempt_job(state.id, attempt.id) not in world.alive',
                 'attempt.state == "dispatched" and (attempt_job(state.id, attempt.id) not in world.alive or _now - attempt.at > 14_400_000)'),
        ),
        test="tests/engine/loop/test_t_standing.py",
    ),
    Mutant(
        "a late end counts as if its attempt had not been lost", "P12", 0,
        (Edit("engine/loop/absorb.py", 'if attempt.state != "dispatched":', 'if attempt.state not in {"dispatched", "lost"}:'),),
        test="tests/engine/loop/test_t9_over.py",
    ),
)  # fmt: skip
