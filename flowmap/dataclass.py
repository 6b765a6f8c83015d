"""Dataclasses whose methods cost nothing until they are used.

The standard decorator writes the source text of up to six methods a class and compiles it. An analysis loads two hundred
classes, so that this took a fourth of the smallest one's time, and half of the classes are never made. Here the standard
decorator gathers the fields, so that `fields`, `replace`, `asdict`, matching, slots and inheritance are its own; to compare,
hash, print and freeze are closures, and `__init__` is compiled when the first object is made. What that is worth, and what was
rejected: `docs/decisions/dataclasses.md`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

Values = Callable[[Any], Any]
_MISSING = dataclasses.MISSING
_CLASS = object.__dict__["__class__"].__set__

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
        """Return the class with what the standard decorator gives it.

        >>> @dataclass(frozen=True)
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1), Point(1) == Point(1, 0), dataclasses.replace(Point(1), y=2)
        (Point(x=1, y=0), True, Point(x=1, y=2))
        """
        return _made(cls, frozen, slots) if cls is not None else lambda own: _made(own, frozen, slots)


def _made(cls: type, frozen: bool, slots: bool) -> Any:
    """Return the class, finished. Methods that it defines stay its own."""
    if cls.__dict__.get("__doc__") is None:
        cls.__doc__ = cls.__name__  # else the standard decorator works out how it is called
    defined = set(cls.__dict__)
    own: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    every = dataclasses.fields(own)
    names = tuple(one.name for one in every)
    values = _values(tuple(one.name for one in every if one.compare))
    methods = {
        "__init__": _starting(own, frozen),
        "__repr__": _printing(tuple(one.name for one in every if one.repr)),
        "__eq__": _comparing(values),
        "__hash__": _hashing(values) if frozen else None,
    }
    if frozen:
        methods |= _freezing(own, names)
    if frozen and slots:
        methods |= _copying(names)
    for name, method in methods.items():
        if name not in defined:
            setattr(own, name, method)
    return own


def _values(names: tuple[str, ...]) -> Values:
    """Return what gives the values of these attributes as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _starting(cls: type, frozen: bool) -> Any:
    """Return the `__init__` of a class of which no object was made."""
    compiled: list[Any] = []

    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        if not compiled:
            compiled.append(_compiled(cls, frozen))
            if cls.__dict__["__init__"] is start:
                type.__setattr__(cls, "__init__", compiled[0])
        compiled[0](self, *args, **kwargs)

    return start


def _compiled(cls: type, frozen: bool) -> Any:
    """Return the compiled `__init__`, with the parameters and the speed of the standard one."""
    known: dict[str, Any] = {"_put": object.__setattr__, "_missing": _MISSING}
    opened = _opened(cls) if frozen else None
    parameters, lines = [], []
    if opened is not None:
        known |= {"_class": _CLASS, "_opened": opened}
        lines.append("_own = self.__class__; _class(self, _opened)")
    for one in dataclasses.fields(cls):
        if not one.init:
            continue  # `__post_init__` gives it its value
        value = name = one.name
        if one.default_factory is not _MISSING:
            known[f"_new_{name}"] = one.default_factory
            value, parameter = f"_new_{name}() if {name} is _missing else {name}", f"{name}=_missing"
        elif one.default is not _MISSING:
            known[f"_default_{name}"], parameter = one.default, f"{name}=_default_{name}"
        else:
            parameter = name
        parameters.append(parameter)
        plain = not frozen or opened is not None
        lines.append(f"self.{name} = {value}" if plain else f"_put(self, {name!r}, {value})")
    if opened is not None:
        lines.append("_class(self, _own)")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(['self', *parameters])}):\n " + "\n ".join(lines or ["pass"]), known)
    made = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _opened(cls: type) -> type | None:
    """Return a class of the same slots that is not frozen: a new object is of it until it has its values.

    To set them one by one around `__setattr__` took twice as long, and a direction has 27; there may be 160,000 of them. None
    where there is no such class: without slots, or with those of a base.
    """
    slots = cls.__dict__.get("__slots__")
    return type(f"_Opened{cls.__name__}", (), {"__slots__": slots}) if slots and cls.__bases__ == (object,) else None


def _printing(names: tuple[str, ...]) -> Any:
    def text(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return text


def _comparing(values: Values) -> Any:
    def is_equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return is_equal


def _hashing(values: Values) -> Any:
    return lambda self: hash(values(self))


def _freezing(cls: type, names: tuple[str, ...]) -> dict[str, Any]:
    def put(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def drop(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        object.__delattr__(self, name)

    return {"__setattr__": put, "__delattr__": drop}


def _copying(names: tuple[str, ...]) -> dict[str, Any]:
    """Return how a frozen object without a dict is copied and sent to another process."""

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: Any, values: list[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": state, "__setstate__": restore}
