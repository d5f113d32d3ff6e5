"""P4 with real `kill -9` of the engine around an HTTP and an SMTP sink.

What arrives, arrives once, and what nobody can know is asked about. The sinks take their time, so that a death finds a
line open; each death comes around another effect.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from engine.ledger.reader import Inbox
from tests.e2e.stage import Stage, until
from tests.mailserver import SmtpSink, Taken
from tests.sinks.web import Came, Say, WebSink

TAKES_S = 0.05
"""What a sink needs for one effect."""
MOST = 6
"""So many missions at most give occasions to kill."""
WRITE = """\
import json, sys
kind, count, slug = sys.argv[1], int(sys.argv[2]), sys.argv[3]
pages = [{"verb": "publish", "body": json.dumps({"n": n, "of": slug})} for n in range(count)]
to = [f"p{n}@d{n}-{slug}.example" for n in range(count)]
mails = [{"verb": "send", "to": whom, "subject": "No. 1", "body": "Hello"} for whom in to]
print(json.dumps({"summary": "wrote them", "effects": mails if kind == "send" else pages}))
"""
CONTRACT = """\
mission: Do some things in the world
id: {slug}
target: {{statement: All are out.}}
budget: {{money: 1 USD}}
actions: {{allowed: [draft], restricted: [{verb}]}}
approvals: {{{verb}: {{undo: 0s, batch: 50}}}}
lawful: {{country: US, basis: they asked for it, source: a list of this test}}
inputs: {{write: {{path: write.py, privacy: public, trust: trusted}}}}
tools: {{way: {{need: required, verbs: [{verb}], connector: {connector}}}}}
roles: {{writer: {{worker: command, command: ["{{python}}", "{{input.write}}", "{verb}", "{count}", "{slug}"]}}}}
plan:
  tasks:
    - {{id: write, role: writer, verb: draft, context: [write], proposes: [{verb}],
       criteria: [{{text: short, check: {{max_words: 60}}}}]}}
"""


@dataclass
class Web:
    """An HTTP sink. With a window it remembers keys for so long; without, it keeps whatever comes."""

    sink: WebSink
    window: str
    verb, connector = "publish", "page"

    @property
    def dedup(self) -> bool:
        """Whether the sink drops what comes again under a key that it knows."""
        return bool(self.window)

    @property
    def config(self) -> str:
        """Its connector."""
        terms = f'[connectors.page]\nkind = "webhook"\nurl = "{self.sink.url}"\ntimeout = "5s"\n'
        return terms + (f'window = "{self.window}"\n' if self.window else "")

    @property
    def tries(self) -> Counter[str]:
        """How often each effect came, by its Idempotency-Key."""
        return Counter(came.key for came in self.sink.came)

    @property
    def kept(self) -> int:
        """How many it keeps now."""
        return len(self.sink.kept)


@dataclass
class Mail:
    """An SMTP server, which cannot be asked what it took."""

    sink: SmtpSink
    verb, connector, dedup = "send", "smtp", False

    @property
    def config(self) -> str:
        """Who sends, and by which server."""
        return (
            '[mail]\nname = "Ada Example"\naddress = "ada@yours.example"\npostal = "1 Example Street, Example Town"\n\n'
            f'[mail.smtp]\nhost = "127.0.0.1"\nport = {self.sink.port}\nsecurity = "none"\ntimeout = "5s"\n\n'
            "[mail.limits]\nper_day = 10000\nper_domain_day = 10000\n"
        )

    @property
    def tries(self) -> Counter[str]:
        """How often each effect came, by its recipient: each effect has one of its own."""
        return Counter(recipient for mail in self.sink.messages for recipient in mail.rcpt_to)

    @property
    def kept(self) -> int:
        """How many it took."""
        return len(self.sink.messages)


Sink = Web | Mail


@pytest.fixture(params=["dedup", "blind", "mail"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    """The three kinds of sinks."""

    def script(_came: Came) -> Say:
        time.sleep(TAKES_S)
        return Say()

    def taken(_mail: Taken) -> None:
        time.sleep(TAKES_S)

    if request.param == "mail":
        with SmtpSink(security="none", on_message=taken) as server:
            yield Mail(server)
        return
    with WebSink(script) as made:
        yield Web(made, "24h" if request.param == "dedup" else "")


def _begin(stage: Stage, sink: Sink) -> None:
    """An engine, what a worker writes, and the connector."""
    stage.home.ensure()
    stage.home.config.write_text(sink.config)
    stage.home.config.chmod(0o600)
    stage.write("write.py", WRITE)
    stage.engine()


def _more(stage: Stage, sink: Sink, number: int, count: int) -> None:
    """A mission more, with so many approved effects: a worker may propose two hundred at most."""
    slug = f"world{number}"
    contract = CONTRACT.format(verb=sink.verb, connector=sink.connector, count=count, slug=slug)
    stage.fine("start", stage.write(f"{slug}.yaml", contract).name)
    until(lambda: len(_effects(stage)) == (number + 1) * count, "all to be proposed")
    inbox = Inbox(stage.home.ledger)
    for item in stage.items():
        if item["kind"] == "approve":
            mission, _, name = item["id"].rpartition("/")
            body = {"attention": name, "digest": item["digest"], "except": []}
            inbox.submit(f"approve:{item['id']}", "approve", mission, body, "human:ada", 1)


def _effects(stage: Stage) -> dict[str, str]:
    """What happened last to each effect."""
    last: dict[str, str] = {}
    for slug in stage.folder.glob("world*.yaml"):
        for event in stage.events(slug.stem):
            if event["kind"].startswith("effect.") and "effect" in event["body"]:
                name, kind = f"{slug.stem}/{event['body']['effect']}", event["kind"]
                again = kind == "effect.settled" and event["body"]["outcome"] == "not_sent"
                last[name] = "effect.approved" if again else kind
    return last


def _over(stage: Stage) -> bool:
    under_way = {"effect.proposed", "effect.approved", "effect.attempting", "effect.postponed", "effect.held"}
    return not set(_effects(stage).values()) & under_way


def _play(stage: Stage, sink: Sink, deaths: int, dice: random.Random) -> int:
    """Kill the engine so many times, each time around another effect; how often there was one to kill around."""
    for number in range(deaths):
        seen = sum(sink.tries.values())
        until(lambda seen=seen: sum(sink.tries.values()) > seen or _over(stage), "something new to arrive")  # type: ignore[misc]
        if _over(stage):
            return number
        time.sleep(dice.random() * 0.08)
        stage.kill_engine()
        stage.engine()
    return deaths


def test_p4_nothing_arrives_twice_and_every_gap_is_settled_or_asked_about(
    stage: Stage, sink: Sink, request: pytest.FixtureRequest
) -> None:
    each, deaths = (190, 170) if request.config.getoption("--thorough") else (7, 3)
    killed, missions, dice = 0, 0, random.Random(7)
    _begin(stage, sink)
    while killed < deaths and missions < MOST:  # a mission may be over before it has seen its share of deaths
        _more(stage, sink, missions, each)
        killed, missions = killed + _play(stage, sink, deaths - killed, dice), missions + 1
    count = missions * each
    until(lambda: _over(stage), "every effect to be settled", 600)
    ends = Counter(_effects(stage).values())
    print(f"{killed} kills around {count} effects: {dict(ends)}")
    assert sink.kept <= count
    if sink.dedup:
        assert ends == {"effect.done": count}
        assert sink.kept == count
    else:
        assert set(sink.tries.values()) == {1}
        assert ends["effect.done"] + ends["effect.doubted"] == count
        assert ends["effect.done"] <= sink.kept
    asked = {item["items"][0]["id"] for item in stage.items() if item["kind"] == "doubt"}
    assert len(asked) == ends["effect.doubted"]
    assert stage.fine("doctor", "--json").code == 0
    assert killed == deaths
