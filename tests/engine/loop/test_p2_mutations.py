"""P2 where it is decided: whatever changed in an effect since it was approved, it is refused before its connector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from engine.effects.canonical import EffectBytes
from engine.effects.protocol import Connector, Delivered, Refused, mismatch
from engine.ledger.protocol import Job, Result, Store
from engine.loop.jobs import LocalExecutor
from engine.values import Sha256
from tests.engine.effects.contract import AT
from tests.engine.effects.test_mutations import BASES, BODY, mutations


class Recording:
    """A connector that keeps what it is handed, and asks first as every connector does."""

    delivery, serial = "lookup", False

    def __init__(self, name: str) -> None:
        self.name, self.came = name, list[bytes]()

    async def deliver(self, effect: bytes, body: bytes, key: str, at_ms: int) -> Delivered | Refused:
        if reason := mismatch(effect, body, self.name):
            return Refused(reason)
        self.came.append(effect)
        return Delivered(key)


class Bench:
    """An executor that sends effects of one connector, with the bytes that a ledger claims to hold."""

    def __init__(self, name: str) -> None:
        self.connector, self.results, self.blobs = Recording(name), dict[str, dict[str, Any]](), dict[str, bytes]()
        self.executor = LocalExecutor(
            cast("Store", self),
            workers={},
            connectors={name: cast("Connector", self.connector)},
            source=cast("Any", None),
            suppressed=lambda _person: False,
            leads=self._leads,
            work=Path("/nowhere"),
            clock=lambda: AT,
            sleep=cast("Any", None),
        )

    async def _leads(self) -> None:
        return

    async def blob(self, sha: Sha256) -> bytes | None:
        return self.blobs.get(sha)

    async def put_result(self, result: Result, wall: int) -> None:
        self.results[result.job] = dict(result.body)

    async def send(self, approved: EffectBytes, content: bytes, body: bytes = BODY) -> dict[str, Any]:
        """What becomes of these bytes under an approval of those."""
        self.blobs = {"content": content, "body": body}
        said = {"effect": "F7", "n": 1, "connector": self.connector.name, "key": "gtm/F7", "at": AT, "persons": []}
        job = said | {"content": "content", "body": "body", "digest": approved.digest()}
        name = f"gtm/F7.{len(self.results)}"
        self.executor.start(Job(name, "effect", cast("Any", "gtm"), job))
        await next(iter(self.executor._tasks.values()))
        self.executor.taken(name)
        return self.results[name]


@pytest.mark.parametrize("name", BASES)
async def test_p2_every_mutation_is_refused_before_any_connector(name: str) -> None:
    bench, base = Bench(name), BASES[name]
    changes = mutations(base)
    assert len(changes) >= 30
    for what, change in changes.items():
        said = json.loads(base.canonical()) | change
        content = EffectBytes.model_validate_json(json.dumps(said)).canonical()
        answer = await bench.send(base, content)
        assert (answer["outcome"], answer["said"]) == ("refused", "the bytes are not those that were approved"), what
    for other in (b"", base.canonical() + b" ", base.canonical().replace(b'"v":1', b'"v":2')):
        assert (await bench.send(base, other))["outcome"] == "refused"
    for body in (b"", BODY + b" ", BODY.replace(b"L", b"l"), BODY.decode().encode("utf-16")):
        assert (await bench.send(base, base.canonical(), body))["outcome"] == "refused"
    assert bench.connector.came == []
    assert (await bench.send(base, base.canonical()))["outcome"] == "delivered"
    assert bench.connector.came == [base.canonical()]
