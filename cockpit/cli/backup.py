"""`cockpit backup` and `cockpit restore`: a whole, verified copy of the ledger, and putting one back."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cli.authority import ATTEMPT
from cockpit.cli.desk import Json, home_of, require_folder, wall_ms
from cockpit.cli.render import columns, emit, safe, say
from engine.errors import BadInputError, SaysNoError, StoreError
from engine.home import Home
from engine.ledger.lease import FileLock, held

if TYPE_CHECKING:
    from engine.ledger.backup import Whole


def backup(args: Namespace) -> int:
    """Copy the ledger while it is in use, check the copy, and give it its name."""
    from engine.ledger.backup import back_up

    home = home_of(args)
    require_folder(home)
    if not home.ledger.exists():
        raise SaysNoError(str(home.ledger), "there is no ledger to back up", "cockpit start FILE begins one")
    target = Path(args.file).expanduser()
    if target.is_dir():
        target = target / f"ledger-{_moment()}.db"
    whole = back_up(home.ledger, target)
    if args.json:
        emit(_told(whole))
        return 0
    say(f"wrote {safe(whole.path)}: {_counted(whole)}; every event, chain and blob verifies", *_heads(whole))
    say("", "it holds the ledger alone: config.toml and the keyring's secrets are kept apart")
    return 0


def restore(args: Namespace) -> int:
    """Say what putting a backup back would change; with --yes, do it."""
    from engine.ledger import backup as files

    home = home_of(args)
    _refuse_worker()
    path = Path(args.file).expanduser()
    if not path.is_file():
        mend = "cockpit unsuppress ADDRESS allows contact again" if "@" in args.file else "name a backup"
        raise BadInputError(args.file, "there is no such file", mend)
    require_folder(home)
    if home.ledger.exists() and path.samefile(home.ledger):
        raise BadInputError(args.file, "is this home's own ledger", "name a backup")
    whole = files.inspect(path)
    there = _there(home)
    differences = _differences(whole, there)
    if not args.yes:
        if args.json:
            emit({"done": False, **_told(whole), "differences": differences})
        else:
            say(f"{safe(path)} verifies: {_counted(whole)}", "")
            say(*columns([[safe(row["mission"]), safe(row["change"])] for row in differences]))
            say("", "nothing was changed; with --yes it takes the place of the ledger, which is kept beside it.")
            say("every mission that is not over would be paused, approvals would be asked for again.")
            if held(home.lock):
                say("an engine is at work here: cockpit engine --stop ends it first")
        return 0
    if not home.ledger.exists():  # its mark goes with it: what is put back has an end of its own
        home.newest.unlink(missing_ok=True)
    home.ensure()
    whole, kept = files.restore(path, home.ledger, FileLock(home.lock), moment=_moment(), wall=wall_ms())
    if args.json:
        emit({"done": True, **_told(whole), "kept": str(kept) if kept else None, "differences": differences})
        return 0
    say(f"{safe(path)} is the ledger now: {_counted(whole)}")
    if kept:
        say(f"the former one is kept: {safe(kept)}")
    say("with the next command its missions pause; look what happened since, then: cockpit resume MISSION")
    return 0


def _refuse_worker() -> None:
    if os.environ.get(ATTEMPT):
        raise SaysNoError("cockpit", "a worker cannot change the ledger", "run it outside of an attempt")


def _there(home: Home) -> Whole | str | None:
    """What is in the home now: a whole ledger, or why it is none; None for nothing."""
    from engine.ledger.backup import inspect

    if not home.ledger.exists() or not home.ledger.stat().st_size:
        return None
    try:
        return inspect(home.ledger)
    except StoreError as error:
        return error.what


def _differences(whole: Whole, there: Whole | str | None) -> list[Json]:
    """What would become of each stream, in words."""
    if isinstance(there, str):
        rows = [
            {"mission": stream.mission, "change": f"comes back at height {stream.height}"} for stream in whole.streams
        ]
        return [{"mission": "(what is there)", "change": f"{there}; it is kept"}, *rows]
    now = {stream.mission: stream for stream in there.streams} if there else {}
    then = {stream.mission: stream for stream in whole.streams}
    rows = []
    for mission in dict.fromkeys([*then, *now]):
        old, new = now.get(mission), then.get(mission)
        if new is None and old is not None:
            change = f"goes, with its {old.height} events"
        elif old is None and new is not None:
            change = f"comes back, with {new.height} events"
        elif old is not None and new is not None and old.head == new.head:
            change = f"the same, {new.height} events"
        else:
            assert old is not None
            assert new is not None
            change = f"from height {old.height} to {new.height}"
        rows.append({"mission": mission, "change": change})
    return rows


def _counted(whole: Whole) -> str:
    missions = sum(stream.mission != "home" for stream in whole.streams)
    return f"{missions} mission{'' if missions == 1 else 's'}, {whole.events} events, {whole.bytes // 1024} kB"


def _heads(whole: Whole) -> list[str]:
    return columns([[f"  {safe(s.mission)}", f"height {s.height}", f"head {s.head}"] for s in whole.streams])


def _told(whole: Whole) -> Json:
    return {
        "file": str(whole.path),
        "bytes": whole.bytes,
        "schema": whole.schema,
        "events": whole.events,
        "streams": [{"mission": s.mission, "height": s.height, "head_hash": s.head} for s in whole.streams],
    }


def _moment() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
