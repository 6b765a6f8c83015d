"""`--decoder`: every decoder makes the same flow table and the same report of the sample captures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flowmap.analysis import analyze
from flowmap.capture.inputs import plan_inputs
from flowmap.decode import dpkt_
from flowmap.decode.reference import Header, decode
from flowmap.errors import ConfigError
from flowmap.passes import input as opened
from flowmap.passes import read
from flowmap.passes.read import read_all
from flowmap.passes.tshark import decoder as tshark_decoder
from flowmap.settings.config import Settings
from flowmap.types import PacketClass

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".pcap", ".pcapng")
SCENARIOS = sorted(
    folder
    for folder in (ROOT / "captures").iterdir()
    if folder.is_dir() and any(path.suffix in SUFFIXES for path in folder.iterdir())
)
CORPUS = ROOT.parent / "shared" / "corpus"
TUNNELS = sorted(path for path in (CORPUS / "encapsulation").glob("*.pcap") if path.stat().st_size < 200_000)


def answer(paths: list[str], decoder: str) -> tuple[dict[str, list[Any]], str]:
    analysis = analyze(paths, Settings.model_validate({"decoder": decoder}))
    columns = {name: list(column) for name, column in analysis.flow_columns().items()}
    told = analysis.report.model_copy(update={"generated_at": ""}).model_dump_json()
    return columns, told.replace(f" --decoder {decoder}", "")  # what to run instead keeps the settings


def needs(decoder: str) -> None:
    if decoder == "tshark" and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")


def test_an_installation_without_the_kernel_says_so_once_and_works() -> None:
    """As where it could not be compiled."""
    program = "import sys; sys.modules['flowmap.flow.kernel'] = None; from flowmap.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "analyze", "captures/different-sources"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.count("kernel") == 1
    assert done.stdout.startswith("PASS")


@pytest.mark.parametrize("folder", SCENARIOS, ids=lambda folder: folder.name)
def test_every_decoder_gives_the_same_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does the twin, where there is no kernel. All of a folder in one test: they are held against the same answer."""
    expected = answer([str(folder)], "auto")
    for decoder in ("kernel", "dpkt", "tshark") if shutil.which("tshark") else ("kernel", "dpkt"):
        assert answer([str(folder)], decoder) == expected, decoder
    for module in (read, opened):
        monkeypatch.setattr(module, "available", lambda: False)
    assert answer([str(folder)], "auto") == expected


@pytest.mark.parametrize("path", TUNNELS, ids=lambda path: path.name)
def test_and_of_recorded_tunnels(path: Path) -> None:
    expected = answer([str(path)], "auto")[0]
    for decoder in ("kernel", "dpkt"):
        assert answer([str(path)], decoder)[0] == expected, decoder


def test_there_is_something_to_compare() -> None:
    assert len(SCENARIOS) > 20


@pytest.mark.parametrize(("decoder", "module"), [("dpkt", dpkt_), ("tshark", tshark_decoder)])
def test_it_is_the_other_decoder_that_reads(decoder: str, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a twin that has every address, port and length wrong the flows are still right."""
    needs(decoder)
    paths = [str(ROOT / "captures" / "different-sources")]
    expected = answer(paths, "auto")[0]
    wrong = {"src_lo": 1, "dst_lo": 2, "sport": 3, "dport": 4, "flags": 0, "payload": 5, "version": 6}

    def spoiled(*given: Any) -> Header:
        header = decode(*given)
        return header._replace(**wrong) if header.cls == PacketClass.TCP else header

    monkeypatch.setattr(module, "twin", spoiled)
    planned = plan_inputs(paths).captures
    scans = read_all(planned, Settings.model_validate({"decoder": decoder})).scans
    counted = {
        name: sum(int(scan.rows[name].sum()) for scan in scans) for name in ("packets", "payload_bytes", "syn", "fin")
    }
    assert counted == {name: sum(expected[name]) for name in counted}
    ports = {int(port) for scan in scans for port in scan.rows["dport"]}
    assert ports == {int(port) for port in expected["dst_port"]}


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_files_only(tmp_path: Path) -> None:
    pipe: Any = SimpleNamespace(path=str(tmp_path), location=str(tmp_path))
    with pytest.raises(ConfigError, match="reads files"):
        tshark_decoder.TsharkDecoder(pipe, pipe)
