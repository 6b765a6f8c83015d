"""Which addresses are kept, and the permutation of MACs against what it promises."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from privacy_reference import REFERENCE_KEY

from flowmap.privacy.addresses import AddressMap

keys = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("text", ["0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.251", "::", "::1", "ff02::1"])
def test_addresses_that_are_the_same_everywhere_are_kept(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert AddressMap(REFERENCE_KEY).ip(address.version, int(address)) == int(address)


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "169.254.1.1", "fe80::21b:21ff:feaa:bbcc", "ff02::1:ffaa:bbcc", "0.0.0.1", "::2"]
)
def test_all_others_are_mapped(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert AddressMap(REFERENCE_KEY).ip(address.version, int(address)) != int(address)


@given(keys, st.sets(st.integers(1, 2**48 - 2), min_size=2, max_size=20))
def test_macs_stay_distinct_and_keep_their_two_bits(key: bytes, macs: set[int]) -> None:
    mapped = {mac: AddressMap(key).mac(mac) for mac in macs}
    assert len(set(mapped.values())) == len(macs)
    assert all(mac >> 40 & 3 == other >> 40 & 3 and other < 2**48 for mac, other in mapped.items())


def test_macs_of_one_vendor_do_not_stay_together() -> None:
    addresses = AddressMap(REFERENCE_KEY)
    vendors = {addresses.mac(0x001B21_000000 + number) >> 24 for number in range(50)}
    assert len(vendors) > 45


@pytest.mark.parametrize("mac", [0, 2**48 - 1, 0x0180C2000002, 0x0180C200000E])
def test_macs_that_are_the_same_everywhere_are_kept(mac: int) -> None:
    assert AddressMap(REFERENCE_KEY).mac(mac) == mac


def test_another_key_maps_otherwise() -> None:
    first, second = AddressMap(REFERENCE_KEY), AddressMap(bytes(range(32)))
    assert first.mac(0x001B21AABBCC) != second.mac(0x001B21AABBCC)
    assert first.ip(4, 0x0A000001) != second.ip(4, 0x0A000001)
    assert all(a != b for a, b in pairwise(sorted(AddressMap(bytes(range(k, k + 32))).mac(2) for k in range(8))))
