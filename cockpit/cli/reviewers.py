"""`cockpit doctor --reviewers`: how good a reviewer each configured model is, measured; what doctor says of it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cockpit.cli.authority import Author, ask, at_terminal, author
from cockpit.cli.desk import Json, home_of, open_reader, wall_ms
from cockpit.cli.finding import Finding
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import age, columns, emit, mark, money, safe, say, terminal_width
from engine.errors import BadInputError
from engine.home import Home
from engine.values import HOME, duration

if TYPE_CHECKING:
    from engine.reviewers.run import Examined, Measured, Planned, Share
    from engine.settings import Settings

BAR = 24
"""Columns of the bar that shows how far it is."""
PARALLEL = 16


def measure(args: Namespace) -> int:
    """Measure reviewers, show what came of it, and keep it. Returns 1 where one is unfit, or was not measured whole."""
    from engine.reviewers.run import measure_all, plan
    from engine.settings import load_settings

    home, budget = home_of(args), _budget(args)
    settings = load_settings(home.config)
    names = _chosen(args, settings, home)
    who = author(home)
    if not args.yes and not at_terminal():
        raise BadInputError("--reviewers", "asks models, which may cost, and nobody is there to say yes", "add --yes")
    planned = plan({name: settings.models[name] for name in names}, seed=args.seed, each=args.each)
    _say_plan(planned, budget, args)
    if not args.yes and ask("measure them? [y/N] ").lower() not in ("y", "yes"):
        say("nobody was asked")
        return 1
    home.ensure()
    interrupted = False
    try:
        measure_all(
            planned,
            settings,
            home.log / "models.log",
            clock=wall_ms,
            budget=budget,
            parallel=args.parallel,
            progress=_bar(),
        )
    except KeyboardInterrupt:
        interrupted = True
    except Exception:
        _keep(home, [one.found for one in planned], who, start_engine=True)  # what was paid for is not lost
        raise
    if terminal_width(sys.stderr):
        sys.stderr.write("\r\x1b[K")
    found = [one.found for one in planned if one.found.answers or one.found.calls or not interrupted]
    for one in found:
        if not one.stopped and len(one.answers) < one.planned:
            one.stopped = "it was interrupted" if interrupted else "not everything was asked"
    if args.json:
        emit([told(one) for one in found])
    else:
        for place, one in enumerate(found):
            say(*([""] if place else []), *lines(one))
    _keep(home, found, who, start_engine=True)
    unfit = any(one.stopped or one.measured().unfit for one in found)
    return 1 if interrupted or unfit else 0


def _budget(args: Namespace) -> int | None:
    from engine.contract.units import parse_money
    from engine.reviewers.run import MOST

    if not 1 <= args.each <= MOST:
        raise BadInputError("--each", f"{args.each} is out of range", f"give a number from 1 to {MOST}")
    if not 0 <= args.seed < 2**31:
        raise BadInputError("--seed", f"{args.seed} is out of range", "give a number from 0 to 2147483647")
    if not 1 <= args.parallel <= PARALLEL:
        raise BadInputError("--parallel", f"{args.parallel} is out of range", f"give a number from 1 to {PARALLEL}")
    if args.budget is None:
        return None
    try:
        return parse_money(args.budget)
    except ValueError:
        raise BadInputError("--budget", f"{args.budget} is no amount", 'such as --budget "2 USD"') from None


def _chosen(args: Namespace, settings: Settings, home: Home) -> Sequence[str]:
    if not settings.models:
        raise BadInputError(f"{home.config} [models]", "names no model", "cockpit setup finds some")
    names: list[str] = args.model or sorted(settings.models)
    for name in names:
        if name not in settings.models:
            known = ", ".join(sorted(settings.models))
            raise BadInputError(f"{home.config} [models.{name}]", "is not there", f"there is {known}")
    return list(dict.fromkeys(names))


def _say_plan(planned: Sequence[Planned], budget: int | None, args: Namespace) -> None:
    """What it takes, before anybody is asked."""
    out = sys.stderr if args.json else sys.stdout
    each = planned[0].found.planned
    half = each // 2
    say(f"{each} artifacts for each: {half} good, {half} with one planted defect; seed {args.seed}", file=out)
    rows = []
    for one in planned:
        costs = "costs nothing"
        if not one.found.reviewer.free:
            costs = f"about {money(one.typical)}, at most {money(one.most)}"
        rows.append([safe(one.found.reviewer.name), safe(one.found.model), costs])
    say(*columns(rows, indent="  "), file=out)
    total = sum(one.most for one in planned)
    if budget is not None and total > budget:
        say(f"  it ends before {money(budget)} could be passed, perhaps before everything is asked", file=out)


def _bar() -> Callable[[Examined], None]:
    """A line that is drawn again and again, at a terminal; a line every sixteen answers elsewhere."""
    wide = terminal_width(sys.stderr)
    full, free = mark("▓"), mark("░")

    def draw(one: Examined) -> None:
        done = len(one.answers)
        filled = done * BAR // max(1, one.planned)
        said = f"{safe(one.reviewer.name)}  {done} of {one.planned}, {money(one.micro_usd)}"
        if wide:
            sys.stderr.write(f"\r{full * filled}{free * (BAR - filled)}  {said}\x1b[K")
        elif done % 16 == 0 or done == one.planned:
            sys.stderr.write(f"{said}\n")
        sys.stderr.flush()

    return draw


def lines(one: Examined) -> Iterator[str]:
    """What came of one reviewer, as text."""
    from engine.reviewers.run import DEFECTS_OF

    found = one.measured()
    yield f"{safe(one.reviewer.name)} ({safe(one.model)}): {found.meaning}"
    yield f"  {found.words}"
    counts = [count for count in one.counts() if count.kind in DEFECTS_OF]
    missed = [count for count in counts if count.sent_back < count.n]
    for count in missed:
        yield f"  missed {count.n - count.sent_back} of {count.n}: {count.kind}, which {DEFECTS_OF[count.kind]}"
    whole = [count.kind for count in counts if count.sent_back == count.n]
    if whole:
        yield f"  caught every time: {', '.join(whole)}"
    for outcome, what in (("sent back", "of a good one it said"), ("unusable", "nobody can use")):
        words = (a.why for a in one.answers if a.outcome == outcome and (a.kind == "good" or outcome == "unusable"))
        if why := next(words, ""):
            yield f"  {what}: {safe(why)[:200]}"
    if silent := sum(answer.outcome == "unanswered" for answer in one.answers):
        yield f"  {silent} of {one.planned} not answered"
    if one.stopped:
        yield f"  ended after {len(one.answers)} of {one.planned}: {safe(one.stopped)}"
    costs = {"free": "cost nothing", "at_most": f"at most {money(one.micro_usd)}"}.get(one.told.basis)
    yield f"  {costs or money(one.micro_usd)} for {one.calls} calls in {duration(one.took)}"


def told(one: Examined) -> Json:
    """The same for `--json`."""
    from engine.reviewers.run import DEFECTS_OF

    found, fact = one.measured(), one.told
    return {
        "name": one.reviewer.name,
        "model": one.model,
        "exam": fact.exam,
        "seed": one.seed,
        "planned": one.planned,
        "answered": len(one.answers),
        "stopped": one.stopped,
        "caught": _share(found.catches),
        "false_alarms": _share(found.refuses),
        "unusable": one.unusable,
        "kinds": [
            {"kind": c.kind, "what": DEFECTS_OF.get(c.kind, "without a defect"), "sent_back": c.sent_back, "n": c.n}
            for c in one.counts()
        ],
        "standing": found.standing,
        "meaning": found.meaning,
        "calls": one.calls,
        "micro_usd": one.micro_usd,
        "basis": fact.basis,
        "took_ms": one.took,
    }


def _share(share: Share) -> Json:
    return {"k": share.k, "n": share.n, "low_ppm": share.low, "high_ppm": share.high}


def _keep(home: Home, found: Sequence[Examined], who: Author, *, start_engine: bool) -> None:
    """Have the engine record what was measured; where none can be started the command waits for one."""
    for one in found:
        if one.answers or one.calls:
            order = Order(
                f"measured:{one.reviewer.name}:{nonce()}", "measured", HOME, {"told": one.told.model_dump_json()}
            )
            submit(home, order, who, start_engine=start_engine)


# -- what doctor says


def known(home: Home, settings: Settings) -> tuple[Measured, ...]:
    """What was measured of the models that are configured now."""
    from cockpit.cli.rules import at_home
    from engine.reviewers.known import measured

    with open_reader(home) as reader:
        return measured(at_home(reader), settings.catalogue)


def reviewers(home: Home) -> Iterator[Finding]:
    """How good the configured models are as reviewers, as far as it was measured."""
    from engine.reviewers.known import OLD
    from engine.settings import load_settings

    try:
        settings = load_settings(home.config)
    except BadInputError:
        return  # it has been told what is wrong with the file
    if not settings.models:
        return
    found = {one.name: one for one in known(home, settings)}
    silent = sorted(settings.models.keys() - found.keys())
    for name, one in sorted(found.items()):
        passed = wall_ms() - one.at
        said = f"{name}: {one.words}; {one.meaning}; measured {age(passed)} ago"
        if one.unfit:
            yield Finding(
                "reviewers", "warn", said, "let a task name another reviewer, or its role another tier or family"
            )
        elif passed > OLD:
            yield Finding("reviewers", "warn", said, f"measure it again: cockpit doctor --reviewers --model {name}")
        else:
            yield Finding("reviewers", "ok", said)
    if silent:
        what = f"never measured as a reviewer: {', '.join(silent)}"
        yield Finding("reviewers", "ok", what, "cockpit doctor --reviewers measures it")
