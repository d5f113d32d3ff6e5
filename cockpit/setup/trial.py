"""Trying out what is configured: one mail to oneself, one tiny call of a model. Both are real; the call may cost."""

from __future__ import annotations

import asyncio
import os
import time
from argparse import Namespace

from pydantic import SecretStr

from cockpit.cli.desk import Json, wall_ms
from cockpit.cli.render import emit, money, safe, say
from engine.errors import BadInputError, SaysNoError
from engine.home import Home
from engine.modelhost.wire import Call, CallFailed, Done, Message, Models, Said
from engine.secrets import Secrets
from engine.secrets.system import SystemSecrets
from engine.settings import Model, Settings

TOTAL_MS = 120_000
"""For the whole call."""
MOST_TOKENS = 256
"""Of the answer; models that think aloud need some before the first word."""
SHOWN = 200
UNPAID = 402


def try_model(args: Namespace, home: Home, settings: Settings) -> int:
    """One call. Raises `SaysNoError` when the model does not answer."""
    name = args.test_model
    model = settings.models.get(name)
    if model is None:
        known = ", ".join(sorted(settings.models)) or "none yet"
        raise BadInputError(f"{home.config} [models.{name}]", "is not there", f"there is {known}")
    home.ensure()
    told = asyncio.run(_called(name, model, home, SystemSecrets(os.environ, programs=settings.program)))
    if args.json:
        emit(told)
    else:
        cost = "cost unknown" if told["micro_usd"] is None else money(told["micro_usd"])
        used = told["usage"]
        counts = f"{used['input']} tokens in, {used['output']} out" if used else "the provider did not say what it used"
        say(f"{safe(name)} answered in {told['ms'] / 1000:.1f} s; {counts}; {cost}", f"  {safe(told['text'])}")
    return 0


async def _called(name: str, model: Model, home: Home, secrets: Secrets) -> Json:
    from engine.modelhost.client import ModelHost

    key = SecretStr(await secrets.get(model.key)) if model.key else None
    async with ModelHost(log=home.log / "models.log", environ=os.environ, clock=wall_ms) as host:
        await host.prespawn()  # its imports take seconds, which are not the model's
        return await one_call(host, name, model, key)


async def one_call(host: Models, name: str, model: Model, key: SecretStr | None) -> Json:
    """What one tiny call gave: time in ms, usage, cost, the first words. Raises `SaysNoError`."""
    call = Call(
        id="setup",
        model=model.model,
        messages=(Message(role="user", content="Answer with one word: ready"),),
        endpoint=model.endpoint,
        key=key,
        max_output=min(model.max_output, MOST_TOKENS),
        silence_ms=min(model.silence, TOTAL_MS),
        total_ms=TOTAL_MS,
    )
    begun = time.monotonic()
    end: Said | None = None
    async for said in host.call(call):
        end = said
    ms = int((time.monotonic() - begun) * 1000)
    match end:
        case Done():
            usage = end.usage if end.usage_source == "provider" else None
            cost = 0 if model.free else model.price.price().cost(usage) if usage and model.price else None
            counts = usage.model_dump() if usage else None
            return {"model": name, "ms": ms, "usage": counts, "micro_usd": cost, "text": end.text.strip()[:SHOWN]}
        case CallFailed():
            raise SaysNoError(f"models.{name}", f"{end.kind}: {end.line[:SHOWN]}", _mend(end, model))
        case _:
            raise SaysNoError(f"models.{name}", "the model host ended without a word", "cockpit doctor")


def _mend(failed: CallFailed, model: Model) -> str:
    match failed.kind:
        case "key_refused" if failed.status == UNPAID:
            return f"add credit to the account of {model.key or 'this provider'}"
        case "key_refused":
            return f"look at the key {model.key or '(none is configured)'}"
        case "not_found" | "no_answer" | "garbled":
            return "look at model and endpoint in config.toml"
        case "refused" | "too_long":
            return "look at model, window and max_output in config.toml"
        case "unreachable" | "timeout":
            return "look whether the server runs and the network is there"
        case "broken_install":
            return "cockpit doctor"
        case _:
            return "try again later"


def try_mail(args: Namespace, home: Home, settings: Settings) -> int:
    """One mail to the configured sender. Raises `SaysNoError` when it did not leave."""
    if settings.mail is None or settings.mail.smtp is None:
        raise BadInputError(f"{home.config} [mail.smtp]", "is not there", "cockpit setup asks for it")
    from engine.effects.mail import Refusal
    from engine.effects.protocol import Delivered
    from engine.effects.smtp import SmtpConnector
    from engine.effects.trial import to_oneself

    now = wall_ms()
    message = to_oneself(settings.mail.identity, now)
    if isinstance(message, Refusal):
        raise SaysNoError("mail", message.reason, "look at [mail] in config.toml")
    connector = SmtpConnector(settings.mail.smtp, SystemSecrets(os.environ, programs=settings.program))
    came = asyncio.run(connector.deliver(message.canonical, message.body, f"test-{now}", now))
    if not isinstance(came, Delivered):
        raise SaysNoError("mail", came.reason, "look at [mail.smtp] in config.toml")
    if args.json:
        emit({"to": message.address, "answer": came.reference})
    else:
        say(f"sent to {safe(message.address)}: {safe(came.reference)}", "look whether it arrived, and not as spam")
    return 0
