"""The teamed host as a namespace with Open vSwitch: a bond over each team's members, in the userspace datapath."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from network import Network
from remotes import OPTIONS, aggregate, tunnel, wait_for_members
from route import Route

__all__ = ["PROGRAM", "SwitchedHost"]

PROGRAM = (sys.executable, str(Path(__file__).parents[1] / "transfers" / "tcp.py"))
_PATIENCE_S = 300


class SwitchedHost:
    """The host T: its addresses are those of the routes, on a bond, a port of it with a VLAN tag or behind tunnels."""

    space = "T"
    """The namespace in which its members are recorded."""

    def __init__(self, network: Network, scenario: Mapping[str, Any], paths: Sequence[Route]) -> None:
        self._network, self._teams = network, scenario["teams"]
        self._processes: list[subprocess.Popen[bytes]] = []
        self.members: Sequence[str] = [member for team in self._teams.values() for member in team["members"]]
        network.add("T")
        network.switch("T")
        for name, team in self._teams.items():
            self._bond(name, team)
        for number, path in enumerate(paths):
            self._address(number, path, scenario["hosts"])
        for team in self._teams.values():
            _limit(network, team.get("tbf", {}))

    def _bond(self, name: str, team: Mapping[str, Any]) -> None:
        members: Sequence[str] = team["members"]
        for member in members:
            self._network.join("T", member, "S", f"s{member}")
        bridge = f"br{name}"
        self._network.configure("T", "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev")
        settings = (f"bond_mode={team['mode']}", f"lacp={team.get('lacp', 'active')}", *OPTIONS)
        self._network.configure("T", "add-bond", bridge, name, *members, *settings)
        aggregate(self._network, name, team, [f"s{member}" for member in members])

    def _address(self, number: int, path: Route, hosts: int) -> None:
        if path.underlay:
            self._network.address("T", "brbond0", f"{path.underlay}.100/24")
            ends = [f"{path.underlay}.{10 + host}" for host in range(1, hosts + 1)]
            tunnel(self._network, "T", f"{path.teamed}/24", ends)
        elif path.tag is None:
            self._network.address("T", f"brbond{number}", f"{path.teamed}/24")
        else:
            port = f"v{path.tag}"
            words = (f"tag={path.tag}", "--", "set", "interface", port, "type=internal")
            self._network.configure("T", "add-port", "brbond0", port, *words)
            self._network.address("T", port, f"{path.teamed}/24")

    def wait(self) -> None:
        """Wait until both ends use the members that they are to use."""
        for name, team in self._teams.items():
            wait_for_members(self._network, "T", name, team)
            wait_for_members(self._network, "S", f"to-{name}", team)

    def show(self) -> dict[str, str]:
        """Return what Open vSwitch says of its bonds."""
        commands = [(command, team) for team in self._teams for command in ("bond/show", "lacp/show")]
        return {" ".join(words): self._network.run("T", "ovs-appctl", *words) for words in commands}

    def listen(self, route: Route, number: int) -> None:
        """Accept so many connections, and read them to their end."""
        self._processes.append(self._network.start("T", *PROGRAM, "listen", str(route.port), str(number)))

    def send(self, route: Route, host: int, size: int, rate: int) -> None:
        """Send so many bytes to a remote host, so many a second."""
        words = (route.teamed, route.remote(host), str(route.port), str(size), str(rate))
        self._processes.append(self._network.start("T", *PROGRAM, "send", *words))

    def finish(self) -> None:
        """Wait until all that was sent has arrived."""
        self._network.wait(self._processes, _PATIENCE_S)

    def set_link(self, member: str, state: str) -> None:
        """Plug a member's cable in or out at the switch: the host's end loses its carrier."""
        self._network.run("S", "ip", "link", "set", f"s{member}", state)


def _limit(network: Network, rates: Mapping[str, float]) -> None:
    """Limit both directions of members' cables. Open vSwitch removes such limits from what it takes over, so it comes last."""
    for member, rate in rates.items():
        for space, end in (("T", member), ("S", f"s{member}")):
            limit = ("tbf", "rate", f"{rate}mbit", "burst", "16k", "latency", "100ms")
            network.run(space, "tc", "qdisc", "replace", "dev", end, "root", *limit)
