"""The compiled kernels and plain Python mean the same columns and numbers."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from flowmap import kernels, types
from flowmap.capture import layout
from flowmap.capture.etl import layout as etl_layout
from flowmap.decode import numbers

PACKAGE = Path(kernels.__file__).parents[1]
C_TYPES = {
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "uint32_t": ctypes.c_uint32,
    "uint16_t": ctypes.c_uint16,
    "uint8_t": ctypes.c_uint8,
}
STRUCTS = {
    "Index": types.INDEX,
    "Iface": types.IFACE,
    "Header": types.HEADER,
    "Link": types.LINK,
    "MacPair": types.MACPAIR,
    "Gap": types.GAP,
    "Flow": types.FLOW,
    "Trace": types.TRACE,
    "Outer": types.OUTER,
}


def declared() -> dict[str, list[tuple[str, type]]]:
    """The fields of each struct of kernels/columns.pxd."""
    found: dict[str, list[tuple[str, type]]] = {}
    for name, body in re.findall(
        r"ctypedef struct (\w+):\n((?:    .+\n)+)", (PACKAGE / "kernels/columns.pxd").read_text()
    ):
        fields = re.findall(r"    (\w+)(?:\[(\d+)\])? (\w+)", body)
        found[name] = [(field, C_TYPES[kind] * int(count) if count else C_TYPES[kind]) for kind, count, field in fields]
    return found


def constants(path: str) -> dict[str, int]:
    text = re.sub(r"#.*", "", (PACKAGE / path).read_text())
    return {name: eval(value) for name, value in re.findall(r"^    ([A-Z][A-Z0-9_]*) = (.+)$", text, re.MULTILINE)}


def test_the_kernels_are_here() -> None:
    """An installation without them works; tests have no use for one."""
    assert kernels.available()
    sources = [path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.pyx")]
    of_tables = {"flowmap.report.formats.tables.capsule"}  # it reads no packets: without it pyarrow does what it does
    assert set(kernels.KERNELS) == {".".join(parts) for parts in sources} - of_tables


def test_every_struct_is_compared() -> None:
    assert set(declared()) == set(STRUCTS)


@pytest.mark.parametrize("name", STRUCTS)
def test_structs_are_the_columns(name: str) -> None:
    struct = type(name, (ctypes.Structure,), {"_fields_": declared()[name]})
    dtype = STRUCTS[name]
    assert ctypes.sizeof(struct) == dtype.itemsize
    assert [field for field, _ in struct._fields_] == list(dtype.names or ())
    for field, kind in struct._fields_:
        column, offset = (dtype.fields or {})[field][:2]
        assert (getattr(struct, field).offset, np.dtype(kind)) == (offset, column), field


def test_classes_and_marks_are_the_same() -> None:
    found = constants("kernels/columns.pxd")
    by_name = {one.name: int(one) for one in (*types.PacketClass, *types.Have)}
    by_name |= {"SLOW": by_name.pop("SLOW_PROTOCOL"), "DECLINED": numbers.DECLINED, "PENDING": 255}
    assert found == by_name


def test_the_row_of_an_event_is_the_column() -> None:
    body = re.findall(r"ctypedef struct Event:\n((?:    .+\n)+)", (PACKAGE / "capture/etl/layout.pxd").read_text())[0]
    fields = [(name, C_TYPES[kind]) for kind, name in re.findall(r"    (\w+) (\w+)", body)]
    struct = type("Event", (ctypes.Structure,), {"_fields_": fields})
    dtype = etl_layout.EVENT
    assert ctypes.sizeof(struct) == dtype.itemsize
    assert [field for field, _ in fields] == list(dtype.names or ())
    assert [getattr(struct, field).offset for field, _ in fields] == [dtype.fields[field][1] for field, _ in fields]


@pytest.mark.parametrize(("path", "module"), [("capture/layout.pxd", layout), ("capture/etl/layout.pxd", etl_layout)])
def test_layouts_are_the_same(path: str, module: ModuleType) -> None:
    found = constants(path)
    expected = {name: value for name, value in vars(module).items() if name.isupper() and isinstance(value, int)}
    assert found == {name: value for name, value in expected.items() if value < 2**31}
