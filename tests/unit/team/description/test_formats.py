"""What other hosts, tools and switches print of a team: verbatim outputs (described/README.md names where each is from)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from descriptions import only, teams, text

from flowmap.errors import ConfigError
from flowmap.team.description.match import Seen, match_teams
from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.team.members import TeamMember
from flowmap.team.read import parse_description, read_descriptions


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("bond-no-aggregator.txt", ("bond0", "linux/802.3ad", "layer2", "fast"), {"eth1": True, "eth2": True}),
        ("bond-masked.txt", (None, "linux/802.3ad", "layer3+4", "slow"), {"enp7s0": True}),
        ("bond-802.3ad.txt", (None, "linux/802.3ad", "layer2", "slow"), {"enp0s9": False, "enp0s8": True}),
        ("teamd-state.txt", ("TEAMNAME", "teamd/lacp", None, "slow"), {"en5": False, "en6": True}),
        ("teamd-state-dump.json", ("team0", "teamd/active-backup", None, None), {}),
        ("teamd-config.json", ("bond0", "teamd/lacp", "tx-hash-l3", "slow"), {}),
        ("nmcli-bond.txt", ("bond_non_existant", "linux/active-backup", None, None), {}),
        ("netplan.yaml", ("bond0", "linux/active-backup", None, None), {"eth0": False, "eth1": False}),
        ("etherchannel-summary.txt", ("Po1", None, None, None), {"Gi0/0": True, "Gi0/1": True}),
        ("lacp-neighbor.txt", ("Po3", "lacp", None, "slow"), {"Gi2/0/1": False, "Gi2/0/2": False}),
        ("esxi-policy.txt", ("vSwitch1", "vsphere/originating-port", None, None), {"vmnic1": False}),
        ("esxi-lacp.txt", ("dvs", "vsphere/lag", None, "fast"), {"vmnic3": False}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


def test_details_of_lacp_are_of_the_side_that_they_stand_under() -> None:
    active, other = only(text("bond-802.3ad.txt")).members
    assert active.lacp is not None
    assert (active.lacp.aggregator, active.lacp.churned, active.lacp.partner) == (1, True, False)
    assert (active.lacp.key, active.lacp.actor_state, active.lacp.partner_state) == (9, 77, 1)
    assert other.lacp is not None
    assert other.lacp.aggregator == 2


def test_masked_macs_are_none() -> None:
    team = only(text("bond-masked.txt"))
    assert not team.macs
    assert not team.members[0].macs
    assert (team.aggregator, team.ports) == (2, 1)


def test_teamd_tells_speed_address_and_link_of_its_ports() -> None:
    up, down = only(text("teamd-state.txt")).members
    assert (up.speed_bps, [mac_text(mac) for mac in up.macs], up.up) == (10**10, ["00:0f:53:aa:bb:cc"], True)
    assert (down.speed_bps, down.up) == (None, False)
    assert up.lacp is not None
    assert (up.lacp.actor_state, up.lacp.partner_state, up.lacp.word) == (0x3D, 0x3C, "current")


def test_state_and_configuration_of_teamd_are_of_one_team() -> None:
    config = json.loads(text("teamd-config.json")) | {"device": "TEAMNAME", "ports": {"en5": {}, "en6": {}}}
    team = only(text("teamd-state.txt"), json.dumps(config).encode())
    assert (team.mode, team.algorithm, team.lacp_timer) == ("teamd/lacp", "tx-hash-l3", "slow")
    assert out(team) == {"en5": False, "en6": True}


@pytest.mark.parametrize(
    ("fields", "algorithm"), [(None, "l3"), (["eth"], "l2"), (["eth", "ipv4", "tcp"], "l4"), (["l4"], "l4")]
)
def test_the_key_of_teamd_is_the_finest_field_of_its_hash(fields: list[str] | None, algorithm: str) -> None:
    runner = {"name": "loadbalance"} | ({"tx_hash": fields} if fields else {})
    assert only(json.dumps({"device": "t", "runner": runner}).encode()).algorithm == f"tx-hash-{algorithm}"


def test_connections_of_members_name_their_bond() -> None:
    member = (
        b"connection.id: slave-%d\nconnection.interface-name: eth%d\nconnection.master: %s\n"
        b"connection.slave-type: bond\n"
    )
    data = b"\n".join(
        [text("nmcli-bond.txt"), member % (1, 1, b"bond_non_existant"), member % (2, 2, b"bond_non_existant")]
    )
    assert [one.name for one in only(data).members] == ["eth1", "eth2"]
    alone = only(member % (1, 1, b"bond7"))
    assert (alone.name, alone.mode, alone.lacks) == ("bond7", None, "nmcli connection show bond7")


def test_yaml_as_netplan_files_write_it() -> None:
    team = only(b"""
# made by hand
network:
    ethernets:
        lan1: {}
        lan2:
            match: # the card
                macaddress: "02:00:00:00:00:12"
            set-name: lan2
    bonds:
        "bond 1":
            interfaces: [lan1, 'lan2']
            parameters:
                mode: 802.3ad   # with the switch
                transmit-hash-policy: layer3+4
                lacp-rate: fast
""")
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == ("bond 1", "linux/802.3ad", "layer3+4", "fast")
    assert {one.name: sorted(map(mac_text, one.macs)) for one in team.members} == {
        "lan1": [],
        "lan2": ["02:00:00:00:00:12"],
    }


def test_lists_may_be_no_deeper_than_their_key() -> None:
    team = only(
        b"network:\n  bonds:\n    b:\n      interfaces:\n      - eth0\n      - eth1\n      parameters:\n"
        b"        mode: balance-xor\n"
    )
    assert ([one.name for one in team.members], team.algorithm) == (["eth0", "eth1"], "layer2")


def test_channels_of_a_switch_are_told_apart() -> None:
    one, two = teams(text("etherchannel-two-groups.txt"))
    assert (one.name, one.mode, two.name, two.mode) == ("Po1", "lacp", "Po2", None)
    assert [member.name for member in one.members] == ["Gi0/0", "Gi0/1", "Gi0/2", "Gi0/3"]
    assert not any(out(one).values())


# ---- several hosts, several files

LINK = {"ifindex": 2, "flags": ["BROADCAST", "UP", "LOWER_UP"], "link_type": "ether", "address": "02:00:00:00:00:01"}


def links(*links: dict[str, Any]) -> bytes:
    return json.dumps([LINK | link for link in links]).encode()


BOND = {
    "ifname": "bond0",
    "linkinfo": {"info_kind": "bond", "info_data": {"mode": "802.3ad", "xmit_hash_policy": "layer2+3"}},
}
SLAVES = [
    {
        "ifname": f"eth{n}",
        "master": "bond0",
        "linkinfo": {
            "info_slave_kind": "bond",
            "info_slave_data": {"perm_hwaddr": f"02:00:00:00:00:1{n}", "ad_aggregator_id": 1},
        },
    }
    for n in (0, 1)
]


@pytest.mark.parametrize(
    "files",
    [
        [links(BOND), links(*SLAVES)],
        [links(*SLAVES), links(BOND)],
        [links(BOND) + b"\n" + links(*SLAVES)],
        [links(SLAVES[0]), links(SLAVES[1]), links(BOND)],
        [links(BOND, *SLAVES)],
        [b"$ ip -j -d link\n" + links(BOND, *SLAVES)],
    ],
)
def test_filtered_links_are_put_together(files: list[bytes]) -> None:
    team = only(*files)
    assert (team.name, team.mode, team.algorithm, team.lacks) == ("bond0", "linux/802.3ad", "layer2+3", None)
    assert [(one.name, sorted(map(mac_text, one.macs))) for one in team.members] == [
        ("eth0", ["02:00:00:00:00:10"]),
        ("eth1", ["02:00:00:00:00:11"]),
    ]


def test_members_without_their_bond_say_what_is_missing() -> None:
    team = only(links(*SLAVES))
    assert (team.name, team.mode, team.lacks) == ("bond0", None, "ip -j -d link show dev bond0")


def test_links_without_a_team_ask_for_what_linux_prints(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    path.write_bytes(links({"ifname": "eth9", "master": "br0", "linkinfo": {"info_slave_kind": "bridge"}}))
    with pytest.raises(ConfigError, match="describes adapters, but no team; add the output of ip -j -d link"):
        read_descriptions([str(path)])


def shown(host: int, active: str) -> bytes:
    """`ovs-appctl bond/show` of a host whose members have MACs of its own."""

    def member(name: str) -> str:
        return f"slave {name}: enabled\n" + ("\tactive slave\n" if name == active else "") + "\tmay_enable: true\n\n"

    return (
        f"---- bond1 ----\nbond_mode: active-backup\nactive slave mac: 02:00:00:00:0{active[-1]}:{host:02}({active})\n\n"
        + member("eth2")
        + member("eth3")
    ).encode()


HEADINGS = [
    b"=== node%d ===\n",
    b"---------------\nnode%d\n---------------\n",
    b"node%d | CHANGED | rc=0 >>\n",
    b"[1] 10:11:12 [SUCCESS] node%d\n",
    b"[root@node%d ~]# ovs-appctl bond/show\n",
    b"",
]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("order", [(31, 32), (32, 31)])
def test_hosts_of_one_text_stay_apart_and_macs_decide(heading: bytes, order: tuple[int, int]) -> None:
    active = {31: "eth2", 32: "eth3"}
    data = b"".join((heading % host if heading else b"") + shown(host, active[host]) for host in order)
    found = teams(data)
    assert [team.active for team in found] == [active[host] for host in order]
    seen = [Seen(TeamMember(number=n, name=f"eth{n + 2}")) for n in (0, 1)]
    chosen = match_teams(
        found, seen, [(1, 0x020000000332, 0x02BB00000011, 90), (1, 0x02BB00000011, 0x020000000332, 80)]
    )
    assert chosen is not None
    assert chosen.team.active == "eth3"
    with pytest.raises(ConfigError, match="do not tell which of them"):
        match_teams(found, seen, [(1, 0x02AA00000001, 0x02BB00000011, 90)])


def test_the_host_is_told_from_its_peer_by_the_member_that_its_mac_is_on() -> None:
    """Both hosts are in one text and in every frame: one sends from eth3, as its own text says."""
    found = teams(shown(31, "eth2") + shown(32, "eth3"))
    seen = [Seen(TeamMember(number=n, name=f"eth{n + 2}")) for n in (0, 1)]
    chosen = match_teams(
        found, seen, [(1, 0x020000000332, 0x020000000231, 90), (1, 0x020000000231, 0x020000000332, 80)]
    )
    assert chosen is not None
    assert chosen.team.active == "eth3"


def test_lines_with_the_host_before_them() -> None:
    lines = [
        f"node{host}: {line}" for host in (31, 32) for line in shown(host, f"eth{host - 29}").decode().splitlines()
    ]
    assert [team.active for team in teams("\n".join(lines).encode())] == ["eth2", "eth3"]
    assert [team.host for team in teams("\n".join(lines).encode())] == ["node31", "node32"]


def test_long_texts_of_nothing_are_soon_refused() -> None:
    """Each line could be split in several ways by a careless pattern, which would never end."""
    with pytest.raises(ConfigError):
        parse_description(b"setup:\n" + b"    a\n" * 5_000, "team.txt")
