"""A folder of a server that repeats what it heard: whatever it says later, the login is not in what is shown."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from engine.effects.folder import Folder
from engine.effects.wire import ServerError, forms, plain
from engine.settings import MailInbox
from tests.mailserver import Scripted
from tests.mailserver.scripted import Line

SECRET = 'hunter2 "\\ canary'
Echo = Callable[[bytes, bytes], bytes]
"""What the server says to a command: from its tag and from what was heard of the login."""


def repeating(step: bytes, echo: Echo, capability: bytes) -> Callable[[Line], None]:
    """A server that takes the login, and repeats it at a later step."""

    def script(line: Line) -> None:
        line.say(b"* OK hi\r\n")
        heard = b""
        while command := line.hear():
            tag, _, rest = command.strip().partition(b" ")
            if rest.startswith(b"AUTHENTICATE"):
                line.say(b"+ \r\n")
                heard = line.hear().strip()
            elif rest.startswith(b"LOGIN"):
                heard = rest
            if rest.upper().startswith(step):
                line.say(echo(tag, heard))
            elif rest.startswith(b"CAPABILITY"):
                line.say(b"* CAPABILITY IMAP4rev1 " + capability + b"\r\n" + tag + b" OK done\r\n")
            elif rest.startswith(b"EXAMINE"):
                line.say(b"* OK [UIDVALIDITY 7] fine\r\n" + tag + b" OK done\r\n")
            else:
                line.say(tag + b" OK done\r\n")

    return script


ECHOES: list[Echo] = [
    lambda tag, heard: tag + b" NO session " + heard + b" is not allowed\r\n",
    lambda tag, heard: tag + b" BAD what is " + heard + b"\r\n",
    lambda _tag, heard: b"nonsense " + heard + b"\r\n",
    lambda tag, heard: b"* BYE " + heard + b"\r\n" + tag + b" NO\r\n",
    lambda tag, heard: tag + b" NO " + base64.b64encode(SECRET.encode()) + heard + b"\r\n",
]


def _read(settings: MailInbox) -> None:
    with Folder(settings, SECRET, total=10) as folder:
        folder.search("ALL")
        folder.fetch(1)


@pytest.mark.parametrize("capability", [b"AUTH=PLAIN", b""], ids=["plain", "login"])
@pytest.mark.parametrize("step", [b"EXAMINE", b"UID SEARCH", b"UID FETCH"])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_server_that_repeats_the_login_is_not_quoted(echo: Echo, step: bytes, capability: bytes) -> None:
    with Scripted(repeating(step, echo, capability)) as server:
        given = {"kind": "imap", "host": server.host, "port": server.port, "security": "none", "user": "ada"}
        settings = MailInbox.model_validate(given | {"password": "env:X", "timeout": 2000})
        with pytest.raises(ServerError) as caught:
            _read(settings)
    said = str(caught.value)
    assert "hunter2" not in said
    assert "canary" not in said
    for form in (SECRET.encode(), b"\0ada\0" + SECRET.encode()):
        assert base64.b64encode(form).decode().rstrip("=") not in said


@pytest.mark.parametrize("password", ["plain", "Söhne & co", 'a"b\\c', "two  words", "e\u0301", "x'y"])
def test_no_form_of_a_password_survives(password: str) -> None:
    secret = password.encode()
    sent = [secret, base64.b64encode(secret), base64.b64encode(b"\0ada\0" + secret), repr(secret).encode()]
    for form in sent:
        shown = plain(b"you said " + form + b" to me", without=forms("ada", password))
        assert shown.replace("b'…'", "…").replace('b"…"', "…") == "you said … to me"


def test_without_a_password_nothing_is_left_out() -> None:
    assert plain("all of it", without=forms("ada", "")) == "all of it"
