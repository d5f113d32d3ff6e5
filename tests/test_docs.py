"""The pages are what the code says: generated pages, links, and every command that a page shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from cockpit.cli.parser import parse
from docs.generate import outdated
from docs.keys_page import bindings
from docs.settings_page import EXAMPLES, tables
from engine.settings import read_settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    return [text for said, text in _FENCE.findall(page.read_text("utf-8")) if said == language]


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in a link to them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> Iterator[str]:
    """The `cockpit ...` lines that a page shows as typed."""
    for text in blocks(page, "console"):
        yield from (line[2:] for line in text.splitlines() if line.startswith("$ cockpit"))
    for text in blocks(page, "sh"):
        yield from (line for line in text.splitlines() if line.startswith("cockpit "))


def test_generated_pages_are_what_the_code_says() -> None:
    assert outdated() == [], "run: python docs/generate.py"


def test_the_readme_begins_with_the_two_commands() -> None:
    first = _FENCE.search((ROOT / "README.md").read_text("utf-8"))
    assert first is not None
    assert "make demo" in first[2]
    assert "make test" in first[2]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_that_a_page_shows_parse(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line.replace("…", ""))[1:]
        assert parse(words).handler


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=named)
def test_settings_that_a_page_shows_can_be_used(page: Path) -> None:
    assert read_settings("\n".join(dict.fromkeys(blocks(page, "toml"))), named(page))


def test_every_table_of_the_configuration_has_an_example() -> None:
    assert set(EXAMPLES) == {name for name, _ in tables()}


def test_every_key_of_the_screens_stands_on_its_page_and_says_what_it_does() -> None:
    said = (ROOT / "docs" / "keys.md").read_text("utf-8")
    named = [binding for binding in bindings() if not re.search(r"-[2-9]$", str(binding.id))]
    assert len(named) > 60
    assert [binding.id for binding in named if f"`{binding.id}` |" not in said] == []
    assert [binding.id for binding in bindings() if not binding.tooltip] == []


def test_pictures_load_nothing_and_hold_nothing_of_this_machine() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
    assert len(pictures) > 5
    for picture in pictures:
        text = picture.read_text("utf-8")
        assert not re.findall(r"@font-face|@import|<(?:image|script|foreignObject|use)\b|href\s*=|url\((?!#)", text), (
            picture
        )
        assert str(Path.home()) not in text


def test_pages_do_show_commands() -> None:
    assert sum(1 for page in PAGES for _ in commands(page)) > 30
