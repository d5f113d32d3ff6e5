"""`[connectors.NAME]`: further ways for effects to leave, each of one kind. Workers choose none of what stands here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from engine.settings.fields import Reference, Section, Time, loopback

BUILT_IN = ("maildir", "sandbox", "folder", "smtp")
"""Names that are taken."""
_Argument = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Branch = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$", max_length=100)
]


def _plain(value: str) -> str:
    """An address that a secret may be sent to. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("is an address such as https://hooks.example/publish, without name or password")
    if not (value.isascii() and value.isprintable()) or " " in value or len(value) > 1000:
        raise ValueError("is an address in plain characters")
    if parts.scheme == "http" and not loopback(parts.hostname):
        raise ValueError("needs https; http is for this machine only")
    return value


class Webhook(Section):
    """`kind = "webhook"`: a POST of the exact approved body to one address, with the header `Idempotency-Key`."""

    kind: Literal["webhook"]
    url: str
    """The whole address; https, or http on this machine. It stands in the ledger, so it holds no secret."""
    media: str = Field(default="application/json", pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+(; ?charset=utf-8)?$")
    """The content type. What is no JSON is not proposed to a JSON address."""
    secret: Reference = ""
    """Where the token is kept; empty when the address asks for none."""
    header: str = Field(default="Authorization", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,59}$")
    """The header that carries it."""
    prefix: str = Field(default="Bearer ", max_length=20)
    """What stands before it in the header."""
    window: Time = 0
    """How long the address remembers an `Idempotency-Key`, and answers the same one again without doing it twice. Makes
    it `dedup`; without it it is `blind`, and a lost answer is asked about."""
    timeout: Time = 30_000
    """The longest silence."""
    ca_file: str = ""
    """A file of further certificates to trust, for a server of one's own."""

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _plain(value)


class Files(Section):
    """`kind = "files"`: a file below a folder, replaced in one step; or a commit on a branch of a local repository."""

    kind: Literal["files"]
    folder: str = ""
    """The folder, which has to be there; with a repository, the folder inside it."""
    repository: str = ""
    """A git repository of this machine. Its work tree is never touched."""
    branch: Branch = "published"
    """The branch that is moved forward, made from HEAD when it is missing; one that is checked out is refused."""

    @model_validator(mode="after")
    def _placed(self) -> Files:
        if not self.folder and not self.repository:
            raise ValueError("files need a folder or a repository")
        if self.repository and not Path(self.repository).is_absolute():
            raise ValueError("a repository is an absolute path")
        if not self.repository and not Path(self.folder).is_absolute():
            raise ValueError("a folder is an absolute path")
        if self.repository and (self.folder.startswith("/") or ".." in self.folder.split("/")):
            raise ValueError("with a repository, the folder is a path inside it")
        return self


class Command(Section):
    """`kind = "command"`: a program gets the exact body on its standard input, and the key as COCKPIT_KEY.

    Exit code 0: done; 75: not now; 64 to 78: refused; everything else: nobody knows.
    """

    kind: Literal["command"]
    argv: tuple[_Argument, ...] = Field(min_length=1, max_length=50, strict=False)
    """The program and its arguments; nothing is filled in."""
    window: Time = 0
    """How long the program remembers a key, and does not do it twice. Makes it `dedup`; without it it is `blind`."""
    timeout: Time = 60_000
    """How long it may run."""


class Mcp(Section):
    """`kind = "mcp"`: one call of one operation of an MCP server, with the exact approved arguments. The server
    is started contained for each call, or reached over streamable HTTP.
    """

    kind: Literal["mcp"]
    argv: tuple[_Argument, ...] = Field(default=(), max_length=50, strict=False)
    """The server and its arguments, for one that is started here; nothing is filled in."""
    url: str = ""
    """The address of a server that runs elsewhere; https, or http on this machine. It holds no secret."""
    secret: Reference = ""
    """Where the bearer token of a server at an address is kept; empty when it asks for none."""
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")], Reference] = Field(default_factory=dict)
    """Variables of a server that is started, each with where its value is kept."""
    operation: str = Field(pattern=r"^[A-Za-z0-9_./-]{1,128}$")
    """The one operation that is called."""
    pin: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """What the operation and its server have to be, checked before each call. Without it nothing is called, and the
    refusal says what it is now."""
    window: Time = 0
    """How long the server remembers the key in the `_meta` of a call (`mission-cockpit/key`), and does not do it twice.
    Makes it `dedup`; without it it is `blind`."""
    timeout: Time = 60_000
    """How long the call may take."""

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _plain(value) if value else value

    @model_validator(mode="after")
    def _placed(self) -> Mcp:
        if bool(self.argv) == bool(self.url):
            raise ValueError("a server has either argv or url")
        if self.argv and self.secret:
            raise ValueError("secret is for a server at a url; one that is started has env")
        if self.url and self.env:
            raise ValueError("env is for a server that is started; one at a url has secret")
        if not all(self.env.values()):
            raise ValueError("a variable is a reference such as keyring:NAME")
        return self


Outlet = Annotated[Webhook | Files | Command | Mcp, Field(discriminator="kind")]
