# ruff: noqa: E501 - a message stands in one line, as a user sees it
"""Lint: one wrong contract for each code, what is said about it, and where."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import engine.contract
from engine.contract.case import MAX_INPUT, Provided
from engine.contract.lint import lint
from engine.contract.model import Contract
from tests.engine.contract.sample import GOOD, changed, linted

LAWFUL = "lawful: {country: US, basis: business contact, source: leads.csv}\n"
MAIL = "  mail: {need: required, verbs: [send], connector: maildir}\n"
JUDGE = "judge:\n  - {when: branch.reply_rate >= 0.1, then: keep, because: enough replies}\n"
STOP = "when: mission.exhausted"
RUN = "    - id: run\n      each: branch\n"

TABLE: list[tuple[str, str, str, str]] = [
    ("E201", "[research, draft, review]", "[research, draft, review, reserch]", '11:38 actions.allowed[3]: "reserch" is not a verb; did you mean research?'),
    ("E202", "[research, draft, review]", "[research, draft, review, publish]", "11:38 actions.allowed[3]: publish leaves the mission and cannot be allowed outright; move it to restricted: each one then waits for an approval"),
    ("E203", "[research, draft, review]", "[research, draft, review, send]", "11:38 actions.allowed[3]: send is both allowed and restricted; keep it in one of the two"),
    ("E204", "restricted: [send]", "restricted: [send, test]", "12:22 actions.restricted[1]: test leaves no trace outside that could be approved; move it to allowed, or leave it out to deny it"),
    ("E205", "approvals:", "verbs: {send: inward}\napprovals:", "13:9 verbs.send: send is an outward verb already; delete it"),
    ("E206", "send: {expires: 3d}", "spend: {expires: 3d}", "14:3 approvals.spend: spend is not restricted, so nothing of it is approved; add it to actions.restricted"),
    ("E207", LAWFUL, "", "12:3 actions.restricted: send reaches people without a lawful ground; add lawful: {country: DE, basis: ..., source: ...}"),
    ("E211", "different_family_from: writer", "different_family_from: writr", '27:51 roles.reviewer.different_family_from: "writr" is not a role; did you mean writer?'),
    ("E211", "      role: script", "      role: skript", '55:13 plan.tasks[2].role: "skript" is not a role; did you mean script?'),
    ("E212", "verify: [checks, review]", "verify: [checks, review]\n      reviewer: writer", "52:17 plan.tasks[1].reviewer: writer would review its own work; name another role as reviewer"),
    ("E213", "writer: {tier: strong, privacy: any}", "writer: {tools: [mial], privacy: any}", '26:20 roles.writer.tools[0]: "mial" is not a tool; did you mean mail?'),
    ("E214", "writer: {tier: strong, privacy: any}", "writer: {skills: [tone], privacy: any}", '26:21 roles.writer.skills[0]: "tone" is not a skill; declare it under skills:'),
    ("E215", "different_family_from: writer", "different_family_from: reviewer", "27:51 roles.reviewer.different_family_from: reviewer cannot differ from itself; name another role"),
    ("E216", "  script: {", "  stop: {worker: human}\n  script: {", "28:3 roles.stop: stop means something else in a contract; choose another name for this role"),
    ("E221", MAIL, MAIL + "  web: {verbs: [research]}\n", "25:3 tools.web: nothing provides web; give exactly one of connector, path, command, mcp, builtin"),
    ("E221", "connector: maildir}", "connector: maildir, path: a}", "24:3 tools.mail: connector and path both provide mail; give exactly one of connector, path, command, mcp, builtin"),
    ("E222", "connector: maildir", "connector: fax", '24:52 tools.mail.connector: the connector "fax" is not provided yet; this version has folder, maildir, smtp'),
    ("W222", MAIL, MAIL + "  chat: {verbs: [publish], connector: irc}\n", '25:39 tools.chat.connector: warning: the connector "irc" is not provided yet; this version has folder, maildir, smtp'),
    ("E223", "writer: {tier: strong, privacy: any}", "writer: {worker: harness, privacy: any}", "26:20 roles.writer.worker: harness workers are not provided yet; this version has command, human, model, rehearsed"),
    ("E225", ', command: ["{python}", "run.py", "{with.angle}"]', "", '28:3 roles.script: the role script is a command without a command; add command: ["{python}", ...]'),
    ("E225", "worker: command, ", "", "28:12 roles.script.command: the role script is no command worker; add worker: command"),
    ("E226", '"run.py"', '"{input.leeds}"', '28:51 roles.script.command[1]: "{input.leeds}": "leeds" is not an input; did you mean leads?'),
    ("E226", '"run.py"', '"{artifact.lok}"', '28:51 roles.script.command[1]: "{artifact.lok}": "lok" is not a task; did you mean look?'),
    ("E226", '"run.py"', '"{pyhton}"', '28:51 roles.script.command[1]: "{pyhton}" is not a placeholder; known: python, branch, seed, package, input.NAME, artifact.NAME, with.NAME'),
    ("E226", "with: {angle: plan}", "with: {other: plan}", '28:61 roles.script.command[2]: "{with.angle}" stands for nothing in the task run; add with: {angle: ...} to the task or to every branch'),
    ("E227", "budget: 10 USD", "budget: 10 USD\n      fallback: somebody", '53:17 plan.tasks[1].fallback: "somebody" is not a fallback; known: ask, human, reviewer, script, stop, writer'),
    ("E228", MAIL, MAIL + "  web: {stance: deny, path: a.csv}\n", None or ""),
    ("E229", "writer: {tier: strong, privacy: any}", "writer: {tier: strong, privacy: local}", ""),
    ("W237", "writer: {tier: strong, privacy: any}", "writer: {tier: strong}", "26:3 roles.writer: warning: leads is private and may go to hosted models; say privacy: any or privacy: local for the role"),
    ("W234", "source: leads.csv", "source: lead.csv", '15:56 lawful.source: warning: "lead.csv" is not a declared input; did you mean leads.csv?'),
    ("E235", "Europe/Berlin", "Europe/Berlinn", '3:7 zone: "Europe/Berlinn" is not a time zone; did you mean Europe/Berlin?'),
    ("E241", "from: reviewer", "from: revewer", '20:32 evidence.quality.from: "revewer" produces no evidence; did you mean reviewer?'),
    ("E242", "unit: ratio", "unit: score", "19:22 evidence.reply_rate.unit: an inbox counts replies and gives no score; write ratio or count"),
    ("E242", "      proposes: [send]\n", "", "19:35 evidence.reply_rate.from: reply_rate is never measured: no task sends anything; give one task proposes: [send]"),
    ("E242", "from: reviewer", "from: nobody}\n  x: {unit: count, from: command", ""),
    ("E243", "quality:", "reply-quality:", "20:3 evidence.reply-quality: reply-quality cannot stand in a condition; write reply_quality"),
    ("E243", "quality:", "batches:", "20:3 evidence.batches: batches is a fact already; choose another name"),
    ("E243", "quality:", "reply_rate_n:", "20:3 evidence.reply_rate_n: reply_rate_n is a fact already; choose another name"),
    ("E244", "check: [reply_rate]", "check: [replyrate]", '22:14 cadence[0].check[0]: "replyrate" is not evidence of this contract; did you mean reply_rate?'),
    ("E245", "after: send", "after: publish", "22:45 cadence[0].after: publish is not restricted, so it never happens here; add it to actions.restricted"),
    ("E246", "after: send, ", "", "22:43 cadence[0].for: a window needs a verb that opens it; add after: send"),
    ("W247", "every: 2d", "every: 9d", "22:34 cadence[0].every: warning: the window closes before it is looked at once; make every shorter than for"),
    ("W248", "after: send", "after: contact", ""),
    ("E251", STOP, "when: mission.exhausted &&", "32:32 stop[0].when: is not a condition: mismatched input '<EOF>'; write a comparison such as branch.sent >= 10"),
    ("E251", STOP, "when: 'mission.exhausted and true'", '32:31 stop[0].when: "and" is not known; a fact begins with mission. or branch.'),
    ("E252", "when: branch.reply_rate", "when: branch.reply_rat", '30:12 judge[0].when: "branch.reply_rat" is not a fact; did you mean branch.reply_rate?'),
    ("E253", STOP, "when: mission.days", '32:12 stop[0].when: "mission.days" is neither true nor false; compare it: branch.sent >= 10'),
    ("E254", STOP, "when: mission.branches.alive == 0", "32:12 stop[0].when: is true before anything was done: the mission stops at once; add a condition such as mission.branches.tried >= 1 && mission.days > 0"),
    ("E254", "mission.branches.kept >= 1", "mission.branches.tried >= 2", "6:13 target.met_when: is true before anything was done: the target is met at once; add a condition such as mission.branches.tried >= 1 && mission.days > 0"),
    ("E255", STOP, "when: branch.sent > 5", "32:12 stop[0].when: branch.sent belongs to one branch; branch. is known only in judge; use mission. here"),
    ("W256", JUDGE, "", "32:3 plan.branches: warning: no rule judges the branches: a human will be asked about each; add judge: with keep and prune"),
    ("E257", STOP, STOP + ", then: stop, because: x}\n" + "".join(f"  - {{when: mission.days > {n}, then: stop, because: x}}\n" for n in range(200)) + "  - {" + STOP, "29:1 judge: has more than 200 rules; merge some with ||"),
    ("E301", "- id: run", "- id: look", "53:11 plan.tasks[2].id: a task look was given before; choose another id"),
    ("E301", "id: warm", "id: cold", "36:12 plan.branches[1].id: a branch cold was given before; choose another id"),
    ("E301", "id: warm", "id: main", "36:12 plan.branches[1].id: main is the root of all branches; choose another id"),
    ("E302", "needs: [look]", "needs: [lok]", '47:15 plan.tasks[1].needs[0]: "lok" is not a task; did you mean look?'),
    ("E303", "needs: [look]", "needs: [write]", "47:15 plan.tasks[1].needs[0]: write needs itself; delete it"),
    ("E303", "      verb: research\n      context: [leads]", "      verb: research\n      needs: [write]\n      context: [leads]", ""),
    ("E304", "[research, draft, review]", "[research, review]", "44:7 plan.tasks[1].verb: draft is denied: it is neither allowed nor restricted; add it to actions.allowed"),
    ("E305", RUN, RUN.replace("run", "run\n      proposes: [send]").replace("each", "each") , ""),
    ("E306", "proposes: [send]", "proposes: [publish]", "49:18 plan.tasks[1].proposes[0]: publish is denied: it is not restricted; add it to actions.restricted"),
    ("E307", "proposes: [send]", "proposes: [send, test]", "49:24 plan.tasks[1].proposes[1]: test stays inside and needs no proposal; write verb: test"),
    ("E308", "verbs: [send]", "verbs: [contact]", "49:18 plan.tasks[1].proposes[0]: no tool carries send out; add a tool with verbs: [send] and connector: maildir"),
    ("E309", "      criteria: [{text: ran, check: human}]\n", "", "53:7 plan.tasks[2]: run is not executable: no acceptance criterion; add criteria: [{text: ..., check: review}]"),
    ("E310", "      budget: 10 USD\n", "", "44:7 plan.tasks[1].budget: write is not executable: no budget; add budget: 1 USD"),
    ("W312", "check: review}", "check: human}", "51:7 plan.tasks[1].verify: warning: write is reviewed, but no criterion is left to the reviewer; add a criterion with check: review"),
    ("E313", "context: [leads, look, rules]", "context: [leeds]", '48:17 plan.tasks[1].context[0]: not executable: "leeds" is no context; did you mean leads?'),
    ("E314", RUN, RUN.replace("each: branch", "branch: cool"), '54:15 plan.tasks[2].branch: "cool" is not a branch; did you mean cold?'),
    ("E314", RUN, RUN + "      branch: cold\n", "55:15 plan.tasks[2].branch: each: branch and a branch contradict each other; keep one of them"),
    ("E315", "branches: 2", "branches: 1", "9:13 budget.branches: allows 1, but the plan has 2 branches; write branches: 2 or plan fewer"),
    ("E316", "share: 50%", "share: 60%", "34:3 plan.branches: the shares add up to 110%; make them 100% or less"),
    ("E317", "500 USD", "21 USD", "8:10 budget.money: $21.00 does not cover the tasks, which may spend $22.00; raise it, or lower the budgets of tasks"),
    ("E318", "check: {max_words: 90}", "check: {max_words: 90, max_length: 9}", "42:41 plan.tasks[0].criteria[0].check: says several things at once; give exactly one of regex, max_words, max_length, schema, command, metric"),
    ("E318", "check: {max_words: 90}", "check: {}", "42:41 plan.tasks[0].criteria[0].check: checks nothing; give exactly one of regex, max_words, max_length, schema, command, metric"),
    ("E318", "check: {max_words: 90}", "check: {regex: 'a('}", "42:56 plan.tasks[0].criteria[0].check.regex: is not a regular expression: missing ): a(; use RE2 syntax"),
    ("E318", "check: {max_words: 90}", "check: {schema: {type: 5}}", ""),
    ("E318", "check: {max_words: 90}", "check: {metric: qality >= 1}", '42:57 plan.tasks[0].criteria[0].check.metric: "qality" is not known; did you mean quality?'),
    ("E319", "share: 50%, with: {angle: price}", "share: 50%, parent: warm, with: {angle: price}", "35:65 plan.branches[0].parent: warm comes only later; put a parent before its branches"),
    ("E319", "share: 50%, with: {angle: price}", "share: 50%, parent: wram, with: {angle: price}", '35:65 plan.branches[0].parent: "wram" is not a branch; did you mean warm?'),
    ("E325", "    - id: look\n", "    - id: look\n      once: kept\n", ""),
    ("E324", "share: 50%, with: {angle: price}", "share: 50%, budget: 2 USD, with: {angle: price}", "35:65 plan.branches[0].budget: cold has a share and an amount of money; keep one of them"),
    ("E323", "verify: [checks, review]", "verify: []", "51:7 plan.tasks[1].verify: write is not executable: no verification; write verify: [checks]"),
    ("W322", "plan:\n", "assume: {writer: {reply: 5%}}\nplan:\n", "33:19 assume.writer.reply: warning: reply is not assumed of a role; one of spread, success, takes, tokens_in, tokens_out"),
    ("W322", "plan:\n", "assume: {models: {reply: 5%}}\nplan:\n", "33:19 assume.models.reply: warning: reply is not assumed of a models; one of lasts, outage, spread"),
    ("W322", "plan:\n", "assume: {wrtier: {tokens_in: 5}}\nplan:\n", "33:10 assume.wrtier: warning: \"wrtier\" is neither a role, a metric, a tool nor a task; did you mean writer?"),
]  # fmt: skip


def test_the_good_contract_has_no_problem() -> None:
    assert [str(problem) for problem in linted(GOOD)] == []


@pytest.mark.parametrize(("code", "old", "new", "line"), [row for row in TABLE if row[3]])
def test_what_lint_says(code: str, old: str, new: str, line: str) -> None:
    found = {str(problem): problem.code for problem in linted(changed(old, new))}
    assert found.get(f"gtm.mission.yaml:{line}") == code, list(found)


def codes(text: str, base: Path | None = None, provided: Provided | None = None) -> set[str]:
    return {problem.code for problem in linted(text, base, provided)}


def test_cycles_are_named_once() -> None:
    text = changed(
        "      verb: research\n      context: [leads]",
        "      verb: research\n      needs: [write]\n      context: [leads]",
    )
    found = [problem for problem in linted(text) if problem.code == "E303"]
    assert len(found) == 1
    assert re.search(r"wait for each other: (look → write → look|write → look → write)$", found[0].message)


def test_a_task_may_not_do_what_it_must_propose() -> None:
    text = changed("      role: script\n      verb: review", "      role: script\n      verb: send")
    assert codes(text) == {"E305"}


def test_tools_are_given_only_to_their_roles() -> None:
    denied = changed(MAIL, MAIL + "  web: {stance: deny, path: a.csv}\n").replace("needs: [look]", "tools: [web]")
    assert codes(denied) == {"E228"}
    assert codes(denied.replace("stance: deny", "verbs: [draft], roles: [reviewer]")) == {"E228"}
    assert codes(denied.replace("stance: deny", "verbs: [draft], roles: [writer]")) == set()


WEB = "  web: {verbs: [research], roles: [writer], "
TERMS = [
    ("E261", "mcp: {command: [x], url: https://a.example/mcp}", "a server is started or reached, not both"),
    ("E261", "mcp: {}", "a server is started or reached, not both"),
    ("E261", "mcp: {url: https://a.example/mcp, env: {KEY: keyring:k}}", "nothing is started here"),
    ("E261", "mcp: {command: [x], token: keyring:k}", "a server that is started takes no token"),
    ("E262", "mcp: {url: http://a.example/mcp}", "would be spoken to in the clear"),
    ("E262", "mcp: {url: ftp://a.example/mcp}", "is no address of a server"),
    ("E262", "mcp: {url: https://me@a.example/mcp}", "is no address of a server"),
    ("E263", "mcp: {url: https://a.example/mcp, token: sk-abcdef}", "this is no reference to a secret"),
    ("E263", "mcp: {command: [x], env: {KEY: sk-abcdef}}", "this is no reference to a secret"),
    ("E264", "builtin: http, hosts: [https://a.example]", "is no host"),
    ("E264", "builtin: http, hosts: [local]", "talks to nobody"),
    ("E264", "builtin: http, limits: {url: {host_in: [a b]}}", "is no host"),
    ("E265", "builtin: http, limits: {url: {}}", "nothing is limited here"),
    ("E265", "builtin: workspace, limits: {path: {under: ../x}}", "lies outside the workspace"),
    ("E226", 'command: ["{program}"]', "the program itself may not be chosen"),
    ("E226", "command: [run, '{file}'], limits: {fiel: {max: 1}}", "is no argument of this command"),
    ("W266", "mcp: {command: [npx, '-y', some-server]}", "npx starts whatever version is newest"),
    ("W266", "mcp: {command: [uvx, some-server]}", "uvx starts whatever version is newest"),
]


@pytest.mark.parametrize(("code", "terms", "said"), TERMS)
def test_terms_of_a_tool_that_cannot_be_held(code: str, terms: str, said: str) -> None:
    found = [str(problem) for problem in linted(changed(MAIL, MAIL + WEB + terms + "}\n")) if problem.code == code]
    assert any(said in line for line in found), found
    assert not any("sk-abcdef" in line for line in found)


@pytest.mark.parametrize(
    "terms",
    [
        "builtin: http, hosts: [a.example, '*.b.example'], limits: {url: {host_in: [a.example], max_length: 200}}",
        "builtin: workspace, operations: [read, list], limits: {path: {under: notes}}",
        "mcp: {command: [npx, '-y', some-server@1.2.3], env: {KEY: keyring:k}}, hosts: [local], calls: 5",
        "mcp: {url: https://a.example/mcp, token: keyring:k}",
        "mcp: {url: 'http://127.0.0.1:8080/mcp'}",
        "command: [run, '{file}'], limits: {file: {max_length: 10}}",
    ],
)
def test_terms_of_a_tool_that_can_be_held(terms: str) -> None:
    assert codes(changed(MAIL, MAIL + WEB + terms + "}\n")) == set()


def test_a_tool_says_who_may_use_it_and_what_it_does() -> None:
    assert codes(changed(MAIL, MAIL + "  web: {builtin: http}\n")) == {"W264", "W265"}
    assert codes(changed(MAIL, MAIL + "  web: {builtin: http, verbs: [build], roles: [script]}\n")) == {"W265", "W267"}
    wrong = changed(MAIL, MAIL + WEB + "builtin: http}\n").replace("reviewer: {tier", "reviewer: {tools: [web], tier")
    assert codes(wrong) == {"E228"}


def test_tools_that_a_version_lacks() -> None:
    older = Provided(mcp=False, command_tools=False, file_tools=False, builtins=frozenset(), skills=False)
    skilled = changed("judge:", "skills: {tone: {path: tone, roles: [writer]}}\njudge:")
    assert codes(skilled, provided=older) == {"W236"}
    assert codes(skilled) == set()
    for terms in ("mcp: {command: [x]}", "command: [x]", "builtin: http"):
        text = changed(MAIL, MAIL + WEB + terms + "}\n")
        assert codes(text, provided=older) == {"W224"}
        assert codes(text.replace("web: {", "web: {need: required, "), provided=older) == {"E224"}


def test_a_fallback_is_as_private_as_the_role_that_it_takes_over_from() -> None:
    private = changed("writer: {tier: strong, privacy: any}", "writer: {tier: strong, privacy: local}")
    hosted = private.replace("budget: 10 USD", "budget: 10 USD\n      fallback: reviewer")
    (found,) = linted(hosted)
    assert found.code == "E229"
    assert str(found) == (
        "gtm.mission.yaml:53:17 plan.tasks[1].fallback: reviewer may be a hosted model, and writer asks for a local one; "
        "add privacy: local to the role reviewer, or name another fallback"
    )
    for safe in ("human", "ask", "script"):
        assert codes(hosted.replace("fallback: reviewer", f"fallback: {safe}")) == set()
    assert codes(hosted.replace("reviewer: {tier: strong,", "reviewer: {privacy: local, tier: strong,")) == set()


def test_a_private_input_goes_to_hosted_models_by_a_word_of_the_contract_alone() -> None:
    unsaid = changed("writer: {tier: strong, privacy: any}", "writer: {tier: strong}")
    assert codes(unsaid) == {"W237"}
    assert codes(unsaid.replace("leads: leads.csv", "leads: {path: leads.csv, privacy: public}")) == set()
    fallen = GOOD.replace("      role: writer\n      verb: research", "      role: script\n      fallback: reviewer")
    assert "W237" in codes(fallen), "a fallback is told the same"


def test_a_metric_that_a_command_measures_needs_a_command() -> None:
    text = changed("from: reviewer}", "from: command}")
    assert codes(text) == set()
    assert codes(text.replace("role: script", "role: human")) == {"E242"}


def test_a_window_that_no_task_opens_is_a_warning() -> None:
    text = changed("restricted: [send]", "restricted: [send, contact]").replace("after: send", "after: contact")
    assert codes(text) == {"W248"}


def test_a_branch_task_without_branches() -> None:
    text = re.sub(r"  branches:\n(    - .*\n)+", "", GOOD)
    assert "E320" in codes(text)


def test_a_contract_without_tasks_is_a_warning() -> None:
    assert codes("mission: a\ntarget: {statement: b}\nbudget: {money: 1 USD}") == {"W321"}


def test_a_schema_that_is_none() -> None:
    assert codes(changed("check: {max_words: 90}", "check: {schema: {type: 5}}")) == {"E318"}


def test_a_declared_verb_belongs_to_the_vocabulary() -> None:
    text = changed("approvals:", "verbs: {call: outward, ponder: inward}\napprovals:")
    assert codes(text.replace("[research, draft, review]", "[research, draft, review, ponder]")) == set()
    assert codes(text.replace("[research, draft, review]", "[research, draft, review, call]")) == {"E202"}


def test_what_a_later_version_provides_is_no_problem_there() -> None:
    later = Provided(frozenset({"smtp"}), frozenset({"harness", "command", "model"}), mcp=True)
    text = changed("connector: maildir", "connector: smtp").replace(
        "writer: {tier: strong, privacy: any}", "writer: {worker: harness, privacy: any}"
    )
    assert codes(text, provided=later) == set()


def test_inputs_are_looked_at_on_disk(tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    assert codes(GOOD, tmp_path) == {"E231"}
    leads.mkdir()
    assert codes(GOOD, tmp_path) == {"E231"}
    leads.rmdir()
    leads.symlink_to("leads.csv")
    assert codes(GOOD, tmp_path) == {"E231"}
    leads.unlink()
    os.mkfifo(leads)
    assert codes(GOOD, tmp_path) == {"E231"}
    leads.unlink()
    with leads.open("wb") as file:
        file.truncate(MAX_INPUT + 1)
    assert codes(GOOD, tmp_path) == {"E232"}
    leads.write_text("name\n")
    assert codes(GOOD, tmp_path) == set()
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "leads.csv").symlink_to(leads)
    assert codes(GOOD, inside) == {"W233"}


def test_a_thousand_tasks_that_lean_on_each_other_are_fine() -> None:
    tasks = tuple(
        {
            "id": f"t{index}",
            "role": "writer",
            "needs": tuple(f"t{near}" for near in range(max(0, index - 3), index)),
            "criteria": ({"text": "short", "check": {"max_words": 9}}, {"text": "kind", "check": "review"}),
            "verify": ("checks", "review"),
            "budget": "1 USD",
        }
        for index in range(1000)
    )
    contract = Contract.model_validate(
        {
            "mission": "many",
            "target": {"statement": "all of them"},
            "budget": {"money": "1000 USD"},
            "actions": {"allowed": ("draft",)},
            "roles": {"writer": {}, "reviewer": {}},
            "plan": {"tasks": tasks},
        }
    )
    assert lint(contract) == ()


def test_every_code_is_documented() -> None:
    sources = Path(engine.contract.__file__).parent.glob("*.py")
    used = set(re.findall(r'"([EW]\d{3})"', "".join(path.read_text() for path in sources)))
    reference = (Path(engine.contract.__file__).parents[2] / "docs" / "contract.md").read_text()
    assert used - set(re.findall(r"\b[EW]\d{3}\b", reference)) == set()
