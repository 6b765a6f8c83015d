"""Crypto-PAn against the vectors of its authors and another program."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_reference import REFERENCE_KEY

from flowmap.privacy.cryptopan import CryptoPan

PUBLISHED = """
128.11.68.132 135.242.180.132  129.118.74.4 134.136.186.123    130.132.252.244 133.68.164.234  141.223.7.43 141.167.8.160
141.233.145.108 141.129.237.235  152.163.225.39 151.140.114.167  156.29.3.236 147.225.12.42    165.247.96.84 162.9.99.234
166.107.77.190 160.132.178.185  192.102.249.13 252.138.62.131  192.215.32.125 252.43.47.189    192.233.80.103 252.25.108.8
192.41.57.43 252.222.221.184    193.150.244.223 253.169.52.216  195.205.63.100 255.186.223.5   24.0.250.221 100.15.198.226
24.13.62.231 100.2.192.247      38.15.67.68 64.3.66.187         4.3.88.225 124.60.155.63       63.14.55.111 95.9.215.7
64.14.118.196 0.255.183.58      64.34.154.117 0.221.154.117     10.185.25.118 117.161.29.118   216.35.217.178 235.195.157.81
"""
"""Of sample_trace_raw and sample_trace_sanitized in the authors' distribution, with the key of its sample.cpp."""
PUBLISHED_V6 = {
    "::2": "78ff:f001:9fc0:20df:8380:b1f1:704:ef",
    "::ffff": "78ff:f001:9fc0:20df:8380:b1f1:704:f838",
    "2001:db8::1": "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e",
    "2001:db8::2": "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c",
}
"""Of the program of Y. Angel, with the same key."""
keys = st.binary(min_size=32, max_size=32)


def test_the_published_addresses_come_out() -> None:
    words = PUBLISHED.split()
    raw, mapped = ([int(ipaddress.IPv4Address(word)) for word in words[start::2]] for start in (0, 1))
    assert len(raw) == 24
    assert CryptoPan(REFERENCE_KEY).many(raw, 32) == mapped


def test_the_published_ipv6_addresses_come_out() -> None:
    raw, mapped = ([int(ipaddress.IPv6Address(one)) for one in side] for side in (PUBLISHED_V6, PUBLISHED_V6.values()))
    assert CryptoPan(REFERENCE_KEY).many(raw, 128) == mapped


@settings(max_examples=15)
@given(keys, st.lists(st.integers(0, 2**32 - 1), max_size=4), st.lists(st.integers(0, 2**128 - 1), max_size=2))
def test_another_program_maps_alike(key: bytes, v4: list[int], v6: list[int]) -> None:
    from yacryptopan import CryptoPAn

    other, ours = CryptoPAn(key), CryptoPan(key)
    assert ours.many(v4, 32) == [other.anonymize_bin(one, 4) for one in v4]
    assert ours.many(v6, 128) == [other.anonymize_bin(one, 6) for one in v6]


def test_many_addresses_are_mapped_as_each_alone() -> None:
    pan = CryptoPan(REFERENCE_KEY)
    some = [number * 2654435761 % 2**32 for number in range(9000)]  # more than go through AES at once
    mapped = pan.many(some, 32)
    assert [mapped[place] for place in (0, 8191, 8192, 8999)] == [
        pan.many([some[p]], 32)[0] for p in (0, 8191, 8192, 8999)
    ]
    assert len(set(mapped)) == len(set(some))


@given(keys, st.integers(0, 2**32 - 1), st.integers(0, 31))
def test_two_addresses_keep_the_length_of_their_common_prefix(key: bytes, number: int, bit: int) -> None:
    one, other = CryptoPan(key).many([number, number ^ 1 << bit], 32)
    assert (one ^ other).bit_length() == bit + 1


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        CryptoPan(bytes(length))
