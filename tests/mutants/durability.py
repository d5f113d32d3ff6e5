"""Planted bugs of what survives: damage, backups, old files, clocks, replay."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

BACKUP = "engine/ledger/backup.py"
ARRIVING = "engine/loop/arriving.py"
VERIFY = "engine/ledger/verify.py"
ANCHOR = "engine/ledger/anchor.py"
CLIENT = "cockpit/client/client.py"
WRITER = "engine/ledger/writer.py"
CADENCE = "engine/judge/cadence.py"
TIMING = "engine/loop/decide/timing.py"
VOIDING = "engine/loop/decide/voiding.py"
BASE = "engine/ledger/bodies/base.py"
SCHEMA = "engine/ledger/schema.py"
ARCHIVE = "engine/ledger/archive.py"
RUN = "engine/loop/runner.py"
STREAM = "engine/loop/homestream.py"
HOME = "engine/home.py"
LEASE = "engine/ledger/lease.py"
INSTALL = "cockpit/cli/install.py"
ENACT = "engine/loop/enact.py"
JOBS = "engine/loop/jobs.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "an attempt that is told to end before its first turn leaves nothing", "P12", 9313,
        (Edit(JOBS, "            if job in self._begun:\n                task.cancel()\n\n    async def close", "            task.cancel()\n\n    async def close"),),
        test="tests/engine/loop/test_told_to_end.py",
    ),
    Mutant(
        "a backup that is put back keeps its approvals", "P17", 0,
        (Edit(VOIDING, '        if effect.state == "approved":\n            out.append', '        if effect.state == "approved!":\n            out.append'),),
        test="tests/durable/test_backup.py::test_p17_what_is_put_back_pauses_and_forgets_its_approvals",
    ),
    Mutant(
        "a copy is believed without a look", "P17", 0,
        (Edit(BACKUP, "        if faults:\n", "        if faults and not path.name.startswith('.'):\n"),),
        test="tests/durable/test_backup.py",
    ),
    Mutant(
        "results are not looked at", "P5", 0,
        (Edit(VERIFY, '    ("results", "job", "seal", "job, mission, kind, body, wall", "result of job"),\n', ""),),
        test="tests/durable/test_doctor.py::test_p5_damage_is_found_with_its_mend_and_a_backup_mends_it[a result]",
    ),
    Mutant(
        "a body is compared with nothing", "P5", 0,
        (Edit(VERIFY, "elif hashlib.sha256(bytes(raw)).hexdigest() != body_hash:", "elif not raw:"),),
        test="tests/durable/test_doctor.py",
    ),
    Mutant(
        "a ledger that lost its end is as good as new", "P5", 0,
        (Edit(ANCHOR, 'if rows and rows[0][0] == told["hash"]:', 'if not rows or rows[0][0] == told["hash"]:'),),
        test="tests/durable/test_doctor.py",
    ),
    Mutant(
        "an answer comes before its commit", "P5", 0,
        (
            Edit(WRITER, "                self._write_one(conn, job)\n            conn.execute(\"COMMIT\")",
                 "                self._write_one(conn, job)\n            _answer(group)\n            time.sleep(0.002)\n            conn.execute(\"COMMIT\")"),
            Edit(WRITER, "import threading\n", "import threading\nimport time\n"),
        ),
        test="tests/durable/test_kills.py",
    ),
    Mutant(
        "an engine that hangs is shown as living", "P21", 0,
        (Edit(CLIENT, 'silent = lease["alive"] and self._clock()', 'silent = not lease["alive"] and self._clock()'),),
        test="tests/durable/test_silent.py",
    ),
    Mutant(
        "a time that comes twice is taken the second time", "P19", 0,
        (Edit(CADENCE, "hour, minute, tzinfo=tz)", "hour, minute, tzinfo=tz, fold=1)"),),
        test="tests/durable/test_time.py::test_p19_the_next_tick_is_the_expected_one",
    ),
    Mutant(
        "every slot that was missed is made up for", "P19", 0,
        (Edit(TIMING, "        if timer.purpose == \"check\" and following < branch.until:", "        following = min(following, timer.due + 86_400_000)\n        if timer.purpose == \"check\" and following < branch.until:"),),
        test="tests/durable/test_time.py",
    ),
    Mutant(
        "an approval survives a clock that is set back before it", "P19", 0,
        (Edit(VOIDING, "    if world.wall and by > SET_BACK:\n", "    if world.wall and by > SET_BACK * 10**9:\n"),),
        test="tests/durable/test_time.py",
    ),
    Mutant(
        "an older event is read as one of a later release", "P18", 0,
        (Edit(BASE, "if model is None or event.version > model.VERSION:", "if model is None or event.version >= model.VERSION:"),),
        test="tests/durable/test_old_files.py::test_p18_events_of_every_kind_and_version_decode_for_ever",
    ),
    Mutant(
        "a migration makes no backup", "P18", 0,
        (Edit(SCHEMA, "saved = back_up(conn, path, version) if version and keep else None", "saved = None"),),
        test="tests/durable/test_old_files.py",
    ),
    Mutant(
        "an imported mission goes on by itself", "P17", 0,
        (Edit(RUN, "for body in arrived(self.state, IMPORTED)]", "for body in arrived(self.state, IMPORTED)[:0]]"),),
        test="tests/durable/test_moving.py",
    ),
    Mutant(
        "the chain of an import is not looked at", "P17", 0,
        (Edit(ARCHIVE, '        broken = next(faults(found), "")', '        broken = ""'),),
        test="tests/durable/test_moving.py",
    ),
    Mutant(
        "the do-not-contact list stays behind", "P23", 0,
        (Edit(STREAM, 'if one.get("person") and one["person"] not in self.state.suppressed', 'if one.get("person") and one["person"] in self.state.suppressed'),),
        test="tests/durable/test_moving.py",
    ),
    Mutant(
        "a route does not record whom it considered", "P22", 0,
        (Edit(ENACT, "            catalogue=sha256(pool),\n", ""),),
        test="tests/durable/test_replay.py",
    ),
    Mutant(
        "what a job left is dropped when the disk is full", "P5", 0,
        (Edit(JOBS, "        except PassingStoreError:\n            await sleep(pause)", "        except PassingStoreError:\n            return\n            await sleep(pause)"),),
        test="tests/durable/test_trouble.py",
    ),
    Mutant(
        "a ledger that was deleted looks like a new home", "P5", 0,
        (Edit(HOME, "if not self.ledger.exists() and self.newest.exists():", "if self.ledger.is_dir() and self.newest.exists():"),),
        test="tests/durable/test_trouble.py",
    ),
    Mutant(
        "two engines may lead at once", "P14", 0,
        (Edit(LEASE, "            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", "            os.fstat(descriptor)\n"),),
        test="tests/engine/ledger/test_processes.py::test_only_one_process_leads",
    ),
    Mutant(
        "a unit of somebody else is taken away", "P17", 0,
        (Edit(INSTALL, "    if MARK not in text:\n", "    if not text:\n"),),
        test="tests/durable/test_install.py",
    ),
)  # fmt: skip
