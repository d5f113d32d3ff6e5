"""`cockpit doctor` around config.toml: every problem with its place, secrets by reference, servers only when told."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import keyring
import keyring.core
import pytest
from keyring.backends import fail

from cockpit.__main__ import main
from cockpit.cli.configured import within
from engine.secrets.system import SERVICE
from tests.cockpit.setup.servers import answer, serving, unused_port
from tests.engine.secrets.keyrings import CANARY, Hanging, Readable, Ring
from tests.mailserver import ImapServer, SmtpSink

MAIL = '[mail]\nname = "Ada"\naddress = "ada@yours.example"\npostal = "1 Example Street"\n'
Findings = dict[str, list[dict[str, str]]]
Look = Callable[..., Findings]


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    own = Ring()
    keyring.set_keyring(own)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    yield own
    keyring.core._keyring_backend = None


@pytest.fixture
def look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Look:
    """Write a config.toml, run doctor, and give its findings by check."""

    def looks(text: str, *more: str, mode: int = 0o600) -> Findings:
        home = tmp_path / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        (home / "config.toml").write_text(text)
        (home / "config.toml").chmod(mode)
        code = main(["doctor", "--json", *more])
        out = capsys.readouterr().out
        assert CANARY not in out
        findings: Findings = {}
        for finding in json.loads(out):
            assert finding.keys() == {"check", "state", "detail", "mend"}
            assert finding["mend"] or finding["state"] != "fail"
            findings.setdefault(finding["check"], []).append(finding)
        assert code == any(one["state"] == "fail" for found in findings.values() for one in found)
        return findings

    return looks


def states(findings: list[dict[str, str]]) -> list[str]:
    return [finding["state"] for finding in findings]


def test_every_problem_of_the_file_is_told_with_its_place(look: Look) -> None:
    found = look('[models.a]\nmodel = "x"\nfree = true\n[models.b]\nmodel = "openai/x"\n[screen]\ntheem = "dark"\n')
    told = " ".join(finding["detail"] for finding in found["config"])
    assert states(found["config"]) == ["fail"] * 3
    for place in ("[models.a.model]", "[models.b]", "[screen.theem]"):
        assert place in told
    assert "secret" not in found


def test_a_key_written_into_the_file_is_refused_and_not_repeated(look: Look) -> None:
    found = look(f'[models.a]\nmodel = "openai/x"\nfree = true\nkey = "{CANARY}"\n')
    assert "keyring:NAME" in found["config"][0]["detail"]


def test_a_file_that_others_may_read_is_a_warning(look: Look) -> None:
    assert states(look("")["config"]) == ["ok"]
    found = look("", mode=0o644)["config"]
    assert states(found) == ["ok", "warn"]
    assert "chmod 600" in found[1]["mend"]


def test_a_keyring_is_named_and_its_secrets_are_found(look: Look, ring: Ring) -> None:
    ring.kept = {(SERVICE, "openai"): CANARY}
    found = look('[models.a]\nmodel = "openai/x"\nkey = "keyring:openai"\nfree = true\n')
    assert states(found["keyring"]) == ["ok"]
    assert "keyrings.Ring" in found["keyring"][0]["detail"]
    assert states(found["secret"]) == ["ok"]


def test_a_secret_that_is_lacking_is_a_failure_with_its_mend(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LACKING_KEY", raising=False)
    found = look(
        '[models.a]\nmodel = "openai/x"\nkey = "keyring:openai"\nfree = true\n'
        '[models.b]\nmodel = "openai/y"\nkey = "env:LACKING_KEY"\nfree = true\n'
    )
    assert states(found["secret"]) == ["fail", "fail"]
    assert found["secret"][0]["mend"] == "cockpit keys set openai"
    assert "LACKING_KEY" in found["secret"][1]["mend"]


def test_a_program_that_prints_a_secret_is_tried(look: Look) -> None:
    found = look(
        f"[secrets.good]\nargv = ['{sys.executable}', '-c', 'print(1234567)']\n"
        "[secrets.bad]\nargv = ['false']\n"
        '[models.a]\nmodel = "openai/x"\nkey = "command:good"\nfree = true\n'
        '[models.b]\nmodel = "openai/y"\nkey = "command:bad"\nfree = true\n'
        '[models.c]\nmodel = "openai/z"\nkey = "command:none"\nfree = true\n'
    )
    assert states(found["secret"]) == ["ok", "fail", "fail"]
    assert "false ended with status 1" in found["secret"][1]["detail"]
    assert "no [secrets.none]" in found["secret"][2]["detail"]
    assert "1234567" not in str(found)


@pytest.mark.parametrize(
    ("text", "state"), [("", "warn"), ('[models.a]\nmodel = "openai/x"\nkey = "keyring:k"\nfree = true\n', "fail")]
)
def test_no_keyring_is_a_failure_only_where_one_is_needed(look: Look, text: str, state: str) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    assert states(look(text)["keyring"]) == [state]


def test_a_plaintext_keyring_is_named(look: Look) -> None:
    keyring.set_keyring(Readable())
    assert "keyrings.alt.file.Readable" in look("")["keyring"][0]["detail"]


def test_a_keyring_that_hangs_does_not_hang_the_doctor(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.secrets.system import SystemSecrets

    hanging = Hanging()
    keyring.set_keyring(hanging)
    monkeypatch.setattr(
        "cockpit.cli.configured.SystemSecrets", lambda environ, **_: SystemSecrets(environ, timeout_s=0.05)
    )
    assert "did not answer" in look("")["keyring"][0]["detail"]
    hanging.over.set()


def test_endpoints_on_this_machine_are_asked_and_others_are_not(look: Look) -> None:
    with serving(answer({"data": []})) as port:
        models = {"here": f"http://127.0.0.1:{port}/v1", "gone": f"http://127.0.0.1:{unused_port()}/v1"}
        models["far"] = "https://models.yours.example/v1"
        text = "".join(
            f'[models.{name}]\nmodel = "openai/x"\nendpoint = "{where}"\nfree = true\n'
            for name, where in models.items()
        )
        found = {finding["detail"].split(":")[0].split()[0]: finding for finding in look(text)["endpoint"]}
    assert {name: finding["state"] for name, finding in found.items()} == {
        "models.here": "ok",
        "models.gone": "warn",
        "models.far": "ok",
    }
    assert "not tried" in found["models.far"]["detail"]


def told(look: Look, model: str, said: bytes, path: str = "/v1") -> dict[str, str]:
    """What is said of one model at a server that says this."""
    with serving(said) as port:
        where = f"http://127.0.0.1:{port}{path}"
        return look(f'[models.m]\nmodel = "{model}"\nendpoint = "{where}"\nfree = true\n')["endpoint"][0]


def test_a_model_that_its_server_does_not_have_is_named_with_what_there_is(look: Look) -> None:
    ollama = answer({"models": [{"name": "small:latest"}, {"name": "large:7b"}]})
    assert told(look, "ollama_chat/small", ollama, "")["state"] == "ok"
    lacking = told(look, "ollama_chat/other", ollama, "")
    assert lacking["state"] == "warn"
    assert "has no other; it has large:7b, small" in lacking["detail"]
    assert lacking["mend"].startswith("ollama pull other, or")
    assert told(look, "llamafile/any", answer({"data": [{"id": "loaded.gguf"}]}))["state"] == "ok"


def test_a_key_that_a_server_on_this_machine_refuses_is_a_failure(look: Look, ring: Ring) -> None:
    refused = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    assert told(look, "openai/x", refused)["state"] == "fail"
    ring.kept = {(SERVICE, "k"): CANARY}
    with serving(refused) as port:
        text = f'[models.m]\nmodel = "openai/x"\nendpoint = "http://127.0.0.1:{port}/v1"\nfree = true\nkey = "keyring:'
        kept, lacking = (look(f'{text}{name}"\n')["endpoint"][0] for name in ("k", "none"))
    assert (kept["state"], lacking["state"]) == ("fail", "ok")
    assert "refuses keyring:k" in kept["detail"]
    assert CANARY not in str(kept)


def test_an_address_that_lists_nothing_is_a_warning(look: Look) -> None:
    found = told(look, "openai/x", answer({"error": "no such page"}), "")
    assert (found["state"], found["mend"].partition(";")[0]) == ("warn", "many addresses end in /v1")


def smtp(server: SmtpSink) -> str:
    return MAIL + (
        f'[mail.smtp]\nhost = "{server.host}"\nport = {server.port}\nuser = "ada"\npassword = "keyring:mail"\n'
        f'ca_file = "{server.ca_file}"\ntimeout = "5s"\n'
    )


def inbox(server: ImapServer) -> str:
    return (
        f'[mail.inbox]\nkind = "imap"\nhost = "{server.host}"\nport = {server.port}\nuser = "ada"\n'
        f'password = "keyring:mail"\nca_file = "{server.ca_file}"\ntimeout = "5s"\n'
    )


def test_mail_servers_are_left_alone_unless_it_is_asked_for(look: Look, ring: Ring) -> None:
    ring.kept = {(SERVICE, "mail"): CANARY}
    with SmtpSink(users={"ada": CANARY}) as taking, ImapServer(password=CANARY) as holding:
        text = smtp(taking) + inbox(holding)
        (alone,) = look(text)["mail"]
        assert "not tried" in alone["detail"]
        found = look(text, "--online")["mail"]
        assert states(found) == ["ok", "ok"]
        assert all("takes the login" in finding["detail"] for finding in found)
        assert taking.messages == []


def test_a_login_that_is_refused_is_a_failure_without_the_password(look: Look, ring: Ring) -> None:
    ring.kept = {(SERVICE, "mail"): CANARY}
    with SmtpSink(users={"ada": "another"}) as taking, ImapServer(password="another") as holding:
        assert states(look(smtp(taking) + inbox(holding), "--online")["mail"]) == ["fail", "fail"]


def test_who_cannot_send_is_told_so(look: Look) -> None:
    assert states(look("")["mail"]) == ["warn"]
    assert "[mail.smtp]" in look(MAIL)["mail"][0]["detail"]


def test_a_theme_that_cannot_be_read_is_a_failure(look: Look, tmp_path: Path) -> None:
    assert states(look('[screen]\ntheme = "light"\n')["theme"]) == ["ok"]
    assert states(look('[screen]\ntheme = "mine"\n')["theme"]) == ["fail"]
    (tmp_path / "home" / "themes").mkdir()
    (tmp_path / "home" / "themes" / "mine.toml").write_text('[colours]\naccent = "#112233"\n')
    assert states(look('[screen]\ntheme = "mine"\n')["theme"]) == ["ok"]


def test_the_package_behind_the_models_has_a_release_that_was_measured(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert states(look("")["litellm"]) == ["ok"]
    monkeypatch.setattr(metadata, "version", lambda _name: "1.106.0")
    assert states(look("")["litellm"]) == ["fail"]

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert states(look("")["litellm"]) == ["fail"]


@pytest.mark.parametrize(
    ("version", "wanted", "lies"),
    [
        ("1.105.3", "<1.106,>=1.105.3", True),
        ("1.105.10", "<1.106,>=1.105.3", True),
        ("1.105.2", "<1.106,>=1.105.3", False),
        ("1.106", "<1.106,>=1.105.3", False),
        ("1.106.0", "<1.106", False),
        ("8.2.8", "==8.2.8", True),
        ("8.2.9", "==8.2.8", False),
        ("2.0", "==2", True),
    ],
)
def test_releases_are_compared_by_their_numbers(version: str, wanted: str, lies: bool) -> None:
    assert within(version, wanted) is lies
