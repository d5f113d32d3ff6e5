"""`cockpit setup`: looks, asks, shows and writes; without a person it only looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import keyring.core
import pytest
from keyring.backends import fail

from cockpit.__main__ import main
from cockpit.setup.draft import PROVIDERS
from cockpit.setup.probe import Answer, Offered, Server, State
from engine.secrets.system import SERVICE
from engine.settings import load_settings
from tests.engine.secrets.keyrings import CANARY, Ring

OLLAMA = Server("Ollama", 11434, "/api/tags", "ollama_chat")
FOUND = [Answer(OLLAMA, "answers", (Offered("small"), Offered("large", 32_768)), left_out=1)]
OLD = "# mine\n[screen]\ntheme = 'light'\n"


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """A keyring, no keys in the environment, and one Ollama."""
    own = Ring()
    keyring.set_keyring(own)
    for provider in PROVIDERS:
        monkeypatch.delenv(provider.variable, raising=False)
    monkeypatch.setattr("cockpit.cli.setup.probe", lambda: FOUND)
    yield own
    keyring.core._keyring_backend = None


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config.toml"


@pytest.fixture
def old(config: Path) -> Path:
    config.parent.mkdir()
    config.write_text(OLD)
    return config


Person = Callable[[dict[str, str]], list[str]]


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody at a terminal who answers questions by a word in them, and otherwise just presses return."""

    def sits_down(answers: dict[str, str]) -> list[str]:
        asked: list[str] = []

        def answer(question: str) -> str:
            asked.append(question)
            return next((said for word, said in answers.items() if word in question), "")

        monkeypatch.setattr("cockpit.cli.setup.at_terminal", lambda: True)
        monkeypatch.setattr("cockpit.cli.setup.ask", answer)
        monkeypatch.setattr("cockpit.cli.setup.hidden", answer)
        return asked

    return sits_down


MAIL = {
    "Your name": "Ada Example",
    "Your mail address": "ada@yours.example",
    "postal": "1 Example Street",
    "SMTP server": "smtp.yours.example",
    "environment variable instead": CANARY,
}


def test_without_a_person_it_says_what_it_found_and_changes_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert main(["setup"]) == 0
    out = capsys.readouterr().out
    assert "2 models; 1 more cannot be used" in out
    assert '+model = "ollama_chat/large"' in out
    assert "a key is in OPENAI_API_KEY" in out
    assert "--key env:OPENAI_API_KEY" in out
    assert "nothing was changed" in out
    assert CANARY not in out
    assert not config.parent.exists()


def test_as_json_it_is_the_same_in_data(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert main(["setup", "--json"]) == 0
    out = capsys.readouterr().out
    told = json.loads(out)
    assert told["servers"][0]["models"] == ["small", "large"]
    assert told["keys"] == [{"variable": "OPENAI_API_KEY", "provider": "OpenAI", "reference": "env:OPENAI_API_KEY"}]
    assert told["config"] == {"path": str(old), "exists": True}
    assert "ollama_chat/small" in told["would_add"]
    assert CANARY not in out
    assert old.read_text() == OLD


def test_a_model_that_is_chosen_is_written_after_a_yes(old: Path, person: Person) -> None:
    person({"Which may": "2", "write": "y"})
    assert main(["setup"]) == 0
    assert old.read_text().startswith(OLD)
    assert old.with_name("config.toml.bak").read_text() == OLD
    assert [model.model for model in load_settings(old).models.values()] == ["ollama_chat/large"]


def test_without_a_yes_nothing_is_written_and_no_secret_kept(
    old: Path, ring: Ring, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person({"Which may": "all", **MAIL})
    assert main(["setup"]) == 1
    assert "+password" in capsys.readouterr().out
    assert old.read_text() == OLD
    assert ring.kept == {}
    assert {path.name for path in old.parent.iterdir()} == {"config.toml"}


def test_return_at_every_question_changes_nothing(config: Path, person: Person) -> None:
    asked = person({})
    assert main(["setup"]) == 0
    assert asked
    assert not config.exists()


def test_who_writes_and_how_mail_leaves(
    config: Path, ring: Ring, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person({**MAIL, "tls, starttls": "starttls", "write": "yes"})
    assert main(["setup"]) == 0
    mail = load_settings(config).mail
    assert mail is not None
    assert mail.smtp is not None
    assert (mail.name, mail.address, mail.postal) == ("Ada Example", "ada@yours.example", "1 Example Street")
    assert (mail.smtp.security, mail.smtp.port, mail.smtp.user) == ("starttls", 587, "ada@yours.example")
    assert mail.smtp.password == "keyring:mail"
    assert ring.kept[SERVICE, "mail"] == CANARY
    assert CANARY not in capsys.readouterr().out + config.read_text()


def test_a_secret_that_is_kept_already_is_not_overwritten(config: Path, ring: Ring, person: Person) -> None:
    ring.kept = {(SERVICE, "mail"): "older", (SERVICE, "#names"): '["mail"]'}
    person({**MAIL, "write": "y"})
    assert main(["setup"]) == 0
    assert ring.kept[SERVICE, "mail"] == "older"
    assert ring.kept[SERVICE, "mail-2"] == CANARY
    assert 'password = "keyring:mail-2"' in config.read_text()


def test_what_is_configured_is_not_asked_again(config: Path, person: Person) -> None:
    person({**MAIL, "write": "y"})
    main(["setup"])
    asked = person({})
    main(["setup"])
    assert not any(
        word in question for question in asked for word in ("Your name", "SMTP", "environment variable instead")
    )


def test_without_a_keyring_a_password_is_named_by_its_variable(
    config: Path, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    asked = person({**MAIL, "write": "y"})
    assert main(["setup"]) == 0
    assert not any("not shown" in question for question in asked)
    assert 'password = "env:SMTP_PASSWORD"' in config.read_text()
    assert "No keyring" in capsys.readouterr().out


def test_an_answer_that_cannot_be_used_is_asked_for_again_and_then_skipped(
    config: Path, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = person({**MAIL, "Your mail address": "ada", "Which may": "9", "write": "y"})
    assert main(["setup"]) == 0
    assert sum("Your mail address" in question for question in asked) == 3
    assert sum("Which may" in question for question in asked) == 3
    assert "skipped" in capsys.readouterr().out
    assert not config.exists()


def test_a_provider_s_model_needs_a_price_and_its_key_may_stay_in_the_environment(
    config: Path, ring: Ring, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    person({"name of a model": "some-model", "What it costs": "3,15", "write": "y"})
    assert main(["setup"]) == 0
    model = load_settings(config).models["some-model"]
    assert (model.model, model.key, model.free) == ("anthropic/some-model", "env:ANTHROPIC_API_KEY", False)
    assert ring.kept == {}


def test_a_provider_s_model_without_a_price_is_not_written(
    config: Path, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    person({"name of a model": "some-model", "keyring": "y", "write": "y"})
    assert main(["setup"]) == 0
    assert not config.exists()


def test_a_provider_s_key_may_move_into_the_keyring(
    config: Path, ring: Ring, person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    person({"name of a model": "anthropic/some-model", "What it costs": "free", "Keep the key": "y", "write": "y"})
    assert main(["setup"]) == 0
    assert load_settings(config).models["some-model"].key == "keyring:anthropic"
    assert ring.kept[SERVICE, "anthropic"] == CANARY
    assert CANARY not in capsys.readouterr().out + config.read_text()


LOCKED = Server("vLLM", 8000, "/v1/models", "hosted_vllm", "/v1")


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A server that lists two models for the right key; the addresses and keys that it was asked with."""
    asked: list[tuple[str, str]] = []

    def listed(endpoint: str, key: str) -> tuple[State, tuple[Offered, ...]]:
        asked.append((endpoint, key))
        return ("answers", (Offered("big", 32_768), Offered("new/er"))) if key == CANARY else ("locked", ())

    monkeypatch.setattr("cockpit.setup.endpoints.listed", listed)
    return asked


def test_a_server_that_wants_a_key_is_asked_about(
    config: Path,
    ring: Ring,
    person: Person,
    listing: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cockpit.cli.setup.probe", lambda: [Answer(LOCKED, "locked")])
    answers = {"Add a model": "y", "Its key": f" {CANARY} ", "Which of them": "1", "yours, so": "y", "costs": "free"}
    person({**answers, "write": "y"})
    assert main(["setup"]) == 0
    model = load_settings(config).models["big"]
    assert (model.model, model.endpoint, model.window) == ("hosted_vllm/big", "http://127.0.0.1:8000/v1", 32_768)
    assert (model.key, model.privacy, model.free) == ("keyring:127.0.0.1", "local", True)
    assert ring.kept[SERVICE, "127.0.0.1"] == CANARY
    assert listing == [("http://127.0.0.1:8000/v1", CANARY)]
    assert CANARY not in capsys.readouterr().out + config.read_text()


def test_a_server_elsewhere_is_asked_about(
    config: Path, ring: Ring, person: Person, listing: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEIR_KEY", CANARY)
    asked = person({"Its address": "https://m.example/v1/", "Its key": "env:THEIR_KEY", "Which of them": "new/er",
                    "context": "16000", "costs": "1,2", "write": "y"})  # fmt: skip
    assert main(["setup"]) == 0
    model = load_settings(config).models["er"]
    assert (model.model, model.endpoint, model.key) == ("openai/new/er", "https://m.example/v1", "env:THEIR_KEY")
    assert (model.privacy, model.window) == ("hosted", 16_000)
    assert ring.kept == {}
    assert listing == [("https://m.example/v1", CANARY)]
    assert not any("yours, so" in question for question in asked)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"Its address": "http://m.example/v1"}, "needs https"),
        ({"Its address": "https://m.example/v1", "Its key": "sk with spaces"}, "that is no key"),
        ({"Its address": "https://m.example/v1", "Its key": "env:NOT-A-NAME"}, "that is no name of a variable"),
        ({"Its address": "https://m.example/v1", "Its key": "wrong"}, "it refuses this key"),
        ({"Its address": "https://m.example/v1", "Its key": CANARY, "Which of them": "3"}, "none of the list"),
    ],
)
def test_a_server_that_cannot_be_used_is_left_out(
    config: Path,
    ring: Ring,
    person: Person,
    listing: list[tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, str],
    said: str,
) -> None:
    person({**answers, "costs": "free", "write": "y"})
    assert main(["setup"]) == 0
    assert said in capsys.readouterr().out
    assert not config.exists()
    assert ring.kept == {}
    assert not any(endpoint.startswith("http:") for endpoint, _ in listing)


def test_where_answers_come_in(config: Path, person: Person) -> None:
    person({**MAIL, "IMAP": "imap.yours.example", "here too": "", "write": "y"})
    assert main(["setup"]) == 0
    mail = load_settings(config).mail
    assert mail is not None
    assert mail.inbox is not None
    assert (mail.inbox.kind, mail.inbox.host, mail.inbox.port) == ("imap", "imap.yours.example", 993)
    assert (mail.inbox.user, mail.inbox.password) == ("ada@yours.example", "keyring:mail")


def test_all_questions_may_be_answered_again(config: Path, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = person({"Which may": "1"})
    said = iter(["r", "y"])

    def answer(question: str) -> str:
        asked.append(question)
        return next(said) if "write" in question else "1" if "Which may" in question else ""

    monkeypatch.setattr("cockpit.cli.setup.ask", answer)
    assert main(["setup"]) == 0
    assert sum("Which may" in question for question in asked) == 2
    assert list(load_settings(config).models) == ["small"]


def test_whoever_leaves_in_the_middle_is_told_that_nothing_changed(
    old: Path, ring: Ring, person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person({"Which may": "all", **MAIL})

    def leave(question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("cockpit.cli.setup.hidden", leave)
    assert main(["setup"]) == 130
    assert "nothing was changed" in capsys.readouterr().out
    assert old.read_text() == OLD
    assert ring.kept == {}


# -- one model, without questions


def add(*more: str) -> int:
    return main(["setup", "--model", "m", "--litellm", "openai/foo", *more])


def test_a_model_is_added_without_questions(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = "http://127.0.0.1:9/v1"
    more = ("--key", "env:KEY", "--tier", "cheap", "--local", "--window", "32000", "--max-output", "4000")
    assert add("--price", "0.25,1", "--endpoint", endpoint, *more, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backup"] == str(old.with_name("config.toml.bak"))
    model = load_settings(old).models["m"]
    assert (model.model, model.endpoint, model.key, model.tier) == ("openai/foo", endpoint, "env:KEY", "cheap")
    assert (model.privacy, model.window, model.max_output) == ("local", 32_000, 4_000)
    assert old.read_text().startswith(OLD)


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--price", "3"),
        ("--free", "--key", CANARY),
        ("--free", "--endpoint", "http://elsewhere.example"),
        ("--free", "--window", "-1"),
    ],
    ids=str,
)
def test_a_model_that_cannot_be_is_not_written(
    config: Path, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(*more) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert CANARY not in err
    assert not config.exists()


def test_a_model_that_is_there_is_changed_by_hand(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add("--free") == 0
    before = config.read_text()
    assert add("--price", "1,2") == 2
    assert "is there already" in capsys.readouterr().err
    assert config.read_text() == before


def test_a_file_that_cannot_be_added_to_is_told_what_to_add(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.parent.mkdir()
    config.write_text("models = {}\n")
    assert add("--free") == 2
    shown = capsys.readouterr()
    assert '[models.m]\nmodel = "openai/foo"' in shown.out
    assert "add them by hand" in shown.err
    assert config.read_text() == "models = {}\n"


def test_what_says_something_about_no_model_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--litellm", "openai/foo"]) == 2
    assert main(["setup", "--model", "m", "--free"]) == 2
    assert "--litellm" in capsys.readouterr().err


def test_a_file_that_is_broken_is_mended_before_it_is_added_to(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.parent.mkdir()
    config.write_text("[mial]\n")
    for call in (["setup"], ["setup", "--model", "m", "--litellm", "openai/foo", "--free"]):
        assert main(call) == 2
        assert "[mial]" in capsys.readouterr().err
    assert config.read_text() == "[mial]\n"
