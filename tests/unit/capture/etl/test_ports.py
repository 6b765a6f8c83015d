"""Interfaces of a log, named as etl2pcapng (netsh) and the components (pktmon) name them."""

from __future__ import annotations

import struct

from flowmap.capture.etl import layout
from flowmap.capture.etl.ports import Ports

NDIS, SWITCH, PKTMON = 1001, 1003, 160


def key(event: int, link: int, *rest: int) -> list[int]:
    return [event << 16 | link, *rest, *[0] * (3 - len(rest))]


def name(ident: int, kind: int, *texts: str) -> bytes:
    return struct.pack("<HH", ident, kind) + b"".join(text.encode("utf-16-le") + b"\0\0" for text in texts)


def names(made: Ports) -> list[tuple[str | None, str | None]]:
    return [(one.name, one.description) for one in made.interfaces()]


def test_netsh_s_interfaces_are_named_as_etl2pcapng_does() -> None:
    made = Ports()
    made.add(key(NDIS, layout.LINK_ETHERNET, 12, 12), b"")
    made.add(key(NDIS, layout.LINK_WIFI, 12, 14), b"")
    made.add(key(NDIS, layout.LINK_RAW, 15, 15), b"")
    assert names(made) == [("eth:12:0", None), ("wifi:14:0", "LWF over IfIndex 12"), ("mbb:15:0", None)]
    assert [one.link_type for one in made.interfaces()] == [1, 105, 101]
    assert made.ifaces["link_type"][:3].tolist() == [1, 105, 101]
    assert made.ifaces["factor"][:3].tolist() == [1, 1, 1]


def test_frames_at_a_virtual_switch() -> None:
    payload = struct.pack("<III", 31, 31, 5) + b"".join(
        text.encode("utf-16-le") + b"\0\0" for text in ("P1", "vm-1", "Internal")
    )
    made = Ports()
    made.add(key(SWITCH, layout.LINK_ETHERNET, 31, 31, 7 << 32 | 5), payload)
    assert names(made) == [("vNIC:Internal:P1:31:7", "VlanID=7")]


def test_the_adapter_s_name_where_netsh_tells_it() -> None:
    made = Ports()
    made.add(key(NDIS, layout.LINK_ETHERNET, 12, 12), b"")
    made.add(key(NDIS, layout.LINK_ETHERNET, 12, 14), b"")
    for text, index in (("Ethernet 1", 12), ("Ethernet 2", 14)):
        made.netsh.take(5101, b"\1" + text.encode("utf-16-le") + b"\0\0" + struct.pack("<I", index))
    assert names(made) == [("eth:12:0", "Ethernet 1"), ("eth:14:0", "LWF over IfIndex 12")]


def test_components_of_pktmon() -> None:
    made = Ports()
    for ident in (5, 9, 7, 8):
        made.add(key(PKTMON, layout.LINK_ETHERNET, ident), b"")
    for ident in (5, 7):  # two adapters of one kind
        made.components.take(20, name(ident, 2, "e1i65x64.sys", "Intel"))
        made.components.take(30, struct.pack("<HHI", ident, 1, 12 + ident))
    made.components.take(20, name(9, 3, "wfplwfs.sys", "WFP"))
    made.components.take(30, struct.pack("<HHI", 9, 2, 17))
    found = made.interfaces()
    assert [(one.name, one.description, one.port) for one in found] == [
        ("Intel", "e1i65x64.sys", "Intel"),
        ("WFP", "wfplwfs.sys", "Intel"),
        ("Intel (component 7)", "e1i65x64.sys", "Intel (component 7)"),
        ("component 8", None, None),
    ]


def test_it_grows_and_has_an_end() -> None:
    made = Ports()
    for index in range(layout.MOST_INTERFACES - 1):
        made.add(key(NDIS, layout.LINK_ETHERNET, index, index), b"")
    assert not made.full
    made.add(key(NDIS, layout.LINK_ETHERNET, 9999, 9999), b"")
    assert made.full
    assert len(made) == layout.MOST_INTERFACES
    assert made.keys[len(made) - 1].tolist() == key(NDIS, layout.LINK_ETHERNET, 9999, 9999)
