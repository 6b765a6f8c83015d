"""Formats by their first bytes, and what is said of everything else."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile

import etl_files
import lz4.frame
import pytest
import zstandard
from builders import PCAP_MODIFIED, PCAP_NS, pcap, shb

from flowmap.capture.source.sniff import compression, is_known_otherwise, is_text, refusal, sniff
from flowmap.errors import NotACapture, UnsupportedFormat


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (b"\x1f\x8b\x08\x00", UnsupportedFormat, "more than twice (gzip)"),
        (b"\x02\x21\x4c\x18", UnsupportedFormat, "lz4 -d 'a b.cap'"),
        (b"PK\x03\x04", UnsupportedFormat, "unzip"),
        (tarfile.TarInfo("nic1.pcap").tobuf(), UnsupportedFormat, "tar -xf 'a b.cap'"),
        (b"%PDF-1.4\n%text\n", NotACapture, "is a PDF document"),
        (lzma.compress(bytes(99), lzma.FORMAT_ALONE), UnsupportedFormat, "--format=lzma 'a b.cap'"),
        (b"12:00:01.5 IP 10.0.0.1.80 > 10.0.0.2.4: Flags [S]\n", NotACapture, "text"),
        ("Datei".encode("utf-16"), NotACapture, "text"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), NotACapture, "is a program"),
        (b"\x00\x01\x02\x03" + bytes(9), NotACapture, "not a capture that flowmap knows"),
        (b"\x0a\x0d\x0d\x0a" + bytes(20), NotACapture, "byte-order magic"),
        (b"", NotACapture, "empty"),
    ],
)
def test_refusals_say_what_to_do(head: bytes, error: type[Exception], words: str) -> None:
    assert sniff(head) is None
    found = refusal("a b.cap", head)
    assert type(found) is error
    assert words in str(found)
    assert found.offset == 0


@pytest.mark.parametrize("first", [b"\x02\x00\x02\xc0", b"\x58\x00\x13\xc0", b"\x58\x00\x00\x90"])
def test_an_event_trace_without_its_header_is_refused(first: bytes) -> None:
    """A buffer of 64 KiB, 0x400 used, then an event of any kind, but not the log's header: nothing in it has a time."""
    size, used = (0x10000).to_bytes(4, "little"), (0x400).to_bytes(4, "little")
    head = size + used + bytes(40) + used + bytes(20) + first + bytes(50)
    assert sniff(head) is None
    assert "Windows event trace log (.etl) whose header is broken" in str(refusal("my trace.etl", head))


def test_sniffing_known_formats() -> None:
    assert sniff(pcap([])) == "pcap"
    assert sniff(pcap([], big=True)) == "pcap"
    assert sniff(shb(True)) == "pcapng"
    assert sniff(etl_files.log([])[:512]) == "etl"
    assert sniff(b"\xd4\xc3") is None


@pytest.mark.parametrize(("magic", "form"), [(PCAP_NS, "pcap-ns"), (PCAP_MODIFIED, "pcap-modified")])
@pytest.mark.parametrize("big", [False, True])
def test_each_kind_of_pcap_is_known_in_either_byte_order(magic: int, form: str, big: bool) -> None:
    assert sniff(pcap([], magic=magic, big=big)) == form


DATA = pcap([(0, bytes(60))])
PACKED = {
    "gzip": gzip.compress(DATA),
    "bzip2": bz2.compress(DATA),
    "xz": lzma.compress(DATA),
    "zstd": zstandard.compress(DATA),
    "lz4": lz4.frame.compress(DATA),
}


@pytest.mark.parametrize("name", PACKED)
def test_what_other_programs_compress_is_known(name: str) -> None:
    assert compression(PACKED[name]) == name
    assert sniff(PACKED[name]) is None
    assert compression(DATA) is None


@pytest.mark.parametrize(("following", "name"), [("zstd", "zstd"), ("lz4", "lz4"), ("", "zstd")])
def test_a_frame_of_user_data_belongs_to_what_follows_it(following: str, name: str) -> None:
    """RFC 8878, 3.1.2, and the LZ4 frame format, which took it over: 0x184D2A5?, its size, the data."""
    skipped = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"own"
    assert compression(skipped + PACKED.get(following, b"")) == name


def test_an_empty_bzip2_is_one_and_its_name_alone_is_not() -> None:
    assert compression(bz2.compress(b"")) == "bzip2"
    assert compression(b"BZh9 is how it begins") is None


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"", True),
        (b"PK\x03\x04", True),
        (b"%PDF-1.4", True),
        (b"text of some kind\n", True),
        (b"\x0a\x0d\x0d\x0a" + bytes(8), True),
        (b"\x00\x01\x02\x03" + bytes(9), False),  # tshark may know it
    ],
)
def test_what_surely_is_no_capture_need_not_be_asked_of_tshark(head: bytes, known: bool) -> None:
    assert is_known_otherwise(head) == known


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"a\tb\r\n", True),
        ("\ufeffübel".encode(), False),  # begins with no letter of ASCII
        ("\ufeffa ü".encode(), True),
        ("Datei".encode("utf-16"), True),
        (b"\x1b[1mbold", True),
        (b"a\0", False),
        (b"\x80\x81", False),
    ],
)
def test_text_is_what_prints(head: bytes, text: bool) -> None:
    assert is_text(head) == text
