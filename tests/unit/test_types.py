"""The columns as kernels read them: aligned, in native order, and a class for every packet that fits its counter."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap import types
from flowmap.types import FLOW, HEADER, LINK, TS_NONE, Have, PacketClass

DTYPES = {name: value for name, value in vars(types).items() if isinstance(value, np.dtype)}


@pytest.mark.parametrize("name", DTYPES)
def test_rows_are_aligned_as_c_lays_them_out(name: str) -> None:
    """C11 6.7.2.1: each field at a multiple of its own alignment, and the whole at one of the largest."""
    dtype = DTYPES[name]
    assert dtype.fields is not None
    sizes = []
    for field, offset, *_ in dtype.fields.values():
        base = field.base
        assert offset % base.itemsize == 0
        assert base.isnative
        sizes.append(base.itemsize)
    assert dtype.itemsize % max(sizes) == 0


def test_no_room_is_lost_between_fields() -> None:
    for dtype in (HEADER, FLOW):
        assert dtype.fields is not None
        used = sum(field.itemsize for field, *_ in dtype.fields.values())
        assert dtype.itemsize - used < 8


def test_every_class_has_its_counter() -> None:
    assert sorted(PacketClass) == list(range(len(PacketClass)))
    assert LINK["classes"].shape == (len(PacketClass),)


def test_bits_of_have_are_apart_and_fit_their_byte() -> None:
    assert all(bit.bit_count() == 1 for bit in Have)
    assert sum(Have) <= np.iinfo(HEADER["have"]).max


def test_no_time_is_outside_of_all_times() -> None:
    assert np.iinfo(np.int64).min == TS_NONE
