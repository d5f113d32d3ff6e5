"""config.toml in a running engine: read again when it changes, and nothing by halves when it is broken."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from engine.errors import BadInputError
from engine.loop.configured import SettingsFile, endpoint
from engine.loop.world import Slots
from engine.settings import Model, read_settings
from engine.values import MICRO

ONE = """
[models.ada]
model = "vendor/ada-1"
key = "keyring:vendor"
price = {input = 3, output = 15}
max_output = 2000
silence = "30s"
"""
TWO = ONE + '[models.own]\nmodel = "ollama_chat/own"\nfree = true\nprivacy = "local"\ncapabilities = []\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_there_are_no_models_and_no_sender(path: Path) -> None:
    settings = SettingsFile(path)
    assert (settings.catalogue(), settings.identity(), settings.endpoint("ada")) == ((), None, None)


def test_how_many_run_side_by_side_is_configured_within_bounds(path: Path) -> None:
    settings = SettingsFile(path)
    assert settings.slots() == Slots()
    path.write_text("[engine]\nparallel = 20\ncommands = 3\n")
    assert settings.slots() == Slots(commands=3, others=20)
    for wrong in ("parallel = 21", "parallel = 0", "commands = 21", 'parallel = "6"'):
        with pytest.raises(BadInputError, match=rf"\[engine.{wrong.split()[0]}\]"):
            read_settings(f"[engine]\n{wrong}\n")


def test_a_change_is_seen_without_a_new_start(path: Path) -> None:
    settings = SettingsFile(path)
    assert settings.catalogue() == ()
    path.write_text(ONE)
    assert [c.name for c in settings.catalogue()] == ["ada"]
    path.write_text(TWO)
    assert [(c.name, c.local) for c in settings.catalogue()] == [("ada", False), ("own", True)]
    path.unlink()
    assert settings.catalogue() == ()


def test_what_did_not_change_is_not_read_again(path: Path) -> None:
    path.write_text(ONE)
    settings = SettingsFile(path)
    assert settings.catalogue() is settings.catalogue()
    assert settings() is settings()


def test_a_broken_file_means_nothing_and_says_so_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_text(ONE)
    settings = SettingsFile(path)
    assert settings.catalogue()
    path.write_text(ONE + "[models.bob]\nmodel = 5\n")
    with caplog.at_level(logging.ERROR, logger="cockpit.engine"):
        assert settings.catalogue() == ()
        assert settings.endpoint("ada") is None
        os.utime(path, ns=(1, 1))  # touched, and as broken as before
        assert settings.catalogue() == ()
    assert len([record.getMessage() for record in caplog.records]) == 1
    assert "models.bob" in caplog.text
    path.write_text(TWO)
    assert len(settings.catalogue()) == 2


def test_an_endpoint_says_how_the_worker_reaches_a_model(path: Path) -> None:
    path.write_text(TWO)
    settings = SettingsFile(path)
    ada, own = settings.endpoint("ada"), settings.endpoint("own")
    assert ada is not None
    assert own is not None
    assert (ada.model, ada.key, ada.max_output, ada.silence_ms) == ("vendor/ada-1", "keyring:vendor", 2_000, 30_000)
    assert (ada.price.input, ada.price.output, ada.json_mode) == (3 * MICRO, 15 * MICRO, True)
    assert (own.key, own.price.output, own.json_mode) == ("", 0, False)


def test_whatever_changes_how_a_model_is_reached_changes_its_setup() -> None:
    given = {"model": "a/b", "key": "env:K", "free": True, "endpoint": "https://one.example/v1"}
    first = Model.model_validate(given).candidate("x")
    assert first.setup == Model.model_validate(given | {"tier": "strong"}).candidate("x").setup
    for more in ({"model": "a/c"}, {"key": "env:L"}, {"endpoint": "https://two.example/v1"}):
        assert Model.model_validate(given | more).candidate("x").setup != first.setup
    assert endpoint(Model.model_validate(given)).endpoint == "https://one.example/v1"
