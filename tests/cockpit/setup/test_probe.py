"""What answers on this machine is asked for its models, and not believed more than that."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from cockpit.setup.probe import LARGEST, MOST_MODELS, Answer, Offered, listed, probe
from tests.cockpit.setup.servers import OK, answer, server, serving, unused_port

SOON_S = 0.3
PATIENT_S = 20.0


def asked(said: bytes) -> Answer:
    with serving(said) as port:
        return probe([server(port)], PATIENT_S)[0]


def test_models_are_listed_as_ollama_says_them() -> None:
    found = asked(answer({"models": [{"name": "llama3.2:3b", "size": 1}, {"name": "qwen3:8b"}]}))
    assert found.state == "answers"
    assert [offered.name for offered in found.models] == ["llama3.2:3b", "qwen3:8b"]


def test_models_are_listed_as_openai_says_them_with_their_window() -> None:
    listed = [{"id": "meta/Llama", "max_model_len": 32_768}, {"id": "b", "meta": {"n_ctx": 4096}}, {"id": "c"}]
    found = asked(answer({"object": "list", "data": listed}))
    assert found.models == (Offered("meta/Llama", 32_768), Offered("b", 4096), Offered("c", 0))


@pytest.mark.parametrize("window", [True, "9000", -1, 10**30, None, 12.5, [9000]])
def test_a_window_that_cannot_be_is_not_said(window: object) -> None:
    assert asked(answer({"data": [{"id": "a", "max_model_len": window}]})).models == (Offered("a", 0),)


def test_nobody_listens() -> None:
    assert probe([server(unused_port())], PATIENT_S)[0].state == "absent"


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        answer(b"<html>hello</html>"),
        answer(b"[1, 2]"),
        answer({"models": "none"}),
        answer({"data": {"id": "a"}}),
        answer(b"[" * 100_000),
        answer(b'{"data": ' + b"9" * 5_000 + b"}"),
        answer(b"\xff\xfe{}"),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        OK + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        OK + b"Content-Length: 90\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=range(13),
)
def test_what_is_no_model_server_offers_nothing(said: bytes) -> None:
    found = asked(said)
    assert (found.state, found.models) == ("strange", ())


def test_a_redirect_is_not_followed() -> None:
    visited = threading.Event()

    def visit(connection: socket.socket) -> None:
        visited.set()

    with serving(visit) as elsewhere:
        to = f"Location: http://127.0.0.1:{elsewhere}/\r\n".encode()
        found = asked(b"HTTP/1.1 302 Found\r\n" + to + b"Content-Length: 0\r\n\r\n")
    assert found.state == "strange"
    assert not visited.is_set()


def test_hostile_names_are_left_out_and_counted() -> None:
    hostile = ["\x1b[31mred", "a b", "../x\n", "a\u202eb", "", "$(reboot)", "'", "x" * 500, 7, None, {"a": 1}, "naïve"]
    found = asked(answer({"data": [{"id": name} for name in ["good", *hostile]] + ["text", 3]}))
    assert [offered.name for offered in found.models] == ["good"]
    assert found.left_out == len(hostile) + 2


def test_models_for_embeddings_write_no_text() -> None:
    assert asked(answer({"models": [{"name": "nomic-embed-text:latest"}]})).models == ()


@pytest.mark.parametrize(
    ("said", "tools"),
    [(["completion", "tools"], True), (["tool_use"], True), (["completion"], False), (None, False), ("tools", False)],
)
def test_a_server_may_say_that_a_model_uses_tools(said: object, tools: bool) -> None:
    found = asked(answer({"models": [{"name": "a", "capabilities": said}]}))
    assert [offered.tools for offered in found.models] == [tools]


def test_models_that_ollama_runs_in_its_cloud_are_neither_local_nor_free() -> None:
    cloud = {"remote_model": "gpt-oss:120b", "remote_host": "https://ollama.example:443"}
    models = [
        {"name": "llama3.2:latest"},
        {"name": "gpt-oss:120b-cloud"},
        {"name": "big:cloud"},
        {"name": "plain", **cloud},
        {"name": "cloudy:8b"},
    ]
    found = asked(answer({"models": models}))
    assert [offered.name for offered in found.models] == ["llama3.2:latest", "cloudy:8b"]
    assert (found.left_out, found.elsewhere) == (0, 3)


def test_more_models_than_anybody_chooses_from_are_left_out() -> None:
    found = asked(answer({"data": [{"id": f"m{number}"} for number in range(500)]}))
    assert len(found.models) == MOST_MODELS
    assert found.left_out == 500 - MOST_MODELS


def test_an_answer_without_end_is_not_read_to_the_end() -> None:
    sent = [0]

    def flood(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n")
        while sent[0] < 100 * LARGEST:
            sent[0] += connection.send(b" " * 65_536)

    with serving(flood) as port:
        assert probe([server(port)], PATIENT_S)[0].state == "strange"
    assert sent[0] < 20 * LARGEST


def test_a_server_that_does_not_answer_is_left() -> None:
    over = threading.Event()

    def hang(connection: socket.socket) -> None:
        over.wait(60)

    def drip(connection: socket.socket) -> None:
        connection.sendall(OK)
        while not over.wait(0.02):
            connection.sendall(b"X-Drip: 1\r\n")

    with serving(hang) as one, serving(drip) as other, serving(answer({"data": [{"id": "a"}]})) as good:
        found = probe([server(one), server(other), server(good)], SOON_S)
        assert listed(f"http://127.0.0.1:{one}/v1", timeout_s=SOON_S) == ("silent", ())
        over.set()
    assert [one.state for one in found] == ["silent", "silent", "answers"]


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    assert asked(answer({"data": []})).state == "answers"


def test_an_answer_that_lists_nothing_is_told_from_none() -> None:
    with serving(answer({"error": "no such page"})) as port:
        assert listed(f"http://127.0.0.1:{port}/v1") == ("strange", ())
    assert listed(f"http://127.0.0.1:{unused_port()}/v1") == ("absent", ())
    with serving(b"hello\r\n") as port:
        assert listed(f"http://localhost:{port}") == ("strange", ())


def test_what_was_found_is_plain_data() -> None:
    assert json.dumps([offered._asdict() for offered in asked(answer({"data": [{"id": "a"}]})).models])


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_asks_for_a_key_is_told_from_one_that_is_something_else(status: int) -> None:
    with serving(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        assert [answer.state for answer in probe([server(port)])] == ["locked"]
        assert listed(f"http://127.0.0.1:{port}/v1", "wrong") == ("locked", ())


def test_the_models_of_a_server_are_asked_for_with_its_key_and_no_redirect_takes_it_along() -> None:
    with serving(answer({"data": [{"id": "big", "max_model_len": 32_768}]})) as port:
        assert listed(f"http://127.0.0.1:{port}/v1", "sk-key") == ("answers", (Offered("big", 32_768),))
        away = f"HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:{port}/v1/models\r\nContent-Length: 0\r\n\r\n"
        with serving(away.encode()) as other:
            assert listed(f"http://127.0.0.1:{other}/v1", "sk-key") == ("strange", ())
