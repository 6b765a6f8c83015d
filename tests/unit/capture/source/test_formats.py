"""Other programs' formats by their first bytes: magics as their documents have them, ERF and CommView by records."""

from __future__ import annotations

import struct

import pytest

from flowmap.capture.source.formats import ERF, erf_is_ethernet, foreign_format

SECONDS = 1_700_000_000


def erf(kind: int = 2, *, flags: int = 4, record: int = 16 + 2 + 60, wire: int = 60, seconds: int = SECONDS) -> bytes:
    """A record of the Extensible Record Format: time (little endian), type, flags, record length, losses, wire length."""
    head = struct.pack("<II", 0, seconds) + struct.pack(">BBHHH", kind, flags, record, 0, wire)
    return head + bytes(record - 16)


def commview(year: int = 2026, month: int = 2, **changes: int) -> bytes:
    """A record of a CommView NCF file: lengths, version, date, time of day, microseconds."""
    at = {"day": 28, "hour": 23, "minute": 59, "second": 59, "micro": 999_999, "size": 60, "source": 60} | changes
    fields = (at["size"], at["source"], 0, year, month, at["day"], at["hour"], at["minute"], at["second"], at["micro"])
    return struct.pack("<HHBHBBBBBI", *fields) + bytes(60)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"snoop\0\0\0\0\0\0\x02", "a snoop capture"),  # RFC 1761
        (b"GMBU\x00\x02", "a Network Monitor 2 capture"),
        (b"btsnoop\0\0\0\0\x01", "a btsnoop capture"),
        (b"iptrace 2.0", "an AIX iptrace capture"),
        (b"XCP\x00002.002\0", "a Windows Sniffer (NetXRay) capture"),
        (b"\x4d\x3c\x2b\x1a" + bytes(20), "a pcap file with a pre-standard magic number"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), None),  # pcap
        (b"\x0a\x0d\x0d\x0a" + bytes(20), None),  # pcapng
        (b"snoop", None),  # a word that a text may begin with
        (b"", None),
    ],
)
def test_magics(head: bytes, name: str | None) -> None:
    found = foreign_format(head)
    assert (found if found is None else str(found)) == name


@pytest.mark.parametrize(
    ("head", "is_erf"),
    [
        (erf() * 2, True),
        (erf(), True),  # the whole of a small file
        ((erf() * 2)[:100], True),  # the second is cut: its header fits
        (erf(record=78, wire=1500) * 2, True),  # a snap length
        (erf(0) * 2, False),  # types begin at 1
        (erf(28) * 2, False),
        (erf(0x80 | 2) * 2, True),  # with extension headers
        (erf(flags=0x40) * 2, False),  # reserved bits
        (erf(record=16 + 2 + 60, wire=20) * 2, False),  # longer than what was on the wire
        (erf(seconds=820_454_399) * 2, False),  # 1995
        (erf(seconds=820_454_400) * 2, True),
        (erf(record=500, wire=500)[:120], True),
        (erf()[:15], False),
    ],
)
def test_erf_is_told_by_a_chain_of_records(head: bytes, is_erf: bool) -> None:
    assert (foreign_format(head) == ERF) is is_erf


def test_erf_of_ethernet_alone() -> None:
    assert erf_is_ethernet(erf(2) + erf(16))  # TYPE_ETH, TYPE_DSM_COLOR_ETH
    assert not erf_is_ethernet(erf(2) + erf(1))  # TYPE_HDLC_POS


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (commview(), True),
        (commview(month=13), False),
        (commview(month=0), False),
        (commview(year=1989), False),
        (commview(year=2200), False),
        (commview(day=32), False),
        (commview(hour=24), False),
        (commview(minute=60), False),
        (commview(second=60), False),
        (commview(micro=1_000_000), False),
        (commview(source=61), False),
        (commview(source=0), False),
        (commview()[:23], False),
        (commview()[:24], True),
    ],
)
def test_commview_is_told_by_a_date_that_there_is(head: bytes, told: bool) -> None:
    assert (foreign_format(head) == "a CommView capture") is told
