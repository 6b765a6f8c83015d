"""`--parquet` on sample captures: their known numbers, by another program than the one that wrote the files."""

from __future__ import annotations

import csv
import struct
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import warm

duckdb = pytest.importorskip("duckdb", reason="one of the test extra's packages")
pytest.importorskip("pyarrow", reason="one of the test extra's packages")

CAPTURES = Path(__file__).parents[2] / "captures"
MANIFEST = tomllib.loads((CAPTURES / "MANIFEST.toml").read_text(encoding="utf-8"))
SCENARIOS = [
    one
    for one in MANIFEST["scenario"]
    if one["id"] in ("01-data-and-acks-apart", "14b-layer34-3-members", "06-failover")
]


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda one: one["id"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A scenario, and the folder with what was written of it."""
    out = tmp_path_factory.mktemp("out")
    command = [sys.executable, "-m", "flowmap", "analyze", *request.param["arguments"], "-q"]
    command += ["--parquet", str(out), "--flows", str(out / "flows.csv")]
    done = warm.run(command, cwd=CAPTURES / request.param["folder"], capture_output=True, text=True, check=False)
    assert done.returncode == request.param["expect"]["exit"], done.stderr
    return request.param, out


def select(text: str) -> list[tuple[Any, ...]]:
    return list(duckdb.connect().execute(text).fetchall())


def test_the_scenarios_are_there() -> None:
    assert len(SCENARIOS) == 3


def test_streams_have_the_numbers_of_the_manifest(made: tuple[dict[str, Any], Path]) -> None:
    scenario, out = made
    told = {
        (flow, direction, placement, member): (packets, wire, payload)
        for flow, direction, placement, member, packets, wire, payload in select(
            "select src || ':' || src_port || '>' || dst || ':' || dst_port, direction, placement, member, packets, "
            f"wire_bytes, payload_bytes from '{out}/streams.parquet' where judged"
        )
    }
    known = {
        (one["flow"], one["direction"], one["placement"], member): tuple(numbers)
        for one in scenario["expect"]["directions"]
        for member, numbers in one["members"].items()
        if len(numbers) == 3
    }
    assert known
    assert {key: told.get(key) for key in known} == known


def test_flows_are_those_of_the_csv(made: tuple[dict[str, Any], Path]) -> None:
    _scenario, out = made
    with open(out / "flows.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert rows
    assert [
        [str(value) for value in row] for row in select(f"select {', '.join(header)} from '{out}/flows.parquet'")
    ] == rows


def wire_bytes(path: Path) -> int:
    """The sum of the original lengths in a little-endian pcap."""
    data, place, total = path.read_bytes(), 24, 0
    while place < len(data):
        captured, original = struct.unpack_from("<II", data, place + 8)
        total, place = total + original, place + 16 + captured
    return total


def test_bins_add_up_to_the_bytes_of_the_captures(made: tuple[dict[str, Any], Path]) -> None:
    scenario, out = made
    known = {
        Path(one["name"]).stem: wire_bytes(CAPTURES / scenario["folder"] / one["name"]) for one in scenario["files"]
    }
    found = select(f"select member, sum(wire_bytes)::bigint from '{out}/bins.parquet' group by member")
    assert dict(found) == known
