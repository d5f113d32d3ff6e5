"""From the bytes of a page to a text that can be read, with the standard library's parser: headings, paragraphs, lists,
tables as lines, links as `[text](address)`; scripts, styles and what is hidden left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

HTML_CAP = 2 * 2**20
"""Characters of a page that are looked at."""
_PIECE, _STUCK = 4_096, 32_768
_CHARSET = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|(windows|cp)-?125\d|utf-?16(le|be)?|shift_?jis|euc-?(jp|kr)|"
    r"gb2312|gbk|gb18030|big5|koi8-?[ru]",
    re.IGNORECASE,
)
_META = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_TEXTUAL = re.compile(r"text/[\w.+-]+|application/([\w.-]+\+)?(json|xml|javascript|csv|yaml|x-yaml|x-ndjson|jsonl)")
_BLOCK = re.compile(
    r"address|article|aside|blockquote|body|d[dlt]|details|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|"
    r"legend|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|title|tr|ul"
)
_VOID = re.compile(r"area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
_LEFT_OUT = re.compile(r"script|style|template|noscript|svg|math|iframe|object|canvas|select|textarea")
_ENDED_BY_NEXT = re.compile(r"li|td|th|tr|dt|dd|option")
_DEEPEST, _HREF_CAP = 1_000, 500
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])")


def media(content_type: str) -> str:
    """The media type of a header, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def textual(kind: str) -> bool:
    """Whether a media type is text."""
    return _TEXTUAL.fullmatch(kind) is not None or kind == "application/xhtml+xml"


def decoded(body: bytes, content_type: str) -> str:
    """The text of a body, by the charset that its header or its first lines name; UTF-8 where none is usable."""
    named = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    early = _META.search(body[:4_096])
    charset = named[1] if named else early[1].decode("ascii") if early else "utf-8"
    if not _CHARSET.fullmatch(charset):
        charset = "utf-8"
    try:
        return body.decode(charset, errors="replace").removeprefix("\ufeff")
    except LookupError:
        return body.decode("utf-8", errors="replace").removeprefix("\ufeff")


def readable(html: str, base: str, enough: Callable[[], bool] = lambda: False) -> tuple[str, bool]:
    """The text of a page, and whether all of it was looked at. `enough` is asked now and then whether to stop.

    A page that the parser gets stuck in (a comment or a tag that never ends) is left where it begins.
    """
    reader = _Reader(base)
    for start in range(0, min(len(html), HTML_CAP), _PIECE):
        reader.feed(html[start : start + _PIECE])
        if enough() or len(reader.rawdata) > _STUCK:
            return reader.text(), False
    reader.close()
    return reader.text(), len(html) <= HTML_CAP


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = base
        self._out: list[str] = []
        self._open: list[str] = []
        self._left_out_from = _DEEPEST + 1
        """So many elements are open where what is left out begins."""
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._implied_end(tag)
        if not _VOID.fullmatch(tag) and len(self._open) < _DEEPEST:
            self._open.append(tag)
            if tag != "body" and _left_out(tag, said):
                self._left_out_from = min(self._left_out_from, len(self._open))
        if self._unseen:
            return
        if _BLOCK.fullmatch(tag):
            self._begin(tag)
        elif tag == "br":
            self._out.append("\n")
        elif tag in ("td", "th"):
            self._out.append(" | ")
        elif tag == "img" and said.get("alt", "").strip():
            self._out.append(f"[image: {said['alt'].strip()[:200]}]")
        elif tag == "a":
            self._links.append((said.get("href", ""), len(self._out)))

    def handle_endtag(self, tag: str) -> None:
        unseen = self._unseen
        self._ended(tag)
        if unseen:
            return
        if _BLOCK.fullmatch(tag):
            self._out.append("\n" if tag in ("li", "tr", "dt", "dd") else "\n\n")
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            self._link(href, start)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._out.append(data if "pre" in self._open[-20:] else re.sub(r"\s+", " ", data))

    @property
    def _unseen(self) -> bool:
        return len(self._open) >= self._left_out_from

    def _implied_end(self, tag: str) -> None:
        """A paragraph ends where a block begins, a list item where the next one does."""
        last = self._open[-1] if self._open else ""
        if (last == "p" and _BLOCK.fullmatch(tag)) or (last == tag and _ENDED_BY_NEXT.fullmatch(tag)):
            self._ended(last)

    def _ended(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if not self._unseen:
            self._left_out_from = _DEEPEST + 1

    def _begin(self, tag: str) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self._out.append(f"\n\n{'#' * int(tag[1])} ")
        else:
            self._out.append("\n- " if tag == "li" else "\n" if tag in ("tr", "dt", "dd") else "\n\n")

    def _link(self, href: str, start: int) -> None:
        text = " ".join("".join(self._out[start:]).split())
        try:
            address = urljoin(self._base, href.strip())
            scheme = urlsplit(address).scheme
        except ValueError:
            return
        if text and href and not href.startswith("#") and scheme in ("http", "https") and len(address) <= _HREF_CAP:
            del self._out[start:]
            self._out.append(f"[{text}]({address})")

    def text(self) -> str:
        """Everything so far, with no more than one empty line anywhere."""
        lines = [line.rstrip() if line.startswith("    ") else line.strip() for line in "".join(self._out).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _left_out(tag: str, said: dict[str, str]) -> bool:
    return (
        _LEFT_OUT.fullmatch(tag) is not None
        or "hidden" in said
        or said.get("aria-hidden", "").lower() == "true"
        or _HIDDEN.search(said.get("style", "").lower()) is not None
    )
