"""The compiled walkers against their twins: same rows, same end, same state, whatever the bytes are."""

from __future__ import annotations

import os
import struct
from fractions import Fraction

import numpy as np
from builders import EPB, IDB, ISB, NRB, PB, PCAP_MODIFIED, PCAP_NS, SHB, SPB, block, epb, idb, isb, pb, pcap, shb, spb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flowmap.capture import kernel, layout, reference
from flowmap.capture.blocks.pcapng import resolution
from flowmap.types import IFACE, INDEX, TS_NONE

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
TIMES = (2**63 - 1, 0, 1_700_000_000_123_456_789)


def interfaces() -> np.ndarray:
    rows = np.zeros(4, IFACE)
    for row, (value, zone, snaplen) in zip(
        rows, [(6, 0, 70), (9, -5, 60), (0x80 | 20, 3, 96), (12, -(2**63), 262144)], strict=True
    ):
        row["unit"], row["factor"] = resolution(value)
        row["offset_s"], row["snaplen"] = zone, snaplen
    return rows


def base_pcap(magic: int = 0xA1B2C3D4, big: bool = False) -> bytes:
    packets = [(10**9 * n + n % 2, bytes([n] * (n % 90)), n + 20) for n in range(30)]
    return pcap(packets, magic=magic, big=big)[24:]


def base_pcapng(big: bool = False) -> bytes:
    parts = [epb(t, bytes(n), big, interface=n % 4, flags=n, drops=n or None) for n, t in enumerate(TIMES)]
    parts += [pb(5, b"abc", big, interface=1, drops=7, flags=2), spb(b"x" * 70, big, wire=200)]
    parts += [block(NRB, bytes(9), big), epb(2**64 - 1, b"", big, interface=3, items=[(1, b"comment"), (0, b"")])]
    parts += [
        epb(1, bytes(100), big, interface=9),
        epb(3, b"last", big, drops=2**64 - 1),
        block(0x0BAD, bytes(40), big),
    ]
    return b"".join(parts)


BASES_PCAPNG = [base_pcapng(False), base_pcapng(True)]
BASES_PCAP = [base_pcap(), base_pcap(PCAP_NS, True), base_pcap(PCAP_MODIFIED)]


@st.composite
def mutated(draw: st.DrawFn, bases: list[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(bases)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data) - 1))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            data[at] = draw(st.integers(0, 255))
        elif kind == 1:
            word = draw(st.sampled_from([0, 1, 11, 12, 13, 28, 31, 32, 262144, 262145, 16 << 20, 2**31, 2**32 - 1]))
            data[at & ~3 : (at & ~3) + 4] = struct.pack(draw(st.sampled_from(["<I", ">I"])), word)
        elif kind == 2:
            del data[at:]
        else:
            data[at:at] = draw(st.binary(max_size=9))
        data = data or bytearray(1)
    return bytes(data)


BLOCKS = st.lists(
    st.tuples(st.sampled_from([EPB, PB, SPB, IDB, ISB, NRB, SHB, 99]), st.binary(max_size=60), st.booleans()),
    max_size=8,
).map(lambda items: b"".join(block(kind, body, big) for kind, body, big in items))


def run(
    name: str,
    module: object,
    data: bytes,
    start: int,
    capacity: int,
    words: list[int],
    *,
    fractions: int | None = None,
    last: int = layout.NO_SECOND,
    final: bool = False,
    trust: bool = False,
) -> tuple[object, ...]:
    index = np.zeros(capacity, INDEX)
    state = np.zeros(layout.STATE_SIZE + 4, np.int64)
    state[: len(words)] = words
    state[layout.S_FRACTIONS] = 2**32 if fractions is None else fractions
    state[layout.S_LAST], state[layout.S_FINAL], state[layout.S_TRUST] = last, final, trust
    state[layout.S_JUMP] = layout.MAX_JUMP
    arguments = [index, np.frombuffer(data, np.uint8).copy(), min(start, len(data)), len(data), state]
    if name == "walk_pcapng":
        arguments.append(interfaces())
    count, consumed, status = getattr(module, name)(*arguments)
    rows = index[: int(count)]
    assert all(int(row["offset"]) + int(row["cap_len"]) <= len(data) for row in rows)
    assert start <= int(consumed) <= len(data) or start > len(data)
    return int(count), int(consumed), int(status), rows.tolist(), state.tolist()


@QUICK
@given(
    st.one_of(st.binary(max_size=200), mutated(BASES_PCAPNG), BLOCKS),
    st.integers(0, 40),
    st.integers(0, 12),
    st.booleans(),
    st.integers(0, 4),
)
@example(BASES_PCAPNG[0], 0, 20, False, 4)
@example(BASES_PCAPNG[1], 0, 20, True, 4)
def test_pcapng_kernel_equals_twin(data: bytes, start: int, capacity: int, big: bool, count: int) -> None:
    words = [int(big), 0, 0, 0, 0, count]
    assert run("walk_pcapng", kernel, data, start, capacity, words) == run(
        "walk_pcapng", reference, data, start, capacity, words
    )


@QUICK
@given(
    st.one_of(st.binary(max_size=200), mutated(BASES_PCAP)),
    st.integers(0, 40),
    st.integers(0, 40),
    st.booleans(),
    st.sampled_from([16, 20, 24, 28]),
    st.sampled_from([1, 1000]),
    st.integers(0, 2),
    st.sampled_from([None, 10**6, 10**9]),
    st.one_of(st.just(layout.NO_SECOND), st.integers(0, 40), st.integers(0, 2**32 - 1)),
    st.booleans(),
    st.booleans(),
)
@example(BASES_PCAP[0], 0, 40, False, 16, 1000, 0, 10**6, -1, True, False)
@example(BASES_PCAP[0], 0, 40, False, 16, 1000, 0, 10**6, layout.MAX_JUMP, False, False)
@example(BASES_PCAP[0], 0, 40, False, 16, 1000, 0, 10**6, layout.MAX_JUMP + 1, False, True)
@example(BASES_PCAP[1], 0, 40, True, 16, 1, 0, 10**9, 5, False, False)
def test_pcap_kernel_equals_twin(
    data: bytes,
    start: int,
    capacity: int,
    big: bool,
    record: int,
    fraction: int,
    lengths: int,
    fractions: int | None,
    last: int,
    final: bool,
    trust: bool,
) -> None:
    words = [int(big), record, fraction, lengths]
    more = {"fractions": fractions, "last": last, "final": final, "trust": trust}
    assert run("walk_pcap", kernel, data, start, capacity, words, **more) == run(
        "walk_pcap", reference, data, start, capacity, words, **more
    )


WIDE = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64 - 1, 9_223_372_036_854_775, 9_223_372_036_854_776]),
)
ZONES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(10**11), 10**11),
    st.sampled_from([0, -9223372037, -9223372036, 9223372036, -(2**63), 2**63 - 1]),
)


@QUICK
@given(WIDE, st.integers(0, 255), ZONES)
@example(2**64 - 1, 0, -(2**63))
@example(2**63 + 9223372036, 0, -(2**63))
@example(854775807, 9, 9223372036)
@example(854775808, 9, 9223372036)
@example(145224192, 9, -9223372037)
@example(145224193, 9, -9223372037)
@example(2**64 - 1, 29, 0)
@example(2**64 - 1, 28, 0)
@example(2**64 - 1, 0x80 | 127, 0)
@example(2**64 - 1, 0x80 | 64, 5)
@example(2**64 - 1, 0x80 | 63, 5)
@example(2**64 - 1, 0x80 | 33, 0)
@example(2**40 + 1, 0x80 | 0, 0)
def test_times_are_exact(ticks: int, value: int, zone: int) -> None:
    """Against rational arithmetic on what the pcapng draft says of if_tsresol and if_tsoffset."""
    base = 2 if value & 0x80 else 10
    seconds = Fraction(ticks, base ** (value & 0x7F)) + zone
    expected = (seconds * 10**9).__floor__()
    if not -(2**63) < expected < 2**63:
        expected = TS_NONE
    unit, factor = resolution(value)
    assert reference.to_ns(ticks, unit, factor, zone) == expected
    assert kernel.to_ns(ticks, unit, factor, zone) == expected


def test_the_bases_hold_what_they_should() -> None:
    """The valid files are walked to their ends, so that mutations start from something."""
    count, consumed, status, *_ = run("walk_pcapng", kernel, BASES_PCAPNG[0], 0, 50, [0, 0, 0, 0, 0, 4])
    assert (count, consumed, status) == (7, len(BASES_PCAPNG[0]), layout.MORE)
    words = [0, 16, 1000, 0]
    count, consumed, status, *_ = run("walk_pcap", kernel, BASES_PCAP[0], 0, 50, words, final=True)
    assert (count, consumed, status) == (30, len(BASES_PCAP[0]), layout.MORE)
    count, consumed, status, *_ = run("walk_pcap", kernel, BASES_PCAP[0], 0, 50, words)
    assert (count, consumed, status) == (29, len(BASES_PCAP[0]) - 16 - 29, layout.MORE)  # the last one waits


def test_helpers_agree_with_the_sections_they_build() -> None:
    assert shb()[:12] == bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a")
    assert len(idb()) == 20
    assert len(isb()) == 24
