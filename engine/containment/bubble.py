"""Bubblewrap, where the system has it and it works: what a program of somebody else sees of this machine.

The machine is there, read-only and without capabilities, terminals or other people's processes. Homes, run-time sockets
and temporary folders are empty; of a home only what programs are made of is there, and what the contract names. The
workspace is writable. Without `network` there is none, not even this machine's own.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

_APART = (
    *("--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--cap-drop", "ALL"),
)
_MACHINE = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
_SCRATCH = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - they are replaced by empty ones
_EMPTIED = (Path("/run"), *_SCRATCH)
_NEEDED_OF_RUN = ("systemd/resolve", "resolvconf", "NetworkManager", "current-system", "opengl-driver")
"""Of /run: how names are resolved, and where programs lie on systems without /usr."""
_PROGRAMS = (
    *(".pyenv", ".nvm", ".volta", ".asdf", ".rbenv", ".rustup", ".bun", ".deno", ".nix-profile", ".npm-global"),
    *(".local/bin", ".local/lib", ".local/share/uv", ".local/share/pipx", ".local/share/mise", ".local/share/pnpm"),
)
"""Of a home: where programs are installed. None of them is known to keep a key."""
_PROBE_S = 5.0


@functools.cache
def bubblewrap() -> str | None:
    """The path of a bubblewrap that works here, probed once; None where there is none or namespaces are forbidden."""
    found = shutil.which("bwrap")
    return found if found is not None and _works([found, *_APART]) else None


@functools.cache
def cuts_network() -> bool:
    """Whether it can also take the network away, probed once: some containers do not let it."""
    found = bubblewrap()
    return found is not None and _works([found, *_APART, "--unshare-net"])


def _works(line: list[str]) -> bool:
    probe = [*line, *_MACHINE, "--tmpfs", "/tmp", "--remount-ro", "/tmp", "true"]  # noqa: S108
    try:
        done = subprocess.run(  # noqa: S603 - with nothing of this process's environment, where keys may stand
            probe,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_S,
            check=False,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def wrapped(
    argv: list[str],
    bwrap: str,
    *,
    workspace: Path,
    hidden: Collection[Path],
    network: bool = True,
    sees: Collection[Path] = (),
    home: Path | None = None,
) -> list[str]:
    """`argv` inside bubblewrap. `hidden` folders are empty whatever else is shown; `sees` are shown, read-only.

    `home` is the user's, None for the one of this process. Where the network cannot be taken away, it stays.
    """
    home = _home() if home is None else home
    secret = sorted({path.resolve() for path in hidden if _seen(path, Path.is_dir)})
    covers = sorted({*(path.resolve() for path in (*_EMPTIED, home) if _seen(path, Path.is_dir)), *secret})
    wanted = {path.resolve() for path in (*_programs(argv, home), *sees) if _seen(path, Path.exists)}
    shown = _outermost({path for path in wanted if path not in covers and _within(path, covers)})
    line = [bwrap, *_APART, *([] if network or not cuts_network() else ["--unshare-net"]), *_MACHINE]
    for folder in covers:
        line += ["--tmpfs", str(folder)]
    for path in shown:
        if not _within(path, secret):
            line += ["--ro-bind", str(path), str(path)]
    for folder in secret:
        if _within(folder, shown):
            line += ["--tmpfs", str(folder)]
    for path in _interpreter():
        if _within(path, covers):
            line += ["--ro-bind", str(path), str(path)]  # it is no secret, wherever it lies
    line += ["--bind", str(workspace), str(workspace)]
    for folder in (workspace / "inputs", workspace / "artifacts"):
        if folder.is_dir():
            line += ["--ro-bind", str(folder), str(folder)]
    for folder in covers:
        if folder not in _SCRATCH:
            line += ["--remount-ro", str(folder)]
    return [*line, "--chdir", str(workspace), "--", *argv]


def _seen(path: Path, look: Callable[[Path], bool]) -> bool:
    """Whether a path is there for this user. One that may not be looked at is not: an entry of somebody else's PATH."""
    try:
        return look(path)
    except OSError:
        return False


def _home() -> Path:
    return Path(os.environ.get("HOME") or "/nonexistent")


def _programs(argv: list[str], home: Path) -> Iterator[Path]:
    """What programs are made of, where it lies in a folder that is emptied: known places, PATH, the program itself."""
    yield from (home / place for place in _PROGRAMS)
    yield from (Path("/run") / place for place in _NEEDED_OF_RUN)
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if entry.startswith("/") and Path(entry) != home:
            yield Path(entry)
    program = shutil.which(argv[0]) if argv else None
    if program is not None:
        yield Path(program)
        yield Path(program).resolve()


def _interpreter() -> list[Path]:
    return sorted({Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()})


def _outermost(paths: Collection[Path]) -> list[Path]:
    """Without those that lie inside another."""
    return sorted(path for path in paths if not any(path != other and path.is_relative_to(other) for other in paths))


def _within(path: Path, folders: Collection[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
