"""The flow table of one capture: owns the arrays, grows them, and feeds them from blocks of packets.

Two implementations with one meaning: `CompiledTable`, and `PlainTable`, the twin, for other decoders and where there is no
compiled kernel.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from flowmap.flow.bins.reference import N_BINS
from flowmap.flow.growing import Growing
from flowmap.flow.reference import MAX_GAPS, ReferenceTable
from flowmap.flow.sequence.kept import Kept, kept_by_twin
from flowmap.flow.sequence.reference import NO_PORTS
from flowmap.flow.sequence.store import SequenceStore
from flowmap.types import BIN, FLOW, GAP, HEADER, LINK, MACPAIR, TS_NONE, PacketClass

if TYPE_CHECKING:
    from flowmap.capture.reader import Block
    from flowmap.capture.source.window import Counted, Stretch
    from flowmap.decode.reference import Header
    from flowmap.flow.scanning.partner import Partner

__all__ = ["BATCH", "CompiledTable", "Decode", "FlowTable", "PlainTable"]

Array = np.ndarray[Any, Any]
Arrays = tuple[Array, Array, Array, Array]
Decode = Callable[[bytes, int, int, int, int], "Header"]
"""A captured frame, its length on the wire, link type, epb_flags and FCS length in: see `decode.reference.decode`."""
BATCH = 64
"""Packets, as in `table.pxd`."""
_AT_ONCE = 16 << 20
"""Bytes of a file that are read and counted before others are heard."""
_ROOM = (256, 4, 64)
"""For rows, links and MAC pairs at first."""


class FlowTable(Protocol):
    """What a scan needs of either table."""

    @property
    def pairs_lost(self) -> int:
        """Frames whose MAC pair was not counted."""

    @property
    def links_lost(self) -> int:
        """Packets whose link was not told apart."""

    @property
    def undecoded(self) -> int:
        """Frames that hold no IP, or something else than TCP."""

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        """Count all packets of a block; returns the positions in its index of control frames."""

    def arrays(self) -> Arrays:
        """Return (rows FLOW, links LINK, pairs MACPAIR, bins BIN) as counted so far."""

    def gaps(self) -> list[tuple[int, int, int]]:
        """Return (link, last packet, next packet) of silences of at least 200 ms."""

    def kept(self) -> Kept:
        """Return what is kept of sequence numbers."""


class PlainTable:
    """The twin as a table: some microseconds a packet. `decode` takes the place of its decoder."""

    def __init__(self, from_ns: int, to_ns: int, decode: Decode | None = None, interest: bytes = NO_PORTS) -> None:
        self._table = ReferenceTable(from_ns, to_ns, interest)
        self._decode = decode

    @property
    def pairs_lost(self) -> int:
        return self._table.pairs_lost

    @property
    def links_lost(self) -> int:
        return self._table.links_lost

    @property
    def undecoded(self) -> int:
        return self._table.undecoded

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        from flowmap.decode import reference
        from flowmap.decode.frames import frames_of

        decode = self._decode or reference.decode
        control = []
        for number, ts_ns, frame, wire_len, interface, flags, link_type, fcs_len in frames_of(block, ifaces):
            header = decode(frame, wire_len, link_type, flags, fcs_len)
            if self._table.update(header, ts_ns, frame, wire_len, interface):
                control.append(number)
        return control

    def arrays(self) -> Arrays:
        return self._table.arrays()

    def gaps(self) -> list[tuple[int, int, int]]:
        return [(link, start, end) for start, end, link in self._table.gaps]

    def kept(self) -> Kept:
        return kept_by_twin(self._table.sequences, self._table.arrays()[0])


class CompiledTable:
    """The kernels as a table."""

    def __init__(self, from_ns: int, to_ns: int, interest: bytes = NO_PORTS) -> None:
        from flowmap.flow.kernel import Kernel

        self.partner: Partner | None = None
        """Who counts large files with it."""
        self._kernel = Kernel(secrets.token_bytes(192), from_ns, to_ns)
        self._headers = np.zeros(BATCH, dtype=HEADER)
        self._control = np.zeros(1, dtype=np.int64)
        self._rows, self._links, self._pairs = (
            Growing(FLOW, _ROOM[0]),
            np.zeros(_ROOM[1], LINK),
            np.zeros(_ROOM[2], MACPAIR),
        )
        self._bins, self._gaps = np.zeros((2 * BATCH, N_BINS), np.uint64), np.zeros(MAX_GAPS, GAP)
        self._slots: list[Array] = [np.zeros(0, np.int64)] * 3
        self._store = SequenceStore(interest, BATCH)
        self._grow()

    @property
    def pairs_lost(self) -> int:
        return int(self._kernel.lost[0])

    @property
    def links_lost(self) -> int:
        return int(self._kernel.lost[1])

    @property
    def undecoded(self) -> int:
        classes = self._links["classes"][: self._kernel.counts[1]]
        return int(classes[:, PacketClass.NON_IP].sum() + classes[:, PacketClass.IP_OTHER].sum())

    @property
    def calm_packets(self) -> int:
        """Packets that went the kernel's short way."""
        return int(self._kernel.calm_packets)

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        if len(self._control) < len(block.index):
            self._control = np.zeros(len(block.index), dtype=np.int64)
        found: list[int] = []
        done = ready = 0
        while True:
            done, n_control, declined = self._kernel.ingest(
                self._headers, block.data, block.index, ifaces, self._control, done, ready
            )
            found += self._control[:n_control].tolist()
            if done >= len(block.index):
                return found
            ready = 0
            if declined:
                ready = self._decode_declined(block, ifaces, done)
            else:
                self._grow()

    def count_straight(self, stretch: Stretch) -> Counted:
        """Count packets while walking them, up to the first that `ingest` must see."""
        from flowmap.capture.source.window import Counted

        start, end, taken, left = stretch.start, stretch.end, 0, min(stretch.left, _AT_ONCE)
        packets, largest, last_ns, full = 0, 0, TS_NONE, len(stretch.ifaces) > 0
        while full:
            at_work = stretch._replace(start=start, end=end)
            (more, start, end, got, longest, latest_ns), full = self._count(at_work, left - taken)
            taken += got
            if more:
                packets, largest, last_ns = packets + more, max(largest, longest), latest_ns
            if full:
                self._grow()
        return Counted(packets, start, end, taken, largest, last_ns)

    def _count(self, stretch: Stretch, left: int) -> tuple[Counted, bool]:
        """Count a stretch by itself or in turn with a partner; also return whether the table must grow before it goes on."""
        from flowmap.capture.source.window import Counted

        if self.partner is not None and self.partner.worth(stretch, left):
            return self.partner.count(self._kernel, self._headers, stretch, left)
        data, start, end, state, ifaces, blocks, file, _ = stretch
        *counted, full = self._kernel.count_straight(self._headers, data, start, end, state, ifaces, blocks, file, left)
        return Counted(*counted), full

    def _decode_declined(self, block: Block, ifaces: Array, start: int) -> int:
        """Decode what the kernel left of the batch that begins at record `start`. Returns how many rows are decoded now."""
        from flowmap.decode.numbers import DECLINED
        from flowmap.decode.reference import decode_foreign

        n = min(BATCH, len(block.index) - start)
        for row in np.flatnonzero(self._headers["cls"][:n] == DECLINED).tolist():
            _, offset, cap_len, wire_len, interface, flags = block.index[start + row].item()
            frame = block.data[offset : offset + cap_len].tobytes()
            link = ifaces[interface]
            self._headers[row] = decode_foreign(frame, wire_len, int(link["link_type"]), flags, int(link["fcs_len"]))
        return n

    def _grow(self) -> None:
        """Make room for a batch: arrays by a half, slots so that at most half are used."""
        n_rows, n_links, n_pairs, n_bins, _ = self._kernel.counts
        if n_rows + BATCH > len(self._rows.array):
            self._rows.reserve(n_rows + max(BATCH, n_rows // 2))
        for array, used in ((self._links, n_links), (self._pairs, n_pairs), (self._bins, n_bins)):
            if used + BATCH > len(array):
                array.resize((used + max(BATCH, used // 2), *array.shape[1:]), refcheck=False)
        self._kernel.attach(self._rows.array, self._links, self._pairs, self._bins, self._gaps)
        self._store.reserve(len(self._rows.array), *self._kernel.sequence_counts[:4])
        self._kernel.attach_sequences(*self._store.arrays)
        anew: list[Array | None] = [None] * 3
        for number, used in enumerate((n_rows, n_links, n_pairs)):
            if 2 * (used + BATCH) > len(self._slots[number]):
                anew[number] = np.full(_slots_for(used + BATCH), 0, np.int64)  # pages of `zeros` would be mapped twice
        self._kernel.rehash(*anew)
        self._slots = [old if new is None else new for old, new in zip(self._slots, anew, strict=True)]

    def arrays(self) -> Arrays:
        n_rows, n_links, n_pairs, _, _ = self._kernel.counts
        return self._rows.array[:n_rows], self._links[:n_links], self._pairs[:n_pairs], self._bin_records()

    def kept(self) -> Kept:
        """Return what is kept; the table counts no more from then on.

        What it found rows by is let go of before that is made.
        """
        n_states, *_, n_log, level = self._kernel.sequence_counts
        self._headers, self._slots = self._headers[:0], []
        return self._store.kept(self._rows.array[: self._kernel.counts[0]], n_states, n_log, level)

    def _bin_records(self) -> Array:
        """Return the bins that are not empty, in order of row and bin."""
        shift, low, high = self._kernel.grid
        in_order = np.arange(low, high + 1)
        by_time = self._bins[1 : self._kernel.counts[3], in_order % N_BINS]
        row, time = np.nonzero(by_time)
        records = np.zeros(len(row), BIN)
        records["bin"], records["wire_bytes"], records["row"] = in_order[time], by_time[row, time], row + 1
        records["shift"] = shift
        return records

    def gaps(self) -> list[tuple[int, int, int]]:
        return [(link, start, end) for start, end, link in self._gaps[: self._kernel.counts[4]].tolist()]


def _slots_for(used: int) -> int:
    """Return a power of two, more than twice `used` and at most eight times."""
    return max(64, 1 << (3 * used).bit_length())
