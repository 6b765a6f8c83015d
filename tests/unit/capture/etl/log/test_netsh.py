"""What netsh tells of a capture: payloads by the manifest of Microsoft-Windows-NDIS-PacketCapture, events 1016 and 5101."""

from __future__ import annotations

import struct

from flowmap.capture.etl.log.netsh import Netsh

RULE, SOURCE = 1016, 5101


def rule(ident: int, value: bytes) -> bytes:
    return struct.pack("<BBH", ident, 1, len(value)) + value


def source(name: str, index: int) -> bytes:
    return b"\1" + name.encode("utf-16-le") + b"\0\0" + struct.pack("<I", index) + bytes(8)


def told(*events: tuple[int, bytes]) -> Netsh:
    made = Netsh()
    for number, payload in events:
        made.take(number, payload)
    return made


def test_packettruncatebytes_is_the_snap_length() -> None:
    assert told().snaplen == 0
    assert told((RULE, rule(17, struct.pack("<I", 128)))).snaplen == 128
    assert told((RULE, rule(17, struct.pack("<I", 0xFFFFFFFF)))).snaplen == 0x7FFFFFFF
    assert told((RULE, rule(16, struct.pack("<I", 128)))).snaplen == 0  # another rule
    assert told((RULE, rule(17, struct.pack("<H", 128)))).snaplen == 0  # of another length
    assert told((RULE, rule(17, b"\x80\0\0"))).snaplen == 0  # cut


def test_names_of_interfaces() -> None:
    made = told((SOURCE, source("Ethernet 1", 12)), (SOURCE, source("Ethernet 2", 13)))
    assert (made.name_of(12), made.name_of(13), made.name_of(14)) == ("Ethernet 1", "Ethernet 2", None)


def test_a_name_that_all_have_is_the_name_of_their_kind() -> None:
    same = told((SOURCE, source("Miniport", 12)), (SOURCE, source("Miniport", 13)), (SOURCE, source("Other", 14)))
    assert (same.name_of(12), same.name_of(14)) == (None, "Other")
    assert told((SOURCE, source("Ethernet", 12))).name_of(12) is None  # one alone may be that too


def test_cut_events_are_passed_over() -> None:
    whole = source("Ethernet 1", 12)[:-8]
    for length in range(len(whole)):
        made = told((SOURCE, whole[:length]), (SOURCE, source("Other", 14)), (SOURCE, source("Third", 15)))
        assert made.name_of(12) is None
    assert told((SOURCE, whole), (SOURCE, source("Other", 14))).name_of(12) == "Ethernet 1"
