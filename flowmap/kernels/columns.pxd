"""The columns of `types.py` as the kernels see them: C structs with the same fields, offsets and sizes, as a test proves."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

ctypedef struct Index:
    int64_t ts_ns
    int64_t offset
    uint32_t cap_len
    uint32_t wire_len
    uint32_t interface
    uint32_t flags

ctypedef struct Iface:
    uint64_t factor
    int64_t offset_s
    uint32_t snaplen
    uint16_t link_type
    uint8_t unit
    uint8_t fcs_len

ctypedef struct Header:
    uint64_t src_hi
    uint64_t src_lo
    uint64_t dst_hi
    uint64_t dst_lo
    uint64_t vlan
    uint64_t smac
    uint64_t dmac
    uint32_t encap
    uint32_t ifindex
    uint32_t seq
    uint32_t ack
    uint32_t payload
    uint32_t magic
    uint32_t l4_offset
    uint16_t sport
    uint16_t dport
    uint16_t window
    uint16_t ip_id
    uint8_t cls
    uint8_t version
    uint8_t flags
    uint8_t direction
    uint8_t have
    uint8_t data_offset

ctypedef struct Link:
    uint64_t packets
    uint64_t wire_bytes
    uint64_t captured_bytes
    int64_t first_ns
    int64_t last_ns
    uint64_t unicast
    uint64_t backwards
    int64_t previous_ns
    uint64_t[17] classes
    uint32_t interface
    uint32_t ifindex
    uint32_t max_wire_len
    uint32_t max_cap_len
    uint64_t snapped
    uint64_t in_packets
    uint64_t out_packets
    int64_t bin_ns
    uint64_t[16] recent
    uint64_t peak_bytes
    uint64_t tcp_short
    uint32_t[3] bins

ctypedef struct MacPair:
    uint64_t smac
    uint64_t dmac
    uint64_t frames
    uint64_t wire_bytes
    int64_t first_ns
    int64_t last_ns
    uint32_t link
    uint32_t bins

ctypedef struct Gap:
    int64_t start_ns
    int64_t end_ns
    uint32_t link

ctypedef struct Flow:
    uint64_t src_lo
    uint64_t dst_lo
    uint64_t vlan
    uint32_t encap
    uint32_t link
    uint16_t sport
    uint16_t dport
    uint8_t version
    uint8_t have
    uint8_t directions
    uint8_t smac_changed
    uint64_t packets
    uint64_t wire_bytes
    uint64_t payload_bytes
    uint64_t data_packets
    int64_t last_ns
    int64_t bin_ns
    uint64_t bin_bytes
    uint64_t peak_bytes
    int64_t acked
    uint32_t ack_base
    uint32_t seq_next
    uint32_t max_payload
    uint32_t pair
    uint64_t src_hi
    uint64_t dst_hi
    int64_t first_ns
    uint32_t ahead
    uint32_t late
    uint64_t smac
    uint64_t dmac
    uint32_t seq_base
    uint32_t isn
    uint32_t magic
    uint64_t syn
    uint64_t fin
    uint64_t rst

ctypedef struct Trace:
    int64_t ts_ns
    uint64_t digest
    uint32_t direction_id
    uint32_t member
    uint32_t ifindex
    uint32_t seq
    uint32_t ack
    uint32_t payload
    uint32_t wire_len
    uint32_t tsval
    uint32_t tsecr
    uint16_t window
    uint16_t ip_id
    uint16_t outer
    uint16_t mss
    uint8_t flags
    uint8_t have
    uint8_t options
    uint8_t scale

ctypedef struct Outer:
    uint64_t src_hi
    uint64_t src_lo
    uint64_t dst_hi
    uint64_t dst_lo
    uint16_t sport
    uint16_t dport
    uint8_t version
    uint8_t protocol

cdef enum:
    # PacketClass
    TCP = 0
    TCP_SHORT = 1
    FRAGMENT = 2
    IP_OTHER = 3
    NEIGHBOR = 4
    ARP = 5
    SLOW = 6
    LLDP = 7
    CDP = 8
    NON_IP = 9
    LINK_SHORT = 10
    IP_SHORT = 11
    IP_MALFORMED = 12
    VLAN_DEEP = 13
    LINK_UNSUPPORTED = 14
    OUTSIDE = 15
    TUNNEL_DEEP = 16
    DECLINED = 32  # left to `decode_foreign`
    PENDING = 255  # the network layer is still to be read
    # Have
    MACS = 1
    SEQUENCE = 2
    ACK = 4
    FLAGS = 8
    MAGIC = 16
    ISN = 32
    SYN_ONLY = 64
    SYN_ACK = 128

cdef inline int64_t smaller(int64_t a, int64_t b) noexcept nogil:
    """Return the smaller of two numbers."""
    return a if a < b else b

cdef inline int64_t larger(int64_t a, int64_t b) noexcept nogil:
    """Return the larger of two numbers."""
    return a if a > b else b

cdef extern from *:
    """
    #define TS_NONE INT64_MIN
    """
    const int64_t TS_NONE


cdef inline void* rows(object array, size_t size) except? NULL:
    """Return the address of a numpy array of rows of `size` bytes, which are proven to lie one after the other."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_SIMPLE)  # a quarter of the time that array.ctypes takes
    cdef void* at = view.buf
    cdef size_t found = <size_t>view.itemsize
    PyBuffer_Release(&view)  # whoever calls keeps the array
    if found != size:
        raise ValueError("an array of other rows than the kernel has")
    return at
