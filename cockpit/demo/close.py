"""The end of the demo: receipts, written and verified, and where the mails are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from cockpit.cli.desk import Json
from cockpit.cli.receipt import build, dump, markdown, verify, write
from cockpit.cli.render import mark, money, rehearsed, safe, state
from engine.home import Home
from engine.ledger.reader import Reader

MAILS_SHOWN = 3


def receipts(home: Home, reader: Reader, slugs: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Write and verify the receipt of each mission; a line about it, and whether it verifies."""
    folder = home.root / "receipts"
    folder.mkdir(mode=0o700, exist_ok=True)
    for slug in slugs:
        made = build(reader, slug)
        write(folder / f"{slug}.md", markdown(made))
        write(folder / f"{slug}.json", dump(made))
        faults = verify(reader, json.loads((folder / f"{slug}.json").read_text(encoding="utf-8")))
        spent = money(made["spend"]["total_micro_usd"])
        if faults:
            yield f"{mark('!')} {safe(slug)}: the receipt does not verify: {safe(faults[0])}", False
        else:
            count = len(made["spend"]["lines"])
            yield f"{mark('✓')} {safe(slug)}: the receipt verifies, {spent} in {count} charges add up", True
        yield f"    {folder / slug}.md  {folder / slug}.json", True


def ending(card: Json) -> str:
    """How a mission ended, in one line."""
    why = f": {safe(card['because'])}" if card.get("because") else ""
    return f"{state(card['phase'])}  {safe(card['id'])}  {rehearsed(card)}{safe(card['title'])}{why}"


def mails(home: Home) -> Iterator[str]:
    """Where the mails ended."""
    found = sorted(home.outbox.rglob("*.eml"))
    if not found:
        yield "no mail left for the sandbox outbox"
        return
    yield f"{len(found)} mails ended as files in the sandbox outbox, none anywhere else:"
    for path in found[:MAILS_SHOWN]:
        yield f"    {path}"
    if len(found) > MAILS_SHOWN:
        yield f"    and {len(found) - MAILS_SHOWN} more in {found[0].parent}"
