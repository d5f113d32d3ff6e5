"""Verified outcomes over all missions of an engine, added up anew only when one of them has changed or a day began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.routing.measured import Measured
from engine.routing.record import Record, gathered
from engine.state.model import MissionState
from engine.values import DAY


class Outcomes:
    """What missions have found out about models, as it weighs on a day. A rehearsal is told of none, and tells none."""

    def __init__(self) -> None:
        self._seen: tuple[int, ...] = ()
        self._record = Record()

    def for_(
        self,
        mission: MissionState,
        missions: Sequence[MissionState],
        wall: int,
        reviewers: tuple[Measured, ...] = (),
    ) -> Record:
        """What one of the missions may go by at a moment, wall time in milliseconds. `reviewers`: what was measured of
        them.
        """
        if mission.rehearsed:
            return Record()
        real, day = [state for state in missions if not state.rehearsed], wall // DAY
        seen = (day, *(state.outcomes.changes for state in real))
        if seen != self._seen:
            self._seen, self._record = seen, gathered((state.outcomes.tallies for state in real), day)
        return replace(self._record, reviewers=reviewers) if reviewers else self._record
