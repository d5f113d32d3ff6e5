"""What stands above the bytes: the title and its digest, the facts in two columns, the counts of the items. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.cli.orders import asks_for_code, confirmation
from cockpit.screens.attention.asked import starts
from cockpit.screens.attention.sheet import Sheet
from cockpit.screens.words import deadline, moment, money, safe, span
from engine.views.models import AttentionRow, BranchRow, Card, Measure, TaskRow
from widgets.ink import BLANK, Line, Run, cut, fit, left, rule, spread, width
from widgets.marks import count

LABEL = 10
"""Columns of a label and the air after it."""
FACTS = 6
"""Rows of the facts: always the same, so that an eye finds them."""
Fact = tuple[str, Line]


@dataclass(frozen=True, slots=True)
class Look:
    """All that the painters of one item are given. `now` is mission time; `sheet` None while it is being read."""

    row: AttentionRow
    sheet: Sheet | None = None
    card: Card | None = None
    branch: BranchRow | None = None
    now: int = 0
    place: int = 0
    """Which of its items is shown."""
    seen: frozenset[str] = frozenset()
    vetoed: frozenset[str] = frozenset()
    task: TaskRow | None = None

    @property
    def excepted(self) -> list[str]:
        """What a decision leaves out, sorted."""
        return sorted(self.vetoed)

    @property
    def prepared(self) -> int:
        """What preparing it has cost, in micro-dollars."""
        return self.task.spent if self.task else 0

    @property
    def left(self) -> int:
        """How many items a decision is about."""
        return len(self.row.items) - len(self.vetoed)

    @property
    def code(self) -> str:
        """The four characters that approve exactly what is left."""
        return confirmation(self.row.digest, self.excepted)


def where(look: Look) -> str:
    """`gtm-signal / cold-email · batch 2`."""
    branch = look.branch.key if look.branch and look.branch.key != "main" else ""
    text = safe(look.row.mission) + (f" / {safe(branch)}" if branch else "")
    batch = look.sheet.batch.removeprefix("G") if look.sheet else ""
    return text + (f" · batch {safe(batch)}" if batch else "")


def title_line(look: Look, columns: int, *, flag: bool = True) -> Line:
    """`⚑ send 25 mails   gtm-signal / cold-email · batch 2        digest  a3f9 1c07`."""
    row = look.row
    begin: list[Run] = [Run("⚑ ", "needs-you")] if flag else []
    if look.card is not None and look.card.rehearsed:
        begin.append(Run("REHEARSED ", "muted"))
    tail = digest_runs(look)
    place = where(look)
    room = columns - width(begin) - width(tail) - 4
    name = cut(safe(row.title), max(room - min(len(place) + 3, room // 3), 8))
    return spread([*begin, Run(name, "bright", bold=True), Run(f"   {place}", "muted")], tail, columns)


def digest_runs(look: Look) -> Line:
    """The digest in the form in which people compare it; what is to be typed is bold."""
    digest = look.row.digest
    if not digest:
        return (Run("", "muted"),)
    if look.vetoed and asks_for_code(look.row.verb, look.left):
        told = (Run("digest  ", "muted"), Run(f"{digest[:4]} {digest[4:8]}", "text"))
        return (*told, Run("   code  ", "muted"), Run(look.code, "bright", bold=True))
    return (Run("digest  ", "muted"), Run(digest[:4], "bright", bold=True), Run(f" {digest[4:8]}", "text"))


# -- facts


def facts(look: Look) -> tuple[list[Fact], list[Fact]]:
    """The two columns of facts, always in the same order; an absent value is a dash."""
    return (_asked(look), _terms(look)) if look.row.kind == "approve" else (_about(look), _rest(look))


def _text(text: str) -> Line:
    return (Run(text, "text"),) if text else (Run("—", "muted"),)


def _asked(look: Look) -> list[Fact]:
    sheet = look.sheet
    clause: Line = _text("")
    written: Line = _text("")
    if sheet is not None:
        verbs = safe(", ".join(sheet.restricted))
        clause = (
            Run("actions.restricted: ", "text"),
            Run(verbs or "—", "bright"),
            Run(f"   contract rev {sheet.rev}", "text"),
        )
        if sheet.role:
            model = safe(sheet.model.rpartition("/")[2] or sheet.model)
            size = f"   package {count(sheet.tokens)} tok" if sheet.tokens is not None else ""
            written = (Run(f"{safe(sheet.role)}, {model}{size}", "text"),)
    if sheet is not None and sheet.call:
        return [*_call(look, sheet), ("asked by", written)]
    return [
        ("clause", clause),
        ("why", why_run(look)),
        ("written", written),
        ("reviewed", reviewed(sheet)),
        ("had read", had_read(sheet)),
        ("private", _text(f"uses {safe(', '.join(sheet.fields))}" if sheet and sheet.fields else "")),
    ]


def _call(look: Look, sheet: Sheet) -> list[Fact]:
    """What a call of a tool is judged by: its clause, why it asks, who steers it, and what its context holds."""
    event = sheet.letters[0].effect.event
    before = event.get("before") or {}
    read, held = (", ".join(map(str, before.get(name) or ())) for name in ("steered_by", "holds"))
    clause = (Run(f"tools.{safe(str(event.get('tool')))}", "bright"), Run(f"   contract rev {sheet.rev}", "text"))
    return [
        ("clause", clause),
        ("why", _text(safe(look.row.detail))),
        ("had read", _text(safe(read) or "nothing untrusted")),
        ("private", _text(f"holds {safe(held)}" if held else "nothing")),
    ]


def why_run(look: Look) -> Line:
    """Why this branch asks now: its leading figure, or what it supposes."""
    branch = look.branch
    measured = next((m for m in branch.evidence if m.count or m.known), None) if branch else None
    if branch is not None and measured is not None:
        return _text(f"{safe(branch.key)}: {safe(measured.metric.replace('_', ' '))} {figure(measured)}")
    return _text(safe(branch.hypothesis) if branch and branch.hypothesis else "")


def figure(measure: Measure) -> str:
    """`18.2%, 4 of 22`; a value with its number of measurements."""
    if measure.k is not None and measure.n:
        tenths = (2000 * measure.k + measure.n) // (2 * measure.n)
        return f"{tenths // 10}.{tenths % 10}%, {measure.k} of {measure.n}"
    return f"{safe(measure.value)}{safe(measure.unit) if measure.unit not in {'ratio', 'count', 'score'} else ''}" + (
        f", n {measure.count}" if measure.count else ""
    )


def reviewed(sheet: Sheet | None) -> Line:
    """`✓ review 3 of 3   ✓ checks 2 of 2   by reviewer, heron`: figures first, as names may be cut."""
    if sheet is None or not sheet.reviews:
        return (Run("by nobody", "text"),) if sheet is not None else _text("")
    by = dict.fromkeys(safe(review.by.replace(" · ", ", ")) for review in sheet.reviews if review.by != "engine")
    return (*tallies(sheet), Run(f"by {', '.join(by)}" if by else "", "text"))


def tallies(sheet: Sheet) -> Line:
    """Each stage of review with how many of its criteria hold; the checks of the engine last."""
    out: list[Run] = []
    for review in sorted(sheet.reviews, key=lambda found: found.stage == "checks"):
        out += [
            Run("✓" if review.ok else "!", "proven" if review.ok else "wrong"),
            Run(f" {safe(review.stage)} {review.held} of {review.of}   ", "text"),
        ]
    return tuple(out)


def had_read(sheet: Sheet | None) -> Line:
    """What the writer had received, by its labels: `private, untrusted: leads   public, untrusted: pages`."""
    if sheet is None or not sheet.inputs:
        return _text("") if sheet is None else _text("no declared input")
    labels: dict[str, list[str]] = {}
    for name, privacy, trust in sheet.inputs:
        labels.setdefault(f"{safe(privacy)}, {safe(trust)}", []).append(safe(name))
    return _text("   ".join(f"{label}: {', '.join(names)}" for label, names in labels.items()))


def _terms(look: Look) -> list[Fact]:
    row, sheet, branch = look.row, look.sheet, look.branch
    window = f"closes {deadline(branch.until, look.now)}" if branch and branch.until else ""
    if not window and sheet is not None and sheet.window_ms:
        window = f"opens for {span(sheet.window_ms)} after {_doing(row.verb)}"
    if branch and branch.until and branch.until > look.now:
        window += f", {moment(branch.until, look.now)}"
    cost: Line = _text("")
    limit: Line = _text("")
    if sheet is not None:
        cost = (
            Run(f"{money(sheet.micro_usd)} to {safe(row.verb or 'act')}, {money(look.prepared)} to prepare", "text"),
        )
        rehearsed = look.card is not None and look.card.rehearsed
        full = sheet.sent + look.left > sheet.per_day
        limit = (
            _text("none: nothing rehearsed leaves")
            if rehearsed
            else (
                Run(f"{sheet.sent} of {sheet.per_day} sent in 24 h", "bright" if full else "text"),
                Run(", the rest waits" if full else "", "muted"),
            )
        )
    return [
        ("expires", _text(deadline(row.expires_at, look.now) if row.expires_at else "")),
        ("window", _text(window)),
        ("undo", _text(_undo(sheet) if sheet else "")),
        ("cost", _text("nothing of its own") if sheet is not None and sheet.call else cost),
        ("limit", _text("once") if sheet is not None and sheet.call else limit),
        ("lawful", _text(safe(sheet.lawful) if sheet and not sheet.call else "")),
    ]


def _undo(sheet: Sheet) -> str:
    return "none: it runs at once" if sheet.call else f"{span(sheet.undo_ms).replace('s', ' s')} after approval"


def _doing(verb: str) -> str:
    """`sending`, `publishing`, `merging`."""
    return f"{safe(verb).removesuffix('e')}ing"


def _about(look: Look) -> list[Fact]:
    row, sheet = look.row, look.sheet
    written: Line = _text("")
    by = "written"
    if sheet is not None and sheet.role:
        yours = sheet.model == "human"
        by = "role" if yours else by
        model = "yours" if yours else safe(sheet.model.rpartition("/")[2] or sheet.model)
        written = _text(f"{safe(sheet.role)}, {model}")
    task = f"{row.task.rpartition('/')[2]}, {safe(look.task.title)}" if look.task else ""
    branch = why_run(look)
    if branch == _text("") and look.branch is not None:
        branch = _text(safe(look.branch.key))
    then = starts(sheet.asked.then) if sheet and sheet.asked and sheet.asked.follows else ""
    return [
        ("why", _text(safe(plain_rank(row)))),
        ("task", _text(task)),
        ("branch", branch),
        ("reviewed", reviewed(sheet) if sheet and sheet.reviews else _text("")),
        (by, written),
        *([("then", _text(safe(then)))] if then else []),
    ]


def _rest(look: Look) -> list[Fact]:
    row = look.row
    waited = span(max(look.now - row.raised_at, 0))
    held = f"{row.holds} task{'' if row.holds == 1 else 's'}" if row.holds else "nothing"
    return [
        ("expires", _text(deadline(row.expires_at, look.now) if row.expires_at else "")),
        ("waits", _text(f"since {waited}")),
        ("takes", _text(f"about {row.takes_minutes}m")),
        ("holds", _text(held)),
        ("cost", _text(f"{money(look.prepared)} so far" if look.prepared else "")),
    ]


def plain_rank(row: AttentionRow) -> str:
    """The reasons of a rank in a sentence, without its points."""
    parts = [part.rpartition(" (")[0] or part for part in row.why.split(" · ")]
    return ", ".join(parts)


def rank_lines(row: AttentionRow) -> list[Line]:
    """The sum of a rank in words: every part with its points, and the total."""
    out: list[Line] = []
    for part in row.why.split(" · "):
        words, _, points = part.rpartition(" (")
        number = points.removesuffix(")") if words else ""
        out.append((Run(f"{number:>6}", "bright"), Run(f"   {safe(words or part)}", "text")))
    return [*out, (Run(f"{row.rank:>6}", "bright", bold=True), Run("   rank; the highest comes first", "muted"))]


# -- blocks


def two_columns(look: Look, columns: int) -> list[Line]:
    """The facts beside each other, in `FACTS` rows."""
    first, second = facts(look)
    begin, end = _shares(first, second, columns)
    out: list[Line] = []
    for place in range(FACTS):
        line: list[Run] = []
        if place < len(first):
            line += _fact(first[place], begin)
        line.append(Run(" " * (columns - end - width(line))))
        if place < len(second):
            line += _fact(second[place], end)
        out.append(fit(line, columns))
    return out


def _shares(first: list[Fact], second: list[Fact], columns: int) -> tuple[int, int]:
    """Columns of the left and of the right facts: the left gets what it needs, as long as no figure is cut at right.

    What is lawful is words, and may be cut.
    """
    usual = min(46, columns * 2 // 5)
    wanted = LABEL + max((width(value) for _label, value in first), default=0)
    figures = LABEL + max((width(value) for label, value in second if label != "lawful"), default=0)
    end = max(min(usual, figures), min(columns - 3 - wanted, columns // 2))
    return columns - end - 3, end


def one_column(look: Look, columns: int) -> list[Line]:
    """The facts below each other, for a narrow screen."""
    first, second = facts(look)
    return [_fact(fact, columns) for fact in (*first, *second)]


def _fact(fact: Fact, columns: int) -> Line:
    label, value = fact
    return (Run(left(label, LABEL), "muted"), *fit(value, columns - LABEL))


def counts_line(look: Look, items: int, columns: int) -> Line:
    """The counts over the list of items, and what is shown over the bytes; `items` columns belong to the list."""
    letters = look.sheet.letters if look.sheet else ()
    if look.row.kind != "approve":
        return _question_line(look, items, columns)
    total = len(look.row.items)
    seen = sum(letter.short in look.seen for letter in letters)
    odd = len(look.sheet.odd) if look.sheet else 0
    head: list[Run] = [
        Run(f"{total} item{'' if total == 1 else 's'}", "bright", bold=True),
        Run(f"   {seen} seen", "muted"),
        Run(f"   {len(look.vetoed)} vetoed", "bright" if look.vetoed else "muted"),
    ]
    if odd:
        head.append(Run(f"   {odd} stand{'s' if odd == 1 else ''} out", "text"))
    begin = fit(head, items)
    size = len(letters[look.place].effect.raw) if look.place < len(letters) else 0
    middle: list[Run] = [*begin, Run(" " * (items + 5 - width(begin)))]
    if size:
        middle += [Run(f"item {look.place + 1}", "bright", bold=True), Run(f"   exact bytes, {count(size)}", "muted")]
    legend: Line = (
        (Run("underlined", "muted", under=True), Run(" = only in this one", "muted")) if len(letters) > 1 else ()
    )
    return spread(middle, legend, columns) if legend else fit(middle, columns)


def _question_line(look: Look, items: int, columns: int) -> Line:
    listed = len(look.row.choices)
    if not listed:
        return fit((Run("what it is about", "bright", bold=True),), columns)
    head = Run(f"{listed} choice{'' if listed == 1 else 's'}", "bright", bold=True)
    begin = fit((head,), items)
    return fit((*begin, Run(" " * (items + 5 - width(begin))), Run("what it is about", "bright", bold=True)), columns)


def block(look: Look, columns: int, items: int, *, lit: bool) -> list[Line]:
    """Everything above the items: rule, title, facts, counts."""
    return [
        rule(columns, lit=lit),
        title_line(look, columns),
        BLANK,
        *two_columns(look, columns),
        BLANK,
        counts_line(look, items, columns),
        BLANK,
    ]


def slim_block(look: Look, columns: int) -> list[Line]:
    """The head of a narrow screen: title, one line of facts, a blank, the strip of items, a blank."""
    from cockpit.screens.attention.items import strip

    return [title_line(look, columns, flag=False), slim_facts(look, columns), BLANK, strip(look, columns), BLANK]


def slim_facts(look: Look, columns: int) -> Line:
    """`✓ review 3 of 3   send, contact   rev 2        expires in 2h`."""
    row, sheet = look.row, look.sheet
    due: Line = (Run("expires ", "muted"), Run(deadline(row.expires_at, look.now), "bright")) if row.expires_at else ()
    if row.kind != "approve" or sheet is None:
        return spread((Run(safe(plain_rank(row)), "muted"),), due, columns)
    terms = Run(f"{safe(', '.join(sheet.restricted))}   rev {sheet.rev}", "muted")
    return spread((*tallies(sheet), terms), due, columns)
