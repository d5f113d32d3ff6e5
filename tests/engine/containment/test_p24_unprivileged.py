"""P24 for a user without privileges: where the suite runs as root, the hostile command is run by another uid, too."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.containment.bubble import cuts_network
from engine.containment.process import Method
from tests.engine.containment.test_hostile import REMAINS, Scene, begun, staged, tried
from tests.engine.workers.command_bench import METHODS, marked

NOBODY = 65534
PYTHON = next((path for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()), "")
"""An interpreter that everybody may run: the suite's own may stand where root alone may look."""

OPEN = all(folder.stat().st_mode & 0o001 for folder in Path(__file__).resolve().parents)
"""Whether others may read this clone: below a folder of root alone there is no engine that they could run."""

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not PYTHON or not OPEN,
    reason="the suite does not run as root, where the tests beside this one prove it; or there is no interpreter or "
    "no clone that others may read",
)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A home of somebody who is not root, with everything that is worth stealing, below a folder of their own."""
    root = Path(tempfile.mkdtemp(prefix="cockpit-p24-"))
    try:
        with staged(root, user=NOBODY) as made:
            asyncio.run(begun(made))
            for place, folders, files in os.walk(root):
                for name in (".", *folders, *files):
                    os.chown(Path(place) / name, NOBODY, NOBODY, follow_symlinks=False)
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


def as_nobody(scene: Scene, method: Method) -> dict[str, Any]:
    """What the hostile command got where engine, supervisor and command run as somebody without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # whatever happens here, no line of the test run may go on in this process
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.environ["HOME"] = str(scene.root / "user")
            os.chdir(scene.root)
            sys.executable, sys.prefix, sys.base_prefix = PYTHON, "/usr", "/usr"
            got, _ = asyncio.run(tried(scene, method))
            told: dict[str, Any] = {"uid": os.getuid(), "got": sorted(got)}
        except BaseException:  # noqa: BLE001 - it is told to the parent
            told = {"error": traceback.format_exc()[-3_000:]}
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(said)
    return answer


@pytest.mark.parametrize("method", METHODS)
def test_p24_a_hostile_command_of_a_user_without_privileges(scene: Scene, method: Method) -> None:
    before = scene.home.ledger.read_bytes()
    told = as_nobody(scene, method)
    assert told.get("uid") == NOBODY, told.get("error")
    got = set(told["got"])
    assert not marked(scene.known["marker"]), "nothing stays behind"
    if method == "supervisor":
        assert got <= REMAINS
        assert {"ledger_in_place", "decision_token"} <= got, "the script itself works"
        return
    assert got <= (set() if cuts_network() else {"network", "keyring_bus_without_a_path"})
    assert scene.home.ledger.read_bytes() == before
