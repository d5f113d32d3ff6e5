"""How the model host is started: its command line and everything of its environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SETTINGS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
    "LITELLM_RUST": "false",
}
"""Read by litellm while it is imported. In order: no network at import, no `.env` of somebody's folder, quiet, and not
the native module, which still trusts a withdrawn certificate authority.
"""

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
_FROM_A_CHECKOUT = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('engine.modelhost', run_name='__main__', alter_sys=True)"
)


def command(python: str, root: Path) -> list[str]:
    """The command line. `root` is the folder that holds the package `engine`: an isolated interpreter finds what is
    installed by itself, and is told where a checkout lies.
    """
    if root.name in ("site-packages", "dist-packages"):
        return [python, "-I", "-m", "engine.modelhost"]
    return [python, "-I", "-c", _FROM_A_CHECKOUT, str(root)]


def environment(environ: Mapping[str, str], home: Path, mark: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH, a home of its own and litellm's settings: no key, no proxy, nothing else of the user's shell. `mark` is
    what it is found by when its engine died.
    """
    return {"PATH": environ.get("PATH") or _DEFAULT_PATH, "HOME": str(home)} | SETTINGS | dict(mark or {})
