"""`flowmap verify` on real files: agreement where there is one, and a table altered on purpose is found out."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowmap.capture.inputs import plan_inputs
from flowmap.capture.source import foreign
from flowmap.cli import main
from flowmap.passes.input import Input
from flowmap.passes.read import ReadResult
from flowmap.passes.tshark.recount import find_tshark, recount
from flowmap.settings.config import Settings
from flowmap.tools.verify import compare as subject

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
SHARED = ROOT.parent / "shared"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowmap", "verify", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capfd.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def altered(monkeypatch: pytest.MonkeyPatch, alter: Callable[[Any], None]) -> None:
    """Let flowmap's own first pass come out wrong."""
    original = subject.read_all

    def wrong(*arguments: Any) -> ReadResult:
        read = original(*arguments)
        for scan in read.scans:
            scan.rows, scan.links = scan.rows.copy(), scan.links.copy()
            alter(scan)
        return read

    monkeypatch.setattr(subject, "read_all", wrong)


@needs_tshark
@pytest.mark.parametrize(
    "name", ["different-sources", "10-large-send", "11c-any-sll2", "17-fragments", "18c-cut-file", "18d-mixed-formats"]
)
def test_sample_captures_agree(run: Run, name: str) -> None:
    code, out, _err = run(CAPTURES / name)
    assert code == 0, out
    assert "flowmap and tshark agree" in out


@needs_tshark
def test_interfaces_of_one_file_are_compared_each(run: Run) -> None:
    """The packets are those capinfos counts for each interface."""
    capture = SHARED / "lab" / "different-sources" / "team.pcapng"
    if not capture.exists():
        pytest.skip("the lab's captures are not beside the tree")
    code, out, _err = run(capture, "--json", "-")
    (found,) = json.loads(out)["captures"]
    assert (code, found["agrees"], found["packets"], found["rows"]) == (0, True, 14710, 8)


@needs_tshark
@pytest.mark.parametrize("folder", ["snaplen", "tcp-real", "ipv6-fragments", "pcapng-variants", "pcap-variants"])
def test_captures_from_elsewhere_agree(run: Run, folder: str) -> None:
    """Those whose recount beside them says that everything of it can be trusted and nothing is tunnelled."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("the corpus is not beside the tree")
    plain = []
    for path in sorted((SHARED / "corpus" / folder).iterdir()):
        told = json.loads((SHARED / "corpus" / "expected" / f"{folder}__{path.name}.json").read_text())
        if told["packets"] < 3000 and told.get("tcp_inner") == told.get("tcp_outer") and not told["tshark"]["exit"]:
            plain.append(path)
    code, out, _err = run(*plain[:8])
    assert code == 0, out


@needs_tshark
@pytest.mark.parametrize(
    ("field", "by"), [("packets", 1), ("wire_bytes", 60), ("payload_bytes", 1), ("syn", 1), ("last_ns", 1)]
)
def test_an_altered_flow_table_is_found_out(run: Run, monkeypatch: pytest.MonkeyPatch, field: str, by: int) -> None:
    def alter(scan: Any) -> None:
        scan.rows[field][0] += by

    altered(monkeypatch, alter)
    code, out, _err = run(min((CAPTURES / "12c-third-member").glob("*.pcap*")))
    assert code == 1
    words = " ".join(out.split())
    assert f": {field}: tshark" in words
    assert "1 number differs" in words
    assert "it is its counting that is wrong, not its reading" in words
    assert "tcp: Source Port:" in words


@needs_tshark
def test_a_row_too_few_and_a_packet_too_many_are_found_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def alter(scan: Any) -> None:
        scan.rows = scan.rows[1:]
        scan.links["packets"][0] += 1

    altered(monkeypatch, alter)
    code, out, _err = run(CAPTURES / "different-sources" / "hvT_nic1.pcap", "--json", "-")
    (found,) = json.loads(out)["captures"]
    assert (code, found["agrees"], found["differing"]) == (1, False, 2)
    whole, row = found["differences"]
    assert (whole["subject"], whole["tshark"], whole["flowmap"]) == ("the capture", 4664, 4665)
    assert row["field"] == "packets"
    assert row["flowmap"] == 0 < row["tshark"]


@needs_tshark
def test_a_packet_read_wrongly_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin reads one port wrong, so that two rows differ; the packet is named, with both readings."""
    from flowmap.decode import reference
    from flowmap.tools.verify import closer

    decode = reference.decode

    def wrong(*arguments: Any) -> Any:
        header = decode(*arguments)
        return header._replace(dport=header.dport ^ 1) if header.flags & 2 else header

    def alter(scan: Any) -> None:
        begun = scan.rows["syn"] > 0
        scan.rows["dport"][begun] ^= 1

    altered(monkeypatch, alter)
    monkeypatch.setattr(closer, "decode", wrong)
    code, out, _err = run(CAPTURES / "17-fragments", "--json", "-")
    assert code == 1
    details = [detail for one in json.loads(out)["captures"] for detail in one["details"]]
    assert details
    assert all(detail["read"][0] != detail["read"][1].replace("flowmap: ", "tshark:  ") for detail in details)
    assert any(line.startswith("tcp: ") for line in details[0]["layers"])


@needs_tshark
def test_a_long_list_is_bounded_and_counted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def alter(scan: Any) -> None:
        for field in ("packets", "wire_bytes", "payload_bytes", "syn", "fin", "rst", "last_ns"):
            scan.rows[field] += 1

    altered(monkeypatch, alter)
    code, out, _err = run(CAPTURES / "different-sources" / "hvT_nic2.pcap", "--json", "-")
    (found,) = json.loads(out)["captures"]
    assert (code, found["differing"], len(found["differences"])) == (1, 5 * 7, subject.MOST_LISTED)


@needs_tshark
def test_what_cannot_be_read_is_3_and_nothing_at_all_4(run: Run, tmp_path: Path) -> None:
    capture = CAPTURES / "18c-cut-file" / "nic1.pcap"
    assert run(capture, tmp_path / "missing.pcap")[0] == 3
    code, out, err = run(tmp_path / "missing.pcap")
    assert code == 4
    assert "no such file" in err
    assert "not compared" in out


def damaged(data: bytes, kept: int) -> tuple[bytes, int]:
    """A pcap of which the header of the record after `kept` ones is overwritten, and where that is."""
    at = 24
    for _ in range(kept):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    return data[:at] + b"\xff" * 64 + data[at + 64 :], at


@needs_tshark
@pytest.mark.parametrize("packed", [False, True])
def test_of_a_damaged_capture_what_comes_before_is_compared(run: Run, tmp_path: Path, packed: bool) -> None:
    data, at = damaged((CAPTURES / "different-sources" / "hvT_nic1.pcap").read_bytes(), 1000)
    path = tmp_path / ("broken.pcap.gz" if packed else "broken.pcap")
    path.write_bytes(gzip.compress(data) if packed else data)
    code, out, _ = run(path, "--json", "-")
    (found,) = json.loads(out)["captures"]
    assert (found["damaged"], found["differing"]) == (True, 0)
    if packed:  # it cannot be ended there
        assert code == 4
        assert f"damaged at byte {at};" in found["error"]
    else:
        assert (code, found["agrees"], found["packets"], found["damaged_at"]) == (3, True, 1000, at)
        assert f"damaged at byte {at}: only what comes before was compared" in run(path)[1]


@needs_tshark
def test_quiet_says_nothing_and_an_input_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    capture = tmp_path / "nic1.pcap"
    shutil.copy(CAPTURES / "18c-cut-file" / "nic1.pcap", capture)
    assert run(capture, "-q", "--jobs", "1") == (0, "", "")
    before = capture.read_bytes()
    for given in (capture, tmp_path, f"NIC={capture}"):
        code, _out, err = run(given, "--json", capture)
        assert code == 2
        assert "would overwrite an input" in err
    assert capture.read_bytes() == before


def test_without_tshark_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign.shutil, "which", lambda _: None)
    code, out, err = run(CAPTURES / "18c-cut-file" / "nic1.pcap")
    assert (code, out) == (2, "")
    assert "apt install tshark" in err


@needs_tshark
def test_a_recount_ends_early_when_it_is_stopped() -> None:
    stop = threading.Event()
    stop.set()
    (capture,) = plan_inputs([str(CAPTURES / "different-sources" / "hvT_nic2.pcap")]).captures
    assert recount(Input(capture, Settings()), find_tshark(), False, lambda _: None, stop).packets == 0
