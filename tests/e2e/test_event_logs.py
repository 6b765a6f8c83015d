"""Windows event trace logs whose truth is known, made by another writer, through every command that reads captures."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import warm
from etl_read import read

import flowmap as flowmap_api
from flowmap.errors import NotACapture

LOGS = Path(__file__).parents[3] / "shared" / "etl"
LAB = LOGS.parent / "lab"
TRUTH: dict[str, dict[str, Any]] = json.loads((LOGS / "truth.json").read_text()) if LOGS.is_dir() else {}
WITH_PACKETS = [name for name, truth in TRUTH.items() if truth["interfaces"] and truth.get("damage") != "header-only"]
needs_logs = pytest.mark.skipif(not TRUTH, reason="the logs are not beside this tree")


@cache
def log(name: str) -> bytes:
    return lzma.decompress((LOGS / f"{name}.xz").read_bytes())


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", WITH_PACKETS or [pytest.param("", marks=needs_logs)])
def test_frames_of_each_interface_are_the_true_ones(name: str, compiled: bool) -> None:
    """Number, order, bytes, directions, original lengths; times to the nanosecond."""
    found = read(log(name), compiled=compiled)
    assert [row[0] for row in found.rows] == sorted(row[0] for row in found.rows)
    ours = sorted(
        (
            len(rows),
            sum(r[4] == 2 for r in rows),
            sum(r[4] == 1 for r in rows),
            sum(len(r[1]) for r in rows),
            sum(r[2] for r in rows),
            rows[0][0],
            rows[-1][0],
            hashlib.sha256(b"".join(r[1] for r in rows)).hexdigest(),
        )
        for rows in by_interface(found).values()
    )
    wanted = sorted(
        (
            one["frames"],
            one["sent"],
            one["received"],
            one["captured_bytes"],
            one.get("original_bytes", one.get("original_bytes_inferred_behind_vlan_tags_too")),
            one["first_ns"],
            one["last_ns"],
            one["sha256_of_frames_in_time_order"],
        )
        for key, one in TRUTH[name]["interfaces"].items()
        if not key.endswith(":drop")
    )
    assert ours == wanted


def by_interface(found: Any) -> dict[int, list[Any]]:
    """Rows by interface: layers of pktmon may have one name."""
    source: dict[int, list[Any]] = {}
    for row, ordinal in zip(found.rows, found.ordinals, strict=True):
        source.setdefault(ordinal, []).append(row)
    return source


def flowmap(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowmap", *map(str, arguments)]
    return warm.run(command, capture_output=True, text=True, check=False, timeout=120)


@needs_logs
@pytest.mark.parametrize("name", ["damaged/no-packets.etl", "damaged/autologger.etl", "damaged/header-only.etl"])
def test_logs_without_packets(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotACapture, match="without packets"):
        read(log(name))
    path = tmp_path / "team.etl"
    path.write_bytes(log(name))
    done = flowmap("analyze", path)
    assert done.returncode == 4
    assert "netsh trace start capture=yes" in " ".join(done.stderr.split())


def analysis(*paths: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(flowmap_api.analyze(list(paths)).to_json())
    return document


@needs_logs
@pytest.mark.parametrize(
    "name",
    [
        "different-sources/netsh.etl",
        "different-sources/netsh-2012.etl",
        "different-sources/pktmon.etl",
        "lacp-down/netsh.etl",
    ],
)
def test_the_verdict_is_that_of_the_run(name: str, tmp_path: Path) -> None:
    """As the lab's own captures of the run give it, and with as many LACPDUs: those of layers count once."""
    path = tmp_path / "log"
    path.write_bytes(log(name))
    ours = analysis(str(path))
    theirs = analysis(*map(str, sorted((LAB / name.split("/")[0]).glob("*_nic?.pcap"))))
    assert (ours["verdict"], [c["verdict"] for c in ours["claims"].values()]) == (
        theirs["verdict"],
        [c["verdict"] for c in theirs["claims"].values()],
    )
    assert [f["code"] for f in ours["findings"]] == [f["code"] for f in theirs["findings"]]
    assert sorted(m["peak_bps"] for m in ours["members"]) == pytest.approx(
        sorted(m["peak_bps"] for m in theirs["members"]), rel=0.1
    )
    assert sorted(heard(ours)) == sorted(heard(theirs))


def heard(document: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["lacp"]["lacpdus_tx"], one["lacp"]["lacpdus_rx"]) for one in document["members"] if one["lacp"]]


@needs_logs
def test_layers_of_pktmon_are_of_their_adapters(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(log("lacp-down/pktmon.etl"))
    document = analysis(str(path))
    told = {c["description"] for c in TRUTH["lacp-down/pktmon.etl"]["components"] if c["type"] == 2}
    assert {m["name"] for m in document["members"]} == told
    assert [m["name"] for m in document["members"] if m["aggregate"]] == [
        "Microsoft Network Adapter Multiplexor Driver"
    ]
    assert document["answer"]["sentence"].count("no answer to its 5 LACPDUs") == 1


@needs_logs
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", [*WITH_PACKETS])
def test_an_independent_reader_agrees(name: str, tmp_path: Path) -> None:
    pytest.importorskip("dissect.etl", reason="dissect.etl is not installed")
    path = tmp_path / "team.etl"
    path.write_bytes(log(name))
    done = flowmap("verify", path)
    assert "agrees" in done.stdout, done
    assert done.returncode in (0, 3)


@needs_logs
def test_compressed_in_a_batch_and_extracted(tmp_path: Path) -> None:
    """The same streams from the log as it is and compressed; a folder with a log is a team."""
    folder = tmp_path / "runs" / "team"
    folder.mkdir(parents=True)
    data = log("damaged/32-bit.etl")  # which is whole, and small
    (tmp_path / "plain").write_bytes(data)
    (folder / "team.etl.gz").write_bytes(gzip.compress(data, 1))
    written = []
    for path in (tmp_path / "plain", folder / "team.etl.gz"):
        assert flowmap("extract", path, "--stream", "0", "-o", tmp_path / "s.pcapng").returncode == 0
        written.append((tmp_path / "s.pcapng").read_bytes())
    assert written[0] == written[1]
    assert flowmap("batch", tmp_path / "runs", "--out", tmp_path / "out", "--settle", "0").returncode == 0
    (report,) = (tmp_path / "out").rglob("report.json")
    captures = [c["format"] for m in json.loads(report.read_text())["members"] for c in m["captures"]]
    assert captures == ["etl (gzip)", "etl (gzip)"]


@needs_logs
def test_what_layers_of_the_host_recorded_again_was_not_sent_again(tmp_path: Path) -> None:
    """Nothing was resent in the run that this log was made of; each frame was recorded at two layers."""
    capture = tmp_path / "netsh.etl"
    capture.write_bytes(log("lacp-down/netsh.etl"))
    report = flowmap_api.analyze(capture).report
    assert report.migrations
    assert [migration.resent_bytes for migration in report.migrations] == [None] * len(report.migrations)
