"""Secrets of this machine: kept, found, forgotten, bounded, and never shown."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from engine.errors import BadInputError, CockpitError
from engine.secrets import SecretError
from engine.secrets.patience import MOST_LEFT
from engine.secrets.system import INDEX, LARGEST, SERVICE, SystemSecrets
from tests.engine.secrets.keyrings import CANARY, Chain, Hanging, Locked, Readable, Ring, Slow, Talkative

SHORT_S = 0.05


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def secrets(ring: Ring) -> SystemSecrets:
    return SystemSecrets({"GIVEN": f"{CANARY}\n", "EMPTY": " \n"}, backend=ring)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    ring = Hanging()
    yield ring
    ring.over.set()


async def why(asked: Callable[[], object]) -> str:
    async def ask() -> None:
        came = asked()
        if asyncio.iscoroutine(came):
            await came

    with pytest.raises(SecretError) as caught:
        await ask()
    assert CANARY not in str(caught.value)
    assert caught.value.mend
    return caught.value.why


async def test_what_is_set_is_found_listed_and_forgotten(secrets: SystemSecrets, ring: Ring) -> None:
    secrets.set("openai", CANARY)
    secrets.set("mail@yours.example", "x")
    assert await secrets.get("keyring:openai") == CANARY
    assert secrets.read("keyring:openai") == CANARY
    assert secrets.names() == ("mail@yours.example", "openai")
    secrets.delete("openai")
    assert secrets.names() == ("mail@yours.example",)
    assert await why(lambda: secrets.get("keyring:openai")) == "missing"
    assert (SERVICE, "openai") not in ring.kept


async def test_a_variable_is_read_from_the_given_environment_alone(
    secrets: SystemSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", CANARY)
    assert await secrets.get("env:GIVEN") == CANARY
    for name in ("ELSEWHERE", "EMPTY"):
        assert await why(lambda name=name: secrets.get(f"env:{name}")) == "missing"  # type: ignore[misc]


@pytest.mark.parametrize("text", [CANARY, f"keyring: {CANARY}", "", "file:/etc/passwd", "keyring:#names", "env:A\n"])
async def test_what_is_no_reference_is_not_repeated(secrets: SystemSecrets, text: str) -> None:
    with pytest.raises(SecretError) as caught:
        await secrets.get(text)
    assert CANARY not in str(caught.value)


def test_the_line_break_of_pasting_is_no_part_of_a_secret(secrets: SystemSecrets, ring: Ring) -> None:
    secrets.set("openai", f"{CANARY}\r\n")
    assert ring.kept[SERVICE, "openai"] == CANARY


def test_a_secret_may_have_several_lines_and_spaces(secrets: SystemSecrets) -> None:
    secrets.set("pem", " a b\nc ")
    assert secrets.read("keyring:pem") == " a b\nc "


@pytest.mark.parametrize("value", ["", "\n", "  ", f"\x1b{CANARY}", f"{CANARY}\t", f"{CANARY}\0x", f"{CANARY}\udc80"])
def test_what_cannot_be_a_secret_is_refused_without_being_shown(secrets: SystemSecrets, ring: Ring, value: str) -> None:
    with pytest.raises(BadInputError) as caught:
        secrets.set("openai", value)
    assert CANARY not in str(caught.value)
    assert ring.kept == {}


def test_a_secret_has_a_largest_size(secrets: SystemSecrets) -> None:
    secrets.set("largest", "x" * LARGEST)
    for value in ("x" * (LARGEST + 1), "é" * (LARGEST // 2 + 1)):
        with pytest.raises(BadInputError, match="larger"):
            secrets.set("larger", value)
    assert secrets.names() == ("largest",)


@pytest.mark.parametrize("name", ["", "#names", "a b", "-a", "a/b", "a\n", "x" * 101])
def test_a_name_that_no_reference_could_hold_is_refused(secrets: SystemSecrets, name: str) -> None:
    with pytest.raises(BadInputError):
        secrets.set(name, "x")


async def test_what_another_program_left_there_is_judged_too(secrets: SystemSecrets, ring: Ring) -> None:
    ring.kept = {(SERVICE, "big"): CANARY * LARGEST, (SERVICE, "odd"): f"{CANARY}\0", (SERVICE, "none"): "\n"}
    assert await why(lambda: secrets.get("keyring:big")) == "unreadable"
    assert await why(lambda: secrets.get("keyring:odd")) == "unreadable"
    assert await why(lambda: secrets.get("keyring:none")) == "missing"


@pytest.mark.parametrize("text", ["no json", "{}", '[1, "#names", null, "good"]', "[" * 100_000])
def test_a_damaged_list_of_names_loses_no_secret_and_heals(secrets: SystemSecrets, ring: Ring, text: str) -> None:
    secrets.set("old", "x")
    ring.kept[SERVICE, INDEX] = text
    assert set(secrets.names()) <= {"good"}
    secrets.set("new", "y")
    assert "new" in secrets.names()
    assert secrets.read("keyring:old") == "x"


async def test_forgetting_what_is_not_there_says_so_and_takes_it_off_the_list(
    secrets: SystemSecrets, ring: Ring
) -> None:
    secrets.set("openai", "x")
    del ring.kept[SERVICE, "openai"]
    assert await why(lambda: secrets.delete("openai")) == "missing"
    assert secrets.names() == ()


@pytest.mark.parametrize(
    ("backend", "said"),
    [(Locked(), "locked"), (Readable(), "untrusted_keyring"), (Chain(Ring(), Readable()), "untrusted_keyring")],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
async def test_a_keyring_that_cannot_be_used_says_why(backend: KeyringBackend, said: str) -> None:
    secrets = SystemSecrets({}, backend=backend)
    assert await why(lambda: secrets.get("keyring:openai")) == said
    assert await why(lambda: secrets.read("keyring:openai")) == said
    assert await why(lambda: secrets.set("openai", CANARY)) == said
    assert await why(secrets.names) == said


async def test_a_refused_keyring_is_given_nothing() -> None:
    plain = Readable()
    await why(lambda: SystemSecrets({}, backend=Chain(plain)).set("openai", CANARY))
    assert plain.kept == {}


async def test_an_error_that_holds_the_secret_is_not_passed_on() -> None:
    secrets = SystemSecrets({}, backend=Talkative())
    assert await why(lambda: secrets.get("keyring:openai")) == "unreadable"
    assert await why(lambda: secrets.set("openai", CANARY)) == "unreadable"


async def test_a_keyring_that_hangs_is_given_up(hanging: Hanging) -> None:
    secrets = SystemSecrets({}, backend=hanging, timeout_s=SHORT_S)
    assert await why(lambda: secrets.get("keyring:openai")) == "timeout"
    assert await why(lambda: secrets.read("keyring:openai")) == "timeout"


async def test_the_event_loop_goes_on_while_a_keyring_hangs(hanging: Hanging) -> None:
    asked = asyncio.create_task(SystemSecrets({}, backend=hanging, timeout_s=60).get("keyring:openai"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not asked.done()
    hanging.over.set()
    with pytest.raises(SecretError, match="keeps nothing"):
        await asked


async def test_a_keyring_that_hangs_is_not_given_ever_more_threads(hanging: Hanging) -> None:
    secrets = SystemSecrets({}, backend=hanging, timeout_s=SHORT_S)
    for _ in range(MOST_LEFT):
        await why(lambda: secrets.get("keyring:openai"))
    patient = SystemSecrets({}, backend=hanging, timeout_s=SHORT_S)
    patient._patience = secrets._patience
    assert patient._patience.hanging == MOST_LEFT
    before = threading.active_count()
    assert await why(lambda: patient.get("keyring:openai")) == "timeout", "refused at once, in no thread"
    assert threading.active_count() == before
    hanging.over.set()
    while secrets._patience._began:
        time.sleep(0.001)
    with pytest.raises(SecretError, match="keeps nothing"):
        await secrets.get("keyring:openai")


async def test_more_reads_at_once_than_may_run_queue_and_none_of_them_fails() -> None:
    ring = Slow(everybody=MOST_LEFT)
    ring.kept[SERVICE, "openai"] = CANARY
    secrets = SystemSecrets({}, backend=ring, timeout_s=60)
    asked = [asyncio.create_task(secrets.get("keyring:openai")) for _ in range(3 * MOST_LEFT)]
    assert await asyncio.gather(*asked) == [CANARY] * 3 * MOST_LEFT
    assert ring.most == MOST_LEFT
    assert secrets._patience.hanging == 0


async def test_whoever_gave_up_while_it_queued_asks_nothing_any_more(hanging: Hanging) -> None:
    patience = SystemSecrets({}, backend=hanging, timeout_s=60)._patience
    first = [asyncio.create_task(patience.wait(hanging.over.wait)) for _ in range(MOST_LEFT)]
    while len(patience._began) < MOST_LEFT:
        await asyncio.sleep(0)
    asked: list[str] = []
    queued = asyncio.create_task(patience.wait(lambda: asked.append("asked")))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    hanging.over.set()
    await asyncio.gather(*first)
    assert await patience.wait(lambda: "next") == "next"
    assert asked == []


async def test_nothing_shows_a_secret(secrets: SystemSecrets) -> None:
    secrets.set("openai", CANARY)
    assert CANARY not in repr(secrets) + str(secrets)
    assert not hasattr(secrets, "__dict__")


async def test_the_error_is_one_that_front_ends_show() -> None:
    with pytest.raises(CockpitError) as caught:
        SystemSecrets({}).read("env:NOT_THERE")
    assert "NOT_THERE" in str(caught.value)


def test_the_keyring_package_is_imported_with_the_first_call_alone() -> None:
    code = (
        "import sys; from engine.secrets.system import SystemSecrets; s = SystemSecrets({'A': 'x'}); s.read('env:A'); "
        "print('keyring' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def test_a_process_ends_although_its_keyring_hangs() -> None:
    code = (
        "from engine.secrets import SecretError; from engine.secrets.system import SystemSecrets\n"
        "from tests.engine.secrets.keyrings import Hanging\n"
        "try: SystemSecrets({}, backend=Hanging(), timeout_s=0.05).names()\n"
        "except SecretError as error: print(error.why)"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=root
    )
    assert done.stdout == "timeout\n"


def test_a_keyring_that_is_chosen_and_not_installed_is_named_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking() -> None:
        raise ModuleNotFoundError("keyrings.alt")

    monkeypatch.setattr("keyring.get_keyring", lacking)
    with pytest.raises(SecretError) as caught:
        SystemSecrets({}).keyring()
    assert (caught.value.why, "PYTHON_KEYRING_BACKEND" in caught.value.mend) == ("no_keyring", True)
