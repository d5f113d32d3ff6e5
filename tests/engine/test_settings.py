"""config.toml: what it may say, and what is said about what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInputError
from engine.settings import REHEARSED_IDENTITY, Settings, load_settings

GOOD = '[mail]\nname = "Ada Example"\naddress = "ada@yours.example"\npostal = "1 Example Street"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_no_file_is_no_settings(config: Path) -> None:
    assert load_settings(config) == Settings()


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_is_no_settings(config: Path, text: str) -> None:
    config.write_text(text)
    assert load_settings(config).identity is None


def test_who_sends_is_read_from_the_file(config: Path) -> None:
    config.write_text(GOOD)
    identity = load_settings(config).identity
    assert identity is not None
    assert (identity.name, identity.address, identity.replies) == (
        "Ada Example",
        "ada@yours.example",
        "ada@yours.example",
    )


def test_replies_may_go_elsewhere(config: Path) -> None:
    config.write_text(GOOD + 'reply_to = "team@yours.example"\n')
    identity = load_settings(config).identity
    assert identity is not None
    assert identity.replies == "team@yours.example"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[mail\n", "is not TOML"),
        (GOOD.replace("ada@yours.example", "ada"), "[mail.address]"),
        (GOOD.replace('postal = "1 Example Street"\n', ""), "[mail.postal]"),
        (GOOD.replace("Ada Example", "Ada <x>"), "[mail.name]"),
        (GOOD.replace('"Ada Example"', "7"), "[mail.name]"),
        (GOOD + 'reply_to = "nowhere"\n', "[mail.reply_to]"),
        (GOOD + "pasword = 1\n", "[mail.pasword]"),
        ("[mial]\n", "[mial]"),
        ("mail = 1\n", "[mail]"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_place(config: Path, text: str, where: str) -> None:
    config.write_text(text)
    with pytest.raises(BadInputError) as caught:
        load_settings(config)
    assert str(config) in str(caught.value)
    assert where in str(caught.value)
    assert caught.value.mend


def test_what_was_written_is_not_repeated_in_the_error(config: Path) -> None:
    config.write_text(GOOD.replace("ada@yours.example", "hunter2"))
    with pytest.raises(BadInputError) as caught:
        load_settings(config)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_said_to_be(config: Path) -> None:
    config.write_bytes(b'name = "\xff"')
    with pytest.raises(BadInputError, match="cannot be read"):
        load_settings(config)
    config.unlink()
    config.mkdir()
    with pytest.raises(BadInputError, match="cannot be read"):
        load_settings(config)


def test_a_file_nested_without_end_is_said_not_to_be_toml(config: Path) -> None:
    config.write_text("x = " + "[" * 50_000)
    with pytest.raises(BadInputError):
        load_settings(config)


def test_a_rehearsal_writes_from_an_address_that_cannot_exist() -> None:
    assert REHEARSED_IDENTITY.address.endswith(".invalid")
