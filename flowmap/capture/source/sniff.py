"""What a file is, by its first bytes; never by its name.

Captures that flowmap reads give their format, compressed ones their compression; other programs' formats are told by
`foreign.py`. Everything else is refused with what was found and the command that makes a capture of it.
"""

from __future__ import annotations

import shlex
import struct

from flowmap.capture.etl.complaints import undated
from flowmap.capture.etl.log.header import is_buffer, is_log
from flowmap.errors import CaptureError, NotACapture, UnsupportedFormat
from flowmap.message import Message, msg

__all__ = ["HEAD_BYTES", "compression", "is_known_otherwise", "is_text", "refusal", "sniff"]

HEAD_BYTES = 512
"""How many bytes `sniff` and `refusal` want to see."""

_PCAP = {
    0xA1B2C3D4: "pcap",
    0xA1B23C4D: "pcap-ns",
    0xA1B2CD34: "pcap-modified",
}
_COMPRESSED = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xfd7zXZ\x00", "xz"),
)
_UNPACK = {
    "gzip": "gunzip -k {0}",
    "zstd": "zstd -d {0}",
    "lz4": "lz4 -d {0}",
    "xz": "xz -dk {0}",
    "bzip2": "bunzip2 -k {0}",
}
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
"""A block, the end of a stream without any."""
_ARCHIVES = (
    (b"PK\x03\x04", msg("a ZIP archive"), "unzip {0}"),
    (b"7z\xbc\xaf\x27\x1c", msg("a 7-Zip archive"), "7z x {0}"),
    (b"Rar!\x1a\x07", msg("a RAR archive"), "unrar x {0}"),
    (b"\x02\x21\x4c\x18", msg("compressed (LZ4, legacy)"), "lz4 -d {0}"),
    (b"\x5d\0\0", msg("compressed (LZMA, legacy)"), "xz -dk --format=lzma {0}"),
    (b"\x1f\x9d", msg("compressed (compress)"), "uncompress {0}"),
)
_TEXT_BYTES = 128
_TAR_MAGIC = 257
"""Where a tar archive says what it is (POSIX pax, ustar header block)."""
_NOT_CAPTURES = (
    (b"\x7fELF", msg("a program")),
    (b"MZ", msg("a program")),
    (b"\x89PNG", msg("a picture")),
    (b"\xff\xd8\xff", msg("a picture")),
    (b"GIF8", msg("a picture")),
    (b"%PDF", msg("a PDF document")),
    (b"SQLite format 3\x00", msg("a database")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", msg("an Office document")),
)
"""What Wireshark opens too, but as a file of that kind."""


def sniff(head: bytes) -> str | None:
    """Return the format of a capture that flowmap reads ("pcap", "pcap-ns", "pcap-modified", "pcapng", "etl"), else None.

    >>> sniff(bytes.fromhex("d4c3b2a1"))
    'pcap'
    """
    if len(head) < 4:
        return None
    if is_log(head):
        return "etl"
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        return "pcapng" if head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a") else None
    little, big = struct.unpack("<I", head[:4])[0], struct.unpack(">I", head[:4])[0]
    return _PCAP.get(little) or _PCAP.get(big)


def compression(head: bytes) -> str | None:
    """Return the compression that a file begins with, as `packed.py` names it.

    >>> compression(bytes.fromhex("1f8b0800"))
    'gzip'
    """
    if head[:3] == b"BZh" and head[3:4] in b"123456789" and any(m.startswith(head[4:10]) for m in _BZIP2_BLOCKS):
        return "bzip2"
    if head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5:  # a frame of user data: Zstandard's and LZ4's alike
        following = head[8 + int.from_bytes(head[4:8], "little") :]
        return compression(following) if len(following) >= 4 else "zstd"
    return next((name for magic, name in _COMPRESSED if head.startswith(magic)), None)


def refusal(path: str, head: bytes) -> CaptureError:
    """Return the error for a file that is of no use as it is: what it is and what to do."""
    quoted = shlex.quote(path)
    if not head:
        return NotACapture(
            path, msg("the file is empty (0 bytes): nothing was captured, or it was not copied whole"), offset=0
        )
    if name := compression(head):
        command = _UNPACK[name].format(quoted)
        hint = msg("Unpack it yourself as often as it takes, beginning with: {command}", command=command)
        return UnsupportedFormat(path, msg("is compressed more than twice ({name})", name=name), offset=0, hint=hint)
    for magic, name, command in _ARCHIVES:
        if head.startswith(magic):
            hint = msg("Unpack it first: {command}", command=command.format(quoted))
            return UnsupportedFormat(path, msg("is {name}", name=name), offset=0, found=_show(head), hint=hint)
    if _is_tar(head):
        hint = msg("Unpack it first: {command}", command=f"tar -xf {quoted}")
        return UnsupportedFormat(path, msg("is {name}", name=msg("a tar archive")), offset=0, hint=hint)
    if is_buffer(head):
        return undated(path)
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        needed = msg("the byte-order magic 1a2b3c4d at byte 8")
        return NotACapture(path, msg("is no sound pcapng file"), offset=0, needed=needed, found=_show(head[8:12]))
    for magic, name in _NOT_CAPTURES:
        if head.startswith(magic):
            return NotACapture(path, msg("is {name}, not a capture", name=name), offset=0, found=_show(head))
    if is_text(head):
        hint = msg("Give the capture itself (tcpdump -w FILE, dumpcap -w FILE), not what a program printed of it")
        return NotACapture(path, msg("is text, not a capture"), offset=0, found=_show(head), hint=hint)
    return NotACapture(
        path,
        msg("is not a capture that flowmap knows"),
        offset=0,
        needed=msg("pcap or pcapng"),
        found=_show(head),
        hint=msg("If Wireshark opens it, convert it: editcap -F pcapng {path} OUT.pcapng", path=quoted),
    )


def is_known_otherwise(head: bytes) -> bool:
    """Return whether these are bytes of something that surely is no capture, or of one that tshark cannot read either."""
    magics = [magic for magic, _, _ in _ARCHIVES] + [magic for magic, _ in _NOT_CAPTURES]
    otherwise = is_text(head) or is_buffer(head) or _is_tar(head)
    return not head or head.startswith((b"\x0a\x0d\x0d\x0a", *magics)) or otherwise


def _show(head: bytes) -> Message:
    return msg("bytes {hexadecimal}", hexadecimal=head[:8].hex(" ")) if head else msg("nothing")


def is_text(head: bytes) -> bool:
    """Return whether this reads as text in some encoding."""
    body = head[:_TEXT_BYTES].removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return all(byte in b"\t\n\r\f\x1b" or 32 <= byte < 127 or byte >= 0x80 for byte in body) and body[:1].isascii()


def _is_tar(head: bytes) -> bool:
    return head[_TAR_MAGIC : _TAR_MAGIC + 5] == b"ustar"
