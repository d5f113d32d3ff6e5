"""What the tools of one attempt offer now; what is down, or not what was granted, is recorded."""

from __future__ import annotations

from engine.tools.bench import Bench, Listed
from engine.tools.protocol import ToolDownError
from engine.tools.seat import TOLD, Hands, Seat
from engine.values import digest


class Lookout:
    """Looks at the tools of a seat. What is down or has changed is a row in the record, once for each way."""

    def __init__(self, seat: Seat, hands: Hands) -> None:
        self._seat, self._hands = seat, hands
        self.bench = Bench(seat.grants, hands.open)
        self._told: set[tuple[str, str]] = set()

    async def find(self, name: str) -> Listed | None:
        """An offered operation as it is now: looked at anew before each call."""
        tool = next((grant.tool for grant in self._seat.grants if name.startswith(f"{grant.tool}__")), None)
        if tool is None and not self.bench.listed:
            await self.look()  # so that it can be said what there is
        listed = await self.look(tool) if tool is not None else ()
        return next((one for one in listed if one.offer.name == name), None)

    async def look(self, only: str | None = None) -> list[Listed]:
        """Have providers say what they offer; what is down or not what was granted is recorded, once for each way."""
        found: list[Listed] = []
        for grant in self._seat.grants:
            if only not in (None, grant.tool):
                continue
            try:
                seen = await self.bench.look(grant)
            except ToolDownError as error:
                await self.down(grant.tool, error)
                continue
            found += seen.granted
            if seen.drift:
                await self._drifted(grant.tool, seen.identity, seen.drift)
        return found

    async def down(self, tool: str, error: ToolDownError) -> None:
        """A tool cannot be used: recorded, once."""
        if (tool, "down") not in self._told:
            self._told.add((tool, "down"))
            body: dict[str, object] = {
                "said": "down",
                "tool": tool,
                "because": error.what[:TOLD],
                "mend": error.mend[:TOLD],
            }
            await self._hands.record(f"{self._seat.attempt}#down-{tool}", body)

    async def _drifted(self, tool: str, identity: str, drift: tuple[dict[str, object], ...]) -> None:
        mark = digest([[row["operation"], row["now"]] for row in drift])[:12]
        if (tool, mark) not in self._told:
            self._told.add((tool, mark))
            rows = []
            for row in drift:
                spec = row["spec"]
                rows.append({**row, "spec": await self._hands.put(spec) if isinstance(spec, bytes) else None})
            body: dict[str, object] = {"said": "drifted", "tool": tool, "identity": identity[:TOLD], "drift": rows}
            await self._hands.record(f"{self._seat.attempt}#drift-{tool}-{mark}", body)
