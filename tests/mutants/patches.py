"""The planted bugs that the simulated world must catch, and those beside it of the engine's own tests."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

COMMANDS = "engine/loop/commands.py"
OUTWARD = "engine/loop/decide/outward.py"
RECOVER = "engine/loop/decide/recover.py"
DECIDE = "engine/loop/decide/__init__.py"
ENACT = "engine/loop/enact.py"
ABSORB = "engine/loop/absorb.py"
ENGINE = "engine/loop/engine.py"
JOBS = "engine/loop/jobs.py"
RUNNER = "engine/loop/runner.py"
MONEY = "engine/governance/money.py"
FOLD = "engine/state/fold.py"
PACE = "engine/loop/decide/pace.py"
COURTESY = "engine/governance/courtesy.py"
MODEL = "engine/state/model.py"
SMTP = "engine/effects/smtp.py"
SESSION = "engine/effects/session.py"
FOLDER = "engine/effects/folder.py"
SOURCES = "engine/evidence/sources.py"
IMAP = "engine/evidence/imap.py"
WORK = "engine/state/fold_work.py"
LEAVING = "engine/state/fold_outward.py"
WORKING = "engine/loop/decide/work.py"
REST = "engine/loop/decide/rest.py"
CHOICE = "engine/governance/choice.py"
ASKER = "engine/workers/model/worker.py"
ATTEMPT = "engine/workers/model/attempt.py"

MUTANTS = (
    Mutant(
        "an exception to a batch is forgotten", "P1", 89,
        (
            Edit(COMMANDS, "approved = [effect for effect in waiting if effect.id not in excepted]", "approved = waiting"),
            Edit(COMMANDS, "for effect in waiting\n        if effect.id in excepted", "for effect in waiting\n        if effect not in approved"),
        ),
    ),
    Mutant(
        "asking again counts as approval", "P1", 16,
        (
            Edit(LEAVING, 'effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""',
                 'effect.state, effect.expires, effect.approval = "approved", e.expires, effect.digest'),
        ),
    ),
    Mutant(
        "every mail of a batch carries the first one's body", "P2", 2,
        (Edit(ENACT, '"body": effect.body,', '"body": state.effects[effects[0]].body,'),),
    ),
    Mutant(
        "a connector is given more than was approved", "P2", 2,
        (Edit(JOBS, "await deliver(content, body, str(", 'await deliver(content, body + b"\\r\\nSent with care", str('),),
    ),
    Mutant(
        "an approval outlives its time", "P3", 14,
        (
            Edit(OUTWARD, 'e.state in {"awaiting", "approved"} and now >= e.expires', 'e.state == "awaiting" and now >= e.expires'),
            Edit(OUTWARD, "if now >= effect.expires:", "if now >= effect.expires > effect.not_before + 2**40:"),
        ),
    ),
    Mutant(
        "the digest shown is not compared", "P3", 22,
        (Edit(COMMANDS, 'if not waiting or command.body.get("digest") != shown:', "if not waiting:"),),
    ),
    Mutant(
        "a refused sending keeps its approval", "P3", 14,
        (
            Edit(LEAVING, 'effect.state, effect.approval, effect.because, effect.ended_at = state, "",', "effect.state, effect.because, effect.ended_at = state,"),
            Edit(LEAVING, 'effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""',
                 'effect.state, effect.expires = "approved" if effect.approval else "awaiting", e.expires'),
        ),
    ),
    Mutant(
        "the undo window is skipped", "P3", 4,
        (Edit(OUTWARD, 'if effect.state != "approved" or now < effect.not_before or way_missing(effect, world):', 'if effect.state != "approved" or way_missing(effect, world):'),),
    ),
    Mutant(
        "an unclear answer counts as a refusal", "P4", 12,
        (Edit(ABSORB, 'if outcome == "refused":', 'if outcome in {"refused", "unknown"}:'),),
    ),
    Mutant(
        "a look-up without an answer counts as not sent", "P4", 74,
        (Edit(ABSORB, 'if outcome == "not_found":', 'if outcome in {"not_found", "unknown"}:'),),
    ),
    Mutant(
        "after a crash it is simply sent again", "P4", 14,
        (
            Edit(RECOVER, "            yield Record(doubt(mint, effect, \"the engine ended between sending and the answer\"))",
                 "            yield Record((b.EffectSettled(effect=effect.id, outcome=\"not_sent\", by=\"lookup\"),))"),
        ),
    ),
    Mutant(
        "jobs start before their commit", "P1", 23,
        (
            Edit(RUNNER, "            await self._store.append(\n", "            for job in step.jobs:\n                self._start(job)\n            await self._store.append(\n"),
        ),
    ),
    Mutant("reservations are not counted", "P6", 30, (Edit("engine/governance/room.py", "self.cap - self.used - self.aside", "self.cap - self.used"),)),
    Mutant("an unknown usage costs nothing", "P6", 1, (Edit(MONEY, "else attempt.reserved\n", "else 0\n"),)),
    Mutant(
        "a lost attempt costs nothing", "P6", 3,
        (Edit(RECOVER, 'settle(state, attempt, None, "lost")', 'settle(state, attempt, Tokens(), "lost")'),),
    ),
    Mutant(
        "an unknown bill of a model settles at zero", "P6", 3,
        (Edit(JOBS, '"usage": event.usage.model_dump(mode="json") if event.usage is not None else None,', '"usage": event.usage.model_dump(mode="json") if event.usage is not None else {},'),),
    ),
    Mutant(
        "an estimated usage is charged as if it were reported", "P6", 3,
        (Edit(ATTEMPT, 'return ended.usage if ended.usage_source == "provider" else None', "return ended.usage"),),
    ),
    Mutant(
        "the usage of the repair round is forgotten", "P13", 3,
        (Edit("engine/workers/model/endpoint.py", "self.usage = None if usage is None or self.usage is None else self.usage + usage", "self.usage = usage"),),
    ),
    Mutant(
        "a charge follows today's price list", "P13", 35,
        (
            Edit(ABSORB, "    charge = settle(state, attempt, usage, outcome, calls)\n",
                 "    if world is not None and attempt.worker == \"model\":\n        today = next(c.price for c in world if c.name == attempt.model)\n        attempt.route = attempt.route | {\"price\": today.model_dump()}\n    charge = settle(state, attempt, usage, outcome, calls)\n"),
            Edit(ABSORB, "            return _attempt(state, result)\n", "            return _attempt(state, result, world)\n"),
            Edit(ABSORB, "def _attempt(state: MissionState, result: Result)", "def _attempt(state: MissionState, result: Result, world: Any = None)"),
            Edit(ABSORB, "def absorb(state: MissionState, result: Result)", "def absorb(state: MissionState, result: Result, world: Any = None)"),
            Edit(RUNNER, "async def take_result(self, result: Result)", "async def take_result(self, result: Result, world: object = None)"),
            Edit(RUNNER, "Step(absorb(self.state, result))", "Step(absorb(self.state, result, world))"),
            Edit(ENGINE, "await runner.take_result(result)", "await runner.take_result(result, self._around.catalogue())"),
        ),
    ),
    Mutant(
        "an outage relaxes the privacy of a role", "P8", 0,
        (
            Edit(CHOICE, "    found = route(\n", "    if barred:\n        role = role.model_copy(update={\"privacy\": \"any\"})\n    found = route(\n"),
        ),
        test="tests/engine/loop/test_outages.py::test_an_outage_never_relaxes_privacy",
    ),
    Mutant(
        "a barred model is asked all the same", "P21", 3,
        (Edit(WORKING, ", barred=world.barred, tools=tools, record", ", barred={}, tools=tools, record"),),
    ),
    Mutant(
        "a fallback may be less private than the role it takes over from", "P8", 0,
        (Edit(FOLD, "        task.local = task.local or (before is not None and before.privacy == \"local\")\n", ""),),
        test="tests/engine/loop/test_long_outages.py::test_a_fallback_is_as_private_as_the_role_that_it_takes_over_from",
    ),
    Mutant(
        "a model configured anew is asked by the route of the one before", "P8", 0,
        (Edit(ASKER, "        if job.setup != endpoint.setup:\n", "        if not endpoint.model:\n"),),
        test="tests/engine/workers/model/test_worker.py",
    ),
    Mutant(
        "the reservation counts our own estimate of tokens", "P6", 0,
        (Edit("engine/routing/catalogue.py", "many, few = DENSE if self.dense else (1, 1)", "many, few = 1, 1"),),
        test="tests/engine/routing/test_route.py",
    ),
    Mutant(
        "the reservation forgets what cached tokens cost", "P6", 0,
        (Edit("engine/routing/catalogue.py", "max(price.input, price.cache_write, price.cache_read)", "max(price.input, price.cache_write)"),),
        test="tests/engine/routing/test_route.py",
    ),
    Mutant(
        "an outage uses up the attempts of the contract", "P21", 0,
        (Edit("engine/state/model.py", "sum(not attempt.spared for attempt in self.attempts.values())", "len(self.attempts)"),),
        test="tests/engine/loop/test_long_outages.py",
    ),
    Mutant(
        "every task has a question of its own about an outage", "P21", 0,
        (Edit(REST, "cause = f\"route:{task.role}:", "cause = f\"route:{task.role}:{task.id}"),),
        test="tests/engine/loop/test_long_outages.py",
    ),
    Mutant(
        "a question about an outage goes and comes with each probe", "P21", 0,
        (
            Edit("engine/routing/breaker.py", "        return Bar(reason, until, since, tried=True)\n", "        return Bar(reason, 0, since, tried=True)\n"),
            Edit(REST, " and not _on_trial(state, item, world)", ""),
        ),
        test="tests/engine/loop/test_long_outages.py",
    ),
    Mutant(
        "a wrong clock bars a model for as long", "P21", 0,
        (Edit("engine/routing/breaker.py", "return known.until if known.until - now <= longest else 0", "return known.until if longest else 0"),),
        test="tests/engine/routing/test_breaker.py",
    ),
    Mutant(
        "what an attempt says of its model is not recorded", "P21", 20,
        (Edit(ENGINE, "            await self._home.learn_first(runner.state, result, self._outlook.set_up.catalogue)\n", ""),),
    ),
    Mutant("lost attempts are never recovered", "P12", 16, (Edit(DECIDE, "    recover.lost_attempts,\n", ""),)),
    Mutant("a reading that was started never happens", "P12", 2, (Edit(DECIDE, "    recover.unread_checks,\n", ""),)),
    Mutant(
        "a result that waits to be taken in looks like a loss", "P12", 38,
        (Edit(JOBS, "return frozenset(self._tasks) | self._answered", "return frozenset(self._tasks)"),),
    ),
    Mutant("a charge is not booked to its branch", "P13", 0, (Edit(FOLD, "    s.branches[branch].spent += micro_usd\n", ""),)),
    Mutant(
        "the usage of a late result is forgotten", "P13", 3,
        (Edit(ABSORB, "return (*late, correction) if correction else late", "return late"),),
    ),
    Mutant(
        "a released reservation stays on the branch", "P13", 0,
        (Edit(WORK, "    s.branches[task.branch].reserved -= attempt.reserved\n", ""),),
    ),
    Mutant(
        "the do-not-contact list is read at proposal only", "P23", 4,
        (
            Edit(DECIDE, "    outward.withdraw,\n", ""),
            Edit(OUTWARD, "return courtesy(state, effect.verb, effect.branch, people, effect.connector, world, now=now, but=effect.id)", 'return ""'),
            Edit(JOBS, 'if any(self._suppressed(person) for person in job.body["persons"]):', 'if job.body["n"] > 1 and any(self._suppressed(person) for person in job.body["persons"]):'),
        ),
    ),
    Mutant(
        "missions do not know of each other", "P23", 7,
        (Edit(OUTWARD, "first = {} if state.rehearsed else dict(world.contacted)", "first: dict[str, str] = {}"),),
    ),
    Mutant(
        "who said stop is not put on the list", "P23", 6,
        (Edit(ENGINE, "            await self._home.suppress_first(runner.state, result)\n", ""),),
    ),
    Mutant("what arrived no longer counts for the pace", "P23", 13, (Edit(MODEL, 'LEFT = frozenset({"attempting", "in_doubt", "done"})', 'LEFT = frozenset({"attempting", "in_doubt"})'),)),
    Mutant("when something was sent is forgotten", "P23", 14, (Edit(LEAVING, 'effect.state, effect.key, effect.n, effect.attempted_at = "attempting", e.key, e.n, ev.at', 'effect.state, effect.key, effect.n = "attempting", e.key, e.n'),)),
    Mutant("those that leave together count as none", "P23", 14, (Edit(OUTWARD, "            pace.going(effect)\n", ""),)),
    Mutant("each mission has a pace of its own", "P23", 0, (Edit(PACE, "self._recent = [*world.recent, *contacts(state)]", "self._recent = [*contacts(state)]"),), test="tests/engine/loop/test_pace.py"),
    Mutant("hours are looked at when something is proposed only", "P23", 88, (Edit(COURTESY, "    if limits.hours is not None:\n", "    if limits.hours is not None and not recent:\n"),)),
    Mutant(
        "a refused recipient is left out silently", "P2", 0,
        (Edit(SESSION, 'lambda to=to: self._client.docmd("RCPT", to), (250, 251))', 'lambda to=to: self._client.docmd("RCPT", to), (250, 251, 550))'),),
        test="tests/engine/effects/test_smtp.py",
    ),
    Mutant(
        "a missing copy counts right after sending", "P4", 0,
        (Edit(SMTP, "again = first if first.found else", "again = first if not first.found else"),),
        test="tests/engine/effects/test_smtp_lookup.py",
    ),
    Mutant(
        "a Sent folder that gets no copies proves that nothing was sent", "P4", 0,
        (Edit(SMTP, "        if not (first.witnessed and again.witnessed):\n", "        if not again.found and again.validity < 0:\n"),),
        test="tests/engine/effects/test_smtp_lookup.py",
    ),
    Mutant(
        "no answer after the last line counts as a refusal", "P4", 0,
        (Edit(SESSION, 'return Unknown(f"the message was sent and the server did not say what became of it: {why}")', 'return Refused(f"no answer: {why}")'),),
        test="tests/engine/effects/test_smtp.py",
    ),
    Mutant(
        "mail goes in the clear where a server offers no TLS", "P2", 0,
        (Edit(SESSION, '            if not self._client.has_extn("starttls"):\n', '            if not self._client.has_extn("starttls") and self._client.has_extn("never"):\n'),),
        test="tests/engine/effects/test_smtp.py",
    ),
    Mutant(
        "reading the inbox marks what was read", "P23", 0,
        (Edit(FOLDER, 'self._content(uid, "BODY.PEEK[]", b"BODY[]")', 'self._content(uid, "BODY[]", b"BODY[]")'),),
        test="tests/engine/evidence/test_imap.py",
    ),
    Mutant(
        "an error of the inbox looks like silence", "P23", 0,
        (Edit(IMAP, 'return f"{self._settings.host}: {error}"', 'return ""'),),
        test="tests/engine/evidence/test_imap.py",
    ),
    Mutant(
        "a bounce suppresses whomever it names", "P23", 0,
        (Edit(SOURCES, "whose = next(failed, about.person)", "whose = person(message.bounced[0]) if message.bounced else next(failed, about.person)"),),
        test="tests/engine/evidence/test_imap.py",
    ),
    Mutant(
        "a server that is slow to take a message is given up like any other", "P4", 0,
        (Edit(SESSION, "self._wire.allow(max(self._final, self._server.timeout) / 1000)", "self._wire.allow(self._server.timeout / 1000)"),),
        test="tests/engine/effects/test_smtp.py",
    ),
    Mutant(
        "a missing copy counts while the server may still take the message", "P4", 0,
        (Edit(SMTP, "await self._sleep(max(SETTLE, left) if first.witnessed else SETTLE)", "await self._sleep(SETTLE)"),),
        test="tests/engine/effects/test_smtp_lookup.py",
    ),
    Mutant(
        "what waits for its turn at a connector is past being stopped", "P23", 0,
        (Edit(JOBS, "        if connector is None or not connector.serial:\n", "        if connector is None or connector.name:\n"),),
        test="tests/engine/loop/test_handing_over.py",
    ),
    Mutant(
        "a stop does not reach what was handed out", "P1", 0,
        (Edit(JOBS, "        if reason := self._recalled(job):\n", "        if (reason := self._recalled(job)) and not reason:\n"),),
        test="tests/engine/loop/test_handing_over.py::test_a_stop_reaches_what_waits_for_its_turn",
    ),
    Mutant(
        "every mail finds out for itself that the password is wrong", "P3", 0,
        (Edit(JOBS, "                self._refusals[name] += whole\n", ""),),
        test="tests/engine/loop/test_handing_over.py",
    ),
    Mutant(
        "an IMAP server that repeats the login is quoted", "P11", 0,
        (Edit(FOLDER, "return plain(said, without=self._secrets)", "return plain(said)"),),
        test="tests/engine/effects/test_folder.py::test_a_server_that_repeats_the_login_is_not_quoted",
    ),
    Mutant(
        "mail leaves as a sender who is not configured any more", "P2", 0,
        (Edit(OUTWARD, "    return now not in {\"\", effect.identity}\n", "    return False\n"),),
        test="tests/engine/loop/test_outward.py",
    ),
)  # fmt: skip
"""Kept one under the other, unformatted, so that a patch reads as what it replaces and what it puts there."""
