"""When models are away in one history: outages of a provider, as often and as long as the numbers say. Pure.

All models of a provider are away together; whether one is does not depend on who asks, or how often.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import ModelNumbers, dice
from engine.routing.catalogue import Candidate

EARLIER = 5
"""So many outages before a mission begins its days are drawn too: one may be under way."""


class Outages:
    """The outages of one history, drawn as far as they are asked about. Times are milliseconds since its start."""

    def __init__(self, known: ModelNumbers, catalogue: Sequence[Candidate], seed: int, leaning: Leaning) -> None:
        self._known, self._seed, self._leaning = known, seed, leaning
        self._providers = {one.name: one.provider or one.name for one in catalogue}
        self._drawn: dict[str, list[tuple[int, int]]] = {}

    def away(self, model: str, at: int) -> bool:
        """Whether a model cannot be asked at a moment."""
        outage, lasts = self._known.outage, self._known.lasts
        if outage is None or (outage.k and lasts is None):
            self._leaning.on("models.outage" if outage is None else "models.lasts")
            return False
        if not outage.k or lasts is None:
            return False
        provider = self._providers.get(model, model)
        drawn = self._drawn.setdefault(provider, [])
        mean = float(sum(lasts.values) / len(lasts.values))
        there = mean * (outage.n - outage.k) / outage.k  # between two outages, on average
        while not drawn or drawn[-1][1] <= at:
            chance = dice(self._seed, provider, len(drawn), "outage")
            before = drawn[-1][1] if drawn else -int(EARLIER * (mean + there))
            begins = before + int(chance.expovariate(1 / there)) if there else before
            drawn.append((begins, begins + max(1, int(lasts.draw(chance)))))
        return any(begins <= at < ends for begins, ends in drawn)
