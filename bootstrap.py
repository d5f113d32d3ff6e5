"""Everything a fresh machine needs, with Python alone: `python3 bootstrap.py env | demo | test [ARGS...]`.

Builds `.venv` beside this file from the hash-locked requirements, and again only when they change. Standard library
only, and readable by old Pythons, so that it can say what is missing instead of failing on its own syntax.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED = (3, 11)
QUICK = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
)
LONG = (
    ("types", ("mypy", "--no-error-summary")),
    ("import contracts", ("lint-imports", "--no-logo")),
)
COMPILING = ("pytest", "--collect-only", "-qq", "-n", "0")
"""Compiles every test once, beside the checks: all workers at the same time would do it anew each, for 20 s of CPU."""


def main():
    """Run the wanted command; the exit code of what it runs."""
    if len(sys.argv) < 2 or sys.argv[1] not in {"env", "demo", "test"}:
        sys.stderr.write("usage: python3 bootstrap.py env | demo [ARGS] | test [ARGS]\n")
        return 2
    what, rest = sys.argv[1], sys.argv[2:]
    if sys.version_info < NEEDED:
        return fail(
            f"this is Python {sys.version.split()[0]}",
            "install Python 3.11 or newer, then run: python3.11 bootstrap.py " + what,
        )
    if os.name != "posix":
        return fail("this system is not supported", "use Linux, macOS, or Windows through WSL")
    code = ensure("dev" if what == "test" else "run")
    if code:
        return code
    if what == "env":
        say(f"ready: {VENV / 'bin' / 'cockpit'}")
        say(f'to have `cockpit` everywhere: export PATH="{VENV / "bin"}:$PATH"')
        return 0
    if what == "demo":
        return subprocess.call([str(VENV / "bin" / "cockpit"), "demo", *rest], cwd=ROOT)
    return test(rest)


def ensure(group):
    """Build or refresh `.venv` for a group of requirements; 0 when it is as the lock says."""
    lock = ROOT / "requirements" / f"{group}.lock"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode() + str(ROOT).encode()).hexdigest()
    stamp = VENV / f".{group}.stamp"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return 0
    if not PYTHON.exists():
        say("making .venv")
        code = make_venv()
        if code:
            return code
    count = lock.read_text().count("==")
    say(f"installing {count} locked packages from the package registry (about half a minute, once)")
    code = pip("install", "--no-deps", "--require-hashes", "--requirement", str(lock))
    code = code or pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    if code:
        return fail(
            "the packages could not be installed",
            "check the network or the registry settings of pip, then run this again",
        )
    stamp.write_text(wanted)
    return 0


def make_venv():
    """A virtual environment with pip; 0 when it is there."""
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return 0
    shutil.rmtree(VENV, ignore_errors=True)
    if "ensurepip" in made.stdout + made.stderr:
        return fail(
            "this Python cannot make virtual environments", "on Debian or Ubuntu: sudo apt install python3-venv"
        )
    return fail(
        f"making .venv failed: {(made.stderr or made.stdout).strip()[-300:]}",
        "check the disk and the rights of this folder",
    )


def pip(*arguments):
    """Run the environment's own pip, quietly."""
    return subprocess.call([str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], cwd=ROOT)


def test(rest):
    """Format and lint; then types, import contracts and tests side by side. A check that says no ends the tests."""
    environment = dict(os.environ, PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the tests start hundreds of processes: each would compile anew

    def run(command):
        argv = [str(VENV / "bin" / command[0]), *command[1:]]
        pipe, one = subprocess.PIPE, subprocess.STDOUT
        return subprocess.run(argv, cwd=ROOT, env=environment, stdout=pipe, stderr=one, text=True, check=False)

    def refused(name, done):
        sys.stderr.write(done.stdout)
        return fail(f"{name} says no", "see above")

    for name, command in QUICK:
        say(name)
        done = run(command)
        if done.returncode:
            return refused(name, done)
    say(", ".join([*(name for name, _ in LONG), "tests"]))
    with ThreadPoolExecutor() as pool:
        checks = {pool.submit(run, command): name for name, command in LONG}
        if not (ROOT / "tests" / "__pycache__").exists():
            run(COMPILING)
        tests = subprocess.Popen([str(VENV / "bin" / "pytest"), *rest], cwd=ROOT, env=environment)
        for check in as_completed(checks):
            if check.result().returncode:
                end(tests)
                return refused(checks[check], check.result())
    return tests.wait()


def end(process):
    """Interrupt it, so that it says what it found; where interrupts are ignored, terminate it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def say(text):
    """One line of progress."""
    sys.stdout.write(f"· {text}\n")
    sys.stdout.flush()


def fail(what, mend):
    """One line that says what is wrong and how to mend it."""
    sys.stderr.write(f"bootstrap: {what}; {mend}\n")
    return 3


if __name__ == "__main__":
    sys.exit(main())
