"""The mode told by packets alone: of real and generated captures the true mode is never refuted, and what cannot be is."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import flowmap
from flowmap.report.formats.text.page import render
from flowmap.team.modes.table import every_row, meanings

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
LAB = ROOT.parent / "shared" / "lab"
SLB = ("10.66.0.101", "10.66.0.102", "10.66.0.103")
FAMILIES = {"balance-tcp": "lacp", "balance-rr": "round-robin"}
"""What packets of a mode show; of others only what they are not."""
OVS = ("ovs", "balance-tcp", None)
LAYER34 = ("linux", "802.3ad", "layer3+4")


def real_mode(folder: str) -> str:
    """Return the mode that a real capture was made with; empty where it is of several teams."""
    truth = json.loads((LAB / folder / "truth.json").read_text(encoding="utf-8"))
    return str(truth.get("mode") or truth["topology"].get("bond_mode") or "")


ONE_TEAM = [name for path in sorted(LAB.glob("*/truth.json")) if (name := path.parent.name) != "two-teams"]


@cache
def team(folder: Path, local: tuple[str, ...] = (), mode: str | None = None, names: str = "") -> dict[str, Any]:
    paths = sorted(folder.glob(f"{names}*.pcap*") if names else folder.glob("*nic*.pcap*"))
    settings: dict[str, Any] = {"local": list(local)} | ({"mode": mode} if mode else {})
    return json.loads(flowmap.analyze(paths, **settings).to_json())  # type: ignore[no-any-return]


def verdicts(report: dict[str, Any]) -> dict[tuple[str, str, str | None], str]:
    found = report["team"]["candidates"]
    return {(one["platform"], one["mode"], one["algorithm"]): one["verdict"] for one in found}


def clues(report: dict[str, Any]) -> set[str]:
    return {one["clue"] for one in report["team"]["clues"]}


@pytest.mark.skipif(not LAB.is_dir(), reason="the real captures are not there")
@pytest.mark.parametrize("folder", ONE_TEAM)
def test_of_every_real_capture_the_true_mode_is_not_refuted(folder: str) -> None:
    """truth.json has the mode; the captures of balance-rr are of both ends, each a team."""
    truth = json.loads((LAB / folder / "truth.json").read_text(encoding="utf-8"))
    mode = truth.get("mode") or truth["topology"]["bond_mode"]
    for names in ("guestA", "guestB") if "mode" in truth else ("",):
        report = team(LAB / folder, names=names)
        own = {
            verdict
            for (platform, name, _), verdict in verdicts(report).items()
            if name == mode and platform in ("ovs", "linux")
        }
        assert own <= {"fits", "untestable"}
        assert own or not verdicts(report)  # too thin for any candidates
        assert mode not in FAMILIES or (own == {"fits"} and "refuted" in verdicts(report).values())


@pytest.mark.parametrize(
    ("folder", "local", "true", "refuted"),
    [
        (
            "07-flowlet",
            (),
            ("lbfo", "switch-independent", "dynamic"),
            [
                ("lbfo", "switch-independent", "transport-ports"),
                ("lbfo", "static", "dynamic"),
                ("linux", "balance-rr", None),
            ],
        ),
        ("08-rebalance", SLB, ("ovs", "balance-slb", None), [("lbfo", "switch-independent", "hyperv-port"), LAYER34]),
        ("14a-layer34-2-members", (), LAYER34, [("linux", "802.3ad", "layer2"), ("linux", "balance-xor", "layer3+4")]),
        ("14b-layer34-3-members", (), LAYER34, [("linux", "802.3ad", "layer2+3"), ("lbfo", "lacp", "hyperv-port")]),
        ("14c-layer34-4-members", (), LAYER34, [("linux", "active-backup", None), ("lbfo", "lacp", "ip-addresses")]),
        ("04a-round-robin-sender", (), ("linux", "balance-rr", None), [LAYER34, ("lbfo", "static", "dynamic"), OVS]),
        ("different-sources", (), OVS, [("linux", "balance-rr", None), ("linux", "balance-tlb", "tlb-dynamic")]),
        ("failover", (), OVS, [("lbfo", "switch-independent", "dynamic")]),
        ("lacp-down", (), OVS, [("lbfo", "static", "transport-ports")]),
    ],
)
def test_of_every_sample_whose_mode_is_known(
    folder: str, local: tuple[str, ...], true: tuple[str, str, str | None], refuted: list[tuple[str, str, str | None]]
) -> None:
    found = verdicts(team(CAPTURES / folder, local))
    assert found[true] == "fits"
    assert {found[row] for row in refuted} == {"refuted"}


@pytest.mark.parametrize("folder", ["14a-layer34-2-members", "14b-layer34-3-members", "14c-layer34-4-members"])
def test_a_policy_that_predicts_every_placement_comes_first(folder: str) -> None:
    first = team(CAPTURES / folder)["team"]["candidates"][0]
    assert (first["platform"], first["mode"], first["algorithm"]) == LAYER34
    assert "policy_fits" in first["supported_by"]


@pytest.mark.parametrize(
    ("folder", "seen", "unseen"),
    [
        ("09b-flooded", {"flooded", "own_source_macs", "sent_on_several"}, {"one_source_mac", "lacp_bundle"}),
        ("13c-no-lacpdu", {"received_on_several"}, {"no_lacp", "flooded"}),  # 20 s are too few for slow LACP
        (
            "06-failover",
            {"lacp_bundle"},
            {"moved_by_load", "moved_at_gaps", "own_source_macs"},
        ),  # a failover is no clue
        ("07-flowlet", {"own_source_macs", "moved_at_gaps"}, {"one_source_mac", "lacp_bundle"}),
        ("04b-round-robin-receiver", set(), {"sprayed"}),  # the switch sprays, not the host
        ("05a-same-packets-twice", set(), {"sprayed", "sent_on_several"}),
    ],
)
def test_clues_and_look_alikes(folder: str, seen: set[str], unseen: set[str]) -> None:
    found = clues(team(CAPTURES / folder))
    assert seen <= found
    assert not unseen & found


@pytest.mark.parametrize("folder", ["18a-idle-member", "08-rebalance"])
def test_thin_evidence_is_said_to_be_so(folder: str) -> None:
    """Four streams on one member; and a host that is not known."""
    report = team(CAPTURES / folder)
    assert (report["team"]["clues"], report["team"]["candidates"]) == ([], [])
    text = render(flowmap.analyze(CAPTURES / folder).report, 100, False, full=True)
    assert "the packets cannot tell" in " ".join(text.split())


@pytest.mark.skipif(not LAB.is_dir(), reason="the real captures are not there")
@pytest.mark.parametrize("folder", [folder for folder in ONE_TEAM if real_mode(folder) in FAMILIES])
def test_what_is_inferred_of_a_real_capture_is_its_mode(folder: str) -> None:
    truth = json.loads((LAB / folder / "truth.json").read_text(encoding="utf-8"))
    mode = FAMILIES[truth.get("mode") or truth["topology"]["bond_mode"]]
    for names in ("guestA", "guestB") if "mode" in truth else ("",):
        found = team(LAB / folder, names=names)["team"]
        several = {"sent_on_several", "lacp_bundle"} & {
            clue["clue"] for clue in found["clues"]
        } or mode == "round-robin"
        assert (found["mode"], found["mode_source"]) == ((mode, "inferred") if several else (None, "unknown"))


@pytest.mark.parametrize(
    ("folder", "family"),
    [
        ("04a-round-robin-sender", "round-robin"),
        ("12a-sprayed-over-three", "round-robin"),
        ("14a-layer34-2-members", "lacp"),
        ("09b-flooded", "switch-independent"),
        ("04b-round-robin-receiver", None),
        ("05a-same-packets-twice", None),
        ("07-flowlet", "switch-independent"),
        ("13c-no-lacpdu", None),
    ],
)
def test_a_mode_is_inferred_only_where_one_family_is_left(folder: str, family: str | None) -> None:
    """An inferred mode explains; it decides nothing."""
    report = team(CAPTURES / folder)
    assert (report["team"]["mode"], report["team"]["mode_source"]) == (family, "inferred" if family else "unknown")
    assert bool(report["team"]["expectations"]) is bool(family)
    assert {way["expected"] for stream in report["streams"] for way in stream["directions"]} == {None}


def test_lacp_that_bundles_the_members_is_the_mode_though_no_row_is_proven() -> None:
    """captures/MANIFEST.toml, 02: LACP on both members, and nothing that tells by which hash."""
    found = team(CAPTURES / "02-one-pair-four-streams")["team"]
    assert (found["mode"], found["mode_source"], found["algorithm"], found["expectations"]) == (
        "lacp",
        "inferred",
        None,
        [],
    )


@pytest.mark.parametrize(
    ("folder", "mode", "algorithm", "tx", "rx"),
    [
        ("04a-round-robin-sender", "balance-rr", None, (True, "packet by packet"), (True, "the switch decides")),
        ("07-flowlet", "switch-independent", "dynamic", (True, "may move in a pause"), (True, "virtual port")),
        (
            "07-flowlet",
            "switch-independent",
            "transport-ports",
            (False, "no stream-direction moved"),
            (True, "primary"),
        ),
        ("different-sources", "802.3ad", "layer2+3", (False, "does not predict"), (True, "the switch decides")),
        ("different-sources", "balance-tcp", None, (True, "stable for each stream"), (True, "the switch decides")),
        (
            "different-sources",
            "active-backup",
            None,
            (False, "only the active member"),
            (False, "only the active member"),
        ),
        ("different-sources", "hyperv-port", None, (False, "equal smac+vlan"), (True, "several modes")),
        ("different-sources", "switch-embedded", "hyperv-port", (False, "equal smac+vlan"), (False, "to one MAC")),
        (
            "03b-twelve-hosts-one-member",
            "802.3ad",
            "layer3+4",
            (False, "does not predict"),
            (False, "spread so little"),
        ),
        ("09b-flooded", "switch-independent", "ip-addresses", (True, "two IP addresses"), (True, "the primary")),
        ("14a-layer34-2-members", "802.3ad", "layer3+4", (True, "addresses and ports"), (True, "the switch decides")),
    ],
)
def test_what_the_mode_does_and_whether_it_is_that(
    folder: str, mode: str, algorithm: str | None, tx: tuple[bool | None, str], rx: tuple[bool | None, str]
) -> None:
    """The table of modes (domain) held against how each capture was made (captures/MANIFEST.toml)."""
    report = flowmap.analyze(sorted((CAPTURES / folder).glob("*nic*.pcap*")), mode=mode, algorithm=algorithm)
    found = report.report.team.expectations
    assert [(one.direction, one.as_expected) for one in found] == [("tx", tx[0]), ("rx", rx[0])]
    for one, part in zip(found, (tx[1], rx[1]), strict=True):
        assert part in one.detail
        assert one.detail in report.to_markdown()


def test_open_vswitch_balances_by_mac_with_lacp_too() -> None:
    """bond_mode balance-slb with lacp=active is documented: the bundle contradicts nothing."""
    report = team(CAPTURES / "different-sources", mode="ovs/balance-slb")
    assert not any("LACP bundle" in finding["explanation"] for finding in report["findings"])


def test_captures_of_two_hosts_tell_nothing() -> None:
    paths = [CAPTURES / "05b-both-ends" / name for name in ("source.pcap", "destination.pcap")]
    assert flowmap.analyze(paths).report.team.candidates == []


@pytest.mark.parametrize(
    ("mode", "refuted"), [("linux/balance-rr", True), ("lbfo/static", True), ("ovs/balance-tcp", False), (None, False)]
)
def test_a_mode_that_was_given_and_is_refuted_is_a_finding(mode: str | None, refuted: bool) -> None:
    report = team(CAPTURES / "different-sources", mode=mode)
    assert ("FM308" in [finding["code"] for finding in report["findings"]]) is refuted


def test_what_clues_mean_is_said_in_words_of_the_table() -> None:
    for name, meaning in meanings().items():
        known = {getattr(row, meaning.column) for row in every_row()} | {"*"}
        assert (meaning.speaks_for | meaning.speaks_against) <= known, name
        assert bool(meaning.speaks_for) == bool(meaning.weight), name
        assert meaning.speaks_for or meaning.speaks_against, name
