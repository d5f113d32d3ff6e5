"""A package is taken apart to be shown, and nothing of it is lost, moved, or taken for something else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.screens.context.package import FRAME, Out, Package, section_of, why_out
from engine.context.pack import Package as Packed
from engine.context.pack import pack
from engine.ledger import bodies as b
from engine.values import sha256
from tests.screens.samples_context import LEADS, shaped, story

KINDS = ("decision", "assumption", "question", "claim", "learning")


def shown(packed: Packed) -> Package:
    return Package.of(shaped(packed))


def sample() -> Package:
    return shown(story()[1]["A2.1"])


def together(package: Package) -> str:
    """The text as its blocks have it."""
    rows = [row for block in package.blocks for row in block.rows]
    return "".join(("| " if row.quoted else "") + row.text + "\n" for row in rows)


def test_the_blocks_together_are_the_text() -> None:
    package = sample()
    assert together(package) == package.text


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.text(min_size=1, max_size=80)), max_size=8), st.binary(max_size=200)
)
def test_whatever_items_and_files_say_every_line_stays_with_its_own(items: list[tuple[str, str]], leads: bytes) -> None:
    told, _made = story()
    for number, (kind, text) in enumerate(items, start=10):
        body = {"item": f"D{number}", "kind": kind, "text": text, "branch": "B2"}
        told.add(b.ItemRecorded.model_validate(body))
    state = told.state()
    packed = pack(state, state.tasks["T2"], contents={sha256(LEADS): leads})
    assert isinstance(packed, Packed)
    package = shown(packed)
    assert together(package) == packed.text.replace("\n|\n", "\n| \n")
    assert {block.item for block in package.blocks} - {""} == {item.id for item in package.included}
    quoted = [row for block in package.blocks if block.item != "leads" for row in block.rows if row.quoted]
    assert not quoted


def test_what_a_file_says_of_itself_is_quoted_and_changes_no_label() -> None:
    package = sample()
    (leads,) = [block for block in package.blocks if block.item == "leads"]
    assert [row.text for row in leads.rows if row.quoted][2] == "## Policy"
    assert package.labels == "private, untrusted"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.text(min_size=1, max_size=40)), max_size=60))
def test_the_sections_add_up_to_the_package(items: list[tuple[str, str]]) -> None:
    told, _made = story()
    for number, (kind, text) in enumerate(items, start=10):
        told.add(b.ItemRecorded.model_validate({"item": f"D{number}", "kind": kind, "text": text, "branch": "B2"}))
    state = told.state()
    packed = pack(state, state.tasks["T2"], contents={sha256(LEADS): LEADS})
    assert isinstance(packed, Packed)
    package = shown(packed)
    assert sum(tokens for _name, tokens in package.sections) == package.tokens
    named = [name for name, _tokens in package.sections if name != FRAME]
    assert set(named) == {section_of(item.kind) for item in package.included}


def test_items_are_called_by_their_own_words() -> None:
    titles = sample().titles
    assert titles["D1"] == "founders only, no agencies"
    assert titles["R1"].startswith("Name one thing")
    assert titles["T2"].startswith("draft batch 2")
    assert titles["leads"] == "name,email"


def test_reasons_for_staying_out_are_words() -> None:
    names = {"B3": "linkedin"}
    assert why_out(Out("D2", "decision", "other-branch", "belongs to B3"), names) == "other branch, linkedin"
    assert why_out(Out("E1", "evidence", "budget", "212 tokens, 180 left"), names) == "no room, 180 tok were left"
    assert Out("E1", "evidence", "budget", "212 tokens, 180 left").tokens == 212
    assert why_out(Out("D8", "decision", "superseded", "by D14"), names) == "superseded by D14"
    assert why_out(Out("D9", "decision", "suspect", ""), names) == "suspect"


def test_a_package_of_another_shape_is_shown_as_far_as_it_goes() -> None:
    odd = Package.of({"attempt": 5, "tokens": "many", "included": [7, {"id": None}], "excluded": "x", "text": None})
    assert (odd.tokens, odd.text, odd.blocks, len(odd.included)) == (0, None, (), 1)


def test_an_erased_text_has_no_blocks_but_its_manifest() -> None:
    package = Package.of(shaped(story()[1]["A2.1"], text=None))
    assert package.blocks == ()
    assert package.included


def test_what_came_went_and_changed_is_told_with_its_reason() -> None:
    from cockpit.cli.context_diff import changes, differences

    told = story()[0]
    state = told.state()
    before = pack(state, state.tasks["T2"], contents={})
    told.add(b.ItemRecorded(item="D9", kind="decision", text="two questions", branch="B2", supersedes=("D3",)))
    state = told.state()
    after = pack(state, state.tasks["T2"], contents={})
    assert isinstance(before, Packed)
    assert isinstance(after, Packed)
    one, other = shaped(before), shaped(after, attempt="gtm/A2.2")
    found = changes(one, other)
    assert [row["id"] for row in found["came"]] == ["D9"]
    assert [(row["id"], row["why"]) for row in found["went"]] == [("D3", "superseded: by D9")]
    assert not found["changed"]
    lines = differences(one, other)
    assert lines[:2] == ["--- gtm/A2.1", "+++ gtm/A2.2"]
    assert "- D3  decision" in "\n".join(lines)
    assert not differences(one, one)
