"""Plain numbers of the twin are those of the enumerations that the kernels and tables use."""

from __future__ import annotations

from flowmap.decode import numbers
from flowmap.types import Have, PacketClass


def test_each_class_and_each_bit_has_its_name() -> None:
    for enumeration in (PacketClass, Have):
        for member in enumeration:
            assert getattr(numbers, member.name) == member.value


def test_what_is_no_class_is_beyond_them_all() -> None:
    assert max(PacketClass) < numbers.DECLINED
    assert min(PacketClass) > numbers.GOES_ON
