"""`cockpit doctor`: what works here, what does not, and how to mend it. Looks, and changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial

from cockpit import __version__
from cockpit.cli.configured import configured
from cockpit.cli.desk import home_of, open_reader, require_folder, wall_ms
from cockpit.cli.finding import Finding
from cockpit.cli.render import columns, emit, safe, say, span, state
from engine.errors import CockpitError
from engine.home import Home
from engine.ledger.reader import Reader

OLDEST = (3, 37, 0)
"""STRICT tables need this release of SQLite."""
SETTLED_MS = 10_000
"""A mission that moved no longer ago than this may be in the middle of a decision."""


def doctor(args: Namespace) -> int:
    """Every check; exit code 1 when one fails."""
    home = home_of(args)
    checks: dict[str, Callable[[Home], Iterator[Finding]]] = {
        "sqlite": _sqlite,
        "permissions": _permissions,
        "store": _store,
        "chain": _chain,
        "engine": _engine,
        "liveness": _liveness,
        "config": partial(configured, online=args.online),
        "token": _token,
        "containment": _containment,
    }
    if args.rebuild:
        checks["views"] = _views
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings.extend(check(home))
        except CockpitError as error:
            fault = Finding(name, "fail", f"{error.where}: {error.what}", error.mend)
            if all(fault[1:] != other[1:] for other in findings):  # one cause is said once
                findings.append(fault)
    if args.json:
        emit([finding._asdict() for finding in findings])
    else:
        rows = ([state(f.state), f.check, safe(f.detail) + (f"; {safe(f.mend)}" if f.mend else "")] for f in findings)
        say(*columns(rows))
    return 1 if any(finding.state == "fail" for finding in findings) else 0


def _sqlite(_home: Home) -> Iterator[Finding]:
    good = sqlite3.sqlite_version_info >= OLDEST
    yield Finding(
        "sqlite",
        "ok" if good else "fail",
        f"SQLite {sqlite3.sqlite_version}",
        "" if good else "use a Python with SQLite 3.37 or newer",
    )


def _permissions(home: Home) -> Iterator[Finding]:
    require_folder(home)
    if not home.root.exists():
        yield Finding("home", "ok", f"{home.root} is not there yet; the first command that writes makes it")
        return
    open_ = [
        path
        for path in (home.root, home.log, home.outbox, home.inbox, home.work, home.ledger)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    for path in open_:
        what = "entered" if path.is_dir() else "read"
        yield Finding("permissions", "warn", f"{path} may be {what} by others", f"chmod go= {path}")
    if not open_:
        yield Finding("permissions", "ok", f"{home.root} is yours alone")
    free = shutil.disk_usage(home.root).free
    if free < 200 * 2**20:
        yield Finding("disk", "warn", f"{free // 2**20} MiB are free", "free some space")


def _store(home: Home) -> Iterator[Finding]:
    if not home.ledger.exists() or not home.ledger.stat().st_size:
        yield Finding("store", "ok", "the ledger has not begun")
        return
    with Reader.open(home.ledger) as reader:
        events = reader.query("SELECT COUNT(*) FROM events")
        size = home.ledger.stat().st_size
        count = events[0][0] if events else 0
        if reader.warning:
            yield Finding("store", "warn", reader.warning)
        else:
            yield Finding("store", "ok", f"{home.ledger}, {count} events, {size // 1024} kB")
        pending = reader.query("SELECT COUNT(*) FROM inbox WHERE state = 'pending'")
        if pending and pending[0][0]:
            yield Finding("inbox", "warn", f"{pending[0][0]} commands wait for an engine", "cockpit engine")


def _chain(home: Home) -> Iterator[Finding]:
    if not home.ledger.exists() or not home.ledger.stat().st_size:
        return
    from engine.ledger.verify import verify

    with Reader.open(home.ledger) as reader:
        faults = verify(reader)
    for fault in faults[:20]:
        mend = "" if "restore a backup" in fault else "restore a backup, and keep the damaged file"
        yield Finding("chain", "fail", fault, mend)
    if not faults:
        yield Finding("chain", "ok", "every event, chain and blob verifies")


def _engine(home: Home) -> Iterator[Finding]:
    with open_reader(home) as reader:
        lease = reader.lease()
    if lease is None or not lease["alive"]:
        yield Finding("engine", "warn", "none runs", "it starts with the next command, or by cockpit engine")
        return
    ago = span(max(wall_ms() - lease["beat"], 0))
    if lease["version"] != __version__:
        what = f"release {lease['version']} runs, this is {__version__}"
        yield Finding("engine", "warn", what, "end that engine; the next command starts one of this release")
    yield Finding("engine", "ok", f"alive, {'idle' if lease['idle'] else 'at work'}, last beat {ago} ago")


def _liveness(home: Home) -> Iterator[Finding]:
    """Whether some mission waits for nothing at all. One that has just moved, or that no engine leads, says nothing."""
    if not home.ledger.exists() or not home.ledger.stat().st_size:
        return
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId
    from engine.views.liveness import stuck

    with open_reader(home) as reader:
        lease = reader.lease()
        if lease is None or not lease["alive"]:
            return
        found = 0
        for slug in reader.missions():
            events = list(events_of(reader, slug)) if slug != "home" else []
            if not events or wall_ms() - events[-1].wall < SETTLED_MS:
                continue
            for thing in stuck(fold(MissionId(slug), events))[:5]:
                found += 1
                mend = f"end the engine and start it again; if it stays so, cockpit stop {slug} ends the mission"
                yield Finding("liveness", "fail", f"{thing.id}: {thing.why}", mend)
    if not found:
        yield Finding("liveness", "ok", "everything that has not ended has a worker, a moment or somebody who is asked")


def _token(home: Home) -> Iterator[Finding]:
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


def _containment(_home: Home) -> Iterator[Finding]:
    found = shutil.which("bwrap")
    works = found is not None and _runs([found, "--die-with-parent", "--unshare-pid", "--ro-bind", "/", "/", "true"])
    if works:
        yield Finding("containment", "ok", f"command workers run inside {found}")
    else:
        what = "bubblewrap does not work here" if found else "bubblewrap is not installed"
        yield Finding(
            "containment", "warn", f"{what}; command workers run with a scrubbed environment only", "install bubblewrap"
        )


def _runs(probe: list[str]) -> bool:
    try:
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _views(home: Home) -> Iterator[Finding]:
    """Whether the rows that screens read are what the events give."""
    from cockpit.cli.receipt import events_of
    from engine.state.fold import fold
    from engine.values import MissionId
    from engine.views.rows import rows

    with open_reader(home) as reader:
        for slug in reader.missions():
            if slug == "home":
                continue
            told = rows(fold(MissionId(slug), events_of(reader, slug)))
            kinds = sorted({kind for kind, _ in told} | {"card", "branch", "task", "attention", "spend"})
            held = {(kind, row["id"]): row for kind in kinds for row in reader.views(kind, slug)}
            wrong = [
                f"{k} {i}" for (k, i) in {**told, **held} if not _same(held.get((k, i)), told.get((k, i)), i, slug)
            ]
            if wrong:
                detail = f"{slug}: {len(wrong)} rows differ from the events: {', '.join(wrong[:5])}"
                yield Finding("views", "fail", detail, "end the engine and start it again")
            else:
                yield Finding("views", "ok", f"{slug}: {len(told)} rows are what the events give")


def _same(held: dict[str, object] | None, told: dict[str, object] | None, id_: str, slug: str) -> bool:
    if held is None or told is None:
        return held is told
    return held == {**told, "id": id_, "mission": slug}
