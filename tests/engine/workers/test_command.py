"""The command worker with real processes: what it accepts, what it refuses, what a command can see."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from engine.containment.process import Method, bubblewrap
from engine.values import Ratio
from engine.workers.answer import ARTIFACT_CAP, visible
from engine.workers.command import CommandWorker
from engine.workers.protocol import Note
from tests.engine.workers.command_bench import (
    ENVIRON,
    METHODS,
    TOKEN,
    failed,
    finished,
    make,
    script,
)
from tests.engine.workers.contract import Workbench, ending_of, events_of, job


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    chosen: Method = request.param
    return chosen


@pytest.fixture
def worker(method: Method) -> CommandWorker:
    return make(method)


@pytest.fixture
def io(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "workspace")


class TestAnswers:
    """What counts as a result."""

    async def test_a_json_object_becomes_a_handoff_with_numbers_as_they_were_written(
        self, worker: CommandWorker, io: Workbench
    ) -> None:
        source = """
            import sys
            from pathlib import Path
            Path("out/outcomes.jsonl").write_text("{}")
            print("progress: half way", file=sys.stderr)
            print("some chatter")
            print('{"summary": "measured", "evidence": {"accuracy": {"k": 3, "n": 4}, "margin": 0.10,'
                  ' "p95_ms": {"value": 12.50, "note": "warm"}, "tiny": 1e-05, "entries": 7}, "claims": ["it works"],'
                  ' "learnings": ["a"], "artifacts": ["outcomes.jsonl"],'
                  ' "verdicts": [{"criterion": "c", "ok": true}]}')
        """
        metrics = (
            ("accuracy", "ratio"),
            ("margin", "number"),
            ("p95_ms", "ms"),
            ("tiny", "number"),
            ("entries", "count"),
        )
        events = await events_of(worker, script(io, source, metrics=metrics), io)
        handoff = finished(events[-1]).handoff
        assert {e.metric: e.value for e in handoff.evidence} == {
            "accuracy": Ratio(k=3, n=4),
            "margin": "0.10",
            "p95_ms": "12.50",
            "tiny": "0.00001",
            "entries": "7",
        }
        assert handoff.evidence[2].note == "warm"
        assert handoff.summary == "measured"
        assert handoff.claims[0].text == "it works"
        assert handoff.verdicts[0].ok
        assert [io.blobs[a.sha] for a in handoff.artifacts] == [b"{}"]
        assert Note(text="half way") in events

    async def test_which_containment_was_used_is_noted(
        self, worker: CommandWorker, io: Workbench, method: Method
    ) -> None:
        assert (await events_of(worker, script(io, "print('hello')"), io))[0] == Note(text=f"contained by {method}")

    async def test_text_is_kept_and_read_for_the_metrics_that_were_asked_for(
        self, worker: CommandWorker, io: Workbench
    ) -> None:
        source = "print('accuracy = 3/4\\np95_ms: 12.5\\nother: 9\\nand prose')"
        work = script(io, source, metrics=(("accuracy", "ratio"), ("p95_ms", "ms")))
        handoff = finished(await ending_of(worker, work, io)).handoff
        assert {e.metric: e.value for e in handoff.evidence} == {"accuracy": Ratio(k=3, n=4), "p95_ms": "12.5"}
        assert [a.name for a in handoff.artifacts] == ["stdout.txt"]
        assert b"and prose" in io.blobs[handoff.artifacts[0].sha]

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ('{"summary": "s"}', "left none of the evidence it promised: accuracy"),
            ("nothing at all", "left none of the evidence it promised: accuracy"),
            ("{broken", "left none of the evidence it promised: accuracy"),
            ('{"evidence": {"accuracy": {"k": 1, "n": 2}, "speed": 3}}', "left evidence nobody asked for: speed"),
            ('{"evidence": {"accuracy": 0.5}}', "left accuracy as 0.5, not as k of n"),
            ('{"evidence": {"accuracy": {"k": 3, "n": 2}}}', "not as k of n"),
            ('{"evidence": {"accuracy": {"k": true, "n": 2}}}', "not as k of n"),
            ('{"evidence": {"accuracy": NaN}}', "answered with NaN, which is not a number"),
            ('{"evidence": 7}', "evidence is neither an object nor a list of objects"),
            ('{"summary": 7}', "answered with summary that cannot be used"),
            ('{"claims": {"a": 1}}', "claims is not a list"),
            ('{"artifacts": "x"}', "artifacts is not a list of file names"),
            ('{"effects": [{"verb": "send", "to": "a@b.example"}]}', "its task may propose none"),
            ('{"deeds": []}', "answered with something nobody reads: deeds"),
            ('{"summary": "a", "summary": "b"}', "the same key twice"),
            ('{"claims": ' + "[" * 400 + "]" * 400 + "}", "answered with"),
            ('{"claims": ' + "[" * 90_000 + "]" * 90_000 + "}", "left none of the evidence"),
        ],
    )
    async def test_a_broken_promise_fails_and_says_which(self, io: Workbench, said: str, reason: str) -> None:
        work = script(io, f"print({said!r})", metrics=(("accuracy", "ratio"),))
        ending = failed(await ending_of(make("supervisor"), work, io))
        assert reason in ending.reason
        assert ending.retryable

    @pytest.mark.parametrize(
        ("unit", "value"),
        [("count", "1.5"), ("count", "-1"), ("ms", "-1"), ("number", '"many"'), ("score", "true"), ("text", "[]")],
    )
    async def test_a_value_must_be_in_its_metrics_unit(self, io: Workbench, unit: str, value: str) -> None:
        work = script(io, f"""print('{{"evidence": {{"m": {value}}}}}')""", metrics=(("m", unit),))
        assert "left m as" in failed(await ending_of(make("supervisor"), work, io)).reason

    async def test_a_failure_shows_the_last_line_without_what_a_terminal_would_obey(self, io: Workbench) -> None:
        source = r"import sys; sys.exit('fine so far\n\x1b[2Jgone\u202e' + 'x' * 5000)"
        ending = failed(await ending_of(make("supervisor"), script(io, source), io))
        assert ending.reason.startswith("exit status 1: ␛[2Jgone<U+202E>xxx")
        assert len(ending.reason) < 400

    async def test_texts_of_a_handoff_cannot_steer_a_terminal_or_break_utf_8(self, io: Workbench) -> None:
        source = r"""print('{"summary": "a\\u001b[2J\\ud800"}')"""
        handoff = finished(await ending_of(make("supervisor"), script(io, source), io)).handoff
        assert handoff.summary == "a␛[2J<U+D800>"
        assert visible("a\nb\x9b") == "a b<U+009B>"


class TestArtifacts:
    """Files are taken from the out folder, and from nowhere else."""

    @pytest.mark.parametrize(
        ("prepare", "name", "reason"),
        [
            ("", "../package.txt", "outside its out folder"),
            ("", "/etc/hostname", "outside its out folder"),
            ("", "..", "outside its out folder"),
            ("", "sub/file", "outside its out folder"),
            ("", "missing.txt", "did not leave"),
            ("", ".hidden", "a name that cannot be kept"),
            ("os.symlink('/etc/passwd', 'out/x')", "x", "not a plain file"),
            ("os.mkfifo('out/x')", "x", "not a plain file"),
            ("os.mkdir('out/x')", "x", "not a plain file"),
            ("open('tmp/y', 'w').close(); os.link('tmp/y', 'out/x')", "x", "not a plain file"),
            ("os.rmdir('out'); os.symlink('/etc', 'out')", "passwd", "not a plain file"),
            (f"open('out/x', 'wb').truncate({ARTIFACT_CAP + 1})", "x", "larger than 16 MiB"),
        ],
    )
    async def test_what_escapes_is_refused(self, io: Workbench, prepare: str, name: str, reason: str) -> None:
        source = f"import json, os\n{prepare}\nprint(json.dumps({{'artifacts': [{name!r}]}}))"
        assert reason in failed(await ending_of(make("supervisor"), script(io, source), io)).reason


class TestCommandLine:
    """Placeholders are filled inside one item each, and inputs lie where they point."""

    async def test_every_placeholder_is_one_argument_whatever_it_holds(
        self, worker: CommandWorker, io: Workbench
    ) -> None:
        source = "import json, sys; print(json.dumps({'summary': json.dumps(sys.argv[1:])}))"
        nasty = "; rm -rf / $(id) `id` {seed} {nope.x} 'a b'"
        work = script(
            io,
            source,
            "--x={with.x}",
            "{branch}-{seed}",
            '{"json": {}} ${HOME} $1',
            branch="cold email",
            seed=7,
            params=(("x", nasty), ("x", "the branch's own")),
        )
        summary = finished(await ending_of(worker, work, io)).handoff.summary
        assert json.loads(summary) == [f"--x={nasty}", "cold email-7", '{"json": {}} ${HOME} $1']

    async def test_inputs_artifacts_and_the_package_are_laid_read_only(
        self, worker: CommandWorker, io: Workbench
    ) -> None:
        source = """
            import json, os, sys
            texts = [open(path).read() for path in sys.argv[1:]]
            modes = [oct(os.stat(path).st_mode & 0o777) for path in sys.argv[1:]]
            here = os.path.samefile(".", os.path.dirname(os.path.dirname(sys.argv[0])))
            print(json.dumps({"summary": json.dumps([texts, modes, here])}))
        """
        artifacts = (
            {"name": "dataset", "filename": "rows.jsonl", "sha": io.keep(b"first")},
            {"name": "dataset/more.jsonl", "filename": "more.jsonl", "sha": io.keep(b"second")},
            {"name": "baseline", "filename": "rows.jsonl", "sha": io.keep(b"third")},
        )
        places = ("{artifact.dataset}", "{artifact.dataset/more.jsonl}", "{artifact.baseline}", "{package}")
        work = script(io, source, *places, artifacts=artifacts, package="the package")
        texts, modes, here = json.loads(finished(await ending_of(worker, work, io)).handoff.summary)
        assert texts == ["first", "second", "third", "the package"]
        assert modes == ["0o444"] * 4
        assert here

    @pytest.mark.parametrize(
        ("item", "reason"),
        [
            ("{input.leads}", "{input.leads} stands for nothing here; there is: script"),
            ("{artifact.dataset}", "{artifact.dataset} stands for nothing here; there is: none"),
            ("{with.x}", "{with.x} stands for nothing here"),
            ("{home}", "{home} is not a placeholder; there are {python}"),
            ("{python.x}", "{python.x} is not a placeholder"),
            ("a\0b", "NUL"),
        ],
    )
    async def test_a_placeholder_for_nothing_fails_for_good(self, io: Workbench, item: str, reason: str) -> None:
        ending = failed(await ending_of(make("supervisor"), script(io, "", item), io))
        assert reason in ending.reason
        assert not ending.retryable

    async def test_an_erased_input_fails_for_good(self, io: Workbench) -> None:
        work = script(io, "print('hello')")
        io.blobs.clear()
        ending = failed(await ending_of(make("supervisor"), work, io))
        assert "was erased" in ending.reason
        assert not ending.retryable

    async def test_a_program_that_does_not_exist_fails_for_good(self, io: Workbench) -> None:
        ending = failed(await ending_of(make("supervisor"), job(argv=("no-such-program",)), io))
        assert ending.reason == "exit status 127: cannot start no-such-program: No such file or directory"
        assert not ending.retryable


class TestSurroundings:
    """What a command can see and reach."""

    async def test_the_environment_is_scrubbed(self, worker: CommandWorker, io: Workbench) -> None:
        source = """
            import json, os, resource, sys
            try:
                os.open("/dev/tty", os.O_RDWR)
                terminal = True
            except OSError:
                terminal = False
            seen = [dict(os.environ), sys.stdin.read(), terminal, resource.getrlimit(resource.RLIMIT_CORE)]
            open("out/seen.json", "w").write(json.dumps(seen))
            print('{"artifacts": ["seen.json"]}')
        """
        handoff = finished(await ending_of(worker, script(io, source), io)).handoff
        environ, stdin, terminal, core = json.loads(io.blobs[handoff.artifacts[0].sha])
        environ.pop("PWD", None)  # bubblewrap says where it is
        environ.pop("LC_CTYPE", None)  # the interpreter's own, when it coerces the C locale
        assert environ == {
            "PATH": ENVIRON["PATH"],
            "LANG": "C.UTF-8",
            "LC_TIME": "C",
            "TZ": "UTC",
            "HOME": str(io.workspace / "home"),
            "TMPDIR": str(io.workspace / "tmp"),
            "COCKPIT_ATTEMPT": f"a-1+{TOKEN}",
        }
        assert stdin == ""
        assert not terminal
        assert core == [0, 0]
        assert resource.RLIM_INFINITY not in core


if bubblewrap():

    class TestBubblewrap:
        """What only a sandbox can promise: collected where there is one."""

        async def test_bubblewrap_hides_the_home_and_keeps_the_machine_read_only(
            self, io: Workbench, tmp_path: Path
        ) -> None:
            (tmp_path / "ledger.db").write_text("private")
            source = """
                import json, os, sys
                def attempt(path):
                    try:
                        open(path, "w").close()
                    except OSError as problem:
                        return problem.strerror
                seen = [os.listdir(sys.argv[1]), attempt("/etc/x"), attempt(sys.argv[0])]
                print(json.dumps({"summary": json.dumps(seen)}))
            """
            work = script(io, source, "{with.home}", params=(("home", str(tmp_path)),))
            worker = make("bubblewrap", hidden=(tmp_path,))
            seen, machine, own_script = json.loads(finished(await ending_of(worker, work, io)).handoff.summary)
            assert seen == ["workspace"]
            assert machine == own_script == "Read-only file system"
