"""A program as a connector: what its ending says, in a real process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.effects.program import ProgramConnector, said
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from engine.settings import Command
from tests.engine.effects.contract import AT, ConnectorContract, publication

KEEP = """
import os, pathlib, sys
place = pathlib.Path(sys.argv[1]) / os.environ["COCKPIT_KEY"].replace("/", "-")
if not place.exists():
    place.write_bytes(sys.stdin.buffer.read())
print("kept", os.environ["COCKPIT_KEY"])
"""


def program(script: str, *arguments: str, window: int = 0, timeout: int = 20_000) -> ProgramConnector:
    """A connector that runs a Python script."""
    argv = (sys.executable, "-I", "-c", script, *arguments)
    settings = Command(kind="command", argv=argv, window=window, timeout=timeout)
    return ProgramConnector("page", settings, environ=os.environ, token="test", sandbox=lambda: None)


async def deliver(connector: ProgramConnector) -> Delivered | Refused | Unknown:
    made = publication(connector.destination)
    return await connector.deliver(made.canonical, made.body, "gtm/F1", AT)


class TestAProgramPassesTheContract(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.place = tmp_path

    def connector(self) -> Connector:
        return program(KEEP, str(self.place))

    def delivered(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.place.iterdir())]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [(0, Delivered), (64, Refused), (69, Refused), (75, Refused), (78, Refused), (1, Unknown), (2, Unknown),
     (79, Unknown), (137, Unknown), (143, Unknown), (None, Unknown)],
)  # fmt: skip
def test_an_exit_code_is_told_for_what_it_says(code: int | None, wanted: type) -> None:
    answer = said(code, b"well\n")
    assert isinstance(answer, wanted)
    assert not isinstance(answer, Refused) or answer.temporary == (code == 75)


async def test_a_program_that_is_killed_or_takes_too_long_may_have_done_it() -> None:
    assert isinstance(await deliver(program("import os; os.kill(os.getpid(), 9)")), Unknown)
    assert isinstance(await deliver(program("import time; time.sleep(60)", timeout=300)), Unknown)


async def test_it_sees_no_key_of_ours_and_gets_the_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "COCKPIT_HOME", "/somewhere")
    script = "import os, sys; print(sorted(os.environ), sys.stdin.read().strip())"
    answer = await deliver(program(script))
    assert isinstance(answer, Delivered)
    assert "COCKPIT_HOME" not in answer.reference
    assert '{"text": "hello"}' in answer.reference


async def test_one_that_is_not_there_is_refused() -> None:
    settings = Command(kind="command", argv=("/nowhere/publish",))
    connector = ProgramConnector("page", settings, environ={"PATH": "/bin"}, token="test", sandbox=lambda: None)
    answer = await deliver(connector)
    assert isinstance(answer, Refused)
    assert answer.whole


async def test_a_key_goes_again_only_while_it_is_remembered() -> None:
    connector = program(KEEP, window=86_400_000)
    made = publication(connector.destination)
    assert connector.delivery == "dedup"
    assert isinstance(await connector.lookup("gtm/F1", made.canonical, 1_000), NotFound)
    assert isinstance(await connector.lookup("gtm/F1", made.canonical, 86_400_000), Unknown)
