"""`flowmap predict` as a user runs it: on what a driver really chose, and on every kind of input."""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import warm

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT.parent / "shared" / "lab" / "hash-vectors-linux-bonding.jsonl"
RECORDED = ROOT / "tests" / "oracle" / "bonding-6.1.0-56.jsonl"


def predict(*arguments: str | Path, code: int = 0) -> str:
    command = [sys.executable, "-m", "flowmap", "predict", *map(str, arguments)]
    result = warm.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert result.returncode == code, result.stderr
    return result.stdout if code == 0 else result.stderr


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_every_vector_of_the_lab_is_exact(tmp_path: Path, suffix: str) -> None:
    if not LAB.exists():
        pytest.skip("the recorded hash vectors are not here")
    out = tmp_path / f"rows.{suffix}"
    predict(LAB, "--policy", "layer2", "layer2+3", "layer3+4", "--members", "2", "3", "--rows", out)
    with out.open(encoding="utf-8", newline="") as file:
        told: list[dict[str, Any]] = read_lines(out) if suffix == "jsonl" else list(csv.DictReader(file))
    truth = read_lines(LAB)
    assert len(told) == 6 * len(truth)
    combinations = [(policy, n) for policy in ("layer2", "layer2+3", "layer3+4") for n in (2, 3)]
    checked = 0
    for part, (policy, n) in enumerate(combinations):
        for row, seen in zip(told[part * len(truth) : (part + 1) * len(truth)], truth, strict=True):
            assert (row["policy"], int(row["n_members"])) == (policy, n)
            assert row["src_mac"] == seen["src_mac"]
            if (seen["policy"], seen["n_members"]) == (policy, n):
                assert int(row["member_index"]) == seen["member_index"], seen
                checked += 1
    assert checked == len(truth)


def test_every_policy_of_a_recorded_driver_from_csv(tmp_path: Path) -> None:
    """Rows as CSV with a semicolon and a byte order mark, as spreadsheets write them."""
    policies = ["layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"]
    rows = [row for row in read_lines(RECORDED) if "kind" not in row]
    names = [
        "src_mac",
        "dst_mac",
        "ethertype",
        "vlan",
        "src_ip",
        "dst_ip",
        "proto",
        "src_port",
        "dst_port",
        "tag_in_frame",
        "icmp_type",
        "icmp_code",
        "icmp_id",
        "more_fragments",
        "frag_offset",
        "sent_by",
    ]
    given, out = tmp_path / "given.csv", tmp_path / "out.jsonl"
    with given.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    predict(given, "--policy", *policies, "--members", "2,5", "--members", "8", "--rows", out)
    told = iter(read_lines(out))
    for policy in policies:
        for n in (2, 5, 8):
            assert [next(told)["member_index"] for _ in rows] == [int(row["xor"][policy][n - 2]) for row in rows]
    assert next(told, None) is None


@pytest.mark.parametrize("mode", ["balance-tlb", "balance-rr", "active-backup", "802.3ad"])
def test_the_mode_that_a_row_tells(tmp_path: Path, mode: str) -> None:
    """What balance-tlb does not hash went to the active member in the recording, whatever the policy: nothing is told of it."""
    given, out = tmp_path / "given.jsonl", tmp_path / "out.jsonl"
    rows = [row for row in read_lines(RECORDED) if "kind" not in row]
    given.write_text(
        "".join(json.dumps({**row, "mode": mode, "tlb_dynamic_lb": 0}) + "\n" for row in rows), encoding="utf-8"
    )
    predict(given, "--policy", "layer3+4", "--members", "3", "--rows", out)
    told = [row["member_index"] for row in read_lines(out)]
    if mode == "balance-tlb":
        chosen = [int(row["tlb"]["layer3+4"][1]) for row in rows]
        assert {(a, b) for a, b in zip(told, chosen, strict=True) if a is None} == {(None, 0)}
        assert all(a in (None, b) for a, b in zip(told, chosen, strict=True))
        assert sum(a is not None for a in told) > len(told) / 2
    elif mode == "802.3ad":
        assert told == [int(row["xor"]["layer3+4"][1]) for row in rows]
    else:
        assert set(told) == {None}


def test_rows_of_a_capture_agree_with_where_its_streams_were_placed(tmp_path: Path) -> None:
    """The capture was made with layer3+4 on three members; each index is one member, whichever."""
    out = tmp_path / "rows.jsonl"
    predict("captures/14b-layer34-3-members", "--policy", "layer3+4", "--members", "3", "--rows", out)
    members = defaultdict(set)
    for row in read_lines(out):
        if row["direction"] == "tx":
            members[row["member_index"]].add(row["member"])
    assert sorted(members) == [0, 1, 2]
    assert all(len(names) == 1 for names in members.values())


def test_a_report_gives_the_summary_of_its_captures(tmp_path: Path) -> None:
    report, older, key = tmp_path / "report.json", tmp_path / "older.json", tmp_path / "key"
    analyze = [sys.executable, "-m", "flowmap", "analyze", "captures/different-sources", "-q", "--json"]
    warm.run([*analyze, str(report)], cwd=ROOT, check=True, timeout=120)
    asked = ["--policy", "layer3+4", "--policy", "layer2", "--members", "3", "--speed", "10G", "--json", "-"]
    of_report, of_captures = (json.loads(predict(p, *asked)) for p in (report, "captures/different-sources"))
    assert of_report["forecasts"] == of_captures["forecasts"]
    assert (of_report["streams"], of_report["hosts"], of_report["direction"]) == (4, 4, "rx")
    assert of_report["remarks"] == []
    for forecast in of_report["forecasts"]:
        assert sum(member["streams"] for member in forecast["members"]) == 4
        assert forecast["total_bps"] == forecast["members_used"] * 10**10

    document = json.loads(report.read_text(encoding="utf-8"))
    for way in (way for stream in document["streams"] for way in stream["directions"]):
        del way["src_mac"], way["dst_mac"]  # as versions before wrote it
    older.write_text(json.dumps(document), encoding="utf-8")
    first, second = (found := json.loads(predict(older, *asked)))["forecasts"]
    assert first == of_captures["forecasts"][0]
    assert second["undecided"] == 4
    assert "no MACs" in found["remarks"][0]

    key.write_text(token_hex(32), encoding="ascii")
    warm.run([*analyze, str(report), "--anonymize", str(key)], cwd=ROOT, check=True, timeout=120)
    found = json.loads(predict(report, *asked))
    assert [forecast["undecided"] for forecast in found["forecasts"]] == [4, 4]
    assert "--anonymize" in found["remarks"][0]


def test_the_flows_of_a_capture_are_as_many_streams_as_the_capture_has(tmp_path: Path) -> None:
    """Both directions of a connection are in the table; its 4 hosts send to the teamed one."""
    flows, team = tmp_path / "flows.csv", ROOT / "captures" / "different-sources"
    command = [sys.executable, "-m", "flowmap", "analyze", str(team), "--flows", str(flows), "-q"]
    assert warm.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    assert len(flows.read_text(encoding="utf-8").splitlines()) == 1 + 2 * 4
    told = predict(flows, "--policy", "layer3+4", "--members", "2")
    assert "4 streams, 4 hosts" in told.replace("\n", " ")


def test_the_table_of_flows_is_a_list_too(tmp_path: Path) -> None:
    flows, out = tmp_path / "flows.csv", tmp_path / "rows.csv"
    flows.write_text(
        "member,src,dst,src_port,dst_port,vlan,encapsulation,packets\n"
        "50%s,10.0.0.11,10.0.0.21,49666,6600,100.7,,9\n=1+1,10.0.0.11,10.0.0.21,49664,6600,,vxlan,9\n",
        encoding="utf-8",
    )
    predict(flows, "--policy", "layer3+4", "--members", "2", "--rows", out)
    with out.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert [row["member_index"] for row in told] == [
        "1",
        "",
    ]  # published vector; of the tunnel only the inside is known
    assert [row["member"] for row in told] == ["50%s", "'=1+1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"src_ip": "10.0.0.300"}\n', "line 1"),
        ('{"src_ip": "10.0.0.1"}\n[]\n', "line 2"),
        ('{"src_ip": "10.0.0.1"}\n{\n', "line 2"),
        ("src_ip,proto\n10.0.0.1,tcp\n", "line 2"),
        ("src_ip,dst_ip\n", "no rows"),
        ('{\n "schema": "flowmap.report/2"\n}\n', "no report"),
    ],
)
def test_bad_lists_are_told_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    given = tmp_path / "given"
    given.write_text(text, encoding="utf-8")
    assert says in predict(given, "--policy", "layer2", "--members", "2", code=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--policy", "nonsense", "--members", "2"], "unknown"),
        (["--policy", "layer2", "--members", "two"], "--members two"),
        (["--policy", "layer2", "--members", "0"], "--members 0"),
        (["--policy", "layer2", "--members", "2", "--variant", "x"], "--variant x"),
        (["--policy", "layer2", "--members", "2", "--rows", "out.txt"], ".csv or .jsonl"),
        (["--policy", "layer2", "--members", "2", "--rows", "-", "--json", "-"], "same place"),
        (["--policy", "layer2", "--members", "2", "--rows", str(RECORDED)], "bonding-6.1.0-56"),
    ],
)
def test_usage_errors(arguments: list[str], says: str) -> None:
    assert says in predict(RECORDED, *arguments, code=2)


def test_what_is_no_capture_is_4(tmp_path: Path) -> None:
    given = tmp_path / "given.txt"
    given.write_text("nothing of ours\n", encoding="utf-8")
    predict(given, "--policy", "layer2", "--members", "2", code=4)
