"""What a file is, by its first bytes; never by its name.

Captures that flowmap reads give their format. Everything else is refused with what was found and the command that
makes a capture of it.
"""

from __future__ import annotations

import shlex
import struct

from flowmap.errors import CaptureError, NotACapture, UnsupportedFormat

__all__ = ["HEAD_BYTES", "refusal", "sniff"]

HEAD_BYTES = 128
"""How many bytes `sniff` and `refusal` want to see."""

_PCAP = {
    0xA1B2C3D4: "pcap",
    0xA1B23C4D: "pcap-ns",
    0xA1B2CD34: "pcap-modified",
}
_COMPRESSED = (
    (b"\x1f\x8b", "gzip", "gunzip -k {0}"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstd -d {0}"),
    (b"\x04\x22\x4d\x18", "LZ4", "lz4 -d {0}"),
    (b"\x02\x21\x4c\x18", "LZ4 (legacy)", "lz4 -d {0}"),
    (b"\xfd7zXZ\x00", "xz", "xz -dk {0}"),
    (b"BZh", "bzip2", "bunzip2 -k {0}"),
    (b"PK\x03\x04", "ZIP", "unzip {0}"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x {0}"),
    (b"Rar!\x1a\x07", "RAR", "unrar x {0}"),
)
_CONVERTIBLE = (
    (b"GMBU", "a Network Monitor 2 capture"),
    (b"RTSS", "a Network Monitor 1 capture"),
    (b"snoop\x00\x00\x00", "a snoop capture"),
    (b"XCP\x00", "a Windows Sniffer (NetXRay) capture"),
    (b"TRSNIFF data", "a Sniffer (DOS) capture"),
    (b"VL\x00\x00", "a Visual Networks capture"),
    (b"\x4d\x3c\x2b\x1a", "a pcap file with a pre-standard magic number"),
    (b"iptrace ", "an AIX iptrace capture"),
)


def sniff(head: bytes) -> str | None:
    """The format of a capture that flowmap reads ("pcap", "pcap-ns", "pcap-modified", "pcapng"), else None.

    >>> sniff(bytes.fromhex("d4c3b2a1"))
    'pcap'
    """
    if len(head) < 4:
        return None
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        return "pcapng" if head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a") else None
    little, big = struct.unpack("<I", head[:4])[0], struct.unpack(">I", head[:4])[0]
    return _PCAP.get(little) or _PCAP.get(big)


def refusal(path: str, head: bytes) -> CaptureError:
    """The error for a file that `sniff` does not know: what it is and what to do."""
    quoted = shlex.quote(path)
    if not head:
        return NotACapture(path, "the file is empty", offset=0, needed="a capture", found="0 bytes")
    for magic, name, command in _COMPRESSED:
        if head.startswith(magic):
            hint = f"Unpack it first: {command.format(quoted)}"
            return UnsupportedFormat(path, f"is compressed ({name})", offset=0, found=_show(head), hint=hint)
    convert = f"editcap -F pcap {quoted} OUT.pcap"
    for magic, name in _CONVERTIBLE:
        if head.startswith(magic):
            hint = f"Convert it first: {convert}"
            return UnsupportedFormat(path, f"is {name}", offset=0, found=_show(head), hint=hint)
    if _is_etl(head):
        hint = f"Convert it first: etl2pcapng {quoted} OUT.pcapng (for pktmon also: pktmon etl2pcap)"
        return UnsupportedFormat(path, "is a Windows event trace (netsh trace, pktmon)", offset=0, hint=hint)
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        needed = "the byte-order magic 1a2b3c4d at byte 8"
        return NotACapture(path, "is no sound pcapng file", offset=0, needed=needed, found=_show(head[8:12]))
    if _is_text(head):
        hint = "Give the capture itself (tcpdump -w FILE, dumpcap -w FILE), not what a program printed of it"
        return NotACapture(path, "is text, not a capture", offset=0, found=_show(head), hint=hint)
    return NotACapture(
        path,
        "is not a capture that flowmap knows",
        offset=0,
        needed="pcap or pcapng",
        found=_show(head),
        hint=f"If Wireshark opens it, convert it: {convert}",
    )


def _show(head: bytes) -> str:
    return f"bytes {head[:8].hex(' ')}" if head else "nothing"


def _is_text(head: bytes) -> bool:
    body = head.removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return all(byte in b"\t\n\r\f\x1b" or 32 <= byte < 127 or byte >= 0x80 for byte in body) and body[:1].isascii()


def _is_etl(head: bytes) -> bool:
    """A WMI buffer header (buffer size, bytes used) that is followed by a system trace header."""
    if len(head) < 76:
        return False
    size, used = struct.unpack_from("<II", head)
    return size % 1024 == 0 and 1024 <= size <= 1 << 24 and used <= size and head[74] in (1, 2) and head[75] == 0xC0
