"""Planted bugs of effects: editing, standing grants, several people, connectors."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

EDITS, PEOPLE, GRANTS, STANDING = (
    "engine/loop/edits.py",
    "engine/loop/people.py",
    "engine/loop/grants.py",
    "engine/governance/standing.py",
)
FOLD, WEB, PUBLISH, BRANCH, PROGRAM, SERVER = (
    "engine/state/fold_outward.py",
    "engine/effects/webhook.py",
    "engine/effects/publish.py",
    "engine/effects/repository.py",
    "engine/effects/program.py",
    "engine/effects/mcp.py",
)
ON_EDITS, ON_PEOPLE, ON_GRANTS = (
    "tests/engine/loop/test_edits.py",
    "tests/engine/loop/test_people.py",
    "tests/engine/loop/test_grants.py",
)
ON_WEB, ON_FILES, ON_PROGRAM, ON_SERVER, ON_UNSURE = (
    "tests/engine/effects/test_webhook.py",
    "tests/engine/effects/test_files.py",
    "tests/engine/effects/test_program.py",
    "tests/engine/effects/test_mcp.py",
    "tests/engine/loop/test_unsure.py",
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "an event keeps the address that a server repeats", "P23", 0,
        (Edit("engine/effects/canonical.py", "        return without_addresses(said, parse(canonical).envelope.rcpt_to)\n", "        return said\n"),),
        test="tests/engine/loop/test_handing_over.py",
    ),
    Mutant(
        "what was mended in the configuration waits for a human for ever", "P21", 0,
        (Edit("engine/loop/decide/__init__.py", "    pace.mended,\n", ""),), test="tests/engine/loop/test_mended_outlets.py",
    ),
    Mutant(
        "what is in the ledger is sent whatever was approved", "P2", 0,
        (Edit("engine/loop/jobs.py", 'if effect_digest(content) != job.body["digest"]:', "if not content:"),),
        test="tests/engine/loop/test_p2_mutations.py",
    ),
    Mutant(
        "what its sink may have forgotten is sent again", "P4", 0,
        (Edit("engine/loop/decide/recover.py", "return effect.unsure and 0 < effect.again_until <= now", "return False"),),
        test="tests/engine/loop/test_unsure.py",
    ),
    Mutant(
        "what may have arrived counts as no contact", "P23", 0,
        (Edit("engine/loop/decide/pace.py", "if (effect.state in LEFT or effect.unsure) and effect.id", "if effect.state in LEFT and effect.id"),),
        test="tests/engine/loop/test_unsure.py",
    ),
    Mutant(
        "what is on the wire is put back into the queue", "P4", 0,
        (Edit("engine/loop/undoing.py", 'if e.state == "approved" and not e.attempted_at]', 'if e.state in {"approved", "attempting"}]'),),
        test="tests/engine/loop/test_commands.py",
    ),
    Mutant(
        "an approval that was taken back is used all the same", "P3", 0,
        (Edit(FOLD, 'effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""',
              'effect.expires, effect.state = e.expires, "approved" if effect.approval else "awaiting"'),),
        test="tests/engine/loop/test_commands.py",
    ),
    Mutant(
        "what was edited may still leave as it was", "P2", 0,
        (Edit(FOLD, 'effect.state, effect.approval, effect.because, effect.ended_at = "superseded", "",', "effect.because, effect.ended_at ="),),
        test=ON_EDITS,
    ),
    Mutant("an edit is not bound to what was on the screen", "P3", 0, (Edit(EDITS, 'if command.body.get("digest") != effect.digest:', "if not command.body:"),), test=ON_EDITS),
    Mutant(
        "a human's text is not judged", "P23", 0,
        (Edit(EDITS, "    if reason:\n        raise RefusedError(reason, ",
              "    if not reason and reason:\n        raise RefusedError(reason, "),),
        test=ON_EDITS,
    ),
    Mutant("the same person twice is two people", "P1", 0, (Edit(PEOPLE, "    if who in before:\n", "    if not who:\n"),), test=ON_PEOPLE),
    Mutant("a yes to other bytes counts", "P1", 0, (Edit(PEOPLE, "given.digest == digest and {given.clauses}", "{given.clauses}"),), test=ON_PEOPLE),
    Mutant("the uses of a grant are not counted", "P1", 0, (Edit(FOLD, "        grant.used += 1\n", "        grant.used += 0\n"),), test=ON_GRANTS),
    Mutant("what is steered from outside leaves under a grant", "P1", 0, (Edit(GRANTS, "if not state.grants or steered(state, attempt):", "if not state.grants:"),), test=ON_GRANTS),
    Mutant("a grant outlives the clauses that judge its verb", "P3", 0, (Edit(STANDING, "    if clauses_digest(state.terms, grant.verb) != grant.clauses:\n", "    if not grant.clauses:\n"), Edit(STANDING, "            and grant.clauses == wanted.clauses\n", "")), test=ON_GRANTS),
    Mutant("a grant lets more money out than it says", "P1", 0, (Edit(STANDING, "grant.spent + spent + wanted.micro_usd <= grant.micro_usd", "wanted.micro_usd <= grant.micro_usd"),), test=ON_GRANTS),
    Mutant("what was approved under a revoked grant still leaves", "P1", 0, (Edit("engine/loop/decide/outward.py", "is None or grant.revoked):", "is None):"),), test=ON_GRANTS),
    Mutant("a redirect is followed", "P2", 0, (Edit(WEB, "follow_redirects=False", "follow_redirects=True"),), test=ON_WEB),
    Mutant("another address than the approved one is posted to", "P2", 0, (Edit(WEB, "if parse(effect).envelope.url != self._settings.url:", "if not self._settings.url:"),), test=ON_WEB),
    Mutant("a silence after it began to leave counts as a refusal", "P4", 0, (Edit(WEB, "            if wire.connected:\n", "            if wire is None:\n"),), test=ON_WEB),
    Mutant("a failure of the sink counts as a refusal", "P4", 0, (Edit(WEB, 'return Unknown(f"{status}: the sink failed', 'return Refused(f"{status}: the sink failed'),), test=ON_WEB),
    Mutant("a branch is moved over what somebody else committed", "P2", 0, (Edit(BRANCH, "commit, tip or NOTHING)", "commit)"),), test=ON_FILES),
    Mutant("nobody knows that a file had begun to be published", "P4", 0, (Edit(PUBLISH, "                    _note(self._mark(key), effect)\n", ""),), test=ON_FILES),
    Mutant("a program that was killed counts as refused", "P4", 0, (Edit(PROGRAM, 'return Unknown(f"exit code', 'return Refused(f"exit code'),), test=ON_PROGRAM),
    Mutant("a call that may have been done counts as refused", "P4", 0, (Edit(SERVER, 'return Unknown(f"{told}: it may', 'return Refused(f"{told}: it may'),), test=ON_SERVER),
    Mutant("a server that has changed is called all the same", "P2", 0, (Edit(SERVER, "timeout_ms=settings.timeout, pin=settings.pin", "timeout_ms=settings.timeout, pin=None"),), test=ON_SERVER),
    Mutant("a sink's memory is counted from the last try", "P4", 0, (Edit("engine/loop/enact.py", "(effect.first_at if dedup else effect.attempted_at)", "effect.attempted_at"),), test=ON_UNSURE),
    Mutant("what may have arrived is forgotten when it cannot be sent again", "P4", 0, (Edit("engine/loop/decide/__init__.py", "    recover.unsure,\n", ""),), test=ON_UNSURE),
)  # fmt: skip
