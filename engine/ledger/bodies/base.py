"""What every event body shares, and how a stored event becomes one.

A body holds no float, no secret and no address of a person: big or sensitive payloads are blobs, named by sha256.
`decode` turns a stored event into its body; a kind or version that this release does not know becomes `Opaque`, kept
and shown, never dropped.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, TypeAdapter, ValidationError

from engine.ledger.protocol import DamagedError, Event, NewEvent
from engine.values import Value

Micro = Annotated[int, Field(ge=0, le=9_000_000_000_000_000)]
SignedMicro = Annotated[int, Field(ge=-9_000_000_000_000_000, le=9_000_000_000_000_000)]
Ms = Annotated[int, Field(ge=0, le=9_000_000_000_000_000)]
SignedMs = Annotated[int, Field(ge=-9_000_000_000_000_000, le=9_000_000_000_000_000)]
Facts = dict[str, Any]

REGISTRY: dict[str, type[Body]] = {}


class Body(Value):
    """Base of every event body. A subclass names its kind and version; both are part of the ledger for ever."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "KIND" in cls.__dict__:
            REGISTRY[cls.KIND] = cls

    def event(self, *, at: int, actor: str = "engine") -> NewEvent:
        """This body as a fact about to be recorded."""
        return NewEvent(self.KIND, self.model_dump(mode="json", exclude_defaults=True), actor, at, self.VERSION)


class Opaque(Body):
    """An event of a later release: its raw body is kept."""

    kind: str
    raw: Facts


def decode(event: Event) -> Body:
    """The body of a stored event. Raises `DamagedError` when a known kind does not fit its own shape."""
    model = REGISTRY.get(event.kind)
    if model is None or event.version > model.VERSION:
        return Opaque(kind=event.kind, raw=dict(event.body))
    try:
        return _adapter(model).validate_python(_tupled(event.body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DamagedError(
            f"ledger, event {event.seq} ({event.mission} {event.height})",
            f"{event.kind} does not have its shape: {where} {first['msg'].lower()}",
            "run cockpit doctor; restore a backup if the chain does not verify",
        ) from None


_ADAPTERS: dict[type[Body], TypeAdapter[Body]] = {}


def _adapter(model: type[Body]) -> TypeAdapter[Body]:
    if model not in _ADAPTERS:
        _ADAPTERS[model] = TypeAdapter(model)
    return _ADAPTERS[model]


_NESTED = (list, dict)


def _tupled(value: Any) -> Any:
    """JSON arrays as tuples, as strict validation wants them; free-form facts keep lists through `Facts`."""
    if isinstance(value, list):
        return tuple([_tupled(part) if isinstance(part, _NESTED) else part for part in value])
    if isinstance(value, dict):
        return {
            key: _tupled(part) if isinstance(part, _NESTED) and key != "contract" else part
            for key, part in value.items()
        }
    return value
