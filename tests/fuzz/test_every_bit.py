"""Three small captures with one bit wrong, or cut off anywhere: never a crash, never a hang, and no packet gets lost uncounted.

Whatever is read is read alike by kernel and twin, and read = used + each reason to skip (`harness.scan` asserts both).
With FLOWMAP_EXHAUSTIVE it is every bit of the first 512 bytes and every length; else some of them, always the same.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import etl_files as etl
import pytest
import strategies as s
from fuzz import harness

ROOT = Path(__file__).parents[2]
FLIPPED = 512
SOME = 70
"""How many flips and how many lengths of each capture are tried else."""
SLOW = 10.0
"""Seconds of processor time that no input of a few kilobytes may take, on the slowest machine."""


def pcap() -> bytes:
    """The first packets of a failover: LACPDUs, handshakes, payload; in microseconds."""
    return (ROOT / "captures" / "06-failover" / "nic1.pcap").read_bytes()[:2900]


def pcapng() -> bytes:
    """The first blocks of a trunk with tagged migrations, names and options."""
    return (ROOT / "captures" / "11a-two-vlans-one-member" / "host.pcapng").read_bytes()[:2900]


def event_log() -> bytes:
    """A log of netsh with frames of two interfaces, one of them in pieces."""
    segment = s.tcp_header(50_000, 6600, 1, 1, s.SYN)
    frame = s.ethernet(2, 4, 0x0800) + s.ipv4_header(1, 2, len(segment)) + segment
    plain = [etl.Buf([etl.frame(frame, etl.at(n), 12 + n % 2)], n % 2) for n in range(4)]
    return etl.log([*plain, etl.Buf(etl.parts(frame, [etl.at(9), etl.at(10)]))], 512)


CAPTURES = {"pcap": pcap, "pcapng": pcapng, "etl": event_log}


@cache
def made(kind: str) -> bytes:
    return CAPTURES[kind]()


def wrong_bits(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The capture with each bit of its first bytes turned over."""
    for bit in range(8 * min(FLIPPED, len(data))):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", bytes(flipped)


def cuts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The capture cut off at each place."""
    for length in range(len(data)):
        yield f"length {length}", data[:length]


def chosen(spoiled: Iterator[tuple[str, bytes]], most: int) -> list[tuple[str, bytes]]:
    every = list(spoiled)
    if os.environ.get("FLOWMAP_EXHAUSTIVE"):
        return every
    return random.Random(7).sample(every, min(most, len(every)))


def read(kind: str, data: bytes) -> None:
    """Kernel and twin, which tell the same, within the time."""
    begun = time.process_time()
    if kind == "etl":
        harness.assert_same(harness.event_log(data, compiled=False), harness.event_log(data, compiled=True))
    else:
        harness.assert_same(
            harness.scan(data, compiled=False, buffer=1 << 12), harness.scan(data, compiled=True, buffer=1 << 16)
        )
    assert time.process_time() - begun < SLOW


@pytest.mark.parametrize("kind", CAPTURES)
def test_a_wrong_bit_is_read_around(kind: str) -> None:
    for what, data in chosen(wrong_bits(made(kind)), SOME):
        print(kind, what)  # the last line, where the test fails
        read(kind, data)


@pytest.mark.parametrize("kind", CAPTURES)
def test_a_cut_is_read_up_to_it(kind: str) -> None:
    for what, data in chosen(cuts(made(kind)), SOME):
        print(kind, what)  # the last line, where the test fails
        read(kind, data)


@pytest.mark.parametrize("kind", CAPTURES)
def test_and_every_one_of_them_gets_a_report(kind: str) -> None:
    """Through everything: the report with all its sums, its text and its flows, or a refusal in words."""
    for spoiled in (wrong_bits, cuts):
        for what, data in chosen(spoiled(made(kind)), SOME // 7):
            print(kind, what)
            begun = time.process_time()
            harness.analyze(data, compiled=True)
            assert time.process_time() - begun < SLOW
