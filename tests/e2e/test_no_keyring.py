"""A key that stands in a keyring that is not there, or locked: the mission says so, and goes on when it is mended."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.gtm import NORTH, ROOT
from tests.e2e.stage import Stage, until
from tests.e2e.test_bad_endpoints import CONTRACT, GOOD, KEY
from tests.endpoint import ScriptedEndpoint

RINGS = "tests.engine.secrets.keyrings"


def _begin(stage: Stage, endpoint: ScriptedEndpoint, backend: str) -> dict[str, str]:
    stage.home.ensure()
    stage.home.config.write_text(NORTH.toml(endpoint.url, "keyring:north"))
    environ = {"PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": backend, "TEST_RING": str(stage.root / "ring.json")}
    stage.engine(environ)
    stage.fine("start", stage.write("one.yaml", CONTRACT.format(name="one", timeout="30s")).name)
    return environ


@pytest.mark.parametrize(
    ("backend", "why"),
    [("keyring.backends.fail.Keyring", "no keyring"), (f"{RINGS}.Locked", "the keyring is locked")],
    ids=["none", "locked"],
)
def test_a_keyring_that_cannot_be_used_is_named(stage: Stage, backend: str, why: str) -> None:
    with ScriptedEndpoint(GOOD) as endpoint:
        environ = _begin(stage, endpoint, backend)
        item = stage.item("tool")
        assert "keyring:north" in item["detail"]
        assert why in item["detail"]
        assert "env:NAME" in item["detail"], "and what to do about it"
        assert item["choices"] == ["human", "skip", "stop"] or "go on" in item["choices"]
        assert endpoint.requests == [], "nobody was asked without a key"
        attempts = stage.events("one", kinds=["attempt.failed"])
        faults = [event["body"]["fault"] for event in attempts]
        assert faults in (["key_missing"], ["key_late"] * 2), (
            "a locked keyring is tried once more, and then now and then"
        )
        assert stage.card("one")["spent_micro_usd"] == 0
        told = stage.run("doctor", "--json", environ=environ)
        assert any(why in finding["detail"] for finding in told.json if finding["state"] == "fail")


def test_a_key_that_was_missing_is_used_as_soon_as_it_is_set(stage: Stage) -> None:
    with ScriptedEndpoint(GOOD) as endpoint:
        environ = _begin(stage, endpoint, f"{RINGS}.FileRing")
        item = stage.item("tool")
        assert "cockpit keys set north" in item["detail"]
        done = subprocess.run(
            stage.argv("keys", "set", "north"),
            cwd=stage.folder,
            env=stage.environ(environ),
            input=KEY.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        until(lambda: stage.card("one")["state"] == "finished", "the end")
        assert endpoint.keys == {KEY}
        assert json.loads((stage.root / "ring.json").read_text())["north"] == KEY
        assert not stage.items()
