"""The sample captures are what their manifest says: bytes, packets, arithmetic, all by other means than our own."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tshark_rows import rows_of

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "captures"
VECTORS = ROOT.parent / "shared" / "lab" / "hash-vectors-linux-bonding.jsonl"
SCENARIOS: list[dict[str, Any]] = tomllib.loads((CAPTURES / "MANIFEST.toml").read_text(encoding="utf-8"))["scenario"]
FOLDERS = {scenario["folder"]: scenario for scenario in SCENARIOS}
TSHARK = shutil.which("tshark")
RECORDED = {"same-source", "different-sources", "failover", "lacp-down"}


def _kit(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"captures_{name}", CAPTURES / "kit" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_scenario_is_there_once() -> None:
    assert {scenario["number"] for scenario in SCENARIOS} == set(range(21))
    assert len({scenario["id"] for scenario in SCENARIOS}) == len(SCENARIOS)
    assert {scenario["id"] for scenario in SCENARIOS if scenario["number"] == 0} == RECORDED


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_holds_exactly_the_files_of_the_manifest(folder: str) -> None:
    listed = {file["name"]: file["sha256"] for file in FOLDERS[folder]["files"]}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (CAPTURES / folder).iterdir()}
    assert there == listed


def test_folders_stay_small() -> None:
    sizes = {folder: sum(path.stat().st_size for path in (CAPTURES / folder).iterdir()) for folder in FOLDERS}
    generated = {folder: size for folder, size in sizes.items() if folder not in RECORDED}
    assert max(generated.values()) < 300_000
    assert sum(generated.values()) < 3_200_000


def test_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(CAPTURES / "generate.py"), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONHASHSEED": "7"},
    )
    assert done.returncode == 0, done.stderr
    made = {p.relative_to(tmp_path) for p in tmp_path.glob("*/*.pcap*")}
    kept = {p.relative_to(CAPTURES) for p in CAPTURES.glob("*/*.pcap*") if p.parent.name not in RECORDED}
    assert made == kept
    differing = [str(p) for p in sorted(made) if (tmp_path / p).read_bytes() != (CAPTURES / p).read_bytes()]
    assert differing == []
    assert (tmp_path / "MANIFEST.toml").read_bytes() == (CAPTURES / "MANIFEST.toml").read_bytes()


_FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "frame.len", "tcp.len")


Flows = dict[str, tuple[int, int, int]]


@cache
def _counted() -> dict[Path, tuple[int, Flows]]:
    """Whole packets, and by direction of a TCP 5-tuple packets, wire bytes and payload bytes, of each file as tshark counts
    them."""
    options = ("-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE")
    paths = [
        CAPTURES / scenario["folder"] / file["name"] for scenario in FOLDERS.values() for file in scenario["files"]
    ]
    return {path: (len(rows), _flows(rows)) for path, rows in rows_of(paths, options, _FIELDS).items()}


def _flows(rows: list[list[str]]) -> Flows:
    flows: dict[str, Counter[str]] = {}
    for src, dst, src6, dst6, sport, dport, length, payload in rows:
        if sport:
            flow = flows.setdefault(f"{src or src6}:{sport}>{dst or dst6}:{dport}", Counter())
            flow.update(packets=1, wire=int(length), payload=int(payload))
    return {name: (flow["packets"], flow["wire"], flow["payload"]) for name, flow in flows.items()}


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.parametrize("folder", FOLDERS)
def test_tshark_counts_the_same_per_file_direction_and_member(folder: str) -> None:
    readable = [file for file in FOLDERS[folder]["files"] if file.get("readable", True)]
    counted = {file["name"]: _counted()[CAPTURES / folder / file["name"]][0] for file in readable}
    assert counted == {file["name"]: file["packets"] for file in readable}
    for scenario in SCENARIOS:
        if scenario["folder"] == folder:
            _assert_counts(scenario)


def _assert_counts(scenario: dict[str, Any]) -> None:
    """A file of its own for each member, so that tshark's count per file is one per member."""
    stems = {Path(file["name"]).stem: CAPTURES / scenario["folder"] / file["name"] for file in scenario["files"]}
    expected: dict[tuple[str, str], list[int]] = {}
    for row in scenario["expect"].get("directions", []):
        for member, numbers in row.get("members", {}).items():
            known = expected.setdefault((row["flow"], member), [0] * len(numbers))
            expected[row["flow"], member] = [a + b for a, b in zip(known, numbers, strict=True)]
    for (flow, member), numbers in expected.items():
        counted = _counted()[stems[member]][1].get(flow, (0, 0, 0))
        assert list(counted[: len(numbers)]) == numbers, (scenario["id"], flow, member)
    for flow in {flow for flow, _ in expected}:
        elsewhere = {member for member, path in stems.items() if path.stat().st_size and flow in _counted()[path][1]}
        assert elsewhere == {member for other, member in expected if other == flow}, (scenario["id"], flow)


_TESTED = [s for s in SCENARIOS if "counts" in s["expect"].get("spread_numbers", {})]


@pytest.mark.parametrize("scenario", _TESTED, ids=lambda scenario: scenario["id"])
def test_p_value_is_the_share_of_all_assignments(scenario: dict[str, Any]) -> None:
    """By listing every way to put the units on the members, each equally likely."""
    numbers = scenario["expect"]["spread_numbers"]
    counts = list(numbers["counts"].values())
    n, total = len(counts), sum(counts)
    if n**total > 200_000:
        pytest.skip("too many assignments to list")
    ways = Counter(
        tuple(assignment.count(member) for member in range(n))
        for assignment in itertools.product(range(n), repeat=total)
    )
    p = Fraction(sum(way for way in ways.values() if way <= ways[tuple(counts)]), n**total)
    assert math.isclose(numbers["p_value"], p, rel_tol=1e-12)
    assert (numbers["units"], numbers["members"]) == (total, n)
    assert numbers["members_used"] == sum(1 for count in counts if count)


def test_layer34_gives_the_published_vectors() -> None:
    layer34 = _kit("chance").layer34
    values = {port: layer34("10.0.0.11", "10.0.0.21", port, 6600) for port in (49664, 49665, 49666, 49668)}
    assert values == {49664: 0x6B67E786, 49665: 0x6B67E706, 49666: 0x6B67E687, 49668: 0x6B67E584}
    assert layer34("2001:db8::11", "2001:db8::21", 50000, 6600) == 0x7C70D8B9


@pytest.mark.skipif(not VECTORS.exists(), reason="the lab's recorded hash vectors are not beside this repository")
def test_layer34_gives_what_a_bonding_driver_chose() -> None:
    chance = _kit("chance")
    rows = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    tried = [
        row
        for row in rows
        if row["policy"] == "layer3+4" and row["proto"] == 6 and row["src_port"] and not row.get("tag_in_frame")
    ]
    assert len(tried) > 50
    for row in tried:
        value = chance.layer34(row["src_ip"], row["dst_ip"], row["src_port"], row["dst_port"])
        assert value % row["n_members"] == row["member_index"], row
