"""P9: what a provider offers now, beside what was granted; and calls that wait for a human, by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.tools.bench import compared, offer_name
from engine.tools.protocol import Ask, Grant, Spec
from engine.tools.wanted import wanted_bytes, wanted_digest
from engine.values import MissionId
from tests.engine.tools.fakes import FETCH, POST, Sink
from tests.engine.tools.seats import Room

GRANT = Grant(tool="web", kind="mcp", argv=("web",), verbs=("research",), pins={"fetch": FETCH.pin("web 1.0")})
DRIFTS: dict[str, tuple[str, Spec]] = {
    "identity": ("web 1.1", FETCH),
    "description": ("web 1.0", FETCH.model_copy(update={"description": "Read a page!"})),
    "one space": ("web 1.0", FETCH.model_copy(update={"description": "Read a page. "})),
    "schema": ("web 1.0", FETCH.model_copy(update={"input_schema": {}})),
    "output": ("web 1.0", FETCH.model_copy(update={"output_schema": {}})),
    "annotation": ("web 1.0", FETCH.model_copy(update={"annotations": {"destructiveHint": False}})),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_p9_what_differs_is_not_offered(drift: str) -> None:
    identity, spec = DRIFTS[drift]
    seen = compared(GRANT, identity, (spec,))
    assert seen.granted == ()
    assert [(row["operation"], row["how"]) for row in seen.drift] == [("fetch", "changed")]


def test_p9_what_is_new_gone_or_there_twice_is_not_offered() -> None:
    assert [row["how"] for row in compared(GRANT, "web 1.0", (FETCH, POST)).drift] == ["new"]
    assert [row["how"] for row in compared(GRANT, "web 1.0", ()).drift] == ["gone"]
    assert compared(GRANT, "web 1.0", (FETCH, FETCH)).granted == ()
    narrow = GRANT.model_copy(update={"operations": ("fetch",)})
    assert compared(narrow, "web 1.0", (FETCH, POST)).drift == ()


def test_names_that_models_would_not_take_are_cut_and_stay_unique() -> None:
    names = {offer_name("web", operation) for operation in ("fetch", "a.b", "a-b", "x" * 200, "x" * 201, "ä")}
    assert len(names) == 6
    assert all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in names)


WANTED: dict[str, Any] = {
    "mission": MissionId("gtm"),
    "task": "T1",
    "role": "clerk",
    "tool": "mailer",
    "operation": "post",
    "identity": "mailer 1.0",
    "pin": "a" * 64,
    "arguments": {"amount": 82_000, "to": {"iban": "DE02", "name": "Bob"}},
}


def test_t4_a_change_of_any_field_is_another_call() -> None:
    digest = wanted_digest(wanted_bytes(**WANTED))
    turned = WANTED | {"arguments": {"to": {"name": "Bob", "iban": "DE02"}, "amount": 82_000}}
    assert wanted_digest(wanted_bytes(**turned)) == digest, "the order of keys is no difference"
    others: list[dict[str, Any]] = [{name: "other"} for name in WANTED if name != "arguments"]
    others += [{"arguments": WANTED["arguments"] | {"amount": amount}} for amount in (820_000, "82000", 82_000.5, True)]
    others += [{"arguments": WANTED["arguments"] | {"to": {"iban": "DE02 ", "name": "Bob"}}}, {"arguments": {}}]
    made = {wanted_digest(wanted_bytes(**(WANTED | other))) for other in others}
    assert len(made) == len(others)
    assert digest not in made


async def once(room: Room, arguments: dict[str, Any], id_: str = "1") -> str:
    """One call of the poster, in an attempt of its own."""
    grant = Grant(tool="poster", kind="mcp", argv=("post",), verbs=("publish",), stance="allow", hosts=("a.example",))
    gateway = await room.gateway(grant)
    answer = await gateway.call(Ask(id=id_, name="poster__fetch", arguments=json.dumps(arguments)))
    await gateway.close()
    return answer.verdict


async def test_an_approval_serves_one_call_and_only_the_same() -> None:
    room = Room({"poster": Sink(specs=(FETCH,))}, approves=True)
    assert await once(room, {"url": "https://a.example/"}) == "done"
    room.approves = False
    room.rows = {name: row for name, row in room.rows.items() if name.endswith(".use")}
    assert await once(room, {"url": "https://a.example/"}) == "refused"
    assert await once(room, {"url": "https://a.example/2"}) == "refused"
    assert len(room.sinks["poster"].got) == 1
