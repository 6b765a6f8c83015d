"""Header fields as hashes see them: one packet by name and many as columns give the same words."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import numpy as np
import pytest

from flowmap.team.hashes.fields import Columns, Fields, words_of, words_of_columns

V4, V6 = ("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8:0:5::2")


def fields(**row: Any) -> Fields:
    return Fields.of({"src_ip": V4[0], "dst_ip": V4[1], "proto": "6", "src_port": "50000", "dst_port": 443, **row})


def test_values_are_texts_or_numbers_and_empty_where_there_is_none() -> None:
    found = fields(src_mac="02:00:00:00:00:01", dst_mac="02-00-00-00-00-ff", vlan="0x64", icmp_id="")
    assert (found.src_mac, found.dst_mac, found.vlan) == (0x020000000001, 0x0200000000FF, 100)
    assert (found.src_ip, found.dst_port, found.icmp_id) == ((4, 0x0A000001), 443, None)
    assert found.ethertype == 0x0800
    assert Fields.of({"src_ip": V6[0]}).ethertype == 0x86DD
    assert Fields.of({}).ethertype is None


@pytest.mark.parametrize(
    ("row", "fragment"),
    [({}, False), ({"more_fragments": "true"}, True), ({"frag_offset": "185"}, True), ({"frag_offset": 0}, False)],
)
def test_a_fragment_has_more_to_come_or_something_before_it(row: dict[str, Any], fragment: bool) -> None:
    assert fields(**row).fragment == fragment


@pytest.mark.parametrize(
    "row", [{"vlan": 4096}, {"src_port": 65536}, {"proto": "-1"}, {"src_ip": "10.0.0"}, {"icmp_type": "x"}]
)
def test_a_value_that_its_bits_do_not_hold_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fields(**row)


def test_addresses_fold_to_the_xor_of_their_32_bit_words() -> None:
    assert words_of(fields(), False).addresses == 0x0A000001 ^ 0x0A000002
    six = words_of(fields(src_ip=V6[0], dst_ip=V6[1]), False)
    assert six.addresses == 0x20010DB8 ^ 1 ^ 0x20010DB8 ^ 5 ^ 2


def test_ports_are_those_of_protocols_that_have_some_and_of_whole_packets() -> None:
    assert words_of(fields(), False).ports == 50000 << 16 | 443
    assert words_of(fields(proto=47), False).ports == 0  # GRE
    assert words_of(fields(proto=132), False).ports == 50000 << 16 | 443  # SCTP
    assert words_of(fields(frag_offset=1), False).ports == 0


def test_an_echo_has_its_type_code_and_id_in_place_of_ports() -> None:
    """RFC 792: type 8, code 0; the id is in network order, which a little-endian CPU turns round."""
    echo = {"proto": 1, "icmp_type": 8, "icmp_code": 0, "icmp_id": 0x1234, "src_port": None, "dst_port": None}
    assert words_of(fields(**echo), True).ports == 0x08003412
    assert words_of(fields(**echo), False).ports == 0
    assert words_of(fields(**echo | {"icmp_type": 3}), True).ports == 0  # unreachable: it has no id
    assert words_of(fields(**echo | {"icmp_id": 0}), True).ports == 0x08000100  # the kernel keeps 0 for none


def test_a_tag_in_the_frame_hides_what_is_in_it() -> None:
    seen = words_of(fields(vlan=7, tag_in_frame="yes"), False)
    assert (seen.vlan, seen.ethertype, seen.is_ip) == (0, 0x8100, 0)
    inserted = words_of(fields(vlan=7), False)
    assert (inserted.vlan, inserted.ethertype, inserted.is_ip) == (7, 0x0800, 0xFFFFFFFF)


@pytest.mark.parametrize("ends", [V4, V6])
def test_many_packets_have_the_words_that_each_has(ends: tuple[str, str]) -> None:
    src, dst = (ip_address(end) for end in ends)
    one = fields(src_ip=ends[0], dst_ip=ends[1], src_mac="02:00:00:00:00:01", dst_mac="02:00:00:00:00:02", vlan=9)
    halves = [np.array([int(end) >> shift & (1 << 64) - 1], np.uint64) for end in (src, dst) for shift in (64, 0)]
    number = [np.array([value]) for value in (0x020000000001, 0x020000000002, 9, src.version)]
    many = words_of_columns(Columns(*number, *halves, np.array([50000], "u2"), np.array([443], "u2")))
    alone = words_of(one, False)
    for name in ("src_mac", "dst_mac", "vlan", "ethertype", "is_ip", "addresses", "ports"):
        assert getattr(many, name).tolist() == [getattr(alone, name)], name
