"""Members of a team as sysfs and Open vSwitch tell them. The trees are laid out as the kernel's ABI documentation says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from flowmap.errors import ConfigError
from flowmap.tools.capture.find import find

BOND_LIST = (
    "bond\ttype\trecircID\tmembers\nbond0\tbalance-tcp\t1\tovs2, ovs1\n"  # ovs-appctl bond/list, Open vSwitch 3.1
)


def nothing(command: Sequence[str]) -> str | None:
    return None


def switch(command: Sequence[str]) -> str | None:
    return {"ovs-appctl bond/list": BOND_LIST, "ovs-vsctl list-ports br-int": "bond0\ntap3\n"}.get(" ".join(command))


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """bond0 of eth0 and eth1, bond0.5 and br0 (with a virtual machine's tap) over it, team0 of eth2 and eth3, eth4 alone."""
    for name in ("eth0", "eth1", "eth2", "eth3", "eth4", "ovs1", "ovs2"):
        (tmp_path / name / "device").mkdir(parents=True)
    (tmp_path / "tap0").mkdir()
    (tmp_path / "bond0" / "bonding").mkdir(parents=True)
    (tmp_path / "bond0" / "bonding" / "slaves").write_text("eth0 eth1\n")
    for upper, lower in (
        ("bond0", "eth0"),
        ("bond0", "eth1"),
        ("bond0.5", "bond0"),
        ("team0", "eth2"),
        ("team0", "eth3"),
    ):
        (tmp_path / upper / f"lower_{lower}").mkdir(parents=True)
    for port in ("bond0.5", "tap0"):
        (tmp_path / "br0" / "brif" / port).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "members", "teams"),
    [
        (["bond0"], ("eth0", "eth1"), (("bonding", "bond0"),)),
        (["bond0.5"], ("eth0", "eth1"), (("bonding", "bond0"),)),
        (["br0"], ("eth0", "eth1"), (("bridge", "br0"), ("bonding", "bond0"))),
        (["team0"], ("eth2", "eth3"), (("teamd", "team0"),)),
        (["eth4", "eth0"], ("eth4", "eth0"), ()),
        (["bond0", "eth0", "eth4"], ("eth0", "eth1", "eth4"), (("bonding", "bond0"),)),
    ],
)
def test_members_are_what_stands_on_nothing(net: Path, names: list[str], members: object, teams: object) -> None:
    found = find(names, net, nothing)
    assert (found.members, found.teams) == (members, teams)


@pytest.mark.parametrize("name", ["bond0", "br-int"])
def test_a_bond_of_open_vswitch_is_found_by_its_name_and_by_its_bridge(tmp_path: Path, name: str) -> None:
    found = find([name], tmp_path, switch)
    assert (found.members, found.teams) == (("ovs1", "ovs2"), (("openvswitch", "bond0"),))


@pytest.mark.parametrize("name", ["eth9", "", ".", "..", "../net/eth0"])
def test_a_name_that_the_host_does_not_have_is_refused_with_those_it_has(net: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"no such interface or team.*eth0"):
        find([name], net, nothing)


@pytest.mark.parametrize(("uid", "said"), [(1000, "only root may ask"), (0, "is not running")])
def test_open_vswitch_that_does_not_answer_is_named(
    tmp_path: Path, uid: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ovs-appctl cannot reach the daemon, but prints its own version: a user has no right to, for root it is not running."""
    (tmp_path / "eth0").mkdir()

    def run(command: Sequence[str]) -> str | None:
        return "ovs-appctl (Open vSwitch) 3.1.0" if "--version" in command else None

    monkeypatch.setattr(os, "geteuid", lambda: uid, raising=False)
    with pytest.raises(ConfigError, match=said):
        find(["bond0"], tmp_path, run)


@pytest.mark.parametrize("name", ["br-int", "vlan5"])
def test_a_bridge_of_open_vswitch_and_its_internal_ports_are_above_its_bonds(net: Path, name: str) -> None:
    """Both are interfaces of the host as well, on which no member can be told (Open vSwitch 3.1)."""
    (net / name).mkdir()
    answers = {
        f"ovs-vsctl --if-exists get interface {name} type": "internal\n",
        f"ovs-vsctl iface-to-br {name}": "br-int\n",
    }
    found = find([name], net, lambda command: answers.get(" ".join(command)) or switch(command))
    assert (found.members, found.teams) == (("ovs1", "ovs2"), (("openvswitch", "bond0"),))


def test_an_unknown_name_is_answered_with_all_interfaces_and_no_files(net: Path) -> None:
    """Where bonding is loaded, bonding_masters is a file beside the interfaces."""
    (net / "lo").mkdir()
    (net / "bonding_masters").write_text("bond0\n")
    with pytest.raises(ConfigError, match=r"It has: .*eth4, lo, ovs1, ovs2") as refused:
        find(["bond9"], net, switch)
    assert "bonding_masters" not in str(refused.value)


def test_a_team_without_members_is_refused(net: Path) -> None:
    (net / "bond0" / "bonding" / "slaves").write_text("\n")
    with pytest.raises(ConfigError, match="no members"):
        find(["bond0"], net, nothing)


def test_interfaces_that_lead_to_each_other_end(tmp_path: Path) -> None:
    for upper, lower in (("a", "b"), ("b", "a")):
        (tmp_path / upper / f"lower_{lower}").mkdir(parents=True)
    assert find(["a"], tmp_path, nothing).members
