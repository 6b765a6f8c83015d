"""The manifest of a recording, read back by what `analyze` reads of it."""

from __future__ import annotations

import json
from pathlib import Path

from flowmap.capture.source.manifest import counters_in, descriptions_in, flushed_in
from flowmap.tools.capture.find import Found
from flowmap.tools.capture.manifest import begun, write_manifest
from flowmap.tools.capture.plan import Plan

PLAN = Plan(("eth0", "eth1"), "out", "/usr/bin/dumpcap", 96, 10**9, None)


def test_a_recording_that_was_killed_has_a_manifest_without_an_end(tmp_path: Path) -> None:
    write_manifest(
        begun(Found(("eth0", "eth1"), (("bonding", "bond0"),)), PLAN, [["dumpcap"]], "2026-01-01T00:00:00Z"), tmp_path
    )
    (path,) = tmp_path.iterdir()
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["ended_at"] is None
    assert told["members"] == ["eth0", "eth1"]
    assert told["teams"] == [{"kind": "bonding", "name": "bond0"}]
    assert told["captures"] == []


def test_what_it_names_is_found_again_beside_it(tmp_path: Path) -> None:
    for name in ("b.pcapng", "a.pcapng", "bond0.txt", "before.txt", "after.txt"):
        (tmp_path / name).touch()
    manifest = begun(Found(("eth0",)), PLAN, [], "2026-01-01T00:00:00Z")
    manifest.descriptions = ["bond0.txt"]
    manifest.counters = {"before": ["before.txt"], "after": ["after.txt"]}
    manifest.flushed = {"eth0": 7}
    write_manifest(manifest, tmp_path)
    assert manifest.captures == ["a.pcapng", "b.pcapng"]
    paths = [str(tmp_path)]
    assert [Path(path).name for path in descriptions_in(paths)] == ["bond0.txt"]
    assert [[Path(path).name for path in side] for side in counters_in(paths)] == [["before.txt"], ["after.txt"]]
    assert flushed_in(paths) == {"eth0": 7}
