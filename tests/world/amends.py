"""What a simulated human amends now and then: terms of approval, criteria, money, cadence, the plan itself.

Previews are made by the same function that the engine uses, from the human's own reading of the ledger, and may be
stale when they arrive.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from engine.amending.proposal import propose
from engine.contract.case import Provided
from engine.errors import CockpitError
from engine.ledger.protocol import Store
from engine.state.model import OVER, MissionState
from engine.values import Sha256, sha256

PROVIDED = Provided(connectors=frozenset({"sink"}))
OFTEN = 0.07
"""How likely a human amends something when there is a chance to."""
EXTRA = """\
    - id: extra
      role: researcher
      verb: research
      needs: [look]
      criteria: [{text: is short, check: {max_words: 200}}]
      OWN
"""


def _undo(text: str, dice: random.Random) -> str:
    return re.sub(r"undo: \w+", f"undo: {dice.choice(['0s', '5s', '20s'])}", text)


def _expires(text: str, dice: random.Random) -> str:
    return re.sub(r"expires: \w+", f"expires: {dice.choice(['3h', '1d', '2d'])}", text)


def _words(text: str, dice: random.Random) -> str:
    return re.sub(r"max_words: 1\d\d", f"max_words: {dice.choice([120, 150, 180])}", text)


def _window(text: str, dice: random.Random) -> str:
    return re.sub(r"for: \dd", f"for: {dice.choice([1, 2, 4])}d", text)


def _money(text: str, dice: random.Random) -> str:
    found = re.search(r'budget: {money: "([\d.]+) USD"', text)
    return text.replace(found[1], f"{float(found[1]) + dice.choice([1, 5]):.2f}", 1) if found else text


def _plan(text: str, _dice: random.Random) -> str:
    if "id: extra" in text:
        return text[: text.index("    - id: extra")]
    own = re.search(r"      (budget: \S+ USD\"|# bounded.*)", text)
    return text + EXTRA.replace("OWN", own[1] if own else "")


KINDS: tuple[Callable[[str, random.Random], str], ...] = (_undo, _expires, _words, _window, _money, _plan)


class Amender:
    """Writes amendments for one history; what was previewed may be given later, when it is stale."""

    def __init__(self, store: Store, dice: random.Random) -> None:
        self._store, self._dice = store, dice
        self._kept: dict[str, dict[str, Any]] = {}

    async def whim(self, state: MissionState, now: int) -> dict[str, Any] | None:
        """The body of a command `amend`, or None mostly."""
        if state.status in OVER or state.source is None or self._dice.random() >= OFTEN:
            return None
        if self._kept and self._dice.random() < 0.3:
            return self._kept.pop(str(state.id), None)
        source = await self._store.blob(state.source)
        if source is None:
            return None
        text = self._dice.choice(KINDS)(source.decode(), self._dice).encode()
        try:
            proposal = propose(state, text, f"{state.id}.yaml", {}, now, provided=PROVIDED)
        except CockpitError:  # it says the same, or the mission is over
            return None
        if proposal.amendment is None:
            return None
        sha = Sha256(sha256(text))
        await self._store.put_blobs({sha: text})
        body = {"source": sha, "name": f"{state.id}.yaml", "inputs": {}, "digest": proposal.amendment.digest}
        if self._dice.random() < 0.2:
            self._kept[str(state.id)] = body
            return None
        return body
