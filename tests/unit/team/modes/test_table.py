"""The table against what vendors document (the rows), and the questions asked of it."""

from __future__ import annotations

import pytest

from flowmap.errors import ConfigError
from flowmap.team.modes.table import Expectation, Row, expectation, known_names, lookup

KEYS = {"4tuple", "ip", "mac", "dst", "smac+vlan", "vport", "opaque", "active", "primary", "rr", "all"}
RECEIVE_KEYS = {"switch", "affinity", "learned", "arp", "primary", "active", "all"}
MOVES = {"none", "flowlet", "rebalance", "any", "rehash", "unknown"}


def every_row() -> list[Row]:
    return [row for mode in known_names("mode") for row in lookup(mode) if row.mode == mode]


@pytest.mark.parametrize("row", every_row(), ids=lambda row: f"{row.platform}/{row.mode}/{row.algorithm}")
def test_rows_use_known_codes(row: Row) -> None:
    assert row.tx in KEYS
    assert row.rx in RECEIVE_KEYS
    assert {row.tx_moves, row.rx_moves} <= MOVES
    assert row.source_mac in {"one", "rewritten", "follows", "unknown"}
    assert row.switch in {"independent", "static", "lacp"}
    assert row.source
    # a switch that aggregates needs a channel; without one the host decides where it is answered
    assert (row.rx in {"switch", "all"}) == (row.switch != "independent")


@pytest.mark.parametrize(
    ("mode", "algorithm", "expected"),
    [
        ("Switch Independent", "TransportPorts", {("lbfo", "switch-independent", "transport-ports")}),
        ("SwitchIndependent", "Address Hash", {("lbfo", "switch-independent", "transport-ports")}),
        ("lbfo", "ip_addresses", {("lbfo", m, "ip-addresses") for m in ("switch-independent", "static", "lacp")}),
        ("SET", None, {("set", "switch-embedded", a) for a in ("hyperv-port", "dynamic")}),
        ("balance-tcp", None, {("ovs", "balance-tcp", None)}),
        ("ovs/active-backup", None, {("ovs", "active-backup", None)}),
        ("active-backup", None, {(name, "active-backup", None) for name in ("ovs", "linux", "teamd")}),
        ("active-backup", "layer2", {(name, "active-backup", None) for name in ("ovs", "linux", "teamd")}),
        ("load balancing (round-robin)", None, {("linux", "balance-rr", None)}),
        ("IEEE 802.3ad Dynamic link aggregation", "layer3+4 (1)", {("linux", "802.3ad", "layer3+4")}),
        ("lacp", "layer2+3", {("linux", "802.3ad", "layer2+3")}),
        ("4", "l3+4", {("linux", "802.3ad", "layer3+4")}),
        ("lacp", "dynamic", {("lbfo", "lacp", "dynamic")}),
        ("ip-hash", None, {("vsphere", "ip-hash", None)}),
        (None, "encap3+4", {("linux", "balance-xor", "encap3+4"), ("linux", "802.3ad", "encap3+4")}),
        ("layer2+3", None, {("linux", "balance-xor", "layer2+3"), ("linux", "802.3ad", "layer2+3")}),
        (None, "balance-slb", {("ovs", "balance-slb", None)}),
        ("bonding/0", None, {("linux", "balance-rr", None)}),
    ],
)
def test_names_people_and_tools_use(
    mode: str | None, algorithm: str | None, expected: set[tuple[str, str, str | None]]
) -> None:
    assert {(row.platform, row.mode, row.algorithm) for row in lookup(mode, algorithm)} == expected


def test_lacp_is_a_mode_on_many_platforms() -> None:
    assert {row.platform for row in lookup("lacp")} == {
        "lbfo",
        "ans",
        "linux",
        "teamd",
        "ovs",
        "vsphere",
        "aix",
        "lagg",
    }
    assert {row.platform for row in lookup("802.3ad")} >= {"lbfo", "ans", "linux", "ovs", "vsphere", "aix"}


@pytest.mark.parametrize(
    ("mode", "algorithm", "named"),
    [
        ("trunk", None, "known: switch-independent, static, lacp"),
        ("lacp", "crc32", "unknown algorithm 'crc32'; known: transport-ports"),
        ("balance-xor", "dynamic", "it has: layer2, layer2\\+3, layer3\\+4"),
        ("ovs/802.1q", None, "unknown teaming mode"),
        ("aix/balance-slb", None, "unknown teaming mode"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(mode: str, algorithm: str | None, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        lookup(mode, algorithm)


def test_nothing_given_expects_nothing() -> None:
    nothing = expectation(None)
    assert nothing == Expectation()
    assert nothing.allows("tx", "single") is None
    assert nothing.one_member_only("rx") is None
    assert nothing.one_member_scope("rx") is None


@pytest.mark.parametrize(
    ("mode", "algorithm", "direction", "placement", "cause", "allowed"),
    [
        # the same flowlet move is health under Dynamic and a fault under a plain port hash
        ("switch-independent", "dynamic", "tx", "moved", "flowlet", True),
        ("switch-independent", "dynamic", "rx", "moved", "flowlet", False),
        ("switch-independent", "dynamic", "tx", "moved", "unexplained", None),
        ("switch-independent", "transport-ports", "tx", "moved", "flowlet", False),
        ("switch-independent", "transport-ports", "tx", "moved", "failover", True),
        ("switch-independent", "transport-ports", "rx", "moved", "member-set-change", True),
        ("static", "dynamic", "tx", "moved", "rebalance", True),
        ("balance-rr", None, "tx", "sprayed", None, True),
        ("balance-rr", None, "rx", "sprayed", None, None),
        ("balance-xor", "layer3+4", "tx", "sprayed", None, False),
        ("balance-xor", "encap3+4", "tx", "moved", "unexplained", None),
        ("balance-tcp", None, "tx", "moved", "rebalance", True),
        ("balance-tcp", None, "rx", "moved", "rebalance", False),
        ("balance-slb", None, "rx", "moved", "rebalance", True),
        ("broadcast", None, "tx", "mirrored", None, True),
        ("broadcast", None, "tx", "single", None, None),
        ("802.3ad", "layer2", "tx", "single", None, True),
        ("802.3ad", "layer2", "tx", "undecided", None, None),
        ("802.3ad", "layer2", "tx", "mirrored", None, None),
        # one name, rows that disagree
        ("switch-independent", None, "tx", "moved", "flowlet", None),
        # practitioners' knowledge is never held against anyone
        ("broadcom/smart-load-balancing", None, "tx", "sprayed", None, None),
    ],
)
def test_what_a_mode_allows(
    mode: str, algorithm: str | None, direction: str, placement: str, cause: str | None, allowed: bool | None
) -> None:
    assert direction in ("tx", "rx")
    assert expectation(mode, algorithm).allows(direction, placement, cause) is allowed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "algorithm", "tx", "rx"),
    [
        ("switch-independent", "transport-ports", None, "team"),
        ("switch-independent", "hyperv-port", "port", "port"),
        ("switch-independent", None, None, "port"),
        ("active-backup", None, "team", "team"),
        ("aft", None, "team", "team"),
        ("balance-tlb", None, None, "team"),
        ("balance-alb", None, None, None),
        ("balance-slb", None, "port", "port"),
        ("lacp", None, None, None),
        ("802.3ad", "vlan+srcmac", "port", None),
        ("explicit-failover", None, "team", "team"),
        ("lagg/failover", None, None, None),
    ],
)
def test_directions_that_have_one_member_only(mode: str, algorithm: str | None, tx: str | None, rx: str | None) -> None:
    found = expectation(mode, algorithm)
    assert (found.one_member_scope("tx"), found.one_member_scope("rx")) == (tx, rx)
    for direction, scope in (("tx", tx), ("rx", rx)):
        assert (found.one_member_only(direction) is None) == (scope is None)  # type: ignore[arg-type]
