"""A new skill or file of a tool comes into a mission under way as it comes into one that starts: by its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.amending.proposal import propose
from engine.errors import BadInputError, SaysNoError
from engine.ledger.protocol import Answer
from engine.values import sha256
from engine.workers.protocol import AttemptJob, WorkerIO
from tests.builders import EVERYTHING, LEADS
from tests.engine.loop.tooling import GTM, TASK, House, ask, text
from tests.engine.tools.fakes import FETCH, Sink

SKILL = b"---\nname: cold-email\ndescription: Short mails\n---\n# How\nWrite short mails.\n"
OTHER = SKILL.replace(b"short mails.", b"long mails.")
TABLE = "table: {path: data/crm.csv, stance: allow, verbs: [read], roles: [clerk]}"
MORE = "skills:\n  cold: {path: skills/cold, roles: [clerk]}\n"
LATER = TASK.replace("t0", "t1").replace("role:", "needs: [t0], role:")
GIVEN = {"skills/cold/SKILL.md": SKILL, "tools/table/crm.csv": b"a,b\n1,2\n"}
BEFORE = text("web: {builtin: http, stance: allow, verbs: [research], roles: [clerk], hosts: [docs.example.org]}")
AFTER = text(TABLE, tasks=(TASK, LATER), more=MORE)


async def amend(
    house: House, contract: str, files: dict[str, bytes], *, shown: dict[str, bytes] | None = None
) -> Answer:
    """What `cockpit amend` does: preview, then the command with the digest; `shown`: what the preview was made of."""
    source = contract.encode()
    seen = files if shown is None else shown
    made = propose(house.state, source, "x", {"leads": LEADS}, house.at, provided=EVERYTHING, files=seen)
    assert made.amendment is not None, [str(problem) for problem in made.errors]
    await house.store.put_blobs({sha256(data): data for data in (source, *files.values())})
    named = {key: {"sha": sha256(data)} for key, data in files.items()}
    body = {"source": sha256(source), "name": "x", "inputs": {"leads": {"sha": sha256(LEADS)}}, "files": named}
    return await house.give("amend", body | {"digest": made.amendment.digest})


async def begun(folder: Path) -> House:
    house = await House(folder, BEFORE, table=Sink(specs=(FETCH,)), web=Sink()).begin()

    async def script(job: AttemptJob, io: WorkerIO) -> str:
        if any(grant.tool == "table" for grant in job.grants):
            await ask(io.tools, "table__fetch", '{"url": "crm.csv"}')
        return "done"

    house.worker.script = script
    return await house.rest()


async def test_a_skill_and_a_file_that_come_with_an_amendment_are_told_and_laid(tmp_path: Path) -> None:
    house = await begun(tmp_path)
    assert (await amend(house, AFTER, GIVEN)).state == "done"
    await house.rest()
    assert {(ref.owner, ref.path): ref.sha for ref in house.state.files} == {
        ("skills/cold", "SKILL.md"): sha256(SKILL),
        ("tools/table", "crm.csv"): sha256(GIVEN["tools/table/crm.csv"]),
    }
    job = house.worker.jobs[-1]
    assert job.key == "t1"
    assert "Write short mails." in job.package
    assert [file.filename for file in job.laid if file.name == "tools/table"] == ["crm.csv"]


async def test_what_is_not_beside_the_contract_stays_and_what_is_nowhere_is_refused(tmp_path: Path) -> None:
    house = await begun(tmp_path)
    with pytest.raises(BadInputError, match=r"skills.cold.*put it beside the contract"):
        propose(house.state, AFTER.encode(), "x", {"leads": LEADS}, house.at, provided=EVERYTHING, files={})
    await amend(house, AFTER, GIVEN)
    kept = propose(
        house.state, AFTER.replace("50 USD", "60 USD").encode(), "x", {"leads": LEADS}, house.at, provided=EVERYTHING
    )
    assert kept.amendment is not None
    assert kept.kept == ("tools/table", "skills/cold")
    elsewhere = AFTER.replace("path: skills/cold", "path: skills/warm").encode()
    with pytest.raises(BadInputError, match=r"skills.cold"):
        propose(house.state, elsewhere, "x", {"leads": LEADS}, house.at, provided=EVERYTHING)


async def test_a_skill_that_was_rewritten_is_a_change_that_is_shown(tmp_path: Path) -> None:
    house = await begun(tmp_path)
    await amend(house, AFTER, GIVEN)
    with pytest.raises(SaysNoError, match="nothing would change"):
        propose(house.state, AFTER.encode(), "x", {"leads": LEADS}, house.at, provided=EVERYTHING, files=GIVEN)
    rewritten = GIVEN | {"skills/cold/SKILL.md": OTHER}
    made = propose(house.state, AFTER.encode(), "x", {"leads": LEADS}, house.at, provided=EVERYTHING, files=rewritten)
    assert made.amendment is not None
    (change,) = made.amendment.changes
    assert change.path == "skills.cold: SKILL.md"
    assert sha256(OTHER)[:8] in change.after


async def test_files_that_changed_after_the_preview_are_refused(tmp_path: Path) -> None:
    house = await begun(tmp_path)
    answer = await amend(house, AFTER, GIVEN | {"skills/cold/SKILL.md": OTHER}, shown=GIVEN)
    assert answer.state == "refused"
    assert "changed since it was shown" in answer.error
    assert house.state.rev == 1


async def test_what_is_no_skill_is_refused(tmp_path: Path) -> None:
    house = await begun(tmp_path)
    broken = GIVEN | {"skills/cold/SKILL.md": b"no front matter"}
    with pytest.raises(BadInputError, match="front matter"):
        propose(house.state, AFTER.encode(), "x", {"leads": LEADS}, house.at, provided=EVERYTHING, files=broken)
    assert [e.kind async for e in house.store.read(mission=GTM) if e.kind == "contract.amended"] == []
