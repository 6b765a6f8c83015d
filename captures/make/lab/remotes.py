"""The switch S, which has an end of each of the team's cables, and the remote hosts R1, R2, ... behind it.

S is an Open vSwitch without rebalancing by load, which switches do not do. Its end of a bond is called `to-` and the bond's
name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from network import Network
from route import Route

__all__ = ["OPTIONS", "add_remotes", "add_switch", "aggregate", "tunnel", "wait_for_members"]

OPTIONS = ("other_config:lacp-time=fast", "other_config:bond-rebalance-interval=0")
_PATIENCE_S = 30
_VXLAN_MTU = 1450


def add_switch(network: Network) -> None:
    """Start the switch, with no port yet."""
    network.add("S")
    network.switch("S")
    network.configure("S", "add-br", "brS", "--", "set", "bridge", "brS", "datapath_type=netdev")


def aggregate(network: Network, name: str, team: Mapping[str, Any], ports: Sequence[str]) -> None:
    """Make the switch's end of a bond: an aggregate of the first `aggregated` ports, all by default, and single ports."""
    together = ports[: team.get("aggregated", len(ports))]
    for port in ports[len(together) :]:
        network.configure("S", "add-port", "brS", port)
    if len(together) > 1:
        mode, lacp = team.get("switch_mode", "balance-tcp"), team.get("lacp", "active")
        settings = (f"bond_mode={mode}", f"lacp={lacp}", *OPTIONS)
        network.configure("S", "add-bond", "brS", f"to-{name}", *together, *settings)
    else:
        for port in together:
            network.configure("S", "add-port", "brS", port, "--", "set", "port", port, "lacp=active", OPTIONS[0])


def add_remotes(network: Network, number: int, paths: Sequence[Route]) -> None:
    """Add the remote hosts, each with a NIC and an address for each route."""
    for host in range(1, number + 1):
        space = f"R{host}"
        network.add(space)
        for nic, path in enumerate(paths):
            network.join(space, f"eth{nic}", "S", f"h{host}n{nic}")
            network.configure("S", "add-port", "brS", f"h{host}n{nic}", *([f"tag={path.tag}"] if path.tag else []))
            mac = f"02:0{nic}:00:00:00:{host:02x}"
            if path.underlay is None:
                network.address(space, f"eth{nic}", f"{path.remote(host)}/24", mac)
                continue
            network.switch(space)
            network.configure(space, "add-br", "brU", "--", "set", "bridge", "brU", "datapath_type=netdev")
            network.configure(space, "set", "bridge", "brU", f'other-config:hwaddr="{mac}"')
            network.configure(space, "add-port", "brU", f"eth{nic}")
            network.address(space, "brU", f"{path.underlay}.{10 + host}/24")
            tunnel(network, space, f"{path.remote(host)}/24", [f"{path.underlay}.100"])


def tunnel(network: Network, space: str, address: str, ends: Sequence[str]) -> None:
    """Give a host an address behind VXLAN tunnels to these ends, which its Open vSwitch fills and empties."""
    network.configure(space, "add-br", "brX", "--", "set", "bridge", "brX", "datapath_type=netdev")
    network.configure(space, "set", "interface", "brX", f"mtu_request={_VXLAN_MTU}")
    for number, end in enumerate(ends):
        words = ("type=vxlan", f"options:remote_ip={end}", "options:key=50")
        network.configure(space, "add-port", "brX", f"vx{number}", "--", "set", "interface", f"vx{number}", *words)
    network.address(space, "brX", address)


def wait_for_members(network: Network, space: str, name: str, team: Mapping[str, Any]) -> None:
    """Wait until a bond of Open vSwitch uses the members it is to use; for a single port the switch has no bond."""
    aggregated: int = team.get("aggregated", len(team["members"]))
    number = team.get("used", aggregated)
    if space == "S" and aggregated < 2:
        return
    end = time.monotonic() + _PATIENCE_S
    while network.run(space, "ovs-appctl", "bond/show", name).count("may_enable: true") < number:
        if time.monotonic() > end:
            raise RuntimeError(network.run(space, "ovs-appctl", "lacp/show", name, check=False))
        time.sleep(0.2)
