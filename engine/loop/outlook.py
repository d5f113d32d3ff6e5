"""What a decision about one mission may know beyond it: the home, the other missions, who cannot be asked now.

Read anew for each decision; what costs more is remembered for as long as nothing it rests on has moved.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.governance.courtesy import Contact
from engine.loop.decide.pace import SANDBOX, contacts
from engine.loop.homestream import HomeStream
from engine.loop.jobs import LocalExecutor
from engine.loop.record import Outcomes
from engine.loop.runner import Runner
from engine.loop.surroundings import Surroundings
from engine.loop.world import World
from engine.routing.breaker import Bar, barred
from engine.routing.measured import measured
from engine.settings import REHEARSED_IDENTITY
from engine.state.model import CONTACTED
from engine.values import MissionId


class Outlook:
    """The surroundings of decisions, over all missions of an engine."""

    def __init__(
        self, around: Surroundings, home: HomeStream, runners: Mapping[MissionId, Runner], executor: LocalExecutor
    ) -> None:
        self._around, self._home, self._runners, self._executor = around, home, runners, executor
        self.set_up = around.set_up()
        """How the home is set up now."""
        self._outcomes = Outcomes()
        self._contacts: dict[MissionId, tuple[tuple[int, ...], dict[str, str], tuple[Contact, ...]]] = {}
        self._bars: dict[str, Bar] | None = None

    def look(self) -> None:
        """Read anew how the home is set up."""
        self.set_up = self._around.set_up()

    def moved(self) -> None:
        """Something happened that may bar a model, or end that it is barred."""
        self._bars = None

    @property
    def bars(self) -> dict[str, Bar]:
        """Who cannot be asked, as missions at rest look at it: found out once for all of them."""
        if self._bars is None:
            self._bars = self._barred()
        return self._bars

    def world(self, mission: MissionId, epoch: int) -> World:
        """The surroundings of a decision of this engine about one mission."""
        set_up = self.set_up
        identity = set_up.identity
        if identity is None and self._runners[mission].state.rehearsed:
            identity = REHEARSED_IDENTITY
        contacted, recent = self.contacted(mission)
        states = [runner.state for runner in self._runners.values()]
        return World(
            home=self._home.state,
            alive=self._executor.alive(),
            epoch=epoch,
            wall=self._around.clock(),
            catalogue=set_up.catalogue,
            identity=identity,
            connectors={name: connector.delivery for name, connector in self._around.connectors.items()},
            destinations=dict(set_up.connectors),
            contacted=contacted,
            limits=set_up.limits,
            recent=recent,
            barred=self._barred(),
            record=self._outcomes.for_(
                self._runners[mission].state, states, self._around.clock(), measured(self._home.state, set_up.catalogue)
            ),
            redactor=self._around.redactor,
            slots=set_up.slots,
        )

    def _barred(self) -> dict[str, Bar]:
        """Models that cannot be asked now, for every mission alike."""
        trying: dict[str, list[int]] = {}
        for job in self._executor.alive():
            mission, _, name = job.partition("/")
            runner = self._runners.get(MissionId(mission))
            attempt = runner.state.attempts.get(name) if runner is not None else None
            if attempt is not None and attempt.model and attempt.state == "dispatched":
                trying.setdefault(attempt.model, []).append(attempt.at)
        return barred(self._home.state, self.set_up.catalogue, self._around.clock(), trying)

    def contacted(self, mission: MissionId) -> tuple[dict[str, str], tuple[Contact, ...]]:
        """Who other missions have contacted, or are about to, and when; remembered while none of them has moved."""
        heights = tuple(runner.state.height for runner in self._runners.values())
        known = self._contacts.get(mission)
        if known is None or known[0] != heights:
            found = {
                person: f"{other}/{effect.branch}"
                for other, runner in self._runners.items()
                if other != mission and not runner.state.rehearsed
                for effect in runner.state.effects.values()
                if effect.state in CONTACTED and effect.connector != SANDBOX
                for person in effect.persons
            }
            others = (runner.state for other, runner in self._runners.items() if other != mission)
            recent = tuple(contact for state in others for contact in contacts(state))
            known = self._contacts[mission] = (heights, found, recent)
        return known[1:]
