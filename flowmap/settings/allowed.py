"""What a setting may be, in flowmap's own words: made from the model's fields, so that it cannot differ from what is checked.

In comes the error of pydantic, out goes one sentence: the key, what was given, what is allowed and the nearest allowed word.
Nothing of pydantic's own wording is used: it is for programmers, and English.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from flowmap.errors import ConfigError
from flowmap.message import Message, glue, msg

__all__ = ["allowed", "as_written", "refusal", "refuse_unknown"]

_KINDS: dict[Any, Message] = {
    bool: msg("true or false"),
    int: msg("a whole number"),
    float: msg("a number"),
    str: msg("a text in quotes"),
    dict: msg("a table"),
}


def refusal(
    error: ValidationError, fields: Mapping[str, FieldInfo], words: Mapping[str, Message] | None = None, table: str = ""
) -> Message:
    """Return what is wrong with the first value that pydantic refused.

    Parameters: the fields of the model; `words` says what is allowed where a field's type does not tell it; `table` is
    what the keys are in, such as `thresholds.`.
    """
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if name not in fields:
        return _unknown(glue(repr(name)), name, fields)
    field = fields[name]
    what = (words or {}).get(name) or allowed(field)
    if first["type"] == "missing":
        return msg("{key} is missing: it must be {allowed}", key=table + name, allowed=what)
    value = first["input"]
    near = difflib.get_close_matches(str(value), _choices(field), n=1)
    return msg(
        "{key} = {value} cannot be used: it must be {allowed}{hint}",
        key=table + name,
        value=as_written(value),
        allowed=what,
        hint=msg("; did you mean {name}?", name=repr(near[0])) if near else "",
    )


def allowed(field: FieldInfo) -> Message:
    """Return what a field may be.

    >>> from flowmap.settings.config import Settings, Thresholds
    >>> allowed(Settings.model_fields["jobs"]), allowed(Thresholds.model_fields["spread_alpha"])
    ('a whole number, at least 1', 'a number, more than 0 and less than 1')
    """
    choices = [repr(choice) for choice in _choices(field)]
    if choices:
        return msg("{first} or {last}", first=", ".join(choices[:-1]), last=choices[-1])
    kind = next((word for plain, word in _KINDS.items() if plain in _plain(field)), _KINDS[dict])
    limits = [limit for rule in field.metadata if (limit := _limit(rule))]
    if not limits:
        return kind
    both = msg("{first} and {last}", first=limits[0], last=limits[1]) if len(limits) == 2 else limits[0]
    return msg("{kind}, {limits}", kind=kind, limits=both)


def refuse_unknown(where: Message, name: str, known: Iterable[str]) -> None:
    """Raise ConfigError that begins with `where` if a name is not among the known ones, with the nearest of them."""
    names = list(known)
    if name not in names:
        raise ConfigError(_unknown(where, name, names))


def as_written(value: Any) -> str:
    """Return a value as its file has it.

    >>> as_written(True), as_written("x")
    ('true', "'x'")
    """
    return repr(value).lower() if isinstance(value, bool) else repr(value)


def _unknown(where: Message, name: str, known: Iterable[str]) -> Message:
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return msg("{where}: there is no such setting: did you mean {name}?", where=where, name=near[0])
    return msg("{where}: there is no such setting. Known: {names}", where=where, names=", ".join(known))


def _plain(field: FieldInfo) -> tuple[Any, ...]:
    """Return the types that a value may have: `int | None` and `dict[str, Any]` without what is around them."""
    union = () if get_origin(field.annotation) in (dict, tuple) else get_args(field.annotation)
    return tuple(get_origin(part) or part for part in union or (field.annotation,))


def _choices(field: FieldInfo) -> list[str]:
    """Return the words of a field that takes no others."""
    parts = (field.annotation, *get_args(field.annotation))
    return [word for part in parts if get_origin(part) is Literal for word in get_args(part)]


def _limit(rule: object) -> Message | None:
    """Return one bound of a number as a person says it."""
    match rule:
        case object(ge=limit):
            return msg("at least {limit}", limit=limit)
        case object(gt=limit):
            return msg("more than {limit}", limit=limit)
        case object(le=limit):
            return msg("at most {limit}", limit=limit)
        case object(lt=limit):
            return msg("less than {limit}", limit=limit)
    return None
