"""States of single directions, from packets that are worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.decode.reference import Header
from flowmap.flow.sequence.joined import Piece, join_pieces, piece_of
from flowmap.flow.sequence.kept import kept_by_twin
from flowmap.flow.sequence.reference import NO_PORTS, SequenceTable
from flowmap.types import FLOW, Have

MS, US = 1_000_000, 1_000
BEGIN = 10**18
ACK, SYN = 16, 2
ALL_KNOWN = Have.SEQUENCE | Have.ACK | Have.FLAGS
PORT = bytes(6600) + b"\1" + bytes(65536 - 6601)


class Direction:
    """Packets of one direction of a connection to port 6600."""

    def __init__(self, interest: bytes = PORT) -> None:
        self.table = SequenceTable(interest)
        self.times: list[int] = []

    def packet(
        self, ts_ns: int, seq: int, payload: int, ip_id: int = 0, flags: int = ACK, have: int = ALL_KNOWN
    ) -> None:
        header = Header(
            seq=seq,
            payload=payload,
            ip_id=ip_id,
            flags=flags,
            sport=50000,
            dport=6600,
            have=have,
            ack=5,
            data_offset=20,
        )
        self.table.follow(0, header, BEGIN + ts_ns, bytes(54))
        self.times.append(BEGIN + ts_ns)

    def piece(self) -> Piece:
        rows = np.zeros(1, FLOW)
        rows["first_ns"], rows["last_ns"] = min(self.times), max(self.times)
        kept = kept_by_twin(self.table, rows)
        return piece_of(kept, 0, kept.holes, kept.sizes)


@pytest.mark.parametrize("records", [2, 3])
@pytest.mark.parametrize("together", [1, 5, 20])
def test_records_at_several_layers_are_no_retransmissions(records: int, together: int) -> None:
    """Each layer records `together` packets before the next one does."""
    direction = Direction()
    for begin in range(0, 200, together):
        for layer in range(records):
            for k in range(begin, begin + together):
                direction.packet(k * MS + layer * 10 * US + k, 1000 * k, 1000, ip_id=k + 1)
    found = direction.piece()
    assert (found.copies, found.sent_again, found.reordered) == (200 * (records - 1), 0, 0)
    assert found.missing_below(200_000) == 0


def test_a_segment_that_is_sent_again_has_another_ip_id() -> None:
    direction = Direction()
    for k in range(100):
        direction.packet(k * MS, 1000 * k, 1000, ip_id=k + 1)
        if k % 10 == 5:
            direction.packet(k * MS + 300 * US, 1000 * k, 1000, ip_id=1000 + k)
    found = direction.piece()
    assert (found.copies, found.sent_again) == (0, 10)


def test_ports_without_interest_are_not_followed() -> None:
    direction = Direction(NO_PORTS)
    for seq in (0, 5000, 2000):
        direction.packet(seq, seq, 1000)
    assert not direction.table.states
    assert not direction.table.log


def test_a_header_that_was_cut_says_nothing_of_what_was_sent() -> None:
    """Without its length the decoder knows of no payload: nothing is missing, and nothing came twice."""
    direction = Direction()
    for k in range(50):
        direction.packet(k * MS, 1000 * k, 0, ip_id=k + 1, have=Have.SEQUENCE, flags=0)
        direction.packet(k * MS + 1, 1000 * k, 0, ip_id=k + 500, have=Have.SEQUENCE, flags=0)
    found = direction.piece()
    assert (found.sent_again, found.reordered, found.missing_below(50_000)) == (0, 0, 0)


def test_the_last_syn_counts_and_what_it_offers() -> None:
    direction = Direction()
    header = Header(
        seq=9, flags=SYN, sport=50000, dport=6600, have=Have.SEQUENCE | Have.FLAGS, data_offset=28, l4_offset=34
    )
    frame = bytes(54) + b"\2\4\x05\xb4\3\3\7\0"
    for ts_ns in (0, 1000 * MS):
        direction.table.follow(0, header, BEGIN + ts_ns, frame)
    direction.times.append(BEGIN)
    direction.packet(1020 * MS, 10, 0)
    direction.packet(1021 * MS, 10, 100)
    offered = direction.piece().handshake
    assert (offered.mss, offered.scale) == (1460, 8)
    assert offered.syn_ns is not None
    assert offered.begun_ns is not None
    assert offered.begun_ns - offered.syn_ns == pytest.approx(20 * MS, abs=300)


@pytest.mark.parametrize(("pause", "counts"), [(0, (0, 1)), (20 * MS, (1, 0))])
def test_what_a_later_file_of_a_series_brings_fills_a_hole_of_the_one_before(
    pause: int, counts: tuple[int, int]
) -> None:
    """Soon after the hole opened the segment was overtaken, later it was sent again."""
    earlier, later = Direction(), Direction()
    for k in (0, 1, 3, 4):
        earlier.packet(k * MS, 1000 * k, 1000, ip_id=k + 1)
    for at, k in enumerate((5, 2, 6)):
        later.packet(pause + 5 * MS + at * US, 1000 * k, 1000, ip_id=k + 1)
    assert earlier.piece().missing_below(5000) == 1000
    joined = join_pieces([earlier.piece(), later.piece()])
    assert joined.missing_below(7000) == 0
    assert joined.sent == 7000
    assert (joined.sent_again, joined.reordered) == counts


@pytest.mark.parametrize(
    ("ids", "expected"), [((3, 9), (1, 0)), ((3, 2), (0, 1)), ((0, 0), (0, 1)), ((3, 40000), (0, 1))]
)
def test_ip_ids_that_are_near_tell_what_was_sent_again(ids: tuple[int, int], expected: tuple[int, int]) -> None:
    """(overtaker's, late one's): a resent packet has a later ID. Where IDs do not tell, 0.5 ms is soon."""
    direction = Direction()
    direction.packet(0, 0, 1000, ip_id=1)
    direction.packet(MS, 2000, 1000, ip_id=ids[0])
    direction.packet(MS + 500 * US, 1000, 1000, ip_id=ids[1])
    found = direction.piece()
    assert (found.sent_again, found.reordered) == expected


def test_an_earlier_ip_id_is_overtaken_however_late() -> None:
    direction = Direction()
    for at, seq, ip_id in ((0, 0, 1), (MS, 2000, 3), (20 * MS, 1000, 2)):
        direction.packet(at, seq, 1000, ip_id=ip_id)
    assert (direction.piece().sent_again, direction.piece().reordered) == (0, 1)


@pytest.mark.parametrize(
    ("took", "expected"), [(100 * US, (1, 0)), (600 * US, (1, 0)), (800 * US, (0, 1)), (5 * MS, (0, 1))]
)
def test_what_comes_after_the_round_trip_was_sent_again(took: int, expected: tuple[int, int]) -> None:
    """Without IP IDs, 0.7 ms after its overtaker."""
    direction = Direction()
    for at, seq in ((0, 0), (MS, 2000), (MS + 700 * US, 1000)):
        direction.packet(at, seq, 1000)
    found = direction.piece().within(took)
    assert (found.sent_again, found.reordered) == expected


def test_a_sender_that_goes_back_over_the_border_of_two_files_leaves_nothing_missing() -> None:
    """A window of 120 segments is lost, and sent again when the ring has gone on to its next file."""
    earlier, later = Direction(), Direction()
    for k in [*range(10), *range(130, 140)]:
        earlier.packet(k * MS, 1000 * k, 1000, ip_id=k + 1)
    later.packet(150 * MS, 140_000, 1000, ip_id=151)
    for k in range(10, 130):
        later.packet((190 + k) * MS, 1000 * k, 1000, ip_id=200 + k)
    assert earlier.piece().missing_below(141_000) == 120_000
    assert join_pieces([earlier.piece(), later.piece()]).missing_below(141_000) == 0
