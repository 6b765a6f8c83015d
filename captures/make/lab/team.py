"""The teamed host T, the switch S and remote hosts R1, R2, ... of a scenario, built in a network.

T has a bond of Open vSwitch over each team's members, S the other ends, both with LACP at the fast rate and without rebalancing
by load, which switches do not do; T's addresses are 10.50.0.100 and so on, one network a team or VLAN. All of it is given by
the scenario's table.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from network import Network

__all__ = ["Route", "build", "set_link", "wait_for_lacp"]

_PATIENCE_S = 30


@dataclass(frozen=True)
class Route:
    """Where transfers of one kind go: T's address, the port it listens on, and the first three numbers of all addresses."""

    net: str
    port: int

    @property
    def teamed(self) -> str:
        """The address of T."""
        return f"{self.net}.100"

    def remote(self, number: int) -> str:
        """The address of a remote host."""
        return f"{self.net}.{10 + number}"


def build(network: Network, scenario: Mapping[str, Any]) -> list[Route]:
    """Build everything; return a path for each kind of transfer, the migrations' first."""
    for space in ("T", "S"):
        network.add(space)
        network.switch(space)
    network.configure("S", "add-br", "brS", "--", "set", "bridge", "brS", "datapath_type=netdev")
    for name, team in scenario["teams"].items():
        _team(network, name, team)
    paths = _paths(scenario)
    for number, (tag, path) in enumerate(paths):
        _address_of_t(network, number, tag, path)
    for host in range(1, scenario["hosts"] + 1):
        _remote(network, host, paths)
    for team in scenario["teams"].values():
        _limit(network, team.get("tbf", {}))
    return [path for _, path in paths]


def _limit(network: Network, rates: Mapping[str, float]) -> None:
    """Limit both directions of members' cables. Open vSwitch removes such limits from what it takes over, so it comes last."""
    for member, rate in rates.items():
        for space, end in (("T", member), ("S", f"s{member}")):
            network.run(
                space,
                "tc",
                "qdisc",
                "replace",
                "dev",
                end,
                "root",
                "tbf",
                "rate",
                f"{rate}mbit",
                "burst",
                "16k",
                "latency",
                "100ms",
            )


def _team(network: Network, name: str, team: Mapping[str, Any]) -> None:
    members: Sequence[str] = team["members"]
    for member in members:
        network.join("T", member, "S", f"s{member}")
    bridge = f"br{name}"
    network.configure("T", "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev")
    options = (
        f"bond_mode={team['mode']}",
        f"lacp={team.get('lacp', 'active')}",
        "other_config:lacp-time=fast",
        "other_config:bond-rebalance-interval=0",
    )
    network.configure("T", "add-bond", bridge, name, *members, *options)
    network.configure("S", "add-bond", "brS", f"to-{name}", *(f"s{member}" for member in members), *options)


def _paths(scenario: Mapping[str, Any]) -> list[tuple[int | None, Route]]:
    """(VLAN tag, path) of each kind of transfer: a VLAN each, else a team each."""
    if "vlans" in scenario:
        return [(int(tag), Route(f"10.{tag}.0", vlan["port"])) for tag, vlan in scenario["vlans"].items()]
    teams = scenario["teams"].values()
    return [
        (None, Route(f"10.{50 + number}.0", team.get("port", scenario["port"]))) for number, team in enumerate(teams)
    ]


def _address_of_t(network: Network, number: int, tag: int | None, path: Route) -> None:
    if tag is None:
        network.address("T", f"brbond{number}", f"{path.teamed}/24")
        return
    port = f"v{tag}"
    network.configure("T", "add-port", "brbond0", port, f"tag={tag}", "--", "set", "interface", port, "type=internal")
    network.address("T", port, f"{path.teamed}/24")


def _remote(network: Network, host: int, paths: Sequence[tuple[int | None, Route]]) -> None:
    space = f"R{host}"
    network.add(space)
    for number, (tag, path) in enumerate(paths):
        network.join(space, f"eth{number}", "S", f"h{host}n{number}")
        network.configure("S", "add-port", "brS", f"h{host}n{number}", *([f"tag={tag}"] if tag else []))
        network.address(space, f"eth{number}", f"{path.remote(host)}/24", f"02:0{number}:00:00:00:{host:02x}")


def wait_for_lacp(network: Network, teams: Mapping[str, Any]) -> None:
    """Wait until both ends use every member of every team."""
    end = time.monotonic() + _PATIENCE_S
    for space, names in (("T", list(teams)), ("S", [f"to-{name}" for name in teams])):
        for name in names:
            number = len(teams[name.removeprefix("to-")]["members"])
            while network.run(space, "ovs-appctl", "bond/show", name).count("may_enable: true") < number:
                if time.monotonic() > end:
                    raise RuntimeError(network.run(space, "ovs-appctl", "lacp/show", name))
                time.sleep(0.2)


def set_link(network: Network, member: str, state: str) -> None:
    """Unplug a member's cable at the switch, or plug it in again: T's end loses its carrier."""
    network.run("S", "ip", "link", "set", f"s{member}", state)
