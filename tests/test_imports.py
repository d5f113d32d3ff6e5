"""What is loaded before anything is shown: a fresh interpreter says which modules a command brought in."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = (
    "pydantic",
    "sqlite_utils",
    "asyncio",
    "textual",
    "litellm",
    "rich",
    "ruamel",
    "jsonschema",
    "re2",
    "cel",
    "mcp",
)
SCREENS = ("textual", "rich", "litellm", "cockpit")
MODEL_HOST = ("engine/modelhost/child.py", "litellm")
"""The one import of litellm: inside the model host's own process."""
MARK = "loaded:"
PROBE = f"""
import sys
from cockpit.__main__ import main
code = main(sys.argv[1:])
print({MARK!r}, *sys.modules)
sys.exit(code)
"""


def loaded(tmp_path: Path, *arguments: str) -> tuple[set[str], str]:
    """The modules that a command has loaded when it is done, and what it printed."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("COCKPIT_", "COVERAGE_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=ROOT,
        env=environ | {"COCKPIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said, _, modules = done.stdout.partition(MARK)
    return set(modules.split()), said


@pytest.mark.parametrize("arguments", [("--version",), ("ls",), ("ls", "--json"), ("--help",)])
def test_a_quick_command_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    modules, said = loaded(tmp_path, *arguments)
    assert said.strip()
    assert [name for name in (*HEAVY, "dataclasses", "hashlib") if name in modules] == []


def test_the_version_is_known_before_anything_of_the_engine(tmp_path: Path) -> None:
    modules, said = loaded(tmp_path, "--version")
    assert said.startswith("cockpit ")
    assert [name for name in modules if name.startswith(("engine", "cockpit.cli", "sqlite3"))] == []


def test_listing_missions_loads_no_engine_that_could_run_one(tmp_path: Path) -> None:
    modules, _ = loaded(tmp_path, "ls")
    assert [name for name in modules if name.startswith(("engine.loop", "engine.workers", "engine.state"))] == []


BRIDGE = """
import asyncio, sys
from pathlib import Path
from cockpit.app import CockpitApp
from cockpit.cli.authority import Author
from engine.home import Home
app = CockpitApp(Home.at(Path(sys.argv[1])), Author("human:you", False))
async def look():
    async with app.run_test() as pilot:
        while type(app.screen).__name__ != "BridgeScreen":
            await pilot.pause()
        print(*sys.modules)
asyncio.run(look())
"""


def test_the_bridge_is_painted_without_what_only_the_engine_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BRIDGE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert "cockpit.screens.bridge.paint" in modules
    assert [name for name in HEAVY if name in modules] == ["asyncio", "textual", "rich"]


def statements(folder: str) -> Iterator[tuple[str, str]]:
    """File and module of every import, those inside of functions too."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((str(path.relative_to(ROOT)), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield str(path.relative_to(ROOT)), node.module


def test_the_engine_knows_no_screen() -> None:
    found = [found for found in statements("engine") if found[1].split(".")[0] in SCREENS]
    assert found == [MODEL_HOST]


def test_the_engine_loads_no_sdk_of_tool_servers_before_one_is_needed() -> None:
    probe = "import engine.loop.service, engine.tools.providers, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name.split(".")[0] in ("mcp", "mcp_types", "httpx2")] == []


def test_conditions_load_no_command_line_and_no_terminal() -> None:
    probe = (
        "import sys; from engine.contract.conditions import compile; compile('mission.days > 3'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "cel.cel" in modules
    assert [name for name in modules if name in ("cel.cli", "typer", "prompt_toolkit", "pygments", "rich")] == []


def test_only_the_engine_command_runs_an_engine() -> None:
    rooms = ("engine.loop", "engine.workers", "engine.governance", "engine.routing", "engine.context", "engine.plan")
    asked = (*rooms, "engine.judge", "engine.verify")
    found = {(file, name) for file, name in statements("cockpit") if name.startswith(asked)}
    pure = {(file, name) for file, name in found if name.startswith("engine.loop.replay")}
    assert {file for file, _name in pure} <= {"cockpit/cli/replay.py"}
    assert {file for file, _name in found - pure} <= {"cockpit/cli/engine.py"}


def test_tests_are_imported_by_nothing_that_ships() -> None:
    assert [found for room in ("engine", "cockpit") for found in statements(room) if found[1].startswith("tests")] == []
