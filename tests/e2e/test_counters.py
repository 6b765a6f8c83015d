"""Counters beside captures of real migrations: what they show that the captures lack undermines a pass."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
import warm

import flowmap

LAB = Path(__file__).parents[2] / "captures" / "different-sources"
NICS = ("hvT_nic1", "hvT_nic2")


def records(data: bytes) -> list[tuple[bytes, int]]:
    """(record with its header, bytes on the wire) of a little-endian pcap."""
    found, at = [], 24
    while at < len(data):
        captured, wire = struct.unpack("<8xII", data[at : at + 16])
        found.append((data[at : at + 16 + captured], wire))
        at += 16 + captured
    return found


def link(name: str, packets: int, size: int, more: dict[str, int] | None = None) -> dict[str, Any]:
    rx, tx = {"packets": packets, "bytes": size, "errors": 0, "dropped": 0} | (more or {}), {"packets": 7, "bytes": 700}
    return {"ifname": name, "stats64": {"rx": rx, "tx": tx}}


def recorded(folder: Path, lost: bytes | None = None, factor: float = 1.0, **more: int) -> Path:
    """A folder as `flowmap capture` leaves it, without the packets of one address; counters are of all packets there were."""
    counters: dict[str, list[Any]] = {"before": [], "after": []}
    for name in NICS:
        data = (LAB / f"{name}.pcap").read_bytes()
        packets = records(data)
        kept = [record for record, _ in packets if lost is None or lost not in record[16 + 26 : 16 + 34]]
        (folder / f"{name}.pcap").write_bytes(data[:24] + b"".join(kept))
        counters["before"].append(link(name, 100, 9000))
        total = round(factor * len(packets)), round(factor * sum(wire for _, wire in packets))
        counters["after"].append(link(name, 100 + total[0], 9000 + total[1], more))
    for when, links in counters.items():
        (folder / f"{when}.json").write_text(json.dumps(links))
    names = {when: [f"{when}.json"] for when in counters}
    (folder / "flowmap-capture.json").write_text(json.dumps({"schema": "flowmap.capture/1", "counters": names}))
    return folder


def report(*paths: Path, **settings: Any) -> dict[str, Any]:
    return json.loads(flowmap.analyze([str(path) for path in paths], **settings).to_json())  # type: ignore[no-any-return]


def codes(found: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


def test_counters_that_agree_change_nothing(tmp_path: Path) -> None:
    found = report(recorded(tmp_path))
    assert found["claims"]["pinned"]["verdict"] == "pass"
    assert not codes(found) & {"FM510", "FM511", "FM409", "FM410"}
    assert [member["counters"]["missed_packets"] for member in found["members"]] == [0, 0]


def test_packets_that_counters_show_and_the_capture_lacks_undermine_a_pass(tmp_path: Path) -> None:
    found = report(recorded(tmp_path, lost=bytes([10, 77, 0, 10])))
    assert found["claims"]["pinned"]["verdict"] == "inconclusive"
    assert found["claims"]["pinned"]["undermined_by"] == ["counters_missed"]
    (one,) = [finding for finding in found["findings"] if finding["code"] == "FM510"]
    assert one["subject"] == {"member": "hvT_nic2"}
    lacking = sum(
        bytes([10, 77, 0, 10]) in record[42:50] for record, _ in records((LAB / "hvT_nic2.pcap").read_bytes())
    )
    assert one["evidence"]["counted_packets"] - one["evidence"]["captured_packets"] == lacking


def test_what_an_idle_member_had_besides_is_no_loss(tmp_path: Path) -> None:
    """Readings a minute before and after: the idle member's broadcasts then were never to be captured."""
    for when, packets in (("before", 0), ("after", 300)):
        (tmp_path / f"{when}.json").write_text(json.dumps([link("hvT_nic2", packets, packets * 80)]))
    folder = LAB.parent / "lacp-down"
    files = [str(tmp_path / f"{when}.json") for when in ("before", "after")]
    found = report(*[folder / f"{name}.pcap" for name in NICS], team=files)
    assert "FM510" not in codes(found)
    assert found["members"][1]["counters"]["missed_packets"] > 250


def test_the_same_by_team_files_named_before_and_after(tmp_path: Path) -> None:
    folder = recorded(tmp_path, lost=bytes([10, 77, 0, 10]))
    (folder / "flowmap-capture.json").unlink()
    captures = [folder / f"{name}.pcap" for name in NICS]
    found = report(*captures, team=[str(folder / "after.json"), str(folder / "before.json")])
    assert found["claims"]["pinned"]["undermined_by"] == ["counters_missed"]
    once = report(*captures, team=[str(folder / "after.json")])
    assert once["claims"]["pinned"]["verdict"] == "pass"
    assert {notice["code"] for notice in once["notices"]} >= {"counters_once"}


def test_counters_with_less_than_the_capture_contradict_it_and_undermine_nothing(tmp_path: Path) -> None:
    found = report(recorded(tmp_path, factor=0.5))
    assert found["claims"]["pinned"]["verdict"] == "pass"
    assert "FM511" in codes(found)


def test_counters_that_went_backwards_are_told_and_not_used(tmp_path: Path) -> None:
    found = report(recorded(tmp_path, lost=bytes([10, 77, 0, 10]), packets=3))
    assert found["claims"]["pinned"]["verdict"] == "pass"
    assert {notice["code"] for notice in found["notices"]} >= {"counters_backwards"}
    assert found["members"][0]["counters"]["rx_packets"] is None


def test_drops_are_told(tmp_path: Path) -> None:
    found = report(recorded(tmp_path, dropped=500))
    (one,) = [finding for finding in found["findings"] if finding["code"] == "FM409"]
    assert one["evidence"] == {"rx_drops": 1000}


@pytest.mark.parametrize(
    ("port", "count", "said"),
    [
        (1, 350, "That explains packets"),
        (1, 9, "most were lost elsewhere"),
        (2, 350, "None of it is where"),
    ],
)
def test_drops_explain_loss_where_the_stream_lost_packets(tmp_path: Path, port: int, count: int, said: str) -> None:
    """The stream of this capture is on nic0 alone, and lost 1 % of its packets on the way to the host."""
    lab = LAB.parent / "limits" / "loss-rx"
    for when, dropped in (("before", 0), ("after", count)):
        shown = "".join(
            f"Ethernet1/{number} is up\n  RX\n    9 input packets  900 bytes\n"
            f"  TX\n    {dropped * 30} output packets  9 bytes\n"
            f"    0 lost carrier {dropped if number == port else 0} output discard\n"
            for number in (1, 2)
        )
        (tmp_path / f"{when}.txt").write_text(f"leaf1# show interface\n{shown}")
    captures = [f"Eth1/{number + 1}={lab}/nic{number}.pcap.gz" for number in (0, 1)]
    found = report(*map(Path, captures), team=[str(tmp_path / f"{when}.txt") for when in ("before", "after")])
    (one,) = [finding for finding in found["findings"] if finding["code"] == "FM409"]
    assert said in one["explanation"]


def test_rdma_beside_migrations_is_told_with_the_claim_and_changes_no_verdict(tmp_path: Path) -> None:
    """A TCP migration is judged; what RDMA moved beside it is in the claim by its distribution alone."""
    for when, factor in (("before", 0), ("after", 1)):
        lines = [
            f"/sys/class/infiniband/mlx5_{number}/ports/1/{name}\n"
            for number, nic in enumerate(NICS)
            for name in (
                f"counters/port_rcv_data:{factor * (number + 1) * 250_000_000}",
                "counters/port_xmit_data:0",
                f"gid_attrs/ndevs/0:{nic}",
            )
        ]
        (tmp_path / f"{when}.txt").write_text("".join(lines))
    files = [str(tmp_path / f"{when}.txt") for when in ("before", "after")]
    found = report(*[LAB / f"{name}.pcap" for name in NICS], team=files)
    spread = found["claims"]["spread"]
    assert spread["by_counters"] == {"hvT_nic1": 10**9, "hvT_nic2": 2 * 10**9}
    assert "only counters show" in spread["reason"]
    assert (spread["verdict"], found["answer"]["tone"]) == ("pass", "note")
    assert "only counters show" in found["answer"]["sentence"]


def test_the_manifest_tells_for_how_long_counters_counted_besides(tmp_path: Path) -> None:
    """A capture that is busy to its end, with counters of 3 s more at that rate: possible for readings that are 3 s away,
    not for readings that are half a second away."""
    folder = recorded(tmp_path, factor=1.5)
    manifest = json.loads((folder / "flowmap-capture.json").read_text())
    slack = {}
    for seconds in (1, 31):
        times = {"started_at": 0, "recorded_from": seconds, "recorded_to": 100, "ended_at": 100}
        told = {name: f"2026-01-01T00:{second // 60:02}:{second % 60:02}+00:00" for name, second in times.items()}
        (folder / "flowmap-capture.json").write_text(json.dumps(manifest | told))
        slack[seconds] = report(folder)["members"][1]["counters"]["slack_packets"]
    (folder / "flowmap-capture.json").write_text(json.dumps(manifest))
    assert slack[31] == pytest.approx(16 * slack[1], abs=16)
    assert report(folder)["members"][1]["counters"]["slack_packets"] == pytest.approx(7.5 * slack[1], abs=8)


def test_counters_of_no_member_are_told(tmp_path: Path) -> None:
    (tmp_path / "ip.json").write_text(json.dumps([link("eno9", 1, 1)]))
    found = report(*[LAB / f"{name}.pcap" for name in NICS], team=[str(tmp_path / "ip.json")])
    assert "counters_unmatched" in {notice["code"] for notice in found["notices"]}
    assert found["claims"]["pinned"]["verdict"] == "pass"


def test_what_counters_say_stands_beside_each_member(tmp_path: Path) -> None:
    folder = recorded(tmp_path, dropped=500)
    result = flowmap.analyze([str(folder)])
    said = f"{len(records((LAB / 'hvT_nic2.pcap').read_bytes())):,} packets, 500 dropped"
    command = [sys.executable, "-m", "flowmap", "analyze", str(folder)]
    text = warm.run(command, capture_output=True, text=True, check=False)
    assert f"hvT_nic2: counters say {said}" in text.stdout
    assert said in result.to_html()
    assert said in result.to_markdown()


@pytest.mark.parametrize("names", [["nothing.json"], ["../../etc/hostname"], "before.json"])
def test_a_manifest_with_other_files_is_passed_over(tmp_path: Path, names: Any) -> None:
    recorded(tmp_path)
    manifest = {"schema": "flowmap.capture/1", "counters": {"before": names, "after": names}}
    (tmp_path / "flowmap-capture.json").write_text(json.dumps(manifest))
    assert report(tmp_path)["members"][0]["counters"] is None


def test_what_came_as_the_recording_ended_is_no_loss(tmp_path: Path) -> None:
    """A section, an interface, and its statistics with 5 drops (pcapng, 4.1, 4.2, 4.6), of which the manifest knows all."""

    def block(kind: int, body: bytes) -> bytes:
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    data = (LAB / "hvT_nic1.pcap").read_bytes()
    packets = []
    for record, wire in records(data):
        sec, part, size = struct.unpack("<III", record[:12])
        at = sec * 10**6 + part // (1000 if data[:4] == b"\x4d\x3c\xb2\xa1" else 1)
        body = struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, size, wire) + record[16:] + bytes(-size % 4)
        packets.append(block(6, body))
    name = struct.pack("<HH", 2, 4) + b"nic0" + bytes(4)
    statistics = struct.pack("<III", 0, 0, 0) + struct.pack("<HHQ", 5, 8, 5) + bytes(4)
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(
        1, struct.pack("<HHI", 1, 0, 128) + name
    )
    (tmp_path / "team.pcapng").write_bytes(head + b"".join(packets) + block(5, statistics))
    lost = []
    for flushed in (0, 5):
        manifest = {"schema": "flowmap.capture/1", "flushed": {"nic0": flushed}}
        (tmp_path / "flowmap-capture.json").write_text(json.dumps(manifest))
        lost.append("capture_drops" in {notice["code"] for notice in report(tmp_path)["notices"]})
    assert lost == [True, False]
