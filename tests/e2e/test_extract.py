"""`flowmap extract` against tshark: the packets of a stream are those that tshark finds in the members' captures."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from flowmap.capture.blocks.writer import MOST_CAPTURED, PcapngWriter, WrittenInterface
from flowmap.cli import main

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

Run = Callable[..., tuple[int, str, str]]
FIELDS = (
    "frame.time_epoch",
    "frame.len",
    "frame.cap_len",
    "ip.src",
    "ip.id",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.flags",
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowmap", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capfd.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def tshark(path: Path, *fields: str, only: str = "") -> list[list[str]]:
    """Values of fields, a list per packet. Fails where tshark complains of the file."""
    words = [word for name in fields for word in ("-e", name)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *words, *(["-Y", only] if only else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line for line in done.stderr.splitlines() if line and "Running as user" not in line] == []
    return [line.split("\t") for line in done.stdout.splitlines()]


@cache
def of_stream(path: Path, ends: str) -> list[list[str]]:
    """The packets of a stream in a sample capture, which stays as it is."""
    return tshark(path, *FIELDS, only=ends)


def analyzed(run: Run, folder: Path | str, report: Path, *options: str) -> dict:
    run("analyze", folder, "-q", "--json", report, *options)
    return json.loads(report.read_text(encoding="utf-8"))


def ends_filter(stream: dict) -> str:
    client, server = stream["client"], stream["server"]
    sides = [f"(ip.addr == {end['ip']} && tcp.port == {end['port']})" for end in (client, server)]
    return " && ".join(sides)


@pytest.mark.parametrize("name", ["different-sources", "failover", "04a-round-robin-sender", "05a-same-packets-twice"])
@pytest.mark.parametrize("by_report", [True, False])
def test_a_stream_is_all_its_packets_in_time_order(run: Run, tmp_path: Path, name: str, by_report: bool) -> None:
    report, out = tmp_path / "r.json", tmp_path / "s.pcapng"
    told = analyzed(run, CAPTURES / name, report)
    stream = told["streams"][0]
    given = report if by_report else CAPTURES / name
    code, said, _err = run("extract", given, "--stream", stream["id"], "-o", out)
    assert code == 0
    assert str(stream["client"]["port"]) in said
    want = [
        [member["name"], *row]
        for member in told["members"]
        for capture in member["captures"]
        for row in of_stream(Path(capture["path"]), ends_filter(stream))
    ]
    got = tshark(out, "frame.interface_name", *FIELDS)
    assert Counter(map(tuple, got)) == Counter(map(tuple, want))
    assert [row[1] for row in got] == sorted(row[1] for row in got)


def test_capinfos_finds_an_interface_per_member(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "s.pcapng"
    report = tmp_path / "r.json"
    analyzed(run, CAPTURES / "different-sources", report, "--speed", "10G", "--speed", "hvT_nic2=1G")
    assert run("extract", report, "--stream", "0", "-o", out)[0] == 0
    done = subprocess.run(["capinfos", str(out)], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert [line for line in lines if line.startswith(("Name =", "Speed ="))] == [
        "Name = hvT_nic1",
        "Speed = 10000000000",
        "Name = hvT_nic2",
        "Speed = 1000000000",
    ]
    assert [line for line in lines if line.startswith("Strict time order")] == ["Strict time order:   True"]
    assert "File timestamp precision:  nanoseconds (9)" in lines
    assert "WARN" not in done.stderr


def test_directions_are_the_teamed_hosts(run: Run, tmp_path: Path) -> None:
    """Inbound (1) is what is sent to the host with the team, 10.77.0.100; outbound (2) what it sends."""
    out = tmp_path / "s.pcapng"
    assert run("extract", CAPTURES / "different-sources", "--stream", "0", "-o", out)[0] == 0
    found = Counter(map(tuple, tshark(out, "ip.dst", "frame.packet_flags_direction")))
    assert set(found) == {("10.77.0.100", "0x00000001"), ("10.77.0.10", "0x00000002")}


@pytest.mark.parametrize("of_report", [True, False])
def test_a_description_says_whose_directions_they_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_report: bool
) -> None:
    """10.77.0.11 sends from this MAC; without the description 10.77.0.100 has the team, see above."""
    (tmp_path / "team.toml").write_text('mac = "02:48:56:00:00:0b"\n[[member]]\nname = "hvT_nic1"\n', encoding="utf-8")
    monkeypatch.setenv("FLOWMAP_TEAM", str(tmp_path / "team.toml"))
    out, source = tmp_path / "s.pcapng", CAPTURES / "different-sources"
    if of_report:
        analyzed(run, source, tmp_path / "r.json")
        source = tmp_path / "r.json"
        monkeypatch.delenv("FLOWMAP_TEAM")
    assert run("extract", source, "--stream", "1", "-o", out)[0] == 0
    found = Counter(map(tuple, tshark(out, "ip.dst", "frame.packet_flags_direction")))
    assert set(found) == {("10.77.0.11", "0x00000001"), ("10.77.0.100", "0x00000002")}


def test_connections_that_used_one_port_again_are_told_apart(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    told = analyzed(run, CAPTURES / "16-port-reuse", report)
    same: dict[str, list[dict]] = {}
    for stream in told["streams"]:
        same.setdefault(ends_filter(stream), []).append(stream)
    only, streams = max(same.items(), key=lambda item: len(item[1]))
    assert len(streams) > 1
    total = sum(len(tshark(path, "frame.number", only=only)) for path in (CAPTURES / "16-port-reuse").glob("*.pcap*"))
    sizes = []
    for stream in streams:
        out = tmp_path / f"s{stream['id']}.pcapng"
        assert run("extract", report, "--stream", stream["id"], "-o", out)[0] == 0
        rows = tshark(out, "tcp.flags", "tcp.seq_raw")
        assert rows[0][0] == "0x0002"
        assert len({seq for flags, seq in rows if flags == "0x0002"}) == 1
        sizes.append(len(rows))
    assert sum(sizes) == total


@pytest.mark.parametrize("name", ["11c-any-sll2", "18d-mixed-formats", "11a-two-vlans-one-member"])
def test_other_captures_come_out_as_the_flow_table_has_them(run: Run, tmp_path: Path, name: str) -> None:
    report, out = tmp_path / "r.json", tmp_path / "s.pcapng"
    stream = analyzed(run, CAPTURES / name, report)["streams"][0]
    assert run("extract", report, "--stream", stream["id"], "-o", out, "-q")[0] == 0
    want: Counter[str] = Counter()
    for direction in stream["directions"]:
        want.update({member["name"]: member["packets"] for member in direction["members"]})
    assert Counter(row[0] for row in tshark(out, "frame.interface_name")) == want


def test_a_finding_about_several_streams(run: Run, tmp_path: Path) -> None:
    report, out = tmp_path / "r.json", tmp_path / "s.pcapng"
    told = analyzed(run, CAPTURES / "different-sources", report)
    (about,) = [f["subject"]["streams"] for f in told["findings"] if f["code"] == "FM406"]
    assert len(about) > 1
    assert run("extract", report, "--finding", "FM406", "-o", out)[0] == 0
    by_finding = out.read_bytes()
    assert run("extract", report, *[word for stream in about for word in ("--stream", stream)], "-o", out)[0] == 0
    assert out.read_bytes() == by_finding


def test_several_streams_and_a_finding(run: Run, tmp_path: Path) -> None:
    report, out = tmp_path / "r.json", tmp_path / "s.pcapng"
    told = analyzed(run, CAPTURES / "04a-round-robin-sender", report)
    found = sorted({f["subject"]["stream"] for f in told["findings"] if f["code"] == "FM101"})
    assert found
    assert run("extract", report, "--finding", "FM101", "-o", out)[0] == 0
    by_finding = out.read_bytes()
    numbers = [word for stream in found for word in ("--stream", stream)]
    assert run("extract", report, *numbers, "-o", out)[0] == 0
    assert out.read_bytes() == by_finding
    for code, words in (("FM999", "it has: "), ("FM201", "")):
        code_, _out, err = run("extract", report, "--finding", code, "-o", tmp_path / "no")
        assert code_ == 2
        assert words in err
    assert not (tmp_path / "no").exists()


def test_packets_out_of_order_come_out_in_order(run: Run, tmp_path: Path) -> None:
    """Neighbours of a capture change places; the stream is the same as before."""
    original = min((CAPTURES / "17-fragments").glob("*.pcap"))
    data = original.read_bytes()
    records, at = [], 24
    while at < len(data):
        size = 16 + struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at : at + size])
        at += size
    for k in range(0, len(records) - 1, 2):
        records[k : k + 2] = records[k : k + 2][::-1]
    mixed = tmp_path / original.name
    mixed.write_bytes(data[:24] + b"".join(records))
    for path, out in ((original, "a"), (mixed, "b")):
        assert run("extract", path, "--stream", "0", "-o", tmp_path / out, "-q") == (0, "", "")
    rows = [tshark(tmp_path / out, *FIELDS) for out in "ab"]
    assert [row[0] for row in rows[1]] == sorted(row[0] for row in rows[1])
    assert sorted(rows[0]) == sorted(rows[1])


def test_a_time_window_numbers_streams_as_analyze_does(run: Run, tmp_path: Path) -> None:
    folder, report = CAPTURES / "different-sources", tmp_path / "r.json"
    whole = analyzed(run, folder, report)
    late = str(whole["streams"][1]["first_ns"] + 1)
    start = f"{late[:-9]}.{late[-9:]}"
    told = analyzed(run, folder, report, "--from", start, "--to", "2100-01-01T00:00:00Z")
    outs = [tmp_path / name for name in ("a.pcapng", "b.pcapng")]
    last = told["streams"][-1]
    assert run("extract", report, "--stream", last["id"], "-o", outs[0])[0] == 0
    code, *_ = run(
        "extract", folder, "--stream", last["id"], "-o", outs[1], "--from", start, "--to", "2100-01-01T00:00:00Z"
    )
    assert code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert min(row[0] for row in tshark(outs[1], "frame.time_epoch")) >= start
    assert run("extract", report, "--stream", "0", "-o", outs[0], "--to", "9")[0] == 2


def test_a_stream_that_is_not_there_says_how_many_are(run: Run, tmp_path: Path) -> None:
    code, _out, err = run("extract", CAPTURES / "different-sources", "--stream", "4", "-o", tmp_path / "s.pcapng")
    assert code == 2
    assert "there are 4 streams, numbered 0 to 3" in err
    assert list(tmp_path.iterdir()) == []


def test_captures_that_changed_since_the_report_are_refused(run: Run, tmp_path: Path) -> None:
    folder, report, out = tmp_path / "team", tmp_path / "r.json", tmp_path / "s.pcapng"
    shutil.copytree(CAPTURES / "12c-third-member", folder)
    analyzed(run, folder, report)
    assert run("extract", report, "--stream", "0", "-o", out)[0] == 0
    out.unlink()
    capture = min(folder.glob("*.pcap*"))
    data = capture.read_bytes()
    capture.write_bytes(data[:-1])
    code, _out, err = run("extract", report, "--stream", "0", "-o", out)
    assert code == 4
    assert "has changed since" in err
    capture.unlink()
    code, _out, err = run("extract", report, "--stream", "0", "-o", out)
    assert code == 4
    assert capture.name in err
    assert not out.exists()


def test_inputs_are_never_overwritten(run: Run, tmp_path: Path) -> None:
    folder, report = tmp_path / "team", tmp_path / "r.json"
    shutil.copytree(CAPTURES / "12c-third-member", folder)
    analyzed(run, folder, report)
    capture = min(folder.glob("*.pcap*"))
    before = {path: path.read_bytes() for path in [*folder.iterdir(), report]}
    for given, target in ((report, capture), (report, report), (folder, capture), (f"X={capture}", capture)):
        code, _out, err = run("extract", given, "--stream", "0", "-o", target)
        assert code == 2
        assert "would overwrite an input" in err
    assert {path: path.read_bytes() for path in before} == before


def test_usage(run: Run, tmp_path: Path) -> None:
    out, other = tmp_path / "s.pcapng", tmp_path / "other.json"
    other.write_text('{"schema": "something else"}', encoding="utf-8")
    folder = CAPTURES / "12c-third-member"
    assert run("extract", folder, "-o", out)[0] == 2
    assert run("extract", folder, "--stream", "0", "--finding", "FM101", "-o", out)[0] == 2
    assert "needs a report" in run("extract", folder, "--finding", "FM101", "-o", out)[2]
    assert "is no report" in run("extract", other, "--stream", "0", "-o", out)[2]
    assert run("extract", tmp_path / "missing", "--stream", "0", "-o", out)[0] == 4
    assert run("extract", folder, tmp_path / "missing", "--stream", "0", "-o", out, "--jobs", "1")[0] == 3
    assert out.exists()


def test_the_writer_keeps_times_before_1970_lengths_and_names(tmp_path: Path) -> None:
    path, out = tmp_path / "w.pcapng", io.BytesIO()
    first = -1_500_000_001
    writer = PcapngWriter(out, [WrittenInterface("n\u00efc", 1, speed_bps=10**10)], first_ns=first)
    times = [first, 0, 4_000_000_000_000_000_001]
    for ts_ns, size in zip(times, (61, 0, MOST_CAPTURED + 5), strict=True):
        writer.packet(0, ts_ns, bytes(size), size + 9, 2)
    path.write_bytes(out.getvalue())
    rows = tshark(path, "frame.interface_name", "frame.len", "frame.cap_len", "frame.packet_flags_direction")
    sizes = [["70", "61"], ["9", "0"], [str(MOST_CAPTURED + 14), str(MOST_CAPTURED)]]
    assert rows == [["n\u00efc", *size, "0x00000002"] for size in sizes]
    assert tshark(path, "frame.time_epoch")[1:] == [["0.000000000"], ["4000000000.000000001"]]
