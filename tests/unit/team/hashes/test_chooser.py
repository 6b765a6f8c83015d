"""Choosers by the names that people give them."""

from __future__ import annotations

import pytest

from flowmap.errors import ConfigError
from flowmap.team.hashes.chooser import Chooser, find_chooser, key_of
from flowmap.team.hashes.fields import Fields

ROW = {
    "src_mac": "02:00:00:00:00:01",
    "dst_mac": "02:00:00:00:00:02",
    "vlan": 7,
    "src_ip": "10.0.0.1",
    "dst_ip": "10.0.0.2",
    "proto": 6,
    "src_port": 50000,
    "dst_port": 6600,
}


@pytest.mark.parametrize(
    ("name", "policy", "key"),
    [
        ("layer3+4", "layer3+4", "4tuple"),
        ("Layer 2+3", "layer2+3", "mac+ip"),
        ("l2", "layer2", "mac"),
        ("vlan+srcmac", "vlan+srcmac", "smac+vlan"),
        ("ip-hash", "ip-hash", "ip"),
        ("xor-4tuple", "xor-4tuple", "4tuple"),
        ("TransportPorts", None, "4tuple"),
        ("IPAddresses", None, "ip"),
        ("hyperv-port", None, "vport"),
        ("balance-slb", None, "smac+vlan"),
        ("balance-tcp", None, "4tuple"),
        ("balance-rr", None, "rr"),
        ("active-backup", None, "active"),
        ("broadcast", None, "all"),
        ("linux/802.3ad/layer3+4", "layer3+4", "4tuple"),
        ("vsphere/ip-hash", "ip-hash", "ip"),
        ("lbfo/static/dynamic", None, "4tuple"),
        ("4tuple", None, "4tuple"),
        ("dst", None, "dst"),
    ],
)
def test_names(name: str, policy: str | None, key: str) -> None:
    found = find_chooser(name)
    assert (found.policy.name if found.policy else None, found.key) == (policy, key)


@pytest.mark.parametrize(
    ("name", "variant"), [("layer2", "6.1.0-56-amd64"), ("ip-hash", "last-octet"), ("xor-ip", "plain")]
)
def test_a_variant_of_one_chooser_leaves_the_others_alone(name: str, variant: str) -> None:
    own = {"layer2": "5.18", "ip-hash": "last-octet", "xor-ip": "plain"}
    found = find_chooser(name, "4.15").variant
    assert found is not None
    assert found.name == ("4.15" if name == "layer2" else own[name])
    asked = find_chooser(name, variant).variant
    assert asked is not None
    assert asked.name == own[name]


@pytest.mark.parametrize(
    ("name", "variant", "says"),
    [
        ("nonsense", None, "unknown"),
        ("nonsense/layer2", None, "unknown"),
        ("802.3ad", None, "goes by its algorithm"),
        ("layer2", "newest", "--variant newest"),
    ],
)
def test_refused(name: str, variant: str | None, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        find_chooser(name, variant)


@pytest.mark.parametrize(
    ("key", "changes", "missing"),
    [
        ("mac", {"src_mac", "dst_mac"}, "dst_mac"),
        ("smac+vlan", {"src_mac", "vlan"}, "src_mac"),
        ("mac+ip", {"src_mac", "dst_mac", "src_ip", "dst_ip"}, "src_mac"),
        ("dst", {"dst_ip"}, None),
        ("ip", {"src_ip", "dst_ip"}, None),
        ("4tuple", {"src_ip", "dst_ip", "src_port", "dst_port"}, None),
        ("rr", set(), None),
    ],
)
def test_a_key_holds_what_the_chooser_looks_at_and_nothing_else(
    key: str, changes: set[str], missing: str | None
) -> None:
    other = {
        "src_mac": "02:00:00:00:00:03",
        "dst_mac": "02:00:00:00:00:04",
        "vlan": 8,
        "src_ip": "10.0.0.3",
        "dst_ip": "10.0.0.4",
        "src_port": 50001,
        "dst_port": 6601,
    }
    chooser = Chooser(key, key)
    seen = {
        name
        for name, value in other.items()
        if key_of(chooser, Fields.of({**ROW, name: value})) != key_of(chooser, Fields.of(ROW))
    }
    assert seen == changes
    if missing:
        assert key_of(chooser, Fields.of({**ROW, missing: None})) is None


def test_fragments_have_no_ports() -> None:
    chooser = Chooser("4tuple", "4tuple")
    first, second = ({**ROW, "src_port": port, "frag_offset": 10} for port in (1, 2))
    assert key_of(chooser, Fields.of(first)) == key_of(chooser, Fields.of(second))
