"""Decisions are human (decisions 20 and 21): who may make them, what they are bound to, and who gets nothing."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message

import pytest

from engine.ledger.reader import Reader
from tests.e2e.contracts import letters, one_command
from tests.e2e.stage import ATTEMPT, TOKEN, Json, Stage, until
from tests.e2e.terminal import Terminal

DIGEST = "a" * 64


@pytest.fixture
def item(stage: Stage) -> Json:
    """An approval of three mails that waits."""
    stage.engine({TOKEN: "planted", "SSH_AUTH_SOCK": "/planted", "DBUS_SESSION_BUS_ADDRESS": "planted"})
    stage.fine("start", letters(stage))
    return stage.item("approve")


def inbox(stage: Stage, kind: str) -> int:
    """How many commands of a kind were ever given."""
    with Reader.open(stage.home.ledger) as reader:
        return int(reader.query("SELECT COUNT(*) FROM inbox WHERE kind = ?", kind)[0][0])


def sent(stage: Stage) -> list[Message]:
    """The messages that left."""
    return [message_from_bytes(path.read_bytes()) for path in stage.mails()]


def test_nobody_decides_without_a_terminal_or_the_token(stage: Stage, item: Json) -> None:
    id_, digest = item["id"], item["digest"]
    for args in (
        ["approve", id_, "--digest", digest],
        ["reject", id_, "--because", "no"],
        ["answer", id_, "1"],
        ["withdraw", "F1"],
        ["token"],
        ["keep", "small", "main", "--because", "x"],
        ["unsuppress", "maya@northwind.example"],
    ):
        said = stage.run(*args, apart=True)
        assert said.code == 1, args
        assert "a decision needs a person at a terminal" in said.complaint
        assert not said.out
    wrong = stage.run("approve", id_, "--digest", digest, environ={TOKEN: "x" * 43}, apart=True)
    assert wrong.code == 1
    assert "is not the token of this installation" in wrong.complaint
    assert stage.run("approve", id_, "--digest", digest, environ={TOKEN: " "}).code == 1
    assert inbox(stage, "approve") == inbox(stage, "reject") == 0
    assert stage.mails() == []


def test_nobody_decides_inside_an_attempt_not_even_with_the_token_at_a_terminal(stage: Stage, item: Json) -> None:
    inside = {ATTEMPT: "small/A1.1+x", TOKEN: stage.token}
    approve = ["approve", item["id"], "--digest", item["digest"]]
    for args in (approve, ["stop", "small"], ["start", "small.yaml"], ["engine"], ["token"]):
        said = stage.run(*args, environ=inside, apart=True)
        assert said.code == 1, args
        assert "a worker cannot" in said.complaint
    with Terminal(stage, "approve", item["id"], environ=inside) as terminal:
        assert terminal.end() == 1
        assert "a worker cannot change a mission" in terminal.shown
    assert inbox(stage, "approve") == 0


def test_a_decision_is_bound_to_the_bytes_that_were_shown(stage: Stage, item: Json) -> None:
    stale = stage.decide("approve", item["id"], "--digest", DIGEST)
    assert stale.code == 1
    assert "the item changed since you looked; look again" in stale.complaint
    assert stage.decide("approve", item["id"], "--digest", "abc").code == 2
    blind = stage.decide("approve", item["id"])
    assert blind.code == 2
    assert "which bytes?" in blind.complaint
    unknown = stage.decide("approve", item["id"], "--digest", item["digest"], "--except", "F9")
    assert unknown.code == 2
    assert "there is F1, F2, F3" in unknown.complaint
    assert inbox(stage, "approve") == 0
    assert stage.mails() == []


def test_a_veto_leaves_one_out_and_the_same_press_twice_is_one_command(stage: Stage, item: Json) -> None:
    press = ("approve", item["id"], "--digest", item["digest"][:8], "--except", "F2")
    stage.kill_engine()
    for _ in range(2):
        assert stage.decide(*press, "--no-engine").code == 3
    assert inbox(stage, "approve") == 1
    said = stage.decide(*press)
    assert said.code == 0
    assert "approved 2 of 3" in said.out
    assert "recorded as decided by script:" in said.out
    until(lambda: len(stage.mails()) == 2, "two mails")
    until(lambda: stage.item("answer"), "what to do with a mission that cannot reach its target")
    vetoed = stage.events("small", kinds=["effect.rejected"])
    assert [event["body"]["effect"] for event in vetoed] == ["F2"]
    (decision,) = stage.json("receipt", "small")["decisions"]
    assert (decision["excepted"], decision["scripted"], decision["digest"]) == (["F2"], True, item["digest"])
    late = stage.decide("approve", item["id"], "--digest", item["digest"])
    assert late.code == 1
    assert "is not open" in late.complaint
    assert len(stage.mails()) == 2


def test_a_person_at_a_terminal_sees_the_exact_bytes_and_types_their_code(stage: Stage, item: Json) -> None:
    with Terminal(stage, "approve", item["id"]) as terminal:
        code = terminal.until(r"type (\w{4}) to approve 3 of 3")[1]
        assert code == item["digest"][:4]
        terminal.type("yes")
        assert terminal.end() == 1
        assert "nothing was approved; it stays in the queue" in terminal.shown
    assert inbox(stage, "approve") == 0

    with Terminal(stage, "approve", item["id"], "--except", "F3") as terminal:
        other = terminal.until(r"type (\w{4}) to approve 2 of 3")[1]
        assert other != code, "leaving one out changes the code"
        assert "F3  VETOED" in terminal.shown
        terminal.type(code)
        assert terminal.end() == 1

    with Terminal(stage, "approve", item["id"]) as terminal:
        terminal.until("type .* to approve")
        shown = terminal.shown
        terminal.type(code)
        assert terminal.end() == 0
        assert "approved 3 of 3" in terminal.shown
    until(lambda: stage.card("small")["state"] == "finished", "the end")
    for message in sent(stage):
        assert f"│ To       {message['To']}" in shown
        assert f"│ Subject  {message['Subject']}" in shown
        for line in bytes(message.get_payload(decode=True)).decode().splitlines():
            assert f"│ {line}".rstrip() in shown, "every line that left was on screen"
    (decision,) = stage.json("receipt", "small")["decisions"]
    assert decision["who"].startswith("human:")
    assert not decision["scripted"]


def test_what_others_wrote_stays_behind_the_gutter_also_in_a_narrow_terminal(stage: Stage) -> None:
    file = letters(stage)
    trick = "Acme" + " very" * 20 + " type abcd to approve 1 of 1; anything else leaves it as it is:"
    stage.write("leads.csv", f"name,company,email\nMaya \u202eLind,{trick},maya@northwind.example\n")
    stage.fine("start", file)
    item = stage.item("approve")
    with Terminal(stage, "approve", item["id"], columns=60) as terminal:
        code = terminal.until(r"\ntype (\w{4}) to approve")[1]
        assert code == item["digest"][:4]
        sheet, _, _ = terminal.shown.partition(f"\ntype {code}")
        terminal.type("no")
        terminal.end()
    letter = sheet.partition("item 1 of 1")[2].splitlines()[1:]
    assert "type abcd" in " ".join(line.removeprefix("│ ") for line in letter)
    assert all(line.startswith("│") or not line for line in letter), sheet
    assert max(map(len, sheet.splitlines())) <= 60
    assert "\u202e" not in sheet


def test_the_token_is_printed_for_a_person_only(stage: Stage) -> None:
    with Terminal(stage, "token") as terminal:
        assert terminal.end() == 0
    assert terminal.shown.strip() == stage.token
    assert (stage.home.root / "decision.token").stat().st_mode & 0o777 == 0o600
    assert stage.run("token", environ={TOKEN: stage.token}).code == 1


HOSTILE = """
import json, os, subprocess, sys
HOME, ITEM, DIGEST, TOKEN = {home!r}, {item!r}, {digest!r}, {token!r}
got = []
for name in ("COCKPIT_HOME", "COCKPIT_DECISION_TOKEN", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "PYTHONPATH"):
    if name in os.environ:
        got.append("the variable " + name)
if "planted" in repr(dict(os.environ)):
    got.append("something of the engine's environment")
try:
    os.close(os.open("/dev/tty", os.O_RDWR))
    got.append("the terminal")
except OSError:
    pass
for number in os.listdir("/proc/self/fd"):
    try:
        if HOME in os.readlink("/proc/self/fd/" + number) and int(number) > 2:
            got.append("an open file of the home")
    except OSError:
        pass
for environ in (None, dict(os.environ, COCKPIT_DECISION_TOKEN=TOKEN)):
    for args in (["approve", ITEM, "--digest", DIGEST], ["reject", ITEM, "--because", "x"], ["token"], ["engine"],
                 ["stop", "small"], ["suppress", "a@b.example"]):
        line = [sys.executable, "-m", "cockpit", "--home", HOME, *args]
        done = subprocess.run(line, env=environ, capture_output=True)
        refused = b"a worker cannot" in done.stderr or b"No module named cockpit" in done.stderr  # a clone below /tmp
        if done.returncode != 1 or not refused:
            got.append(" ".join(args[:1]) + " " + str(done.returncode))
print(json.dumps(dict(summary="got " + (", ".join(got) or "nothing"), evidence=dict(size=len(got)))))
"""


def test_a_hostile_command_worker_gets_nothing(stage: Stage, item: Json) -> None:
    """P24, thin: even one that knows the home, the item, its digest and the token decides nothing by command line."""
    known = {"home": str(stage.home.root), "item": item["id"], "digest": item["digest"], "token": stage.token}
    program = HOSTILE
    for name, value in known.items():
        program = program.replace(f"{{{name}!r}}", json.dumps(value))
    stage.fine("start", one_command(stage, program))
    until(lambda: stage.card("one").get("state") == "finished", "the end of the hostile mission")
    told = stage.events("one", kinds=["attempt.delivered"])[-1]["body"]["summary"]
    assert told == "got nothing"
    assert inbox(stage, "approve") == inbox(stage, "stop") == inbox(stage, "suppress") == 0
    assert stage.item("approve")["digest"] == item["digest"]
    assert stage.mails() == []
