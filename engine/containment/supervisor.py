"""A small program that stands between the engine and a command: `python -I supervisor.py LIFELINE ARGV...`.

It starts the command and waits. Whatever way it ends (the command is done, the engine closes the lifeline, the engine
dies and the system closes it, a signal), nothing that the command started outlives it: on Linux it is the subreaper, so
that a daemon which forked twice and left its session becomes its child again. Elsewhere it ends the command's process
group and all descendants that still have their parents. It imports nothing but the standard library, because it runs
without the project on its path. The command reads from this program's own standard input. The exit status is the
command's; 128 + n when signal n ended it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

GRACE_S = 0.3
"""Between asking (SIGTERM) and ending (SIGKILL)."""
GIVE_UP_S = 5.0
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_LINUX = sys.platform.startswith("linux")


def become_subreaper() -> None:
    """Orphaned descendants become children of this process. Linux only; elsewhere nothing happens."""
    if _LINUX:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def renounce(argv: list[str]) -> None:
    """No program started from here gains rights by being setuid, `sudo` among them. Linux only.

    Bubblewrap does this itself, after it used the rights that some systems give it so.
    """
    if _LINUX and os.path.basename(argv[0]) != "bwrap":  # noqa: PTH119 - a word, no path
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def process_table() -> list[tuple[int, int, int, bool]]:
    """(pid, parent, process group, is a zombie) of every process that can be seen."""
    return _from_proc() if _LINUX else _from_ps()


def _from_proc() -> list[tuple[int, int, int, bool]]:
    table = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names only, and quickly
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
                state, parent, group = stat.read().rpartition(b")")[2].split()[:3]
                table.append((int(name), int(parent), int(group), state in (b"Z", b"X")))
    return table


def _from_ps() -> list[tuple[int, int, int, bool]]:
    with subprocess.Popen(["/bin/ps", "-A", "-o", "pid=,ppid=,pgid=,state="], stdout=subprocess.PIPE, text=True) as ps:
        rows = [line.split() for line in ps.communicate()[0].splitlines()]
    return [
        (int(r[0]), int(r[1]), int(r[2]), r[3].startswith("Z")) for r in rows if len(r) == 4 and int(r[0]) != ps.pid
    ]


def belongings(leader: int) -> set[int]:
    """Living processes that descend from this one or share the command's process group."""
    table, mine = process_table(), {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, parent, _, _ in table if parent in mine and pid not in mine}
        mine |= more
        grown = bool(more)
    mine |= {pid for pid, _, group, _ in table if group == leader}
    return {pid for pid, _, _, zombie in table if pid in mine and not zombie and pid != os.getpid()}


def tell(pids: Iterable[int], what: signal.Signals) -> None:
    """Send a signal to each process that still exists."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, what)


def reap(leader: int) -> int | None:
    """Collect all ended children; the exit status of the leader when it was among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, code = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == leader:
                status = os.waitstatus_to_exitcode(code)
    return status


def end_all(leader: int) -> None:
    """End everything the command started: ask, then freeze until no new process appears, then kill."""
    limit = time.monotonic() + GIVE_UP_S
    tell(belongings(leader), signal.SIGTERM)
    patience = time.monotonic() + GRACE_S
    while belongings(leader) and time.monotonic() < patience:
        reap(leader)
        time.sleep(0.01)
    while belongings(leader) and time.monotonic() < limit:
        frozen: set[int] = set()
        while fresh := belongings(leader) - frozen:
            tell(fresh, signal.SIGSTOP)  # a frozen process cannot fork between being listed and being killed
            frozen |= fresh
        tell(frozen, signal.SIGKILL)
        reap(leader)
        time.sleep(0.01)
    reap(leader)


def main(lifeline: int, argv: list[str]) -> int:
    """Start the command, wait for it or for the end of the lifeline, leave nothing behind."""
    become_subreaper()
    renounce(argv)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, _: told.append(n))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        leader = subprocess.Popen(argv, process_group=0).pid  # noqa: S603
    except OSError as problem:
        sys.stderr.write(f"cannot start {argv[0]}: {problem.strerror}\n")
        return 127 if isinstance(problem, FileNotFoundError) else 126
    while True:
        ready, _, _ = select.select([lifeline, woken], [], [])
        if lifeline in ready or told:
            end_all(leader)
            return 128 + signal.SIGTERM
        with contextlib.suppress(BlockingIOError):
            while os.read(woken, 4096):
                pass
        status = reap(leader)
        if status is not None:
            end_all(leader)
            return status if status >= 0 else 128 - status


if __name__ == "__main__":
    code = main(int(sys.argv[1]), sys.argv[2:])
    sys.stderr.flush()
    os._exit(code)  # the command's Popen object would otherwise complain that nobody waited for it
