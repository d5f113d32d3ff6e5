"""Case 17 of the bad inputs: a secret pasted into a contract, an input, an answer. Nothing of it is stored or shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit.__main__ import main
from cockpit.cli.authority import Author
from cockpit.cli.inbox import Order, submit
from cockpit.cli.pasted import check
from engine.contract.load import load
from engine.errors import BadInputError
from engine.home import Home
from engine.redaction import Redactor
from tests.builders import DRAFT, terms

KEY = "AKIAIOSFODNN7EXAMPLE"
OURS = "hunter-of-the-lost-5150"
ME = Author("human:me", scripted=False)


@pytest.fixture
def folder(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good contract and its input; config.toml names one secret of the environment."""
    monkeypatch.setenv("OURS", OURS)
    config = '[models.a]\nmodel = "openai/a"\nfree = true\nkey = "env:OURS"\n'
    home.config.write_text(config)
    (tmp_path / "leads.csv").write_text("name,email\nBob,bob@post.example\n")
    (tmp_path / "m.yaml").write_text(terms(DRAFT))
    return tmp_path


def stored(home: Home) -> bytes:
    """Every byte below the home but config.toml."""
    return b"".join(path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file())


@pytest.mark.parametrize(("secret", "what"), [(KEY, "what looks like an AWS access key"), (OURS, "env:OURS")])
def test_a_contract_with_a_secret_is_none_and_says_where(
    folder: Path, home: Home, capsys: pytest.CaptureFixture[str], secret: str, what: str
) -> None:
    text = terms(DRAFT).replace("people answer", f"people who answer to {secret} and more")
    (folder / "m.yaml").write_text(text)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if secret in one)
    column = text.splitlines()[line - 1].index(secret) + 1
    assert main(["check", str(folder / "m.yaml")]) == 1
    out, err = capsys.readouterr()
    assert f"m.yaml:{line}:{column}: {what} stands here; take it out" in err
    assert secret not in out + err
    assert main(["start", str(folder / "m.yaml"), "--no-engine"]) == 1
    assert secret not in "".join(capsys.readouterr())
    assert secret.encode() not in stored(home)
    main(["check", str(folder / "m.yaml"), "--json"])
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["code"], error["line"], error["column"]) == ("E017", line, column)


def test_of_a_contract_with_a_secret_nothing_else_is_said() -> None:
    """Other messages quote what they are about: the unknown key may be the secret."""
    loaded = load(f"mission: x\n{OURS}: 3\ntarget: {KEY}\n".encode(), "m.yaml", Redactor([(OURS, "env:OURS")]))
    assert [problem.code for problem in loaded.problems] == ["E017", "E017"]
    assert loaded.contract is None
    assert OURS not in str(loaded.problems)
    assert KEY not in str(loaded.problems)


def test_a_known_secret_in_an_input_is_refused(folder: Path, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "leads.csv").write_text(f"name,email\nBob,{OURS}\n")
    assert main(["start", str(folder / "m.yaml"), "--no-engine"]) == 1
    err = capsys.readouterr().err
    assert "inputs.leads: leads holds env:OURS (line 2, column 5)" in err
    assert OURS not in err
    assert OURS.encode() not in stored(home)
    assert main(["check", str(folder / "m.yaml")]) == 1


def test_what_looks_like_one_in_an_input_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "leads.csv").write_text(f"name,email\nBob,{KEY}\n")
    assert main(["check", str(folder / "m.yaml")]) == 0
    err = capsys.readouterr().err
    assert "warning: leads holds what looks like an AWS access key (line 2, column 5)" in err
    assert KEY not in err


def test_without_any_secret_nothing_is_said_of_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder / "m.yaml")]) == 0
    assert "looks like" not in capsys.readouterr().err


@pytest.mark.usefixtures("ledger")
def test_a_command_whose_words_hold_a_key_is_not_stored(home: Home) -> None:
    order = Order("k", "answer", "gtm", {"attention": "Q1", "text": f"use {KEY}", "more": [{"x": "y"}]})
    with pytest.raises(BadInputError, match="AWS access key; nothing was stored") as caught:
        submit(home, order, ME, start_engine=False)
    assert KEY not in str(caught.value)
    assert KEY.encode() not in stored(home)


@pytest.mark.usefixtures("ledger", "folder")
def test_nor_is_one_that_holds_a_configured_secret(home: Home) -> None:
    with pytest.raises(BadInputError, match="holds env:OURS; nothing was stored"):
        submit(home, Order("k", "reject", "gtm", {"attention": "Q1", "because": f"no {OURS}"}), ME, start_engine=False)
    assert OURS.encode() not in stored(home)


def test_for_ids_and_digests_no_keyring_is_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.cli.pasted.known", None)
    check("approve", {"attention": "gtm/Q12", "digest": "0f" * 32, "except": ["gtm/F7"], "seconds": 3}, home)
