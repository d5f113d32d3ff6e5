"""config.toml as an engine sees it: read anew when it changes, and what it says of models as the worker wants it."""

from __future__ import annotations

import logging
from pathlib import Path

from engine.effects.mail import Identity
from engine.errors import BadInputError
from engine.governance.courtesy import Limits
from engine.loop.world import Slots
from engine.routing.catalogue import Candidate
from engine.secrets.program import Program
from engine.settings import MailInbox, Model, Settings, load_settings
from engine.values import Price
from engine.workers.model import Endpoint

log = logging.getLogger("cockpit.engine")


class SettingsFile:
    """The settings in force. A broken file means no settings at all, and a line in the log: nothing is sent or asked
    by what stood there before.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._stamp, self._said = path, (-1, -1, -1), ""
        self._settings, self._catalogue = Settings(), tuple[Candidate, ...]()

    def __call__(self) -> Settings:
        """What the file says now."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            stamp = (0, 0, 0)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._settings, self._said = load_settings(self._path), ""
            except BadInputError as error:
                if str(error) != self._said:  # a file that was touched and is as broken as before is no news
                    self._said = str(error)
                    log.error("%s", error)  # noqa: TRY400 - the sentence is all there is to say
                self._settings = Settings()
            self._catalogue = self._settings.catalogue
        return self._settings

    def program(self, name: str) -> Program | None:
        """The program behind `command:NAME`; None when config.toml names none."""
        return self().program(name)

    def identity(self) -> Identity | None:
        """Who sends; None when nobody is configured."""
        return self().identity

    def limits(self) -> Limits:
        """How much contact there may be."""
        return self().limits

    def slots(self) -> Slots:
        """How many attempts of one mission run side by side."""
        engine = self().engine
        return Slots(engine.commands, engine.parallel)

    def inbox(self) -> MailInbox | None:
        """Where replies come in; None for the inbox of the home."""
        mail = self().mail
        return mail.inbox if mail is not None else None

    def catalogue(self) -> tuple[Candidate, ...]:
        """The models as routing sees them."""
        self()
        return self._catalogue

    def endpoint(self, name: str) -> Endpoint | None:
        """How a model is reached; None when it is not configured."""
        model = self().models.get(name)
        return endpoint(model) if model is not None else None


def endpoint(model: Model) -> Endpoint:
    """How the worker reaches a model of config.toml."""
    return Endpoint(
        model=model.model,
        endpoint=model.endpoint,
        key=model.key,
        price=model.price.price() if model.price else Price(),
        json_mode="json" in model.capabilities,
        max_output=model.max_output,
        silence_ms=model.silence,
        window=model.window,
        setup=model.setup,
    )
