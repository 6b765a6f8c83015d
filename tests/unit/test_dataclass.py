"""Classes are what the standard decorator makes of the same lines."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from flowmap import dataclass as own


def variants(decorator: Callable[..., Any], **how: bool) -> tuple[type, type, type]:
    """A class, one that inherits from it, and one without fields."""

    @decorator(**how)
    class Point:
        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list)
        hidden: str = field(default="h", repr=False)

        @property
        def double(self) -> int:
            return 2 * self.x

    @decorator(**how)
    class Named(Point):
        name: str = "n"

        def __repr__(self) -> str:
            return f"<{self.name}>"

    @decorator(**how)
    class Nothing:
        """Has no fields."""

    return Point, Named, Nothing


@pytest.mark.parametrize("slots", [False, True])
def test_a_field_may_be_made_of_the_others(slots: bool) -> None:
    @own.dataclass(slots=slots)
    class Square:
        side: int
        area: int = field(init=False)
        name: str = "square"

        def __post_init__(self) -> None:
            self.area = self.side**2

    assert (Square(3).area, Square(2, "s").name, dataclasses.replace(Square(3), side=4).area) == (9, "s", 16)


def test_a_frozen_object_with_slots_is_of_its_own_class_and_of_that_of_its_heirs() -> None:
    @own.dataclass(frozen=True, slots=True)
    class Point:
        x: int
        double: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", 2 * self.x)

    class Heir(Point):
        __slots__ = ()

    for kind in (Point, Heir):
        made = kind(4)
        assert (type(made), made.x, made.double, made == kind(4), made == 4) == (kind, 4, 8, True, False)
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.x = 5


HOW = [{}, {"frozen": True}, {"slots": True}, {"frozen": True, "slots": True}]


def seen(point: type, named: type, nothing: type) -> list[Any]:
    """What can be seen of them."""
    one, two = point(1), point(1, tags=["a"])
    return [
        repr(one),
        repr(two),
        repr(named(3, name="z")),
        repr(nothing()),
        one == point(1),
        one == two,
        one == named(1),
        one == 1,
        one.tags is point(1).tags,
        dataclasses.asdict(named(5)),
        repr(dataclasses.replace(one, y=7)),
        named(4).double,
        [f.name for f in dataclasses.fields(named)],
        point.__match_args__,
        dataclasses.is_dataclass(point),
        nothing() == nothing(),
        getattr(one, "__dict__", None),
        point.__hash__ is None,
        named.__hash__ is None,
        copy.deepcopy(two) == two,
    ]


@pytest.mark.parametrize("how", HOW)
def test_they_look_alike(how: dict[str, bool]) -> None:
    assert seen(*variants(own.dataclass, **how)) == seen(*variants(dataclasses.dataclass, **how))


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("call", [((), {}), ((1, 2, [], "h", 5), {}), ((1,), {"x": 2}), ((1,), {"other": 2})])
def test_the_same_calls_are_refused(how: dict[str, bool], call: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    for decorator in (own.dataclass, dataclasses.dataclass):
        point = variants(decorator, **how)[0]
        for _ in range(2):  # before and after the first object
            with pytest.raises(TypeError, match="__init__"):
                point(*call[0], **call[1])
            point(1)


@pytest.mark.parametrize("slots", [False, True])
def test_what_is_frozen_stays_and_can_be_a_key(slots: bool) -> None:
    point = variants(own.dataclass, frozen=True, slots=slots)[0]
    one = point(1, tags=())
    for change in (lambda: setattr(one, "x", 2), lambda: delattr(one, "x"), lambda: setattr(one, "new", 2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert {one: 1}[point(1, tags=())] == 1


@own.dataclass(frozen=True, slots=True)
class Sent:
    """At the top of a module, as what is sent to other processes has to be."""

    one: int
    two: tuple[int, ...] = ()


def test_frozen_ones_without_a_dict_are_copied_and_sent() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, (2,)))) == Sent(1, (2,))
    assert copy.copy(Sent(1)) == Sent(1)
