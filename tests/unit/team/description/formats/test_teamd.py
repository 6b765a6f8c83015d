"""What teamd prints and is configured with (described/README.md names where each is from)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import only, text

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("teamd-state.txt", ("TEAMNAME", "teamd/lacp", None, "slow"), {"en5": False, "en6": True}),
        ("teamd-state-dump.json", ("team0", "teamd/active-backup", None, None), {}),
        ("teamd-config.json", ("bond0", "teamd/lacp", "tx-hash-l3", "slow"), {}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


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


def dump(ports: dict[str, Any], **runner: Any) -> bytes:
    """As `teamdctl team0 state dump` prints it, with what teamd's documentation names."""
    return json.dumps(
        {
            "setup": {"runner_name": "lacp"},
            "team_device": {"ifinfo": {"ifname": "team0", "dev_addr": "02:00:00:00:00:01"}},
            "ports": ports,
            "runner": {"fast_rate": True, **runner},
        }
    ).encode()


def test_a_dump_tells_each_port_s_link_and_lacp() -> None:
    joined = {
        "ifinfo": {"dev_addr": "02:00:00:00:00:11", "ifname": "eth1"},
        "link": {"speed": 10000, "up": True},
        "link_watches": {"up": True},
        "runner": {
            "selected": True,
            "state": "current",
            "actor_lacpdu_info": {"key": 7, "state": 61},
            "partner_lacpdu_info": {"state": 60, "system": "02:00:00:00:00:99"},
        },
    }
    nobody = {"aggregator": {"selected": False}, "partner_lacpdu_info": {"system": "00:00:00:00:00:00"}}
    left = {"link": {"speed": 0, "up": False}, "runner": nobody}
    team = only(dump({"eth1": joined, "eth2": left, "eth3": {}}, active_port="eth1"))
    assert (team.name, team.mode, team.lacp_timer, team.active) == ("team0", "teamd/lacp", "fast", "eth1")
    one, two, three = team.members
    assert (one.speed_bps, one.up, [mac_text(mac) for mac in one.macs]) == (10**10, True, ["02:00:00:00:00:11"])
    assert one.lacp is not None
    assert (one.lacp.bundled, one.lacp.partner, one.lacp.key, one.lacp.actor_state, one.lacp.word) == (
        True,
        True,
        7,
        61,
        "current",
    )
    assert two.lacp is not None
    assert (two.speed_bps, two.up, two.lacp.bundled, two.lacp.partner) == (None, False, False, False)
    assert (three.up, three.lacp) == (None, None)


@pytest.mark.parametrize(
    ("runner", "algorithm"),
    [
        ({"name": "lacp", "tx_balancer": {"name": "basic"}}, "tx-balancer"),
        ({"name": "lacp", "tx_balancer": {"name": "other"}}, "tx-hash-l3"),
        ({"name": "roundrobin"}, None),
    ],
)
def test_a_balancer_moves_hashes_and_a_runner_without_a_hash_has_none(
    runner: dict[str, Any], algorithm: str | None
) -> None:
    assert only(json.dumps({"device": "t", "runner": runner}).encode()).algorithm == algorithm
