"""Behind every log: lines are redacted as they are written, tracebacks and what libraries say included."""

from __future__ import annotations

import logging

from engine.redaction.redactor import Redactor


class RedactingFormatter(logging.Formatter):
    """A formatter whose lines hold no secret. A line that cannot be made is said to be missing, never raised."""

    def __init__(self, layout: str, redactor: Redactor) -> None:
        super().__init__(layout)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, with its traceback: the words of errors and the places they passed, never values."""
        try:
            return self._redactor.redact(super().format(record))
        except Exception as error:  # noqa: BLE001 - logging prints the record's arguments when formatting fails
            return f"a line of {record.name} could not be written ({type(error).__name__})"
