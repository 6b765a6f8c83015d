"""Laws over the whole program: how a capture is stored, read and given changes no byte of its report.

The decoders have their own (`tests/e2e/test_decoders.py`: kernel, twin, dpkt and tshark on every sample), and so do event logs
(`tests/e2e/test_event_logs.py`: frames, rows and verdicts of logs whose truth is known).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from unittest.mock import patch

import builders as b
import lz4.frame
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.analysis import analyze
from flowmap.passes import input as opened
from flowmap.report.formats.json_ import json_text
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[2] / "captures"
EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "15"))
CASES = (
    "01-data-and-acks-apart",
    "02-one-pair-four-streams",
    "04a-round-robin-sender",
    "05a-same-packets-twice",
    "06-failover",
    "08-rebalance",
    "09b-flooded",
    "12c-third-member",
    "14b-layer34-3-members",
    "15b-failover-skewed-clock",
    "17-fragments",
    "18c-cut-file",
    "18d-mixed-formats",
)
"""Small ones: pinned, sprayed, mirrored, moved, flooded, three members, clocks apart, fragments, cut off, several formats."""
TWO = {"nic1.pcap", "nic2.pcap"}
IN_PCAP = tuple(case for case in CASES if case != "18c-cut-file" and {*os.listdir(CAPTURES / case)} <= TWO)
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, 1),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".lz4": lz4.frame.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def files_of(case: str) -> list[Path]:
    return sorted(path for path in (CAPTURES / case).iterdir() if path.suffix in (".pcap", ".pcapng"))


def report(paths: Sequence[Path], **given_settings: object) -> str:
    """The report, with what tells of the files' form alone made the same: their format, folder and suffix."""
    settings = Settings.model_validate(given_settings)
    found = analyze([str(path) for path in paths], settings).report
    members = [
        member.model_copy(
            update={"captures": [one.model_copy(update={"format": "", "path": ""}) for one in member.captures]}
        )
        for member in found.members
    ]
    plain = found.settings.model_copy(update={"jobs": None})
    text = json_text(found.model_copy(update={"generated_at": "", "members": members, "settings": plain}))
    for path in sorted(paths, key=lambda path: -len(str(path))):
        text = text.replace(str(path), path.name.partition(".")[0])
    return text


@cache
def known(case: str) -> str:
    return report(files_of(case))


def packets(data: bytes) -> Iterator[b.Packet]:
    """(ns, bytes, original length) of each record of a pcap of this machine's byte order."""
    fraction = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    place = 24
    while place < len(data):
        seconds, rest, captured, original = struct.unpack_from("<4I", data, place)
        yield seconds * 10**9 + rest * fraction, data[place + 16 : place + 16 + captured], original
        place += 16 + captured


def as_pcap(data: bytes, *, big: bool) -> bytes:
    """The same records with nanoseconds, in the byte order asked for."""
    snaplen, link_type = struct.unpack_from("<II", data, 16)
    return b.pcap(packets(data), magic=b.PCAP_NS, big=big, snaplen=snaplen, link_type=link_type)


def as_pcapng(data: bytes, *, big: bool) -> bytes:
    """The same records in one section with one interface that has no name."""
    snaplen, link_type = struct.unpack_from("<II", data, 16)
    return b.pcapng(packets(data), big=big, snaplen=snaplen, link_type=link_type)


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(CASES), st.integers(0, 20).map(lambda bits: 1 << bits), st.integers(1, 5))
def test_blocks_and_threads_change_nothing(case: str, block_bytes: int, jobs: int) -> None:
    with patch.object(opened, "_block_bytes", lambda _size: block_bytes):
        assert report(files_of(case), jobs=jobs) == known(case)


@settings(max_examples=EXAMPLES)
@given(st.data(), st.sampled_from(CASES))
def test_the_order_of_files_changes_nothing(data: st.DataObject, case: str) -> None:
    assert report(data.draw(st.permutations(files_of(case)))) == known(case)


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(CASES), st.sampled_from(sorted(PACKED)))
def test_compression_changes_nothing(case: str, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{path.name}{suffix}" for path in files_of(case)]
        for path, source in zip(paths, files_of(case), strict=True):
            path.write_bytes(PACKED[suffix](source.read_bytes()))
        assert report(paths) == known(case)


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("write", [as_pcap, as_pcapng])
@settings(max_examples=max(EXAMPLES // 3, 1))
@given(case=st.sampled_from(IN_PCAP))
def test_format_and_byte_order_change_nothing(write: Callable[..., bytes], big: bool, case: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources = [path for path in files_of(case) if path.suffix == ".pcap"]
        paths = [Path(folder) / path.name for path in sources]
        for path, source in zip(paths, sources, strict=True):
            path.write_bytes(write(source.read_bytes(), big=big))
        assert report(paths) == report(sources)
