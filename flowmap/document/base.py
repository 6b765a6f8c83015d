"""What all parts of the report document share: strictness, text that is safe to encode, units."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WrapValidator, model_validator

from flowmap.message import Message, encodable, encodable_parts

__all__ = ["SCHEMA_NOTE", "JsonObject", "Model", "Nanoseconds", "Number", "Text", "encodable", "unchecked"]

SCHEMA_NOTE = (
    "Every field is always present; what is not known is null. Fields may be added within this version, never changed. "
    "Fields whose names end in _ns are integer nanoseconds since 1970-01-01T00:00:00Z and exceed 2^53: JavaScript's "
    "JSON.parse rounds them (by up to 256 ns), and so does every reader that makes floating point of numbers; read "
    "them as BigInt or from the text where that matters. Byte counts can exceed 2^53 in principle too. Names and "
    "addresses come from captures and are untrusted text: escape them before showing them."
)


def _without_numpy(value: Any) -> Any:
    if isinstance(value, dict):
        return {_without_numpy(key): _without_numpy(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_numpy(part) for part in value]
    return value.item() if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0 else value


class Model(BaseModel):
    """Base of all parts: frozen, no unknown fields, no NaN, constructed by field name.

    What checks a part is built when the first of its kind is made: few reports have them all.
    """

    model_config = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_numbers(cls, values: Any) -> Any:
        """Return numpy's integers as Python's: pydantic takes them by way of floating point and loses nanoseconds."""
        return _without_numpy(values)


M = TypeVar("M", bound=Model)


def unchecked(kind: type[M]) -> type[M]:
    """Return what makes parts of values that are known to be right, each field given by its name: in a tenth of the time.

    Only for what there may be a hundred thousand of. Tests hold that these parts equal those that are checked.
    """
    every = set(kind.model_fields)

    def make(**values: Any) -> M:
        part = kind.__new__(kind)
        object.__setattr__(part, "__dict__", values)
        object.__setattr__(part, "__pydantic_fields_set__", every)
        object.__setattr__(part, "__pydantic_extra__", None)
        object.__setattr__(part, "__pydantic_private__", None)
        return part

    return cast("type[M]", make)


def _kept(value: Any, validate: Callable[[Any], Any]) -> Any:
    """Keep a message one, so that writers can translate it; pydantic would make plain text of it."""
    safe = encodable(value)
    checked = validate(safe)
    return safe if isinstance(safe, Message) else checked


Text = Annotated[str, WrapValidator(_kept)]
Nanoseconds = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Number = float

if TYPE_CHECKING:
    JsonObject = dict[str, Any]
else:
    JsonObject = Annotated[dict[str, JsonValue], BeforeValidator(encodable_parts)]
