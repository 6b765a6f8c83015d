"""What the reader gives of logs in every variant, and of cut, damaged and lossy ones. The logs are made event by event."""

from __future__ import annotations

import struct

import etl_files as e
import pytest
from etl_files import Buf, at, ns
from etl_read import read, source_of

from flowmap.capture.etl.reader import EtlReader
from flowmap.errors import NotACapture
from flowmap.types import TS_NONE

FRAMES = [e.ethernet(n, 60 + n) for n in range(9)]


def simple(**more: object) -> bytes:
    """Nine frames, a ms apart, in three buffers of one processor."""
    events = [e.frame(data, at(n)) for n, data in enumerate(FRAMES)]
    return e.log([Buf(events[:3]), Buf(events[3:6]), Buf(events[6:])], **more)


@pytest.mark.parametrize("gft", [False, True])
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("extended", [(), (b"1234567",), (b"", b"12345678", b"x" * 20)])
def test_a_frame_of_netsh_in_every_form_of_its_event(gft: bool, bits: int, extended: tuple[bytes, ...]) -> None:
    events = [
        e.frame(FRAMES[0], at(1), 12, gft=gft, bits=bits, extended=extended),
        e.frame(
            FRAMES[1],
            at(2),
            12,
            52,
            gft=gft,
            bits=bits,
            keyword=e.ETHERNET | e.SENT | e.START | e.END,
            extended=extended,
        ),
    ]
    found = read(e.log([Buf(events)], bits=bits))
    assert found.rows == [(ns(1), FRAMES[0], 60, "eth:12:0", 1), (ns(2), FRAMES[1], 61, "eth:52:0", 2)]
    assert [one.description for one in found.reader.interfaces] == [None, "LWF over IfIndex 12"]
    assert (found.reader.described_format, found.notices, found.reader.truncated) == ("etl", {}, False)


def test_events_of_others_are_stepped_over() -> None:
    events = [*e.other_events(at(0)), e.frame(FRAMES[0], at(1)), *e.other_events(at(2)), e.frame(FRAMES[1], at(3))]
    found = read(e.log([Buf(events)], first=e.other_events(e.T0)))
    assert (found.frames, found.notices) == (FRAMES[:2], {})


def test_processors_are_put_in_order_of_time() -> None:
    """Three processors in turn, of which one keeps its only buffer open up to the end; buffers stand as they were flushed."""
    busy = [Buf(processor=0), Buf(processor=0), Buf(processor=1), Buf(processor=1), Buf(processor=0), Buf(processor=1)]
    idle = Buf(processor=7)
    for n in range(60):
        buffer = idle if n % 10 == 9 else busy[n // 10]
        buffer.events.append(e.frame(e.ethernet(n), at(n)))
    places = [1, 3, 0, 2, 5, 4]
    found = read(e.log([busy[n] for n in places] + [idle]))
    assert found.frames == [e.ethernet(n) for n in range(60)]


def test_overlapping_processors_over_many_blocks() -> None:
    buffers = [Buf(processor=n % 5) for n in range(40)]
    for n in range(1200):
        buffers[n // 150 * 5 + n % 5].events.append(e.frame(e.ethernet(n), at(n)))
    data = e.log(buffers, size=8192)
    assert read(data, block_bytes=1).frames == read(data).frames == [e.ethernet(n) for n in range(1200)]


def test_buffers_shared_by_all_processors() -> None:
    """Without buffers of their own events of two processors are a little out of order, over the border of buffers too."""
    order = [1, 0, 2, 4, 3, 5, 7, 6, 8]
    buffers = [Buf([e.frame(FRAMES[n], at(n)) for n in order[start : start + 2]], flags=0) for start in range(0, 9, 2)]
    found = read(e.log(buffers, mode=0x10000001), block_bytes=1)
    assert found.frames == FRAMES


def test_a_circular_log_that_has_rotated() -> None:
    """The oldest buffers are overwritten: the file goes on with the newest, then the oldest left."""
    buffers = [Buf([e.frame(e.ethernet(n), at(n))], sequence=n + 1) for n in range(10)]
    found = read(e.log([*buffers[8:], *buffers[3:8]], mode=2))
    assert found.frames == [e.ethernet(n) for n in range(3, 10)]
    notice = found.notices["log_overwritten"]
    assert (notice.severity, notice.count, notice.undermines) == ("warning", 3, False)
    assert found.reader.windows == {}


@pytest.mark.parametrize(
    ("clock", "frequency", "tick"), [(1, 2_343_750, 426), (2, 0, 100), (3, 0, 0), (1, 10_000_000, 100)]
)
def test_clocks(clock: int, frequency: int, tick: int) -> None:
    """QPC, system time (a FILETIME), processor cycles (2400 MHz): a second and a tick after the begin."""
    per_second = {1: frequency, 2: 10_000_000, 3: 2_400_000_000}[clock]
    t0 = 133_400_000_000_000_000 if clock == 2 else 77
    data = e.log([Buf([e.frame(FRAMES[0], t0 + per_second + 1)])], clock=clock, frequency=frequency, t0=t0)
    assert read(data).rows[0][0] == e.START_NS + 1_000_000_000 + tick


def test_times_before_the_begin_and_beyond_all_times() -> None:
    events = [e.frame(FRAMES[0], at(-5)), e.frame(FRAMES[1], 2**63 - 1)]
    found = read(e.log([Buf(events)]))
    assert [row[0] for row in found.rows] == [ns(-5), TS_NONE]
    assert found.notices["time_out_of_range"].count == 1


def test_frames_in_parts() -> None:
    """Threads of one processor in turn, the idle thread of another, a frame over the border of two buffers."""
    first, second, third, fourth = (e.ethernet(n, 300) for n in range(4))
    a, b = (
        e.parts(first, [at(1), at(3), at(5)], process=4, thread=1),
        e.parts(second, [at(2), at(4)], process=4, thread=2),
    )
    c, d = e.parts(third, [at(1.5), at(6)]), e.parts(fourth, [at(7), at(7.1), at(7.2)], process=4, thread=1)
    buffers = [
        Buf([a[0], b[0], a[1], b[1], a[2], d[0], d[1]]),
        Buf(c, processor=1),
        Buf([d[2], e.frame(FRAMES[0], at(8))]),
    ]
    found = read(e.log(buffers), block_bytes=1)
    assert [(row[0], row[1]) for row in found.rows] == [
        (ns(1), first),
        (ns(1.5), third),
        (ns(2), second),
        (ns(7), fourth),
        (ns(8), FRAMES[0]),
    ]
    assert found.notices == {}


def test_parts_without_a_start_or_an_end_are_counted() -> None:
    whole, lost = e.ethernet(1, 300), e.ethernet(2, 300)
    a, b, c = (e.parts(lost, [at(n), at(n + 0.1), at(n + 0.2)]) for n in (1, 2, 3))
    events = [*a[1:], e.frame(FRAMES[0], at(1.5)), *b[:2], *e.parts(whole, [at(2.5), at(2.6)]), *c[:2]]
    found = read(e.log([Buf(events), Buf([e.frame(FRAMES[1], at(5000))])]))
    assert found.frames == [FRAMES[0], whole, FRAMES[1]]
    assert (found.notices["frame_incomplete"].count, found.notices["frame_incomplete"].undermines) == (6, False)


def test_frames_at_a_virtual_switch() -> None:
    data = e.log([Buf([e.switched(FRAMES[0], at(1), 31, 5, 30), e.switched(FRAMES[1], at(2), 31, 6)])])
    assert [row[3] for row in read(data).rows] == ["vNIC:Internal:P1:31:30", "vNIC:Internal:P1:31:0"]
    assert read(data).frames == FRAMES[:2]


@pytest.mark.parametrize("compiled", [True, False])
def test_the_rule_that_truncates_is_the_snaplen_and_names_of_interfaces_describe_them(compiled: bool) -> None:
    """Events 1016 and 5101 as the manifest has them: u8 id, u8 directive, u16 length, value; u8 id, name, u32 index, u16
    layers. Names tell only what tells interfaces apart."""

    def told(first: str, second: str) -> list[tuple[str | None, str | None, int]]:
        rules = [
            e.manifest(e.NDIS, 1016, at(0), struct.pack("<BBH", number, 3, 4) + value)
            for number, value in ((3, bytes(4)), (17, struct.pack("<I", 128)))
        ]
        names = [
            e.manifest(e.NDIS, 5101, at(0), b"\1" + f"{name}\0".encode("utf-16-le") + struct.pack("<IH", index, 0))
            for index, name in ((12, first), (13, second))
        ]
        frames = [e.frame(FRAMES[0], at(1), 12), e.frame(FRAMES[1], at(2), 13), e.frame(FRAMES[2], at(3), 12, 40)]
        found = read(e.log([Buf([*rules, *names, *frames])]), compiled=compiled)
        assert found.frames == FRAMES[:3]
        return [(one.name, one.description, one.snaplen) for one in found.reader.interfaces]

    own = [("eth:12:0", "SLOT 4", 128), ("eth:13:0", "SLOT 5", 128), ("eth:40:0", "LWF over IfIndex 12", 128)]
    assert told("SLOT 4", "SLOT 5") == own
    assert [description for _, description, _ in told("NDIS", "NDIS")] == [None, None, "LWF over IfIndex 12"]


def test_frames_without_ethernet() -> None:
    """802.11 frames lose the flag that says that they are encrypted: Windows has decrypted them. Raw IP has its own length."""
    wifi = b"\x88\x41" + bytes(40)
    raw = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1400, 1, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + bytes(20)
    both = e.START | e.END | e.RECEIVED
    found = read(
        e.log([Buf([e.frame(wifi, at(1), 7, keyword=both | e.WIFI), e.frame(raw, at(2), 9, keyword=both | e.RAW)])])
    )
    assert found.rows == [(ns(1), b"\x88\x01" + wifi[2:], 42, "wifi:7:0", 1), (ns(2), raw, 1400, "mbb:9:0", 1)]
    assert [one.link_type for one in found.reader.interfaces] == [105, 101]


def ip_frame(version: int, length: int, tags: int = 0) -> bytes:
    head = bytes(12) + b"\x81\0\0\5" * tags
    if version == 4:
        return head + b"\x08\0\x45\0" + struct.pack("!H", length) + bytes(30)
    return head + b"\x86\xdd\x60\0\0\0" + struct.pack("!H", length) + bytes(40)


@pytest.mark.parametrize(
    ("frame", "wire"),
    [
        (ip_frame(4, 1500), 1514),
        (ip_frame(6, 1440), 1494),
        (ip_frame(4, 1500, 1), 1518),
        (ip_frame(6, 1440, 2), 1502),
        (ip_frame(4, 0), 48),
        (ip_frame(6, 0), 60),
        (ip_frame(4, 20), 48),
        (ip_frame(4, 1500)[:15], 15),
        (b"", 0),
    ],
)
def test_the_original_length_is_inferred(frame: bytes, wire: int) -> None:
    assert read(e.log([Buf([e.frame(frame, at(1))])])).rows[0][2] == wire


def test_pktmon_names_its_components_at_the_end() -> None:
    mac = b"\2\0\0\0\0\7"
    frames = [
        e.pktmon(FRAMES[0], at(1), 12, original=1514),
        e.pktmon(FRAMES[0], at(1.1), 13),
        e.pktmon(FRAMES[1], at(2), 15, direction=4),
        e.pktmon(FRAMES[2], at(3), 12, number=170, reason=8),
        e.pktmon(b"GET", at(4), 12, kind=4),
        e.pktmon(FRAMES[3], at(5), 40),
    ]
    names = [
        e.component(12, 2, "mlx5.sys", "Mellanox ConnectX-5"),
        e.number(12, 1, 7),
        e.address(12, mac),
        e.component(15, 14, "mlx5.sys", "Mellanox ConnectX-5"),
        e.number(15, 1, 8),
        e.component(13, 3, "wfplwfs.sys", "WFP Filter"),
        e.number(13, 1, 47),
        e.number(13, 2, 7),
    ]
    found = read(e.log([Buf(frames), Buf(names)]))
    one, other = "Mellanox ConnectX-5", "Mellanox ConnectX-5 (component 15)"
    assert [row[1:] for row in found.rows] == [
        (FRAMES[0], 1514, one, 1),
        (FRAMES[0], 60, "WFP Filter", 1),
        (FRAMES[1], 61, other, 2),
        (FRAMES[3], 63, "component 40", 1),
    ]
    assert [(i.port, i.mac) for i in found.reader.interfaces] == [
        (one, mac.hex(":")),
        (one, None),
        (other, None),
        (None, None),
    ]
    assert (found.notices["frames_dropped_by_host"].count, found.notices["event_no_frame"].count) == (1, 1)


def test_what_a_log_says_that_it_lost() -> None:
    found = read(simple(events_lost=41, buffers_lost=2))
    notice = found.notices["capture_drops"]
    assert (notice.count, notice.severity, notice.undermines) == (41, "warning", True)
    assert "41 events, 2 buffers" in notice.detail


def test_a_log_that_was_never_closed_ends_in_zeros() -> None:
    found = read(simple(end_ns=None)[:-4096] + bytes(3 * 4096), block_bytes=1)
    assert (found.frames, set(found.notices)) == (FRAMES[:6], {"log_not_closed"})
    assert found.notices["log_not_closed"].first_offset == 3 * 4096


@pytest.mark.parametrize("strict", [False, True])
def test_a_buffer_that_is_something_else(strict: bool) -> None:
    data = bytearray(simple())
    data[8192:12288] = b"\x99" * 4096
    found = read(bytes(data), strict=strict)
    assert found.frames == (FRAMES[:3] if strict else FRAMES[:3] + FRAMES[6:])
    notice = found.notices["capture_damaged"]
    assert (notice.first_offset, notice.undermines, found.reader.damaged) == (8192, True, True)


def test_zeros_between_buffers_are_damage() -> None:
    data = bytearray(simple())
    data[8192:12288] = bytes(4096)
    found = read(bytes(data))
    assert (found.frames, found.notices["capture_damaged"].first_offset) == (FRAMES[:3] + FRAMES[6:], 8192)


@pytest.mark.parametrize("place", [0, 2, 3])
def test_damage_within_a_buffer_ends_with_it(place: int) -> None:
    """The size, the type or the marker of the second buffer's second event."""
    data = bytearray(simple())
    at_event = 8192 + 72 + 160
    data[at_event : at_event + 4] = {0: b"\5\0\x13\xc0", 2: b"\xff\xff\x13\xc0", 3: b"\xa0\0\x13\x55"}[place]
    found = read(bytes(data))
    assert found.frames == FRAMES[:4] + FRAMES[6:]
    assert found.notices["capture_damaged"].first_offset == at_event


def test_compressed_buffers_are_counted() -> None:
    data = bytearray(simple())
    data[8192 + 52] |= 0x40
    notice = read(bytes(data)).notices["buffer_compressed"]
    assert (notice.count, notice.first_offset, notice.undermines) == (1, 8192, True)
    assert read(bytes(data)).frames == FRAMES[:3] + FRAMES[6:]


@pytest.mark.parametrize("strict", [False, True])
def test_every_cut_gives_the_whole_events_before_it(strict: bool) -> None:
    data = simple()
    place = 3 * 4096 + 72
    ends = []
    for n in range(6, 9):
        place += -(-(80 + 12 + 60 + n) // 8) * 8
        ends.append(place)
    for cut in range(3 * 4096, len(data), 13):
        found = read(data[:cut], strict=strict)
        whole = 6 + sum(end <= cut + 7 for end in ends)
        assert len(found.frames) in (whole, whole - 1)
        assert found.frames == FRAMES[: len(found.frames)]
        if cut % 4096:
            assert found.reader.truncated
            assert found.notices["record_truncated"].undermines is strict
        assert "capture_damaged" not in found.notices


def test_events_that_contradict_themselves() -> None:
    events = [e.frame(FRAMES[0], at(1), size=5000), e.pktmon(FRAMES[1], at(2), 1, size=999), e.frame(FRAMES[2], at(3))]
    found = read(e.log([Buf(events)]))
    assert found.frames == [FRAMES[2]]
    notice = found.notices["event_broken"]
    assert (notice.count, notice.first_offset, notice.undermines) == (2, 4096 + 72, True)


def test_a_log_without_packets_says_what_is_in_it() -> None:
    with pytest.raises(NotACapture) as caught:
        read(e.log([Buf(e.other_events(at(1)))], session="DiagLog"))
    assert "DiagLog" in str(caught.value)
    assert "Microsoft-Windows-TCPIP (1)" in str(caught.value)
    assert "netsh trace start capture=yes" in str(caught.value.hint)
    assert "pktmon start --capture" in str(caught.value.hint)


@pytest.mark.parametrize("more", [{"clock": 9}, {"frequency": 0}, {"clock": 3, "megahertz": 0}])
def test_a_log_without_a_clock_is_refused(more: dict[str, int]) -> None:
    with pytest.raises(NotACapture, match="clock"):
        read(simple(**more))


def test_the_session_is_the_window_of_capturing() -> None:
    assert read(simple()).reader.windows == {0: (e.START_NS, e.START_NS + 60_000_000_000)}
    assert read(simple(end_ns=e.START_NS - 5)).reader.windows == {}


def test_a_file_that_shrinks_while_it_is_read(tmp_path: object) -> None:
    source = source_of(simple())
    reader = EtlReader(source, compiled=False, block_bytes=1)
    source._file.truncate(2 * 4096)
    assert sum(len(block.index) for block in reader.blocks()) == 3
    assert reader.damaged
    assert "shortened" in next(iter(reader.notices)).detail
    source.close()
