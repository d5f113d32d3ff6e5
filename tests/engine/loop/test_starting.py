"""A mission begins from the bytes the user gave, read once more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine.amending.files import MAX_INPUT
from engine.contract.model import stored
from engine.ledger import bodies as b
from engine.loop.outcome import RefusedError
from engine.loop.starting import create, source_blobs
from engine.values import Sha256, canonical, sha256
from tests.builders import EVERYTHING, LEADS
from tests.engine.contract.sample import GOOD


def begin(
    text: str | None = GOOD, leads: bytes | None = LEADS, taken: tuple[str, ...] = (), **body: Any
) -> tuple[str, b.MissionCreated]:
    contents: dict[Sha256, bytes | None] = {}
    said: dict[str, Any] = {"source": sha256(b"?"), "name": "gtm.mission.yaml"}
    if text is not None:
        said["source"] = sha256(text.encode())
        contents[said["source"]] = text.encode()
    if leads is not None:
        said["inputs"] = {"leads": {"sha": sha256(leads)}}
        contents[sha256(leads)] = leads
    slug, (created, started) = create(said | body, contents, taken, EVERYTHING)
    assert isinstance(created, b.MissionCreated)
    assert isinstance(started, b.MissionStarted)
    return slug, created


def test_a_mission_keeps_its_contract_its_source_and_its_inputs() -> None:
    slug, created = begin(seed=7, rehearse=True)
    assert (slug, created.title, created.seed, created.rehearsed) == ("gtm", "Find a channel", 7, True)
    assert created.source == sha256(GOOD.encode())
    assert stored(created.contract).normalised() == created.contract
    (ref,) = created.inputs
    assert (ref.name, ref.filename, ref.sha, ref.privacy, ref.trust) == (
        "leads",
        "leads.csv",
        sha256(LEADS),
        "private",
        "untrusted",
    )


def test_a_contract_is_kept_in_the_order_in_which_it_is_read_again() -> None:
    _, created = begin()
    assert json.dumps(created.contract) == json.dumps(json.loads(canonical(created.contract)))
    assert list(created.contract) == sorted(created.contract)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"text": None}, "gtm.mission.yaml: its bytes were not given"),
        ({"text": "mission: ["}, "gtm.mission.yaml:1"),
        ({"text": GOOD.replace("role: script", "role: nobody")}, "nobody"),
        ({"leads": None}, "inputs.leads: leads.csv was not given"),
        ({"leads": b"x" * (MAX_INPUT + 1)}, "larger than 16 MiB"),
    ],
)
def test_what_cannot_be_a_mission_is_refused_with_its_place(how: dict[str, Any], why: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(why)):
        begin(**how)


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("id: gtm", (), "gtm"),
        ("id: gtm", ("gtm",), "gtm-2"),
        ("id: gtm", ("gtm", "gtm-2"), "gtm-3"),
        ("id: home", (), "m-home"),
        ("", (), "find-a-channel"),
    ],
)
def test_a_slug_is_unique_and_never_that_of_the_home_stream(name: str, taken: tuple[str, ...], slug: str) -> None:
    assert begin(GOOD.replace("id: gtm", name), taken=taken)[0] == slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [("42 things", "m-42-things"), ("!!!", "mission"), ("Ä", "mission"), ("Grow & Keep – 2026", "grow-keep-2026")],
)
def test_a_title_becomes_a_slug(title: str, slug: str) -> None:
    text = GOOD.replace("id: gtm\n", "").replace("mission: Find a channel", f'mission: "{title}"')
    assert begin(text)[0] == slug


def test_the_zone_of_the_contract_wins_over_that_of_the_machine() -> None:
    assert begin(zone="Asia/Tokyo")[1].contract["zone"] == "Europe/Berlin"
    without = GOOD.replace("zone: Europe/Berlin\n", "")
    assert begin(without, zone="Asia/Tokyo")[1].contract["zone"] == "Asia/Tokyo"
    assert "zone" not in begin(without, zone="Mars/Olympus")[1].contract
    assert "zone" not in begin(without, zone="../../etc/passwd")[1].contract


def test_a_file_name_that_is_none_is_replaced_by_the_inputs_own() -> None:
    text = GOOD.replace("leads: leads.csv\n", 'leads: "data/my leads?.csv"\n')
    assert begin(text)[1].inputs[0].filename == "leads"


def test_the_blobs_of_a_start_are_named_before_they_are_read() -> None:
    assert source_blobs({"source": "a", "inputs": {"x": {"sha": "b"}}}) == ("a", "b")
    assert source_blobs({}) == ("",)
