"""`cockpit setup`: what there is on this machine, and a config.toml for it. Changes nothing without a yes.

Not at a terminal it only says what it found and would write; `--model` adds one model without questions.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from cockpit.cli.authority import ask, at_terminal, author
from cockpit.cli.desk import Json, home_of, require_folder
from cockpit.cli.keys import hidden
from cockpit.cli.render import columns, emit, safe, say, state
from cockpit.setup.draft import Table, difference, joined, keys_of, local_models, model_table, written
from cockpit.setup.endpoints import ask_servers
from cockpit.setup.keep import present, save
from cockpit.setup.probe import Answer, probe
from cockpit.setup.questions import Asking, Said
from engine.errors import BadInputError
from engine.secrets import SecretError
from engine.secrets.system import SystemSecrets, clean
from engine.settings import Settings, read_settings

OF_A_MODEL = ("litellm", "endpoint", "key", "price", "free", "tier", "local", "window", "max_output", "tools")
"""Options that say what one model is."""


def setup(args: Namespace) -> int:
    """Look, ask, show, write."""
    home = home_of(args)
    author(home)  # never a worker
    require_folder(home)
    if args.test_model is not None or args.test_mail:
        from cockpit.setup.trial import try_mail, try_model

        settings = read_settings(present(home.config) or "", str(home.config))
        return (try_mail if args.test_mail else try_model)(args, home, settings)
    if args.model is not None:
        return _add_model(args, home.config)
    if stray := [name for name in OF_A_MODEL if getattr(args, name)]:
        raise BadInputError(f"--{stray[0].replace('_', '-')}", "says something about a model", "name it with --model")
    before = present(home.config)
    settings = read_settings(before or "", str(home.config))
    secrets = SystemSecrets(os.environ)
    answers = probe()
    offered = local_models(answers, settings)
    if args.json or not at_terminal():
        _report(args, home.config, before, answers, offered)
        return 0
    try:
        _say_found(answers)
        asking = Asking(ask, hidden, os.environ.keys(), _kept(secrets))
        while True:
            said = _asked(asking, answers, offered, settings)
            if not said.tables:
                say("", "nothing was changed")
                return 0
            after = _joined(home.config, before, said.tables)
            values = [(name, clean(value)) for name, value in said.secrets]
            agreed = _agreed(home.config, before, after, values)
            if agreed is not None:
                break
    except KeyboardInterrupt:
        say("", "nothing was changed")
        raise
    if not agreed:
        say("nothing was changed")
        return 1
    for name, value in values:
        secrets.set(name, value)
    _say_written(home.config, save(home.config, before, after), said.tables)
    return 0


def _asked(asking: Asking, answers: list[Answer], offered: list[Table], settings: Settings) -> Said:
    """What the person wants."""
    said = Said()
    asking.models(offered, said)
    for provider in keys_of(os.environ):
        asking.provider(provider, os.environ[provider.variable], settings, said)
    ask_servers(asking, answers, lambda name: os.environ.get(name, ""), settings, said)
    asking.mail(settings, said)
    return said


def _add_model(args: Namespace, config: Path) -> int:
    """One model, from the command line alone."""
    before = present(config)
    known = read_settings(before or "", str(config)).models
    if args.model in known:
        raise BadInputError(f"{config} [models.{args.model}]", "is there already", "change it in the file")
    if not args.litellm:
        mend = "such as --litellm openai/NAME, the name that litellm gives it"
        raise BadInputError("--model", "does not say which model is meant", mend)
    if bool(args.price) == args.free:
        raise BadInputError("--model", "needs either --price IN,OUT or --free", "no price is guessed")
    table = model_table(
        args.model,
        args.litellm,
        endpoint=args.endpoint,
        key=args.key,
        price=args.price,
        tier=args.tier or "",
        local=args.local,
        window=args.window,
        max_output=args.max_output,
        tools=args.tools,
    )
    after = _joined(config, before, [table])
    backup = save(config, before, after)
    if args.json:
        emit({"config": str(config), "backup": str(backup) if backup else None, "added": written([table])})
    else:
        say(*(safe(line) for line in written([table]).splitlines()), "")
        _say_written(config, backup, [table])
    return 0


def _joined(config: Path, before: str | None, tables: list[Table]) -> str:
    """The file with the tables. When it cannot take them they are shown, to be added by hand, and `BadInputError`."""
    try:
        return joined(before, tables, str(config))
    except BadInputError:
        say(*(safe(line) for line in written(tables).splitlines()), "")
        raise


def _report(args: Namespace, config: Path, before: str | None, answers: list[Answer], offered: list[Table]) -> None:
    """What was found and would be written; nothing is changed."""
    after = joined(before, offered, str(config)) if offered else before or ""
    if args.json:
        emit(
            {
                "servers": [_server(answer) for answer in answers],
                "keys": [
                    {"variable": p.variable, "provider": p.title, "reference": f"env:{p.variable}"}
                    for p in keys_of(os.environ)
                ],
                "config": {"path": str(config), "exists": before is not None},
                "would_add": written(offered),
            }
        )
        return
    _say_found(answers)
    if not offered:
        say("", f"nothing to write into {safe(config)}")
    else:
        say("", f"would be written into {safe(config)}, at a terminal and after a yes:", "")
        say(*(safe(line) for line in difference(before, after, config.name)))
    say("", "nothing was changed")


def _server(answer: Answer) -> Json:
    return {
        "kind": answer.server.kind,
        "address": answer.server.address,
        "state": answer.state,
        "models": [offered.name for offered in answer.models],
        "left_out": answer.left_out,
        "elsewhere": answer.elsewhere,
    }


def _say_found(answers: list[Answer]) -> None:
    rows = [_found(answer) for answer in answers]
    for provider in keys_of(os.environ):
        how = f"cockpit setup --model NAME --litellm {provider.prefix}/MODEL --key env:{provider.variable}"
        rows.append([state("ok"), provider.title, f"a key is in {provider.variable}; {how} --price IN,OUT"])
    say(*columns(rows))


def _found(answer: Answer) -> list[str]:
    where = answer.server.address
    odd = f"; {answer.left_out} more cannot be used" if answer.left_out else ""
    if answer.elsewhere:
        odd += f'; {answer.elsewhere} more run in a cloud: a price and privacy = "hosted" belong to them, by hand'
    how = f"cockpit setup --model NAME --litellm {answer.server.prefix}/MODEL --endpoint {where} --key keyring:NAME"
    said = {
        "locked": f"{where} asks for a key" + ("" if at_terminal() else f"; {how}"),
        "answers": f"{where}, {len(answer.models)} models{odd}",
        "silent": f"{where} took the call and did not answer",
        "strange": f"something else answers at {where}",
        "absent": f"nobody listens at {where}",
    }
    glyph = {"answers": "ok", "locked": "ok", "silent": "warn"}.get(answer.state, "absent")
    return [state(glyph), answer.server.kind, said[answer.state]]


def _kept(secrets: SystemSecrets) -> tuple[str, ...] | None:
    """The names in the keyring; None when no keyring can be used, which is said."""
    try:
        return secrets.names()
    except SecretError as error:
        say("", f"No keyring: {safe(error.what)}; secrets can only be read from the environment (env:NAME).")
        return None


def _agreed(config: Path, before: str | None, after: str, values: list[tuple[str, str]]) -> bool | None:
    """Show what would change, and ask; None to begin anew."""
    say("", *(safe(line) for line in difference(before, after, config.name)), "")
    if values:
        say(f"and into the keyring: {', '.join(name for name, _ in values)}")
    match ask(f"write {safe(config)}? [y/N, or r to answer again] ").lower():
        case "y" | "yes":
            return True
        case "r":
            return None
        case _:
            return False


def _say_written(config: Path, backup: Path | None, tables: list[Table]) -> None:
    say(f"{safe(config)} is written" + (f"; the one before is {safe(backup)}" if backup else ""))
    models = [table.path[1] for table in tables if table.path[0] == "models"]
    tries = [f"cockpit setup --test-model {safe(models[0])}"] if models else []
    tries += ["cockpit setup --test-mail"] if any(table.path == ("mail", "smtp") for table in tables) else []
    say(
        "cockpit doctor checks it"
        + (f"; {' and '.join(tries)} tr{'y' if len(tries) > 1 else 'ies'} it out" if tries else "")
    )
