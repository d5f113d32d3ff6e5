"""The checks of `cockpit doctor` on what stands around the ledger: SQLite, rights, disk, engine, leftover processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cockpit import __version__
from cockpit.cli.desk import open_reader, require_folder, wall_ms
from cockpit.cli.finding import Finding, Verdict
from cockpit.cli.render import span
from engine.home import Home
from engine.ledger.lease import SILENT_MS

OLDEST = (3, 37, 0)
"""STRICT tables need this release of SQLite."""
RACE_FREE = (3, 51, 3)
"""The release in which two connections that write and checkpoint at once can no longer damage a file in WAL mode."""
LITTLE, HARDLY = 200 * 2**20, 16 * 2**20
"""Bytes of free disk that are worth a word, and that are too few to work."""
FEW_FILES = 1_000
SHARED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afpfs", "fuse.sshfs", "ceph", "glusterfs", "lustre", "davfs")
"""File systems of other machines: their locks are not to be relied on."""
SYNCED = ("Dropbox", "OneDrive", "Google Drive", "Mobile Documents", "Nextcloud", "iCloudDrive")
"""Folders whose content a program carries to other machines, file by file."""


def sqlite(_home: Home) -> Iterator[Finding]:
    """The release of SQLite that this Python brings."""
    found, name = sqlite3.sqlite_version_info, f"SQLite {sqlite3.sqlite_version}"
    if found < OLDEST:
        yield Finding("sqlite", "fail", name, "use a Python with SQLite 3.37 or newer")
    elif found < RACE_FREE:
        what = f"{name} may, very rarely, damage a file that two programs checkpoint at once; only the engine does that"
        yield Finding("sqlite", "warn", what, "keep backups, or use a Python with SQLite 3.51.3 or newer")
    else:
        yield Finding("sqlite", "ok", name)


def permissions(home: Home) -> Iterator[Finding]:
    """Whether the home and what lies in it is its owner's alone."""
    require_folder(home)
    if not home.root.exists():
        yield Finding("home", "ok", f"{home.root} is not there yet; the first command that writes makes it")
        return
    places = [home.root, home.log, home.outbox, home.inbox, home.work, *sorted(home.root.glob("ledger.db*"))]
    places += sorted(home.log.glob("*")) if home.log.is_dir() else []
    open_ = [path for path in places if path.exists() and path.stat().st_mode & 0o077]
    for path in open_[:10]:
        what = "entered" if path.is_dir() else "read"
        yield Finding("permissions", "warn", f"{path} may be {what} by others", f"chmod go= {path}")
    if not open_:
        yield Finding("permissions", "ok", f"{home.root} is yours alone")


def disk(home: Home) -> Iterator[Finding]:
    """Whether there is room for more."""
    place = next((step for step in (home.root, *home.root.parents) if step.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    if free < LITTLE:
        verdict: Verdict = "fail" if free < HARDLY else "warn"
        yield Finding("disk", verdict, f"{free // 2**20} MiB are free where {home.root} lies", "free some space")
    files = os.statvfs(place)
    if files.f_files and files.f_favail < FEW_FILES:
        what = f"{files.f_favail} more files can be made where {home.root} lies"
        yield Finding("disk", "warn", what, "remove files that nobody needs")


def file_system(home: Home) -> Iterator[Finding]:
    """Whether the home seems to lie on another machine, or in a folder that is carried to one: a guess."""
    mend = "choose a home on a disk of this machine: --home or COCKPIT_HOME"
    if kind := shared(home.root):
        what = f"{home.root} lies on a network file system ({kind}): two machines may write at once, and damage it"
        yield Finding("file system", "fail", what, mend)
    for name in SYNCED:
        if name in home.root.parts:
            what = f"{home.root} lies in {name}: a program that copies single files may tear the ledger apart"
            yield Finding("file system", "warn", what, mend)


def shared(place: Path) -> str:
    """The name of the network file system that a place lies on, as far as can be seen; mostly empty."""
    import psutil

    try:
        mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    except OSError:
        return ""
    real = Path(os.path.realpath(place))
    for step in (real, *real.parents):
        if step in mounts:
            kind = mounts[step].lower()
            return kind if kind in SHARED else ""
    return ""


def engine(home: Home) -> Iterator[Finding]:
    """Whether an engine lives, says so, and works on the file that is there."""
    with open_reader(home) as reader:
        lease = reader.lease()
    if lease is None or not lease["alive"]:
        ended = f"; the last one ended without a word {span(max(wall_ms() - lease['beat'], 0))} ago" if lease else ""
        mend = "it starts with the next command, or by cockpit engine"
        yield Finding("engine", "warn", f"none runs{ended}", mend)
        return
    silent = wall_ms() - lease["beat"]
    if lease["version"] != __version__:
        what = f"release {lease['version']} runs, this is {__version__}"
        yield Finding("engine", "warn", what, "cockpit engine --stop; the next command starts one of this release")
    pid = int(str(lease["owner"]).split(":")[1]) if str(lease["owner"]).count(":") >= 2 else 0
    for name in deleted(pid, home):
        what = f"the engine (process {pid}) works on {name}, which was deleted"
        yield Finding("engine", "fail", what, "cockpit engine --stop, then cockpit restore FILE")
    if silent > SILENT_MS:
        what = f"it holds the ledger and has not said for {span(silent)} that it lives (process {pid})"
        yield Finding("engine", "fail", what, f"cockpit engine --stop; if that does not help, kill -9 {pid}")
    else:
        yield from _slept(home)
        state = "idle" if lease["idle"] else "at work"
        yield Finding("engine", "ok", f"alive, {state}, last beat {span(max(silent, 0))} ago")


def _slept(home: Home) -> Iterator[Finding]:
    """When the machine last slept under an engine, or had its clock set."""
    from cockpit.cli.story import Names, describe

    with open_reader(home) as reader:
        for jump in reader.latest("home", ["clock.jump"], 1):
            ago = span(max(wall_ms() - jump["wall"], 0))
            yield Finding("clock", "ok", f"{describe(jump, Names()).text}, {ago} ago")


def deleted(pid: int, home: Home) -> list[str]:
    """Files of the ledger that a process has open and that have no name any more; known on Linux only."""
    found = []
    try:
        handles = list(Path(f"/proc/{pid}/fd").iterdir()) if pid else []
    except OSError:
        return []
    for handle in handles:
        try:
            target = str(handle.readlink())
        except OSError:
            continue
        if target.endswith(" (deleted)") and Path(target[:-10]).parent == home.root and "ledger.db" in target:
            found.append(Path(target[:-10]).name)
    return sorted({name for name in found if not name.endswith("-shm")})


def orphans(home: Home) -> Iterator[Finding]:
    """Processes of attempts of this home while no engine lives that could own them."""
    from engine.containment.leftovers import running
    from engine.ledger.lease import held
    from engine.values import sha256

    if held(home.lock):
        return
    left = running(sha256(str(home.root).encode())[:16])
    if left:
        told = ", ".join(f"{one.name} ({one.pid}, of {one.attempt})" for one in left[:4])
        mend = "the next engine ends them: cockpit engine --until-idle"
        yield Finding("processes", "warn", f"{len(left)} of ended attempts still run: {told}", mend)


def token(home: Home) -> Iterator[Finding]:
    """Whether the decision token is a secret."""
    path = home.root / "decision.token"
    if path.exists():
        secret = not path.stat().st_mode & 0o077
        mend = "" if secret else f"remove {path}; cockpit token makes a new one"
        yield Finding(
            "token",
            "ok" if secret else "fail",
            "scripts may decide with the token" if secret else "the decision token may be read by others",
            mend,
        )


def containment(_home: Home) -> Iterator[Finding]:
    """Whether commands can be contained."""
    from engine.containment.bubble import bubblewrap, cuts_network

    found = bubblewrap()
    if found is None:
        there = shutil.which("bwrap") is not None
        what = "bubblewrap does not work here" if there else "bubblewrap is not installed"
        what = f"{what}; what a command does is not kept from your files, the ledger and the network"
        mend = "let users make namespaces" if there else "install bubblewrap"
        yield Finding("containment", "warn", what, f"{mend}, or run only commands that you would run yourself")
    elif not cuts_network():
        what = f"commands run inside {found}, but the network cannot be taken from them here"
        yield Finding("containment", "warn", what, "let users make network namespaces")
    else:
        yield Finding("containment", "ok", f"commands run inside {found}, without network unless their role has it")
