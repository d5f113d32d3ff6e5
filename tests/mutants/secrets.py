"""Planted bugs of secrets, and workers that try to decide."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

JOBS = "engine/loop/jobs.py"
FORMS = "engine/redaction/forms.py"
BUBBLE = "engine/containment/bubble.py"
ENACT = "engine/loop/enact.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a call of a model follows a redirect, package and key and all", "P11", 0,
        (Edit("engine/modelhost/child.py", "\ngo_straight()\n", "\n"),),
        test="tests/engine/modelhost/test_real_host.py::test_a_call_is_not_led_to_another_address",
    ),
    Mutant(
        "an amendment may hold a secret", "P11", 0,
        (Edit("engine/amending/proposal.py", "loaded = load(data, name, redactor)", "loaded = load(data, name)"),),
        test="tests/engine/loop/test_p11_names.py",
    ),
    Mutant(
        "the name of a file is kept as its worker wrote it", "P11", 0,
        (Edit("engine/loop/jobs.py", "told = Handoff.model_validate(_tupled(self._redactor.clean(safe)))", "told = handoff"),),
        test="tests/engine/loop/test_p11_names.py",
    ),
    Mutant(
        "what a job says is kept as it is", "P11", 0,
        (Edit(JOBS, "        body = self._redactor.clean(body)\n", ""),),
        test="tests/engine/loop/test_no_secret.py",
    ),
    Mutant(
        "a secret in base64 is not known again", "P11", 0,
        (Edit(FORMS, "_ALIGNMENTS = 3\n", "_ALIGNMENTS = 1\n"),),
        test="tests/engine/redaction/test_redactor.py",
    ),
    Mutant(
        "a secret over two lines is not known again", "P11", 0,
        (Edit("engine/redaction/redactor.py", "                if sought in letters:\n", "                if sought in lowered:\n"),),
        test="tests/engine/redaction/test_redactor.py",
    ),
    Mutant(
        "a package may tell a secret", "P11", 0,
        (Edit(ENACT, "    if secret := secret_in(state, task, package.text, contents, world.redactor):\n", "    if secret := \"\":\n"),),
        test="tests/engine/loop/test_no_secret.py",
    ),
    Mutant(
        "a pasted key is stored with the answer that holds it", "P11", 0,
        (Edit("cockpit/cli/inbox.py", "    check(order.kind, order.body, home)\n", ""),),
        test="tests/cockpit/test_pasted.py",
    ),
    Mutant(
        "a program that prints a secret sees every key there is", "P11", 0,
        (Edit("engine/secrets/program.py", "                env=environment(self._environ, program.environ),\n", "                env=dict(self._environ),\n"),),
        test="tests/engine/secrets/test_program.py",
    ),
    Mutant(
        "a command sees the home", "P24", 0,
        (Edit(BUBBLE, '        line += ["--tmpfs", str(folder)]\n    for path in shown:', "        line += []\n    for path in shown:"),),
        test="tests/engine/containment/test_hostile.py::test_p24_homes_sockets_and_the_network_are_taken_away_by_the_command_line",
    ),
    Mutant(
        "a command has the network of the machine", "P24", 0,
        (Edit(BUBBLE, '*([] if network or not cuts_network() else ["--unshare-net"])', "*([] if network or cuts_network() else [])"),),
        test="tests/engine/containment/test_hostile.py::test_p24_homes_sockets_and_the_network_are_taken_away_by_the_command_line",
    ),
    Mutant(
        "a command keeps the engine's environment", "P24", 0,
        (
            Edit("engine/containment/environment.py", "if name in _PASSED or name.startswith(_PASSED_PREFIX)", "if name"),
        ),
        test="tests/engine/workers/test_command.py",
    ),
    Mutant(
        "a worker may decide by the command line", "P24", 0,
        (Edit("cockpit/cli/authority.py", "    if environ.get(ATTEMPT):\n", "    if environ.get(ATTEMPT) and not environ.get(TOKEN):\n"),),
        test="tests/cockpit/test_deciding.py::test_a_worker_changes_nothing_token_or_not",
    ),
)  # fmt: skip
