"""The checks of `cockpit doctor` around config.toml: the file, its secrets, its models, its mail, its theme."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from importlib import metadata
from urllib.parse import urlsplit

from cockpit.cli.finding import Finding
from cockpit.cli.outlets import outlets
from cockpit.setup.probe import MOST_MODELS, TIMEOUT_S, Offered, State, listed
from engine.errors import BadInputError
from engine.home import Home
from engine.secrets import SecretError
from engine.secrets.system import SystemSecrets
from engine.settings import Mail, Model, Settings, judge_settings, loopback

_OLLAMA = ("ollama", "ollama_chat")
_ANY_NAME = ("llamafile", "lm_studio")
"""Servers that answer to any name with what they have loaded."""
_NAMED = 5


def configured(home: Home, *, online: bool) -> Iterator[Finding]:
    """Every check that begins at config.toml. `online` connects to mail servers; without it they are left alone."""
    settings, findings = _file(home)
    yield from findings
    secrets = SystemSecrets(os.environ, programs=settings.program if settings is not None else lambda _name: None)
    works, finding = _keyring(secrets, settings)
    yield finding
    if settings is not None:
        yield from _references(settings, secrets, keyring=works)
        yield from _models(settings, secrets)
        yield from _mail(home, settings, secrets, online=online)
        yield from outlets(settings)
        yield from _theme(home, settings)
    yield from _litellm()


def _file(home: Home) -> tuple[Settings | None, list[Finding]]:
    if not home.config.exists():
        return Settings(), [Finding("config", "ok", f"none at {home.config}; defaults are used", "cockpit setup")]
    try:
        text = home.config.read_bytes().decode("utf-8")
    except (OSError, UnicodeError) as error:
        what = f"{home.config} cannot be read ({type(error).__name__})"
        return None, [Finding("config", "fail", what, "make it a readable UTF-8 file, or remove it")]
    settings, faults = judge_settings(text, str(home.config))
    if settings is None:
        return None, [Finding("config", "fail", f"{fault.where}: {fault.what}", fault.mend) for fault in faults]
    findings = [Finding("config", "ok", f"{home.config}, {_counted(settings)}")]
    if home.config.stat().st_mode & 0o077:
        what = f"{home.config} may be read by others"
        findings.append(Finding("config", "warn", what, f"chmod 600 {home.config}"))
    return settings, findings


def _counted(settings: Settings) -> str:
    count = len(settings.models)
    return f"{count} model{'' if count == 1 else 's'}, {'mail' if settings.mail else 'no mail'}"


def _keyring(secrets: SystemSecrets, settings: Settings | None) -> tuple[bool, Finding]:
    """Whether there is a keyring that can be used. Its absence is a failure only when something is kept there."""
    needed = settings is not None and any(kept.startswith("keyring:") for _, kept in settings.references)
    try:
        ring = secrets.keyring()
        if fault := ring.fault("keyring"):
            raise fault
        began = time.monotonic()
        kept = len(secrets.names())
    except SecretError as error:
        return False, Finding("keyring", "fail" if needed else "warn", error.what, error.mend)
    ms = int((time.monotonic() - began) * 1000)
    return True, Finding("keyring", "ok", f"{ring.name} answers in {ms} ms, {kept} secrets of the cockpit")


def _references(settings: Settings, secrets: SystemSecrets, *, keyring: bool) -> Iterator[Finding]:
    """Whether every secret that is named is there; what it is stays where it is."""
    for place, reference in settings.references:
        if reference.startswith("keyring:") and not keyring:
            yield Finding("secret", "fail", f"{place} is {reference}, and no keyring can be used", "see keyring")
            continue
        try:
            secrets.read(reference)
        except SecretError as error:
            yield Finding("secret", "fail", f"{place} is {reference}: {error.what}", error.mend)
        else:
            yield Finding("secret", "ok", f"{place} is {reference}, which is there")


def _models(settings: Settings, secrets: SystemSecrets) -> Iterator[Finding]:
    """Servers on this machine are asked what they have; what is elsewhere is left alone."""
    if not settings.models:
        yield Finding(
            "models", "warn", "none is configured; only rehearsed and command workers can work", "cockpit setup"
        )
    asked: dict[tuple[str, str, str], tuple[State, tuple[Offered, ...]]] = {}
    for name, model in sorted(settings.models.items()):
        if not model.endpoint:
            continue
        if not loopback(urlsplit(model.endpoint).hostname or ""):
            yield Finding(
                "endpoint", "ok", f"models.{name} at {model.endpoint}: not tried (cockpit setup --test-model)"
            )
            continue
        kind, _, wanted = model.model.partition("/")
        path = "/api/tags" if kind in _OLLAMA else "/models"
        question = (model.endpoint, model.key, path)
        if question not in asked:
            key = _key(model.key, secrets)
            state, offered = listed(model.endpoint, key, path=path, timeout_s=TIMEOUT_S)
            untold = kind in _ANY_NAME or len(offered) >= MOST_MODELS
            untried = bool(model.key and not key and state == "locked")
            asked[question] = "answers" if untried else state, () if untold else offered
        yield _heard(f"models.{name}", model, wanted, *asked[question])


def _key(reference: str, secrets: SystemSecrets) -> str:
    try:
        return secrets.read(reference) if reference else ""
    except SecretError:
        return ""  # which has been told of the secret


def _heard(place: str, model: Model, wanted: str, state: State, offered: tuple[Offered, ...]) -> Finding:
    """What a server's answer says of a model."""
    where = model.endpoint
    names = {one.name.removesuffix(":latest") for one in offered}
    if state == "locked":
        which = f"refuses {model.key}" if model.key else "asks for a key, and none is configured"
        mend = f"put a working key there, or correct key in [{place}]"
        return Finding("endpoint", "fail", f"{place}: the server at {where} {which}", mend)
    if state in ("absent", "silent"):
        said = "nobody answers" if state == "absent" else "the server does not answer in time"
        return Finding("endpoint", "warn", f"{place}: {said} at {where}", "start that server, or correct endpoint")
    if names and wanted.removesuffix(":latest") not in names:
        has = ", ".join(sorted(names)[:_NAMED]) + (" ..." if len(names) > _NAMED else "")
        mend = f"ollama pull {wanted}" if model.model.partition("/")[0] in _OLLAMA else "load it there"
        what = f"{place}: the server at {where} has no {wanted}; it has {has}"
        return Finding("endpoint", "warn", what, f"{mend}, or correct model in [{place}]")
    if state == "strange":
        what = f"{place}: what answers at {where} lists no models"
        return Finding("endpoint", "warn", what, "many addresses end in /v1; cockpit setup --test-model tries it")
    return Finding("endpoint", "ok", f"{place}: a server answers at {where}")


def _mail(home: Home, settings: Settings, secrets: SystemSecrets, *, online: bool) -> Iterator[Finding]:
    mail = settings.mail
    if mail is None:
        mend = "give [mail] a name, an address and a postal address, or cockpit setup"
        yield Finding("mail", "warn", "no identity to write as", mend)
        return
    if mail.smtp is None:
        yield Finding("mail", "warn", f"{mail.address} cannot send: there is no [mail.smtp]", "cockpit setup")
    places = _servers(mail)
    if places and not online:
        hosts = ", ".join(dict.fromkeys(host for _, host in places))
        yield Finding("mail", "ok", f"{hosts}: not tried", "cockpit doctor --online connects and logs in")
    elif places:
        for place, host in places:
            why = _greeted(mail, place, secrets)
            said = f"{place}: {why}" if why else f"{place}: {host} takes the login"
            yield Finding("mail", "fail" if why else "ok", said, f"look at [{place}] in {home.config}" if why else "")


def _servers(mail: Mail) -> list[tuple[str, str]]:
    """Place and host of every mail server that is configured."""
    found = [("mail.smtp", mail.smtp.host)] if mail.smtp else []
    found += [("mail.smtp.sent", mail.smtp.sent.host)] if mail.smtp and mail.smtp.sent else []
    found += [("mail.inbox", mail.inbox.host)] if mail.inbox and mail.inbox.kind == "imap" else []
    return found


def _greeted(mail: Mail, place: str, secrets: SystemSecrets) -> str:
    """Why a mail server cannot be used; empty when it can."""
    from engine.effects.trial import greet_folder, greet_smtp

    folder = mail.smtp.sent if place == "mail.smtp.sent" and mail.smtp else mail.inbox
    server = mail.smtp if place == "mail.smtp" else folder
    assert server is not None
    try:
        password = secrets.read(server.password) if server.password else ""
    except SecretError as error:
        return f"the password is not there ({error.what})"
    if place == "mail.smtp":
        assert mail.smtp is not None
        return greet_smtp(mail.smtp, password)
    assert folder is not None
    return greet_folder(folder, password)


def _theme(home: Home, settings: Settings) -> Iterator[Finding]:
    from themes.load import ThemeError, load

    try:
        load(settings.screen.theme, home.config.parent / "themes")
    except (ThemeError, OSError) as error:
        yield Finding("theme", "fail", str(error), "correct it, or choose another theme in [screen]")
    else:
        yield Finding("theme", "ok", settings.screen.theme)


def _litellm() -> Iterator[Finding]:
    """Whether the package behind the models is there in a release that was measured. It is not imported."""
    try:
        there = metadata.version("litellm")
    except metadata.PackageNotFoundError:
        yield Finding("litellm", "fail", "is not installed; no model can be called", "install Mission Cockpit again")
        return
    wanted = _wanted("litellm")
    if wanted and not within(there, wanted):
        mend = "install Mission Cockpit again in an environment of its own"
        yield Finding("litellm", "fail", f"{there} is installed, {wanted} is needed", mend)
    else:
        yield Finding("litellm", "ok", f"{there}" + (f" ({wanted})" if wanted else ""))


def _wanted(package: str) -> str:
    """The range that this installation declares for a package: `<1.106,>=1.105.3`; empty when it says none."""
    try:
        declared = metadata.requires("mission-cockpit") or []
    except metadata.PackageNotFoundError:
        return ""
    found = (re.fullmatch(rf"{package}\s*\(?([<>=!~0-9.,\s]+)\)?(;.*)?", one) for one in declared)
    return next((match[1].strip() for match in found if match), "")


def within(version: str, wanted: str) -> bool:
    """Whether a release lies in a range of `>=`, `<` and `==`. Raises `BadInputError` for another kind of range."""
    have = _release(version)
    for part in wanted.split(","):
        match = re.fullmatch(r"\s*(>=|<|==)\s*([0-9.]+)\s*", part)
        if match is None:
            raise BadInputError(wanted, "is no range of releases that can be read", "install Mission Cockpit again")
        limit = _release(match[2])
        width = max(len(have), len(limit))
        one, other = (tuple(side[:width]) + (0,) * (width - len(side)) for side in (have, limit))
        if not {">=": one >= other, "<": one < other, "==": one == other}[match[1]]:
            return False
    return True


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a release, up to what is no number: `1.105.3` and `1.105.3rc1` give (1, 105, 3)."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
