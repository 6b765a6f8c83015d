"""Where the transfers of a scenario go: an IPv4 network, a port and a kind of transfer for each team, VLAN or overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Route", "routes"]


@dataclass(frozen=True)
class Route:
    """One kind of transfer; `net` is the first three numbers of all its addresses."""

    net: str
    port: int
    transfer: str = "tcp"
    tag: int | None = None
    underlay: str | None = None
    """The network that carries the VXLAN tunnels, where `net` is inside them."""

    @property
    def teamed(self) -> str:
        """The address of the teamed host."""
        return f"{self.net}.100"

    def remote(self, number: int) -> str:
        """Return the address of a remote host."""
        return f"{self.net}.{10 + number}"


def routes(scenario: Mapping[str, Any]) -> list[Route]:
    """Return the routes of a scenario, that of the migrations first: a VLAN each, else a team each."""
    kind = scenario.get("transfer", "tcp")
    if "vlans" in scenario:
        return [
            Route(f"10.{tag}.0", vlan["port"], vlan.get("transfer", "tcp"), tag=int(tag))
            for tag, vlan in scenario["vlans"].items()
        ]
    if scenario.get("vxlan"):
        return [Route("172.16.50", scenario["port"], kind, underlay="10.50.0")]
    return [
        Route(f"10.{50 + number}.0", team.get("port") or scenario["port"], team.get("transfer", kind))
        for number, team in enumerate(scenario["teams"].values())
    ]
