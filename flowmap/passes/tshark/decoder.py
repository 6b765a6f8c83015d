"""tshark as the decoder of a first pass: record by record, what its fields say.

flowmap walks the records and tshark reads them, in step; addresses, ports, flags and lengths of TCP are tshark's, and whether
a packet counts in a flow at all. What its fields do not tell (of a cut header, of what the claims look at besides) is the
twin's.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Generator
from functools import lru_cache
from typing import TYPE_CHECKING

from flowmap.capture.opened import AnyReader
from flowmap.capture.source.foreign import tshark
from flowmap.decode.numbers import FLAGS, IP_OTHER, TCP
from flowmap.decode.reference import Header
from flowmap.decode.reference import decode as twin
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.passes.tshark.recount import Seen, Tshark

if TYPE_CHECKING:
    from flowmap.passes.input import Input

__all__ = ["TsharkDecoder"]

_LOW = (1 << 64) - 1


class TsharkDecoder:
    """Decodes the records of one capture in their order."""

    def __init__(self, one: Input, reader: AnyReader) -> None:
        if not os.path.isfile(one.location):
            raise ConfigError(msg("--decoder tshark reads files, and {path} is none", path=one.path))
        program = tshark()
        if program is None:
            raise ConfigError(
                msg("--decoder tshark needs tshark, which is not installed; the other decoders do without it")
            )
        self._program, self._unread = program, 0
        self._one, self._reader = one, reader
        self._packets: Generator[Seen, None, None] | None = None

    def __call__(self, frame: bytes, wire_len: int, link_type: int, epb_flags: int, fcs_len: int) -> Header:
        """Decode a frame as `flowmap.decode.reference.decode` does."""
        if self._packets is None:
            form = self._reader.described_format
            own = form.startswith("pcapng") and "tshark" not in form
            self._packets = Tshark(self._program, independent=False).packets(self._one, own)
        header = twin(frame, wire_len, link_type, epb_flags, fcs_len)
        seen = next(self._packets, None)
        if seen is None:
            self._unread += 1
            return header
        if seen.key is None:
            return header._replace(cls=IP_OTHER) if header.cls == TCP else header
        (version, src), (_, dst) = _number(seen.key.src), _number(seen.key.dst)
        header = header._replace(
            cls=TCP,
            version=version,
            src_hi=src >> 64,
            src_lo=src & _LOW,
            dst_hi=dst >> 64,
            dst_lo=dst & _LOW,
            sport=seen.key.src_port,
            dport=seen.key.dst_port,
        )
        if seen.payload is not None:
            header = header._replace(payload=seen.payload)
        return header if seen.flags is None else header._replace(flags=seen.flags & 0xFF, have=header.have | FLAGS)

    def notices(self) -> list[Notice]:
        """Return the notice that tshark did not come as far as flowmap did, if so."""
        if not self._unread:
            return []
        detail = msg("packets that tshark did not get to are as flowmap reads them")
        return [Notice("decoder_ended", detail, path=self._one.path, count=self._unread)]

    def close(self) -> None:
        """End tshark, whether or not it has come to the end."""
        if self._packets is not None:
            self._packets.close()


@lru_cache(maxsize=4096)
def _number(text: str) -> tuple[int, int]:
    address = ipaddress.ip_address(text)
    return address.version, int(address)
