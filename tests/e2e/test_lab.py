"""Recordings of real teams (captures/lab), held against what QEMU, Open vSwitch, the bonding driver and tshark said of them.

`captures/make/lab` makes them anew: with FLOWMAP_LAB=DIR these tests are about the recordings in that folder, as in `.ci/lab`.
What must come out stands in the lab's scenarios.toml, and never depends on what the hashes did: that is in each truth.json.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

import flowmap

ROOT = Path(__file__).parents[2]
LAB = ROOT / "captures" / "make" / "lab"
FOLDER = Path(os.environ.get("FLOWMAP_LAB") or ROOT / "captures" / "lab")
SCENARIOS: dict[str, Any] = tomllib.loads((LAB / "scenarios.toml").read_text(encoding="utf-8"))
NAMES = [name for name in SCENARIOS if (FOLDER / name / "truth.json").exists()]
EXIT = {"pass": 0, "by-design": 0, "fail": 1, "inconclusive": 3}
UNEXPLAINED = 0.01
"""Chance is no explanation of what it does more rarely (the default of --alpha)."""
Flow = tuple[str, int, str, int]
sys.path.insert(0, str(ROOT / "captures"))
try:
    chance = importlib.import_module("kit.chance")
finally:
    del sys.path[0]


@pytest.mark.skipif(bool(os.environ.get("FLOWMAP_LAB_SOME")), reason="some scenarios were asked for")
def test_all_scenarios_are_recorded() -> None:
    assert list(SCENARIOS) == NAMES


def expected(name: str) -> dict[str, Any]:
    return SCENARIOS[name]["expect"]  # type: ignore[no-any-return]


@cache
def truth(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name / "truth.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def report(name: str) -> dict[str, Any]:
    told = {key: value for key, value in expected(name).items() if key in ("mode", "speed")}
    if "speed" in told:
        told["speed"] = [f"{member}={rate}" for member, rate in told["speed"].items()]
    return json.loads(flowmap.analyze(FOLDER / name / "team.pcapng.gz", **told).to_json())  # type: ignore[no-any-return]


def judged(name: str) -> Iterator[tuple[dict[str, Any], Flow, dict[str, Any]]]:
    """Each judged stream's directions, with their ends."""
    for stream in report(name)["streams"]:
        for way in stream["directions"] if stream["judged"] else ():
            yield stream, (way["src"]["ip"], way["src"]["port"], way["dst"]["ip"], way["dst"]["port"]), way


def counted(name: str) -> dict[Flow, dict[str, dict[str, Any]]]:
    """By direction of a migration's connection: what tshark counted on each member."""
    ports = set(truth(name)["ports"])
    return {
        (flow["src"], flow["src_port"], flow["dst"], flow["dst_port"]): flow["members"]
        for flow in truth(name)["flows"]
        if ports & {flow["src_port"], flow["dst_port"]}
    }


def first_member(own: dict[str, dict[str, Any]]) -> str:
    return min(own, key=lambda member: own[member]["first_s"])


def data(name: str) -> dict[Flow, str]:
    """By direction in which data went: the member it was on at first."""
    ports = set(truth(name)["ports"])
    return {flow: first_member(own) for flow, own in counted(name).items() if flow[3] in ports}


@pytest.mark.parametrize("name", NAMES)
def test_each_packet_is_on_the_member_where_tshark_sees_it(name: str) -> None:
    assert {member["name"]: member["packets"] for member in report(name)["members"]} == truth(name)["packets"]
    found = {
        flow: {one["name"]: (one["packets"], one["wire_bytes"]) for one in way["members"]}
        for _, flow, way in judged(name)
    }
    seen = {
        flow: {member: (one["packets"], one["wire_bytes"]) for member, one in own.items()}
        for flow, own in counted(name).items()
    }
    assert found == seen


@pytest.mark.parametrize("name", [name for name in NAMES if truth(name)["migrations"]])
def test_the_migrations_are_those_that_qemu_made(name: str) -> None:
    """QEMU counts the pages of the memory; the stream has the headers and the machine's state besides."""
    made = {(one["source"], one["target_port"]): one for one in truth(name)["migrations"]}
    assert {one["status"] for one in made.values()} == {"completed"}
    streams = {stream["id"]: stream for stream in report(name)["streams"]}
    found = {}
    for migration in report(name)["migrations"]:
        assert migration["platform"] == "qemu"
        (port,) = {streams[number]["server"]["port"] for number in migration["streams"]}
        found[migration["source_host"], port] = migration
    assert found.keys() == made.keys()
    for key, one in made.items():
        own = [streams[number] for number in found[key]["streams"]]
        assert {tuple(socket) for socket in one["sockets"]} == {(s["client"]["ip"], s["client"]["port"]) for s in own}
        assert one["memory_bytes"] <= found[key]["bytes"] <= one["memory_bytes"] + 200_000


@pytest.mark.parametrize("name", NAMES)
def test_verdict_and_answer_are_what_was_done(name: str) -> None:
    """Spread by the counts: hosts on two members hold it, all on one prove a fault only where chance does not explain it."""
    expect, found = expected(name), report(name)
    hosts = Counter(member for flow, member in data(name).items())
    used = [member["name"] for member in found["members"] if not member["other_team"]]
    spread = expect["spread"]
    if spread == "by truth":
        counts = [hosts[member] for member in used]
        unlikely = chance.exact_p(counts) < UNEXPLAINED
        spread = "fail" if unlikely else "pass" if sum(map(bool, counts)) > 1 else "inconclusive"
        assert found["claims"]["spread"]["counts"] == {member: hosts[member] for member in used}
    claims = {claim: found["claims"][claim]["verdict"] for claim in ("pinned", "spread")}
    assert claims == {"pinned": expect["pinned"], "spread": spread}
    verdict = expect.get("verdict") or next((one for one in ("fail", "inconclusive") if one in claims.values()), "pass")
    if spread == "not-applicable" and verdict == "pass" and len(hosts) == 1:
        verdict = "by-design"  # one pair of hosts on one member
    assert (found["verdict"], found["exit_code"]) == (verdict, EXIT[verdict])
    answers = {"pass": ["", "FM406"], "inconclusive": ["FM203"], "fail": ["FM202"]} | expect.get("answer", {})
    assert (found["answer"]["code"] or "") in answers[verdict]
    assert found["answer"]["decider"] == expect.get("decider", found["answer"]["decider"])


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_those_of_the_scenario(name: str) -> None:
    codes = {finding["code"] for finding in report(name)["findings"]}
    assert codes >= set(expected(name).get("findings", []))
    healthy = not truth(name)["done"] and expected(name)["pinned"] == "pass" and expected(name)["spread"] != "fail"
    faults = {code for code in codes if code[:3] in ("FM1", "FM3")} if healthy else set()
    assert not faults | codes & set(expected(name).get("never", []))
    assert not {notice["code"] for notice in report(name)["notices"] if notice["undermines"]}


@pytest.mark.parametrize("name", NAMES)
def test_streams_move_only_when_a_link_is_lost_and_for_that_reason(name: str) -> None:
    """Each direction that tshark saw on two members moved, and for one of the scenario's causes; without an event none did."""
    several = {flow for flow, own in counted(name).items() if len(own) > 1}
    if expected(name)["pinned"] == "fail":
        assert several == {flow for _, flow, way in judged(name) if way["placement"] == "sprayed"}
        return
    moved = {flow: way["moves"] for _, flow, way in judged(name) if way["moves"]}
    assert moved.keys() == several
    assert {move["cause"] for moves in moved.values() for move in moves} <= set(expected(name).get("causes", ()))
    for flow, moves in moved.items():
        assert moves[0]["from"] == first_member(counted(name)[flow])
    if truth(name)["done"]:
        assert moved, "the link that was lost carried at least one of them"
        lost = truth(name)["done"][0]["member"]
        assert {moves[0]["from"] for moves in moved.values()} == {lost}
        assert lost in report(name)["answer"]["sentence"]
        heard = report(name)["members"][0]["lacp"] is not None  # else no silence of a member says that its link is down
        for_good = truth(name)["done"][-1]["link"] == "down"
        assert ("did not come back" in report(name)["answer"]["sentence"]) == (heard and for_good)


@pytest.mark.parametrize("name", NAMES)
def test_other_teams_vlans_and_tunnels_are_kept_apart(name: str) -> None:
    expect = expected(name)
    left_out = sorted(member["name"] for member in report(name)["members"] if member["other_team"])
    assert left_out == expect.get("other_team", [])
    assert {stream["server"]["port"] for stream, _, _ in judged(name)} == set(truth(name)["ports"])
    flows = [flow for flow in truth(name)["flows"] if flow["dst_port"] in truth(name)["ports"]]
    assert {flow["vlan"] for flow in flows} == {str(expect.get("vlan", ""))}
    assert {flow["vni"] for flow in flows} == {str(expect.get("vni", ""))}
    assert {stream["encapsulation"] for stream, _, _ in judged(name)} == {"vxlan" if "vni" in expect else ""}


@pytest.mark.parametrize("name", [name for name in NAMES if "slow" in expected(name)])
def test_what_lands_on_a_slow_member_is_limited_by_it(name: str) -> None:
    slow = {flow[0] for flow, member in data(name).items() if member == expected(name)["slow"]}
    limited = {
        stream["source_host"] for stream, _, _ in judged(name) if stream["limited_by"] in ("line-rate", "shared-member")
    }
    assert limited == slow


@pytest.mark.parametrize("name", NAMES)
def test_lacp_of_each_member_is_what_the_host_said_of_it(name: str) -> None:
    """Open vSwitch's lacp/show, or the driver's /proc/net/bonding, before the transfers. Which of the two systems on a link is
    the host cannot always be told."""
    told = _told_by_linux(name) or _told_by_openvswitch(name)
    for member in report(name)["members"]:
        lacp = member["lacp"]
        if lacp is None:
            assert member["name"] not in told or member["other_team"]
            continue
        system, key, used = told[member["name"]]
        assert (system, key) in {(lacp[f"{end}_system"], lacp[f"{end}_key"]) for end in ("actor", "partner")}
        assert bool(lacp["bundled"]) == used


def _told_by_openvswitch(name: str) -> dict[str, tuple[str, int, bool]]:
    said = truth(name)["said"]["before"]
    texts = [text for command, text in said.items() if command.startswith("lacp/show")]
    told = {}
    for part in "".join(texts).split("member: ")[1:]:
        (system,), (key,) = re.findall(r"actor sys_id: (\S+)", part), re.findall(r"actor key: (\d+)", part)
        told[part.partition(":")[0]] = system, int(key), "may_enable: true" in part
    return told


def _told_by_linux(name: str) -> dict[str, tuple[str, int, bool]]:
    said = truth(name)["said"]["before"].get("/proc/net/bonding/bond0", "")
    active = re.search(r"Aggregator ID: (\d+)\n\tNumber", said)
    told = {}
    for part in said.split("Slave Interface: eth")[1:] if active else ():
        (system,) = re.findall(r"actor lacp pdu:\n.*\n    system mac address: (\S+)", part)
        (key,), (own,) = re.findall(r"port key: (\d+)", part), re.findall(r"\nAggregator ID: (\d+)", part)
        told[f"nic{part[0]}"] = system, int(key), bool(active and own == active[1])
    return told


@pytest.mark.parametrize("name", [name for name in NAMES if "policies" in expected(name)])
def test_the_hash_of_linux_is_recognised(name: str) -> None:
    """The driver's own choice is that of its published formula, for one order of the members; so flowmap must find it."""
    placed = data(name)
    members = SCENARIOS[name]["teams"]["bond0"]["members"]
    index = {flow: chance.layer34(flow[0], flow[2], flow[1], flow[3]) % len(members) for flow in placed}
    assert any(all(order[index[flow]] == member for flow, member in placed.items()) for order in permutations(members))
    found = {fit["policy"]: fit["verdict"] for fit in report(name)["policy"]["tx"]}
    wanted = expected(name)["policies"]
    assert {policy: found[policy] for policy in wanted} == wanted
