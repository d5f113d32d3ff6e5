"""What a rehearsal meets besides the work: a home that has rules, mails that come back, models that are away, tools."""

from __future__ import annotations

from collections import Counter

from engine.effects.addresses import person
from engine.rehearsal.forecast import forecast
from engine.rehearsal.inforce import Standing, in_force
from engine.rehearsal.leaning import Leaning
from engine.rehearsal.numbers import Amount, ModelNumbers, Share
from engine.rehearsal.outages import Outages
from engine.rehearsal.past import Past
from engine.rehearsal.play import Played, play
from engine.routing.catalogue import REHEARSED
from engine.state.home import HomeState, Learnt, Suppression
from engine.state.knowledge import Rule
from engine.values import DAY, HOUR, MINUTE, PPM
from tests.engine.rehearsal.scenes import ASSUME, contract, staged

NOW = 1_800_000_000_000


def kinds(played: Played) -> Counter[str]:
    return Counter(event.kind for event in played.events)


def a_home() -> Standing:
    """Two rules of which one is over, a learning about channels, and a lead who asked to be left alone."""
    rule = Rule(
        id="R1",
        text="never name a price",
        branch="",
        roles=(),
        origin="",
        at=NOW,
        source="gtm/R4",
        expires=NOW + 30 * DAY,
    )
    over = Rule(id="R2", text="no jokes", branch="", roles=(), origin="", at=NOW, expires=NOW - DAY)
    learnt = Learnt("L1", "a channel that is warm writes better to leads that are cold", "gtm/L2", (), NOW)
    gone = person("p1@c1.example")
    state = HomeState(
        rules={"R1": rule, "R2": over},
        learnings={"L1": learnt},
        suppressed={gone: Suppression(gone, "asked to stop", None, NOW)},
    )
    return Standing(state, NOW)


def test_the_rules_learnings_and_people_of_a_home_are_in_force() -> None:
    scene, basis = staged(contract(), home=a_home())
    played = play(scene, 0, keep=True)
    adopted = [event.body for event in played.events if event.kind == "rule.adopted" and event.body.get("source")]
    assert [(rule["source"], rule["text"]) for rule in adopted] == [("home/R1", "never name a price")]
    assert adopted[0]["expires"] == scene.base + 30 * DAY  # as far away as it is now
    assert played.state.terms.mission  # a mission of the same name as the one that made the rule
    assert [row["code"] for row in played.state.refused] == ["courtesy"]
    assert {effect.persons for effect in played.state.effects.values()}.isdisjoint({(person("p1@c1.example"),)})
    lines = {
        line["name"]: (line["value"], line["from"]) for line in forecast(basis, [played.run], seed=0)["assumptions"]
    }
    assert lines["home.rules"] == ("1 in force", "home")
    assert lines["home.learnings"] == ("1 to offer", "home")
    assert lines["home.do-not-contact"] == ("1 person", "home")


def test_an_empty_home_adds_nothing() -> None:
    assert in_force(Standing(), 0) == ((), ())
    assert not [event for event in play(staged(contract())[0], 0, keep=True).events if event.kind == "rule.adopted"]


def test_mails_bounce_and_people_ask_to_be_left_alone_as_often_as_assumed() -> None:
    text = contract(
        assume=ASSUME.replace("stop: 10%, bounce: 5%", "stop: 50%, bounce: 30%").replace("reply: 40%", "reply: 90%")
    )
    said = Counter(
        e.message for seed in range(3) for e in play(staged(text)[0], seed).state.evidence.values() if e.message
    )
    assert set(said) == {"bounce", "reply", "stop"}
    never = contract(assume=ASSUME.replace(", stop: 10%, bounce: 5%", ""))
    run = play(staged(never)[0], 0)
    assert {e.message for e in run.state.evidence.values() if e.message} == {"reply"}
    assert {"reply_rate.stop", "reply_rate.bounce"} <= set(run.run.leaned)


def test_an_outage_holds_work_up_and_uses_up_no_attempt() -> None:
    text = contract(assume=ASSUME.replace("outage: 1%, lasts: 20m", "outage: 60%, lasts: 5h"))
    calm = play(staged(contract(assume=ASSUME.replace("outage: 1%", "outage: 0%")))[0], 3, keep=True)
    away = play(staged(text)[0], 3, keep=True)
    faults = [event for event in away.events if event.kind == "attempt.failed" and event.body.get("fault")]
    assert faults
    assert not [event for event in calm.events if event.body.get("fault")]
    assert all(away.state.attempts[event.body["attempt"]].spared for event in faults)
    assert kinds(away)["task.held"] > kinds(calm)["task.held"]
    assert away.run.end in {"finished", "stopped"}


def test_outages_take_their_share_of_the_time_and_a_provider_is_away_as_a_whole() -> None:
    known = ModelNumbers(Share(200_000, PPM), Amount((30 * 60_000,)))  # type: ignore[arg-type]
    outages = Outages(known, REHEARSED, 1, Leaning())
    looks = {at: outages.away("rehearsed/swift", at) for at in range(0, 60 * DAY, 10 * MINUTE)}
    assert 0.15 < sum(looks.values()) / len(looks) < 0.25
    again = Outages(known, REHEARSED, 1, Leaning())
    assert {
        at: again.away("rehearsed/swift", at) for at in reversed(looks)
    } == looks  # whoever asks, and in which order


def test_calls_of_tools_are_made_as_often_as_assumed_and_those_that_ask_wait_for_you() -> None:
    tools = ", notes: {builtin: workspace, stance: allow, verbs: [research], roles: [writer]}"
    tools += ", shell: {command: [/bin/true], stance: ask, verbs: [research], roles: [writer]}"
    assume = ASSUME + "  notes: {calls: 4}\n  shell: {calls: 1}\n"
    scene, basis = staged(contract(tools=tools, assume=assume.replace("answers: 3h", "answers: 4m")))
    played, without = play(scene, 0, keep=True), play(staged(contract(tools=tools))[0], 0)
    seen = kinds(played)
    assert seen["tool.asked"] > 0
    assert seen["tool.called"] == played.run.calls > 4 * seen["tool.asked"]
    assert played.run.approvals >= without.run.approvals + seen["tool.asked"]
    told = forecast(basis, [played.run], seed=0)
    assert told["tool_calls"]["p50"] == played.run.calls
    assert {"notes.calls", "shell.calls"} <= set(without.run.leaned)
    assert without.run.calls == 0


def test_what_a_home_has_measured_of_outages_replies_and_calls_comes_first() -> None:
    def event(kind: str, at: int, **body: object) -> dict[str, object]:
        return {"kind": kind, "at": at, "body": body}

    past = Past()
    sends = [event("effect.done", 0, effect=f"F{n}") for n in range(10)]
    back = [("F0", "bounce"), ("F1", "stop"), ("F2", "reply"), ("F3", "reply")]
    past.learn(
        [
            event("mission.created", 0, rehearsed=False),
            event("attempt.dispatched", 1, attempt="A1", role="writer", worker="model", model="swift", tools=["notes"]),
            *(event("tool.called", 2, attempt="A1", tool="notes") for _ in range(3)),
            event("attempt.dispatched", 10 * DAY, attempt="A2", role="writer", worker="model", model="swift"),
            *sends,
            *(event("evidence.recorded", 3, about=about, message=message) for about, message in back),
        ]
    )
    past.endure(
        [
            event("model.unavailable", DAY, name="swift", fault="unreachable", until=DAY + HOUR),
            event("model.unavailable", DAY + HOUR, name="swift", fault="unreachable", until=DAY + 3 * HOUR),
            event("model.recovered", DAY + 2 * HOUR, name="swift"),
            event("model.unavailable", 2 * DAY, name="swift", fault="key_refused", until=0),
            event("model.recovered", 3 * DAY, name="swift"),
        ]
    )
    assert (past.bounced, past.stopped, past.replied, past.sent) == (1, 1, 3, 9)
    assert past.calls == {"notes": [3]}
    assert past.away == [2 * HOUR]
    tools = ", notes: {builtin: workspace, stance: allow, verbs: [research], roles: [writer]}"
    silent = contract(tools=tools, assume=ASSUME.replace("  models: {outage: 1%, lasts: 20m}\n", ""))
    _scene, basis = staged(silent, past=past)
    lines = {line.name: (line.value, line.source, line.n) for line in basis.lines}
    assert lines["models.outage"] == ("0.8333 % of the time", "measured", 1)
    assert lines["models.lasts"] == ("2h", "measured", 1)
    assert lines["reply_rate.bounce"] == ("1 of 10", "measured", 10)
    assert lines["reply_rate.stop"] == ("10 %", "assume", None)  # of three replies, too few to be believed
    assert lines["notes.calls"] == ("3 an attempt", "measured", 1)
