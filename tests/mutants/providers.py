"""Planted bugs of what provides tools: pins, containment, files, addresses."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

PROVIDER, SESSION = "engine/tools/mcp/provider.py", "engine/tools/mcp/session.py"
GATE, PROGRAM = "engine/tools/mcp/gate.py", "engine/tools/program.py"
COMMAND, FOLDER = "engine/tools/command.py", "engine/tools/folder.py"
ADDRESSES, HOP = "engine/tools/http/addresses.py", "engine/tools/http/hop.py"
TOOLS = "tests/engine/tools"
PINS, SERVERS, COMMANDS = f"{TOOLS}/test_p9_pins.py", f"{TOOLS}/test_mcp.py", f"{TOOLS}/test_command.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the version of a server is no part of a pin", "P9", 0,
        (Edit(PROVIDER, '"version": clean(greeting.version)}', '"version": ""}'),),
        test=f"{PINS}::test_p9_whatever_it_says_otherwise_is_another_tool",
    ),
    Mutant(
        "a tool that changed while it worked answers all the same", "P9", 0,
        (Edit(GATE, "self.changed = self.changed or message.method == _LIST_CHANGED", "self.changed = False"),),
        test=f"{PINS}::test_p9_a_tool_that_changes_while_it_works_gives_no_answer",
    ),
    Mutant(
        "a program that was replaced is the same tool", "P9", 0,
        (Edit(PROGRAM, "own, theirs = _hash(path),", 'own, theirs = Sha256("0" * 64),'),),
        test=f"{COMMANDS}::test_p9_a_program_that_was_replaced_stops",
    ),
    Mutant(
        "a server that ignores being cancelled goes on", "P16", 0,
        (Edit(SESSION, "        await asyncio.wait({asking}, timeout=_COURTESY_S)\n        await self.close()\n", "        await asyncio.wait({asking}, timeout=_COURTESY_S)\n"),),
        test=f"{SERVERS}::test_49_a_server_that_ignores_being_cancelled_is_ended",
    ),
    Mutant(
        "what a server says is told with the secret that it was given", "P11", 0,
        (Edit(PROVIDER, "        return self._redacted(said)\n", "        return said\n"),),
        test=f"{SERVERS}::test_a_secret_is_in_nothing_that_is_said_about_a_server",
    ),
    Mutant(
        "a value that begins with - becomes an option", "P7", 0,
        (Edit(COMMAND, 'if options and filling.startswith("-") and', 'if options and filling.startswith("--exec") and'),),
        test=f"{COMMANDS}::test_a_value_cannot_become_an_option",
    ),
    Mutant(
        "a link in a workspace is followed", "P7", 0,
        (Edit(FOLDER, "os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW |", "os.O_RDONLY | os.O_DIRECTORY |"),),
        test=f"{TOOLS}/test_files.py",
    ),
    Mutant(
        "a name that leads into a private network is asked", "P7", 0,
        (Edit(ADDRESSES, "address.is_global or (named and address.is_private)", "address.is_global or address.is_private"),),
        test=f"{TOOLS}/test_http_addresses.py",
    ),
    Mutant(
        "a packed page is unpacked as far as it goes", "P16", 0,
        (
            Edit(HOP, "while waiting and len(body) <= cap and not", "while waiting and not"),
            Edit(HOP, "        if len(body) > cap or packed > cap:\n", "        if packed > cap:\n"),
        ),
        test=f"{TOOLS}/test_http.py::test_a_bomb_is_cut_at_the_cap",
    ),
)  # fmt: skip
