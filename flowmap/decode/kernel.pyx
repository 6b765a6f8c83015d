"""The compiled decoder for those who want rows only: see `kernel.pxd`, and `reference.py` for the meaning."""

from libc.stdint cimport int64_t, uint8_t

from flowmap.kernels.columns cimport Header, Iface, Index, rows
from flowmap.decode.kernel cimport decode_record

__all__ = ["decode_block"]


def decode_block(headers, data, index, ifaces, Py_ssize_t start, Py_ssize_t stop):
    """Decode records start..stop-1 of `index` (INDEX) into rows 0.. of `headers` (HEADER). Returns the number of rows written.

    `data` is the (size,) uint8 that the records' offsets are in, `ifaces` (IFACE) their interfaces. Frames that only
    `decode_foreign` decodes have the class DECLINED and nothing else.
    """
    cdef Header* h = <Header*>rows(headers, sizeof(Header))
    cdef const uint8_t* at = <uint8_t*>rows(data, 1)
    cdef Index* record = <Index*>rows(index, sizeof(Index))
    cdef Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
    cdef Py_ssize_t k
    if not 0 <= start <= stop <= len(index) or stop - start > len(headers):
        raise IndexError("records beyond the index, or more than there are rows")
    with nogil:
        for k in range(start, stop):
            decode_record(h + (k - start), at, record + k, iface)
    return stop - start
