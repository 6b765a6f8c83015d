"""Compiled twin of `reference.py`: records of a block in, TRACE rows of the directions of interest out."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from flowmap.kernels.columns cimport (
    ACK, DECLINED, FLAGS, SEQUENCE, TCP, TS_NONE, Flow, Header, Iface, Index, Outer, Trace, larger, rows, smaller,
)
from flowmap.decode.layers.bytes cimport be16, be32, u8
from flowmap.decode.layers.ip cimport Inner, ipv4, ipv6
from flowmap.decode.kernel cimport decode_record
from flowmap.decode.layers.options cimport MAX_SHIFT, option_position
from flowmap.decode.layers.link cimport Place, link_layer, tags_and_llc
from flowmap.flow.counting.hash cimport flow_hash, row_hash, same_key

__all__ = ["Selector"]

cdef enum:
    PAYLOAD_BYTES = 16


cdef class Selector:
    """Finds packets of wanted stream-directions."""

    cdef uint64_t[24] keys
    cdef const Flow* wanted
    cdef const uint8_t* active
    cdef int64_t* slots
    cdef int64_t mask
    cdef int64_t from_ns
    cdef int64_t to_ns
    cdef object arrays

    def __init__(self, bytes keys, wanted, active, slots, int64_t from_ns, int64_t to_ns):
        """Take the directions to find.

        `wanted` (FLOW rows with link and vlan 0, each key once) in the time [from_ns, to_ns), of which `active` ((n,) bool) may
        change between blocks. `slots` are int64, all 0, a power of two that is more than `wanted`; `keys` 192 random bytes.
        """
        if len(keys) != sizeof(self.keys) or len(active) != len(wanted):
            raise ValueError("192 bytes, and a mark for each direction, are needed")
        if len(slots) & (len(slots) - 1) or len(slots) <= len(wanted):
            raise ValueError("too few slots, or not a power of two")
        memcpy(self.keys, <const char*>keys, sizeof(self.keys))
        self.wanted = <Flow*>rows(wanted, sizeof(Flow))
        self.active = <uint8_t*>rows(active, 1)
        self.slots = <int64_t*>rows(slots, sizeof(int64_t))
        self.mask = len(slots) - 1
        self.from_ns = from_ns
        self.to_ns = to_ns
        self.arrays = wanted, active, slots  # kept for as long as this
        self._fill(len(wanted))

    cdef void _fill(self, int64_t n) noexcept:
        cdef int64_t r, s
        for r in range(n):
            s = <int64_t>row_hash(self.keys, self.wanted + r) & self.mask
            while self.slots[s] != 0:
                s = (s + 1) & self.mask
            self.slots[s] = r + 1

    cdef int64_t _find(self, const Header* h) noexcept nogil:
        """Return the number of the packet's direction, or -1."""
        cdef int64_t s = <int64_t>flow_hash(self.keys, h, 0) & self.mask
        while self.slots[s] != 0:
            if same_key(self.wanted + (self.slots[s] - 1), h, 0):
                return self.slots[s] - 1
            s = (s + 1) & self.mask
        return -1

    def select(self, out, outer, places, declined, data, index, ifaces):
        """Write a TRACE row for each record whose stream-direction is wanted and active.

        `member` is the record's interface; the caller maps it (with the SLL2 interface index) to the member. `places` gets the
        record of each row, `outer` the outer header of each that is in a tunnel, `declined` the records that the kernel does
        not decode. Returns the number of rows, of records declined, and of rows in a tunnel; all have room for every record.
        """
        cdef Trace* row = <Trace*>rows(out, sizeof(Trace))
        cdef Outer* outers = <Outer*>rows(outer, sizeof(Outer))
        cdef int64_t* place = <int64_t*>rows(places, sizeof(int64_t))
        cdef int64_t* left = <int64_t*>rows(declined, sizeof(int64_t))
        cdef const uint8_t* bytes_ = <uint8_t*>rows(data, 1)
        cdef const Index* record = <Index*>rows(index, sizeof(Index))
        cdef const Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
        cdef int64_t n = 0, n_declined = 0, n_tunnels = 0, k, r, stop = len(index)
        cdef Header h
        if min(len(out), len(outer), len(places), len(declined)) < stop:
            raise IndexError("too little room")
        with nogil:
            for k in range(stop):
                if record[k].ts_ns != TS_NONE and (record[k].ts_ns < self.from_ns or record[k].ts_ns >= self.to_ns):
                    continue
                decode_record(&h, bytes_, record + k, iface)
                if h.cls == DECLINED:
                    left[n_declined] = k
                    n_declined += 1
                if h.cls != TCP:
                    continue
                h.vlan = 0
                r = self._find(&h)
                if r < 0 or not self.active[r]:
                    continue
                fill(row + n, &h, bytes_, record + k)
                row[n].direction_id = r
                if h.encap != 0:
                    outer_header(outers + n, bytes_, record + k, iface + record[k].interface)
                    row[n].outer = 1
                    n_tunnels += 1
                place[n] = k
                n += 1
        return n, n_declined, n_tunnels


cdef inline uint64_t mix64(uint64_t value, uint64_t word) noexcept nogil:
    """Return a hash with one more word in it."""
    value = (value ^ word) * <uint64_t>0x9E3779B97F4A7C15U
    return value ^ value >> 29


cdef inline uint64_t frame_digest(const Header* h, const uint8_t* data, int64_t frame, int64_t end) noexcept nogil:
    """Return what the same packet has again on another member; twin `reference.frame_digest`."""
    cdef uint64_t value = mix64(0, <uint64_t>h.ip_id << 32 | h.payload)
    cdef int64_t tcp = frame + h.l4_offset
    cdef int64_t stop = tcp + h.data_offset, position = tcp + 20
    value = mix64(value, <uint64_t>h.seq << 32 | h.ack)
    value = mix64(value, <uint64_t>h.window << 16 | <uint64_t>h.flags << 8 | h.data_offset)
    if stop > end:
        return value
    if h.payload >= PAYLOAD_BYTES and stop + PAYLOAD_BYTES <= end:
        stop += PAYLOAD_BYTES
    while position + 4 <= stop:
        value = mix64(value, be32(data, position))
        position += 4
    return value


cdef inline void fill(Trace* row, const Header* h, const uint8_t* data, const Index* record) noexcept nogil:
    """Write the row of a packet, without its direction and outer header."""
    cdef int64_t frame = record.offset, end = record.offset + record.cap_len
    cdef const uint8_t* start = data + frame
    cdef int64_t stamp = option_position(h, start, record.cap_len, 8, 10)
    cdef int64_t largest = -1, scale = -1
    if h.flags & 2:
        largest = option_position(h, start, record.cap_len, 2, 4)
        scale = option_position(h, start, record.cap_len, 3, 3)
    row.ts_ns = record.ts_ns
    row.digest = frame_digest(h, data, frame, end)
    row.member = record.interface
    row.ifindex = h.ifindex
    row.seq = h.seq
    row.ack = h.ack
    row.payload = h.payload
    row.wire_len = record.wire_len
    row.tsval = be32(start, stamp) if stamp >= 0 else 0
    row.tsecr = be32(start, stamp + 4) if stamp >= 0 else 0
    row.window = h.window
    row.ip_id = h.ip_id
    row.outer = 0
    row.mss = be16(start, largest) if largest >= 0 else 0
    row.flags = h.flags
    row.have = h.have & (SEQUENCE | ACK | FLAGS)
    row.options = larger(20, h.data_offset) - 20
    row.scale = smaller(start[scale], MAX_SHIFT) + 1 if scale >= 0 else 0


cdef inline void outer_header(Outer* outer, const uint8_t* data, const Index* record, const Iface* iface) noexcept nogil:
    """Write the outermost IP header of a tunnel's record."""
    cdef int64_t frame = record.offset, end = record.offset + record.cap_len, left
    cdef Header h
    cdef Place place
    cdef Inner inner = Inner(0, 0, 0, 0)
    cdef bint has_ports
    memset(&h, 0, sizeof(Header))
    h.cls = 255
    place = tags_and_llc(&h, data, link_layer(&h, data, frame, end, iface.link_type), end)
    left = larger(0, larger(record.wire_len, record.cap_len) - iface.fcs_len - (place.at - frame))
    if place.ethertype == 0x0800:
        inner = ipv4(&h, data, frame, place.at, end, left)
    elif place.ethertype == 0x86DD:
        inner = ipv6(&h, data, frame, place.at, end, left)
    has_ports = inner.protocol == 17 and inner.at + 4 <= inner.end
    outer.src_hi = h.src_hi
    outer.src_lo = h.src_lo
    outer.dst_hi = h.dst_hi
    outer.dst_lo = h.dst_lo
    outer.sport = be16(data, inner.at) if has_ports else 0
    outer.dport = be16(data, inner.at + 2) if has_ports else 0
    outer.version = h.version
    outer.protocol = inner.protocol
