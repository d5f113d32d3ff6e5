"""What a hostile model, page or file would write to steer a terminal, to hide, or to pass for ours.

Every payload carries a mark of its own (`P007`), so that it is known where it ended up. All are written with escapes.
"""

from __future__ import annotations

from collections.abc import Iterator

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"
CSI8, OSC8, DCS8, ST8 = "\x9b", "\x9d", "\x90", "\x9c"
_CSI = (
    "2J", "3J", "H", "?1049l", "?1049h", "?25l", "?25h", "?2004l", "?2004h", "?1000h", "?1003h", "?1006h", "?1000l",
    "31;7;5m", "38;2;250;0;7m", "8m", "0m", "?7l", "?47l", "20h", "4h", "!p", "6n", "5n", "c", ">c", "=c", "?6n", "21t",
    "14t", "18t", "8;1;1t", "3;0;0t", "5;10r", "999;999H", "99A", "99B", "99D", "99C", "10L", "10M", "10P", "10@", "1S",
    "1T", "0;\"q", "2 q", "?2026h", "?2026l", "?2048h", ">1u", "<u", "?u", "?5h", "200~", "201~", "0i", "5i", "4i",
    "1;1;5;5$z", "?69h", "1$w", "0x",
)  # fmt: skip
_OSC = (
    "0;title", "1;icon", "2;title", "4;1;rgb:ff/00/00", "7;file://evil/", "8;;https://evil.example", "9;note",
    "10;#ff0000", "11;?", "12;#00ff00", "50;font", "52;c;cHduZWQ=", "52;c;?", "52;p;cHduZWQ=", "104", "110", "133;A",
    "777;notify;a;b", "1337;File=inline=1:AAAA", "1337;SetMark", "9;4;1;50", "L", "l",
)  # fmt: skip
_SINGLE = ("c", "7", "8", "D", "E", "H", "M", "N", "O", "Z", "=", ">", "n", "o", "|", "}", "~", "(0", ")0", "%G", "#8",
           " F", "V", "W", "6", "9", "[", "]", "P", "X", "^", "_", "\\", "")  # fmt: skip
_STRINGS = (
    f"{ESC}P$qm{ST}", f"{ESC}P+q544e{ST}", f"{ESC}P1;1|17/41{ST}", f"{ESC}P0q#0~~{ST}", f"{ESC}_Gi=1,a=q;AAAA{ST}",
    f"{ESC}_shell{ST}", f"{ESC}^private{ST}", f"{ESC}Xstring{ST}", f"{ESC}Ptmux;{ESC}{ESC}]52;c;aGk={BEL}{ST}",
    f"{ESC}P", f"{ESC}_", f"{ESC}^", f"{ESC}X", f"{ESC}kname{ST}",
)  # fmt: skip
_C1 = (
    f"{CSI8}2J", f"{CSI8}31m", f"{CSI8}?1049l", f"{OSC8}52;c;aGk={ST8}", f"{OSC8}0;t{BEL}", f"{DCS8}$qm{ST8}", "\x84",
    "\x85", "\x88", "\x8d", "\x8e", "\x8f", "\x98x\x9c", "\x9a", "\x9ex\x9c", "\x9fx\x9c", "\x80", "\x81", "\x99",
)  # fmt: skip
_C0 = ("\x00", "\x05", "\x07", "\x08\x08\x08", "\x09", "\x0a", "\x0b", "\x0c", "\x0d", "\x0e", "\x0f", "\x11", "\x13",
       "\x18", "\x1a", "\x1c", "\x1f", "\x7f", "\r\n\r\n")  # fmt: skip
_HIDDEN = (
    "\u202eevil\u202c", "\u202dx", "\u2066x\u2069", "\u2067x", "\u2068x", "\u200e", "\u200f", "\u061c", "\u200b",
    "\u200c", "\u200d", "\u2060", "\u2061", "\ufeff", "\u00ad", "\u034f", "\u115f", "\u3164", "\uffa0", "\u2800",
    "\u180e", "\ufe0f", "\ufe00", "\U000e0041\U000e0042\U000e007f", "\U000e0100", "\ufff9x\ufffax\ufffb", "\u2028",
    "\u2029", "\u206a", "\u17b4", "\ue000", "\U000f0000", "\ufdd0", "\uffff", "\ufffe",
)  # fmt: skip
_SURROGATES = ("\ud800", "\udfff", "\ud83d", "\udc00", "\udbff\ud800")
_MARKUP = (
    "[/nope]", "[/]", "[", "]", "[[", "[b", "[bold red]x[/bold red]", "[@click=app.quit]x[/]", "[@click=app.exit]x[/]",
    "[@click=screen.back()]x[/]", "[link=https://evil.example]x[/link]", "[$error]x[/]", "[on red]x[/]", "[reverse]x",
    "\\[x]", "[#ff0000]x[/#ff0000]", "[=x]", "[@click=\"app.bell\"]x[/]", ":smile:", "$surface", "{0}",
    "%s%n", "[/b][/b]", "<script>x</script>", "![x](file:///etc/passwd)", "[x](https://evil.example)",
)  # fmt: skip
_LONG = (
    "x" * 5_000, "漢" * 2_000, "e" + "\u0301" * 3_000, "👩" * 500, "a\u0300\u0316" * 800, "\U0001f1e9" * 99, "┃━" * 400,
    "│ " * 300, "\u0600" * 200, "ﷺ" * 200, "𒐫" * 200, "꧅" * 200,
)  # fmt: skip


def _all() -> Iterator[str]:
    yield from (f"{ESC}[{body}" for body in _CSI)
    yield from (f"{ESC}]{body}{end}" for body in _OSC for end in (BEL, ST))
    yield from (f"{ESC}{body}" for body in _SINGLE)
    yield from (*_STRINGS, *_C1, *_C0, *_HIDDEN, *_SURROGATES, *_MARKUP, *_LONG)


PAYLOADS = tuple(f"P{number:03d}{body}p{number:03d}" for number, body in enumerate(_all()))
"""At least 150 of them."""
