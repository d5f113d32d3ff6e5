"""Tools in an engine: a gateway for each attempt, a look at what a tool offers, and how a mission stands meanwhile."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.governance.clauses import tool_clauses
from engine.governance.policy import Standing
from engine.ledger.protocol import Job, Result, Store
from engine.loop.runner import Runner
from engine.loop.shelf import RecordShelf
from engine.redaction import Redactor
from engine.tools.bench import Bench, told
from engine.tools.gateway import Gateway
from engine.tools.protocol import Grant, Provider, ToolDownError
from engine.tools.seat import Decided, Hands, Seat
from engine.tools.state import Bare, Shelf, StateProvider
from engine.values import Sha256, sha256
from engine.workers.protocol import AttemptJob, FileIn

Opener = Callable[[Grant, Path], Provider]
"""Opens the provider of a grant over a workspace."""
DIFF_LINES = 60
DIFF_CAP = 6_000


@dataclass(frozen=True, slots=True)
class MissionDesk:
    """How a mission durably stands, for one attempt's gateway."""

    runner: Runner | None
    attempt: str

    def standing(self) -> Standing:
        """What the contract says, and whether mission and attempt still run."""
        if self.runner is None or self.runner.state.contract is None:
            return Standing(running=False)
        state = self.runner.state
        attempt, terms = state.attempts.get(self.attempt), state.terms
        verbs = {verb for tool in terms.tools.values() for verb in tool.verbs}
        return Standing(
            running=state.active and attempt is not None and attempt.state == "dispatched",
            allowed=frozenset(terms.actions.allowed),
            restricted=frozenset(terms.actions.restricted),
            outward=frozenset(verb for verb in verbs if terms.outward(verb)),
        )

    def decided(self, wanted: Sha256) -> Decided | None:
        """What is decided and durable: a decision that is being written is none yet."""
        if self.runner is None or not self.runner.durable:
            return None
        state, now = self.runner.state, self.runner.now
        found = [one for one in state.wanted.values() if one.digest == wanted]
        if not found:
            return None
        last = found[-1]
        live = last.state in {"awaiting", "approved"}
        dead = live and (now >= last.expires or tool_clauses(state.terms, last.tool) != last.clauses)
        return Decided(last.id, "expired" if dead else last.state, last.because)


class ToolRoom:
    """Where gateways come from. `runner` finds a mission."""

    def __init__(
        self,
        opener: Opener,
        *,
        store: Store,
        work: Path,
        clock: Callable[[], int],
        sleep: Callable[[int], Awaitable[None]],
        leads: Callable[[], Awaitable[None]],
        runner: Callable[[str], Runner | None],
        redactor: Redactor,
    ) -> None:
        self._opener, self._store, self._work = opener, store, work
        self._clock, self._sleep, self._leads, self._runner, self._redactor = clock, sleep, leads, runner, redactor

    async def gateway(self, spec: AttemptJob, workspace: Path) -> Gateway:
        """The tools of an attempt, its files laid into its workspace."""
        await self._lay(spec.laid, workspace)
        seat = Seat(
            mission=spec.mission,
            attempt=spec.attempt,
            task=spec.task,
            role=spec.role,
            grants=spec.grants,
            label=spec.label,
            until=self._clock() + spec.timeout_ms,
        )
        return Gateway(seat, MissionDesk(self._runner(spec.mission), spec.attempt), self._hands(spec, workspace))

    def _hands(self, spec: AttemptJob, workspace: Path) -> Hands:
        async def record(name: str, body: dict[str, object]) -> bool:
            row = Result(f"{spec.mission}/{name}", spec.mission, "tool", self._redactor.clean(body))
            return await self._store.put_result(row, wall=self._clock())

        def secret(text: str) -> str:
            found = self._redactor.find(text, known_only=True)
            return found[0].what if found else ""

        shelf = RecordShelf(
            runner=lambda: self._runner(spec.mission),
            attempt=spec.attempt,
            blob=self._store.blob,
            put=self._put,
            sleep=self._sleep,
            clean=self._redactor.redact,
        )
        return Hands(
            open=lambda grant: self._opened(grant, workspace, shelf),
            put=self._put,
            record=record,
            clock=self._clock,
            sleep=self._sleep,
            secret=secret,
            clean=self._redactor.redact,
            leads=self._leads,
        )

    def _opened(self, grant: Grant, workspace: Path, shelf: Shelf) -> Provider:
        return StateProvider(grant.tool, shelf) if grant.kind == "state" else self._opener(grant, workspace)

    async def _put(self, content: bytes) -> Sha256:
        name = sha256(content)
        await self._store.put_blobs({name: content})
        return name

    async def _lay(self, files: tuple[FileIn, ...], workspace: Path) -> None:
        """Files of inputs and artifacts, read-only; what was erased is not there."""
        for file in files:
            content = await self._store.blob(file.sha)
            place = workspace / file.filename
            if content is not None and not place.exists():
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
                with os.fdopen(descriptor, "wb") as out:
                    out.write(content)

    async def look(self, job: Job) -> dict[str, Any]:
        """What a tool offers now, or why it cannot be used: the body of the result of a job that looks at it."""
        body, name = job.body, str(job.body["tool"])
        grant = Grant.model_validate(_tupled(body["grant"]))
        workspace = self._work / job.mission / f"look-{name}"
        workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        bench = Bench((grant,), lambda held: self._opened(held, workspace, Bare()))
        try:
            await self._lay(tuple(FileIn.model_validate(file) for file in body.get("files", [])), workspace)
            seen = await bench.look(grant)
        except ToolDownError as error:
            return {"tool": name, "up": False, "because": error.what[:2_000], "mend": error.mend[:2_000]}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong means that it cannot be used
            return {"tool": name, "up": False, "because": f"it cannot be opened ({type(error).__name__})", "mend": ""}
        finally:
            await bench.close()
        specs, lines = [], []
        for spec in seen.specs:
            content = told(spec)
            described = sha256(spec.description.encode("utf-8", "replace"))
            sha, pin = await self._put(content), spec.pin(seen.identity)
            specs.append({"operation": spec.name, "pin": pin, "spec": sha, "description": described})
            before = body.get("pins", {}).get(spec.name)
            if before is not None and before["pin"] != pin:
                lines += _difference(spec.name, await self._store.blob(Sha256(before["spec"])) or b"", content)
        return {
            "tool": name,
            "up": True,
            "identity": seen.identity[:2_000],
            "specs": specs,
            "told": "\n".join(lines[:DIFF_LINES])[:DIFF_CAP],
        }


def _difference(name: str, old: bytes, new: bytes) -> list[str]:
    """What is different in what an operation says of itself, as lines; of one that says the same, its provider is."""
    before, after = _lines(old), _lines(new)
    changed = [line for line in difflib.ndiff(before, after, linejunk=None, charjunk=None) if line[0] in "+-"]
    return [f"{name}:", *changed] if changed else [f"{name}: it says the same, and its provider is another one"]


def _lines(content: bytes) -> list[str]:
    try:
        return json.dumps(json.loads(content), indent=1, sort_keys=True).splitlines()[:2_000]
    except ValueError:
        return []


def _tupled(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_tupled(part) for part in value)
    return {key: _tupled(part) for key, part in value.items()} if isinstance(value, Mapping) else value
