"""`cockpit rehearse`: many histories of a contract in memory, and the forecast that they give."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cli.desk import Json, home_of, open_reader
from cockpit.cli.render import emit, mark, safe, say, terminal_width
from engine.errors import BadInputError
from engine.home import Home

if TYPE_CHECKING:
    from engine.rehearsal.forecast import Basis
    from engine.rehearsal.inforce import Standing
    from engine.rehearsal.past import Past
    from engine.rehearsal.play import Scene

MISSIONS = 40
"""So many of the newest missions are asked what they have measured."""
SEED = 2**53 - 1_000_000
BRIEF_S, BRIEF_RUNS = 2.0, 20
"""What the forecast before a start may take."""
BAR = 24
"""Columns of the bar that shows how far it is."""
Progress = Callable[[int, float], None]


def rehearse(args: Namespace) -> int:
    """Print a forecast. Returns 0, or 1 when no history comes to an end."""
    from engine.rehearsal.many import MOST

    if not 0 <= args.seed <= SEED:
        raise BadInputError("--seed", f"{args.seed} is out of range", f"give a number from 0 to {SEED}")
    if args.runs is not None and not 1 <= args.runs <= 100_000:
        raise BadInputError("--runs", f"{args.runs} is out of range", "give a number from 1 to 100000")
    if not 0 < args.seconds <= 3600:
        raise BadInputError("--seconds", f"{args.seconds:g} is out of range", "give seconds, 3600 at most")
    if args.processes is not None and not 1 <= args.processes <= 64:
        raise BadInputError("--processes", f"{args.processes} is out of range", "give a number from 1 to 64")
    home, file = home_of(args), Path(args.file)
    scene, basis = prepared(home, file)
    if args.out:
        _receipt(scene, args.seed, Path(args.out), quiet=args.json)
    told = forecast(
        scene,
        basis,
        seed=args.seed,
        runs=args.runs or MOST,
        seconds=None if args.runs else args.seconds,
        processes=args.processes or os.cpu_count() or 1,
        progress=_lines if args.progress else _bar(args.runs),
    )
    if args.json:
        emit(told)
    else:
        from cockpit.cli.forecast import plain

        say(*plain(told, min(terminal_width(sys.stdout) or 80, 120)))
    ends = told["ends"]
    return 0 if ends["finished"] + ends["stopped"] else 1


def brief(home: Home, file: Path) -> str:
    """The forecast before a start: one line, within two seconds or as long as the first history takes. Ctrl-C ends it.

    Raises as `gather` does; what goes wrong in the rehearsal itself keeps nobody from starting.
    """
    from cockpit.cli.forecast import one_line

    scene, basis = prepared(home, file)
    try:
        told = forecast(scene, basis, seed=1, runs=BRIEF_RUNS, seconds=BRIEF_S, processes=1, progress=_bar(None))
    except Exception as error:  # noqa: BLE001 - a forecast is an offer, not a condition
        return f"none ({type(error).__name__}: it cannot be rehearsed)"
    return one_line(told)


def prepared(home: Home, file: Path) -> tuple[Scene, Basis]:
    """The scene of a contract in a home, whose past is read and nothing else. Raises as `gather` does."""
    from cockpit.cli.gather import gather
    from engine.redaction import Redactor
    from engine.rehearsal.missing import Machine
    from engine.rehearsal.prepare import Given, prepare
    from engine.settings import load_settings

    given = gather(home, file, complain=lambda line: say(safe(line), file=sys.stderr), redactor=Redactor())
    handed = Given(file, given.source, given.inputs, given.files, given.blobs, given.zone)
    machine = Machine(frozenset(os.environ), lambda name: shutil.which(name) is not None, Path.exists)
    return prepare(given.contract, handed, load_settings(home.config), past(home), machine, stands(home))


def stands(home: Home) -> Standing:
    """The rules, learnings and the do-not-contact list of a home, as they are now."""
    from cockpit.cli.receipt import events_of
    from engine.rehearsal.inforce import standing
    from engine.values import HOME

    with open_reader(home) as reader:
        return standing(events_of(reader, HOME), time.time_ns() // 1_000_000)


def past(home: Home) -> Past:
    """What this home has measured; nothing where it has no ledger yet."""
    from engine.rehearsal.past import KINDS, OUTAGES, Past

    found = Past()
    with open_reader(home) as reader:
        missions = [name for name in reader.missions() if name != "home"]
        for name in missions[-MISSIONS:]:
            found.learn(reader.events(name, kinds=KINDS))
        found.endure(reader.events("home", kinds=OUTAGES))
    return found


def forecast(
    scene: Scene,
    basis: Basis,
    *,
    seed: int,
    runs: int,
    seconds: float | None,
    processes: int,
    progress: Progress = lambda _done, _left: None,
) -> Json:
    """The forecast of a scene. Ctrl-C ends it early, with the histories that were played."""
    import signal

    from engine.rehearsal.forecast import forecast as counted
    from engine.rehearsal.many import Limit, many

    ended: list[int] = []

    def end(number: int, _frame: object) -> None:
        if ended:
            raise KeyboardInterrupt
        ended.append(number)

    before = signal.signal(signal.SIGINT, end)
    try:
        played = many(
            scene, seed, Limit(runs, seconds), processes=processes, progress=progress, stop=lambda: bool(ended)
        )
    finally:
        signal.signal(signal.SIGINT, before)
        if terminal_width(sys.stderr) and progress is not _lines:
            sys.stderr.write("\r\x1b[K")
    return counted(basis, played, seed=seed, asked=runs if seconds is None else None, partial=bool(ended))


def _receipt(scene: Scene, seed: int, out: Path, *, quiet: bool) -> None:
    from cockpit.cli.receipt import dump, markdown, write
    from engine.receipt.build import build, integrity
    from engine.rehearsal.play import play

    if out.suffix not in {".json", ".md"}:
        raise BadInputError("-o", f"{out.name} is neither .json nor .md", "name the file so that its form is clear")
    played = play(scene, seed, keep=True)
    made = build(played.state, integrity(played.events))
    write(out, dump(made) if out.suffix == ".json" else markdown(made))
    if not quiet:
        say(f"wrote {safe(out)}: the receipt of history {seed}, REHEARSED", file=sys.stderr)


def _lines(done: int, left: float) -> None:
    sys.stderr.write(f"{done} {left:.1f}\n")
    sys.stderr.flush()


def _bar(runs: int | None) -> Progress:
    """A line that is drawn again and again, at a terminal; nothing elsewhere."""
    if not terminal_width(sys.stderr):
        return lambda _done, _left: None
    full, free = mark("▓"), mark("░")
    began, most = time.monotonic(), [0.0]

    def draw(done: int, left: float) -> None:
        most[0] = max(most[0], left)
        part = done / runs if runs else 1 - left / (most[0] or 1)
        if runs and done:
            left = (time.monotonic() - began) * (runs - done) / done
        filled = min(BAR, round(part * BAR))
        sys.stderr.write(f"\rrehearsing  {full * filled}{free * (BAR - filled)}  {far(done, runs, left)}\x1b[K")
        sys.stderr.flush()

    draw(0, 0.0)
    return draw


def far(done: int, runs: int | None, left: float) -> str:
    """How far it is: `12 histories, 4 s left`, or of so many that were asked for, `12 of 40, about 9 s left`."""
    if not done:
        return "the first history"
    if runs:
        return f"{done} of {runs}, about {left:.0f} s left"
    return f"{done} {'history' if done == 1 else 'histories'}, {left:.0f} s left"
