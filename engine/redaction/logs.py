"""Behind every log: lines are redacted as they are written, tracebacks and what libraries say included.

A line is one line, whatever it quotes: nothing in it steers a terminal that shows it, hides, or passes for a line of
ours.
"""

from __future__ import annotations

import logging
import re

from engine.redaction.redactor import Redactor

_STEERS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("\n")


class RedactingFormatter(logging.Formatter):
    """A formatter whose lines hold no secret. A line that cannot be made is said to be missing, never raised."""

    def __init__(self, layout: str, redactor: Redactor) -> None:
        super().__init__(layout)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, with its traceback: the words of errors and the places they passed, never values."""
        try:
            return _STEERS.sub(_named, self._redactor.redact(super().format(record)))
        except Exception as error:  # noqa: BLE001 - logging prints the record's arguments when formatting fails
            return f"a line of {record.name} could not be written ({type(error).__name__})"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """What is logged, on one line; a traceback follows on its own lines, behind a margin."""
        record.message = _BREAKS.sub(_named, record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        """Each line of a traceback behind a margin: what an error says cannot pass for a line of the log."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        return "\n".join(f"  | {line}" for line in text.split("\n"))


def _named(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"
