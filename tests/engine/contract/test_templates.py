"""Templates start as they are: written untouched, they check without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.cli import contract as cli
from engine.contract import template
from engine.contract.lint import lint
from engine.contract.load import read
from engine.errors import BadInputError

SHIPPED = ("feature-launch", "gtm-channel", "website-experiment")


def test_what_ships() -> None:
    assert set(SHIPPED) <= set(template.names())


@pytest.mark.parametrize("name", template.names())
def test_a_template_passes_check_untouched(name: str, tmp_path: Path) -> None:
    written = template.write(name, tmp_path / "sub" / "mission.yaml")
    loaded = read(written[0])
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.contract is not None
    assert [str(problem) for problem in lint(loaded.contract, loaded.positions, base=written[0].parent)] == []
    for given in loaded.contract.inputs.values():
        assert (written[0].parent / given.path) in written


def test_sample_people_are_fictitious(tmp_path: Path) -> None:
    rows = [
        path for name in SHIPPED for path in template.write(name, tmp_path / name / "m.yaml") if path.suffix == ".csv"
    ]
    addresses = [
        word for path in rows for line in path.read_text().splitlines() for word in line.split(",") if "@" in word
    ]
    assert len(addresses) >= 12
    assert all(address.endswith(".example") for address in addresses)


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("mine")
    with pytest.raises(
        BadInputError, match=r"leads\.csv: is there already and is not overwritten; choose another place"
    ):
        template.write("gtm-channel", tmp_path / "m.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


def test_an_unknown_template_suggests_one(tmp_path: Path) -> None:
    with pytest.raises(
        BadInputError, match=r'template "gtm-chanel": there is no such template; did you mean gtm-channel\?'
    ):
        template.write("gtm-chanel", tmp_path / "m.yaml")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInputError, match="cannot be written"):
        template.write("gtm-channel", tmp_path / "file" / "m.yaml")


def test_new_prints_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.new("gtm-channel", None) == 0
    assert capsys.readouterr().out == "gtm-channel.mission.yaml\nleads.csv\nproduct.md\nsecond-batch.csv\n"
    assert cli.new("gtm-channel", None) == 2
    assert capsys.readouterr().err.startswith("gtm-channel.mission.yaml: is there already")
    assert cli.new("../etc", None) == 2
