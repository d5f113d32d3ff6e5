"""`cockpit doctor` about a connector of an MCP server: whether it can be called. It is not asked."""

from __future__ import annotations

import sys

from cockpit.cli.outlets import outlets
from engine.settings import read_settings


def found(*lines: str) -> tuple[str, str]:
    head = '[connectors.tickets]\nkind = "mcp"\noperation = "create"\n'
    (finding,) = outlets(read_settings(head + "\n".join(lines)))
    return finding.state, finding.detail


def test_a_pinned_server_is_fine_and_one_without_a_pin_is_not_called() -> None:
    argv, pin = f'argv = ["{sys.executable}"]', f'pin = "{"a1" * 32}"'
    assert found(argv, pin) == ("ok", f"connectors.tickets calls create of {sys.executable} (blind): not tried")
    assert found(argv)[0] == "warn"
    assert found('url = "https://tickets.example/mcp"', pin, 'window = "1h"') == (
        "ok",
        "connectors.tickets calls create of tickets.example (dedup): not tried",
    )


def test_a_server_that_is_not_there_is_a_failure() -> None:
    assert found('argv = ["/nowhere/server"]') == ("fail", "connectors.tickets: /nowhere/server is not there")
