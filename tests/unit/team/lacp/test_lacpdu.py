"""LACPDUs as scapy reads them, whatever is in them and wherever they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lacp_frames import FAST, HOST, SWITCH, lacpdu, talk
from scapy.contrib.lacp import LACP
from scapy.contrib.slowprot import SlowProtocol

from flowmap.team.lacp.lacpdu import LacpParty, decode_frames

PARTIES = {"actor": 19, "partner": 39}
"""Octets of the slow-protocol body up to and with each party's state."""


def by_scapy(body: bytes, side: str) -> LacpParty | None:
    """A party; None where it is cut or another TLV. scapy gives up on a header that is not whole: zeros follow."""
    layer = SlowProtocol(body[:110].ljust(110, b"\0")).getlayer(LACP)
    kind = (getattr(layer, f"{side}_type"), getattr(layer, f"{side}_length"))
    if len(body) < PARTIES[side] or kind != (1 + (side == "partner"), 20):
        return None
    number = {name: getattr(layer, f"{side}_{name}") for name in ("system_priority", "key", "port_priority", "state")}
    system = int(getattr(layer, f"{side}_system").replace(":", ""), 16)
    return LacpParty(system=system, port=getattr(layer, f"{side}_port_number"), **number)


def check(frame: bytes) -> None:
    actor = by_scapy(frame[14:], "actor")
    found = decode_frames(talk(0, [1], frame))
    assert bool(found.pdus) == (actor is not None)
    if actor is None:
        assert found.skipped == {"truncated" if len(frame) < 14 + PARTIES["actor"] else "malformed": 1}
    else:
        assert (found.pdus[0].actor, found.pdus[0].partner) == (actor, by_scapy(frame[14:], "partner"))
        assert found.pdus[0].source_mac == int.from_bytes(frame[6:12])


@pytest.mark.parametrize("tags", [b"", bytes.fromhex("8100000a"), bytes.fromhex("88a8000181000002")])
def test_each_cut_of_a_pdu_reads_as_in_scapy(tags: bytes) -> None:
    whole = lacpdu(HOST, FAST, SWITCH, FAST, ports=(0x1234, 0xFFFF), key=0x8001)
    for length in range(15, len(whole) + 1):
        check(whole[:length])
        tagged = decode_frames(talk(0, [1], whole[:12] + tags + whole[12:length]))
        assert tagged == decode_frames(talk(0, [1], whole[:length]))


@given(
    st.binary(max_size=120), st.sampled_from([(1, 20), (1, 0), (2, 20)]), st.sampled_from([(2, 20), (2, 19), (0, 0)])
)
def test_any_octets_read_as_in_scapy(octets: bytes, actor: tuple[int, int], partner: tuple[int, int]) -> None:
    body = bytearray(octets)
    for at, kind in ((1, actor), (21, partner)):
        body[at : at + 2] = bytes(kind) if len(body) >= at + 2 else body[at : at + 2]
    check(bytes.fromhex("0180c2000002 020000000001 8809 01") + bytes(body))
