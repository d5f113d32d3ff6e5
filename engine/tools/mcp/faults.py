"""What can be wrong with an MCP server, as its user sees it: never an exception of the SDK."""

from __future__ import annotations


class ServerError(Exception):
    """One sentence on what the server did."""


class GoneError(ServerError):
    """There is no speaking with it any more: it ended, closed the connection, or was given up."""


class SlowError(ServerError):
    """It did not answer in time, and was ended."""


class NoAnswerError(ServerError):
    """It answered with an error, or with what is no answer. It may be asked again."""
