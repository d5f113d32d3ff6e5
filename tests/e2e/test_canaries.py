"""P11: planted canaries, in every form, are nowhere: not in the home, not on a screen, not in a child of the engine.

Real processes: an engine with its model host, providers that repeat the key they were given in every form they can
think of, a mail server over TLS, a password manager, a command that looks around, a crash, receipts and a backup.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.e2e.audit import approve_all, is_over
from tests.e2e.contracts import one_command
from tests.e2e.gtm import SECRETS, Gtm
from tests.e2e.stage import Stage, until
from tests.e2e.terminal import Terminal
from tests.e2e.test_gtm_real import ring
from tests.e2e.vendors import Asked, said, used
from tests.endpoint import Answer
from tests.engine.redaction.canaries import ENCODINGS

PLANTED = {
    "FIRST_KEY": 'north+/K1&x<"canary\\>=5b1c77e09a',
    "SECOND_KEY": 'south+/K2&x<"canary\\>=0f4d3382e6',
    "SMTP_PASSWORD": 'smtp+/P3&x<"canary\\>=94ab20cc17',
    "IMAP_PASSWORD": "imap+/P4&x<canary>=61de05fb48",
}
"""Secrets with everything that encoders treat specially: environment, keyring, a program, environment."""
UNKNOWN = "s3cr3t-of-somebody-4711"
"""A password that nobody configured, in an address that a model writes."""


def forms(secret: str) -> dict[str, bytes]:
    """What must not be found of a secret: its forms, and its halves for the one over two lines."""
    whole = {name: encode(secret).encode() for name, encode in ENCODINGS.items() if "two lines" not in name}
    whole["JSON"] = json.dumps(secret)[1:-1].encode()
    return whole | {
        "first half": secret[: len(secret) // 2].encode(),
        "second half": secret[len(secret) // 2 :].encode(),
    }


LOOKED_FOR = [
    (f"{name}: {form}", what.lower()) for name, secret in PLANTED.items() for form, what in forms(secret).items()
]


def found(content: bytes) -> list[str]:
    """The canaries that stand in some bytes, in which form."""
    lowered = content.lower()
    hits = [name for name, what in LOOKED_FOR if what in lowered]
    return hits + (["somebody's password"] if UNKNOWN.encode() in content else [])


def in_every_form(secret: str) -> str:
    """All of them in one text."""
    return " ".join(encode(secret) for encode in ENCODINGS.values())


def everything(root: Path, *, but: frozenset[str]) -> list[str]:
    """Every file below a folder that holds a canary, in its content or its name."""
    hits = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name not in but:
            hits += [f"{path.relative_to(root)}: {hit}" for hit in found(path.read_bytes())]
        hits += [f"the name {path.relative_to(root)}: {hit}" for hit in found(path.name.encode())]
    return hits


class Watch:
    """Looks at command lines and environments of all that the engine starts, for as long as it lives."""

    def __init__(self, stage: Stage) -> None:
        self.hits, self.seen = set[str](), set[str]()
        self._stage, self._over = stage, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        own, known = psutil.Process(), set[bytes]()
        while not self._over.wait(0.02):
            engines = [p for p in own.children() if "engine" in _line(p)]
            for child in [one for engine in engines for one in _children(engine)]:
                with contextlib.suppress(OSError, psutil.Error):
                    line = b" ".join(word.encode() for word in child.cmdline())
                    whole = line + b"\n" + Path(f"/proc/{child.pid}/environ").read_bytes()
                    if whole in known:
                        continue
                    known.add(whole)
                    self.seen |= {word for word in ("modelhost", "supervisor") if word.encode() in line}
                    self.hits |= {f"{line[:80]!r}: {hit}" for hit in found(whole)}


def _line(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []


def _children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return list(process.children(recursive=True))
    return []


def repeating(asked: Asked) -> Answer | None:
    """A model that repeats its key in its summary, in every form, and in what it wants to send."""
    text, identity = said(asked)
    answer = json.loads(text)
    key = PLANTED["SECOND_KEY"]
    answer["summary"] = f"{answer['summary']}: {in_every_form(key)}"
    if "claims" in answer:
        answer["claims"] += [f"https://ada:{key}@x.example and https://ada:{UNKNOWN}@x.example"]
        answer["artifacts"][0]["text"] += f"\n- {key}\n{key[:9]}\n{key[9:]}"
    for effect in answer.get("effects", ()):
        effect["body"] += f"\n{key}\n"
    whole = json.dumps(answer)
    usage = used(identity, text)
    cut = whole.index(json.dumps(key[:12])[1:-1]) + 7
    return Answer.text(whole, usage.prompt, usage.completion).streamed_as(whole[:cut], whole[cut:])


LOOKS = """
import json, os
seen = [dict(os.environ)]
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            seen.append(open(f"/proc/{name}/cmdline", "rb").read().decode("utf-8", "replace"))
        except OSError:
            pass
print(json.dumps(dict(summary=json.dumps(seen)[:1500], evidence=dict(size=len(seen)))))
"""


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's secrets are the canaries."""
    for name, value in PLANTED.items():
        monkeypatch.setitem(SECRETS, name, value)


def configure(stage: Stage, world: Gtm) -> str:
    """The mission's files; the mail server's password is printed by a program."""
    file = world.write(stage.home, stage.folder)
    kept = stage.root / "password.txt"
    kept.write_text(PLANTED["SMTP_PASSWORD"])
    program = [sys.executable, "-I", "-c", "import sys; print(open(sys.argv[1]).read())", str(kept)]
    config = stage.home.config.read_text().replace("env:SMTP_PASSWORD", "command:smtp")
    stage.home.config.write_text(f"{config}\n[secrets.smtp]\nargv = {json.dumps(program)}\n")
    return file


READING = ("log", "show", "spend", "state", "context")


def shown(stage: Stage) -> str:
    """What the commands print, plain, as JSON, and at a terminal."""
    commands = [[name, "gtm", *more] for name in READING for more in ((), ("--json",))]
    said = [stage.run(*command).out for command in commands]
    said += [stage.run("receipt", "gtm", "--format", kind).out for kind in ("json", "md", "html")]
    said += [stage.run("attention", "--json").out, stage.run("ls").out]
    for command in (("log", "gtm"), ("receipt", "gtm", "--format", "md"), ("state", "gtm")):
        with Terminal(stage, *command) as terminal:
            terminal.end()
        said.append(terminal.shown)
    return "\n".join(said)


@pytest.mark.usefixtures("planted")
def test_p11_no_canary_is_found_anywhere(stage: Stage) -> None:
    with Gtm(second_key="keyring:second", window="2s") as world, Watch(stage) as watch:
        environ = {**{name: PLANTED[name] for name in ("FIRST_KEY", "IMAP_PASSWORD")}, **ring(stage)}
        file = configure(stage, world)
        world.first.fault = lambda asked: Answer.key_refused(f"Incorrect: {in_every_form(PLANTED['FIRST_KEY'])}")
        world.second.fault = repeating
        stage.engine(environ)
        told = [stage.fine("start", file).out, stage.fine("start", one_command(stage, LOOKS)).out]
        item = stage.item("approve")
        told += [stage.run("doctor", environ=environ).out, stage.fine("keys", "ls", environ=environ).out]
        note = f"no: {PLANTED['SECOND_KEY']} stands in it"
        holder = {"COCKPIT_DECISION_TOKEN": stage.token}
        noted = stage.run("reject", item["id"], "--because", note, environ={**environ, **holder})
        assert noted.code == 2
        assert "keyring:second" in noted.err
        stage.kill_engine()
        home = everything(stage.home.root, but=frozenset())
        assert home == [], "right after a crash, the write-ahead log included"
        stage.engine(environ)

        def over() -> bool:
            told.extend(approve_all(stage))
            return is_over(stage) and is_over(stage, "one")

        until(over, "the end of the missions", 120)
        told += [noted.out, noted.err, shown(stage), stage.run("backup", str(stage.folder / "copy.db")).out]
        os.kill(stage.engine_pid(), signal.SIGTERM)
        until(lambda: not stage.alive, "the end of the engine")

        assert {"modelhost", "supervisor"} <= watch.seen
        assert watch.hits == set()
        assert len(world.smtp.messages) > 0
        assert found(b"".join(mail.body for mail in world.smtp.messages)) == []
        assert found("\n".join(told).encode()) == []
        assert "[hidden]" in "\n".join(told), "they did repeat it"
        assert world.second.endpoint.keys == {PLANTED["SECOND_KEY"]}
        assert (stage.folder / "copy.db").exists()
        assert everything(stage.root, but=frozenset({"ring.json", "password.txt"})) == []
