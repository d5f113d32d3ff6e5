"""A go-to-market mission that is not rehearsed, from the first call of a model to a verified receipt.

Real processes all the way: the engine, its model host, two providers that speak HTTP, a mail server over TLS and a
folder of answers. One provider fails half-way.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.audit import (
    Billed,
    approve_all,
    billed,
    check_keys,
    check_mails,
    check_packages,
    is_over,
    leaks,
    of_kind,
)
from tests.e2e.gtm import ROOT, SECRETS, Gtm, outage
from tests.e2e.people import ANSWERS, AWAY, BOUNCES, STOPS, leads
from tests.e2e.stage import Json, Stage, until
from tests.endpoint import Answer


def ring(stage: Stage) -> dict[str, str]:
    """An environment whose keyring keeps the second provider's key; no variable has it."""
    kept = stage.root / "ring.json"
    kept.write_text(json.dumps({"second": SECRETS["SECOND_KEY"]}))
    return {
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "tests.engine.secrets.keyrings.FileRing",
        "TEST_RING": str(kept),
    }


def play(stage: Stage, world: Gtm, environ: dict[str, str]) -> tuple[Json, list[str]]:
    """The mission from its start to its end; its receipt, and what the commands said."""
    file = world.write(stage.home, stage.folder)
    said = [stage.fine("check", file).out]
    stage.engine(environ)
    said.append(stage.fine("start", file).out)

    def over() -> bool:
        said.extend(approve_all(stage))
        return is_over(stage)

    until(over, "the end of the mission", 120)
    receipt: Json = stage.json("receipt", "gtm")
    return receipt, said


def check_routes(stage: Stage) -> None:
    """Nobody marked the work of their own family, and nobody was asked who failed a filter."""
    events = stage.events("gtm")
    family = {body["attempt"]: body["family"] for body in of_kind(events, "attempt.dispatched")}
    reviews = {task["task"]: task["subject"] for task in of_kind(events, "task.added") if task.get("kind") == "review"}
    assert reviews
    for body in of_kind(events, "attempt.dispatched"):
        if (author := reviews.get(body["task"])) is not None:
            assert family[author] != body["family"], f"{body['attempt']} judges {author}"
    for route in of_kind(events, "route.chosen"):
        own = next(considered for considered in route["considered"] if considered["name"] == route["name"])
        assert own["passed"], route


def check_account(stage: Stage, world: Gtm, receipt: Json) -> Billed:
    """The receipt's money is what the providers bill, to the micro-dollar, whoever adds it up."""
    bill = billed(world, stage.events("gtm"))
    assert receipt["spend"]["total_micro_usd"] == bill.total > 0
    assert receipt["spend"]["reserved_micro_usd"] == 0
    assert receipt["spend"]["unattributed"] == 0
    assert sum(line["micro_usd"] for line in stage.json("spend", "gtm")["lines"]) == bill.total
    assert stage.card("gtm")["spent_micro_usd"] == bill.total
    stage.write("receipt.json", stage.fine("receipt", "gtm", "--json").out)
    stage.fine("receipt", "verify", "receipt.json")
    return bill


def check_people(stage: Stage, world: Gtm, receipt: Json) -> None:
    """Everybody got one mail; answers are evidence, machines are none, and three people are left alone from now on."""
    assert world.people.received == dict.fromkeys((lead.email for lead in leads()), 1)
    heard = [entry["message"] for entry in receipt["evidence"]["entries"] if entry["message"]]
    assert sorted(heard) == sorted(["reply"] * len(ANSWERS) + ["stop"] * len(STOPS) + ["bounce", "auto"])
    suppressed = of_kind(stage.events("home"), "contact.suppressed")
    assert sorted(body["because"] for body in suppressed) == ["asked to stop"] * 2 + ["the address bounced"]
    branches = {branch["key"]: branch["state"] for branch in receipt["work"]["branches"]}
    assert branches["observation"] == "kept"
    assert branches["introduction"] == "pruned"
    judged = of_kind(stage.events("gtm"), "condition.evaluated")
    kept = next(body for body in judged if body["clause"] == "judge[0]" and body["outcome"] == "true")
    assert kept["facts"]["branch.reply_rate"] == "4/12", "of thirteen one bounced; who is away has not answered"


def check_told(stage: Stage, environ: dict[str, str], receipt: Json) -> list[str]:
    """The reading commands run, and say what happened; all that was shown."""
    shown = [stage.fine(command, "gtm").out for command in ("log", "spend", "show", "board", "branches", "context")]
    shown += [stage.fine("log", "gtm", "--all", "--json").out, stage.fine("attention").out, stage.fine("ls").out]
    shown.append(stage.fine("receipt", "gtm", "--format", "md").out)
    ids = [one["id"] for part in ("attempts", "tasks", "branches") for one in receipt["work"][part]]
    shown += [stage.fine("why", one).out for one in [*ids[:2], ids[-1], "gtm/F7", "gtm/E1"]]
    told = stage.run("doctor", "--online", "--json", environ=environ)
    faults = [finding for finding in told.json if finding["state"] == "fail"]
    assert not faults
    checks = " ".join(f"{finding['check']} {finding['detail']}" for finding in told.json)
    good = ("mail.smtp: 127.0.0.1 takes the login", "mail.inbox: 127.0.0.1 takes the login")
    there = ("env:FIRST_KEY, which is there", "keyring:second, which is there")
    for needed in (*good, *there, "every event, chain and blob verifies"):
        assert needed in checks, checks
    return [*shown, told.out, told.err]


def test_a_real_mission_survives_an_outage_and_accounts_for_every_cent(stage: Stage) -> None:
    with Gtm(second_key="keyring:second") as world:
        environ = {**world.environ, **ring(stage)}
        del environ["SECOND_KEY"]
        world.first.fault = outage(4, Answer.failing(503))
        receipt, said = play(stage, world, environ)
        assert receipt["mission"]["because"] == "the target is met"

        failed = of_kind(stage.events("gtm"), "attempt.failed")
        assert failed
        assert {body["fault"] for body in failed} == {"provider_error"}
        assert len(failed) == len(world.first.refused), "each failure is one request: nobody hammers a sick provider"
        tasks = {body["attempt"]: body["task"] for body in of_kind(stage.events("gtm"), "attempt.dispatched")}
        done = {one["id"]: one for one in receipt["work"]["attempts"] if one["state"] == "delivered"}
        instead = [one for one in done.values() if one["task"] in {f"gtm/{tasks[body['attempt']]}" for body in failed}]
        assert {one["family"] for one in instead} == {"south"}, "another vendor did it"
        unavailable = of_kind(stage.events("home"), "model.unavailable")
        assert {(body["name"], body["fault"]) for body in unavailable} == {("north-1", "provider_error")}
        check_routes(stage)
        assert {one["family"] for one in done.values()} == {"north", "south", "east"}

        bill = check_account(stage, world, receipt)
        assert bill.reserved == 0, "a call that was refused costs nothing"
        mended = [told for told in world.first.told if told.asked.mends]
        assert len(mended) == 1
        handed = sum(vendor.endpoint.cost(vendor.models[0].price) for vendor in world.vendors[:1])
        north = receipt["spend"]["rollups"]["model"]["north-1"]
        assert handed - len(mended) <= north <= handed, "rounded up once for an attempt, not for each call"

        check_mails(stage, world, "gtm")
        check_people(stage, world, receipt)
        check_packages(stage, world, "gtm")
        check_keys(world)
        said += check_told(stage, environ, receipt)

        again = (stage.folder / "gtm.yaml").read_text().replace("id: gtm", "id: again")
        said.append(stage.fine("start", stage.write("again.yaml", again).name).out)
        until(lambda: len(stage.events("again", kinds=["effect.refused"])) == len(leads()), "the refusals", 60)
        why = [body["because"] for body in of_kind(stage.events("again"), "effect.refused")]
        assert sum("do-not-contact" in because for because in why) == len(STOPS) + 1
        assert sum("wrote to this person first" in because for because in why) == len(leads()) - len(STOPS) - 1
        assert len(world.smtp.messages) == len(leads())
        said.append(stage.decide("stop", "again").out)

        stage.kill_engine()
        assert leaks(stage, *said, json.dumps(receipt)) == []


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        pytest.param("throttled", Answer.throttled(2), id="throttled"),
        pytest.param("cut", Answer.ending_in("cut"), id="cut", marks=pytest.mark.thorough),
    ],
)
def test_a_provider_that_comes_back_is_asked_again(stage: Stage, tmp_path: Path, kind: str, answer: Answer) -> None:
    with Gtm(inbox="maildir", box=tmp_path / "answers", reply_s=1.0) as world:
        world.first.fault = outage(3, answer, until=lambda: len(world.first.refused) >= 2)
        receipt, said = play(stage, world, world.environ)
        assert receipt["mission"]["because"] == "the target is met"
        assert {body["fault"] for body in of_kind(stage.events("gtm"), "attempt.failed")} == {kind}
        bill = check_account(stage, world, receipt)
        assert (bill.reserved > 0) == (kind == "cut"), "what may have been billed is charged, what was refused is not"
        check_routes(stage)
        check_mails(stage, world, "gtm")
        check_people(stage, world, receipt)
        check_packages(stage, world, "gtm")
        home = stage.events("home", kinds=["model.unavailable", "model.recovered"])
        assert {body["name"] for body in of_kind(home, "model.unavailable")} == {"north-1"}
        if kind == "throttled":
            assert any(told.asked.kind == "grade" for told in world.first.told), "asked again when it was back"
            assert of_kind(home, "model.recovered")
        stage.kill_engine()
        assert leaks(stage, *said, json.dumps(receipt)) == []
        assert AWAY in world.people.received
        assert BOUNCES in world.people.received
