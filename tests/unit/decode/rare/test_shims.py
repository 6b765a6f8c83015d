"""Tags between the MAC addresses and the real EtherType, laid out as their makers document them."""

from __future__ import annotations

import pytest

from flowmap.decode.reference import decode
from flowmap.types import PacketClass

MACS = bytes.fromhex("02aa00000001 02bb00000002".replace(" ", ""))
TCP = bytes.fromhex(
    "45000028000100004006000 00a4d000b0a4d0064c35019c8000000010000000250100400 00000000".replace(" ", "")
)


@pytest.mark.parametrize(
    "shim",
    [
        "d28b 0001 0010 0000000065000000 0800",  # Arista, 64 bit of TAI
        "d28b 0001 0110 0000000065000000 0800",  # the same in UTC
        "d28b 0001 0020 000065000000 0800",  # 48 bit
        "88e5 00 00 00000001 0800",  # MACsec without an identifier, in clear text
        "88e5 20 00 00000001 02aa000000010001 0800",  # with one
        "892f 1034 0007 0800",  # HSR: path and size, sequence number
        "9200 0064 0800",
        "8100 0064 d28b 0001 0020 000065000000 8100 0065 0800",  # between two tags
    ],
)
def test_the_packet_behind_is_read(shim: str) -> None:
    frame = MACS + bytes.fromhex(shim.replace(" ", "")) + TCP
    header = decode(frame, len(frame), 1)
    assert (header.cls, header.sport, header.dport) == (PacketClass.TCP, 50000, 6600)


@pytest.mark.parametrize(
    "shim", ["88e5 0c 00 00000001 0800", "d28b 0002 0010 0000000065000000 0800", "d28b 0001 0030 00 0800"]
)
def test_what_is_encrypted_or_unknown_is_not_guessed(shim: str) -> None:
    frame = MACS + bytes.fromhex(shim.replace(" ", "")) + TCP
    assert decode(frame, len(frame), 1).cls == PacketClass.NON_IP
