"""Placements by a hash that no header tells (a software switch's) are never explained by a key or policy that is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import warm

LAB = Path(__file__).resolve().parents[3] / "shared" / "lab"


@cache
def _policy(folder: str, *more: str) -> dict[str, list[dict[str, Any]]]:
    if not (LAB / folder).exists():
        pytest.skip("the recorded runs are not here")
    command = [sys.executable, "-m", "flowmap", "analyze", "hvT_nic1.pcap", "hvT_nic2.pcap", "-q", "--json", "-", *more]
    done = warm.run(command, cwd=LAB / folder, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
    return json.loads(done.stdout)["policy"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "folder", ["different-sources", "same-source", "multifd", "port-6600", "failover", "lacp-down"]
)
def test_an_opaque_hash_is_not_named_and_ports_stay_possible(folder: str) -> None:
    policy = _policy(folder, "--local", "10.77.0.100")
    assert [fit["key"] for fit in policy["tx"][:5]] == ["mac", "smac+vlan", "dst", "ip", "4tuple"]
    for fit in policy["tx"] + policy["rx"]:
        assert fit["key"] != "4tuple" or fit["verdict"] != "refuted"
        assert fit["policy"] is None or fit["verdict"] != "fits", fit


def test_streams_of_one_pair_on_both_members_refute_the_address_pair() -> None:
    """truth.json of that run: the acknowledgments to hvA leave by both members, its data comes in on one."""
    policy = _policy("same-source", "--local", "10.77.0.100")
    verdicts = {(way, fit["key"]): fit["verdict"] for way in ("tx", "rx") for fit in policy[way] if fit["key"]}
    assert verdicts["tx", "ip"] == verdicts["tx", "mac"] == "refuted"
    assert verdicts["rx", "ip"] == "fits"


def test_one_bundled_member_tells_nothing_about_keys() -> None:
    policy = _policy("lacp-down")
    assert {fit["verdict"] for fit in policy["tx"] + policy["rx"]} == {"untestable"}
