"""Planted bugs of tools: policy, gateway, pins, labels."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

POLICY = "engine/governance/policy.py"
ARGUMENTS = "engine/governance/arguments.py"
LABELS = "engine/governance/labels.py"
ROWS = "tests/engine/governance/test_p7_policy.py"
LIMITS = "tests/engine/governance/test_arguments.py"
GATEWAY = "engine/tools/gateway.py"
BENCH = "engine/tools/bench.py"
PARSING = "engine/tools/parsing.py"
DESTINATIONS = "engine/governance/destinations.py"
LEAKS = "tests/engine/tools/test_p8_injections.py"
DRIFTS = "tests/engine/tools/test_bench.py"
PURSE = "engine/workers/model/endpoint.py"
USING = "engine/workers/model/using.py"
ATTEMPT = "engine/workers/model/attempt.py"
PROGRESS = "engine/governance/progress.py"
ALLOWED = "tests/engine/governance/test_allowance.py"
LOOPS = "tests/engine/governance/test_progress.py"
TOOLS = "tests/engine/workers/model/test_tools.py"

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
        (Edit(LABELS, "if source else tool, trusted=False, secrecy=secrecy)", "if source else tool, trusted=True, secrecy=secrecy)"),), test=ROWS,
    ),
    Mutant(
        "an argument that the schema does not know is passed on", "P7", 0,
        (Edit(ARGUMENTS, "    if extra:\n", "    if extra and len(extra) > 5:\n"),), test=ROWS,
    ),
    Mutant(
        "a limit looks at the text of an address, not at its host", "P8", 0,
        (Edit(ARGUMENTS, "if not among(place, bound.host_in):", "if not any(str(value).startswith(f\"https://{h}\") for h in bound.host_in):"),), test=LIMITS,
    ),
    Mutant(
        "a call is afforded by what it is told alone", "P6", 0,
        (Edit(PURSE, "return dearest(self.allowance.price, told, said)", "return dearest(self.allowance.price, told, 0)"),), test=ALLOWED,
    ),
    Mutant(
        "a call of unknown usage leaves the allowance as it was", "P6", 0,
        (Edit(PURSE, "self.used += self._most(told, said) if usage is None", "self.used += 0 if usage is None"),), test=ALLOWED,
    ),
    Mutant(
        "the tokens of many calls are not looked at", "P6", 0,
        (Edit(PURSE, "return paid and (limit is None or", "return paid and (True or"),), test=ALLOWED,
    ),
    Mutant(
        "a last call is made whatever it may cost", "P6", 0,
        (Edit(ATTEMPT, "if self._finishing and not talk.shortened(", "if self._finishing and talk is None and not talk.shortened("),), test=TOOLS,
    ),
    Mutant(
        "what a tool brought is told without a fence", "P8", 0,
        (Edit(USING, 'text = fence(name[:400], shown, label="untrusted")', "text = shown"),), test=TOOLS,
    ),
    Mutant(
        "ever new arguments hide a loop", "P21", 0,
        (Edit(PROGRESS, "brought = step.tool, step.result\n", "brought = step.tool + step.arguments, step.result\n"),), test=LOOPS,
    ),
    Mutant(
        "a loop is warned about for ever", "P21", 0,
        (Edit(PROGRESS, "return self.strikes >= STRIKES", "return self.strikes > STRIKES * 99"),), test=TOOLS,
    ),
    Mutant(
        "asking again has a budget of its own", "P21", 0,
        (Edit(ATTEMPT, "            return None\n        self._retries -= 1\n        return wait", "            return None\n        return wait"),), test=TOOLS,
    ),
    Mutant(
        "private data may go wherever a page says", "P8", 0,
        (Edit(POLICY, 'elif label.secrecy == "private":', 'elif label.secrecy == "private" and not label.untrusted:'),), test=LEAKS,
    ),
    Mutant(
        "what a tool brought back is forgotten", "P8", 0,
        (Edit(GATEWAY, "self.label |= result.label if result.label is not None else brought_back(call.tool, source, grant.privacy)", "brought_back(call.tool, source, grant.privacy)"),), test=LEAKS,
    ),
    Mutant(
        "what a private tool brought back is public", "P8", 0,
        (Edit(GATEWAY, "brought_back(call.tool, source, grant.privacy)", "brought_back(call.tool, source)"),), test=LEAKS,
    ),
    Mutant(
        "the host is what stands before the at sign", "P8", 0,
        (Edit(DESTINATIONS, 'if "@" in parts.netloc or not found:', "if not found:"),
         Edit(DESTINATIONS, 'found = (parts.hostname or "").rstrip(".")', 'found = parts.netloc.split("@")[0].split(":")[0].lower().rstrip(".")')), test=LIMITS,
    ),
    Mutant(
        "an approval of a call is never used up", "P8", 0,
        (Edit(GATEWAY, 'return await self._hands.record(f"{call.wanted}.use", claim | {"attempt": self._seat.attempt})', "return True"),), test=LEAKS,
    ),
    Mutant(
        "what other missions know of a tool is not compared", "P9", 0,
        (Edit("engine/loop/decide/__init__.py", "    pinning.from_home,\n", ""),), test="tests/engine/loop/test_p9_shared.py",
    ),
    Mutant(
        "a change that was accepted in one mission stays there", "P9", 0,
        (Edit("engine/loop/pinning.py", "pin != before.get((name, operation))", "(name, operation) not in before"),),
        test="tests/engine/loop/test_p9_shared.py",
    ),
    Mutant(
        "an attempt calls a tool as often as it likes", "P6", 0,
        (Edit(GATEWAY, "            made=self._made.get(call.tool, 0),\n", "            made=0,\n"),), test="tests/world/test_tooled.py",
    ),
    Mutant(
        "a call that nobody was asked about runs before anything of it is durable", "P12", 0,
        (Edit(GATEWAY, "return any(right.tool == tool and right.reach != \"none\" for right in self._rights)", "return False"),),
        test="tests/engine/loop/test_begun_calls.py",
    ),
    Mutant(
        "a call that was begun and cut off is forgotten", "P12", 0,
        (Edit("engine/loop/decide/__init__.py", "    tooling.unanswered,\n", ""),), test="tests/engine/loop/test_begun_calls.py",
    ),
    Mutant(
        "an approval serves the same tool with other arguments", "P8", 0,
        (Edit("engine/tools/wanted.py", '"arguments": arguments,', '"arguments": sorted(arguments),'),), test=LEAKS,
    ),
    Mutant(
        "a pin looks at names alone", "P9", 0,
        (Edit(BENCH, "if known == pin:", "if known is not None:"),), test=DRIFTS,
    ),
    Mutant(
        "a pin forgets who provides it", "P9", 0,
        (Edit("engine/tools/protocol.py", '{"identity": identity, "spec"', '{"spec"'),), test=DRIFTS,
    ),
    Mutant(
        "of two operations of one name the first is granted", "P9", 0,
        (Edit(BENCH, "for spec in specs[:LISTED] if names.count(spec.name) == 1", "for spec in specs[:LISTED]"),), test=DRIFTS,
    ),
    Mutant(
        "a new operation is granted when it appears", "P9", 0,
        (Edit(BENCH, "known is not None or not grant.operations:\n", "known is not None:\n"),), test=DRIFTS,
    ),
    Mutant(
        "a key that is given twice counts the last time", "P7", 0,
        (Edit(PARSING, "if len(found) != len(pairs):", "if not found and pairs:"),), test="tests/engine/tools/test_parsing.py",
    ),
)  # fmt: skip
