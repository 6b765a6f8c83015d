"""Real captures: what the reader counts against what tshark and capinfos count (numbers kept beside the captures)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source
from flowmap.capture.source.sniff import HEAD_BYTES, sniff
from flowmap.types import TS_NONE

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
EXPECTED = sorted((CORPUS / "expected").glob("*.json")) if CORPUS.is_dir() else []

DIFFERS = {
    "linktypes/tcpdump-brcm-tag-prepend.pcap": "tshark does not know the link type and reads nothing",
    "linktypes/tcpdump-dsa.pcap": "tshark does not know the link type and reads nothing",
    "malformed/pcapplusplus-FuzzTarget-5755755617189888.pcap": "tshark caps lengths at 2^31-1",
    "malformed/pcapplusplus-FuzzTarget-5685520970809344.pcap": "tshark refuses the file for its link type",
    "malformed/pcapplusplus-FuzzTarget-5766899836387328.pcap": "tshark takes it for a Red Hat 6.1 capture",
    "malformed/pcapplusplus-FuzzTarget-5758569646653440.pcap": "tshark caps lengths at 2^31-1",
    "malformed/suricata-tls_DER-incomplete-header.pcap": "records within one of a wrong length are found again",
    "malformed/suricata-bug-6875-01_fuzz.pcap": "tshark takes damage for another record header: a packet that is none",
    "malformed/ndpi-fuzz-2021-10-13.pcap": "sub-second part over 10^9: tshark takes it as signed",
    "pcap-variants/tcpdump-timestamp_invalid_nano.pcap": "sub-second part over 10^9: tshark takes it as signed",
}
"""Captures whose numbers differ, and why; each must still differ, so that the list stays true."""
FEWER_TIMES = {
    "pcapng-variants/nfstream-dhcp_big_endian.pcapng": "times beyond the year 2262",
    "pcapng-variants/pcapplusplus-PcapExamples_pcapng-example.pcapng": "times beyond the year 2262",
}


def capture_of(expected: Path) -> str:
    return expected.name.removesuffix(".json").replace("__", "/", 1)


READABLE = [path for path in EXPECTED if sniff((CORPUS / capture_of(path)).read_bytes()[:HEAD_BYTES]) is not None]


def measure(path: str, compiled: bool) -> dict[str, object]:
    source = open_source(str(CORPUS / path))
    try:
        reader = CaptureReader(source, compiled=compiled)
        times: list[int] = []
        wire = captured = 0
        used = set()
        for part in reader.blocks():
            times += [int(t) for t in part.index["ts_ns"] if t != TS_NONE]
            wire += sum(map(int, part.index["wire_len"]))
            captured += sum(map(int, part.index["cap_len"]))
            used |= {int(i) for i in part.index["interface"]}
        keys = {
            (None if reader.format != "pcapng" else reader.interfaces[i].section, reader.interfaces[i].interface_id)
            for i in used
        }
        first, last = (str(min(times)), str(max(times))) if times else (None, None)
        found: dict[str, object] = {"packets": reader.packets, "wire_bytes": wire, "captured_bytes": captured}
        if path not in FEWER_TIMES:
            found |= {"first_ns": first, "last_ns": last}
        return found | {"interfaces": keys if reader.format == "pcapng" else len(keys)}
    finally:
        source.close()


@pytest.mark.skipif(not EXPECTED, reason=f"no real captures at {CORPUS}")
def test_there_are_many() -> None:
    assert len(READABLE) > 150


@pytest.mark.parametrize("path", READABLE, ids=capture_of)
def test_counts_equal_those_of_tshark(path: Path) -> None:
    name = capture_of(path)
    if name == "malformed/packets-dns_tcp-first20.pcapng":
        pytest.skip("20 bytes of a section header: no capture; tshark reads it as a MIME file")
    known = json.loads(path.read_text())
    found = measure(name, True)
    assert measure(name, False) == found
    text = {key: None if known[key] is None else str(known[key]) for key in ("first_ns", "last_ns")}
    wanted: dict[str, object] = {key: known[key] for key in ("packets", "wire_bytes", "captured_bytes")}
    if name not in FEWER_TIMES:
        wanted |= text
    keys = {(None, 0) if one["if"][0] is None else tuple(one["if"]) for one in known["interfaces"]}
    wanted["interfaces"] = keys if isinstance(found["interfaces"], set) else len(keys)
    if name in DIFFERS:
        assert found != wanted, "no longer differs: take it off the list"
    else:
        assert found == wanted
