"""`cockpit engine --install` and `--uninstall`: an engine that begins with the session, by systemd or launchd.

One file of ours is written, and it says so in its first lines; nothing else is touched. Taking it away leaves the
user's folders as they were, down to the folders that had to be made for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from cockpit.cli.background import command
from cockpit.cli.render import safe, say
from engine.errors import BadInputError, SaysNoError
from engine.home import Home

MARK = "written by cockpit engine, install"
NAME = "mission-cockpit"


class Unit(NamedTuple):
    """What is written where, and what makes the system take it up or let it go."""

    path: Path
    text: str
    begin: tuple[tuple[str, ...], ...]
    end: tuple[tuple[str, ...], ...]


def install(home: Home) -> int:
    """Write the unit and have the system start it. Raises `SaysNoError` when a file that is not ours is in the way."""
    unit = unit_of(home, os.environ, sys.platform)
    if unit.path.exists() and MARK not in _read(unit.path):
        raise SaysNoError(str(unit.path), "is there, and not of ours", "move it away, or start cockpit engine yourself")
    made = [str(step) for step in reversed([unit.path.parent, *unit.path.parent.parents]) if not step.exists()]
    if unit.path.exists():
        made = _made(_read(unit.path))
    try:
        unit.path.parent.mkdir(parents=True, exist_ok=True)
        draft = unit.path.with_name(f".{unit.path.name}.{os.getpid()}")
        draft.write_text(unit.text.replace("@MADE@", " ".join(_kept(step) for step in made)), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(unit.path)
    except OSError as error:
        what = (error.strerror or "cannot be written").lower()
        raise BadInputError(str(unit.path), what, "give yourself the right to write its folder") from error
    say(f"wrote {safe(unit.path)}")
    _have(unit.begin)
    say("an engine begins with your session now; cockpit engine --uninstall takes this back")
    return 0


def uninstall(home: Home) -> int:
    """Stop the unit and take it away, with the folders that were made for it. Fine when there is none."""
    unit = unit_of(home, os.environ, sys.platform)
    if not unit.path.exists():
        say("no engine is installed")
        return 0
    text = _read(unit.path)
    if MARK not in text:
        raise SaysNoError(str(unit.path), "is not of ours and was left alone", "remove it yourself if you want to")
    _have(unit.end)
    unit.path.unlink()
    say(f"removed {safe(unit.path)}")
    for folder in reversed(_made(text)):
        try:
            Path(folder).rmdir()
        except OSError:
            break
        say(f"removed {safe(folder)}")
    return 0


def unit_of(home: Home, environ: Mapping[str, str], platform: str) -> Unit:
    """The unit for this home and system. Raises `SaysNoError` where there is neither systemd nor launchd."""
    user = Path(environ.get("HOME") or Path.home())
    name = NAME if Home.at(home.root) != home else f"{NAME}-{_short(home)}"
    line = command(home)
    if platform == "darwin":
        path = user / "Library" / "LaunchAgents" / f"dev.{name}.plist"
        words = "".join(f"<string>{escape(word)}</string>" for word in line)
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {MARK} -->\n<!-- folders made: @MADE@ -->\n'
            f'<plist version="1.0"><dict><key>Label</key><string>dev.{name}</string>'
            f"<key>ProgramArguments</key><array>{words}</array><key>RunAtLoad</key><true/>"
            "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>"
            "<key>ThrottleInterval</key><integer>30</integer><key>Umask</key><integer>63</integer></dict></plist>\n"
        )
        domain = f"gui/{os.getuid()}"
        return Unit(path, text, (("launchctl", "bootstrap", domain, str(path)),),
                    (("launchctl", "bootout", f"{domain}/dev.{name}"),))  # fmt: skip
    if not platform.startswith("linux"):
        raise SaysNoError("cockpit", "there is no systemd and no launchd here", "start cockpit engine yourself")
    path = Path(environ.get("XDG_CONFIG_HOME") or user / ".config") / "systemd" / "user" / f"{name}.service"
    started = " ".join(_quoted(word) for word in line)
    text = (
        f"# {MARK}\n# folders made: @MADE@\n[Unit]\nDescription=Mission Cockpit's engine\n\n"
        f"[Service]\nExecStart={started}\nRestart=on-failure\nRestartSec=30\nUMask=0077\n\n"
        "[Install]\nWantedBy=default.target\n"
    )
    unit = f"{name}.service"
    return Unit(
        path,
        text,
        (("systemctl", "--user", "daemon-reload"), ("systemctl", "--user", "enable", "--now", unit)),
        (("systemctl", "--user", "disable", "--now", unit), ("systemctl", "--user", "daemon-reload")),
    )


def _short(home: Home) -> str:
    import hashlib

    return hashlib.sha256(str(home.root).encode()).hexdigest()[:8]


def _quoted(word: str) -> str:
    """A word as systemd reads it: quoted, and what it would put values in for taken literally."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _have(lines: tuple[tuple[str, ...], ...]) -> None:
    """Have the system do this, or say what to type where it cannot be asked."""
    for line in lines:
        told = " ".join(line)
        if shutil.which(line[0]) is None:
            say(f"then: {told}")
            continue
        done = subprocess.run(list(line), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
        say(f"ran {told}" if done.returncode == 0 else f"{told} said: {safe(done.stderr.strip()[:200])}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _made(text: str) -> list[str]:
    """The folders that a unit says were made for it, outermost first."""
    line = next((line for line in text.splitlines() if "folders made:" in line), "")
    return [unquote(word) for word in line.partition("folders made:")[2].replace("-->", "").split()]


def _kept(folder: str) -> str:
    """A path as one word that may stand in a comment of XML."""
    return quote(folder).replace("-", "%2D")
