"""The receipt as a page: complete, self-contained, and deaf to whatever workers, pages and mails wrote into it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import zlib
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.receipt.page import style
from engine.receipt.page.charts import Edge, edges, steps
from engine.receipt.page.nodes import ELEMENTS, element, escape, foreign
from engine.receipt.page.write import QUESTIONS, html
from tests.engine.receipt.story import Story, finished, waiting_for_approval
from tests.engine.receipt.test_render import HOSTILE, texts

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
MARKUP = [
    *HOSTILE,
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' style='position:fixed;inset:0",
    "<a href='javascript:alert(1)'>x</a>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<!--", "-->", "<![CDATA[", "]]>", "&#60;img&#62;", "\u2028</span>", "\x00<b>",
    "url(https://evil.example/a.png)",
    "@import 'https://evil.example';",
    "<iframe srcdoc='<script>1</script>'></iframe>",
]  # fmt: skip


class Page(HTMLParser):
    """What a parser of HTML finds in a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.others: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())


def page(story: Story) -> str:
    return html(story.receipt())


def test_it_answers_the_eleven_questions_at_its_top_and_in_its_sections() -> None:
    made = page(finished())
    assert len(QUESTIONS) == 11
    for name, question, _answer in QUESTIONS:
        assert made.count(f'id="{name}"') == 1
        assert made.count(f'href="#{name}"') == 1
        assert made.count(question) == 2


def test_it_tells_what_the_markdown_tells() -> None:
    told = Page(page(finished())).said
    for words in (
        "The mission finished: a channel was kept", "✓ kept", "✕ pruned", "2 of 4 · 50.0% (15.0–85.0%)", "human:ada",
        "Short mails get answers", "Never mention prices", "adds up to the micro-dollar", finished().events[-1].hash,
        "$0.0042", "drafts.md", "second batch on cold-email", "off-topic", "Which price page?",
    ):  # fmt: skip
        assert words in told, words
    assert "hidden" not in told  # the text of a secret assumption


LIMITS = (
    {"level": "mission", "name": "", "dimension": "tokens", "cap": 4_000, "used": 3_000, "aside": 0},
    {"level": "branch", "name": "<b>cold", "dimension": "calls", "cap": 40, "used": 40, "aside": 0},
    {"level": "role", "name": "writer", "dimension": "money", "cap": 2_000_000, "used": 4_200, "aside": 0},
    {"level": "mission", "name": "", "dimension": "calls via search", "cap": 9, "used": 0, "aside": 0},
)


@pytest.mark.parametrize("story", [Story().created(), finished()])
def test_it_tells_what_was_used_of_every_limit(story: Story) -> None:
    receipt = story.receipt()
    plain = Page(html({**receipt, "spend": {**receipt["spend"], "limits": []}})).said
    assert "Limits beside the money" not in plain
    told = Page(html({**receipt, "spend": {**receipt["spend"], "limits": LIMITS}})).said
    for words in (
        "tokens of the mission3000400075.0%", "calls of the branch <b>cold4040100.0%",
        "money of the role writer$0.0042$2.00", "calls via search of the mission090.0%",
    ):  # fmt: skip
        assert words in told, words


@pytest.mark.parametrize("story", [Story().created(), waiting_for_approval(), finished(), finished(rehearsed=True)])
def test_it_is_one_file_without_scripts_addresses_or_styles_of_its_own(story: Story) -> None:
    made = page(story)
    found = Page(made)
    assert set(found.tags) <= ELEMENTS
    assert found.tags["style"] == 1
    assert found.others == []
    assert not re.search(r"(?i)https?:|//|url\(|@import|<script|javascript:", made.replace(style.CSS, ""))
    assert not re.search(r"(?i)url\(|@import|@font-face|//", style.CSS)
    for tag, name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in {"style", "src", "srcset", "srcdoc", "action"}
        assert name != "href" or re.fullmatch(r"#[a-z]+", value), (tag, value)


def test_its_policy_lets_in_its_own_stylesheet_and_nothing_else() -> None:
    made = page(finished())
    policy = next(value for _tag, name, value in Page(made).attributes if name == "content" and "default-src" in value)
    assert policy.startswith(f"default-src 'none'; style-src {style.allowed()};")
    assert "unsafe" not in policy
    assert f"<style>{style.CSS}</style>" in made


def test_it_says_when_it_was_rehearsed_is_interim_or_had_something_erased() -> None:
    assert "REHEARSED" not in page(finished())
    assert 'class="label">REHEARSED<' in page(finished(rehearsed=True))
    interim = waiting_for_approval()
    assert f"interim, as of its event {interim.receipt()['integrity']['height']}" in page(interim)
    assert "interim" not in page(finished())
    receipt = finished().receipt()
    gone = {"blob": "b" * 64, "what": "", "because": "a person asked", "instead": None, "at": 1}
    receipt["integrity"]["erased"] = [gone]
    assert 'class="label">1 content erased<' in html(receipt)


def test_a_receipt_that_does_not_add_up_says_so() -> None:
    receipt = finished().receipt()
    receipt["spend"]["total_micro_usd"] += 1
    assert "It does not add up" in html(receipt)


@pytest.mark.parametrize("payload", MARKUP)
def test_nothing_that_others_wrote_becomes_markup(payload: str) -> None:
    plain = finished().receipt()
    calm, hostile = Page(html(texts(plain, "calm"))), Page(html(texts(plain, payload)))
    assert hostile.tags == calm.tags
    assert hostile.others == []
    assert [found for found in hostile.attributes if found[1] != "aria-label"] == [
        found for found in calm.attributes if found[1] != "aria-label"
    ]
    assert hostile.said.count(" ".join(Page(escape(payload)).said.split())) >= 1  # and it can be read


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_text(text: str) -> None:
    read = Page(f"<p>{escape(text)}</p>")
    assert read.tags == {"p": 1}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", escape(text))


def test_no_text_ends_the_attribute_it_stands_in() -> None:
    found = Page(element("svg", aria_label='a" onclick="x\' b').markup)
    assert found.attributes == [("svg", "aria-label", 'a" onclick="x\' b')]


def test_what_others_wrote_stands_behind_a_bar() -> None:
    made = page(finished())
    for words in ("Short mails get answers", "drafts.md", "Which price page?", "no result"):
        assert f'<span class="foreign" dir="auto">{words}</span>' in made
    assert foreign(" \n ") is None
    assert "border-left" in style.CSS.split(".foreign {")[1].split("}")[0]


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("script", {}),
        ("img", {"src": "x"}),
        ("p", {"style": "color:red"}),
        ("p", {"onclick": "x"}),
        ("a", {"href": "https://evil.example"}),
        ("p", {"class_": 'x" onclick="y'}),
        ("svg", {"viewBox": "0 0 1 1' x"}),
        ("path", {"d": "M0 0 url(x)"}),
    ],
)
def test_markup_that_no_receipt_needs_cannot_be_made(name: str, attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="of a receipt"):
        element(name, **attributes)


# -- drawings


def test_bars_by_day_add_up_to_what_was_spent() -> None:
    day = 86_400_000
    lines = [{"at": at, "micro_usd": micro} for at, micro in ((0, 5), (day - 1, 7), (3 * day, 11), (3 * day + 5, -2))]
    found, days = steps(lines)
    assert days == 1
    assert [step.micro_usd for step in found] == [12, 0, 0, 9]
    far, wide = steps([*lines, {"at": 400 * day, "micro_usd": 1}])
    assert wide == 7
    assert len(far) <= 70
    assert sum(step.micro_usd for step in far) == 22


def test_thresholds_are_read_from_the_rules_that_judge() -> None:
    rules = [
        {"when": "branch.reply_rate >= 0.15 && branch.reply_quality >= 0.5", "then": "keep"},
        {"when": "branch.reply_rate < 0.05", "then": "prune"},
        {"when": "branch.reply_rate < 0.05 && branch.windows > 1", "then": "stop"},
        {"when": "branch.reply_rate_low > 3.5", "then": "keep"},
    ]
    assert edges("reply_rate", rules) == [Edge(50, "prune < 5%"), Edge(150, "keep >= 15%")]
    assert edges("p95", [{"when": "branch.p95 > 60.0", "then": "prune"}]) == []


# -- in a browser


def _first_pixel(png: bytes) -> tuple[int, int, int]:
    data, place = b"", 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + size]
        place += 12 + size
    red, green, blue = zlib.decompress(data)[1:4]  # of the first pixel every filter predicts nothing
    return red, green, blue


@pytest.mark.skipif(not BROWSER, reason="no chromium here: the page is read by a parser alone")
def test_a_browser_shows_it_with_its_style_and_fetches_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        attack = f"<img src={address}><script>fetch('{address}')</script><style>*{{background:url({address})}}</style>"
        (tmp_path / "receipt.html").write_text(html(texts(finished().receipt(), attack)), "utf-8")
        subprocess.run(
            [
                *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
                *(f"--user-data-dir={tmp_path / 'profile'}", "--window-size=400,300"),
                *(f"--screenshot={tmp_path / 'shot.png'}", (tmp_path / "receipt.html").as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert _first_pixel((tmp_path / "shot.png").read_bytes()) == (0xFB, 0xFA, 0xF8)
