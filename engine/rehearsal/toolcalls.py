"""The calls of tools that a rehearsed attempt makes: as many as the numbers say, recorded as a gateway would.

No tool is touched. A call of a tool whose stance is `ask` waits for the human of the rehearsal, as long as the attempt
has time; which other calls the policy would ask about, nobody can say beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.contract.model import Tool
from engine.governance.labels import brought_back
from engine.ledger.protocol import Result, Store
from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import Numbers, dice, whole
from engine.state.model import MissionState
from engine.tools.granting import CALLERS, holds
from engine.values import MINUTE, digest, sha256
from engine.workers.protocol import AttemptJob, WorkerIO
from engine.workers.rehearsed import LABEL

POLL = MINUTE
"""How often an attempt that waits looks whether somebody has decided."""
NOTHING = b"{}"


class ToolCalls:
    """Makes the calls of every attempt of one history. `desk` takes their rows, `state` is the mission as it stands."""

    def __init__(
        self,
        numbers: Numbers,
        leaning: Leaning,
        desk: Store,
        *,
        state: Callable[[], MissionState],
        clock: Callable[[], int],
    ) -> None:
        self._numbers, self._leaning, self._desk = numbers, leaning, desk
        self._state, self._clock = state, clock
        self.made = 0

    async def make(self, job: AttemptJob, io: WorkerIO, until: int) -> None:
        """All calls of an attempt; what waits for a decision waits until `until` at most, virtual wall time."""
        number, label = 0, job.label
        for name, tool in self._held(job):
            known = self._numbers.tools.get(name)
            if known is None:
                self._leaning.on(f"{name}.calls")
                continue
            chance = dice(job.seed, name, "calls")
            for _ in range(min(whole(chance, known.draw(chance)), tool.calls)):
                number += 1
                call = f"{job.attempt}#c{number}"
                about: dict[str, Any] = {
                    "call": call,
                    "attempt": job.attempt,
                    "task": job.task,
                    "role": job.role,
                    "tool": name,
                    "operation": tool.operations[0] if tool.operations else name,
                    "arguments": await io.put(NOTHING),
                    "before": label.model_dump(mode="json"),
                    "wanted": "",
                }
                if tool.stance != "allow" and not await self._allowed(job, io, about, until):
                    continue
                label |= brought_back(name, LABEL, tool.privacy or ("public" if tool.builtin == "http" else "private"))
                said = {"said": "called", "after": label.model_dump(mode="json"), "ok": True, "source": LABEL}
                await self._row(job, call, about | said)
                self.made += 1

    def _held(self, job: AttemptJob) -> Iterator[tuple[str, Tool]]:
        state = self._state()
        terms, task = state.terms, state.tasks.get(job.task)
        role = terms.roles.get(job.role)
        if task is None or role is None or role.worker not in CALLERS or task.kind == "check":
            return
        for name, tool in terms.tools.items():
            if holds(terms, job.role, name) and (not task.tools or name in task.tools):
                yield name, tool

    async def _allowed(self, job: AttemptJob, io: WorkerIO, about: dict[str, Any], until: int) -> bool:
        """Ask whoever decides, and wait; an approval is used up by this call."""
        name = digest([job.mission, about["call"]])
        content = await io.put(f"{LABEL} {about['call']}".encode())
        asked = {"said": "asked", "content": content, "digest": name, "pin": sha256(NOTHING)}
        await self._row(job, f"{about['call']}.a", about | asked)
        while self._clock() < until:
            found = next((one for one in self._state().wanted.values() if one.digest == name), None)
            if found is not None and found.state == "approved":
                about["wanted"] = found.id
                claim = {"said": "claimed", "wanted": found.id, "call": about["call"], "attempt": job.attempt}
                await self._row(job, f"{found.id}.use", claim)
                return True
            if found is not None and found.state != "awaiting":
                return False
            await io.sleep(POLL)
        return False

    async def _row(self, job: AttemptJob, name: str, body: dict[str, Any]) -> None:
        await self._desk.put_result(Result(f"{job.mission}/{name}", job.mission, "tool", body), wall=self._clock())
