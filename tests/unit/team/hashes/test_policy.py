"""Members predicted from headers: published and computed values, and what a Linux 6.1 bonding driver really chose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmap.team.hashes.policy import (
    CURRENT,
    POLICIES,
    VARIANTS,
    Columns,
    Fields,
    Variant,
    hash_value,
    hash_values,
    member_index,
    member_indexes,
    variant,
    variants_of,
)

LAB = Path(__file__).resolve().parents[5] / "shared" / "lab" / "hash-vectors-linux-bonding.jsonl"
RECORDED = Path(__file__).resolve().parents[3] / "oracle" / "bonding-6.1.0-56.jsonl"
"""What Debian's kernel 6.1.0-56 chose, recorded in a virtual machine: for frames written to a packet socket the member of
each policy with 2, 3, ... 8 members, in mode balance-xor, and balance-tlb with tlb_dynamic_lb=0. `kind`: what is special."""
UNSHIFTED = variant("3.17")


def _tcp(src: str, dst: str, sport: int, dport: int, **more: Any) -> Fields:
    return Fields.of({"src_ip": src, "dst_ip": dst, "proto": 6, "src_port": sport, "dst_port": dport, **more})


@pytest.mark.parametrize(
    ("sport", "value", "members", "unshifted", "unshifted_members"),
    [
        (49664, 0x6B67E786, (0, 2, 2), 0xD6CFCF0D, (1, 2, 1)),
        (49665, 0x6B67E706, (0, 0, 2), 0xD6CFCE0C, (0, 0, 0)),
        (49666, 0x6B67E687, (1, 2, 3), 0xD6CFCD0F, (1, 2, 3)),
        (49668, 0x6B67E584, (0, 1, 0), 0xD6CFCB09, (1, 0, 1)),
    ],
)
def test_layer34_by_the_published_formula(
    sport: int, value: int, members: tuple[int, ...], unshifted: int, unshifted_members: tuple[int, ...]
) -> None:
    packet = _tcp("10.0.0.11", "10.0.0.21", sport, 6600)
    policy = POLICIES["layer3+4"]
    assert hash_value(policy, CURRENT, packet) == value
    assert hash_value(policy, UNSHIFTED, packet) == unshifted
    assert tuple(member_index(policy, CURRENT, n, packet) for n in (2, 3, 4)) == members
    assert tuple(member_index(policy, UNSHIFTED, n, packet) for n in (2, 3, 4)) == unshifted_members


def test_layer34_of_ipv6() -> None:
    packet = _tcp("2001:db8::11", "2001:db8::21", 50000, 6600)
    assert hash_value(POLICIES["layer3+4"], CURRENT, packet) == 0x7C70D8B9
    assert [member_index(POLICIES["layer3+4"], CURRENT, n, packet) for n in (2, 3, 4)] == [1, 1, 1]


@pytest.mark.parametrize(("last", "value"), [("a0", 522133332), ("a1", 522133333)])
def test_layer23_as_the_kernel_change_log_has_it(last: str, value: int) -> None:
    macs = {"src_mac": "52:54:00:00:00:e3", "dst_mac": f"52:54:00:00:00:{last}"}
    packet = _tcp("192.168.122.30", "192.168.122.1", 1, 2, **macs)
    assert hash_value(POLICIES["layer2+3"], variant("3.17"), packet) == value
    assert hash_value(POLICIES["layer2+3"], variant("4.15"), packet) == value >> 1 == 261066666


def test_ethertype_in_host_order_since_5_15() -> None:
    packet = _tcp("10.0.0.11", "10.0.0.21", 1, 2, src_mac="00:00:00:00:00:15", dst_mac="00:00:00:00:00:2b")
    assert hash_value(POLICIES["layer2+3"], UNSHIFTED, packet) == 0x1E1E1E28
    assert hash_value(POLICIES["layer2+3"], CURRENT, packet) == 0x1E1E1628
    assert member_index(POLICIES["layer2+3"], UNSHIFTED, 3, packet) == 1
    assert member_index(POLICIES["layer2+3"], CURRENT, 3, packet) == 2


def test_vlan_and_source_mac() -> None:
    packet = Fields.of({"src_mac": "00:1b:21:aa:bb:cc", "vlan": 42})
    assert hash_value(POLICIES["vlan+srcmac"], CURRENT, packet) == 0xAAA0C7
    assert hash_value(POLICIES["vlan+srcmac"], variant("5.5"), packet) is None
    assert {one.name for one in variants_of(POLICIES["vlan+srcmac"])} == {"5.12", "5.15", "5.18", "5.18-raw"}


def test_kernels_before_3_13_do_not_fold() -> None:
    """(sport ^ dport) ^ low half of (src ^ dst), by hand: 0xc200 ^ 0x19c8 ^ 0x001e."""
    old = variant("before-3.13")
    assert hash_value(POLICIES["layer3+4"], old, _tcp("10.0.0.11", "10.0.0.21", 49664, 6600)) == 0xC200 ^ 0x19C8 ^ 0x1E
    macs = {"src_mac": "00:00:00:00:00:15", "dst_mac": "00:00:00:00:00:2b"}
    packet = _tcp("10.0.0.11", "10.0.0.21", 1, 2, **macs)
    assert hash_value(POLICIES["layer2+3"], old, packet) == 0x15 ^ 0x2B ^ 0x1E
    assert hash_value(POLICIES["layer2"], old, packet) == 0x15 ^ 0x2B
    assert hash_value(POLICIES["layer3+4"], old, _tcp("2001:db8::1", "2001:db8::2", 1, 2)) is None


def test_fragments_have_no_ports_and_the_first_one_is_one() -> None:
    whole = _tcp("10.0.0.11", "10.0.0.21", 49666, 6600)
    first = _tcp("10.0.0.11", "10.0.0.21", 49666, 6600, more_fragments=1)
    later = Fields.of({"src_ip": "10.0.0.11", "dst_ip": "10.0.0.21", "proto": 6, "frag_offset": 185})
    values = [hash_value(POLICIES["layer3+4"], CURRENT, one) for one in (whole, first, later)]
    assert values[1] == values[2] == 0x1E1E1E1E >> 1 != values[0]


@pytest.mark.parametrize(
    ("policy", "packet"),
    [
        ("encap3+4", _tcp("10.0.0.11", "10.0.0.21", 49666, 6600)),
        ("layer3+4", Fields.of({"src_ip": "10.0.0.11", "dst_ip": "10.0.0.21", "proto": 6})),
        ("layer3+4", Fields.of({"src_ip": "10.0.0.11", "dst_ip": "10.0.0.21", "proto": 50})),
        ("layer3+4", Fields.of({"src_ip": "10.0.0.11", "dst_ip": "10.0.0.21", "proto": 1, "icmp_type": 3})),
        ("layer2+3", _tcp("10.0.0.11", "10.0.0.21", 49666, 6600)),
        ("layer2", Fields.of({"src_mac": "00:00:00:00:00:01", "ethertype": 2054})),
        ("ip-hash", _tcp("2001:db8::1", "2001:db8::2", 1, 2)),
        ("ip-hash", Fields.of({"src_mac": "00:00:00:00:00:01", "dst_mac": "00:00:00:00:00:02", "ethertype": 2054})),
    ],
    ids=[
        "socket's hash",
        "ports not told",
        "SPI",
        "quoted packet",
        "no MACs",
        "one MAC",
        "vSphere IPv6",
        "vSphere ARP",
    ],
)
def test_nothing_is_predicted_where_headers_do_not_decide(policy: str, packet: Fields) -> None:
    assert member_index(POLICIES[policy], CURRENT, 2, packet) is None


def test_ip_hash_of_vsphere_differs_between_its_descriptions_only_for_odd_numbers_of_uplinks() -> None:
    packet = _tcp("10.0.1.11", "10.0.0.21", 1, 2)  # xor 0x0000011e
    octet, whole = variants_of(POLICIES["ip-hash"])
    policy = POLICIES["ip-hash"]
    assert [member_index(policy, octet, n, packet) for n in (2, 3, 4)] == [0x1E % n for n in (2, 3, 4)]
    assert [member_index(policy, whole, n, packet) for n in (2, 3, 4)] == [0x11E % n for n in (2, 3, 4)]


def test_a_big_endian_host_differs_only_where_the_members_are_no_power_of_two() -> None:
    big = Variant("s390x", order="big")
    packets = [_tcp("10.0.0.11", "10.0.0.21", port, 6600) for port in range(49664, 49696)]
    policy = POLICIES["layer3+4"]
    pairs = [[member_index(policy, v, n, p) for p in packets] for n in (2, 4, 3) for v in (CURRENT, big)]
    assert pairs[0] == pairs[1]
    assert pairs[2] == pairs[3]
    assert pairs[4] != pairs[5]


@cache
def _recorded() -> list[dict[str, Any]]:
    if not LAB.exists():
        pytest.skip("the recorded hash vectors are not here")
    return [json.loads(line) for line in LAB.read_text(encoding="utf-8").splitlines()]


def test_every_recorded_choice_of_the_driver_is_predicted() -> None:
    rows = _recorded()
    wrong = [
        row
        for row in rows
        if member_index(POLICIES[row["policy"]], CURRENT, row["n_members"], Fields.of(row)) != row["member_index"]
    ]
    assert not wrong[:3]
    assert len(rows) > 3000


_BEYOND = {
    "encap2+3": {"6in4", "ipip", "gre", "nvgre", "proto47", "et8864", "et88ca"},
    "encap3+4": {"6in4", "ipip", "gre", "nvgre", "proto47", "et8864", "et88ca", "proto50", "proto51"},
    "layer2+3": {f"icmp{n}" for n in (3, 4, 5, 11, 12)} | {f"icmp6-{n}" for n in (1, 2, 3, 4)},
}
_BEYOND["layer3+4"] = _BEYOND["layer2+3"] | {"proto50", "proto51"}
"""Kinds of which what decides (an inner header, a quoted packet, an SPI) is in none of the fields."""


@pytest.mark.parametrize("policy", ["layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"])
def test_what_the_driver_chose_of_every_kind_of_frame_for_two_to_eight_members(policy: str) -> None:
    for row in map(json.loads, RECORDED.read_text(encoding="ascii").splitlines()):
        told = [member_index(POLICIES[policy], CURRENT, n, Fields.of(row)) for n in range(2, 9)]
        if row.get("kind") in _BEYOND.get(policy, ()):
            assert told == [None] * 7, row
        else:
            assert told == [int(chosen) for chosen in row["xor"][policy]], row


def test_sockets_hash_a_number_of_their_own_but_what_is_no_ip_has_none() -> None:
    policy = POLICIES["encap3+4"]
    assert member_index(policy, CURRENT, 2, _tcp("10.0.0.11", "10.0.0.21", 49666, 6600)) is None
    assert member_index(policy, CURRENT, 2, _tcp("10.0.0.11", "10.0.0.21", 49666, 6600, sent_by="frame")) == 1
    arp = {"src_mac": "00:00:00:00:00:01", "dst_mac": "ff:ff:ff:ff:ff:ff", "ethertype": 0x0806}
    assert member_index(policy, CURRENT, 3, Fields.of(arp)) == 0
    assert member_index(policy, variant("4.15"), 3, Fields.of(arp)) is None  # older kernels took ARP otherwise


@pytest.mark.parametrize(
    ("name", "same_as"),
    [
        ("2.6.32-754.el6", "before-3.13"),
        ("3.16", "3.13"),
        ("4.14.336", "3.17"),
        ("4.19", "4.15"),
        ("5.10.0-30", "5.5"),
        ("5.15.12", "5.15"),
        ("5.17", "5.15"),
        ("5.16.20", "5.15"),
        ("5.15.38", "5.18"),
        ("5.15.0-91-generic", "5.18"),
        ("5.17.6", "5.18"),
        ("5.14.0-70.el9", "5.12"),
        ("6.12.1", "5.18"),
        ("5.18-raw", "5.18-raw"),
        ("last-octet", "last-octet"),
    ],
)
def test_a_variant_by_the_version_of_a_kernel(name: str, same_as: str) -> None:
    assert variant(name).name == same_as


@pytest.mark.parametrize("name", ["", "newest", "v6", "6"])
def test_what_is_no_version_is_no_variant(name: str) -> None:
    with pytest.raises(KeyError):
        variant(name)


def test_many_packets_at_once_give_what_the_driver_chose() -> None:
    rows = [r for r in _recorded() if r["proto"] == 6 and r["src_port"] is not None and not r.get("tag_in_frame")]
    for policy in ("layer2", "layer2+3", "layer3+4"):
        for n in (2, 3):
            own = [row for row in rows if row["policy"] == policy and row["n_members"] == n]
            got = member_indexes(POLICIES[policy], CURRENT, n, _columns([Fields.of(row) for row in own]))
            assert got.tolist() == [row["member_index"] for row in own]


def _columns(packets: list[Fields]) -> Columns:
    def column(values: Iterator[int]) -> Any:
        return np.fromiter(values, dtype=np.uint64, count=len(packets))

    src = [p.src_ip or (4, 0) for p in packets]
    dst = [p.dst_ip or (4, 0) for p in packets]
    low = 2**64 - 1
    return Columns(
        src_mac=column(p.src_mac or 0 for p in packets),
        dst_mac=column(p.dst_mac or 0 for p in packets),
        vlan=column(p.vlan or 0 for p in packets),
        version=column(version for version, _ in src),
        src_hi=column(a >> 64 for _, a in src),
        src_lo=column(a & low for _, a in src),
        dst_hi=column(a >> 64 for _, a in dst),
        dst_lo=column(a & low for _, a in dst),
        src_port=column(p.src_port or 0 for p in packets),
        dst_port=column(p.dst_port or 0 for p in packets),
    )


MAC = st.integers(0, 2**48 - 1)
PORT = st.integers(0, 65535)


@st.composite
def _packets(draw: st.DrawFn) -> Fields:
    version = draw(st.sampled_from([4, 6]))
    address = st.integers(0, 2 ** (32 if version == 4 else 128) - 1)
    return Fields(
        draw(MAC),
        draw(MAC),
        0x0800 if version == 4 else 0x86DD,
        draw(st.none() | st.integers(1, 4094)),
        False,
        (version, draw(address)),
        (version, draw(address)),
        6,
        draw(PORT),
        draw(PORT),
    )


@given(
    st.lists(_packets(), min_size=1, max_size=5),
    st.sampled_from(sorted(POLICIES)),
    st.sampled_from(VARIANTS),
    st.sampled_from([Variant("big", order="big"), None]),
)
def test_one_packet_and_many_give_the_same(
    packets: list[Fields], name: str, known: Variant, other: Variant | None
) -> None:
    policy, chosen = POLICIES[name], other or known
    alone = [hash_value(policy, chosen, packet) for packet in packets]
    assert hash_values(policy, chosen, _columns(packets)).tolist() == [-1 if v is None else v for v in alone]
