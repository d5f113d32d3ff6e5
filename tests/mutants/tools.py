"""Planted bugs of tools: policy, gateway, pins, labels."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

POLICY = "engine/governance/policy.py"
ARGUMENTS = "engine/governance/arguments.py"
LABELS = "engine/governance/labels.py"
ROWS = "tests/engine/governance/test_p7_policy.py"
LIMITS = "tests/engine/governance/test_arguments.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the first finding about a tool wins", "P7", 0,
        (Edit(POLICY, "return Judgement(ordered[0].verdict,", "return Judgement(ordered[-1].verdict,"),), test=ROWS,
    ),
    Mutant(
        "an error while judging a call lets it pass", "P7", 0,
        (Edit(POLICY, 'Finding(Verdict.DENY, f"error:', 'Finding(Verdict.ALLOW, f"error:'),), test=ROWS,
    ),
    Mutant(
        "what a tool brought back is trusted", "P7", 0,
        (Edit(LABELS, 'if source else tool, trusted=False, secrecy="public")', 'if source else tool, trusted=True, secrecy="public")'),), test=ROWS,
    ),
    Mutant(
        "an argument that the schema does not know is passed on", "P7", 0,
        (Edit(ARGUMENTS, "    if extra:\n", "    if extra and len(extra) > 5:\n"),), test=ROWS,
    ),
    Mutant(
        "a limit looks at the text of an address, not at its host", "P8", 0,
        (Edit(ARGUMENTS, "if not among(place, bound.host_in):", "if not any(str(value).startswith(f\"https://{h}\") for h in bound.host_in):"),), test=LIMITS,
    ),
)  # fmt: skip
