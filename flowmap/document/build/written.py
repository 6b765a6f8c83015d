"""Parts of which there are many as the JSON text that their objects would be written as, without making the objects.

A report may have forty thousand streams of sixty fields. To make dicts of them and have these written took twice as long as
to put the values into a text that is the same for all: so for each kind of part a function is compiled from its model, which
has the names, their order and their indentation in it. Tests hold that the text equals what the objects are written as.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import to_json

from flowmap.document.base import Model

__all__ = ["json_value", "written"]

_MOST_QUOTED = 4096
_WORDS = {None: "null", False: "false", True: "true"}


class _Quoted(dict[Any, str]):
    """Texts as JSON has them, the latest of them known by heart: addresses and names come again and again."""

    def __missing__(self, text: str | None) -> str:
        if len(self) >= _MOST_QUOTED:
            self.clear()
        found = to_json(text).decode()
        self[text if text is None else str(text)] = found  # a message as a key would make all look-ups slower
        return found


def json_value(value: Any, indent: int) -> str:
    """Return any value of a report as JSON; lines after the first are indented by so many spaces more."""
    text = to_json(value, indent=2, by_alias=True).decode()
    return text.replace("\n", "\n" + " " * indent) if "\n" in text else text


def _part(value: Any, indent: int) -> str:
    """Return a part within a part: text already, or an object, or not there."""
    return value if isinstance(value, str) else json_value(value, indent)


def _parts(values: Sequence[Any], indent: int) -> str:
    """Return a list of such parts."""
    if not values:
        return "[]"
    between = ",\n" + " " * (indent + 2)
    return f"[{between[1:]}{between.join([_part(one, indent + 2) for one in values])}\n{' ' * indent}]"


def _counts(values: dict[str, int], indent: int) -> str:
    """Return numbers by name."""
    if not values:
        return "{}"
    between = ",\n" + " " * (indent + 2)
    lines = between.join([f"{_QUOTED[name]}: {number}" for name, number in values.items()])
    return f"{{{between[1:]}{lines}\n{' ' * indent}}}"


_QUOTED = _Quoted()
_KNOWN = {
    "_words": _WORDS,
    "_quoted": _QUOTED,
    "_part": _part,
    "_parts": _parts,
    "_counts": _counts,
    "_json": json_value,
    "_line": "\n",
    "_deep": "\n    ",
}


def written(kind: type[Model], indent: int, shallow: Collection[str] = ()) -> Callable[..., str]:
    """Return what makes the text of such parts of values that are known to be right, every field given by its name.

    `indent`: spaces before the line of the part. Parts within it are given as objects, or as text that was made for its place;
    those named in `shallow` as text for a place that is indented by four spaces less.

    >>> from flowmap.document.streams import Endpoint
    >>> print(written(Endpoint, 0)(ip="192.0.2.1", port=443))
    {
      "ip": "192.0.2.1",
      "port": 443
    }
    """
    fields = []
    for name, field in kind.model_fields.items():
        value = f"{name}.replace(_line, _deep)" if name in shallow else _expression(name, field.annotation, indent + 2)
        fields.append(f'"{field.serialization_alias or name}": {{{value}}}')
    newline = "\\n" + " " * indent
    text = f"{{{{{newline}  {f',{newline}  '.join(fields)}{newline}}}}}"
    made: dict[str, Any] = dict(_KNOWN)
    exec(f"def text(*, {', '.join(kind.model_fields)}):\n return f'{text}'", made)
    function: Callable[..., str] = made["text"]
    return function


def _expression(name: str, annotation: Any, indent: int) -> str:
    """Return what makes text of a field's value, as Python has it."""
    kind = _plain(annotation)
    kinds = [_plain(one) for one in get_args(kind)] if get_origin(kind) in (Union, UnionType) else [kind]
    optional, kinds = NoneType in kinds, [one for one in kinds if one is not NoneType]
    only = kinds[0] if len(kinds) == 1 else None
    if only is int:
        return f'"null" if {name} is None else {name}' if optional else name
    if only is bool:
        return f"_words[{name}]"
    if only is str or get_origin(only) is Literal:
        return f"_quoted[{name}]"
    if only == dict[str, int]:
        return f"_counts({name}, {indent})"
    if get_origin(only) is list and _is_part(get_args(only)[0]):
        return f"_parts({name}, {indent})"
    return f"_part({name}, {indent})" if _is_part(only) else f"_json({name}, {indent})"


def _plain(annotation: Any) -> Any:
    """Return a type without what else is said of it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)
