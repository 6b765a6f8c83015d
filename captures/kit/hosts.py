"""The hosts, the switches and the epoch of all scenarios."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BASE_NS", "GATEWAY", "SWITCH_A", "SWITCH_B", "TEAM_SYSTEM", "Host", "remote", "target"]

BASE_NS = 1_772_442_000_000_000_000
"""2026-03-02 09:00:00 UTC: second 0 of every scenario."""

TEAM_SYSTEM = "00:15:5d:42:00:64"
SWITCH_A = "00:1c:73:0a:00:01"
SWITCH_B = "00:1c:73:0b:00:01"


@dataclass(frozen=True)
class Host:
    """A host with one address per family; `ip` is the one that its connections use."""

    name: str
    mac: str
    ip: str


def target(version: int = 4) -> Host:
    """The teamed host whose members are captured."""
    return Host("T", TEAM_SYSTEM, "10.66.0.100" if version == 4 else "2001:db8:66::64")


def remote(number: int, version: int = 4) -> Host:
    """Another Hyper-V host, number 1 to 99."""
    ip = f"10.66.0.{10 + number}" if version == 4 else f"2001:db8:66::{10 + number:x}"
    return Host(f"R{number}", f"00:15:5d:42:01:{number:02x}", ip)


GATEWAY = Host("gateway", "00:1c:73:0a:fe:01", "10.66.0.1")
