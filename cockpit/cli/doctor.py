"""`cockpit doctor`: what works here, what does not, and how to mend it. Looks, and changes nothing but by --rebuild."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial

from cockpit.cli import damage, machine
from cockpit.cli.configured import configured
from cockpit.cli.desk import home_of, open_reader, wall_ms
from cockpit.cli.doctor_tools import tools
from cockpit.cli.finding import Finding
from cockpit.cli.render import columns, emit, safe, say, state
from cockpit.cli.reviewers import reviewers
from engine.errors import BadInputError, CockpitError
from engine.home import Home

SETTLED_MS = 10_000
"""A mission that moved no longer ago than this may be in the middle of a decision."""

Check = Callable[[Home], Iterator[Finding]]


def doctor(args: Namespace) -> int:
    """Every check; exit code 1 when one fails."""
    if args.reviewers:
        from cockpit.cli.reviewers import measure

        return measure(args)
    if alone := next((option for option in ("model", "budget", "yes") if getattr(args, option)), ""):
        raise BadInputError(f"--{alone}", "is about measuring reviewers", f"cockpit doctor --reviewers --{alone} …")
    home = home_of(args)
    done = damage.rebuild(home) if args.rebuild else ""
    checks: dict[str, Check] = {
        "sqlite": machine.sqlite,
        "permissions": machine.permissions,
        "disk": machine.disk,
        "file system": machine.file_system,
        **LEDGER,
        "chain": partial(damage.chain, receipts=tuple(args.receipt)),
        "engine": machine.engine,
        "processes": machine.orphans,
        "liveness": _liveness,
        "config": partial(configured, online=args.online),
        "reviewers": reviewers,
        "token": machine.token,
        "containment": machine.containment,
        "tools": tools,
    }
    if args.replay:
        from cockpit.cli.replay import replay

        checks["replay"] = partial(replay, mission=args.replay)
    findings = [Finding("rebuild", "ok", done)] if done else []
    findings = examine(home, checks, findings)
    if args.json:
        emit([finding._asdict() for finding in findings])
    else:
        rows = ([state(f.state), f.check, safe(f.detail) + (f"; {safe(f.mend)}" if f.mend else "")] for f in findings)
        say(*columns(rows))
    return 1 if any(finding.state == "fail" for finding in findings) else 0


LEDGER: dict[str, Check] = {
    "store": damage.store,
    "chain": damage.chain,
    "blobs": damage.blobs,
    "views": damage.views,
}
"""The checks of the ledger alone."""


def examine(home: Home, checks: dict[str, Check], findings: list[Finding] | None = None) -> list[Finding]:
    """What these checks find, in order; a check that cannot be made is a finding too."""
    findings = findings if findings is not None else []
    for name, check in checks.items():
        try:
            findings.extend(check(home))
        except CockpitError as error:
            fault = Finding(name, "fail", f"{error.where}: {error.what}", error.mend or damage.RESTORE)
            if all(fault[1:] != other[1:] for other in findings):  # one cause is said once
                findings.append(fault)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # Damage can make a sound-looking event that no fold can apply: what it broke has been told, or is now.
            if not any(finding.state == "fail" for finding in findings):
                what = f"the events cannot be followed ({type(error).__name__}: {error})"
                findings.append(Finding(name, "fail", what, damage.RESTORE))
    return findings


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
